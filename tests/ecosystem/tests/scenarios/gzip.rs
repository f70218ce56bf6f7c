//! A compressed body with a flush per event: the server sends an event only when the client has decoded the one before.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use sse_proto::EventBuf;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::stream::EventStreamExt;
use sse_proto::client::Policy;
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::figures::Figures;
use sse_proto_ecosystem::follow::client;
use sse_proto_ecosystem::gzip::{Compressor, Decompressor};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::sync::Semaphore;

const EVENTS: u64 = 50;

/// Each permit is an event that may be sent.
fn answer(may_send: &Arc<Semaphore>) -> http::Response<Served> {
    let may_send = Arc::clone(may_send);
    let events = stream::iter(1..=EVENTS).then(move |number| {
        let may_send = Arc::clone(&may_send);
        async move {
            may_send.acquire().await.expect("it is never closed").forget();
            EventBuf::new(number.to_string())
        }
    });
    let (mut parts, body) = EventBody::new(events).into_response().into_parts();
    parts.headers.insert("content-encoding", http::HeaderValue::from_static("gzip"));
    let mut compressor = Compressor::new();
    let body = body.map(Some).chain(stream::iter([None])).map(move |frame| match frame {
        Some(Ok(frame)) => compressor.frame(&frame),
        None => compressor.finish(),
    });
    http::Response::from_parts(parts, Served::frames(body))
}

#[test]
fn gzip() {
    scenario::run("gzip in lock-step", async |figures| {
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                let may_send = Arc::new(Semaphore::new(0));
                let server = {
                    let may_send = Arc::clone(&may_send);
                    Server::start(library, protocol, move |_| answer(&may_send))?
                };
                let request = http::Request::get(server.url()).header("accept-encoding", "gzip").body(Bytes::new())?;

                // reqwest decompresses, as the client of the crate does not ask for an encoding.
                let http = Client::new(client::Library::Reqwest, protocol);
                receive(client(&http, &server.url(), Policy::once())?, &may_send, figures).await?;

                // With hyper, the application does.
                let response = Client::new(client::Library::Hyper, protocol).send(request).await?;
                assert_eq!(response.headers()["content-encoding"], "gzip");
                let mut decompressor = Decompressor::new();
                let chunks = response.into_body().into_data_stream().map(move |chunk| decompressor.chunk(&chunk?));
                receive(chunks.event_stream(), &may_send, figures).await?;
            }
        }
        Ok(())
    });
}

/// After each event the server may send the next.
async fn receive<E: std::error::Error + Send + Sync + 'static>(
    mut events: impl StreamExt<Item = Result<sse_proto::EventBytes, E>> + Unpin,
    may_send: &Semaphore,
    figures: &mut Figures,
) -> Result<(), BoxError> {
    for number in 1..=EVENTS {
        may_send.add_permits(1);
        let event = events.next().await.ok_or("the stream has ended")??;
        assert_eq!(event.data(), number.to_string());
        figures.events += 1;
        figures.bytes += event.data().len() as u64;
    }
    figures.connections += 1;
    match events.next().await {
        None => Ok(()),
        Some(more) => Err(format!("more than was sent: {more:?}").into()),
    }
}
