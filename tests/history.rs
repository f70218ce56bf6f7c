//! The log of a server: what it accepts, keeps and evicts, and what its readers get.
#![cfg(feature = "alloc")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sse_proto::server::{Cursor, History, Next, Rejected, Resume, Retention};
use sse_proto::{Decoder, Event, EventBuf};

#[path = "support/counting.rs"]
mod counting;
#[path = "support/history_model.rs"]
mod history_model;
mod support;

use counting::{count, so_far};
use support::random::Random;

const START: Duration = Duration::ZERO;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A numbered log of the epoch 7 with this many events, whose data are their numbers.
fn numbered(retention: Retention, events: u64) -> History {
    let mut log = History::numbered(7, retention);
    for number in 1..=events {
        log.push(START, &EventBuf::new(number.to_string())).unwrap();
    }
    log
}

/// A log of events with these IDs, which are also their data.
fn opaque(retention: Retention, ids: &[&str]) -> History {
    let mut log = History::opaque(retention);
    for id in ids {
        log.push(START, with_id(id)).unwrap();
    }
    log
}

fn with_id(id: &str) -> Event<'_> {
    Event::new(id).with_id(id).unwrap()
}

fn at_most(events: usize) -> Retention {
    Retention::default().with_max_events(events)
}

/// All that a reader gets until it is up to date: the data of events, and how many are missing.
fn read(log: &History, mut cursor: Cursor) -> Vec<String> {
    let mut read = Vec::new();
    loop {
        assert!(read.len() < 100, "no test has so many events, but {cursor:?} does not come to an end");
        match log.next(&mut cursor) {
            Next::Event(bytes) => {
                let mut decoder = Decoder::new();
                let event = decoder.next_event(&mut bytes.as_slice()).unwrap().expect("one event");
                read.push(event.data().to_owned());
            }
            Next::Gone { missed, .. } => read.push(format!("{missed:?}")),
            Next::UpToDate => return read,
        }
    }
}

/// Where a client resumes, and what it gets.
fn resumed(log: &History, last_event_id: Option<&str>) -> (&'static str, Vec<String>) {
    match log.resume(last_event_id) {
        Resume::Live(cursor) => ("live", read(log, cursor)),
        Resume::From(cursor) => ("from", read(log, cursor)),
        Resume::Gone(cursor) => ("gone", read(log, cursor)),
    }
}

#[test]
fn a_client_resumes_after_its_last_event() {
    // Of 1 to 5, the first two are evicted.
    let numbered_log = numbered(at_most(3), 5);
    let opaque_log = opaque(at_most(3), &["a", "b", "c", "d", "e"]);
    // It looks like a numbered log of another epoch, but nothing is parsed.
    let redis = opaque(at_most(3), &["9-1", "9-2", "10-0", "10-1"]);
    let new = numbered(at_most(3), 0);
    let started = numbered(at_most(3), 2);
    let all_evicted = numbered(at_most(0), 2);
    let all_evicted_opaque = opaque(at_most(0), &["a", "b"]);
    let (all, last, none): (&[&str], &[&str], &[&str]) = (&["3", "4", "5"], &["5"], &[]);
    for (name, log, id, place, expected) in [
        ("no ID", &numbered_log, None, "live", none),
        ("an empty ID", &numbered_log, Some(""), "live", none),
        ("in the log", &numbered_log, Some("7-4"), "from", last),
        ("up to date", &numbered_log, Some("7-5"), "from", none),
        ("evicted last", &numbered_log, Some("7-2"), "from", all),
        ("evicted before", &numbered_log, Some("7-1"), "gone", all),
        ("the start, which is gone", &numbered_log, Some("7-0"), "gone", all),
        ("the future", &numbered_log, Some("7-6"), "gone", all),
        ("the far future", &numbered_log, Some("7-18446744073709551615"), "gone", all),
        ("beyond 64 bits", &numbered_log, Some("7-18446744073709551620"), "gone", all),
        ("another epoch", &numbered_log, Some("8-4"), "gone", all),
        ("not an ID", &numbered_log, Some("x"), "gone", all),
        ("a leading zero", &numbered_log, Some("7-04"), "gone", all),
        ("a sign", &numbered_log, Some("7-+4"), "gone", all),
        ("a space", &numbered_log, Some("7-4 "), "gone", all),
        ("the start of a new log", &new, Some("7-0"), "from", none),
        ("a new log", &new, Some("7-1"), "gone", none),
        ("the start", &started, Some("7-0"), "from", &["1", "2"]),
        ("all evicted, up to date", &all_evicted, Some("7-2"), "from", none),
        ("all evicted", &all_evicted, Some("7-1"), "gone", none),
        ("opaque: no ID", &opaque_log, None, "live", none),
        ("opaque: an empty ID", &opaque_log, Some(""), "live", none),
        ("opaque: in the log", &opaque_log, Some("d"), "from", &["e"]),
        ("opaque: up to date", &opaque_log, Some("e"), "from", none),
        ("opaque: evicted last", &opaque_log, Some("b"), "from", &["c", "d", "e"]),
        ("opaque: evicted before", &opaque_log, Some("a"), "gone", &["c", "d", "e"]),
        ("opaque: unknown", &opaque_log, Some("f"), "gone", &["c", "d", "e"]),
        ("opaque: no prefix counts", &opaque_log, Some("dd"), "gone", &["c", "d", "e"]),
        ("opaque: numbered in appearance", &redis, Some("10-0"), "from", &["10-1"]),
        ("opaque: evicted last, numbered in appearance", &redis, Some("9-1"), "from", &["9-2", "10-0", "10-1"]),
        ("opaque: not compared as numbers", &redis, Some("9-3"), "gone", &["9-2", "10-0", "10-1"]),
        ("opaque: all evicted, up to date", &all_evicted_opaque, Some("b"), "from", none),
        ("opaque: all evicted", &all_evicted_opaque, Some("a"), "gone", none),
    ] {
        let expected: Vec<_> = expected.iter().map(|&data| data.to_owned()).collect();
        assert_eq!(resumed(log, id), (place, expected), "{name}");
        assert_eq!(log.resume(id), log.resume_bytes(id.map(str::as_bytes)), "{name}");
    }
}

#[test]
fn a_header_that_is_not_utf_8_is_an_unknown_id() {
    let log = numbered(at_most(3), 5);
    assert_eq!(log.resume_bytes(Some(b"7-4\xFF")), Resume::Gone(log.oldest()));
    assert_eq!(log.resume_bytes(Some(b"\xFF")), Resume::Gone(log.oldest()));
    let log = opaque(at_most(3), &["\u{e9}"]);
    assert_eq!(log.resume_bytes(Some("\u{e9}".as_bytes())), Resume::From(log.live()));
    assert_eq!(log.resume_bytes(Some(b"\xE9")), Resume::Gone(log.oldest()), "Latin-1");
}

#[test]
fn a_numbered_log_gives_ids_or_checks_them() {
    let mut log = numbered(at_most(2), 3);
    for (id, expected) in [
        ("7-3", Rejected::Duplicate),
        ("7-2", Rejected::Duplicate),
        ("7-1", Rejected::Duplicate),
        ("7-0", Rejected::Duplicate),
        ("7-5", Rejected::OutOfOrder),
        ("7-18446744073709551615", Rejected::OutOfOrder),
        ("7-18446744073709551616", Rejected::OutOfOrder),
        ("7-04", Rejected::OutOfOrder),
        ("07-4", Rejected::OutOfOrder),
        ("7-+4", Rejected::OutOfOrder),
        ("7-4 ", Rejected::OutOfOrder),
        ("8-4", Rejected::OutOfOrder),
        ("x", Rejected::OutOfOrder),
        ("", Rejected::OutOfOrder),
    ] {
        unchanged_by(&mut log, with_id(id), expected);
    }
    let position = log.push(START, with_id("7-4")).unwrap();
    assert_eq!((position.number(), log.id(position)), (4, Some("7-4")));
    let position = log.push(START, Event::without_data()).unwrap();
    assert_eq!(log.get(position).unwrap(), b"id: 7-5\n\n");
    let event = Event::new("a\rb\r\nc").with_type("type").unwrap().with_retry(seconds(1));
    let position = log.push(START, event).unwrap();
    assert_eq!(log.id(position), Some("7-6"));
    assert_eq!(log.get(position).unwrap(), b"event: type\nid: 7-6\nretry: 1000\ndata: a\ndata: b\ndata: c\n\n");
}

#[test]
fn a_log_with_opaque_ids_takes_what_a_client_can_send_back() {
    let mut log = opaque(at_most(2), &["a", "b", "c"]);
    unchanged_by(&mut log, Event::new("x"), Rejected::MissingId);
    for (id, expected) in [
        ("", Rejected::EmptyId),
        ("c", Rejected::Duplicate),
        ("b", Rejected::Duplicate),
        ("a", Rejected::Duplicate),
        (" d", Rejected::UnsendableId),
        ("d ", Rejected::UnsendableId),
        ("\td", Rejected::UnsendableId),
        ("d\t", Rejected::UnsendableId),
        (" ", Rejected::UnsendableId),
        ("d\u{1}d", Rejected::UnsendableId),
        ("d\u{7f}", Rejected::UnsendableId),
        ("d\u{b}d", Rejected::UnsendableId),
    ] {
        unchanged_by(&mut log, with_id(id), expected);
    }
    // An ID that a decoder's event has inherited is not its own.
    let mut decoder = Decoder::new();
    let mut input = &b"id: d\n\ndata: x\n\n"[..];
    let event = decoder.next_event(&mut input).unwrap().unwrap();
    assert_eq!(event.last_event_id(), "d");
    unchanged_by(&mut log, event, Rejected::MissingId);
    for id in ["d", "d\td", "d d", "\u{e9}", "D", "-", "7-1", "\u{a0}d", "\u{3000}"] {
        let position = log.push(START, with_id(id)).unwrap();
        assert_eq!(log.id(position), Some(id));
        assert_eq!(log.last_event_id(), Some(id));
        assert_eq!(resumed(&log, Some(id)), ("from", vec![]), "{id:?}");
    }
    // The log cannot know that an ID that was evicted long ago is used again.
    assert_eq!(log.push(START, with_id("a")).unwrap().number(), 13);
}

/// Pushes an event that is not accepted, and compares all that can be observed before and after.
fn unchanged_by(log: &mut History, event: Event<'_>, expected: Rejected) {
    let observe = |log: &History| {
        let state = format!("{log:?}, {:?}, {:?}", log.last_event_id(), log.live());
        (state, log.len(), log.encoded_len(), log.oldest(), read(log, log.oldest()))
    };
    let before = observe(log);
    // The time is so late that an accepted event would evict all others.
    assert_eq!(log.push(Duration::MAX, event), Err(expected), "{event:?}");
    assert_eq!(observe(log), before, "{event:?}");
}

#[test]
fn an_event_that_is_too_large_evicts_nothing() {
    // 7-1 to 7-9 have the same length.
    let len = numbered(at_most(1), 1).encoded_len();
    assert_eq!(len, "id: 7-1\ndata: 1\n\n".len());
    let mut log = numbered(Retention::default().with_max_bytes(2 * len).with_max_age(Some(seconds(1))), 2);
    let data = "x".repeat(len + 2);
    let Err(error) = log.push(START, Event::new(&data)) else { panic!("{log:?}") };
    assert_eq!(
        error.to_string(),
        format!(
            "event too large: its encoded length in bytes is {}, the maximum of the log is {}",
            2 * len + 1,
            2 * len
        )
    );
    unchanged_by(&mut log, Event::new(&data), error);
    // Exactly the maximum: everything else goes.
    let position = log.push(START, Event::new(&data[1..])).unwrap();
    assert_eq!((position.number(), log.len(), log.encoded_len()), (3, 1, 2 * len));
}

#[test]
fn errors_say_what_is_wrong() {
    for (error, message) in [
        (Rejected::Duplicate, "duplicate event ID: the log has, or had, an event with this ID"),
        (Rejected::OutOfOrder, "event ID out of order: a numbered log accepts only its next ID"),
        (Rejected::MissingId, "missing event ID: a log with opaque IDs does not assign any"),
        (Rejected::EmptyId, "empty event ID: it would reset the client's last event ID"),
        (Rejected::UnsendableId, "unsendable event ID: a client cannot send it back unchanged as an HTTP header value"),
    ] {
        let error: &dyn std::error::Error = &error;
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn retention_is_finite_by_default() {
    let default = Retention::default();
    assert_eq!((default.max_events, default.max_bytes, default.max_age), (1000, 16 << 20, None));
    let set = default.with_max_events(1).with_max_bytes(2).with_max_age(Some(seconds(3)));
    assert_eq!((set.max_events, set.max_bytes, set.max_age), (1, 2, Some(seconds(3))));
    assert_eq!(History::<Vec<u8>>::opaque(set).retention(), set);
}

#[test]
fn the_number_of_events_is_bounded() {
    for max in [0, 1, 2, 9] {
        let mut log = numbered(at_most(max), max as u64);
        assert_eq!(log.len(), max);
        log.push(START, Event::new("next")).unwrap();
        assert_eq!((log.len(), log.is_empty()), (max, max == 0));
        assert_eq!(read(&log, log.oldest()).len(), max);
        assert_eq!(log.last_event_id(), Some(&*format!("7-{}", max + 1)), "also if it was evicted");
    }
    assert_eq!(numbered(at_most(0), 0).last_event_id(), Some("7-0"), "before the first event");
    assert_eq!(opaque(at_most(0), &[]).last_event_id(), None);
    assert_eq!(opaque(at_most(0), &["a", "b"]).last_event_id(), Some("b"));
    assert_eq!(opaque(at_most(0), &["a", "b"]).encoded_len(), 0);
}

#[test]
fn the_id_before_a_cursor() {
    let last_read = |log: &History, cursor| log.last_read_id(&cursor).map(std::borrow::Cow::into_owned);
    let id = |id: &str| Some(id.to_owned());
    let mut log = numbered(at_most(2), 0);
    let first = log.live();
    assert_eq!(last_read(&log, first.clone()), id("7-0"));
    for _ in 0..4 {
        log.push(START, Event::new("x")).unwrap();
    }
    assert_eq!(last_read(&log, first.clone()), id("7-0"), "evicted");
    assert_eq!(last_read(&log, log.oldest()), id("7-2"));
    assert_eq!(last_read(&log, log.live()), id("7-4"));

    let mut other = opaque(at_most(2), &[]);
    assert_eq!(last_read(&other, first), None, "of another log");
    let first = other.live();
    assert_eq!(last_read(&other, first.clone()), None, "there is none");
    for id in ["a", "b", "c"] {
        other.push(START, with_id(id)).unwrap();
    }
    assert_eq!(last_read(&other, first), None, "not known");
    assert_eq!(last_read(&other, other.oldest()), id("a"), "evicted last");
    assert_eq!(last_read(&other, other.live()), id("c"));
    let continued = History::opaque_after("z", at_most(2)).unwrap();
    assert_eq!(last_read(&continued, continued.live()), id("z"));
}

/// A client that connects before the first event and is told where it is misses nothing.
#[test]
fn a_log_that_continues_after_an_event_knows_it() {
    let mut log: History = History::opaque_after("z", at_most(2)).unwrap();
    assert_eq!((log.len(), log.last_event_id()), (0, Some("z")));
    let at_the_start = log.oldest();
    assert_eq!(log.resume(Some("z")), Resume::From(at_the_start.clone()));
    assert_eq!(log.push(START, Event::new("again").with_id("z").unwrap()), Err(Rejected::Duplicate));
    for id in ["a", "b"] {
        log.push(START, Event::new(id).with_id(id).unwrap()).unwrap();
    }
    assert_eq!(log.resume(Some("z")), Resume::From(at_the_start));
    assert_eq!(log.last_event_id(), Some("b"));
    log.push(START, Event::new("c").with_id("c").unwrap()).unwrap();
    assert_eq!(log.resume(Some("z")), Resume::Gone(log.oldest()), "the event after it was evicted");
    for (id, error) in [("", Rejected::EmptyId), (" z", Rejected::UnsendableId), ("\u{1}", Rejected::UnsendableId)] {
        assert_eq!(History::<Vec<u8>>::opaque_after(id, at_most(2)).err(), Some(error), "{id:?}");
    }
}

#[test]
fn the_number_of_bytes_is_bounded() {
    let len = "id: 7-1\ndata: 1\n\n".len();
    for (max_bytes, kept) in [(len, 1), (2 * len - 1, 1), (2 * len, 2), (3 * len - 1, 2), (3 * len, 3), (4 * len, 4)] {
        let log = numbered(Retention::default().with_max_bytes(max_bytes), 5);
        assert_eq!((log.len(), log.encoded_len()), (kept, kept * len), "{max_bytes}");
    }
    let mut nothing = numbered(Retention::default().with_max_bytes(len - 1), 0);
    let too_large = nothing.push(START, Event::new("1")).unwrap_err();
    unchanged_by(&mut nothing, Event::new("1"), too_large);
}

#[test]
fn the_age_of_events_is_bounded() {
    let retention = Retention::default().with_max_age(Some(seconds(10)));
    let mut log: History = History::numbered(7, retention);
    for time in [100, 101, 105] {
        log.push(seconds(time), Event::new("x")).unwrap();
    }
    let nanosecond = Duration::from_nanos(1);
    for (now, kept) in [
        (seconds(110), 3),
        (seconds(110) + nanosecond, 2),
        (seconds(111), 2),
        (seconds(111) + nanosecond, 1),
        // The clock went back.
        (seconds(0), 1),
        (seconds(115), 1),
        (Duration::MAX, 0),
    ] {
        log.evict(now);
        assert_eq!(log.len(), kept, "{now:?}");
    }
    // A push evicts, too; the event itself is new.
    for time in [200, 300, 400] {
        log.push(seconds(time), Event::new("x")).unwrap();
        assert_eq!(log.len(), 1);
    }
    // Before: it stays until its own time comes.
    log.push(seconds(50), Event::new("x")).unwrap();
    log.push(seconds(51), Event::new("x")).unwrap();
    assert_eq!(log.len(), 3);
    log.evict(seconds(410));
    assert_eq!(log.len(), 3);
    log.evict(seconds(411));
    assert_eq!(log.len(), 0);
    assert_eq!(log.last_event_id(), Some("7-8"));

    let mut unlimited = numbered(Retention::default(), 3);
    unlimited.evict(Duration::MAX);
    assert_eq!(unlimited.len(), 3);
    let mut now_only: History = History::numbered(7, Retention::default().with_max_age(Some(Duration::ZERO)));
    now_only.push(START, Event::new("x")).unwrap();
    now_only.push(START, Event::new("x")).unwrap();
    assert_eq!(now_only.len(), 2);
    now_only.evict(nanosecond);
    assert_eq!(now_only.len(), 0);
}

#[test]
fn a_slow_reader_is_told_once_what_it_has_missed() {
    let mut log = numbered(at_most(2), 0);
    let mut cursor = log.live();
    for number in 1..=7 {
        log.push(START, &EventBuf::new(number.to_string())).unwrap();
    }
    assert!(matches!(log.next(&mut cursor), Next::Gone { missed: Some(5), .. }));
    assert_eq!(read(&log, cursor.clone()), ["6", "7"]);
    // While it reads, more is evicted.
    assert!(matches!(log.next(&mut cursor), Next::Event(_)));
    log.push(START, Event::new("8")).unwrap();
    assert_eq!(read(&log, cursor.clone()), ["7", "8"]);
    log.push(START, Event::new("9")).unwrap();
    assert_eq!(read(&log, cursor), ["Some(1)", "8", "9"]);
    // All that it has not read was evicted.
    let mut nothing = numbered(at_most(0), 0);
    let mut cursor = nothing.live();
    nothing.push(START, Event::new("1")).unwrap();
    nothing.push(START, Event::new("2")).unwrap();
    assert!(matches!(nothing.next(&mut cursor), Next::Gone { missed: Some(2), .. }));
    assert_eq!(nothing.next(&mut cursor), Next::UpToDate);
    assert_eq!(cursor, nothing.live());
}

#[test]
fn a_cursor_of_another_log_is_gone_once() {
    let (first, second) = (numbered(at_most(3), 2), numbered(at_most(3), 4));
    for (log, cursor, expected) in [
        (&second, first.live(), ["None", "2", "3", "4"].as_slice()),
        (&second, first.oldest(), &["None", "2", "3", "4"]),
        (&first, second.live(), &["None", "1", "2"]),
        (&numbered(at_most(3), 0), second.oldest(), &["None"]),
    ] {
        assert_ne!(cursor, log.live());
        assert_eq!(read(log, cursor), expected);
    }
    let (mut first, mut second) = (first, second);
    let positions = [first.push(START, Event::new("x")).unwrap(), second.push(START, Event::new("y")).unwrap()];
    assert_eq!((first.id(positions[0]), second.id(positions[0])), (Some("7-3"), None));
    assert_eq!((first.get(positions[1]), second.get(positions[1]).is_some()), (None, true));
    assert_ne!(positions[0], positions[1]);
}

#[test]
fn a_clone_of_a_cursor_reads_the_same() {
    let log = numbered(at_most(9), 5);
    let mut cursor = log.oldest();
    for _ in 0..5 {
        assert!(matches!(log.next(&mut cursor), Next::Event(_)));
        let mut clone = cursor.clone();
        assert_eq!(clone, cursor);
        assert_eq!(read(&log, clone.clone()), read(&log, cursor.clone()));
        if log.next(&mut clone) != Next::UpToDate {
            assert_ne!(clone, cursor, "the original does not move");
        }
    }
}

#[test]
fn an_event_is_encoded_once_for_all_readers() {
    let mut log: History<Arc<[u8]>> = History::numbered(7, Retention::default());
    let mut readers: Vec<_> = (0..100).map(|_| log.live()).collect();
    let position = log.push(START, Event::new("x")).unwrap();
    let bytes = Arc::clone(log.get(position).unwrap());
    let ((), counts) = count(|| {
        for cursor in &mut readers {
            let Next::Event(read) = log.next(cursor) else { panic!() };
            assert!(Arc::ptr_eq(read, &bytes));
        }
        for _ in 0..100 {
            let Resume::From(mut cursor) = log.resume(Some("7-0")) else { panic!() };
            let Next::Event(read) = log.next(&mut cursor) else { panic!() };
            assert!(Arc::ptr_eq(read, &bytes));
            assert_eq!(log.next(&mut cursor), Next::UpToDate);
        }
    });
    assert_eq!(counts.allocations, 0, "reading does not allocate");
    assert_eq!(Arc::strong_count(&bytes), 2);
}

#[test]
fn events_are_kept_in_any_kind_of_bytes() {
    fn check<B: AsRef<[u8]> + From<Vec<u8>> + PartialEq + std::fmt::Debug>() {
        let mut log = History::<B>::opaque(at_most(2));
        for id in ["a", "b", "c"] {
            log.push(START, with_id(id)).unwrap();
        }
        let mut cursor = log.oldest();
        let expected = ["b", "c"].map(|id| B::from(with_id(id).to_string().into_bytes()));
        assert_eq!(log.next(&mut cursor), Next::Event(&expected[0]));
        assert_eq!(log.next(&mut cursor), Next::Event(&expected[1]));
        assert_eq!(log.next(&mut cursor), Next::UpToDate);
        assert_eq!(log.last_event_id(), Some("c"));
        assert_eq!(log.push(START, with_id("b")), Err(Rejected::Duplicate));
    }
    check::<Vec<u8>>();
    check::<Box<[u8]>>();
    check::<Arc<[u8]>>();
    #[cfg(feature = "bytes")]
    check::<bytes::Bytes>();
}

#[test]
fn pushing_allocates_the_bytes_of_the_event_and_nothing_else() {
    fn warm<B: AsRef<[u8]> + From<Vec<u8>>>() -> History<B> {
        let mut log = History::numbered(7, at_most(64));
        for _ in 0..1000 {
            log.push(START, Event::new("x")).unwrap();
        }
        log
    }
    let data = "data\n".repeat(1000);
    let event = Event::new(&data).with_type("type").unwrap();
    let mut log = warm::<Vec<u8>>();
    for _ in 0..200 {
        let (position, counts) = count(|| log.push(START, event).unwrap());
        assert_eq!((counts.allocations, counts.moved), (1, 0));
        let bytes = log.get(position).unwrap();
        assert_eq!(bytes.capacity(), bytes.len());
    }
    let mut log = warm::<Box<[u8]>>();
    assert_eq!(count(|| log.push(START, event).unwrap()).1.allocations, 1);
    let mut log = warm::<Arc<[u8]>>();
    assert_eq!(count(|| log.push(START, event).unwrap()).1.allocations, 2, "copied once more");
    #[cfg(feature = "bytes")]
    {
        let mut log = warm::<bytes::Bytes>();
        assert_eq!(count(|| log.push(START, event).unwrap()).1.allocations, 1);
    }
    // What has to go is freed before memory is allocated.
    let mut log = numbered(Retention::default().with_max_bytes(12_000), 0);
    log.push(START, event).unwrap();
    let (position, counts) = count(|| log.push(START, event).unwrap());
    assert_eq!((position.number(), log.len(), counts.held, counts.peak), (2, 1, 0, 0));
    // What is rejected is not encoded.
    let mut log = numbered(Retention::default().with_max_bytes(1000), 10);
    assert_eq!(count(|| log.push(START, event).unwrap_err()).1.allocations, 0);
    assert_eq!(count(|| log.push(START, with_id("7-9")).unwrap_err()).1.allocations, 0);
    assert_eq!(count(|| numbered(Retention::default(), 0)).1.allocations, 0, "an empty log");
    assert_eq!(count(|| History::<Vec<u8>>::opaque(Retention::default())).1.allocations, 0, "an empty log");
}

/// Besides the encoded bytes, an event takes a small constant, and in a log with opaque IDs its ID.
#[test]
fn memory_is_bounded_by_the_retention() {
    let held = || usize::try_from(so_far().held).unwrap();
    for (is_numbered, each) in [(true, 2 * 56), (false, 2 * 56 + 64)] {
        for max_events in [1, 10, 100, 1000, 1024, 5000] {
            let retention = at_most(max_events).with_max_bytes(1 << 20);
            let ((), counts) = count(|| {
                let mut log: History =
                    if is_numbered { History::numbered(7, retention) } else { History::opaque(retention) };
                for number in 0..12_000 {
                    let id = format!("{number:05}");
                    let event = if is_numbered { Event::new(&id) } else { with_id(&id) };
                    log.push(START, event).unwrap();
                    drop(id);
                    let ids = if is_numbered { 0 } else { log.len() * 5 };
                    let bound = log.encoded_len() + ids + log.len() * each + 2048;
                    assert!(held() <= bound, "{number}: {} bytes, not {bound}, {log:?}", held());
                }
            });
            assert_eq!(counts.held, 0);
        }
    }
}

#[test]
fn memory_is_freed_after_a_burst() {
    let held = || usize::try_from(so_far().held).unwrap();
    for is_numbered in [true, false] {
        let retention =
            Retention::default().with_max_events(usize::MAX).with_max_bytes(1 << 20).with_max_age(Some(seconds(1)));
        let data = "x".repeat(700_000);
        let big = Event::new(&data);
        let big = if is_numbered { big } else { big.with_id("big").unwrap() };
        let bigger = Event::new(&data);
        let bigger = if is_numbered { bigger } else { bigger.with_id("bigger").unwrap() };
        let ((), counts) = count(|| {
            let mut log: History =
                if is_numbered { History::numbered(7, retention) } else { History::opaque(retention) };
            for number in 0..50_000 {
                let id = number.to_string();
                log.push(START, if is_numbered { Event::new("") } else { with_id(&id) }).unwrap();
            }
            assert!(held() > 1 << 20, "many small events");
            log.push(START, big).unwrap();
            // The big one has evicted most of them.
            let bound = log.encoded_len() + log.len() * (4 * 56 + 64);
            assert!(held() <= bound, "{} bytes, not {bound}, for {log:?}", held());
            log.push(START, bigger).unwrap();
            assert_eq!(log.len(), 1, "the first big one was evicted before this one was encoded");
            assert!(held() <= log.encoded_len() + 2048, "{} bytes for {log:?}", held());
            log.evict(seconds(2));
            assert_eq!((log.len(), log.encoded_len()), (0, 0));
            assert!(held() <= 2048, "{} bytes for {log:?}", held());
            // A log that is empty again and again does not allocate each time.
            log.push(seconds(3), if is_numbered { Event::new("") } else { with_id("1") }).unwrap();
            log.evict(seconds(5));
            let before = so_far().allocations;
            log.push(seconds(6), if is_numbered { Event::new("") } else { with_id("2") }).unwrap();
            let more = if is_numbered { 0 } else { 2 };
            assert!(so_far().allocations - before <= 1 + more, "the bytes; an ID and a node of the map");
        });
        assert!(counts.peak < 8 << 20, "{counts:?}");
        assert_eq!(counts.held, 0);
    }
}

/// Freeing memory costs amortized constant time, as growing does.
#[test]
fn memory_is_freed_in_few_steps() {
    let mut log: History = History::numbered(7, Retention::default().with_max_age(Some(seconds(1000))));
    for time in 0..1000 {
        log.push(seconds(time), Event::new("x")).unwrap();
    }
    let ((), counts) = count(|| (1001..=2000).for_each(|time| log.evict(seconds(time))));
    assert!(log.is_empty());
    assert!((2..10).contains(&counts.allocations), "{counts:?}");
    assert!(counts.moved < 2 * 1024 * 64, "{counts:?}");
}

/// Nobody reads a payload or an ID in a server's own log because a `History` was printed.
#[test]
fn debug_shows_lengths_and_no_payload() {
    let mut log = opaque(at_most(2), &["secret 1", "secret 2", "secret 3"]);
    let position = log.push(START, with_id("secret 4")).unwrap();
    let mut cursor = log.oldest();
    let text = format!("{log:?}, {position:?}, {:?}, {:?}", log.resume(Some("secret 3")), log.next(&mut cursor));
    // As text, or as a list of bytes.
    assert!(!text.contains("secret") && !text.contains("115, 101"), "{text}");
    let len = with_id("secret 4").to_string().len();
    for part in ["epoch: None", "len: 2", &format!("encoded_len: {}", 2 * len), &format!("Event {{ len: {len} }}")] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(format!("{:?}", numbered(at_most(2), 3)).contains("epoch: Some(7)"));
    assert_eq!(format!("{:?}", log.next(&mut log.live())), "UpToDate");
    let mut short = numbered(at_most(1), 0);
    let mut cursor = short.live();
    for _ in 0..4 {
        short.push(START, Event::new("x")).unwrap();
    }
    assert_eq!(format!("{:?}", short.next(&mut cursor)), "Gone { missed: Some(3) }");
}

/// Readers on other threads get each event once, in order, from a log that keeps all of them.
#[test]
fn readers_on_other_threads_miss_nothing() {
    struct SetOnDrop<'a>(&'a AtomicBool);
    impl Drop for SetOnDrop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    const EVENTS: u64 = 2000;
    let log: Mutex<History<Arc<[u8]>>> = Mutex::new(History::numbered(7, at_most(2000)));
    let start = log.lock().unwrap().live();
    let is_complete = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (log, is_complete, mut cursor) = (&log, &is_complete, start.clone());
            scope.spawn(move || {
                let mut number = 0;
                while number < EVENTS {
                    let was_complete = is_complete.load(Ordering::SeqCst);
                    let next = match log.lock().unwrap().next(&mut cursor) {
                        Next::Event(bytes) => Some(Arc::clone(bytes)),
                        Next::UpToDate => None,
                        Next::Gone { missed, .. } => panic!("{missed:?}"),
                    };
                    if let Some(bytes) = next {
                        number += 1;
                        assert_eq!(*bytes, *format!("id: 7-{number}\ndata: x\n\n").as_bytes());
                    } else {
                        assert!(!was_complete, "up to date after {number} events");
                        std::thread::yield_now();
                    }
                }
            });
        }
        let _set = SetOnDrop(&is_complete);
        for _ in 0..EVENTS {
            log.lock().unwrap().push(START, Event::new("x")).unwrap();
        }
    });
}

/// Random operations on both kinds of logs, against a model.
#[test]
fn a_log_agrees_with_a_list_of_all_events() {
    let retentions = [
        Retention::default(),
        at_most(0),
        at_most(1),
        at_most(3),
        at_most(20),
        Retention::default().with_max_bytes(40),
        Retention::default().with_max_bytes(200),
        Retention::default().with_max_age(Some(Duration::from_millis(20))),
        Retention::default().with_max_age(Some(Duration::ZERO)),
        at_most(5).with_max_bytes(100).with_max_age(Some(Duration::from_millis(40))),
    ];
    for number in 0..200 {
        for (index, retention) in retentions.iter().enumerate() {
            for is_numbered in [true, false] {
                let mut random = Random(number * 20 + 2 * index as u64 + u64::from(is_numbered));
                let len = 2 * random.below(150);
                let operations: Vec<_> = (0..len).map(|_| random.next().to_le_bytes()[0]).collect();
                history_model::check(&operations, is_numbered, *retention);
            }
        }
    }
}
