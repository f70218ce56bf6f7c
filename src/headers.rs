//! Names and values of the HTTP headers around an event stream.
//!
//! | | request | response |
//! |---|---|---|
//! | `Content-Type` | | [`MIME_TYPE`] |
//! | `Accept` | [`MIME_TYPE`] | |
//! | `Cache-Control` | [`NO_CACHE`] | [`NO_CACHE`] |
//! | [`LAST_EVENT_ID`] | [`last_event_id_value`] | |
//! | [`X_ACCEL_BUFFERING`] | | `no` |
//!
//! Do not set `Connection`: HTTP/2 forbids it and HTTP/1.1 does not need it.

/// The MIME type of event streams: `text/event-stream`.
pub const MIME_TYPE: &str = "text/event-stream";

/// The value of `Cache-Control` in requests and responses, so that no cache stores the stream: `no-cache`.
pub const NO_CACHE: &str = "no-cache";

/// The name of the request header with which a client resumes a stream, in lower case as HTTP/2 requires:
/// `last-event-id`.
pub const LAST_EVENT_ID: &str = "last-event-id";

/// The name of the response header that disables response buffering in nginx and similar proxies if its value is `no`:
/// `x-accel-buffering`.
pub const X_ACCEL_BUFFERING: &str = "x-accel-buffering";

/// Returns `true` if a response with this `Content-Type` is an event stream.
///
/// The essence of the MIME type is compared case-insensitively and its parameters are ignored (HTML, 9.2.2: "`Content-Type` …
/// is not `text/event-stream`, then fail").
///
/// ```
/// use sse_proto::headers::is_event_stream;
///
/// assert!(is_event_stream("text/event-stream"));
/// assert!(is_event_stream("Text/Event-Stream; charset=utf-8"));
/// assert!(!is_event_stream("text/event-streams"));
/// assert!(!is_event_stream("application/json"));
/// ```
#[must_use]
pub fn is_event_stream(content_type: &str) -> bool {
    let essence = content_type.split_once(';').map_or(content_type, |(essence, _)| essence);
    // HTTP whitespace (Fetch, 2.2): TAB, LF, CR, SPACE.
    essence.trim_matches(['\t', '\n', '\r', ' ']).eq_ignore_ascii_case(MIME_TYPE)
}

/// Returns the value of the `Last-Event-ID` header for this last event ID, or `None` if the header must be omitted.
///
/// The header is omitted if the ID is empty (HTML, 9.2.3: "If the `EventSource` object's last event ID string is not the empty
/// string"), or if it is not a valid HTTP header value (RFC 9110, 5.5: no control character except TAB).
///
/// The value is UTF-8, as the standard requires. Pass its bytes to an HTTP library whose string values must be ASCII. HTTP
/// removes spaces and tabs at both ends of a header value, so servers should not send IDs that begin or end with one.
///
/// ```
/// use sse_proto::headers::last_event_id_value;
///
/// assert_eq!(last_event_id_value("42"), Some("42"));
/// assert_eq!(last_event_id_value(""), None);
/// assert_eq!(last_event_id_value("4\u{1}2"), None);
/// ```
#[must_use]
pub fn last_event_id_value(last_event_id: &str) -> Option<&str> {
    let legal = |byte: u8| byte == b'\t' || (byte >= b' ' && byte != 0x7F);
    (!last_event_id.is_empty() && last_event_id.bytes().all(legal)).then_some(last_event_id)
}
