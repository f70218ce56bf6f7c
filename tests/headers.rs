//! Values of HTTP headers.

use std::time::Duration;

use sse_proto::headers::{is_event_stream, last_event_id_value, retry_after};

/// The last valid MIME type of all values of the header decides.
#[test]
fn content_types_of_event_streams() {
    let cases: &[(&[&str], bool)] = &[
        (&["text/event-stream"], true),
        (&["TEXT/EVENT-STREAM"], true),
        (&["text/event-stream;charset=utf-8"], true),
        (&["text/event-stream ; charset=UTF-8; x=y"], true),
        (&[" text/event-stream\t"], true),
        (&["\r\n text/event-stream \r\n"], true),
        (&["text/event-stream;"], true),
        (&["text/event-stream;;;=\"\0é"], true),
        (&["text/event-streams"], false),
        (&["text/event-strea"], false),
        (&["text/event"], false),
        (&["text/"], false),
        (&["text"], false),
        (&["/event-stream"], false),
        (&["text/ event-stream"], false),
        (&["text /event-stream"], false),
        (&["text/event-stream x"], false),
        (&["text/event-stream/x"], false),
        (&["text//event-stream"], false),
        (&["text/event-stream\""], false),
        (&["\"text/event-stream\""], false),
        (&["application/json"], false),
        (&[";text/event-stream"], false),
        (&[""], false),
        (&[","], false),
        (&[], false),
        (&["", ""], false),
        // Lists.
        (&["text/event-stream, text/event-stream"], true),
        (&["text/event-stream,text/html"], false),
        (&["text/html,text/event-stream"], true),
        (&["text/html;a=b,text/event-stream;c=d,"], true),
        // Several values.
        (&["application/json", "text/event-stream"], true),
        (&["text/event-stream", "application/json"], false),
        (&["text/event-", "stream"], false),
        (&["", "text/event-stream", ""], true),
        // Invalid types and `*/*` are skipped.
        (&["garbage, text/event-stream"], true),
        (&["text/event-stream, garbage"], true),
        (&["text/event-stream, text/", "/", "a b/c", "é/x"], true),
        (&["text/event-stream, */*"], true),
        (&["text/event-stream, */*;q=1"], true),
        (&["text/event-stream, */*a"], false),
        (&["text/event-stream, */a"], false),
        (&["*/*"], false),
        // A comma in a quoted string separates nothing, even if the string begins in another value of the header.
        (&["text/html; x=\"a, text/event-stream\""], false),
        (&["text/html; x=\"a, text/event-stream"], false),
        (&["text/html; x=\"a", "text/event-stream"], false),
        (&["text/html; x=\"a", "\", text/event-stream"], true),
        (&["text/html; x=\"a\\\", text/event-stream"], false),
        (&["text/html; x=\"a\\\\\", text/event-stream"], true),
        (&["text/html; x=\\\"a, text/event-stream"], false),
        (&["text/html; x=\"\"\"\", text/event-stream"], true),
        (&["text/event-stream; x=\", text/html\""], true),
        (&["garbage\", text/html\", text/event-stream"], true),
    ];
    for (content_types, expected) in cases {
        assert_eq!(is_event_stream(*content_types), *expected, "{content_types:?}");
        // As one value.
        assert_eq!(is_event_stream([content_types.join(", ")]), *expected, "{content_types:?}");
    }
    // Each token code point is valid in a type, and no other byte is.
    for byte in 0..=u8::MAX {
        let is_token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        for mime_type in [[byte, b'/', b'x'], [b'x', b'/', byte]] {
            let with = [&b"text/event-stream,"[..], &mime_type].concat();
            assert_eq!(is_event_stream([with]), !is_token, "{byte:#x}");
        }
    }
    // The types that the header has in the `http` crate and elsewhere.
    assert!(is_event_stream(Some("text/event-stream")));
    assert!(is_event_stream(&[Vec::from("text/event-stream")]));
    assert!(is_event_stream([b"text/event-stream"]));
}

#[test]
fn last_event_ids_that_are_valid_header_values() {
    for (id, legal) in [
        ("1", true),
        ("a b\tc", true),
        ("é 語 🦀", true),
        ("~", true),
        (" ", true),
        ("", false),
        ("a\u{1}", false),
        ("\u{1F}", false),
        ("\u{7F}", false),
        ("a\nb", false),
        ("a\r", false),
        ("\0", false),
    ] {
        assert_eq!(last_event_id_value(id), legal.then_some(id), "{id:?}");
    }
}

#[test]
fn retry_after_is_a_number_of_seconds() {
    for (value, seconds) in [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7\t", Some(7)),
        ("007", Some(7)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", Some(u64::MAX)),
        ("99999999999999999999999999999999", Some(u64::MAX)),
        ("", None),
        (" ", None),
        ("+1", None),
        ("-1", None),
        ("1.5", None),
        ("1 2", None),
        ("1s", None),
        ("\u{661}", None),
        ("Fri, 31 Dec 1999 23:59:59 GMT", None),
    ] {
        assert_eq!(retry_after(value), seconds.map(Duration::from_secs), "{value:?}");
    }
}
