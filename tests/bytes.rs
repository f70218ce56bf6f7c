//! The `bytes` integration and the stream adapter: what shared events keep alive and allocate, and how streams end and fail.
//! The tests of decoding run through these readers too (`tests/conformance.rs`, `tests/chunking.rs`).
#![cfg(feature = "stream")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use counting::count;
use futures_core::{FusedStream, Stream};
use proptest::prelude::*;
use sse_proto::adapters::stream::{EventStream, EventStreamExt, Heartbeats, Items, Signal};
use sse_proto::client::EventSource;
use sse_proto::{BytesChunk, BytesDecoder, Comment, CutLine, Decoder, Error, Event, EventBytes, ItemBuf, Limits};
use support::drive::{
    bytes_decoder, bytes_events, bytes_items, event_stream, event_stream_in_pieces, stream_items, without_places,
};
use support::random::{Random, cut, stream};
use support::reference::{self, Outcome};

#[test]
fn auto_traits_and_sizes() {
    fn check<T: Send + Sync + Unpin + 'static>() {}
    fn check_values<V: Eq + Hash, D: Eq>() {}
    check::<EventBytes>();
    check::<BytesDecoder>();
    check::<EventStream<std::future::Ready<()>>>();
    check::<Items<std::future::Ready<()>>>();
    check::<Heartbeats<Pin<Box<std::marker::PhantomPinned>>>>();
    check_values::<EventBytes, BytesDecoder>();
    check_values::<Signal, EventSource<BytesDecoder>>();
    assert!(size_of::<EventBytes>() <= 80, "{}", size_of::<EventBytes>());
    assert!(size_of::<BytesDecoder>() <= 264, "{}", size_of::<BytesDecoder>());
}

#[test]
fn limits_are_those_of_decoder() {
    for number in 0..20_000 {
        let mut random = Random(number);
        let stream = stream(&mut random);
        let limit = random.below(64);
        let expected = without_places(reference::decode_from(&stream, "", limit));
        for read in [bytes_decoder, bytes_events, event_stream, event_stream_in_pieces] {
            let mut limited = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(limit));
            let chunks = cut(&mut random, &stream);
            assert_eq!(without_places(read(&mut limited, &chunks)), expected, "{number}, {limit}, {chunks:x?}");
        }
        let expected = without_places(reference::decode_items(&stream, "", limit));
        for read in [bytes_items, stream_items_of_bytes] {
            let mut limited = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(limit));
            let chunks = cut(&mut random, &stream);
            assert_eq!(
                without_places(read(&mut limited, &chunks)),
                expected,
                "items of {number}, {limit}, {chunks:x?}"
            );
        }
    }
}

fn stream_items_of_bytes(decoder: &mut BytesDecoder, chunks: &[&[u8]]) -> reference::Seen {
    stream_items(decoder, chunks, Bytes::copy_from_slice)
}

/// Long data is moved out of the decoder into the event, and no longer counts towards the limit.
#[test]
fn moved_out_data_does_not_count_towards_the_limit() {
    let mut limited = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(10_000));
    for (len, fits) in [6000, 10_000, 6000, 10_001, 10_000].map(|len| (len, len <= 10_000)) {
        let stream = format!("data: {}\n\n", "x".repeat(len));
        let chunks: Vec<_> = stream.as_bytes().chunks(1000).collect();
        let seen = bytes_decoder(&mut limited, &chunks).outcomes;
        let whole = |outcome: &Outcome| matches!(outcome, Outcome::Event { data, .. } if data.len() == len);
        assert_eq!((seen.len(), whole(&seen[0])), (1, fits), "{len}");
    }
}

fn all(decoder: &mut BytesDecoder, mut chunk: Bytes) -> Vec<EventBytes> {
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event(&mut chunk).expect("no limit is exceeded") {
        events.push(event);
    }
    events
}

/// Comments within the event, what follows it in the chunk, and a limit that it is within make no copy necessary.
#[test]
fn an_event_within_a_chunk_is_shared() {
    for event in ["data: a\n\n", "event: e\nid: 1\ndata: a\n\n", ": c\n: c\nevent: e\n: c\ndata: a\n: c\n\n"] {
        let mut decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(100));
        let events = all(&mut decoder, Bytes::from(event.repeat(100)));
        assert_eq!(events.iter().filter(|event| event.is_shared()).count(), 100, "{event:?}");
    }
}

/// Events that inherit an ID share one copy of it, until another ID takes effect: in a chunk, over chunks, or by the caller.
#[test]
fn an_inherited_id_is_the_last_one() {
    let ids = |decoder: &mut BytesDecoder, text: &'static str| {
        let events = all(decoder, Bytes::from(text));
        events.iter().map(|event| event.last_event_id().to_owned()).collect::<Vec<_>>()
    };
    let mut decoder = BytesDecoder::new();
    assert_eq!(ids(&mut decoder, "id: a\ndata: 1\n\ndata: 2\n\nid: b\ndata: 3\n\ndata: 4\n\n"), ["a", "a", "b", "b"]);
    assert_eq!(ids(&mut decoder, "data: 5\n\nid: c\ndata: 6\ndata: 6\n\ndata: 7\n\nid"), ["b", "c", "c"]);
    assert_eq!(ids(&mut decoder, ": d\n\ndata: 8\n\n"), ["d"]);
    decoder.set_last_event_id("e").expect("valid");
    assert_eq!(ids(&mut decoder, "data: 9\n\n"), ["e"]);
    decoder.set_last_event_id("e").expect("valid");
    assert_eq!(ids(&mut decoder, "data: 10\n\nid\n\ndata: 11\n\n"), ["e", ""]);
}

/// In an allocation of its own, an event shares the long ID that it inherits, and has all other values.
#[test]
fn an_event_that_inherits_a_long_id_is_complete() {
    let id = "7".repeat(65);
    for lines in [2, 10_000] {
        let data = vec!["0123456789"; lines].join("\n");
        let event = Event::new(&data).with_type("note").expect("valid").with_retry(Duration::from_millis(5));
        let stream = format!("id: {id}\ndata: first\n\n{event}");
        for size in [stream.len(), 7] {
            let mut decoder = BytesDecoder::new();
            let chunks = stream.as_bytes().chunks(size).map(Bytes::copy_from_slice);
            let events: Vec<_> = chunks.flat_map(|chunk| all(&mut decoder, chunk)).collect();
            let [first, last] = &events[..] else { panic!("{} events", events.len()) };
            assert_eq!((first.data(), first.id()), ("first", Some(&*id)));
            assert_eq!((last.last_event_id(), last.id()), (&*id, None));
            assert_eq!(*last, event);
        }
    }
}

/// An event that lies whole in a chunk is a slice of it. `unshare` copies the event and releases the chunk.
#[test]
fn shared_events_keep_the_chunk_alive_until_unshared() {
    let stream = "event: e\nid: 1\ndata: a\n\n".repeat(2000);
    let (events, counts) = count(|| all(&mut BytesDecoder::new(), Bytes::from(stream.clone().into_bytes())));
    assert_eq!(events.len(), 2000);
    assert!(events.iter().all(EventBytes::is_shared));
    assert!(counts.held >= isize::try_from(stream.len()).expect("small"), "the chunk is alive: {counts:?}");

    let first = events[0].clone();
    let (last, counts) = count(|| events.into_iter().next_back().expect("an event").unshare());
    assert!(counts.held < 0, "only the other events are freed: {counts:?}");
    let (unshared, counts) = count(|| first.unshare());
    assert!(!unshared.is_shared());
    assert!(counts.held <= -isize::try_from(stream.len()).expect("small"), "the chunk is freed: {counts:?}");
    assert_eq!(unshared, Event::new("a").with_type("e").expect("valid").with_id("1").expect("valid"));
    assert_eq!(last.data(), "a");
    let (again, counts) = count(|| unshared.unshare());
    assert_eq!((again.data(), counts.allocations), ("a", 0), "already unshared");
}

/// A consumed chunk is released at once, and a large event from several chunks is exactly sized.
#[test]
fn consumed_chunks_are_released() {
    let ((), counts) = count(|| {
        let mut decoder = BytesDecoder::new();
        let mut chunk = Bytes::from(vec![b':'; 1 << 20]);
        assert_eq!(decoder.next_event(&mut chunk), Ok(None));
        assert_eq!(counting::so_far().held, 0, "consumed, at the start of a comment");
        let mut chunk = Bytes::from(vec![b':'; 1 << 20]);
        assert_eq!(decoder.next_event(&mut chunk), Ok(None));
        assert_eq!(counting::so_far().held, 0, "consumed, inside a comment");
    });
    assert_eq!(counts.held, 0);

    let mut decoder = BytesDecoder::new();
    let big = format!("\nevent: e\nid: 1\ndata: {}\n\n", "x".repeat(1_100_000));
    let ((event, id_len), counts) = count(|| {
        let mut chunks = big.as_bytes().chunks(60_000).map(Bytes::copy_from_slice);
        let event = chunks.find_map(|mut chunk| decoder.next_event(&mut chunk).expect("no limit is exceeded"));
        decoder.shrink_to_fit();
        (event.expect("an event").unshare(), decoder.last_event_id().len())
    });
    let data = "x".repeat(1_100_000);
    assert_eq!(event, Event::new(&data).with_type("e").expect("valid").with_id("1").expect("valid"));
    let len = event.data().len() + event.event_type().len() + id_len;
    assert!(counts.held <= isize::try_from(len + id_len + 64).expect("small"), "{counts:?}");
}

/// The last event of a chunk owns the chunk, which is freed with the event.
#[test]
fn the_last_event_takes_ownership_of_the_chunk() {
    let mut decoder = BytesDecoder::new();
    let wire = Event::new("a".repeat(5000).as_str()).to_bytes();
    for end in ["", ": c\n", "\n\n"] {
        let ((), counts) = count(|| {
            let mut chunk = Bytes::from([b"data: b\n\n", &wire[..], end.as_bytes()].concat());
            let first = decoder.next_event(&mut chunk).expect("no limit is exceeded").expect("an event");
            assert_eq!((first.data(), first.is_shared()), ("b", true));
            drop(first);
            let last = decoder.next_event(&mut chunk).expect("no limit is exceeded").expect("an event");
            assert_eq!((last.data().len(), last.is_shared()), (5000, true));
            assert_eq!(chunk, end);
            drop(last);
            let held = counting::so_far().held;
            assert_eq!(held > 5000, !end.is_empty(), "{held}");
            assert_eq!(decoder.next_event(&mut chunk), Ok(None));
            assert_eq!(counting::so_far().held, 0);
        });
        assert_eq!(counts.held, 0);
    }
}

/// With `simdutf8`, text that is mostly not ASCII is faster to validate by that crate, and then has to be copied.
const OTHER_TEXT_IS_SHARED: bool = cfg!(not(feature = "simdutf8"));

/// Decoded one by one. The text is the same whether it is shared or copied.
#[test]
fn text_that_is_nearly_ascii_is_shared() {
    let long = "x".repeat(10_000);
    let shared = [
        "a".into(),
        "x".repeat(63),
        format!("{}é", "x".repeat(63)),
        long.clone(),
        format!("é{long}"),
        format!("{}é{long}", "x".repeat(3000)),
        format!("{long}é{long}"),
    ];
    let other = ["é".into(), "é".repeat(100), "가".repeat(3000)];
    let replaced = ["\u{FFFD}".into(), format!("é\u{FFFD}{long}"), format!("{long}é\u{FFFD}")];
    let cases = [(&shared[..], true), (&other, OTHER_TEXT_IS_SHARED), (&replaced, false)];
    for (text, is_shared) in
        cases.into_iter().flat_map(|(texts, is_shared)| texts.iter().map(move |text| (text, is_shared)))
    {
        let event = Event::new(text).with_type("e").expect("valid").with_id("1").expect("valid");
        let mut wire = b"retry: 7\ndata: before\n\n".to_vec();
        event.encode_into(&mut wire);
        while let Some(at) = wire.windows(3).position(|three| three == "\u{FFFD}".as_bytes()) {
            wire.splice(at..at + 3, [0xFF]);
        }
        for end in ["", "data: after\n\n"] {
            let mut decoder = BytesDecoder::new();
            let events = all(&mut decoder, Bytes::from([&wire[..], end.as_bytes()].concat()));
            assert_eq!(events[1], event);
            assert_eq!((events[1].is_shared(), events[1].data_bytes()), (is_shared, text.clone().into()));
            assert_eq!(decoder.last_event_id(), "1");
            assert_eq!((events[0].retry(), events[1].retry()), (Some(Duration::from_millis(7)), None));
        }
    }
}

/// Bytes between the values, such as comments, need not be valid UTF-8.
#[test]
fn invalid_utf8_between_the_values() {
    for filling in ["x", "é", &"x".repeat(10_000)] {
        let wire = [b"event: ", filling.as_bytes(), b"\n: \xFF\ndata: a\n\ndata: b\n\n"].concat();
        let events = all(&mut BytesDecoder::new(), Bytes::from(wire));
        assert_eq!(events, [Event::new("a").with_type(filling).expect("valid"), Event::new("b")]);
    }
}

/// If the chunk is already shared, its events do not allocate. An event from several chunks allocates once.
#[test]
fn allocations_per_event() {
    let mut chunk = BytesMut::from("event: e\ndata: {\"a\": 1}\nid: 12\n\n: c\n\n".repeat(100).as_bytes()).freeze();
    let keep = chunk.clone();
    let mut decoder = BytesDecoder::new();
    decoder.set_last_event_id("12").expect("valid");
    let (events, counts) = count(|| {
        let mut events = 0;
        while let Some(event) = decoder.next_event(&mut chunk).expect("no limit is exceeded") {
            events += event.data().len();
        }
        events
    });
    assert_eq!((events, counts.allocations), (800, 0));
    drop(keep);

    for (state, allocations) in [("without buffers", 3), ("with buffers", 1)] {
        let mut chunks = ["data: a long va", "lue of one line\n\n"].map(|chunk| Bytes::from_static(chunk.as_bytes()));
        let (event, counts) = count(|| {
            chunks
                .iter_mut()
                .find_map(|chunk| decoder.next_event(chunk).expect("no limit is exceeded"))
                .expect("an event")
        });
        assert_eq!(event.data(), "a long value of one line");
        assert!(counts.allocations <= allocations, "{state}: {counts:?}");
    }
}

/// For each event of a chunk, whether it is shared.
fn shared_of(chunk: &[u8]) -> Vec<bool> {
    let mut decoder = BytesDecoder::new();
    let chunk = Bytes::copy_from_slice(chunk);
    decoder
        .iter_events(&mut BytesChunk::from(chunk))
        .map(|event| event.expect("no limit is exceeded").is_shared())
        .collect()
}

/// For each event of a chunk, whether it lies in the chunk. The others lie in a copy of a part of it.
fn in_place_of(events: impl Iterator<Item = EventBytes>, chunk: &[u8]) -> Vec<bool> {
    let is_in_place = |event: EventBytes| {
        assert!(event.is_shared());
        chunk.as_ptr_range().contains(&event.data().as_ptr())
    };
    events.map(is_in_place).collect()
}

/// Mostly non-ASCII text is copied in windows of 8 KiB. The first 512 bytes of a window decide for all its events; the next
/// window decides again. Without simdutf8 everything is shared, because copying would not be faster.
#[test]
fn windows_are_shared_or_copied() {
    let event = |letters: usize| format!("data: {}{}\n\n", "é".repeat(letters), "x".repeat(56 - 2 * letters));
    let (ascii, nearly, other) = (event(0), event(8), event(9));
    assert_eq!((ascii.len(), nearly.len(), other.len()), (64, 64, 64), "128 are a window, of which 8 are sampled");
    let stream =
        |pieces: &[(&str, usize)]| pieces.iter().map(|(event, times)| event.repeat(*times)).collect::<String>();
    for (name, pieces, expected) in [
        ("ASCII", &[(&*ascii, 300)][..], &[(true, 300)][..]),
        ("nearly ASCII", &[(&*nearly, 1), (&*ascii, 299)], &[(true, 300)]),
        ("mostly non-ASCII, at the start", &[(&*other, 1), (&*ascii, 299)], &[(false, 128), (true, 172)]),
        ("at the end of the sample", &[(&*ascii, 7), (&*other, 1), (&*ascii, 292)], &[(false, 128), (true, 172)]),
        ("after the sample", &[(&*ascii, 8), (&*other, 120), (&*ascii, 172)], &[(true, 300)]),
        ("in the middle", &[(&*ascii, 128), (&*other, 1), (&*ascii, 204)], &[(true, 128), (false, 128), (true, 77)]),
        ("consecutive windows", &[(&*other, 257), (&*ascii, 304)], &[(false, 384), (true, 177)]),
    ] {
        let in_place = |is_in_place| is_in_place || cfg!(not(feature = "simdutf8"));
        let expected: Vec<_> = expected.iter().flat_map(|&(is, times)| vec![in_place(is); times]).collect();
        let chunk = Bytes::from(stream(pieces));
        let (mut decoder, mut rest) = (BytesDecoder::new(), BytesChunk::from(chunk.clone()));
        let events = decoder.iter_events(&mut rest).map(|event| event.expect("no limit is exceeded"));
        assert_eq!(in_place_of(events, &chunk), expected, "{name}");
    }
}

/// An event in a copied window keeps the copy alive, not the chunk.
#[test]
#[cfg(feature = "simdutf8")]
fn a_copied_window_is_small() {
    let (event, counts) = count(|| {
        let text = "data: 한국어 메시지\n\n".repeat(10_000);
        let mut chunk = BytesChunk::from(Bytes::from(text));
        BytesDecoder::new().iter_events(&mut chunk).nth(5000).expect("an event").expect("no limit is exceeded")
    });
    assert!((4096..=8192 + 100).contains(&counts.held), "{counts:?}");
    let (event, counts) = count(|| event.unshare());
    assert!(counts.held < -4000, "{counts:?}");
    assert_eq!((event.data(), event.is_shared()), ("한국어 메시지", false));
}

/// For every sequence of kinds of windows, the events are those decoded one by one.
#[test]
fn windows_do_not_change_the_events() {
    let event = |number: usize, value: &[u8]| [format!("data: {number} ").as_bytes(), value, b"\n\n"].concat();
    let values = [&b"plain"[..], "한국어 메시지".as_bytes(), b"\xFF, \x80 and \xEA\xB0", "naïve".as_bytes()];
    // Every kind after every other, each for longer than a window.
    let order = [0, 0, 1, 0, 2, 0, 3, 1, 1, 2, 1, 3, 2, 2, 3, 3, 0];
    let stream: Vec<u8> =
        (0..500 * order.len()).flat_map(|number| event(number, values[order[number / 500]])).collect();
    let mut chunk = BytesChunk::from(Bytes::from(stream.clone()));
    let (mut shared, mut decoder, mut rest) = (BytesDecoder::new(), Decoder::new(), &stream[..]);
    let mut events = shared.iter_events(&mut chunk);
    while let Some(expected) = decoder.next_event(&mut rest).expect("no limit is exceeded") {
        let event = events.next().expect("as many events").expect("no limit is exceeded");
        assert_eq!(event.data(), expected.data());
    }
    assert!(events.next().is_none());
}

/// The last event of a chunk is not part of a window.
#[test]
fn the_last_event_is_shared_or_copied_separately() {
    for (text, is_shared) in [("x", true), ("é", OTHER_TEXT_IS_SHARED)] {
        let event = format!("data: {}\n\n", text.repeat(100));
        assert_eq!(shared_of(event.as_bytes()), [is_shared]);
        // The window is a copy, or the chunk itself.
        assert_eq!(shared_of((event + "data: x\n\n").as_bytes()), [true, true]);
    }
}

/// An event of more than 1 KiB is not part of a window. Keep-alives before it do not count towards its length.
#[test]
fn a_long_event_is_shared_or_copied_separately() {
    for keep_alive in ["", ": c\n\n", ": c\n", "\n"] {
        for (len, is_shared) in [(1024, true), (1026, OTHER_TEXT_IS_SHARED)] {
            let event = format!("data: {}\n\n", "é".repeat((len - 8) / 2));
            assert_eq!(event.len(), len);
            let chunk = [keep_alive, &event, &"data: after\n\n".repeat(100)].concat();
            assert_eq!(shared_of(chunk.as_bytes())[0], is_shared, "{len} bytes after {keep_alive:?}");
        }
    }
}

#[test]
fn a_copy_is_one_exactly_sized_allocation() {
    let event = Event::new("data").with_type("a type").expect("valid").with_id("an id").expect("valid");
    let (copy, counts) = count(|| EventBytes::from(event));
    assert_eq!((counts.allocations, counts.held), (1, 15));
    assert_eq!(copy, event);
}

/// Equality, hashes and `Debug` depend on the values, not on where they are stored.
#[test]
fn events_are_compared_by_value() {
    let hash = |event: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        event(&mut hasher);
        hasher.finish()
    };
    let [a, b] = ["a", "b"].map(|data| Event::new(data).with_type("e").expect("valid"));
    let shared = &all(&mut BytesDecoder::new(), a.to_bytes())[0];
    let (same, other) = (EventBytes::from(a), EventBytes::from(b));
    assert!(shared == &same && shared != &other);
    assert!(*shared == a && *shared != b);
    assert_eq!(hash(&|hasher| shared.hash(hasher)), hash(&|hasher| a.hash(hasher)));
    assert_ne!(hash(&|hasher| shared.hash(hasher)), hash(&|hasher| other.hash(hasher)));
    assert_eq!(format!("{shared:?}"), format!("{a:?}"));
}

#[test]
fn bytes_decoder_delegates_to_decoder() {
    let mut decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(20));
    assert_eq!(decoder.limits().max_event_bytes, 20);
    assert!(decoder.set_last_event_id("line\n").is_err());
    assert!(decoder.set_last_event_id("7").is_ok());
    assert_eq!((decoder.last_event_id(), decoder.reconnection_time()), ("7", None));
    let mut borrowing = Decoder::with_limits(Limits::default().with_max_event_bytes(20));
    borrowing.set_last_event_id("7").expect("valid");
    assert_eq!(format!("{decoder:?}"), format!("{borrowing:?}"));
    let before = decoder.clone();
    assert!(all(&mut decoder, Bytes::from("retry: 9\n\nevent: e\ndata: incomp")).is_empty());
    assert!(decoder != before && decoder == decoder.clone());
    assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(9)));
    let event = decoder.dispatch_incomplete(CutLine::Process).expect("no limit is exceeded").expect("an event");
    assert_eq!(event, Event::new("incomp").with_type("e").expect("valid"));
    assert!(!decoder.end_of_stream().is_incomplete());
    assert!(all(&mut decoder, Bytes::from("data: incomp")).is_empty());
    assert!(decoder.end_of_stream().is_incomplete());

    let (mut decoder, counts) = count(|| {
        let mut decoder = BytesDecoder::new();
        let _ = ["data: a", "\n\n"].map(|chunk| all(&mut decoder, Bytes::from_static(chunk.as_bytes())));
        decoder
    });
    assert!(counts.held > 0);
    let ((), freed) = count(|| decoder.shrink_to_fit());
    assert_eq!(counts.held + freed.held, 0);
}

/// A small event from several chunks does not keep the capacity that a big one needed.
#[test]
fn small_events_do_not_keep_big_buffers() {
    let mut decoder = BytesDecoder::new();
    let big = format!("data: {}\n\n", "x".repeat(400 << 10));
    let mut chunks: Vec<&[u8]> = big.as_bytes().chunks(1460).collect();
    let small: [&[u8]; 2] = [b"data: sma", b"ll\n\n"];
    (0..1000).for_each(|_| chunks.extend(small));
    let (events, counts) = count(|| {
        let mut events: Vec<EventBytes> = Vec::with_capacity(1001);
        for chunk in chunks {
            let mut chunk = Bytes::from_static(Box::leak(chunk.to_vec().into_boxed_slice()));
            while let Some(event) = decoder.next_event(&mut chunk).expect("no limit is exceeded") {
                events.push(event);
            }
        }
        drop(events.remove(0));
        events
    });
    assert_eq!(events.len(), 1000);
    let leaked = isize::try_from(big.len() + 1000 * 13).expect("small");
    let own = isize::try_from(1001 * size_of::<EventBytes>()).expect("small");
    assert!(counts.held - leaked - own <= 1000 * 200, "{counts:?}");
}

/// A stream that returns the given items in turn.
#[derive(Clone, Default)]
struct Script(Rc<RefCell<VecDeque<Item<Bytes>>>>);

type Item<B> = Poll<Option<Result<B, &'static str>>>;

/// All that a stream returns up to the first `Poll::Pending` or the end, and whether it has ended.
fn drain<T, E>(mut events: Pin<&mut impl Stream<Item = Result<T, E>>>) -> (Vec<Result<T, E>>, bool) {
    let (mut seen, mut cx) = (Vec::new(), Context::from_waker(Waker::noop()));
    loop {
        match events.as_mut().poll_next(&mut cx) {
            Poll::Ready(Some(item)) => seen.push(item),
            Poll::Ready(None) => return (seen, true),
            Poll::Pending => return (seen, false),
        }
    }
}

impl Stream for Script {
    type Item = Result<Bytes, &'static str>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.borrow_mut().pop_front().expect("no poll after the last item")
    }
}

fn script(items: impl IntoIterator<Item = Item<&'static str>>) -> Script {
    let items = items.into_iter().map(|item| item.map(|item| item.map(|item| item.map(Bytes::from))));
    script_of(items)
}

fn script_of(items: impl IntoIterator<Item = Item<Bytes>>) -> Script {
    Script(Rc::new(RefCell::new(items.into_iter().collect())))
}

fn chunk(chunk: &'static str) -> Item<&'static str> {
    Poll::Ready(Some(Ok(chunk)))
}

/// Keep-alives between events do not change where windows begin.
#[test]
fn a_stream_decides_for_each_window() {
    let unit = |value: String| format!("data: {value}\n\n:\n\n");
    let (ascii, other) = (unit("x".repeat(53)), unit("é".repeat(26) + "x"));
    assert_eq!((ascii.len(), other.len()), (64, 64), "128 are a window");
    let chunk = Bytes::from([other.repeat(5), ascii.repeat(195)].concat());
    let mut stream = EventStream::new(script_of([Poll::Ready(Some(Ok(chunk.clone()))), Poll::Pending]));
    let mut cx = Context::from_waker(Waker::noop());
    let events = std::iter::from_fn(|| match Pin::new(&mut stream).poll_next(&mut cx) {
        Poll::Ready(Some(Ok(event))) => Some(event),
        _ => None,
    });
    let copied = [cfg!(not(feature = "simdutf8")); 128];
    assert_eq!(in_place_of(events, &chunk), [copied.as_slice(), &[true; 72]].concat());
}

/// Neither a consumed chunk nor the text of its windows is kept.
#[test]
fn a_stream_releases_consumed_chunks() {
    for end in ["", ": c\n", "data: é\n\n", "da"] {
        let ((), counts) = count(|| {
            let chunk = Bytes::from(["event: e\ndata: x\n\n".repeat(1000), end.to_owned()].concat());
            let mut events = EventStream::new(script_of([Poll::Ready(Some(Ok(chunk))), Poll::Pending]));
            let mut cx = Context::from_waker(Waker::noop());
            while Pin::new(&mut events).poll_next(&mut cx).is_ready() {}
            let held = counting::so_far().held;
            assert!(held < 1000, "{held} after {end:?}");
        });
        assert_eq!(counts.held, 0);
    }
}

/// A chunk with invalid UTF-8 at its end does not affect the next chunk, whose events share a window.
#[test]
fn an_invalid_window_does_not_affect_the_next_chunk() {
    let chunks = [&b"data: a\n\ndata: \xFF\n\n"[..], "data: é\n\ndata: é\n\ndata: é\n\n".as_bytes()];
    let chunks = chunks.map(|chunk| Poll::Ready(Some(Ok(Bytes::from_static(chunk)))));
    let mut events = script_of(chunks.into_iter().chain([Poll::Pending])).event_stream();
    let mut cx = Context::from_waker(Waker::noop());
    let mut shared = Vec::new();
    while let Poll::Ready(Some(Ok(event))) = Pin::new(&mut events).poll_next(&mut cx) {
        shared.push(event.is_shared());
    }
    assert_eq!(shared, [true, false, true, true, true]);
}

/// A chunk whose events were copied does not affect the next chunk.
#[test]
fn a_stream_decides_for_each_chunk() {
    let mut events =
        script([chunk("data: é\n\n"), chunk("data: x\n\ndata: x\n\ndata: x\n\n"), Poll::Pending]).event_stream();
    let mut cx = Context::from_waker(Waker::noop());
    let mut shared = Vec::new();
    while let Poll::Ready(Some(Ok(event))) = Pin::new(&mut events).poll_next(&mut cx) {
        shared.push(event.is_shared());
    }
    assert_eq!(shared, [OTHER_TEXT_IS_SHARED, true, true, true]);
}

#[test]
fn the_decoder_of_a_stream_is_accessible() {
    let mut events = script([chunk("id: 1\nretry: 2\n\n"), Poll::Ready(None)]).event_stream();
    let mut cx = Context::from_waker(Waker::noop());
    events.decoder_mut().set_last_event_id("0").expect("valid");
    assert_eq!((events.last_event_id(), events.decoder().last_event_id()), ("0", "0"));
    assert!(!events.is_terminated());
    assert!(matches!(Pin::new(&mut events).poll_next(&mut cx), Poll::Ready(None)));
    assert_eq!((events.last_event_id(), events.decoder().last_event_id()), ("1", "1"));
    assert!(events.is_terminated());
    let signals = events.heartbeats();
    assert!(signals.is_terminated());
    assert!(!signals.into_events().end_of_stream().1.is_incomplete());
    assert!(!script([]).event_stream().heartbeats().is_terminated());
}

/// The stream of chunks need not be `Send`.
#[test]
fn a_stream_of_events() {
    let chunks = script([
        chunk("id: 1\ndata: a\n\ndata: b\n\n: c\n\nda"),
        Poll::Pending,
        chunk(""),
        Poll::Ready(Some(Err("timeout"))),
        chunk("ta: c\nretry: 5\n\ndata: too large\n\ndata: d\n\ndata: inc"),
        Poll::Ready(None),
    ]);
    let decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(7));
    let mut events = chunks.event_stream_with(decoder);
    let mut cx = Context::from_waker(Waker::noop());
    let mut next =
        || Pin::new(&mut events).poll_next(&mut cx).map(|item| item.map(|item| item.map(|e| e.data().to_owned())));
    assert!(matches!(next(), Poll::Ready(Some(Ok(data))) if data == "a"));
    assert!(matches!(next(), Poll::Ready(Some(Ok(data))) if data == "b"));
    assert!(next().is_pending());
    assert!(matches!(next(), Poll::Ready(Some(Err(Error::Source("timeout"))))));
    assert!(matches!(next(), Poll::Ready(Some(Ok(data))) if data == "c"));
    assert!(matches!(next(), Poll::Ready(Some(Err(Error::Decode(_))))));
    assert!(matches!(next(), Poll::Ready(Some(Ok(data))) if data == "d"));
    assert!(matches!(next(), Poll::Ready(None)));
    assert!(matches!(next(), Poll::Ready(None)), "the source is not polled again");
    assert!(events.is_terminated());
    assert_eq!(events.last_event_id(), "1");
    assert_eq!(events.reconnection_time(), Some(Duration::from_millis(5)));
    let (decoder, end) = events.end_of_stream();
    assert!(end.is_incomplete());
    assert_eq!(decoder.last_event_id(), "1");
}

#[test]
fn the_state_of_the_decoder_is_accessible() {
    let mut events = iter([&b"id: 7\nretry: 5\nignored\ndata: \xFF\xFE\n\n"[..]]).event_stream();
    assert_eq!((events.reconnection_time(), events.utf8_replacements()), (None, 0));
    let (seen, _) = drain(Pin::new(&mut events));
    assert_eq!(seen[0].as_ref().expect("no error").data(), "\u{FFFD}\u{FFFD}");
    assert_eq!((events.last_event_id(), events.ignored().lines()), ("7", 1));
    assert_eq!((events.reconnection_time(), events.utf8_replacements()), (Some(Duration::from_millis(5)), 2));
}

#[test]
fn heartbeats_show_every_chunk_that_completes_no_event() {
    let chunks = script([
        chunk(":\n"),
        chunk("data: a\n"),
        chunk("\ndata: b\n\n: c\n"),
        chunk(""),
        Poll::Pending,
        Poll::Ready(None),
    ]);
    let mut signals = pin!(chunks.event_stream().heartbeats());
    let mut cx = Context::from_waker(Waker::noop());
    let mut seen = Vec::new();
    loop {
        match signals.as_mut().poll_next(&mut cx) {
            Poll::Ready(None) => break,
            Poll::Ready(Some(Ok(Signal::Event(event)))) => seen.push(event.data().to_owned()),
            Poll::Ready(Some(Ok(Signal::Heartbeat))) => seen.push("heartbeat".to_owned()),
            Poll::Ready(Some(Err(error))) => panic!("{error}"),
            Poll::Pending => seen.push("pending".to_owned()),
        }
    }
    assert_eq!(seen, ["heartbeat", "heartbeat", "a", "b", "heartbeat", "pending"]);
}

pin_project_lite::pin_project! {
    /// A stream that must be pinned, as that of an `async` block.
    struct Pinned {
        chunks: Script,
        #[pin]
        pinned: std::marker::PhantomPinned,
    }
}

impl Stream for Pinned {
    type Item = <Script as Stream>::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(self.project().chunks).poll_next(cx)
    }
}

/// The stream of chunks need not be `Unpin`, and is not boxed. The decoder of a stream that is pinned is accessible.
#[test]
fn a_pinned_stream_of_chunks() {
    let chunks = script([chunk("id: 1\ndata: a\n\ndata: b"), Poll::Pending, chunk("c"), Poll::Ready(None)]);
    let mut events = pin!(Pinned { chunks, pinned: std::marker::PhantomPinned }.event_stream());
    let (seen, ended) = drain(events.as_mut());
    assert_eq!((seen.len(), ended), (1, false));
    assert_eq!((events.last_event_id(), events.get_ref().chunks.0.borrow().len()), ("1", 2));
    events.as_mut().decoder_pin_mut().set_last_event_id("2").expect("valid");
    assert_eq!(events.as_mut().get_pin_mut().project().chunks.0.borrow().len(), 2);
    let (seen, ended) = drain(events.as_mut());
    assert_eq!((seen.len(), ended), (0, true));
    let event = events.as_mut().decoder_pin_mut().dispatch_incomplete(CutLine::Process);
    let event = event.expect("no limit is exceeded").expect("an event");
    assert_eq!((event.data(), event.last_event_id()), ("bc", "2"));
}

/// When the future that drives a stream is dropped, a decoder that was borrowed has the last event ID.
#[test]
fn a_borrowed_decoder_survives_the_stream() {
    let mut decoder = BytesDecoder::new();
    for (stream, ids) in
        [("id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c", ["1", "2"]), ("data: d\n\ndata: e\n\n", ["2", "2"])]
    {
        let mut events = script([chunk(stream), Poll::Pending]).event_stream_with(&mut decoder);
        let seen = drain(Pin::new(&mut events)).0;
        let seen: Vec<_> = seen.iter().map(|event| event.as_ref().expect("no error").last_event_id()).collect();
        assert_eq!(seen, ids);
        drop(events);
        assert_eq!(decoder.last_event_id(), "2");
        decoder.end_of_stream();
    }
    let (decoder, end) = script([]).event_stream_with(&mut decoder).end_of_stream();
    assert_eq!((decoder.last_event_id(), end.is_incomplete()), ("2", false));
}

/// A stream of items, of another type of chunk: everything in order, and the same limits.
#[test]
fn a_stream_of_items() {
    let text = "\u{FEFF}: c\nid: 1\n\nwhat\ndata: a\n\n: long comment\ndata: too large\n\ndata: b\n\ndata: c";
    let block = EventBytes::from(Event::without_data().with_id("1").expect("valid"));
    let [a, b] = ["a", "b"].map(|data| EventBytes::from(Event::new(data)));
    for size in [1, 7, text.len()] {
        let chunks: Vec<_> = text.as_bytes().chunks(size).map(|chunk| std::io::Cursor::new(chunk.to_vec())).collect();
        let mut items = EventStream::with_limits(iter(chunks), Limits::default().with_max_event_bytes(8)).items();
        let (seen, ended) = drain(Pin::new(&mut items));
        assert!(ended && items.is_terminated());
        let found: Vec<_> = seen.iter().filter_map(|item| item.as_ref().ok()).collect();
        let expected = [
            ItemBuf::Comment("c".into()),
            ItemBuf::Block(block.clone()),
            ItemBuf::Ignored(b"what".to_vec()),
            ItemBuf::Event(a.clone()),
            ItemBuf::Event(b.clone()),
        ];
        assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{size}");
        let errors: Vec<_> = seen.iter().filter_map(|item| item.as_ref().err()).map(ToString::to_string).collect();
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("line too large") && errors[1].starts_with("event too large"), "{errors:?}");
        assert_eq!((items.ignored().lines(), items.last_event_id()), (1, "1"));
        assert!(items.end_of_stream().1.is_incomplete());
    }
}

/// Items from where events were decoded, in the middle of a chunk whose text was validated ahead.
#[test]
fn items_after_events() {
    let text = "data: é\n\n".repeat(100) + ": c\n\ndata: b\n\n";
    let mut events = script_of([
        Poll::Ready(Some(Ok(Bytes::from(text)))),
        Poll::Ready(Some(Ok(Bytes::from("data: c\n\n")))),
        Poll::Ready(None),
    ])
    .event_stream();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..99 {
        assert!(Pin::new(&mut events).poll_next(&mut cx).is_ready());
    }
    let items = drain(pin!(events.items())).0;
    let items: Vec<_> = items.into_iter().map(|item| item.expect("no error")).collect();
    let event = |data| ItemBuf::Event(EventBytes::from(Event::new(data)));
    assert_eq!(items, [event("é"), ItemBuf::Comment("c".into()), event("b"), event("c")]);
}

#[test]
fn until_error_ends_at_the_first_error_of_any_kind() {
    let too_large = || script([chunk("data: a\n\ndata: too large\n\ndata: b\n\n"), Poll::Ready(None)]);
    let failing =
        || script([chunk("data: a\n\n"), Poll::Ready(Some(Err("reset"))), chunk("data: b\n\n"), Poll::Ready(None)]);
    for chunks in [too_large as fn() -> Script, failing] {
        let new = || EventStream::with_limits(chunks(), Limits::default().with_max_event_bytes(7));
        let are_ok = |seen: Vec<Result<EventBytes, _>>| seen.iter().map(Result::is_ok).collect::<Vec<_>>();
        let mut events = new();
        assert_eq!(are_ok(drain(Pin::new(&mut events)).0), [true, false, true]);
        let mut events = new().until_error();
        assert_eq!(are_ok(drain(Pin::new(&mut events)).0), [true, false]);
        assert!(events.is_terminated());
        assert!(drain(Pin::new(&mut events)).0.is_empty());
        let items = drain(pin!(new().items().until_error())).0;
        assert_eq!(items.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
        let signals = drain(pin!(new().until_error().heartbeats())).0;
        assert_eq!(signals.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    }
}

/// `Bytes` and `BytesMut` are not copied; a slice is.
#[test]
fn chunks_are_not_copied() {
    fn check<B: Buf>(chunk: B, place: Range<*const u8>, expected: bool) {
        let events = drain(Pin::new(&mut iter([chunk]).event_stream())).0;
        assert_eq!(events.len(), 2);
        for event in events {
            assert_eq!(place.contains(&event.expect("no error").data().as_ptr()), expected);
        }
    }
    let text = "data: one event\n\ndata: another event\n\n";
    let place = |bytes: &[u8]| bytes.as_ptr_range();
    let bytes = Bytes::from(text);
    check(bytes.clone(), place(&bytes), true);
    check(bytes.clone().chain(Bytes::new()), place(&bytes), true);
    let bytes = BytesMut::from(text);
    let place_of_bytes = place(&bytes);
    check(bytes, place_of_bytes, true);
    check(text.as_bytes(), place(text.as_bytes()), false);
}

/// Wherever the pieces are cut, also within a line end.
#[test]
fn a_chunk_of_many_pieces() {
    let text = ": c\n\nid: 1\ndata: one\n\n: d\n\ndata: two\ndata: three\r\n\r\nretry: 5\r\rdata: four\r\rretry: 5\r\n\ndata: fi";
    for size in 1..=text.len() {
        let pieces: VecDeque<Bytes> =
            text.as_bytes().chunks(size).flat_map(|piece| [Bytes::copy_from_slice(piece), Bytes::new()]).collect();
        let mut events = iter([Pieces(pieces)]).event_stream();
        let seen = drain(Pin::new(&mut events)).0;
        let seen: Vec<_> = seen.iter().map(|event| event.as_ref().expect("no error").data()).collect();
        assert_eq!(seen, ["one", "two\nthree", "four"], "{size}");
        assert_eq!(events.reconnection_time(), Some(Duration::from_millis(5)));
        assert!(events.end_of_stream().1.is_incomplete());
    }
}

/// A buffer of any number of pieces.
struct Pieces(VecDeque<Bytes>);

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.iter().find(|piece| !piece.is_empty()).map_or(&[], |piece| piece)
    }

    fn advance(&mut self, mut n: usize) {
        while n > 0 {
            let piece = self.0.front_mut().expect("as many bytes");
            let step = n.min(piece.len());
            piece.advance(step);
            n -= step;
            if piece.is_empty() {
                self.0.pop_front();
            }
        }
    }
}

/// A stream of chunks that are all there.
fn iter<B>(chunks: impl IntoIterator<Item = B>) -> impl Stream<Item = Result<B, std::convert::Infallible>> + Unpin {
    struct Iter<B>(std::vec::IntoIter<B>);

    impl<B> Unpin for Iter<B> {}

    impl<B> Stream for Iter<B> {
        type Item = Result<B, std::convert::Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready(self.0.next().map(Ok))
        }
    }

    Iter(chunks.into_iter().collect::<Vec<_>>().into_iter())
}

#[test]
fn the_parts_of_a_stream_are_accessible() {
    let mut events = script([chunk("id: 1\ndata: a\n\ndata: b\n\nda"), Poll::Pending]).event_stream();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut events).poll_next(&mut cx).is_ready());
    assert_eq!(events.get_ref().0.borrow().len(), 1);
    events.get_mut().0.borrow_mut().push_back(Poll::Ready(None));
    assert_eq!(Pin::new(&mut events).get_pin_mut().0.borrow().len(), 2);
    let (chunks, mut decoder, mut chunk) = events.into_inner();
    assert_eq!((chunks.0.borrow().len(), decoder.last_event_id()), (2, "1"));
    assert_eq!(chunk.rest(), "data: b\n\nda");
    assert_eq!(decoder.iter_events(&mut chunk).count(), 1);
    assert_eq!(chunk.into_rest(), "");
}

/// Nobody reads a payload in a log, whatever is logged. The stream of chunks need not have `Debug`.
#[test]
fn debug_shows_no_payload() {
    let text = "id: secret\n\ndata: a\n\ndata: secret\n\ndata: secret\n\n";
    let mut events = iter([Bytes::from(text)]).event_stream();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut events).poll_next(&mut cx).is_ready());
    let mut shown = vec![format!("{events:?}"), format!("{:?}", events.heartbeats())];

    let (mut decoder, mut chunk) = (BytesDecoder::new(), BytesChunk::from(Bytes::from(text)));
    let mut events = decoder.iter_events(&mut chunk);
    assert!(events.next().is_some());
    shown.extend([format!("{events:?}"), format!("{chunk:?}")]);

    let (mut decoder, mut input) = (Decoder::new(), text.as_bytes());
    let mut events = decoder.events(&mut input);
    assert!(events.next().is_ok());
    shown.push(format!("{events:?}"));
    for text in shown {
        assert!(text.contains("rest_len: 28"), "{text}");
        assert!(!text.contains("secret") && !text.contains("115, 101"), "{text}");
    }
}

proptest! {
    /// `Encoder` as a `Buf` yields the encoded bytes, in steps of any size.
    #[test]
    fn the_encoder_is_a_buf(data: String, step in 1..20_usize) {
        let event = Event::new(&data).with_id("1").expect("valid");
        let wire = event.to_string();
        prop_assert_eq!(event.to_bytes(), wire.as_bytes());
        let mut buffer = BytesMut::new();
        event.encode_into_buf(&mut buffer).expect("grows");
        prop_assert_eq!(&buffer, wire.as_bytes());
        let (mut encoder, mut read) = (event.encode(), Vec::new());
        while encoder.has_remaining() {
            let n = step.min(Buf::remaining(&encoder));
            read.extend_from_slice(&encoder.copy_to_bytes(n));
        }
        prop_assert_eq!(read, wire.as_bytes());
        let comment = Comment::new(&data);
        prop_assert_eq!(comment.to_bytes(), comment.to_string().into_bytes());
        let mut buffer = BytesMut::new();
        comment.encode_into_buf(&mut buffer).expect("grows");
        prop_assert_eq!(buffer, comment.to_string());
    }

    /// Borrowed, owned and shared events are equal.
    #[test]
    fn every_event_type_is_equal(data: String, event_type in "[^\r\n]*", id in proptest::option::of("[^\r\n\0]*")) {
        let mut event = Event::new(&data).with_type(&event_type).expect("valid");
        if let Some(id) = &id {
            event = event.with_id(id).expect("valid");
        }
        let shared = EventBytes::from(event);
        prop_assert_eq!(&shared, &event);
        prop_assert_eq!(shared.as_event().to_event_buf(), event);
        prop_assert_eq!((shared.event_type(), shared.data(), shared.id()), (event.event_type(), event.data(), event.id()));
        prop_assert_eq!(shared.data_bytes(), data.as_bytes());
    }
}
