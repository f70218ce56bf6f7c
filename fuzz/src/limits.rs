//! What is held never exceeds the limit and a constant, and after an event that breaks the limit decoding goes on with
//! the next: for any stream and any limit, through every reader that has one.

use bytes::Bytes;
use sse_proto::{Decoder, FixedDecoder, Limits, BytesDecoder};

use crate::counting::{Counts, count, so_far};
use crate::input::{Cuts, Input, STRETCHED};
use crate::seeds::{long_streams, streams};
use crate::support::drive::{decoder, event_reader, event_stream, shared_decoder, without_places};
use crate::support::reference::{Seen, decode_from};

/// A stream, then the length of the last event ID that the decoder begins with, the limit, and the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let limit = usize::try_from(u32::from_le_bytes(input.take())).expect("not a small machine");
    let [id_len] = input.take();
    let stream = input.stream();
    let chunks = cuts.cut(&stream);
    let limited = Limited { limit, id: "i".repeat(limit.min(id_len.into())) };
    limited.goes_on(&stream, &chunks);
    limited.is_bounded(&stream, &chunks);
    limited.shared_is_bounded(&chunks);
    a_fixed_decoder_never_allocates(&chunks);
}

/// Each case byte by byte with a small limit; and stretched, cut once, with a limit that it may break or not; and
/// a value as long as its limit, whose memory must not be doubled.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |stream: &[u8], limit: usize, cuts: Cuts| {
        let limit = u32::try_from(limit).expect("a short stream").to_le_bytes();
        [stream, &[0], &limit, &cuts.0].concat()
    };
    let short = streams().map(|stream| seed(stream, 6, Cuts::BYTE_BY_BYTE));
    let long = long_streams().map(|stream| {
        let half = Input(&stream).stream().len() / 2;
        seed(&stream, half, Cuts::at(half))
    });
    let nearly_too_long = seed(&[b"data: ", &[STRETCHED; 9][..], b"\n\n"].concat(), 9001, Cuts::at(5000));
    short.chain(long).chain([nearly_too_long]).collect()
}

/// A limit, and a last event ID from an earlier stream.
#[derive(Clone, Debug)]
struct Limited {
    limit: usize,
    id: String,
}

impl Limited {
    fn decoder(&self) -> Decoder {
        let mut decoder = Decoder::with_limits(self.limits());
        decoder.set_last_event_id(&self.id).expect("it is within the limit");
        decoder
    }

    fn shared_decoder(&self) -> BytesDecoder {
        let mut decoder = BytesDecoder::with_limits(self.limits());
        decoder.set_last_event_id(&self.id).expect("it is within the limit");
        decoder
    }

    fn limits(&self) -> Limits {
        Limits::default().with_max_event_bytes(self.limit)
    }

    /// Events and errors are those of the transcribed specification, which knows the limit too.
    fn goes_on(&self, stream: &[u8], chunks: &[&[u8]]) {
        let expected = without_places(decode_from(stream, &self.id, self.limit));
        let assert = |seen, name| assert_eq!(without_places(seen), expected, "{name}, {self:?}, {chunks:x?}");
        assert(decoder(&mut self.decoder(), &[stream]), "whole");
        assert(decoder(&mut self.decoder(), chunks), "cut");
        assert(self.shrunk_between(chunks), "shrunk between the chunks");
        assert(event_reader(self.decoder(), chunks), "io");
        assert(shared_decoder(&mut self.shared_decoder(), chunks), "shared");
        assert(event_stream(self.shared_decoder(), chunks), "stream");
    }

    /// As a client that gives back memory while the stream is idle.
    fn shrunk_between(&self, chunks: &[&[u8]]) -> Seen {
        let mut shrunk = self.decoder();
        let mut seen = Seen { last_event_id: self.id.clone(), ..Seen::default() };
        for chunk in chunks {
            let of_chunk = decoder(&mut shrunk, &[chunk]);
            shrunk.shrink_to_fit();
            seen = Seen { outcomes: [seen.outcomes, of_chunk.outcomes].concat(), ..of_chunk };
        }
        seen
    }

    fn is_bounded(&self, stream: &[u8], chunks: &[&[u8]]) {
        let (_, counts) = count(|| {
            let mut decoder = self.decoder();
            for chunk in chunks.iter().chain(&[&b"\n\n"[..]]) {
                let mut input = *chunk;
                while !matches!(decoder.next_event(&mut input), Ok(None)) {}
            }
            let id = decoder.last_event_id().len();
            assert!(held() <= WHEN_IDLE + 2 * id, "between events: {:?}, {self:?}, {chunks:x?}", so_far());
            decoder.shrink_to_fit();
            assert_eq!(held(), id, "the last event ID, and nothing else: {self:?}, {chunks:x?}");
            decoder
        });
        let names = self.id.len() + len_of_names(stream);
        let bound = self.limit + CONSTANT.min(4 * 32 + 3 * names + A_LITTLE);
        assert!(peak(counts) <= bound, "{counts:?}, {names} bytes of names, {self:?}, {chunks:x?}");
        assert!(
            counts.moved <= 4 * stream.len() + 4096,
            "growing costs linear time: {counts:?}, {self:?}, {chunks:x?}"
        );
    }

    /// The chunks are the caller's, and so is the event, while it is not dropped.
    fn shared_is_bounded(&self, chunks: &[&[u8]]) {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Bytes::copy_from_slice(chunk)).collect();
        let kept_alive = chunks.clone();
        let ((), counts) = count(|| {
            let mut decoder = self.shared_decoder();
            for mut chunk in chunks {
                while !matches!(decoder.next_event(&mut chunk), Ok(None)) {}
            }
        });
        assert!(peak(counts) <= self.limit + CONSTANT, "{counts:?}, {self:?}, {kept_alive:x?}");
    }
}

/// That of `tests/limits.rs`: the longest names, of which there are four, and a little for the data. Short streams
/// would never come near it, so here the names count only as far as the stream has any: no more than three times, as
/// their memory is at least half full, and each byte of them can become three.
const CONSTANT: usize = 4 * (128 << 10) + A_LITTLE;
const A_LITTLE: usize = 4096;
/// What is kept between events besides the last event ID: five buffers.
const WHEN_IDLE: usize = 5 * 4096;

/// Of all lines that may be an event type or an id.
fn len_of_names(stream: &[u8]) -> usize {
    let lines = stream.split(|byte| matches!(byte, b'\r' | b'\n'));
    let is_name = |line: &&[u8]| [&b"event"[..], b"id", b"\xEF\xBB\xBF"].iter().any(|name| line.starts_with(name));
    lines.filter(is_name).map(<[u8]>::len).sum()
}

fn held() -> usize {
    usize::try_from(so_far().held).expect("only what was taken is given back")
}

fn peak(counts: Counts) -> usize {
    usize::try_from(counts.peak).expect("it begins with nothing")
}

fn a_fixed_decoder_never_allocates(chunks: &[&[u8]]) {
    let mut decoder = FixedDecoder::<24, 6>::with_fixed_buffers();
    let ((), counts) = count(|| {
        for chunk in chunks {
            let mut input = *chunk;
            while !matches!(decoder.next_event(&mut input), Ok(None)) {}
        }
    });
    assert_eq!(counts.allocations, 0);
}
