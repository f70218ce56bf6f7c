//! The output is that of the specification, as transcribed in `tests/support/reference.rs`: for the whole stream, and byte by
//! byte, where each event is emitted on its final byte; also at the end of the stream and on the next connection.
//!
//! The transcription is quadratic in the lines of an event: a millisecond for 4096 bytes, libFuzzer's default limit.

use sse_proto::{CutLine, Decoder, Incomplete, Item};

use crate::seeds::streams;
use crate::support::drive::{ITEM_READERS, READERS, decoder, item_outcome, without_places};
use crate::support::reference::{decode, decode_from, decode_items};

/// Input: a stream.
pub fn check(stream: &[u8]) {
    let expected = decode(stream);
    let bytes: Vec<_> = stream.chunks(1).collect();
    for &reader in READERS {
        assert_eq!(reader.run(&bytes), expected, "{reader:?} byte by byte");
        assert_eq!(without_places(reader.run(&[stream])), without_places(expected.clone()), "{reader:?}");
    }
    let expected = decode_items(stream, "", usize::MAX);
    for &reader in ITEM_READERS {
        assert_eq!(reader.run(&bytes), expected, "items, {reader:?} byte by byte");
        assert_eq!(without_places(reader.run(&[stream])), without_places(expected.clone()), "items, {reader:?}");
    }
    an_incomplete_event_can_be_dispatched(stream);
    the_last_event_id_outlives_the_stream(stream);
}

/// Each case.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    streams().map(<[u8]>::to_vec).collect()
}

/// `dispatch_incomplete` returns the event that the missing line ends would have completed, without the unfinished line or
/// with it. A cut `id` or `retry` line, or what may become one, never counts.
fn an_incomplete_event_can_be_dispatched(stream: &[u8]) {
    let before = without_places(decode(stream)).outcomes.len();
    let end_of_lines = stream.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    let (lines, cut_line) = stream.split_at(end_of_lines);
    for choice in [CutLine::Discard, CutLine::Process] {
        let counts = choice == CutLine::Process && !may_be_id_or_retry(cut_line);
        let counted = if counts { cut_line } else { b"" };
        // A LF after a CR belongs to the same line end.
        let stream_with_ends = if counted.is_empty() && !lines.ends_with(b"\r") {
            [lines, b"\n"].concat()
        } else {
            [lines, counted, b"\n\n"].concat()
        };
        let expected = without_places(decode(&stream_with_ends));

        let mut reader = Decoder::new();
        decoder(&mut reader, &[stream]);
        let event = reader.dispatch_incomplete(choice).expect("no limit is exceeded");
        let event = event.map(|event| item_outcome(Item::Event(event), 0));
        assert_eq!(event, expected.outcomes.into_iter().nth(before), "{choice:?}");
        assert_eq!(reader.last_event_id(), expected.last_event_id, "{choice:?}");
        assert_eq!(reader.incomplete(), Incomplete::Nothing, "{choice:?}");
        assert!(!reader.end_of_stream().is_incomplete(), "no incomplete event is left");
    }
}

/// Whether an unfinished line is an `id` or `retry` line, or the start of one.
fn may_be_id_or_retry(line: &[u8]) -> bool {
    [&b"id:"[..], b"retry:"].iter().any(|name| line.starts_with(name) || !line.is_empty() && name.starts_with(line))
}

/// Decodes the same stream again, on the next connection. Only the last event ID and the reconnection time remain from the first;
/// the stream sets the latter to the same value.
fn the_last_event_id_outlives_the_stream(stream: &[u8]) {
    let mut reader = Decoder::new();
    let first = decoder(&mut reader, &[stream]);
    reader.end_of_stream();
    let second = decoder(&mut reader, &[stream]);
    assert_eq!(without_places(second), without_places(decode_from(stream, &first.last_event_id, usize::MAX)));
}
