//! The output is that of the specification, as transcribed in `tests/support/reference.rs`: for the whole stream, and byte by
//! byte, where each event is emitted on its final byte; also at the end of the stream and on the next connection.
//!
//! The transcription is quadratic in the lines of an event: a millisecond for 4096 bytes, libFuzzer's default limit.

use sse_proto::Decoder;

use crate::seeds::streams;
use crate::support::drive::{READERS, decoder, without_places};
use crate::support::reference::{Outcome, decode, decode_from};

/// Input: a stream.
pub fn check(stream: &[u8]) {
    let expected = decode(stream);
    let bytes: Vec<_> = stream.chunks(1).collect();
    for &reader in READERS {
        assert_eq!(reader.run(&bytes), expected, "{reader:?} byte by byte");
        assert_eq!(without_places(reader.run(&[stream])), without_places(expected.clone()), "{reader:?}");
    }
    an_incomplete_event_can_be_dispatched(stream);
    the_last_event_id_outlives_the_stream(stream);
}

/// Each case.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    streams().map(<[u8]>::to_vec).collect()
}

/// `dispatch_incomplete` returns the event that the missing line ends would have completed.
fn an_incomplete_event_can_be_dispatched(stream: &[u8]) {
    let before = decode(stream).outcomes.len();
    // A LF after a CR belongs to the same line end.
    let missing = if stream.is_empty() || stream.ends_with(b"\n") { &b"\n"[..] } else { b"\n\n" };
    let expected = decode(&[stream, missing].concat()).outcomes.into_iter().nth(before);

    let mut reader = Decoder::new();
    decoder(&mut reader, &[stream]);
    let event = reader.dispatch_incomplete().expect("no limit is exceeded").map(|event| event.to_event_buf());
    let found = event.map(|event| Outcome::Event {
        event_type: event.event_type().to_owned(),
        data: event.data().to_owned(),
        id: event.id().map(str::to_owned),
        retry: event.retry().map(|time| u64::try_from(time.as_millis()).expect("it came as a u64")),
        last_event_id: reader.last_event_id().to_owned(),
        after: 0,
    });
    let without_place = |outcome| match outcome {
        Outcome::Event { event_type, data, id, retry, last_event_id, .. } => {
            Outcome::Event { event_type, data, id, retry, last_event_id, after: 0 }
        }
        too_large @ Outcome::TooLarge { .. } => too_large,
    };
    assert_eq!(found, expected.map(without_place));
    assert!(!reader.end_of_stream().is_incomplete(), "no incomplete event is left");
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
