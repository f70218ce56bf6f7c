//! Each decoder in its fastest way. Chunks are borrowed, and so are our events. Peers with a decoder without I/O use that, the
//! others a stream over slices.

use std::num::NonZeroUsize;

use bytes::Bytes;

use super::{Contender, Decode, Ids, See, Source};
use crate::source::{Ready, drain};

type Chunk = &'static [u8];

/// The default limit of sse-proto, set for sse-core too, whose default is less than 4 MiB. The others have no limit.
pub const LIMIT: usize = 16 * 1024 * 1024;

/// All contenders, ours first.
pub fn contenders<I: Source<Item = Chunk>>() -> Vec<Contender<I>> {
    vec![
        Contender::new::<SseProto>(),
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

/// Smaller chunks contain few events, so validating a window of them at once is of no use.
const MIN_FOR_EVENTS: usize = 64;

struct SseProto;

impl Decode<Chunk> for SseProto {
    const NAME: &'static str = "sse-proto";
    const IDS: Ids = Ids::Field;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Chunk>, see: &mut impl See) -> Result<(), String> {
        let mut decoder = sse_proto::Decoder::new();
        for mut chunk in chunks {
            if chunk.len() < MIN_FOR_EVENTS {
                while let Some(event) = decoder.next_event(&mut chunk).map_err(|error| error.to_string())? {
                    see.event(event.event_type(), event.data(), event.id());
                }
                continue;
            }
            let mut events = decoder.events(&mut chunk);
            while let Some(event) = events.next().map_err(|error| error.to_string())? {
                see.event(event.event_type(), event.data(), event.id());
            }
        }
        Ok(())
    }
}

struct SseCore;

impl Decode<Chunk> for SseCore {
    const NAME: &'static str = "sse-core";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Chunk>, see: &mut impl See) -> Result<(), String> {
        let limit = NonZeroUsize::new(LIMIT).ok_or("no limit")?;
        let mut decoder = sse_core::SseDecoder::with_limit(limit);
        for mut chunk in chunks {
            while let Some(event) = decoder.next(&mut chunk) {
                if let sse_core::SseEvent::Message(event) = event.map_err(|error| error.to_string())? {
                    see.event(&event.event, &event.data, event.last_event_id.as_deref());
                }
            }
        }
        Ok(())
    }
}

struct SseStream;

impl Decode<Chunk> for SseStream {
    const NAME: &'static str = "sse-stream";
    const IDS: Ids = Ids::Field;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Chunk>, see: &mut impl See) -> Result<(), String> {
        drain(sse_stream::SseByteStream::new(Ready(chunks)), |event| {
            if let Some(data) = &event.data {
                see.event(event.event.as_deref().unwrap_or("message"), data, event.id.as_deref());
            }
        })
    }
}

struct Sseer;

impl Decode<Chunk> for Sseer {
    const NAME: &'static str = "sseer";
    const IDS: Ids = Ids::LastEventId;

    /// Accepts `Bytes` only. Static ones need neither a copy nor reference counting.
    #[inline(never)]
    fn decode(chunks: impl Source<Item = Chunk>, see: &mut impl See) -> Result<(), String> {
        let chunks = Ready(chunks.map(Bytes::from_static));
        drain(sseer::EventStream::new(chunks), |event| see.event(&event.event, &event.data, Some(&event.id)))
    }
}

struct SseParse;

impl Decode<Chunk> for SseParse {
    const NAME: &'static str = "sse-parse";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Chunk>, see: &mut impl See) -> Result<(), String> {
        let mut parser = sse_parse::SseParser::new();
        for chunk in chunks {
            parser.feed(chunk);
            while let Some(event) = parser.next_event() {
                see.event(&event.event, &event.data, Some(&event.id));
            }
        }
        Ok(())
    }
}

struct EventsourceStream;

impl Decode<Chunk> for EventsourceStream {
    const NAME: &'static str = "eventsource-stream";
    const IDS: Ids = Ids::LastEventId;

    #[inline(never)]
    fn decode(chunks: impl Source<Item = Chunk>, see: &mut impl See) -> Result<(), String> {
        drain(eventsource_stream::EventStream::new(Ready(chunks)), |event| {
            see.event(&event.event, &event.data, Some(&event.id));
        })
    }
}
