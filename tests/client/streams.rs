//! What passes from one connection to the next, and what does not: bytes, IDs, headers, memory.

use crate::support::cases::CASES;
use crate::support::drive::{source_events, source_items, without_places};
use crate::support::reference::{self, Outcome, Seen};
use crate::*;
use sse_proto::{CutLine, EndOfStream, Incomplete, InvalidLastEventId, Item};

/// A way to leave `State::Open`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    End,
    Failure,
    TimeOut,
    GiveUp,
    ReconnectNow,
    Close,
}

/// After the first four, the client can be opened again.
const WAYS: [Way; 6] = [Way::End, Way::Failure, Way::TimeOut, Way::ReconnectNow, Way::GiveUp, Way::Close];

impl Way {
    fn leave<D: sse_proto::client::StreamDecoder>(self, source: &mut EventSource<D>) {
        match self {
            Self::End => source.handle_end(ms(1)),
            Self::Failure => source.handle_failure(ms(1)),
            Self::TimeOut => _ = source.step(ms(300_000)),
            Self::GiveUp => source.give_up(ms(1)),
            Self::ReconnectNow => source.reconnect_now(ms(1)),
            Self::Close => source.close(),
        }
        assert_ne!(source.reconnect().state(), State::Open);
    }
}

/// Opens the stream again, whatever the client waits for.
fn open_again<D: sse_proto::client::StreamDecoder>(source: &mut EventSource<D>) {
    source.reconnect_now(ms(1));
    source.accept(ms(1));
    assert_eq!(source.reconnect().state(), State::Open);
}

fn data(seen: &Seen) -> Vec<&str> {
    let data = seen.outcomes.iter().map(|outcome| match outcome {
        Outcome::Event { data, .. } => &data[..],
        outcome => panic!("{outcome:?}"),
    });
    data.collect()
}

#[test]
fn each_connection_is_a_stream_of_its_own() {
    for way in WAYS {
        let mut source = opened(new_source(EXACT));
        let first = b"\xEF\xBB\xBFid: 1\nretry: 700\ndata: a\n\nwhat\n\nid: 2\ndata: \xFF\ndata: b";
        assert_eq!(data(&source_events(&mut source, ms(0), &[first])), ["a"]);
        assert!(!source.last_stream().is_incomplete(), "it is of the streams that have ended");
        way.leave(&mut source);
        let left = source.last_stream().clone();
        assert_eq!(left.incomplete, Incomplete::CutLine, "{way:?}");
        assert_eq!((left.ignored.lines(), left.ignored.first_line()), (1, &b"what"[..]), "{way:?}");
        // The ID and the reconnection time stay, and the ID of the event that was cut off does not count.
        assert_eq!(source.last_event_id(), "1");
        assert_eq!(source.decoder().reconnection_time(), Some(ms(700)));
        assert_eq!(source.reconnect().reconnection_time(), ms(700));
        assert_eq!(source.decoder().ignored().lines(), 0);
        if matches!(way, Way::GiveUp | Way::Close) {
            continue;
        }
        open_again(&mut source);
        // The BOM of the second stream is one, and the rest of the first is gone.
        let second = source_events(&mut source, ms(0), &[b"\xEF", b"\xBB\xBFdata: c\n\n", b"\xEF\xBB\xBFdata: d\n\n"]);
        assert_eq!(data(&second), ["c"], "{way:?}");
        assert_eq!(second.last_event_id, "1");
        assert_eq!(source.last_stream(), &EndOfStream::default(), "until the next response");
        source.handle_end(ms(2));
        assert_eq!(source.last_stream().incomplete, Incomplete::Nothing);
        assert_eq!(source.last_stream().ignored.first_line(), b"\xEF\xBB\xBFdata: d");
    }
}

/// It describes the last connection: what an earlier one left is not reported again.
#[test]
fn only_a_stream_that_was_open_leaves_something() {
    for input in [Input::Failure, Input::End, Input::ReconnectNow, Input::Close, Input::STREAM] {
        let mut source = opened(new_source(EXACT));
        source_events(&mut source, ms(0), &[b"data: a"]);
        source.handle_end(ms(0));
        assert!(source.last_stream().is_incomplete());
        assert!(matches!(source.step(ms(0)), Step::Wait { .. }));
        assert!(source.last_stream().is_incomplete());
        assert!(matches!(source.step(ms(3000)), Step::Connect { .. }));
        assert!(source.last_stream().is_incomplete(), "until the next response");
        input.apply(&mut source, ms(3000));
        assert!(!source.last_stream().is_incomplete(), "{input:?}");
    }
    // Without a delay, it is known with the step that follows.
    let mut source = opened(new_source(EXACT.with_reconnection_time(ms(0)).with_min_delay(ms(0))));
    source_events(&mut source, ms(0), &[b"data: a"]);
    source.handle_end(ms(0));
    assert!(matches!(source.step(ms(0)), Step::Connect { .. }));
    assert!(source.last_stream().is_incomplete());
    let mut source = opened(new_source(EXACT));
    source_events(&mut source, ms(0), &[b"data: a"]);
    source.reconnect_now(ms(0));
    assert!(matches!(source.step(ms(0)), Step::Connect { .. }));
    assert!(source.last_stream().is_incomplete());
    source.reconnect_now(ms(0));
    assert!(!source.last_stream().is_incomplete());
}

/// Wherever a stream is cut off, and whatever it was: what the next one gives depends on nothing but the last event ID.
#[test]
fn a_cut_at_every_byte_leaves_no_trace() {
    let seconds: [&[u8]; 6] = [
        b"data: x\n\n",
        b"\n\ndata: x\nid: 9\n\n",
        b"\xEF\xBB\xBFdata: x\nevent: y\n\nid\ndata\n\n",
        b"\xBB\xBFdata: x\n\n",
        b": x\nta: x\n\r\ndata: y\r\n\r\n",
        b"\ndata: \xFF\xA9\n\n",
    ];
    for case in CASES {
        for end in 0..=case.stream.len() {
            let first = &case.stream[..end];
            let id = reference::decode(first).last_event_id;
            for (number, second) in seconds.iter().enumerate() {
                let way = WAYS[(number + end) % 4];
                let mut expected = without_places(reference::decode_from(second, &id, usize::MAX));
                let mut items = without_places(reference::decode_items(second, &id, usize::MAX));
                let retry = reference::decode(first).reconnection_time;
                for expected in [&mut expected, &mut items] {
                    expected.reconnection_time = expected.reconnection_time.or(retry);
                }
                let name = || format!("{} at {end}, {way:?}, {number}", case.name);

                let mut source = opened(new_source(EXACT));
                source_events(&mut source, ms(0), &[first]);
                way.leave(&mut source);
                open_again(&mut source);
                let mut of_items = source.clone();
                assert_eq!(without_places(source_events(&mut source, ms(0), &[second])), expected, "{}", name());
                assert_eq!(without_places(source_items(&mut of_items, ms(0), &[second])), items, "{}", name());

                #[cfg(feature = "bytes")]
                {
                    use crate::support::drive::{bytes_source_events, bytes_source_items};
                    let mut source = EventSource::with_decoder(sse_proto::BytesDecoder::new(), EXACT, 0);
                    source.accept(ms(0));
                    bytes_source_events(&mut source, ms(0), &[first]);
                    way.leave(&mut source);
                    open_again(&mut source);
                    let mut of_items = source.clone();
                    let seen = without_places(bytes_source_events(&mut source, ms(0), &[second]));
                    assert_eq!(seen, expected, "bytes, {}", name());
                    let seen = without_places(bytes_source_items(&mut of_items, ms(0), &[second]));
                    assert_eq!(seen, items, "bytes, {}", name());
                }
            }
        }
    }
}

/// Bytes of a connection that was given up give nothing, and leave nothing behind.
#[test]
fn bytes_count_only_while_the_stream_is_open() {
    let stray = b"what\nid: 9\nretry: 1\ndata: x\n\ndata: y";
    for state in STATES {
        let mut source = in_state(new_source(EXACT), state);
        if state == State::Open {
            continue;
        }
        let before = source.clone();
        for _ in 0..2 {
            let mut input = &stray[..];
            assert_eq!(source.next_event(ms(0), &mut input), Ok(None), "{state:?}");
            assert!(input.is_empty(), "consumed");
            let mut input = &stray[..];
            assert_eq!(source.next_item(ms(0), &mut input), Ok(None), "{state:?}");
            assert!(input.is_empty(), "consumed");
        }
        assert!(source == before, "{state:?}");
    }
    // The rest of a chunk, after its first event made the application close the client.
    let mut source = opened(new_source(EXACT));
    let mut input = &b"data: a\n\ndata: b\n\n"[..];
    assert!(source.next_event(ms(0), &mut input).unwrap().is_some());
    source.close();
    assert_eq!(source.next_event(ms(0), &mut input), Ok(None));
    assert!(input.is_empty());
}

#[cfg(feature = "bytes")]
#[test]
fn bytes_count_only_while_the_stream_is_open_as_bytes() {
    use bytes::Bytes;

    let mut source = EventSource::with_decoder(sse_proto::BytesDecoder::new(), EXACT, 0);
    let stray = Bytes::from_static(b"what\nid: 9\nretry: 1\ndata: x\n\ndata: y");
    for close in [false, true] {
        if close {
            source.close();
        }
        let mut input = stray.clone();
        assert!(source.next_event(ms(0), &mut input).unwrap().is_none());
        assert!(input.is_empty(), "consumed");
        let mut input = stray.clone();
        assert!(source.next_item(ms(0), &mut input).unwrap().is_none());
        assert!(input.is_empty(), "consumed");
        assert_eq!(source.last_event_id(), "");
        assert_eq!((source.decoder().reconnection_time(), source.decoder().ignored().lines()), (None, 0));
    }
}

/// Both decoders report what arrives to the state machine: an event is health, and bytes are activity.
#[test]
fn what_arrives_is_reported() {
    for (stream, is_event) in
        [("data\n\n", true), (":\n", false), ("id: 1\n\n", false), ("what\n", false), ("d", false)]
    {
        let check = |attempts: u32, step: Step| {
            assert_eq!(attempts, u32::from(!is_event), "{stream:?}");
            assert_eq!(step, Step::Receive { idle: Some(ms(300_000)) }, "{stream:?}");
        };
        let mut failed = in_state(new_source(EXACT), State::Waiting);
        failed.reconnect_now(ms(0));
        failed.accept(ms(0));

        let mut source = failed.clone();
        let mut input = stream.as_bytes();
        while source.next_event(ms(9), &mut input).unwrap().is_some() {}
        check(source.reconnect().attempts(), source.step(ms(9)));
        let mut source = failed.clone();
        let mut input = stream.as_bytes();
        while source.next_item(ms(9), &mut input).unwrap().is_some() {}
        check(source.reconnect().attempts(), source.step(ms(9)));

        #[cfg(feature = "bytes")]
        {
            let mut failed = EventSource::with_decoder(sse_proto::BytesDecoder::new(), EXACT, 0);
            failed.handle_failure(ms(0));
            failed.reconnect_now(ms(0));
            failed.accept(ms(0));
            let mut source = failed.clone();
            let mut input = bytes::Bytes::from_static(stream.as_bytes());
            while source.next_event(ms(9), &mut input).unwrap().is_some() {}
            check(source.reconnect().attempts(), source.step(ms(9)));
            let mut source = failed.clone();
            let mut input = bytes::Bytes::from_static(stream.as_bytes());
            while source.next_item(ms(9), &mut input).unwrap().is_some() {}
            check(source.reconnect().attempts(), source.step(ms(9)));
            // An empty chunk is no activity here either.
            assert!(source.next_event(ms(20), &mut bytes::Bytes::new()).unwrap().is_none());
            assert!(source.next_item(ms(20), &mut bytes::Bytes::new()).unwrap().is_none());
            assert_eq!(source.step(ms(20)), Step::Receive { idle: Some(ms(299_989)) });
        }
    }
}

#[test]
fn items_come_in_order() {
    let mut source = opened(new_source(EXACT));
    let mut input = &b": hi\nid: 7\n\nwhat\ndata: x\n\n"[..];
    let mut kinds = Vec::new();
    while let Some(item) = source.next_item(ms(0), &mut input).unwrap() {
        kinds.push(match item {
            Item::Comment(comment) => comment.text().to_owned(),
            Item::Block(block) => format!("id {}", block.last_event_id()),
            Item::Ignored(line) => String::from_utf8_lossy(line).into_owned(),
            Item::Event(event) => format!("data {}", event.data()),
        });
    }
    assert_eq!(kinds, ["hi", "id 7", "what", "data x"]);
}

/// For peers that omit the last blank line. The event counts as one: a server that delivers one with each connection is healthy.
#[test]
fn an_incomplete_event_can_be_dispatched_before_the_end() {
    let mut source = opened(new_source(EXACT));
    source_events(&mut source, ms(0), &[b"data: [DONE]"]);
    let event = source.dispatch_incomplete(ms(0), CutLine::Process).unwrap();
    assert_eq!(event.map(|event| event.data() == "[DONE]"), Some(true));
    assert!(source.clone().dispatch_incomplete(ms(0), CutLine::Process).unwrap().is_none(), "once");
    source.handle_end(ms(0));
    assert!(!source.last_stream().is_incomplete());
    assert!(matches!(source.step(ms(0)), Step::Wait { cause: Cause::Ended, attempt: 1, .. }));
}

/// Without an event, the connection is none the healthier.
#[test]
fn an_incomplete_event_that_is_not_there_does_not_count() {
    let mut source = opened(new_source(EXACT));
    assert!(source.dispatch_incomplete(ms(0), CutLine::Process).unwrap().is_none());
    source.handle_end(ms(0));
    assert!(matches!(source.step(ms(0)), Step::Wait { cause: Cause::EndedEarly, .. }));
}

/// Once the stream has ended, its incomplete event is gone, and the next stream may begin with a BOM.
#[test]
fn nothing_can_be_dispatched_while_the_stream_is_not_open() {
    let mut source = opened(new_source(EXACT));
    source_events(&mut source, ms(0), &[b"data: cut"]);
    source.handle_end(ms(0));
    assert!(source.dispatch_incomplete(ms(0), CutLine::Process).unwrap().is_none());
    open_again(&mut source);
    assert_eq!(data(&source_events(&mut source, ms(0), &[b"\xEF\xBB\xBFdata: next\n\n"])), ["next"]);
}

#[cfg(feature = "bytes")]
#[test]
fn an_incomplete_event_can_be_dispatched_over_bytes() {
    let mut source = opened(EventSource::with_decoder(sse_proto::BytesDecoder::new(), EXACT, 0));
    assert!(source.next_event(ms(0), &mut "data: [DONE]".into()).unwrap().is_none());
    let event = source.dispatch_incomplete(ms(0), CutLine::Process).unwrap();
    assert_eq!(event.unwrap().data(), "[DONE]");
    let mut empty = opened(EventSource::with_decoder(sse_proto::BytesDecoder::new(), EXACT, 0));
    assert!(empty.dispatch_incomplete(ms(0), CutLine::Process).unwrap().is_none());
    empty.handle_end(ms(0));
    assert!(matches!(empty.step(ms(0)), Step::Wait { cause: Cause::EndedEarly, .. }));
    source.handle_end(ms(0));
    assert!(source.dispatch_incomplete(ms(0), CutLine::Process).unwrap().is_none());
    assert!(matches!(source.step(ms(0)), Step::Wait { cause: Cause::Ended, attempt: 1, .. }));
    open_again(&mut source);
    let event = source.next_event(ms(0), &mut "\u{FEFF}data: next\n\n".into()).unwrap();
    assert_eq!(event.unwrap().data(), "next");
}

/// The time that an application needs for an event is not silence of the server, if the driver says so.
#[test]
fn a_slow_application_does_not_time_out() {
    let policy = EXACT.with_idle_timeout(Some(ms(100)));
    let mut source = opened(new_source(policy));
    let mut slow = source.clone();
    source.handle_bytes(ms(500));
    assert_eq!(source.step(ms(500)), Step::Receive { idle: Some(ms(100)) });
    assert!(matches!(slow.step(ms(500)), Step::Wait { cause: Cause::TimedOut, .. }));
}

/// The `retry` field counts at the end of its line, before any event.
#[test]
fn the_reconnection_time_is_current() {
    let mut source = opened(new_source(EXACT));
    assert_eq!(source.reconnection_time(), EXACT.reconnection_time);
    source_events(&mut source, ms(0), &[b"retry: 17\n"]);
    assert_eq!(source.reconnection_time(), ms(17));
    source.handle_end(ms(0));
    assert_eq!((source.reconnection_time(), source.reconnect().reconnection_time()), (ms(17), ms(17)));
}

/// The headers of the next request, as text.
fn headers(source: &Source) -> Vec<(&str, &[u8])> {
    source.request_headers().collect()
}

const ACCEPT: (&str, &[u8]) = ("accept", b"text/event-stream");
const NO_CACHE: (&str, &[u8]) = ("cache-control", b"no-cache");

#[test]
fn a_request_accepts_event_streams_and_bypasses_caches() {
    let source = new_source(EXACT);
    assert_eq!(headers(&source), [ACCEPT, NO_CACHE]);
    assert!(!source.omits_last_event_id());
}

#[test]
fn a_request_has_the_last_event_id() {
    let mut source = opened(new_source(EXACT));
    for (stream, id) in [
        ("id: 42\ndata\n\n", "42"),
        // It persists.
        ("data\n\n", "42"),
        ("id: 43\n\n", "43"),
        // Of an event that was cut off it is that of an earlier one.
        ("id: 44\ndata: x\n", "43"),
        ("id: a\0b\ndata\n\n", "43"),
        ("id: \u{65E5}\u{672C}\ndata\n\n", "\u{65E5}\u{672C}"),
        ("id: \u{2026}\u{e9}\ndata\n\n", "\u{2026}\u{e9}"),
        ("id: a\tb c\ndata\n\n", "a\tb c"),
        ("id: \u{80}\ndata\n\n", "\u{80}"),
    ] {
        source_events(&mut source, ms(0), &[stream.as_bytes()]);
        source.handle_end(ms(0));
        let expected = [ACCEPT, NO_CACHE, ("last-event-id", id.as_bytes())];
        assert_eq!(headers(&source), expected, "{stream:?}");
        assert!(!source.omits_last_event_id());
        open_again(&mut source);
    }
    // An empty ID resets it.
    source_events(&mut source, ms(0), &[b"id\ndata\n\n"]);
    assert_eq!(headers(&source), [ACCEPT, NO_CACHE]);
    assert!(!source.omits_last_event_id());
}

/// Not sent, and visible.
#[test]
fn an_id_that_cannot_be_a_header_is_omitted() {
    for id in ["\u{1}", "a\u{7F}", "\u{1F}b", "a\u{B}c"] {
        let mut source = opened(new_source(EXACT));
        source_events(&mut source, ms(0), &[format!("id: {id}\ndata\n\n").as_bytes()]);
        assert_eq!(source.last_event_id(), id);
        assert_eq!(headers(&source), [ACCEPT, NO_CACHE], "{id:?}");
        assert!(source.omits_last_event_id(), "{id:?}");
        source_events(&mut source, ms(0), &[b"id: 1\ndata\n\n"]);
        assert!(!source.omits_last_event_id());
    }
}

/// Two bytes of an ID are any that a server can send. CR and LF end the line, so that they are never in an ID.
#[test]
fn no_id_injects_a_header() {
    for first in 0..=u8::MAX {
        for second in 0..=u8::MAX {
            let mut source = opened(new_source(EXACT));
            let stream = [b"id: a", &[first, second][..], b"b: c\ndata\n\n"].concat();
            source_events(&mut source, ms(0), &[&stream]);
            let headers = headers(&source);
            assert_eq!(headers[..2], [ACCEPT, NO_CACHE]);
            let id = source.last_event_id();
            match headers[2..] {
                [(name, value)] => {
                    assert_eq!((name, value), ("last-event-id", id.as_bytes()));
                    // RFC 9110, 5.5: "field-vchar = VCHAR / obs-text", SP and HTAB.
                    let is_legal = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7F);
                    assert!(value.iter().all(is_legal), "{first:#x} {second:#x}: {value:x?}");
                    assert!(!source.omits_last_event_id());
                }
                [] => assert_eq!(source.omits_last_event_id(), !id.is_empty(), "{first:#x} {second:#x}"),
                _ => panic!("{headers:x?}"),
            }
        }
    }
}

#[test]
fn a_client_can_resume_where_another_stopped() {
    let mut source = new_source(EXACT);
    source.set_last_event_id("42").unwrap();
    assert_eq!(headers(&source), [ACCEPT, NO_CACHE, ("last-event-id", b"42")]);
    // Also by a decoder that has an ID, a reconnection time, and the beginning of an event.
    let mut decoder = new_decoder();
    decoder.set_last_event_id("43").unwrap();
    assert!(decoder.next_event(&mut &b"retry: 900\nid: 44\ndata: x"[..]).unwrap().is_none());
    let mut source = EventSource::with_decoder(decoder, EXACT, 0);
    assert!(source.last_stream().is_incomplete());
    assert_eq!(headers(&source)[2], ("last-event-id", &b"43"[..]));
    source.accept(ms(0));
    assert_eq!(data(&source_events(&mut source, ms(0), &[b"\ndata: y\n\n"])), ["y"]);
    source.handle_end(ms(0));
    assert_eq!(source.step(ms(0)), Step::Wait { time: ms(900), cause: Cause::Ended, attempt: 1 });
}

#[test]
fn an_id_that_no_stream_could_have_set_is_refused() {
    let mut source = new_source(EXACT);
    source.set_last_event_id("1").unwrap();
    for id in ["\n", "a\r", "\0", "a\nb"] {
        let error = source.set_last_event_id(id).unwrap_err();
        assert!(matches!(error, InvalidLastEventId::Forbidden { .. }), "{error:?}");
        assert_eq!(source.last_event_id(), "1", "unchanged");
    }
    source.set_last_event_id("").unwrap();
    assert_eq!(headers(&source), [ACCEPT, NO_CACHE]);
}

/// Over the other decoder, too.
#[cfg(feature = "bytes")]
#[test]
fn the_last_event_id_of_bytes() {
    let mut source = EventSource::with_decoder(sse_proto::BytesDecoder::new(), EXACT, 0);
    source.set_last_event_id("42").unwrap();
    assert!(source.set_last_event_id("4\n2").is_err());
    assert_eq!(source.last_event_id(), "42");
    assert!(source.request_headers().eq([ACCEPT, NO_CACHE, ("last-event-id", b"42")]));
    source.accept(ms(0));
    let mut input = bytes::Bytes::from_static(b"id: 43\ndata\n\nid: 44\ndata");
    assert!(source.next_event(ms(0), &mut input).unwrap().is_some());
    assert!(source.next_event(ms(0), &mut input).unwrap().is_none());
    source.handle_end(ms(0));
    assert!(source.last_stream().is_incomplete());
    assert!(source.request_headers().eq([ACCEPT, NO_CACHE, ("last-event-id", b"43")]));
}

#[cfg(feature = "alloc")]
mod with_alloc {
    use super::*;
    use crate::counting::count;
    use crate::support::client::Client;
    use sse_proto::{DecodeError, Decoder, Limits};

    fn limited(max_event_bytes: usize) -> EventSource {
        let decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(max_event_bytes));
        opened(EventSource::with_decoder(decoder, EXACT, 0))
    }

    /// Or it would be sent again for ever.
    #[test]
    fn an_event_that_is_too_large_still_has_an_id() {
        let mut source = limited(16);
        let stream = format!("id: 7\nretry: 800\ndata: {}\n\ndata: next\n\n", "x".repeat(100));
        let mut input = stream.as_bytes();
        assert!(matches!(source.next_event(ms(0), &mut input), Err(DecodeError::EventTooLarge { .. })));
        // Decoding continues with the same input.
        assert_eq!(source.next_event(ms(0), &mut input).unwrap().unwrap().data(), "next");
        assert_eq!(source.last_event_id(), "7");
        source.handle_end(ms(0));
        assert_eq!(headers(&source)[2], ("last-event-id", &b"7"[..]));
        assert_eq!(source.step(ms(0)), Step::Wait { time: ms(800), cause: Cause::Ended, attempt: 1 });
        let error = source.set_last_event_id(&"i".repeat(17)).unwrap_err();
        assert!(matches!(error, InvalidLastEventId::TooLong { len: 17, max_bytes: 16, .. }), "{error:?}");
    }

    /// It has arrived, and its ID takes effect.
    #[test]
    fn an_event_that_is_too_large_makes_a_connection_healthy() {
        let mut source = limited(16);
        let stream = format!("data: {}", "x".repeat(100));
        assert!(source.next_event(ms(0), &mut stream.as_bytes()).is_err());
        source.handle_end(ms(0));
        assert!(matches!(source.step(ms(0)), Step::Wait { cause: Cause::Ended, .. }));
        // A comment that is too large is no event.
        let mut source = limited(16);
        let stream = format!(": {}", "x".repeat(100));
        assert!(source.next_item(ms(0), &mut stream.as_bytes()).is_err());
        source.handle_end(ms(0));
        assert!(matches!(source.step(ms(0)), Step::Wait { cause: Cause::EndedEarly, .. }));
    }

    /// None of these bodies ends. Its bytes are activity, so the client does not end it either.
    #[test]
    fn a_body_that_never_ends_takes_constant_memory() {
        const LIMIT: usize = 64 << 10;
        // Half a MiB beyond the limit.
        const MEMORY: usize = LIMIT + (512 << 10);
        for (start, part, errors) in [
            ("", "\n", 0),
            ("", ": keep-alive\n\n", 0),
            ("", "data: x\n", 1),
            ("", "id: 1\n\n", 0),
            ("", "event: x\n", 0),
            ("", "retry: 0\n", 0),
            ("", "<p>\n", 0),
            (": ", "x", 0),
            ("<p>", "x", 0),
            ("data: ", "x", 1),
            ("id: ", "x", 1),
            ("event: ", "x", 1),
            ("retry: ", "0", 0),
        ] {
            let chunk = part.repeat((4 << 10) / part.len());
            let first = format!("{start}{chunk}");
            let run = |as_items: bool| {
                let mut source = limited(LIMIT);
                let (mut events, mut found) = (0, 0);
                for second in 1..=400 {
                    let now = ms(second * 1000);
                    let mut input = if second == 1 { first.as_bytes() } else { chunk.as_bytes() };
                    loop {
                        let next = if as_items {
                            source
                                .next_item(now, &mut input)
                                .map(|item| item.map(|item| matches!(item, Item::Event(_))))
                        } else {
                            source.next_event(now, &mut input).map(|event| event.map(|_| true))
                        };
                        match next {
                            Ok(None) => break,
                            Ok(Some(is_event)) => events += u64::from(is_event),
                            Err(_) => found += 1,
                        }
                    }
                    assert_eq!(source.step(now), Step::Receive { idle: EXACT.idle_timeout });
                }
                (source, events, found)
            };
            for as_items in [false, true] {
                let ((source, events, found), counts) = count(|| run(as_items));
                // Comments and ignored lines are collected only for those who ask for them.
                let errors = if as_items && part == "x" { 1 } else { errors };
                assert_eq!((events, found), (0, errors), "{start:?} {part:?} {as_items}");
                assert!(usize::try_from(counts.peak).unwrap() <= MEMORY, "{start:?} {part:?} {as_items}: {counts:?}");
                assert_eq!(source.state(), State::Open);
            }
        }
    }

    #[test]
    fn a_client_does_not_allocate() {
        let (_, counts) = count(|| {
            let mut source = EventSource::new(Policy::default(), 0);
            for input in INPUTS {
                if !matches!(input, Input::GiveUp | Input::Close) {
                    input.apply(&mut source, ms(0));
                }
            }
            assert!(matches!(source.step(ms(60_000)), Step::Connect { .. }));
            source
        });
        assert_eq!((counts.allocations, counts.held), (0, 0));
    }

    #[test]
    fn no_event_allocates() {
        let mut source = opened(EventSource::new(EXACT, 0));
        let event = b"event: delta\nid: 1\ndata: {\"a\": 1}\n\n: keep-alive\n\n";
        let run = |source: &mut EventSource| {
            for size in [1, 7, event.len()] {
                for _ in 0..50 {
                    for mut input in event.chunks(size) {
                        while source.next_event(ms(0), &mut input).unwrap().is_some() {}
                    }
                }
            }
        };
        run(&mut source);
        assert_eq!(count(|| run(&mut source)).1.allocations, 0);
    }

    /// Neither does reconnecting, and an idle client holds its last event ID only.
    #[test]
    fn reconnecting_does_not_allocate() {
        let (source, counts) = count(|| {
            let mut source = opened(EventSource::new(EXACT, 0));
            source_event(&mut source, b"id: 12345\ndata: x\ndata: y\n\n");
            source.handle_end(ms(0));
            source
        });
        assert!(counts.held <= 64, "{counts:?}");
        let mut source = source;
        let ((), counts) = count(|| {
            for number in 1..100 {
                let now = ms(number * 100_000);
                assert!(matches!(source.step(now), Step::Connect { .. }));
                assert_eq!(source.request_headers().count(), 3);
                Client::accept(&mut source, now);
                source_event(&mut source, b"id: 54321\ndata: x\n\n");
                source.handle_failure(now);
                assert!(matches!(source.step(now), Step::Wait { .. }));
            }
        });
        assert_eq!(counts.allocations, 0, "{counts:?}");
    }

    fn source_event(source: &mut EventSource, stream: &[u8]) {
        let mut input = stream;
        assert!(source.next_event(ms(0), &mut input).unwrap().is_some());
        assert_eq!(source.next_event(ms(0), &mut input), Ok(None));
    }
}
