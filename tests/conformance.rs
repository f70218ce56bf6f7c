//! Decoding as specified: the case table and the recorded browser streams, through every reader, compared with a
//! transcription of the specification.

mod support;

use std::num::NonZero;
use std::thread;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use support::cases::CASES;
use support::drive::{ITEM_READERS, READERS, every_split, without_places};
use support::reference::{self, Outcome, Seen};

/// The events of a stream as the case table lists them: type, data, last event ID.
fn events(seen: &Seen) -> Vec<(&str, &str, &str)> {
    seen.outcomes.iter().map(event).collect()
}

fn event(outcome: &Outcome) -> (&str, &str, &str) {
    match outcome {
        Outcome::Event { event_type, data, last_event_id, .. } => (event_type, data, last_event_id),
        _ => panic!("{outcome:?}"),
    }
}

#[test]
fn the_reference_agrees_with_the_case_table() {
    for case in CASES {
        let seen = reference::decode(case.stream);
        assert_eq!(events(&seen), case.events, "{}", case.name);
        assert_eq!(seen.last_event_id, case.last_event_id, "{}", case.name);
        assert_eq!(seen.reconnection_time, case.reconnection_time, "{}", case.name);
    }
}

#[test]
fn every_reader_at_every_split_agrees_with_the_reference_on_the_case_table() {
    for case in CASES {
        assert!(case.stream.len() <= 256, "{}: too long for every split", case.name);
        let expected = without_places(reference::decode(case.stream));
        for &reader in READERS {
            every_split(case.stream, |chunks| {
                assert_eq!(without_places(reader.run(chunks)), expected, "{}: {reader:?}, {chunks:x?}", case.name);
            });
        }
    }
}

#[test]
fn every_item_reader_at_every_split_agrees_with_the_reference_on_the_case_table() {
    for case in CASES {
        let expected = without_places(reference::decode_items(case.stream, "", usize::MAX));
        for &reader in ITEM_READERS {
            every_split(case.stream, |chunks| {
                assert_eq!(without_places(reader.run(chunks)), expected, "{}: {reader:?}, {chunks:x?}", case.name);
            });
        }
    }
}

/// Decodes byte by byte, and compares after which byte each event is emitted.
#[test]
fn each_event_is_emitted_on_its_final_byte() {
    for case in CASES {
        let expected = reference::decode(case.stream);
        for &reader in READERS {
            let bytes: Vec<_> = case.stream.chunks(1).collect();
            assert_eq!(reader.run(&bytes), expected, "{}: {reader:?}", case.name);
        }
    }
}

#[test]
fn bytes_after_a_case_do_not_change_its_events() {
    for case in CASES {
        for tail in [&b"x"[..], b"\n", b"\r", b"\r\n", b"data", b"data: z\n\n", b":", b"\xEF\xBB\xBF", b"\xE2\x82"] {
            let stream = [case.stream, tail].concat();
            let expected = without_places(reference::decode(&stream));
            assert!(events(&expected).starts_with(case.events), "{}, then {tail:x?}", case.name);
            for &reader in READERS {
                assert_eq!(without_places(reader.run(&[&stream])), expected, "{}: {reader:?}", case.name);
                assert_eq!(without_places(reader.run(&[case.stream, tail])), expected, "{}: {reader:?}", case.name);
            }
        }
    }
}

#[test]
fn every_reader_agrees_with_the_standard_on_all_recorded_vectors() {
    let file: Value = serde_json::from_str(include_str!("vectors/browsers.json")).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 1136);
    // The longest test by far: all cores share the vectors.
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || vectors.iter().skip(first).step_by(threads).for_each(check_vector));
        }
    });
}

fn check_vector(vector: &Value) {
    let name = vector["name"].as_str().unwrap();
    let chunks: Vec<Vec<u8>> = vector["chunks"].as_array().unwrap().iter().map(bytes).collect();
    let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
    let stream = chunks.concat();
    let expected = reference::decode(&stream);
    assert_vector(name, vector, &expected);
    let events = without_places(expected.clone());
    for &reader in READERS {
        let check = |chunks: &[&[u8]]| {
            assert_eq!(without_places(reader.run(chunks)), events, "{name}: {reader:?}");
        };
        check(&chunks);
        check(&[&stream]);
        check(&stream.chunks(1460).collect::<Vec<_>>());
        if stream.len() <= 200 {
            every_split(&stream, check);
        }
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(reader.run(&bytes), expected, "{name}: {reader:?} byte by byte");
    }
}

/// The bytes of a chunk: base64, or a repeated unit.
fn bytes(chunk: &Value) -> Vec<u8> {
    match chunk {
        Value::String(base64) => BASE64_STANDARD.decode(base64).unwrap(),
        unit => {
            let times = usize::try_from(unit["times"].as_u64().unwrap()).unwrap();
            BASE64_STANDARD.decode(unit["repeat"].as_str().unwrap()).unwrap().repeat(times)
        }
    }
}

/// A string, or a repeated unit and a tail.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        unit => {
            let times = usize::try_from(unit["times"].as_u64().unwrap()).unwrap();
            unit["repeat"].as_str().unwrap().repeat(times) + unit["then"].as_str().unwrap_or_default()
        }
    }
}

/// Asserts that the reference and the vector agree.
fn assert_vector(name: &str, vector: &Value, seen: &Seen) {
    let mut expected = Vec::new();
    for event in vector["events"].as_array().unwrap() {
        for _ in 0..event["times"].as_u64().unwrap_or(1) {
            expected.push((text(&event["type"]), text(&event["data"]), text(&event["lastEventId"])));
        }
    }
    let found: Vec<_> = events(seen).into_iter().map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())).collect();
    assert!(found == expected, "{name}: the reference and the vector differ");
    assert_eq!(seen.last_event_id, text(&vector["finalLastEventId"]), "{name}");
    assert_eq!(seen.reconnection_time, vector["retry"].as_u64(), "{name}");
}
