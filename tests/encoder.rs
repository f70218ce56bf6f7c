//! The canonical form byte for byte, the values that are rejected, and the properties of events as values.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use sse_proto::{BufferTooSmall, Comment, Event, Field, InvalidEvent};

/// Events and their encoded form.
fn events() -> Vec<(Event<'static>, &'static str)> {
    vec![
        (Event::new("a"), "data: a\n\n"),
        (Event::new(""), "data: \n\n"),
        (Event::new(" a"), "data:  a\n\n"),
        (Event::new(":"), "data: :\n\n"),
        (Event::new("a\nb"), "data: a\ndata: b\n\n"),
        (Event::new("a\rb"), "data: a\ndata: b\n\n"),
        (Event::new("a\r\nb"), "data: a\ndata: b\n\n"),
        (Event::new("a\n\rb"), "data: a\ndata: \ndata: b\n\n"),
        (Event::new("a\n"), "data: a\ndata: \n\n"),
        (Event::new("\n"), "data: \ndata: \n\n"),
        (Event::new("\r\n"), "data: \ndata: \n\n"),
        (Event::new("\na"), "data: \ndata: a\n\n"),
        (Event::new("a\u{2028}b\0c\u{B}"), "data: a\u{2028}b\0c\u{B}\n\n"),
        (Event::new("\u{FEFF}a"), "data: \u{FEFF}a\n\n"),
        (Event::new("a").with_type("t").unwrap(), "event: t\ndata: a\n\n"),
        (Event::new("a").with_type("message").unwrap(), "event: message\ndata: a\n\n"),
        (Event::new("a").with_type("").unwrap(), "data: a\n\n"),
        (Event::new("a").with_type(" t\0").unwrap(), "event:  t\0\ndata: a\n\n"),
        (Event::new("a").with_id("1").unwrap(), "id: 1\ndata: a\n\n"),
        (Event::new("a").with_id("").unwrap(), "id: \ndata: a\n\n"),
        (Event::new("a").with_retry(Duration::from_millis(0)), "retry: 0\ndata: a\n\n"),
        (Event::new("a").with_retry(Duration::from_millis(u64::MAX)), "retry: 18446744073709551615\ndata: a\n\n"),
        (
            Event::new("a\nb").with_retry(Duration::from_millis(10)).with_id("1").unwrap().with_type("t").unwrap(),
            "event: t\nid: 1\nretry: 10\ndata: a\ndata: b\n\n",
        ),
        (Event::without_data(), ""),
        (Event::without_data().with_type("").unwrap(), ""),
        (Event::without_data().with_id("1").unwrap(), "id: 1\n\n"),
        (Event::without_data().with_id("").unwrap(), "id: \n\n"),
        (Event::without_data().with_retry(Duration::from_secs(3)), "retry: 3000\n\n"),
    ]
}

fn comments() -> Vec<(Comment<'static>, &'static str)> {
    vec![
        (Comment::KEEP_ALIVE, ":\n"),
        (Comment::new(""), ":\n"),
        (Comment::new("a"), ": a\n"),
        (Comment::new(" a"), ":  a\n"),
        (Comment::new("a\n\ndata: b\n\n"), ": a\n: \n: data: b\n: \n: \n"),
        (Comment::new("a\rdata: b\r\r"), ": a\n: data: b\n: \n: \n"),
    ]
}

#[test]
fn the_canonical_form() {
    for (event, bytes) in events() {
        assert_eq!(event.to_string(), bytes);
        assert_eq!(event.encoded_len(), bytes.len(), "{bytes:?}");
    }
    for (comment, bytes) in comments() {
        assert_eq!(comment.to_string(), bytes);
        assert_eq!(comment.encoded_len(), bytes.len(), "{bytes:?}");
    }
}

#[test]
fn encode_to_slice_with_buffers_of_any_size() {
    for (event, bytes) in events() {
        into_slices(bytes, |buffer| event.encode_to_slice(buffer));
    }
    for (comment, bytes) in comments() {
        into_slices(bytes, |buffer| comment.encode_to_slice(buffer));
    }
}

fn into_slices(bytes: &str, encode: impl Fn(&mut [u8]) -> Result<usize, BufferTooSmall>) {
    for size in 0..bytes.len() + 3 {
        let mut buffer = vec![b'#'; size];
        let written = encode(&mut buffer);
        if let Some(rest) = size.checked_sub(bytes.len()) {
            assert_eq!(written, Ok(bytes.len()));
            assert_eq!(buffer, [bytes.as_bytes(), &b"#".repeat(rest)].concat());
        } else {
            let BufferTooSmall { needed, available, .. } = written.unwrap_err();
            assert_eq!((needed, available), (bytes.len(), size));
            assert_eq!(buffer, b"#".repeat(size), "nothing is written on error");
        }
    }
}

/// By `copy_to` into buffers of every size, by `chunk` and `advance` in steps of every size, and skipping.
#[test]
fn the_encoder_in_steps_of_any_size() {
    let items = events().into_iter().map(|(event, bytes)| (event.encode(), bytes));
    let items = items.chain(comments().into_iter().map(|(comment, bytes)| (comment.encode(), bytes)));
    for (encoder, bytes) in items {
        for step in 1..bytes.len() + 2 {
            let (mut copied, mut advanced) = (Vec::new(), Vec::new());
            let mut taken = encoder.clone();
            while taken.remaining() > 0 {
                assert_eq!(taken.remaining(), bytes.len() - copied.len());
                let mut buffer = vec![0; step];
                let n = taken.copy_to(&mut buffer);
                assert_eq!(n, step.min(bytes.len() - copied.len()), "a buffer is filled unless no bytes are left");
                copied.extend_from_slice(&buffer[..n]);
            }
            assert_eq!(taken.copy_to(&mut [0]), 0);

            let mut taken = encoder.clone();
            while taken.remaining() > 0 {
                let chunk = taken.chunk();
                assert!(!chunk.is_empty(), "{bytes:?}: a chunk is empty only if no bytes are left");
                let n = chunk.len().min(step);
                advanced.extend_from_slice(&chunk[..n]);
                taken.advance(n);
            }
            assert!(taken.chunk().is_empty());
            assert_eq!(copied, bytes.as_bytes());
            assert_eq!(advanced, bytes.as_bytes());

            let mut skipped = encoder.clone();
            skipped.advance(step);
            let mut rest = vec![0; bytes.len() + 1];
            let n = skipped.copy_to(&mut rest);
            assert_eq!(&rest[..n], bytes.as_bytes().get(step..).unwrap_or_default(), "skips several pieces at once");
        }
        let mut all = encoder.clone();
        all.advance(usize::MAX);
        assert_eq!((all.remaining(), all.chunk()), (0, &[][..]), "advancing past the end is allowed");
    }
}

#[test]
#[cfg(feature = "alloc")]
fn encode_into_appends_and_grows_only_if_needed() {
    for (event, bytes) in events() {
        // A CRLF counts as two line ends when room is reserved.
        into_vecs(bytes, event.data().contains("\r\n"), |buffer| event.encode_into(buffer));
    }
    for (comment, bytes) in comments() {
        into_vecs(bytes, false, |buffer| comment.encode_into(buffer));
    }
}

#[cfg(feature = "alloc")]
fn into_vecs(bytes: &str, may_grow: bool, encode: impl Fn(&mut Vec<u8>)) {
    let mut buffer = b"before".to_vec();
    encode(&mut buffer);
    assert_eq!(buffer, ["before", bytes].concat().as_bytes());
    let mut buffer = Vec::with_capacity(bytes.len());
    let capacity = buffer.capacity();
    encode(&mut buffer);
    assert_eq!(buffer, bytes.as_bytes());
    assert!(may_grow || buffer.capacity() == capacity, "{bytes:?}: the capacity was sufficient");
}

#[test]
fn values_that_cannot_be_encoded_are_rejected() {
    let forbidden = |result: Result<Event<'_>, InvalidEvent>, expected: Option<(Field, char, usize)>| {
        let found = result.err().map(|error| match error {
            InvalidEvent::Forbidden { field, found, position, .. } => (field, found, position),
            other => panic!("{other}"),
        });
        assert_eq!(found, expected);
    };
    let event = Event::new("x");
    for (value, in_type, in_id) in [
        ("a\nb", Some(('\n', 1)), Some(('\n', 1))),
        ("a\rb", Some(('\r', 1)), Some(('\r', 1))),
        ("\r\n", Some(('\r', 0)), Some(('\r', 0))),
        ("é\n", Some(('\n', 2)), Some(('\n', 2))),
        ("1\ndata: injected\n\n", Some(('\n', 1)), Some(('\n', 1))),
        ("a\0", None, Some(('\0', 1))),
        ("\u{85}\u{2028}\u{B}: x", None, None),
    ] {
        forbidden(event.with_type(value), in_type.map(|(c, at)| (Field::Event, c, at)));
        forbidden(event.with_id(value), in_id.map(|(c, at)| (Field::Id, c, at)));
    }
}

#[test]
fn error_messages_name_the_expected_and_the_found_value() {
    let error = Event::new("x").with_id("a\0").unwrap_err();
    let message = "invalid value for field `id`: expected text without CR, LF and NUL, found '\\0' at byte 1";
    assert_eq!(error.to_string(), message);
    let error = Event::new("x").with_type("ab\r").unwrap_err();
    let message = "invalid value for field `event`: expected text without CR and LF, found '\\r' at byte 2";
    assert_eq!(error.to_string(), message);
    let error = Event::new("x").encode_to_slice(&mut [0; 4]).unwrap_err();
    assert_eq!(error.to_string(), "buffer too small: bytes needed: 9, available: 4");
}

/// At any position in a value of any length.
#[test]
fn forbidden_characters_are_found_in_long_values() {
    for len in [1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 255, 256, 257, 272, 273, 300, 1000, 5000] {
        let valid = "x".repeat(len);
        assert!(Event::new("").with_id(&valid).is_ok() && Event::new("").with_type(&valid).is_ok());
        for at in [0, len / 2, len - 1] {
            for (found, in_type) in [('\0', false), ('\n', true), ('\r', true)] {
                // Other control characters are allowed, and must not hide it.
                for before in ['x', '\t'] {
                    let mut value: String = "x".repeat(at.saturating_sub(1));
                    value.extend((at > 0).then_some(before));
                    value.push(found);
                    value.push_str(&valid[at + 1..]);
                    let position = |result: Result<Event<'_>, InvalidEvent>| match result {
                        Err(InvalidEvent::Forbidden { found, position, .. }) => Some((found, position)),
                        _ => None,
                    };
                    assert_eq!(position(Event::new("").with_id(&value)), Some((found, at)), "{len}");
                    assert_eq!(position(Event::new("").with_type(&value)), in_type.then_some((found, at)), "{len}");
                }
            }
        }
    }
}

#[test]
fn field_names_and_display() {
    for (field, name, displayed) in [
        (Field::Comment, "", "comment"),
        (Field::Data, "data", "data"),
        (Field::Event, "event", "event"),
        (Field::Id, "id", "id"),
        (Field::Retry, "retry", "retry"),
        (Field::Other, "", "unknown field"),
    ] {
        assert_eq!((field.name(), field.to_string().as_str()), (name, displayed));
    }
}

/// Events are equal if a receiver cannot tell them apart. Borrowed and owned events compare alike, and equal events have equal
/// hashes.
#[test]
fn equality_and_hashes() {
    let event = Event::new("a");
    let same = [event, event.with_type("message").unwrap(), event.with_type("").unwrap()];
    let others = [
        event.with_type("t").unwrap(),
        event.with_id("").unwrap(),
        event.with_retry(Duration::from_millis(0)),
        Event::new("b"),
        Event::new(""),
        Event::without_data(),
    ];
    for (other, equal) in same.map(|event| (event, true)).into_iter().chain(others.map(|event| (event, false))) {
        assert_eq!(event == other, equal, "{other:?}");
        assert_eq!(hash(&event) == hash(&other), equal, "{other:?}");
        #[cfg(feature = "alloc")]
        {
            let (owned, owned_other) = (event.to_event_buf(), other.to_event_buf());
            assert_eq!(owned == owned_other, equal, "{other:?}");
            assert_eq!((owned == other, event == owned_other), (equal, equal), "{other:?}");
            assert_eq!(hash(&owned_other), hash(&other), "owned and borrowed events have equal hashes");
        }
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn debug_output() {
    let event = Event::new("a\n").with_id("1").unwrap().with_retry(Duration::from_millis(2));
    let expected =
        r#"Event { event_type: "message", data: Some("a\n"), id: Some("1"), last_event_id: "1", retry: Some(2ms) }"#;
    assert_eq!(format!("{event:?}"), expected);
    #[cfg(feature = "alloc")]
    assert_eq!(format!("{:?}", event.to_event_buf()), expected);
}

/// For borrowed and owned events.
#[test]
fn getters_return_what_was_set() {
    for (event, _) in events() {
        let parts = (event.event_type(), event.data(), event.id(), event.retry());
        let set = Event::new(event.data()).with_type(event.event_type()).unwrap();
        let set = event.id().into_iter().fold(set, |set, id| set.with_id(id).unwrap());
        let set = event.retry().into_iter().fold(set, Event::with_retry);
        assert_eq!((set.event_type(), set.data(), set.id(), set.retry()), parts);
        assert_eq!(event.has_data(), event == set);
        #[cfg(feature = "alloc")]
        {
            let owned = event.to_event_buf();
            assert_eq!((owned.event_type(), owned.data(), owned.id(), owned.retry()), parts);
            assert_eq!(owned.into_data(), event.data());
        }
    }
    let event = Event::new("d").with_type("t").unwrap().with_id("i").unwrap().with_retry(Duration::from_millis(7));
    assert_eq!(
        (event.event_type(), event.data(), event.id(), event.retry()),
        ("t", "d", Some("i"), Some(Duration::from_millis(7)))
    );
    assert_eq!(Comment::new("c").text(), "c");
}
