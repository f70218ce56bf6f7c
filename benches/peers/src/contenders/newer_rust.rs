//! Peers that declare a newer Rust than the current stable one. They accept borrowed chunks as well as owned ones.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use eventsource_client::{Client as _, ClientBuilder, ReconnectOptions, SSE};
use futures_core::Stream;
use launchdarkly_sdk_transport::{ByteStream, HttpTransport, Request, Response, ResponseFuture, TransportError};
use rig_http::http_client::framing::SseFramer;

use super::{Decode, Ids, See, Source};
use crate::source::drain;

/// The framer of rig, without I/O.
pub struct Rig;

impl<C: AsRef<[u8]>> Decode<C> for Rig {
    const NAME: &'static str = "rig-http";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = C>, see: &mut impl See) -> Result<(), String> {
        let mut framer = SseFramer::new();
        for chunk in chunks {
            for event in framer.push(chunk.as_ref()) {
                see.event(&event.event, &event.data, Some(&event.id));
            }
        }
        Ok(())
    }
}

/// The parser is private, so the whole client is driven, over a transport that returns one response, without reconnecting.
pub struct EventsourceClient;

impl<C: Into<Bytes>> Decode<C> for EventsourceClient {
    const NAME: &'static str = "eventsource-client";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = C>, see: &mut impl See) -> Result<(), String> {
        let client = ClientBuilder::for_url("http://localhost/")
            .map_err(|error| format!("{error:?}"))?
            .reconnect(ReconnectOptions::reconnect(false).build())
            .build_with_transport(OneResponse(Arc::new(Mutex::new(Some(Box::pin(Body(chunks)))))));
        let end = drain(client.stream(), |event| {
            if let SSE::Event(event) = event {
                see.event(&event.event_type, &event.data, event.id.as_deref());
            }
        });
        // The client reports every end of a stream as an error.
        if end == Err("Eof".into()) { Ok(()) } else { end }
    }
}

#[derive(Clone)]
struct OneResponse(Arc<Mutex<Option<ByteStream>>>);

impl HttpTransport for OneResponse {
    fn request(&self, _: Request<Option<Bytes>>) -> ResponseFuture {
        let body = self.0.lock().ok().and_then(|mut body| body.take()).expect("one request");
        Box::pin(async { Ok(Response::new(body)) })
    }
}

struct Body<I>(I);

impl<I: Source<Item: Into<Bytes>>> Stream for Body<I> {
    type Item = Result<Bytes, TransportError>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(|chunk| Ok(chunk.into())))
    }
}
