//! The case table, as in `tests/conformance.rs`.

use crate::support::cases::Case;
use crate::support::drive::{ITEM_READERS, ItemReader, READERS, Reader, every_split, without_places};
use crate::support::reference::{self, Outcome};

/// Decodes a case at every split through every reader, and returns how many times it was decoded.
pub(crate) fn run(case: &Case) -> usize {
    agrees_with_the_table(case);
    let mut decoded = 0;
    let expected = reference::decode(case.stream);
    for reader in readers() {
        let bytes: Vec<_> = case.stream.chunks(1).collect();
        assert_eq!(reader.run(&bytes), expected, "{}: {reader:?} byte by byte", case.name);
    }
    let expected = without_places(expected);
    for reader in readers() {
        every_split(case.stream, |chunks| {
            assert_eq!(without_places(reader.run(chunks)), expected, "{}: {reader:?}, {chunks:x?}", case.name);
            decoded += 1;
        });
    }
    let expected = without_places(reference::decode_items(case.stream, "", usize::MAX));
    for reader in item_readers() {
        every_split(case.stream, |chunks| {
            assert_eq!(without_places(reader.run(chunks)), expected, "{}: {reader:?}, {chunks:x?}", case.name);
            decoded += 1;
        });
    }
    decoded
}

/// All readers but the blocking client: it reads a clock, and `std` has none here.
fn readers() -> impl Iterator<Item = Reader> {
    READERS.iter().copied().filter(|reader| *reader != Reader::IoClient)
}

/// As [`readers`].
fn item_readers() -> impl Iterator<Item = ItemReader> {
    ITEM_READERS.iter().copied().filter(|reader| *reader != ItemReader::IoClient)
}

/// The reference finds the events that the table lists.
fn agrees_with_the_table(case: &Case) {
    let seen = reference::decode(case.stream);
    let events: Vec<_> = seen.outcomes.iter().map(event).collect();
    assert_eq!(events, case.events, "{}", case.name);
    assert_eq!(seen.last_event_id, case.last_event_id, "{}", case.name);
    assert_eq!(seen.reconnection_time, case.reconnection_time, "{}", case.name);
}

fn event(outcome: &Outcome) -> (&str, &str, &str) {
    match outcome {
        Outcome::Event { event_type, data, last_event_id, .. } => (event_type, data, last_event_id),
        _ => panic!("{outcome:?}"),
    }
}
