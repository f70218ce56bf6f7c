//! What bug reports against event stream libraries complain of, where the specification says only what a browser sees: what was
//! ignored, what was left, and what came between events can be told from the decoders, in every chunking.
#![cfg(feature = "bytes")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::time::Duration;

use bytes::Bytes;
use counting::count;
use sse_proto::{
    BytesChunk, BytesDecoder, Comment, CutLine, DecodeError, Decoder, Event, EventBuf, EventBytes, Field, FixedDecoder,
    Ignored, Incomplete, Item, ItemBuf, Limit, Limits, Storage,
};
use support::drive::{ITEM_READERS, READERS, every_split, without_places};
use support::reference::{Outcome, Seen};

type Fixed = FixedDecoder<64, 64>;

/// Runs the block for each decoder that was given the stream, which must not complete an event, in every chunking.
macro_rules! after {
    ($stream:expr, |$decoder:ident| $check:block) => {
        every_split($stream, |chunks| {
            let mut $decoder = Decoder::new();
            for mut chunk in chunks.iter().copied() {
                assert_eq!($decoder.next_event(&mut chunk), Ok(None), "{chunks:x?}");
            }
            $check
            let mut $decoder = Fixed::with_fixed_buffers();
            for mut chunk in chunks.iter().copied() {
                assert_eq!($decoder.next_event(&mut chunk), Ok(None), "{chunks:x?}");
            }
            $check
            let mut $decoder = BytesDecoder::new();
            for chunk in chunks {
                assert_eq!($decoder.next_event(&mut Bytes::copy_from_slice(chunk)), Ok(None), "{chunks:x?}");
            }
            $check
        })
    };
}

/// Asserts that every reader of events sees just this, in every chunking.
fn events(stream: &[u8], expected: &Seen) {
    every_split(stream, |chunks| {
        for &reader in READERS {
            assert_eq!(without_places(reader.run(chunks)), *expected, "{reader:?}, {chunks:x?}");
        }
    });
}

/// Asserts that every reader of items sees just this, in every chunking.
fn items(stream: &[u8], expected: &[Outcome]) {
    every_split(stream, |chunks| {
        for &reader in ITEM_READERS {
            assert_eq!(without_places(reader.run(chunks)).outcomes, expected, "{reader:?}, {chunks:x?}");
        }
    });
}

fn event(event_type: &str, data: &str, id: Option<&str>, last_event_id: &str) -> Outcome {
    Outcome::Event {
        event_type: event_type.to_owned(),
        data: data.to_owned(),
        id: id.map(str::to_owned),
        retry: None,
        last_event_id: last_event_id.to_owned(),
        after: 0,
    }
}

fn block(event_type: &str, id: Option<&str>, retry: Option<u64>, last_event_id: &str) -> Outcome {
    Outcome::Block {
        event_type: event_type.to_owned(),
        id: id.map(str::to_owned),
        retry,
        last_event_id: last_event_id.to_owned(),
    }
}

fn comment(text: &str) -> Outcome {
    Outcome::Comment(text.to_owned())
}

/// The body of a response that is no event stream.
const GZIP: &[u8] =
    b"\x1f\x8b\x08\0\0\0\0\0\x02\x03KI,I\xb4R\xc8H\xcd\xc9\xc9\xe7\xe2J\x01s\x92*S\xb9\xb8\0r_lo\x18\0\0\0";

#[test]
fn what_is_no_event_stream_shows_as_ignored_lines() {
    for (stream, lines, first_line) in [
        (&br#"{"error":{"message":"x"}}"#[..], 1, &br#"{"error":{"message":"x"}}"#[..]),
        (b"{\"error\":{\"message\":\"x\"}}\n", 1, br#"{"error":{"message":"x"}}"#),
        (b"error: {\"code\":400}\n\n", 1, br#"error: {"code":400}"#),
        (b"<!DOCTYPE html>\r\n<html>\r\n\r\n<title>502</title>\r\n</html>", 4, b"<!DOCTYPE html>"),
        (b" data: x\n\n", 1, b" data: x"),
        (b"data : x\n\n", 1, b"data : x"),
        (b"Data: x\n\n", 1, b"Data: x"),
        (GZIP, 1, GZIP),
        // Only the start of the first line is kept.
        (
            b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>\n",
            1,
            b"<!DOCTYPE html><html><head><title>502 Bad Gate",
        ),
    ] {
        events(stream, &Seen { ignored: (lines, first_line.to_vec()), ..Seen::default() });
        after!(stream, |decoder| {
            assert_eq!((decoder.ignored().lines(), decoder.ignored().first_line()), (lines, first_line), "{stream:x?}");
            assert_eq!(decoder.dispatch_incomplete(CutLine::Process), Ok(None), "{stream:x?}");
            let end = decoder.end_of_stream();
            assert_eq!((end.ignored.lines(), end.ignored.first_line()), (lines, first_line), "{stream:x?}");
            assert!(!end.is_incomplete(), "{stream:x?}");
            assert_eq!(*decoder.ignored(), Ignored::default(), "the next stream has not begun");
        });
    }
}

#[test]
fn an_event_stream_shows_no_ignored_lines() {
    for stream in [&b"\xEF\xBB\xBF: ping\n\nretry: 1\nid\nevent\n\n:\n\n"[..], b"", b"retry: x\n\n", b"\r\n\r", b"dat"]
    {
        after!(stream, |decoder| {
            assert_eq!(*decoder.ignored(), Ignored::default(), "{stream:x?}");
        });
    }
}

/// For each stream: what is left, the event without the cut line and with it, and the last event IDs after them.
#[test]
fn what_is_flushed_at_the_end_leaves_out_a_cut_line_and_always_a_cut_id() {
    use Incomplete::{CutLine as Cut, Lines, Nothing};

    for (stream, incomplete, discarded, processed) in [
        ("data: b\nid: 12", Cut, (Some("b"), ""), (Some("b"), "")),
        ("data: b\nid: 12\n", Lines, (Some("b"), "12"), (Some("b"), "12")),
        ("data: b\nid: 1\nid: 2", Cut, (Some("b"), "1"), (Some("b"), "1")),
        ("data: b\ni", Cut, (Some("b"), ""), (Some("b"), "")),
        ("data: b\nid", Cut, (Some("b"), ""), (Some("b"), "")),
        ("id: 1\ndata: {\"type\":\"tok", Cut, (None, "1"), (Some("{\"type\":\"tok"), "1")),
        ("data: {\"type\":\"tok", Cut, (None, ""), (Some("{\"type\":\"tok"), "")),
        ("data: a\ndata: b", Cut, (Some("a"), ""), (Some("a\nb"), "")),
        ("data: a\n", Lines, (Some("a"), ""), (Some("a"), "")),
        ("data: a\r", Lines, (Some("a"), ""), (Some("a"), "")),
        ("data: a\n: b", Lines, (Some("a"), ""), (Some("a"), "")),
        ("data: a\n{", Lines, (Some("a"), ""), (Some("a"), "")),
        ("id: 12", Cut, (None, ""), (None, "")),
        ("id: 12\n", Lines, (None, "12"), (None, "12")),
        ("id: 12\n\n", Nothing, (None, "12"), (None, "12")),
        (": a", Nothing, (None, ""), (None, "")),
        ("", Nothing, (None, ""), (None, "")),
    ] {
        for (cut_line, (data, id)) in [(CutLine::Discard, discarded), (CutLine::Process, processed)] {
            after!(stream.as_bytes(), |decoder| {
                assert_eq!(decoder.incomplete(), incomplete, "{stream:?}");
                let mut ended = decoder.clone();
                assert_eq!(ended.end_of_stream().incomplete, incomplete, "{stream:?}");
                let event = decoder.dispatch_incomplete(cut_line).expect("no limit is exceeded");
                let event = event.map(|event| (event.data().to_owned(), event.last_event_id().to_owned()));
                let event = event.as_ref().map(|(data, id)| (data.as_str(), id.as_str()));
                assert_eq!(event, data.map(|data| (data, id)), "{stream:?}, {cut_line:?}");
                assert_eq!(decoder.last_event_id(), id, "{stream:?}, {cut_line:?}");
                assert_eq!(decoder.incomplete(), Incomplete::Nothing, "{stream:?}, {cut_line:?}");
            });
        }
    }
}

#[test]
fn a_cut_retry_line_does_not_set_the_reconnection_time() {
    for cut_line in [CutLine::Discard, CutLine::Process] {
        after!(b"retry: 1\ndata: a\nretry: 30", |decoder| {
            let event = decoder.dispatch_incomplete(cut_line).expect("no limit is exceeded");
            assert_eq!(event.and_then(|event| event.retry()), Some(Duration::from_millis(1)), "{cut_line:?}");
            assert_eq!(decoder.reconnection_time(), Some(Duration::from_millis(1)), "{cut_line:?}");
        });
    }
}

#[test]
fn an_event_has_its_last_event_id_while_it_borrows_the_decoder() {
    let stream = b"data: a\n\nid: 1\ndata: b\n\ndata: c\n\nid: 2\n\ndata: d\n\nid\ndata: e\n\n";
    let (mut decoder, mut input, mut seen) = (Decoder::new(), &stream[..], Vec::new());
    while let Some(event) = decoder.next_event(&mut input).unwrap() {
        seen.push((event.data().to_owned(), event.id().map(str::to_owned), event.last_event_id().to_owned()));
    }
    let seen: Vec<_> = seen.iter().map(|(data, id, last)| (data.as_str(), id.as_deref(), last.as_str())).collect();
    let expected = [("a", None, ""), ("b", Some("1"), "1"), ("c", None, "1"), ("d", None, "2"), ("e", Some(""), "")];
    assert_eq!(seen, expected);
    let outcomes = expected.map(|(data, id, last)| event("message", data, id, last)).to_vec();
    events(stream, &Seen { outcomes, ..Seen::default() });
}

#[test]
fn a_loop_that_calls_again_after_an_error_gets_the_rest_of_the_chunk() {
    const STREAM: &[u8] = b"data: a\n\nid: 1\ndata: too large for eight bytes\n\ndata: b\n\ndata: c\n\n";
    let limits = Limits::default().with_max_event_bytes(8);
    every_split(STREAM, |chunks| {
        let (mut decoder, mut small) = (Decoder::with_limits(limits), FixedDecoder::<8, 8>::with_fixed_buffers());
        let mut shared = BytesDecoder::with_limits(limits);
        let mut seen = [Vec::new(), Vec::new(), Vec::new()];
        for chunk in chunks {
            let mut input = *chunk;
            loop {
                match decoder.next_event(&mut input) {
                    Ok(Some(event)) => seen[0].push(event.data().to_owned()),
                    Ok(None) => break,
                    Err(error) => seen[0].push(field_too_large(&error)),
                }
            }
            let mut input = *chunk;
            loop {
                match small.next_event(&mut input) {
                    Ok(Some(event)) => seen[1].push(event.data().to_owned()),
                    Ok(None) => break,
                    Err(error) => seen[1].push(field_too_large(&error)),
                }
            }
            let mut input = Bytes::copy_from_slice(chunk);
            loop {
                match shared.next_event(&mut input) {
                    Ok(Some(event)) => seen[2].push(event.data().to_owned()),
                    Ok(None) => break,
                    Err(error) => seen[2].push(field_too_large(&error)),
                }
            }
        }
        for seen in seen {
            assert_eq!(seen, ["a", "data", "b", "c"], "{chunks:x?}");
        }
        assert_eq!((decoder.last_event_id(), small.last_event_id(), shared.last_event_id()), ("1", "1", "1"));
    });
}

/// The field that was too large.
fn field_too_large(error: &DecodeError) -> String {
    let DecodeError::EventTooLarge { field, .. } = error else { panic!("{error}") };
    field.name().to_owned()
}

#[test]
fn a_block_of_a_type_alone_is_no_event_and_a_type_with_empty_data_is_one() {
    let wire = Event::without_data().with_type("ready").unwrap().to_string();
    assert_eq!(wire, "event: ready\n\n");
    events(wire.as_bytes(), &Seen::default());
    items(wire.as_bytes(), &[block("ready", None, None, "")]);

    let wire = Event::new("").with_type("ready").unwrap().to_string();
    events(wire.as_bytes(), &Seen { outcomes: vec![event("ready", "", None, "")], ..Seen::default() });
}

#[test]
fn blocks_without_data_are_items_with_what_they_have() {
    let stream = b"retry: 3000\n\nid: 5\n\nevent: ping\n\n: c\n\nid: 5\n\nretry: 3000\nid\n\n\n\ndata: x\n\nevent\n\n";
    items(
        stream,
        &[
            block("", None, Some(3000), ""),
            block("", Some("5"), None, "5"),
            block("ping", None, None, "5"),
            comment("c"),
            block("", Some("5"), None, "5"),
            block("", Some(""), Some(3000), ""),
            event("message", "x", None, ""),
        ],
    );
    let outcomes = vec![event("message", "x", None, "")];
    events(stream, &Seen { outcomes, reconnection_time: Some(3000), ..Seen::default() });
}

#[test]
fn items_have_the_limits_of_events() {
    let stream = b"event: abcde\n\n: abcde\ndata: a\n\nabcde\nid: abcde\n\n: ab\n\n";
    every_split(stream, |chunks| {
        let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(4));
        let mut seen = Vec::new();
        for chunk in chunks {
            let mut input = *chunk;
            loop {
                match decoder.next_item(&mut input) {
                    Ok(Some(Item::Event(event))) => seen.push(format!("event {}", event.data())),
                    Ok(Some(Item::Comment(comment))) => seen.push(format!("comment {}", comment.text())),
                    Ok(Some(item)) => panic!("{item:?}"),
                    Ok(None) => break,
                    Err(DecodeError::EventTooLarge { field, limit: Limit::MaxEventBytes, max_bytes: 4, .. }) => {
                        seen.push(format!("too large: event with {field}"));
                    }
                    Err(DecodeError::LineTooLarge { field, limit: Limit::MaxEventBytes, max_bytes: 4, .. }) => {
                        seen.push(format!(
                            "too large: {}",
                            if field == Field::Comment { "comment" } else { "ignored" }
                        ));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        let expected = [
            "too large: event with event",
            "too large: comment",
            "event a",
            "too large: ignored",
            "too large: event with id",
            "comment ab",
        ];
        assert_eq!(seen, expected, "{chunks:x?}");
    });
}

#[test]
fn a_line_that_was_dropped_or_not_collected_is_no_unfinished_item() {
    for stream in [": too long", "too long"] {
        let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(4));
        assert!(decoder.next_item(&mut stream.as_bytes()).is_err(), "{stream:?}");
        assert_eq!(decoder.unfinished_item(), None, "{stream:?}, dropped");

        let mut decoder = Decoder::new();
        assert_eq!(decoder.next_event(&mut stream.as_bytes()), Ok(None), "{stream:?}");
        assert_eq!(decoder.unfinished_item(), None, "{stream:?}, not collected");
    }
}

/// The last event ID of each event after collecting.
const IDS: [&str; 4] = ["", "1", "1", "2"];
const STREAM_WITH_IDS: &[u8] = b"data: a\n\nid: 1\ndata: b\n\ndata: c\n\nid: 2\n\ndata: d\n\n";

#[test]
fn owned_events_know_their_last_event_id_after_they_were_collected() {
    every_split(STREAM_WITH_IDS, |chunks| {
        let (mut decoder, mut shared, mut by_chunk) = (Decoder::new(), BytesDecoder::new(), BytesDecoder::new());
        let (mut bufs, mut bytes, mut of_chunks) = (Vec::<EventBuf>::new(), Vec::<EventBytes>::new(), Vec::new());
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(event) = decoder.next_event(&mut input).unwrap() {
                bufs.push(event.into());
            }
            let mut input = Bytes::copy_from_slice(chunk);
            while let Some(event) = shared.next_event(&mut input).unwrap() {
                bytes.push(event);
            }
            let mut input = BytesChunk::from(Bytes::copy_from_slice(chunk));
            of_chunks.extend(by_chunk.iter_events(&mut input).map(Result::unwrap));
        }
        drop((decoder, shared, by_chunk));
        assert_eq!(bufs.iter().map(EventBuf::last_event_id).collect::<Vec<_>>(), IDS, "{chunks:x?}");
        assert_eq!(bytes.iter().map(EventBytes::last_event_id).collect::<Vec<_>>(), IDS, "{chunks:x?}");
        assert_eq!(of_chunks.iter().map(EventBytes::last_event_id).collect::<Vec<_>>(), IDS, "{chunks:x?}");
        let unshared: Vec<_> = of_chunks.into_iter().map(EventBytes::unshare).collect();
        assert_eq!(unshared.iter().map(EventBytes::last_event_id).collect::<Vec<_>>(), IDS, "{chunks:x?}");
    });
}

/// The events of one chunk, and the number of allocations.
fn collect(stream: &str, one_by_one: bool) -> (Vec<EventBytes>, usize) {
    let chunk = Bytes::from(stream.to_owned());
    // What makes the chunk shared is not counted.
    let _shared = chunk.clone();
    let mut events = Vec::with_capacity(2000);
    let mut decoder = BytesDecoder::new();
    let ((), counts) = count(|| {
        if one_by_one {
            let mut input = chunk;
            while let Some(event) = decoder.next_event(&mut input).unwrap() {
                events.push(event);
            }
        } else {
            events.extend(decoder.iter_events(&mut BytesChunk::from(chunk)).map(Result::unwrap));
        }
    });
    (events, counts.allocations)
}

#[test]
fn a_last_event_id_costs_events_that_inherit_it_one_copy_and_nothing_without_ids() {
    for one_by_one in [true, false] {
        let without_ids = "data: hello\n\n".repeat(1001);
        let (events, allocations) = collect(&without_ids, one_by_one);
        assert_eq!((events.len(), allocations), (1001, 0), "without IDs, one by one: {one_by_one}");

        let with_id = "id: 1234\n".to_owned() + &without_ids;
        let (events, allocations) = collect(&with_id, one_by_one);
        assert!(events.iter().all(|event| event.last_event_id() == "1234"));
        // The decoder's own ID, and the copy, which is counted and has a buffer.
        assert_eq!((events.len(), allocations), (1001, 3), "with an ID, one by one: {one_by_one}");
        let inherited = |event: &EventBytes| event.last_event_id().as_ptr();
        assert!(events[1..].iter().all(|event| inherited(event) == inherited(&events[1])), "one copy");
    }
}

/// An ID can have 128 KiB, and an event that inherits it eight bytes.
#[test]
fn a_long_last_event_id_is_not_copied_into_each_event() {
    let id = "i".repeat(128 * 1024);
    let with_id = format!("id: {id}\ndata\n\n");
    for cut in [0, 1] {
        let mut decoder = BytesDecoder::new();
        let mut next = |chunk: &str| decoder.next_event(&mut Bytes::copy_from_slice(chunk.as_bytes())).unwrap();
        assert!(next(&with_id).is_some());
        let (events, counts) = count(|| {
            let events = (0..100).map(|_| {
                assert_eq!(next(&"data"[..cut]), None);
                next(&"data\ndata\n\n"[cut..]).unwrap()
            });
            events.collect::<Vec<_>>()
        });
        assert!(events.iter().all(|event| event.last_event_id() == id && event.id().is_none()));
        assert!(counts.held < 200_000, "cut at {cut}: {counts:?}");

        let mut decoder = BytesDecoder::new();
        let mut items = |chunk: &str| {
            let mut chunk = Bytes::copy_from_slice(chunk.as_bytes());
            std::iter::from_fn(|| decoder.next_item(&mut chunk).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(items(&with_id).len(), 1);
        let (items, counts) = count(|| items(&"event: e\n\ndata\n\n".repeat(50)));
        for item in &items {
            let (ItemBuf::Event(event) | ItemBuf::Block(event)) = item else { panic!("{item:?}") };
            assert_eq!((event.last_event_id() == id, event.id()), (true, None));
        }
        assert!(items.len() == 100 && counts.held < 200_000, "{counts:?}");
    }
}

#[test]
fn an_owned_event_with_an_inherited_id_is_one_allocation() {
    let mut decoder = Decoder::new();
    let mut input = &b"id: 1\ndata: a\n\ndata: b\n\n"[..];
    assert!(decoder.next_event(&mut input).unwrap().is_some());
    let event = decoder.next_event(&mut input).unwrap().unwrap();
    let (owned, counts) = count(|| event.to_event_buf());
    assert_eq!((owned.last_event_id(), owned.id(), counts.allocations), ("1", None, 1));
}

#[test]
fn the_event_field_tells_message_from_none() {
    let stream = "event: message\ndata: a\n\ndata: b\n\nevent\ndata: c\n\nevent: x\ndata: d\n\n";
    let expected = [Some("message"), None, None, Some("x")];
    every_split(stream.as_bytes(), |chunks| {
        let (mut decoder, mut shared) = (Decoder::new(), BytesDecoder::new());
        let (mut borrowed, mut owned) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let mut input = *chunk;
            while let Some(event) = decoder.next_event(&mut input).unwrap() {
                assert_eq!(event.event_type(), event.event_field().unwrap_or("message"));
                assert_eq!(event.to_event_buf().event_field(), event.event_field());
                borrowed.push(event.event_field().map(str::to_owned));
            }
            let mut input = Bytes::copy_from_slice(chunk);
            while let Some(event) = shared.next_event(&mut input).unwrap() {
                owned.push(event.event_field().map(str::to_owned));
            }
        }
        assert_eq!(borrowed.iter().map(Option::as_deref).collect::<Vec<_>>(), expected, "{chunks:x?}");
        assert_eq!(owned, borrowed, "{chunks:x?}");
    });
}

#[test]
fn replaced_utf8_is_counted() {
    for (stream, data, utf8_replacements) in [
        (&b"data: \xFF\n\n"[..], "\u{FFFD}", 1),
        // A character that was cut, as by an upstream that truncates.
        (b"data: 5 \xE2\x82\n\n", "5 \u{FFFD}", 1),
        (b"data: \xE2\x82\ndata: \xAC\n\n", "\u{FFFD}\n\u{FFFD}", 2),
        (b"data: \xED\xA0\x80\n\n", "\u{FFFD}\u{FFFD}\u{FFFD}", 3),
        // U+FFFD itself is text, and comments are not looked at.
        (b"data: \xEF\xBF\xBD\n\n: \xFF\n\n", "\u{FFFD}", 0),
    ] {
        let outcomes = vec![event("message", data, None, "")];
        events(stream, &Seen { outcomes, utf8_replacements, ..Seen::default() });
    }
    after!(b"id: \xFF\n\n", |decoder| {
        assert_eq!((decoder.last_event_id(), decoder.utf8_replacements()), ("\u{FFFD}", 1));
        assert_eq!(decoder.end_of_stream().utf8_replacements, 1);
        assert_eq!(decoder.utf8_replacements(), 0, "the next stream has not begun");
    });
}

/// As they are decoded, whether or not an event comes of it.
#[test]
fn replaced_utf8_is_counted_in_all_values() {
    for (stream, utf8_replacements) in [
        (&b"data: \xFFa"[..], 1),
        (b"data: \xFF\nevent: \xFF\nid: \xFF\n", 3),
        // A block without data, and values that later ones replace.
        (b"event: \xFF\nevent: \xFF\n\n", 2),
        (b"id: \xFF\nid: \xFF\xFF\n\n", 3),
        // What follows a NUL has no effect.
        (b"id: \xFF\0\xFF\n\n", 1),
        // Neither are these decoded.
        (b"retry: \xFF\n: \xFF\nignored: \xFF\n\n", 0),
        // The end of the stream has cut the character, so it is not known whether it is ill-formed.
        (b"data: \xFF\xE2\x82", 1),
        (b"event: \xF0\x9F\xA6", 0),
        (b"id: \xE2\x82\xAC\xC3", 0),
    ] {
        after!(stream, |decoder| {
            assert_eq!(decoder.utf8_replacements(), utf8_replacements, "{stream:x?}");
            assert_eq!(decoder.end_of_stream().utf8_replacements, utf8_replacements, "{stream:x?}");
        });
    }
}

/// `next_item` decodes comments, too. Of an event that is too large, what precedes the limit was decoded.
#[test]
fn replaced_utf8_is_counted_in_comments_and_before_a_limit() {
    let stream = b": \xFF\xFF\ndata: \xFF\xFF\xFF\nevent: \xFF\nid: \xFF\n\n";
    every_split(stream, |chunks| {
        for (limit, of_events, of_items) in [(6, 3, 5), (9, 4, 6), (12, 4, 6), (15, 5, 7)] {
            let limits = Limits::default().with_max_event_bytes(limit);
            let (mut events, mut items) = (Decoder::with_limits(limits), Decoder::with_limits(limits));
            for chunk in chunks {
                let mut input = *chunk;
                while !matches!(events.next_event(&mut input), Ok(None)) {}
                let mut input = *chunk;
                while !matches!(items.next_item(&mut input), Ok(None)) {}
            }
            assert_eq!(events.utf8_replacements(), of_events, "{limit}, {chunks:x?}");
            assert_eq!(items.utf8_replacements(), of_items, "{limit}, {chunks:x?}");
        }
    });
}

#[test]
fn the_data_of_a_shared_event_is_taken_without_a_copy() {
    let chunk = Bytes::from_static(b"data: hello\n\ndata: bye\n\n");
    let event = BytesDecoder::new().next_event(&mut chunk.clone()).unwrap().unwrap();
    assert_eq!(event.data_bytes(), "hello");
    assert_eq!(event.data_bytes().as_ptr(), chunk[6..].as_ptr());
}

#[test]
fn defaults_are_the_empty_values() {
    assert_eq!(Decoder::default(), Decoder::new());
    assert_eq!(Fixed::default(), Fixed::with_fixed_buffers());
    assert_eq!(BytesDecoder::default(), BytesDecoder::new());
    assert_eq!(Event::default(), Event::without_data());
    assert_eq!((Ignored::default().lines(), Ignored::default().first_line()), (0, &b""[..]));
    assert_eq!(sse_proto::EndOfStream::default(), Decoder::new().end_of_stream());
}

#[test]
fn everything_in_a_stream_comes_in_order() {
    let stream =
        b": a\nid: 1\n: b\ndata: x\n:\nunknown: c\ndata: y\n\n{}\nretry: 5\n:c\r\rdata: z\n: d \xFF\n\n: cut \xFF";
    items(
        stream,
        &[
            comment("a"),
            comment("b"),
            comment(""),
            Outcome::Ignored(b"unknown: c".to_vec()),
            event("message", "x\ny", Some("1"), "1"),
            Outcome::Ignored(b"{}".to_vec()),
            comment("c"),
            block("", None, Some(5), "1"),
            comment("d \u{FFFD}"),
            event("message", "z", None, "1"),
            // That in which the stream ends, too.
            comment("cut \u{FFFD}"),
        ],
    );
}

/// An error in place of a stream can be read whole, though its line is longer than what `ignored` keeps, and has no end.
#[test]
fn an_error_body_without_a_line_end_is_an_item() {
    let error = br#"{"error": {"message": "The server is overloaded or not ready yet. Please try again later."}}"#;
    assert!(error.len() > Ignored::MAX_FIRST_LEN);
    items(error, &[Outcome::Ignored(error.to_vec())]);
    items(
        &[&b"{\n  \"error\": 1\n}"[..]].concat(),
        &[b"{".to_vec(), b"  \"error\": 1".to_vec(), b"}".to_vec()].map(Outcome::Ignored),
    );
    items(b"data: x\n\ndata: cut", &[event("message", "x", None, "")]);
}

/// A comment that the decoder returns is the comment that was encoded.
#[test]
fn comments_of_the_encoder_come_back() {
    let wire = Comment::new("a\nb").to_string() + &Comment::KEEP_ALIVE.to_string();
    items(wire.as_bytes(), &[comment("a"), comment("b"), comment("")]);
}

#[test]
fn a_comment_in_a_block_leaves_no_trace_in_the_decoder() {
    let run = |stream: &str, size| {
        let mut decoder = Decoder::new();
        for mut chunk in stream.as_bytes().chunks(size) {
            while decoder.next_item(&mut chunk).unwrap().is_some() {}
        }
        decoder
    };
    let without = run("data: a\nignored\ndata: b\n\ndata: c\n", 100);
    for size in 1..50 {
        let with = run("data: a\n: comment\nignored\ndata: b\n:\n\ndata: c\n", size);
        assert_eq!(with, without, "chunks of {size}");
    }
}

/// Generic code can name the storage alone.
#[test]
fn a_decoder_of_any_storage_is_cloned_and_compared() {
    fn check<S: Storage>(mut decoder: Decoder<S>) {
        let new = decoder.clone();
        assert_eq!(decoder.next_event(&mut &b"data: a"[..]), Ok(None));
        assert!(decoder == decoder.clone() && decoder != new);
    }
    check(Decoder::new());
    check(Fixed::with_fixed_buffers());
}

/// U+FFFD takes more bytes than what it replaces. The rest of such a comment is dropped, and the next line begins after it.
#[test]
fn a_comment_that_is_too_long_as_text_is_an_error() {
    let mut decoder = FixedDecoder::<64, 4>::with_fixed_buffers();
    let error = decoder.next_item(&mut &b": \xFF\xFF"[..]).unwrap_err();
    let DecodeError::LineTooLarge { field, limit, max_bytes, .. } = error else { panic!("{error:?}") };
    assert_eq!((field, limit, max_bytes), (Field::Comment, Limit::FieldBuffer, 4));
    assert_eq!(decoder.unfinished_item(), None);
    assert_eq!(decoder.utf8_replacements(), 1);
    assert_eq!(decoder.next_item(&mut &b"x\n"[..]), Ok(None), "the rest of the comment");
    assert_eq!(decoder.next_item(&mut &b": a\xFF\n"[..]), Ok(Some(Item::Comment(Comment::new("a\u{FFFD}")))));
}

/// A character that the end of the stream cuts becomes U+FFFD only when the comment is asked for.
#[test]
fn an_unfinished_comment_that_is_too_long_as_text_is_dropped() {
    let mut decoder = FixedDecoder::<64, 4>::with_fixed_buffers();
    assert_eq!(decoder.next_item(&mut &b": ab\xE2\x82"[..]), Ok(None));
    assert_eq!(decoder.unfinished_item(), None);
    assert_eq!(decoder.utf8_replacements(), 0);
    assert_eq!(decoder.next_item(&mut &b"x\n"[..]), Ok(Some(Item::Ignored(b"x"))));
    assert_eq!(decoder.next_item(&mut &b": a\xE2\x82"[..]), Ok(None), "the buffer is free again");
    assert_eq!(decoder.unfinished_item(), Some(Item::Comment(Comment::new("a\u{FFFD}"))));
    assert_eq!(decoder.utf8_replacements(), 1);
}

/// A discarded line was decoded as it arrived, so it counts, however small the chunks.
#[test]
fn replaced_utf8_of_a_discarded_line_is_counted() {
    for stream in [&b"data: a\xFF\xFF"[..], b"data: a\xF0\x9Fb\xFF\xE2\x82"] {
        after!(stream, |decoder| {
            assert_eq!(decoder.utf8_replacements(), 2, "{stream:x?}");
            assert_eq!(decoder.dispatch_incomplete(CutLine::Discard), Ok(None), "{stream:x?}");
            assert_eq!(decoder.utf8_replacements(), 2, "{stream:x?}");
            assert_eq!(decoder.end_of_stream().utf8_replacements, 2, "{stream:x?}");
        });
    }
}

/// A comment of which `next_event` has read a part is never returned without that part.
#[test]
fn a_comment_that_is_read_in_turns_has_no_hole() {
    for middle in [&b"c"[..], b"cd", &[b'c'; 16], &[b'c'; 17], &[b'c'; 2000]] {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.next_item(&mut &b": ab"[..]), Ok(None));
        assert_eq!(decoder.next_event(&mut &*middle), Ok(None));
        assert_eq!(decoder.clone().unfinished_item(), None, "{} bytes", middle.len());
        let mut input = &b"ef\n"[..];
        assert_eq!(
            decoder.next_item(&mut input),
            Ok(Some(Item::Comment(Comment::new("ef")))),
            "{} bytes",
            middle.len()
        );
    }
}

/// The rest of a comment that was too large is dropped by `next_event`, too, and nothing else.
#[test]
fn a_comment_that_was_too_large_does_not_affect_events() {
    for rest in ["\n", "c\n", "cccccccccccccccccccccccc\n"] {
        for event in [&["data: a\n\n"][..], &["data: a\n", "\n"], &["da", "ta: a", "\n\n"], &["id: 1\ndata: a", "\n\n"]]
        {
            let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(4));
            assert!(decoder.next_item(&mut &b": abcde"[..]).is_err());
            let mut data = Vec::new();
            for chunk in [&[rest], event].concat() {
                let next = decoder.next_event(&mut chunk.as_bytes()).unwrap();
                data.extend(next.map(|event| event.data().to_owned()));
            }
            assert_eq!(data, ["a"], "{rest:?}, {event:?}");
        }
    }
}
