//! Iterating over the events of a chunk yields the same events as decoding them singly, also in chunks longer than the window
//! that is validated at once; and iteration can stop after any event.
#![cfg(feature = "alloc")]

#[cfg(feature = "bytes")]
#[path = "support/counting.rs"]
mod counting;
mod support;

use sse_proto::Decoder;
use support::drive::{READERS, without_places};
use support::random::{Random, cut, stream};
use support::reference;

/// Concatenated random streams, with more events in a chunk than a window contains, and values at the end of a window.
#[test]
fn chunks_of_many_events() {
    for number in 0..60 {
        let mut random = Random(number);
        let mut long = Vec::new();
        while long.len() < 20_000 {
            long.extend(stream(&mut random));
            long.extend_from_slice(b"\n\n");
            // Makes most windows valid UTF-8, some of them up to their end.
            if number % 2 == 0 {
                long.extend_from_slice("event: e\nid: é\ndata: 한국어 🦀\n\n".repeat(random.below(100)).as_bytes());
            } else {
                long.extend_from_slice(&b"data: {\"a\": 1}\n\n".repeat(random.below(200)));
            }
        }
        let expected = without_places(reference::decode(&long));
        assert!(expected.outcomes.len() > 100);
        for &reader in READERS {
            assert_eq!(without_places(reader.run(&[&long])), expected, "{number}, {reader:?}, whole");
            let chunks: Vec<_> = long.chunks(9000).flat_map(|chunk| cut(&mut random, chunk)).collect();
            assert_eq!(without_places(reader.run(&chunks)), expected, "{number}, {reader:?}, cut");
        }
    }
}

/// The cursor is positioned after the last event, however much has been validated ahead.
#[test]
fn iteration_can_stop_after_any_event() {
    let chunk = "id: 1\ndata: é\n\nretry: 5\ndata\n\ndata: a\ndata: b\n\ndata: \u{FFFD}\n\ndata: no\n";
    let mut data = Vec::new();
    let mut decoder = Decoder::new();
    let mut input = chunk.as_bytes();
    loop {
        let before = input;
        let mut events = decoder.events(&mut input);
        let Some(event) = events.next().unwrap() else { break };
        data.push(event.data().to_owned());
        assert!(events.rest().len() < before.len());
        assert_eq!(events.decoder().last_event_id(), "1");
        assert!(before.ends_with(input) && before[..before.len() - input.len()].ends_with(b"\n\n"));
    }
    assert_eq!(data, ["é", "", "a\nb", "\u{FFFD}"]);
    assert!(input.is_empty() && decoder.end_of_stream().is_incomplete());
}

#[cfg(feature = "bytes")]
mod shared {
    use bytes::Bytes;
    use sse_proto::{BytesChunk, BytesDecoder, EventBytes};

    use super::counting::{count, so_far};

    /// Mostly ASCII text shares the chunk. Other text shares a copy of a part of it, if that is faster (with `simdutf8`).
    #[test]
    fn events_share_the_chunk_or_a_copy() {
        let ascii = "data: plain\n\n".repeat(1000);
        let nearly = ("data: plain\n\n".repeat(20) + "event: é\ndata: naïve\nid: 1\n\n").repeat(40);
        let dense = "data: 한국어\n\n".repeat(1000);
        let copied = cfg!(feature = "simdutf8");
        for (name, events, is_copied) in
            [("ascii", &ascii, false), ("nearly", &nearly, false), ("dense", &dense, copied)]
        {
            let bytes = Bytes::copy_from_slice((events.clone() + "\n").as_bytes());
            let mut chunk = BytesChunk::from(bytes.clone());
            let mut decoder = BytesDecoder::new();
            let mut count = 0;
            for event in decoder.iter_events(&mut chunk) {
                let event = event.unwrap();
                assert!(event.is_shared(), "{name}: {event:?}");
                let is_in_place = bytes.as_ptr_range().contains(&event.data().as_ptr());
                assert_eq!(is_in_place, !is_copied, "{name}: {event:?}");
                count += 1;
            }
            assert_eq!(count, events.matches("data").count(), "{name}");
        }
    }

    /// A validated window keeps the chunk alive only until the iterator is dropped or the chunk is consumed.
    #[test]
    fn a_window_does_not_keep_the_chunk_alive() {
        let ((), counts) = count(|| {
            let mut decoder = BytesDecoder::new();
            let new = |end: &str| BytesChunk::from(Bytes::from(("data: x\n\n".repeat(2000) + end).into_bytes()));
            let mut chunk = new("");
            let held = so_far().held;
            assert!(held >= 18_000);

            drop(decoder.iter_events(&mut chunk).next());
            assert_eq!(chunk.rest().len(), 9 * 1999);
            drop(chunk);
            assert!(so_far().held < held - 18_000 + 100, "freed with the chunk");

            for end in ["", ": c\n", "\n\n", "data: x", "id: 1\n"] {
                let mut chunk = new(end);
                assert_eq!(decoder.iter_events(&mut chunk).count(), 2000);
                assert!(so_far().held < 100, "freed once the chunk is consumed, which ends with {end:?}");
                decoder.end_of_stream();
            }
            decoder.shrink_to_fit();
        });
        assert_eq!(counts.held, 0);
    }

    /// The values are copied, not the bytes between them.
    #[test]
    fn a_copied_event_allocates_its_values_alone() {
        for comment in [0, 22, 2000, 10_000] {
            let wire = [b"event: e\n: ", &b"x".repeat(comment)[..], b"\xFF\ndata: d\n\n"].concat();
            let mut decoder = BytesDecoder::new();
            let (event, counts) = count(|| decoder.next_event(&mut Bytes::from(wire.clone())).unwrap().unwrap());
            assert_eq!((event.event_type(), event.data(), event.is_shared()), ("e", "d", false));
            let ((), freed) = count(|| drop(decoder));
            assert_eq!(counts.held + freed.held, 2, "{comment}");
        }
    }

    /// If the chunk is already shared, its events do not allocate, in any window.
    #[test]
    fn shared_events_do_not_allocate() {
        let bytes = Bytes::from("event: e\ndata: {\"a\": 1}\nid: 12\n\n".repeat(1000).into_bytes());
        let keep = bytes.clone();
        let mut chunk = BytesChunk::from(bytes);
        let mut decoder = BytesDecoder::new();
        decoder.set_last_event_id("12").unwrap();
        let (events, counts) =
            count(|| decoder.iter_events(&mut chunk).map(Result::unwrap).filter(EventBytes::is_shared).count());
        assert_eq!((events, counts.allocations), (1000, 0));
        drop(keep);
    }
}
