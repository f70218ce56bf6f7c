//! Encoding then decoding yields an equal event, for all strings and through every sink. Strings never become another event.
#![cfg(feature = "alloc")]

mod support;

use std::fmt::Write as _;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sse_proto::{Comment, DataWriter, Decoder, Event, EventBuf, Field, Token, Tokenizer};
use support::lossless;

/// The data that a receiver sees.
fn received(data: &str) -> String {
    data.replace("\r\n", "\n").replace('\r', "\n")
}

fn decode(bytes: &[u8]) -> Vec<EventBuf> {
    let (mut decoder, mut input, mut events) = (Decoder::new(), bytes, Vec::new());
    while let Some(event) = decoder.next_event(&mut input).unwrap() {
        events.push(event.to_event_buf());
    }
    assert!(!decoder.end_of_stream().is_incomplete(), "no incomplete event is left");
    events
}

/// Strings that are likely to show bugs: any text, mixed with the tokens of the grammar.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        any::<char>().prop_map(String::from),
        any::<String>(),
        prop::sample::select(vec![
            "\n", "\r", "\r\n", "\n\n", "data: ", "id: 1", ":", " ", "\0", "\u{FEFF}", "retry: 1"
        ])
        .prop_map(String::from),
    ];
    vec(word, 0..8).prop_map(|words| words.concat())
}

proptest! {
    /// Any strings in any field are rejected, or give exactly one event with exactly these values.
    #[test]
    fn one_event_or_an_error(
        data in text(),
        event_type in option::of(text()),
        id in option::of(text()),
        retry: Option<u64>,
    ) {
        let mut event = Event::new(&data);
        if let Some(retry) = retry {
            event = event.with_retry(Duration::from_millis(retry));
        }
        if let Some(event_type) = &event_type {
            match event.with_type(event_type) {
                Ok(with_type) => event = with_type,
                Err(_) => prop_assert!(event_type.contains(['\r', '\n'])),
            }
        }
        if let Some(id) = &id {
            match event.with_id(id) {
                Ok(with_id) => event = with_id,
                Err(_) => prop_assert!(id.contains(['\r', '\n', '\0'])),
            }
        }
        let mut wire = Vec::new();
        event.encode_into(&mut wire);
        let received = received(&data);
        let mut expected = Event::new(&received).with_type(event.event_type()).unwrap();
        if let Some(id) = event.id() {
            expected = expected.with_id(id).unwrap();
        }
        if let Some(retry) = retry {
            expected = expected.with_retry(Duration::from_millis(retry));
        }
        prop_assert_eq!(decode(&wire), [expected.to_event_buf()]);

        // Every sink receives the same bytes.
        prop_assert_eq!(event.encoded_len(), wire.len());
        prop_assert_eq!(event.to_string().into_bytes(), wire.clone());
        prop_assert_eq!(event.to_event_buf().as_event().to_string().into_bytes(), wire.clone());
        for size in [1, 2, 7, 64] {
            let (mut encoder, mut bytes, mut buffer) = (event.encode(), Vec::new(), [0; 64]);
            while encoder.remaining() > 0 {
                let n = encoder.copy_to(&mut buffer[..size]);
                bytes.extend_from_slice(&buffer[..n]);
            }
            prop_assert_eq!(&bytes, &wire);
        }
        #[cfg(feature = "std")]
        {
            let mut writer = sse_proto::adapters::io::EventWriter::new(Vec::new());
            writer.write_event(event).unwrap();
            prop_assert_eq!(&writer.into_inner(), &wire);
        }
    }

    /// Writing data in pieces is equivalent to writing the joined pieces, also when a CRLF is split.
    #[test]
    fn data_in_pieces(pieces in vec(text(), 0..6), head in text()) {
        let head_event = Event::new(&head).with_type("t").unwrap().with_id("1").unwrap().with_retry(Duration::from_millis(5));
        let mut writer = DataWriter::new(String::new(), head_event).unwrap();
        for piece in &pieces {
            writer.write_str(piece).unwrap();
        }
        let wire = writer.finish().unwrap();
        let whole = head.clone() + &pieces.concat();
        let whole = Event::new(&whole).with_type("t").unwrap().with_id("1").unwrap().with_retry(Duration::from_millis(5));
        prop_assert_eq!(wire, whole.to_string());
    }

    /// A decoder ignores a comment; a tokenizer returns its lines.
    #[test]
    fn comments(text in text()) {
        let comment = Comment::new(&text);
        let wire = comment.to_string();
        prop_assert!(decode(wire.as_bytes()).is_empty());
        let (mut tokenizer, mut input, mut lines) = (Tokenizer::new(), wire.as_bytes(), Vec::new());
        while let Some(token) = tokenizer.next_token(&mut input) {
            let Token::Value { field: Field::Comment, bytes, ends_line: true } = token else { panic!("{token:?}") };
            lines.push(std::str::from_utf8(bytes).unwrap());
        }
        prop_assert_eq!(lines.join("\n"), received(&text));
        prop_assert_eq!(comment.encoded_len(), wire.len());
    }

    /// The tokens of a stream rebuild it, except for the kind of line ends, the byte order mark, the optional space, and the
    /// colon of a field without a value.
    #[test]
    fn tokens_rebuild_the_stream(stream in vec(prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        prop::sample::select(vec!["data", "event:", "id: ", "retry", ":", "\n", "\r", "\r\n", "da", "x"])
            .prop_map(|word| word.as_bytes().to_vec()),
    ], 0..60), chunk in 1..20_usize) {
        lossless::check(&stream.concat().chunks(chunk).collect::<Vec<_>>());
    }
}
