//! What is held never exceeds the limit and a constant, and after an event that breaks the limit decoding goes on with the
//! next: for any stream and any limit, through every reader that has one.

use bytes::Bytes;
use sse_proto::{Decoder, FixedDecoder, Limits, SharedDecoder};

use crate::counting::{count, so_far};
use crate::input::{Cuts, Input};
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
    limited.is_bounded(stream.len(), &chunks);
    limited.shared_is_bounded(&chunks);
    a_fixed_decoder_never_allocates(&chunks);
}

/// Each case byte by byte with a small limit; and stretched, cut once, with a limit that it may break or not.
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
    short.chain(long).collect()
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

    fn shared_decoder(&self) -> SharedDecoder {
        let mut decoder = SharedDecoder::with_limits(self.limits());
        decoder.set_last_event_id(&self.id).expect("it is within the limit");
        decoder
    }

    fn limits(&self) -> Limits {
        Limits::default().max_event_bytes(self.limit)
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

    fn is_bounded(&self, len: usize, chunks: &[&[u8]]) {
        let (_, counts) = count(|| {
            let mut decoder = self.decoder();
            for chunk in chunks {
                let mut input = *chunk;
                while !matches!(decoder.next_event(&mut input), Ok(None)) {}
            }
            decoder.end_of_stream();
            decoder.shrink_to_fit();
            let id = isize::try_from(decoder.last_event_id().len()).expect("short");
            assert_eq!(so_far().held, id, "after the stream the last event ID is held, and nothing else");
            decoder
        });
        assert!(counts.peak <= self.bound(), "{counts:?}, {self:?}, {chunks:x?}");
        assert!(counts.moved <= 4 * len + 4096, "growing costs linear time: {counts:?} for {len} bytes");
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
        assert!(counts.peak <= self.bound(), "{counts:?}, {self:?}, {kept_alive:x?}");
    }

    /// That of `tests/limits.rs`: the limit, four of the longest names, and a little. No name is longer than the limit, so it
    /// is less for small limits.
    fn bound(&self) -> isize {
        let longest_name = self.limit.clamp(32, 128 << 10).next_power_of_two();
        isize::try_from(self.limit + 4 * longest_name + 4096).expect("not a small machine")
    }
}

fn a_fixed_decoder_never_allocates(chunks: &[&[u8]]) {
    let mut decoder = FixedDecoder::<24, 6>::fixed();
    let ((), counts) = count(|| {
        for chunk in chunks {
            let mut input = *chunk;
            while !matches!(decoder.next_event(&mut input), Ok(None)) {}
        }
    });
    assert_eq!(counts.allocations, 0);
}
