//! Bounded memory: for any stream and any limit, and every reader of events or items that has a limit, memory never exceeds the
//! limit plus a constant, and after an event or a line that exceeds the limit, decoding continues with the next one.

use bytes::Bytes;
use sse_proto::{BytesDecoder, Decoder, FixedDecoder, Limits};

use crate::counting::{Counts, count, so_far};
use crate::input::{Cuts, Input, STRETCHED};
use crate::seeds::{long_streams, streams};
use crate::support::drive::{bytes_decoder, bytes_items, decoder, event_reader, event_stream, items, without_places};
use crate::support::reference::{Seen, decode_from, decode_items};

/// Input: a stream, then the length of the initial last event ID, the limit, and the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let limit = usize::try_from(u32::from_le_bytes(input.take())).expect("not a small machine");
    let [id_len] = input.take();
    let stream = input.stream();
    let chunks = cuts.cut(&stream);
    let limited = Limited { limit, id: "i".repeat(limit.min(id_len.into())) };
    limited.continues(&stream, &chunks);
    limited.is_bounded(&chunks, len_of_names(&stream), |decoder, input| !matches!(decoder.next_event(input), Ok(None)));
    limited.is_bounded(&chunks, len_of_fields(&stream), |decoder, input| !matches!(decoder.next_item(input), Ok(None)));
    limited.bytes_decoder_is_bounded(&chunks);
    a_fixed_decoder_never_allocates(&chunks);
}

/// Each case byte by byte with a small limit; each case with long values, split once, with a limit of half its length; and a value
/// as long as its limit, whose buffer must not double in size.
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
pub(crate) struct Limited {
    pub(crate) limit: usize,
    pub(crate) id: String,
}

impl Limited {
    pub(crate) fn decoder(&self) -> Decoder {
        let mut decoder = Decoder::with_limits(self.limits());
        decoder.set_last_event_id(&self.id).expect("it is within the limit");
        decoder
    }

    pub(crate) fn bytes_decoder(&self) -> BytesDecoder {
        let mut decoder = BytesDecoder::with_limits(self.limits());
        decoder.set_last_event_id(&self.id).expect("it is within the limit");
        decoder
    }

    fn limits(&self) -> Limits {
        Limits::default().with_max_event_bytes(self.limit)
    }

    /// Events and errors are those of the transcribed specification, which implements the limit too.
    fn continues(&self, stream: &[u8], chunks: &[&[u8]]) {
        let expected = without_places(decode_from(stream, &self.id, self.limit));
        let assert = |seen, name| assert_eq!(without_places(seen), expected, "{name}, {self:?}, {chunks:x?}");
        assert(decoder(&mut self.decoder(), &[stream]), "whole");
        assert(decoder(&mut self.decoder(), chunks), "cut");
        assert(self.shrunk_between(chunks), "shrunk between the chunks");
        assert(event_reader(self.decoder(), chunks), "io");
        assert(bytes_decoder(&mut self.bytes_decoder(), chunks), "bytes");
        assert(event_stream(&mut self.bytes_decoder(), chunks), "stream");

        let expected = without_places(decode_items(stream, &self.id, self.limit));
        let assert = |seen, name| assert_eq!(without_places(seen), expected, "items {name}, {self:?}, {chunks:x?}");
        assert(items(&mut self.decoder(), &[stream]), "whole");
        assert(items(&mut self.decoder(), chunks), "cut");
        assert(bytes_items(&mut self.bytes_decoder(), chunks), "bytes");
    }

    /// Like a client that frees memory while the stream is idle.
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

    /// `names`: the length of what is not data.
    pub(crate) fn is_bounded(
        &self,
        chunks: &[&[u8]],
        names: usize,
        mut next: impl FnMut(&mut Decoder, &mut &[u8]) -> bool,
    ) {
        let len = len_of_text(&chunks.concat());
        let (_, counts) = count(|| {
            let mut decoder = self.decoder();
            for chunk in chunks.iter().chain(&[&b"\n\n"[..]]) {
                let mut input = *chunk;
                while next(&mut decoder, &mut input) {}
            }
            let id = decoder.last_event_id().len();
            assert!(held() <= WHEN_IDLE + 2 * id, "between events: {:?}, {self:?}, {chunks:x?}", so_far());
            decoder.shrink_to_fit();
            assert_eq!(held(), id, "the last event ID, and nothing else: {self:?}, {chunks:x?}");
            decoder
        });
        let names = self.id.len() + names;
        let bound = self.limit + CONSTANT.min(4 * 32 + 3 * names + A_LITTLE);
        assert!(peak(counts) <= bound, "{counts:?}, {names} bytes of names, {self:?}, {chunks:x?}");
        assert!(counts.moved <= 4 * len + 4096, "growing costs linear time: {counts:?}, {self:?}, {chunks:x?}");
    }

    /// The chunks belong to the caller and are not counted. Each event is dropped at once. An item is a copy beside what is
    /// buffered, so that there may be twice the limit.
    fn bytes_decoder_is_bounded(&self, chunks: &[&[u8]]) {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Bytes::copy_from_slice(chunk)).collect();
        let kept_alive = chunks.clone();
        let chunks_of_items = chunks.clone();
        let ((), counts) = count(|| {
            let mut decoder = self.bytes_decoder();
            for mut chunk in chunks {
                while !matches!(decoder.next_event(&mut chunk), Ok(None)) {}
            }
        });
        assert!(peak(counts) <= self.limit + CONSTANT, "{counts:?}, {self:?}, {kept_alive:x?}");
        let ((), counts) = count(|| {
            let mut decoder = self.bytes_decoder();
            for mut chunk in chunks_of_items {
                while !matches!(decoder.next_item(&mut chunk), Ok(None)) {}
            }
        });
        assert!(peak(counts) <= 2 * self.limit + CONSTANT, "items: {counts:?}, {self:?}, {kept_alive:x?}");
    }
}

/// The constant of `tests/limits.rs`: four buffers for event types and ids, and 4 KiB for the data. Short streams would never come
/// near it, so the buffers are allowed only three times the length of the event types and ids in the stream, as text: a buffer
/// is at least half full, and a value is in two of them while it is moved.
const CONSTANT: usize = 4 * (128 << 10) + A_LITTLE;
const A_LITTLE: usize = 4096;
/// The memory that may remain allocated between events, besides the last event ID: five buffers.
const WHEN_IDLE: usize = 5 * 4096;

/// The total length of the lines that may be an event type or an id, as text.
fn len_of_names(stream: &[u8]) -> usize {
    let lines = stream.split(|byte| matches!(byte, b'\r' | b'\n'));
    let is_name = |line: &&[u8]| [&b"event"[..], b"id", b"\xEF\xBB\xBF"].iter().any(|name| line.starts_with(name));
    lines.filter(is_name).map(len_of_text).sum()
}

/// The total length of the lines that are not data, as text. They are buffered like an event type when items are asked for.
pub(crate) fn len_of_fields(stream: &[u8]) -> usize {
    let lines = stream.split(|byte| matches!(byte, b'\r' | b'\n'));
    lines.filter(|line| !line.starts_with(b"data:")).map(len_of_text).sum()
}

/// U+FFFD takes three bytes, and replaces as few as one.
fn len_of_text(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).len()
}

fn held() -> usize {
    usize::try_from(so_far().held).expect("no more is freed than was allocated")
}

fn peak(counts: Counts) -> usize {
    usize::try_from(counts.peak).expect("the peak is at least the initial zero")
}

fn a_fixed_decoder_never_allocates(chunks: &[&[u8]]) {
    let mut decoder = FixedDecoder::<24, 6>::with_fixed_buffers();
    let ((), counts) = count(|| {
        for chunk in chunks {
            let mut input = *chunk;
            while !matches!(decoder.next_event(&mut input), Ok(None)) {}
            let mut input = *chunk;
            while !matches!(decoder.next_item(&mut input), Ok(None)) {}
        }
    });
    assert_eq!(counts.allocations, 0);
}
