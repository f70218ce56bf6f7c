//! The behaviours that the web-platform-tests demand of an `EventSource` (github.com/web-platform-tests/wpt, folder `eventsource`):
//! for each of their files, which test here demands the same, or why it does not concern this crate. Files are named without
//! their extensions, which change.

#[path = "support/rust_files.rs"]
mod rust_files;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rust_files::rust_files;
use sse_proto::client::{Cause, EventSource, Policy, Response, Step, Verdict};
use support::client::{Source, event_stream, new_decoder};
use support::drive::{READERS, every_split, without_places};
use support::reference::{Outcome, Seen};

enum Covered {
    /// The test of this name.
    By(&'static str),
    /// Not by this crate, for this reason.
    Not(&'static str),
}
use Covered::{By, Not};

const HTTP_CLIENT: &str = "the HTTP client follows redirects, checks origins and sends credentials";
const BROWSER: &str = "an interface of browsers";
const URL: &str = "the application makes the URL of the request";

/// A file, what it demands, and the test.
const TABLE: &[(&str, &str, Covered)] = &[
    ("event-data", "data of several lines, of none, and comments within an event", By("event_data")),
    ("eventsource-close", "no event and no reconnection after `close`", By("close_stops_in_every_state")),
    ("eventsource-close", "`close` while events arrive", By("bytes_count_only_while_the_stream_is_open")),
    ("eventsource-close", "after two reconnections a 204 closes", By("reconnects_until_it_is_told_to_stop")),
    (
        "eventsource-request-cancellation",
        "a closed source drops its connection",
        By("a_closed_client_returns_nothing_more"),
    ),
    ("eventsource-reconnect", "a stream that ends is connected to again", By("a_200_reconnects")),
    ("eventsource-reconnect", "the delay is the last `retry`", By("the_delay_is_the_reconnection_time")),
    ("eventsource-reconnect", "the second request has `Last-Event-ID`", By("a_request_has_the_last_event_id")),
    ("eventsource-onmessage", "an event without a type is a `message`", By("format_field_event_empty")),
    ("eventsource-onopen", "a response with the right type opens the stream", By("only_an_event_stream_is_opened")),
    ("eventsource-readyState", "connecting, open, closed", By("every_status_has_a_verdict")),
    ("format-bom", "one BOM is stripped, at the start of the stream only", By("format_bom")),
    ("format-bom-2", "a second BOM is content", By("format_bom_2")),
    ("format-comments", "comments of any length are ignored", By("format_comments")),
    (
        "format-data-before-final-empty-line",
        "an event without its blank line is dropped, with its ID",
        By("format_data_before_final_empty_line"),
    ),
    ("format-field-data", "`data` without a value is an empty line; a last event is dropped", By("format_field_data")),
    ("format-field-event", "the type counts for one event", By("format_field_event")),
    ("format-field-event-empty", "an empty type is `message`", By("format_field_event_empty")),
    ("format-field-id", "the ID is sent as UTF-8 with the next request", By("a_request_has_the_last_event_id")),
    ("format-field-id-2", "an ID stays for the events that follow", By("format_field_id_2")),
    ("format-field-id-3", "an ID persists over connections", By("each_connection_is_a_stream_of_its_own")),
    ("format-field-id-3", "an ID changes and persists", By("format_field_id_3_changes")),
    ("format-field-id-3", "an empty ID resets it", By("format_field_id_3_resets")),
    ("format-field-id-null", "an ID with NUL is ignored and not sent", By("format_field_id_null")),
    ("format-field-parsing", "names are exact, one space after the colon is removed", By("format_field_parsing")),
    ("format-field-retry", "the reconnection time is obeyed", By("the_delay_is_the_reconnection_time")),
    ("format-field-retry-bogus", "a reconnection time that is no number is ignored", By("format_field_retry_bogus")),
    ("format-field-retry-empty", "an empty reconnection time is ignored", By("format_field_retry_empty")),
    ("format-field-unknown", "unknown fields are ignored", By("format_field_unknown")),
    ("format-leading-space", "a tab is not removed, one space is", By("format_leading_space")),
    ("format-mime-bogus", "a type that is no MIME type fails the connection", By("only_an_event_stream_is_opened")),
    ("format-mime-trailing-semicolon", "a semicolon after the type is allowed", By("only_an_event_stream_is_opened")),
    ("format-mime-valid-bogus", "another type fails the connection", By("only_an_event_stream_is_opened")),
    ("format-newlines", "CR, LF and CRLF end lines", By("format_newlines")),
    ("format-null-character", "NUL in data is content", By("format_null_character")),
    ("format-utf-8", "streams are UTF-8, whatever the charset parameter says", By("format_utf_8")),
    ("request-accept", "`Accept: text/event-stream`", By("a_request_accepts_event_streams_and_bypasses_caches")),
    ("request-cache-control", "`Cache-Control: no-cache`", By("a_request_accepts_event_streams_and_bypasses_caches")),
    (
        "request-redirect",
        "the last response decides; a redirect that is not followed fails",
        By("a_redirect_that_is_not_followed_stops"),
    ),
    ("request-status-error", "204, 205, 210, 299, 404, 410 and 503 fail the connection", By("request_status_error")),
    (
        "request-status-error",
        "a connection that fails is tried again, not given up",
        By("the_delay_grows_with_each_failure"),
    ),
    ("request-credentials", "credentials of the same and of other origins", Not(HTTP_CLIENT)),
    ("eventsource-cross-origin", "CORS, also with redirects", Not(HTTP_CLIENT)),
    ("eventsource-cross-origin-preflight", "an unsafe `Last-Event-ID` causes a CORS preflight", Not(HTTP_CLIENT)),
    ("eventsource-constructor-document-domain", "the origin of the document", Not(HTTP_CLIENT)),
    ("eventsource-constructor-non-same-origin", "a network error of another origin", Not(HTTP_CLIENT)),
    ("eventsource-constructor-empty-url", "an empty URL is that of the document", Not(URL)),
    ("eventsource-constructor-stringify", "an argument becomes a string", Not(URL)),
    ("eventsource-constructor-url-bogus", "an invalid URL throws", Not(URL)),
    ("eventsource-constructor-url-multi-window", "URLs relative to a window", Not(URL)),
    ("eventsource-url", "the attribute `url`", Not(URL)),
    ("eventsource-bfcache", "pages that are restored", Not(BROWSER)),
    ("eventsource-eventtarget", "`addEventListener`", Not(BROWSER)),
    ("eventsource-from-readable-stream", "a source of a `ReadableStream`", Not(BROWSER)),
    ("eventsource-onmessage-realm", "the realm of an event", Not(BROWSER)),
    ("eventsource-onmessage-trusted", "`isTrusted` of an event", Not(BROWSER)),
    ("eventsource-prototype", "the constants of the prototype", Not(BROWSER)),
    ("interfaces", "the interface as Web IDL", Not(BROWSER)),
    ("dedicated-worker", "the same in workers", Not(BROWSER)),
    ("shared-worker", "the same in workers", Not(BROWSER)),
];

#[test]
fn each_row_names_a_test_that_exists() {
    let mut tests = BTreeSet::new();
    for file in rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")) {
        tests.extend(names(&fs::read_to_string(file).unwrap()).map(str::to_owned));
    }
    for (file, behaviour, covered) in TABLE {
        match covered {
            By(test) => assert!(tests.contains(*test), "{file}: {behaviour}: there is no test {test}"),
            Not(reason) => assert!(!reason.is_empty()),
        }
    }
    // Each test here is in the table, but this one.
    let here: Vec<_> = names(include_str!("web_platform.rs")).collect();
    for test in &here[1..] {
        let is_named = TABLE.iter().any(|row| matches!(row.2, By(name) if name == *test));
        assert!(is_named, "{test} is in no row");
    }
}

/// The tests of a file: functions after `#[test]`, and those in the macros that add it.
fn names(source: &str) -> impl Iterator<Item = &str> {
    let starts = ["#[test]", "clients! {", "stream! {"];
    let mut is_test = false;
    source.lines().map(str::trim).filter_map(move |line| {
        if starts.contains(&line) {
            is_test = true;
        }
        let name = line.strip_prefix("fn ").and_then(|line| line.split(['(', '<', ' ']).next());
        // Not the one in a macro, which has a variable for a name.
        name.filter(|name| std::mem::take(&mut is_test) && !name.starts_with('$'))
    })
}

/// The test of a stream: each event is `type|last event ID|data`.
macro_rules! stream {
    (fn $name:ident() { $stream:expr => [$($event:expr),*] }) => {
        #[test]
        fn $name() {
            assert_events($stream, &[$($event),*]);
        }
    };
}

/// Through every reader at every split.
fn assert_events(stream: &[u8], expected: &[&str]) {
    for reader in READERS {
        every_split(stream, |chunks| {
            assert_eq!(events(&without_places(reader.run(chunks))), expected, "{reader:?} {chunks:x?}");
        });
    }
}

fn events(seen: &Seen) -> Vec<String> {
    let event = |outcome: &Outcome| match outcome {
        Outcome::Event { event_type, data, last_event_id, .. } => [&event_type[..], last_event_id, data].join("|"),
        outcome => panic!("{outcome:?}"),
    };
    seen.outcomes.iter().map(event).collect()
}

stream! {
    fn event_data() {
        b"data: one\ndata:two\n: note\ndata:\n\ndata: end\n\n:\ndata\n\n" => ["message||one\ntwo\n", "message||end", "message||"]
    }
}

stream! {
    fn format_bom() {
        b"\xEF\xBB\xBFdata: a\n\n\xEF\xBB\xBFdata: b\n\ndata: c\n\n" => ["message||a", "message||c"]
    }
}

stream! {
    fn format_bom_2() {
        b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\ndata: b\n\n" => ["message||b"]
    }
}

stream! {
    fn format_comments() {
        b"data: a\r:\0\n:\r\ndata: b\n:  x : y\ndata: c\r:data: d\n\n" => ["message||a\nb\nc"]
    }
}

stream! {
    fn format_field_data() {
        b"data:\n\ndata\ndata\n\ndata: x" => ["message||", "message||\n"]
    }
}

stream! {
    fn format_field_event() {
        b"event: e\ndata: a\n\ndata: b\n\n" => ["e||a", "message||b"]
    }
}

stream! {
    fn format_field_event_empty() {
        b"event: \ndata: a\n\nevent\ndata: b\n\n" => ["message||a", "message||b"]
    }
}

stream! {
    fn format_field_id_2() {
        b"id: 1\ndata: a\n\ndata: b\n\ndata: c\n\n" => ["message|1|a", "message|1|b", "message|1|c"]
    }
}

stream! {
    fn format_field_id_3_changes() {
        b"id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: c\n\n" => ["message|1|a", "message|2|b", "message|2|c"]
    }
}

stream! {
    fn format_field_id_3_resets() {
        b"id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n" => ["message|1|a", "message||b", "message||c"]
    }
}

stream! {
    fn format_field_parsing() {
        b"data:\0\ndata:  b\rData: c\ndata\0: d\n\0data: e\nda-ta: f\rdata_\n data: g\ndata:h\r\n\n" => ["message||\0\n b\nh"]
    }
}

stream! {
    fn format_field_unknown() {
        b"data: a\n data\ndata\nwhat: b\nwords\n: note\n\n" => ["message||a\n"]
    }
}

stream! {
    fn format_leading_space() {
        b"data:\ta\rdata: \ndata:b\n\n" => ["message||\ta\n\nb"]
    }
}

stream! {
    fn format_newlines() {
        b"data: a\r\ndata\ndata: b\r\n\rdata: c\r\r" => ["message||a\n\nb", "message||c"]
    }
}

stream! {
    fn format_null_character() {
        b"data:\0\n\n\n\n" => ["message||\0"]
    }
}

fn connect(source: &mut Source) {
    assert!(matches!(source.step(Duration::ZERO), Step::Connect { .. }));
    assert_eq!(source.handle_response(Duration::ZERO, event_stream()), Verdict::Open);
}

/// A browser that reconnects without delay, so that time plays no part.
fn browser() -> Source {
    let policy = Policy::browser().with_reconnection_time(Duration::ZERO);
    let mut source = EventSource::with_decoder(new_decoder(), policy, 0);
    connect(&mut source);
    source
}

fn receive(source: &mut Source, mut stream: &[u8]) -> Vec<String> {
    let mut data = Vec::new();
    while let Some(event) = source.next_event(Duration::ZERO, &mut stream).unwrap() {
        data.push(event.data().to_owned());
    }
    data
}

fn last_event_id_header(source: &Source) -> Option<&[u8]> {
    source.request_headers().find(|header| header.0 == "last-event-id").map(|header| header.1)
}

#[test]
fn format_data_before_final_empty_line() {
    let mut source = browser();
    assert_eq!(receive(&mut source, b"retry: 0\ndata: a\n\nid: 1\ndata: b"), ["a"]);
    source.handle_end(Duration::ZERO);
    assert!(source.last_stream().is_incomplete());
    assert_eq!(last_event_id_header(&source), None);
    connect(&mut source);
    assert_eq!(receive(&mut source, b"data: c\n\n"), ["c"]);
}

#[test]
fn format_field_id_null() {
    for id in ["\0", "a\0", "\0b", "a\0b"] {
        let mut source = browser();
        assert_eq!(receive(&mut source, [b"id: ", id.as_bytes(), b"\ndata: x\n\n"].concat().as_slice()), ["x"]);
        source.handle_end(Duration::ZERO);
        assert_eq!(last_event_id_header(&source), None, "{id:?}");
    }
}

fn reconnection_time(stream: &[u8]) -> Duration {
    let mut source = browser();
    receive(&mut source, stream);
    source.handle_end(Duration::ZERO);
    match source.step(Duration::ZERO) {
        Step::Wait { time, .. } => time,
        _ => Duration::ZERO,
    }
}

#[test]
fn format_field_retry_bogus() {
    for bogus in ["200x", "x200", "-1", "+1", "1.5", "0x10", " 1", "1 ", "\u{661}"] {
        let stream = ["retry: 70\nretry: ", bogus, "\ndata\n\n"].concat();
        assert_eq!(reconnection_time(stream.as_bytes()), Duration::from_millis(70), "{bogus:?}");
    }
}

#[test]
fn format_field_retry_empty() {
    for empty in ["retry", "retry:", "retry: "] {
        let stream = ["retry: 70\n", empty, "\ndata\n\n"].concat();
        assert_eq!(reconnection_time(stream.as_bytes()), Duration::from_millis(70), "{empty:?}");
    }
}

#[test]
fn format_utf_8() {
    let mut source = EventSource::with_decoder(new_decoder(), Policy::browser(), 0);
    let response = Response::new(200).with_content_types(["text/event-stream;charset=windows-1252"]);
    assert_eq!(source.handle_response(Duration::ZERO, response), Verdict::Open);
    assert_eq!(receive(&mut source, "data: \u{2026}\u{E9}\n\n".as_bytes()), ["\u{2026}\u{E9}"]);
}

#[test]
fn request_status_error() {
    for status in [204, 205, 210, 299, 404, 410, 503] {
        let mut source = EventSource::with_decoder(new_decoder(), Policy::browser(), 0);
        let response = Response::new(status).with_content_types(["text/event-stream"]);
        let cause = if status == 204 { Cause::NoContent } else { Cause::Status(status) };
        assert_eq!(source.handle_response(Duration::ZERO, response), Verdict::Close(cause));
        assert_eq!(receive(&mut source, b"data: x\n\n"), [""; 0]);
        assert_eq!(source.step(Duration::ZERO), Step::Closed(cause));
    }
}

#[test]
fn a_200_reconnects() {
    let mut source = browser();
    for number in 0..5 {
        let data = ["data: ", &number.to_string(), "\n\n"].concat();
        assert_eq!(receive(&mut source, data.as_bytes()), [number.to_string()]);
        source.handle_end(Duration::ZERO);
        connect(&mut source);
    }
}

#[test]
fn reconnects_until_it_is_told_to_stop() {
    let mut source = browser();
    assert_eq!(receive(&mut source, b"data: opened\n\n"), ["opened"]);
    source.handle_end(Duration::ZERO);
    connect(&mut source);
    assert_eq!(receive(&mut source, b"data: again\n\n"), ["again"]);
    source.handle_end(Duration::ZERO);
    assert!(matches!(source.step(Duration::ZERO), Step::Connect { .. }));
    assert_eq!(source.handle_response(Duration::ZERO, Response::new(204)), Verdict::Close(Cause::NoContent));
    assert_eq!(source.step(Duration::MAX), Step::Closed(Cause::NoContent));
}
