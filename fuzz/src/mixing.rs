//! Events and items can be asked for in turn: whichever of `next_event`, `events` and `next_item` is called for each chunk, the
//! events with data, those that are too large, the last event IDs and what is known of the stream are those of `next_event` alone,
//! and memory is bounded. Comments and ignored lines may come in part, or not at all.

use crate::input::{Cuts, Input};
use crate::limits::{Limited, len_of_fields};
use crate::seeds::{long_streams, streams};
use crate::support::drive::{
    bytes_decoder, bytes_events, bytes_items_so_far, decoder, events, items_so_far, without_places,
};
use crate::support::reference::{Outcome, Seen};

/// Input: a stream, then the readers of the chunks, the limit, and the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let limit = usize::try_from(u32::from_le_bytes(input.take())).expect("not a small machine");
    let readers = Readers(input.take());
    let stream = input.stream();
    let mut chunks = cuts.cut(&stream);
    chunks.push(b"");
    let limited = Limited { limit, id: "i".repeat(limit.min(2)) };

    let expected = events_alone(without_places(decoder(&mut limited.decoder(), &chunks)));
    let assert = |seen, name| {
        let mut seen = events_alone(without_places(seen));
        // Those in comments are counted, too, by `next_item`.
        assert!(seen.utf8_replacements >= expected.utf8_replacements, "{name}, {readers:?}, {limited:?}, {chunks:x?}");
        seen.utf8_replacements = expected.utf8_replacements;
        assert_eq!(seen, expected, "{name}, {readers:?}, {limited:?}, {chunks:x?}");
    };
    let mut mixed = limited.decoder();
    assert(
        join(chunks.iter().enumerate().map(|(number, chunk)| {
            let read = match readers.of_chunk(number) {
                Reader::Event => decoder,
                Reader::Events => events,
                Reader::Item => items_so_far,
            };
            read(&mut mixed, &[chunk])
        })),
        "borrowed",
    );
    let mut mixed = limited.bytes_decoder();
    assert(
        join(chunks.iter().enumerate().map(|(number, chunk)| {
            let read = match readers.of_chunk(number) {
                Reader::Event => bytes_decoder,
                Reader::Events => bytes_events,
                Reader::Item => bytes_items_so_far,
            };
            read(&mut mixed, &[chunk])
        })),
        "bytes",
    );

    // Here a call for an event and one for an item take turns within a chunk, too.
    let mut call = 0;
    limited.is_bounded(&chunks, len_of_fields(&stream), |decoder, input| {
        call += 1;
        match readers.of_chunk(call) {
            Reader::Event => !matches!(decoder.next_event(input), Ok(None)),
            Reader::Events => !matches!(decoder.events(input).next(), Ok(None)),
            Reader::Item => !matches!(decoder.next_item(input), Ok(None)),
        }
    });
}

/// Each case byte by byte, and each case with long values in two chunks, with readers in turn.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |stream: &[u8], limit: usize, cuts: Cuts| {
        let limit = u32::try_from(limit).expect("a short stream").to_le_bytes();
        [stream, &[0b10_01_00_10, 0b00_10_00_01], &limit, &cuts.0].concat()
    };
    let short = streams().flat_map(|stream| [6, 9999].map(|limit| seed(stream, limit, Cuts::BYTE_BY_BYTE)));
    let long = long_streams().map(|stream| {
        let half = Input(&stream).stream().len() / 2;
        seed(&stream, half, Cuts::at(half))
    });
    short.chain(long).collect()
}

#[derive(Clone, Copy, Debug)]
enum Reader {
    Event,
    Events,
    Item,
}

/// The readers, two bits each, used cyclically.
#[derive(Clone, Copy, Debug)]
struct Readers([u8; 2]);

impl Readers {
    fn of_chunk(self, number: usize) -> Reader {
        match u16::from_le_bytes(self.0) >> (2 * (number % 8)) & 3 {
            0 => Reader::Event,
            1 => Reader::Events,
            _ => Reader::Item,
        }
    }
}

/// What was seen in all chunks.
fn join(seen: impl Iterator<Item = Seen>) -> Seen {
    seen.reduce(|all, last| Seen { outcomes: [all.outcomes, last.outcomes].concat(), ..last }).expect("a chunk")
}

/// Without what `next_event` does not return.
fn events_alone(mut seen: Seen) -> Seen {
    seen.outcomes.retain(|outcome| matches!(outcome, Outcome::Event { .. } | Outcome::TooLarge { .. }));
    seen
}
