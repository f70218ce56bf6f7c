//! The output does not depend on chunk boundaries: random streams, split at random, through every reader, with and without
//! limits, compared with a transcription of the specification.
//!
//! `RANDOM_STREAMS=10000000 cargo test --release --test chunking` sets the number of streams.

mod support;

use proptest::prelude::*;
use sse_proto::{Decoder, FixedDecoder};
use support::drive::{ITEM_READERS, READERS, decoder, events, items, without_places};
use support::random::{Random, cut, stream};
use support::reference;

/// Without limits through every reader, and with a limit, which the reference implements too.
#[test]
fn random_streams() {
    let streams: u64 = std::env::var("RANDOM_STREAMS").map_or(200_000, |n| n.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || (thread..streams).step_by(usize::try_from(threads).unwrap()).for_each(random_stream));
        }
    });
    println!("{streams} random streams: no difference found");
}

fn random_stream(number: u64) {
    let mut random = Random(number);
    let stream = stream(&mut random);
    let expected = without_places(reference::decode(&stream));
    for &reader in READERS {
        let chunks = cut(&mut random, &stream);
        let seen = without_places(reader.run(&chunks));
        assert_eq!(seen, expected, "stream {number}, {reader:?}, {chunks:x?}");
    }
    let expected = without_places(reference::decode_items(&stream, "", usize::MAX));
    for &reader in ITEM_READERS {
        let chunks = cut(&mut random, &stream);
        let seen = without_places(reader.run(&chunks));
        assert_eq!(seen, expected, "items of stream {number}, {reader:?}, {chunks:x?}");
    }
    limited(number, &mut random, &stream);
}

#[cfg(feature = "alloc")]
fn limited(number: u64, random: &mut Random, stream: &[u8]) {
    use sse_proto::Limits;

    let limit = random.below(64);
    let limits = Limits::default().with_max_event_bytes(limit);
    let id = &"0123456789"[..random.below(11).min(limit)];
    let expected = without_places(reference::decode_from(stream, id, limit));
    for read in [decoder, events] {
        let mut limited = Decoder::with_limits(limits);
        limited.set_last_event_id(id).unwrap();
        let chunks = cut(random, stream);
        let seen = without_places(read(&mut limited, &chunks));
        assert_eq!(seen, expected, "stream {number}, limit {limit}, id {id:?}, {chunks:x?}");
    }
    let expected = without_places(reference::decode_items(stream, id, limit));
    let mut limited = Decoder::with_limits(limits);
    limited.set_last_event_id(id).unwrap();
    let chunks = cut(random, stream);
    let seen = without_places(items(&mut limited, &chunks));
    assert_eq!(seen, expected, "items of stream {number}, limit {limit}, id {id:?}, {chunks:x?}");
    fixed(number, random, stream);
}

#[cfg(not(feature = "alloc"))]
fn limited(number: u64, random: &mut Random, stream: &[u8]) {
    fixed(number, random, stream);
}

/// The buffers of a `FixedDecoder` are limits of another kind. The outcome is the same for a whole and for a split stream.
fn fixed(number: u64, random: &mut Random, stream: &[u8]) {
    let new: fn() -> FixedDecoder<24, 6> = Decoder::with_fixed_buffers;
    let expected = without_places(decoder(&mut new(), &[stream]));
    let chunks = cut(random, stream);
    assert_eq!(without_places(decoder(&mut new(), &chunks)), expected, "stream {number}, {chunks:x?}");
    assert_eq!(without_places(events(&mut new(), &[stream])), expected, "stream {number}");
    let expected = without_places(items(&mut new(), &[stream]));
    assert_eq!(without_places(items(&mut new(), &chunks)), expected, "items of stream {number}, {chunks:x?}");
}

proptest! {
    /// Arbitrary bytes, split anywhere.
    #[test]
    fn any_bytes(stream: Vec<u8>, cuts: Vec<proptest::sample::Index>) {
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).chain([0, stream.len()]).collect();
        cuts.sort_unstable();
        let chunks: Vec<_> = cuts.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect();
        let expected = without_places(reference::decode(&stream));
        for &reader in READERS {
            prop_assert_eq!(without_places(reader.run(&chunks)), expected.clone());
        }
    }
}
