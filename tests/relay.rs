//! `examples/relay`: what it passes on is the stream, without the events of one type.

#[path = "support/relaying.rs"]
mod relaying;
mod support;

use relaying::check;
use relaying::relay::Relay;
use support::cases::CASES;
use support::drive::every_split;
use support::random::{Random, cut, stream};
use support::reference::{Outcome, decode};

/// Above all that is buffered here.
const NO_LIMIT: usize = usize::MAX;

#[test]
fn without_a_filter_every_case_passes_unchanged_at_every_split() {
    for case in CASES {
        every_split(case.stream, |chunks| check(chunks, None, 0));
    }
}

#[test]
fn every_case_at_every_cut_without_the_events_of_each_of_its_types() {
    for case in CASES {
        let mut types: Vec<_> = case.events.iter().map(|(event_type, ..)| *event_type).collect();
        types.sort_unstable();
        types.dedup();
        for event_type in types.into_iter().chain(["none of them"]) {
            for at in 0..=case.stream.len() {
                let (head, tail) = case.stream.split_at(at);
                check(&[head, tail], Some(event_type), NO_LIMIT);
                check(&[head, tail], Some(event_type), at);
            }
            check(&case.stream.chunks(1).collect::<Vec<_>>(), Some(event_type), NO_LIMIT);
        }
    }
}

#[test]
fn random_streams_without_the_events_of_one_type() {
    let streams: u64 = std::env::var("RANDOM_STREAMS").map_or(20_000, |n| n.parse().unwrap());
    let mut with_events = 0;
    for number in 0..streams {
        let mut random = Random(number);
        let stream = if random.below(4) == 0 { stream(&mut random) } else { lines(&mut random) };
        let events = decode(&stream).outcomes;
        with_events += u64::from(!events.is_empty());
        let event_type = match events.get(random.below(events.len().max(1))) {
            Some(Outcome::Event { event_type, .. }) => event_type,
            _ => "message",
        };
        for limit in [random.below(50), NO_LIMIT] {
            check(&[&stream], Some(event_type), limit);
            check(&cut(&mut random, &stream), Some(event_type), limit);
        }
        check(&cut(&mut random, &stream), None, 0);
    }
    assert!(with_events > streams / 3, "streams with events: {with_events}");
}

/// A stream of up to 20 lines, with line ends of each kind.
fn lines(random: &mut Random) -> Vec<u8> {
    const LINES: [&str; 16] = [
        "", "", "", "", "data: a", "data", "data:", "event: x", "event: y", "event", "id: 1", "id: 2", "id",
        "retry: 7", ": c", "u: v",
    ];
    let mut lines = String::new();
    for _ in 0..random.below(21) {
        lines += LINES[random.below(LINES.len())];
        lines += ["\n", "\r", "\r\n"][random.below(3)];
    }
    lines.into_bytes()
}

/// What comes out without the events of the type `x`.
fn relay(chunks: &[&str], limit: usize) -> String {
    let mut relay = Relay::new(Some("x".to_owned()), limit);
    let mut output = Vec::new();
    for chunk in chunks {
        relay.relay(chunk.as_bytes(), &mut output).unwrap();
    }
    relay.finish(&mut output).unwrap();
    String::from_utf8(output).unwrap()
}

fn check_output(stream: &str, expected: &str) {
    assert_eq!(relay(&[stream], NO_LIMIT), expected);
    assert_eq!(relay(&stream.split_inclusive(|_| true).collect::<Vec<_>>(), NO_LIMIT), expected);
}

#[test]
fn a_dropped_block_keeps_id_retry_and_comments_as_they_came() {
    for (stream, expected) in [
        ("data: a\nevent: x\n\ndata: b\n\n", "\ndata: b\n\n"),
        ("id:1\r\nevent: x\r\ndata: a\r\nretry: 5\r\n:c\r\nu: v\r\n\r\n", "id:1\r\nretry: 5\r\n:c\r\n\r\n"),
        ("event: y\nevent: x\ndata: a\nid\n\n", "id\n\n"),
        ("event: x\ndata: a\n\n\u{FEFF}data: b\n\n", "\n\u{FEFF}data: b\n\n"),
        ("\u{FEFF}event: x\ndata: a\n\n", "\u{FEFF}\n"),
    ] {
        check_output(stream, expected);
    }
}

#[test]
fn a_block_that_is_no_event_of_the_type_passes_unchanged() {
    for stream in [
        "event: x\nevent: y\ndata: a\n\n",
        "event: x\nevent\ndata: a\n\n",
        "event: X\ndata: a\n\n",
        "event:  x\ndata: a\n\n",
        "event: x\nid: 1\nunknown\n\n",
        "event: x\ndata: a\n",
        "event: x\ndata: a",
    ] {
        check_output(stream, stream);
    }
}

#[test]
fn line_ends_with_dropped_lines_between_them_do_not_become_one() {
    for (stream, expected) in [
        ("id: 1\revent: x\ndata: a\n\ndata: b\n\n", "id: 1\r\n\ndata: b\n\n"),
        ("event: x\ndata: a\nid: 1\rdata: b\n\n", "id: 1\r\n\n"),
        ("data: a\r\revent: x\ndata: b\n\nevent: x\ndata: b\n\n", "data: a\r\r\n\n\n"),
        ("id: 1\rdata: a\revent: x\r\r\n", "id: 1\r\r\n"),
    ] {
        check_output(stream, expected);
        assert_eq!(decode(expected.as_bytes()).last_event_id, decode(stream.as_bytes()).last_event_id);
    }
}

/// The lines that wait are those from the first one on that may be dropped: 17 bytes and 18 bytes here.
#[test]
fn a_block_that_is_longer_than_the_limit_passes_and_the_next_one_is_dropped() {
    let (with_17, with_18) = ("id: 123456789\ndata: a\nevent: x\n\n", "event: x\ndata: ab\n\n");
    for (limit, expected) in [
        (18, "id: 123456789\n\n\n".to_owned()),
        (17, format!("id: 123456789\n\n{with_18}")),
        (16, format!("{with_17}{with_18}")),
    ] {
        assert_eq!(relay(&[with_17, with_18], limit), expected, "limit {limit}");
        assert_eq!(relay(&[with_18, with_17], limit).len(), expected.len(), "limit {limit}");
    }
    let next = "event: x\ndata: c\n\n";
    assert_eq!(relay(&[with_18, next], 17), format!("{with_18}\n"));
}

#[test]
fn what_cannot_be_dropped_does_not_wait() {
    let mut relay = Relay::new(Some("x".to_owned()), NO_LIMIT);
    let mut output = Vec::new();
    for (chunk, expected) in [
        (": keep", ": keep"),
        ("-alive\n", "-alive\n"),
        ("id: 1", "id: 1"),
        ("\rretry", "\r"),
        (": 5\r", "retry: 5\r"),
        ("\n\r", "\n\r"),
        ("\n", "\n"),
        ("event: x\n", ""),
        (":\n", ""),
        ("data: a\n\n", ":\n\n"),
        ("data", ""),
        (": b\r\n", ""),
        ("\r", "data: b\r\n\r"),
        ("\n", "\n"),
    ] {
        output.clear();
        relay.relay(chunk.as_bytes(), &mut output).unwrap();
        assert_eq!(String::from_utf8_lossy(&output), expected, "after {chunk:?}");
    }
    assert_eq!((relay.passed, relay.dropped), (1, 1));
}
