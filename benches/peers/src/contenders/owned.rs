//! Each decoder as a stream of owned events over a stream of `Bytes`, as in an HTTP client.

use std::num::NonZeroUsize;

use bytes::Bytes;
use sse_proto::adapters::stream::EventStreamExt as _;

use super::borrowed::LIMIT;
use super::{Contender, Decode, Ids, See, Source};
use crate::source::{Ready, drain};

/// All contenders, ours first.
pub fn contenders<I: Source<Item = Bytes>>() -> Vec<Contender<I>> {
    vec![
        Contender::new::<EventBytes>(),
        Contender::new::<EventBuf>(),
        Contender::new::<SseCore>(),
        Contender::new::<SseStream>(),
        Contender::new::<Sseer>(),
        Contender::new::<SseParse>(),
        Contender::new::<EventsourceStream>(),
        #[cfg(feature = "newer-rust")]
        Contender::new::<super::newer_rust::Rig>(),
        #[cfg(feature = "newer-rust")]
        Contender::new::<super::newer_rust::EventsourceClient>(),
    ]
}

struct EventBytes;

impl Decode<Bytes> for EventBytes {
    const NAME: &'static str = "sse-proto";
    const IDS: Ids = Ids::Field;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        drain(Ready(chunks).event_stream(), |event| see.event(event.event_type(), event.data(), event.id()))
    }
}

struct EventBuf;

impl Decode<Bytes> for EventBuf {
    const NAME: &'static str = "sse-proto, EventBuf";
    const IDS: Ids = Ids::Field;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        let mut decoder = sse_proto::Decoder::new();
        for chunk in chunks {
            let mut chunk = &*chunk;
            let mut events = decoder.events(&mut chunk);
            while let Some(event) = events.next().map_err(|error| error.to_string())? {
                let event = event.to_event_buf();
                see.event(event.event_type(), event.data(), event.id());
            }
        }
        Ok(())
    }
}

pub struct SseCore;

impl Decode<Bytes> for SseCore {
    const NAME: &'static str = "sse-core";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        let limit = NonZeroUsize::new(LIMIT).ok_or("no limit")?;
        let mut stream = sse_core::SseStream::with_decoder(sse_core::SseDecoder::with_limit(limit));
        stream.attach(Ready(chunks));
        drain(stream, |event| {
            if let sse_core::SseEvent::Message(event) = event {
                see.event(&event.event, &event.data, event.last_event_id.as_deref());
            }
        })
    }
}

struct SseStream;

impl Decode<Bytes> for SseStream {
    const NAME: &'static str = "sse-stream";
    const IDS: Ids = Ids::Field;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        drain(sse_stream::SseByteStream::new(Ready(chunks)), |event| {
            if let Some(data) = &event.data {
                see.event(event.event.as_deref().unwrap_or("message"), data, event.id.as_deref());
            }
        })
    }
}

struct Sseer;

impl Decode<Bytes> for Sseer {
    const NAME: &'static str = "sseer";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        drain(sseer::EventStream::new(Ready(chunks)), |event| see.event(&event.event, &event.data, Some(&event.id)))
    }
}

struct SseParse;

impl Decode<Bytes> for SseParse {
    const NAME: &'static str = "sse-parse";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        drain(sse_parse::EventStream::new(Ready(chunks)), |event| see.event(&event.event, &event.data, Some(&event.id)))
    }
}

struct EventsourceStream;

impl Decode<Bytes> for EventsourceStream {
    const NAME: &'static str = "eventsource-stream";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Bytes>, see: &mut impl See) -> Result<(), String> {
        let chunks = Ready(chunks);
        drain(eventsource_stream::EventStream::new(chunks), |event| {
            see.event(&event.event, &event.data, Some(&event.id));
        })
    }
}
