//! Names and values of the HTTP headers around an event stream.
//!
//! | | request | response |
//! |---|---|---|
//! | `Content-Type` | | [`MIME_TYPE`] |
//! | `Accept` | [`MIME_TYPE`] | |
//! | `Cache-Control` | [`NO_CACHE`] | [`NO_CACHE`] |
//! | [`LAST_EVENT_ID`] | [`last_event_id_value`] | |
//! | [`X_ACCEL_BUFFERING`] | | `no` |
//! | `Retry-After` | | [`retry_after`] |
//!
//! [`RESPONSE_HEADERS`] are those of the response but the last. Do not set `Connection`: HTTP/2 forbids it and HTTP/1.1 does not
//! need it.

use core::time::Duration;

/// The MIME type of event streams: `text/event-stream`.
pub const MIME_TYPE: &str = "text/event-stream";

/// The value of `Cache-Control` in requests and responses, so that no cache stores the stream: `no-cache`.
pub const NO_CACHE: &str = "no-cache";

/// The name of the [request header](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header) with
/// which a client resumes a stream, in lower case as HTTP/2 requires: `last-event-id`. Its value is UTF-8: a server decodes its
/// bytes, as many HTTP libraries give a string only if it is ASCII.
pub const LAST_EVENT_ID: &str = "last-event-id";

/// The name of the response header that disables response buffering in nginx and similar proxies if its value is `no`:
/// `x-accel-buffering`.
pub const X_ACCEL_BUFFERING: &str = "x-accel-buffering";

/// The headers of a response whose body is an event stream, as names in lower case and values: `Content-Type`, `Cache-Control` and
/// `X-Accel-Buffering`.
///
/// ```
/// use sse_proto::headers::RESPONSE_HEADERS;
///
/// let head: String = RESPONSE_HEADERS.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
/// assert_eq!(head, "content-type: text/event-stream\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n");
/// ```
pub const RESPONSE_HEADERS: &[(&str, &str)] =
    &[("content-type", MIME_TYPE), ("cache-control", NO_CACHE), (X_ACCEL_BUFFERING, "no")];

/// Returns `true` if a response with these values of `Content-Type` is an event stream.
///
/// It takes all values of the header, because a response may repeat it: `Some(value)`, `[value]`, or, with the `http` crate,
/// `headers.get_all("content-type")`. A value may itself be a list. As in browsers, the last valid MIME type counts: invalid
/// ones and `*/*` are skipped. Its essence is compared case-insensitively and its parameters are ignored. Without any value the
/// result is `false`. Linear in the length of the values; does not allocate.
///
/// ```
/// use sse_proto::headers::is_event_stream;
///
/// assert!(is_event_stream(["text/event-stream"]));
/// assert!(is_event_stream(["Text/Event-Stream; charset=utf-8"]));
/// assert!(is_event_stream(["application/json", "text/event-stream"]));
/// assert!(is_event_stream(["text/event-stream, text/event-stream"]));
/// assert!(!is_event_stream(["text/event-stream, application/json"]));
/// assert!(!is_event_stream(["text/event-streams"]));
/// assert!(!is_event_stream(None::<&str>));
/// ```
#[must_use]
pub fn is_event_stream<I>(content_types: I) -> bool
where
    I: IntoIterator,
    I::Item: AsRef<[u8]>,
{
    let mut extraction = Extraction::default();
    for (index, value) in content_types.into_iter().enumerate() {
        // Fetch, 2.2.2, "get": "separated from each other by 0x2C 0x20, in order".
        if index > 0 {
            extraction.push(b',');
            extraction.push(b' ');
        }
        for &byte in value.as_ref() {
            extraction.push(byte);
        }
    }
    // "If position is past the end of input, then return values."
    extraction.end_value();
    // HTML, 9.2.2: "[…] if res's `Content-Type` is not `text/event-stream`, then fail the connection."
    extraction.is_event_stream
}

/// Returns the value of the `Last-Event-ID` header for this last event ID, or `None` if the header must be omitted.
///
/// The header is omitted if the ID is empty
/// ([HTML, 9.2.3](https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model): "If the `EventSource`
/// object's last event ID string is not the empty string"), or if it is not a valid HTTP header value (RFC 9110, 5.5: no control
/// character except TAB). A server takes a client without the header for a new one, and reports no gap. So check an ID that was
/// stored before the first request;
/// [`EventSource::omits_last_event_id`](crate::client::EventSource::omits_last_event_id) does it for a client.
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

/// Returns how long a response asks to wait before the next request: the value of its `Retry-After` header in seconds (RFC 9110,
/// 10.2.3). Returns `None` if the value is invalid, or if it is a date, which takes a calendar and a clock. A number that exceeds
/// 64 bits is the greatest duration of whole seconds.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::headers::retry_after;
///
/// assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
/// assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"), None);
/// ```
///
/// With `None` the client uses its own delay. The asynchronous `EventClient` understands dates: it compares them with the `Date` of
/// the response. With the crate `httpdate`, a program compares them with its clock:
///
/// ```
/// # #[cfg(feature = "client")] {
/// use std::time::{Duration, SystemTime};
/// use sse_proto::headers;
///
/// fn retry_after(value: &str) -> Option<Duration> {
///     let until = || Some(httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).unwrap_or_default());
///     headers::retry_after(value).or_else(until)
/// }
///
/// assert_eq!(retry_after("120"), Some(Duration::from_secs(120)));
/// assert_eq!(retry_after("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
/// # }
/// ```
#[must_use]
pub fn retry_after(value: impl AsRef<[u8]>) -> Option<Duration> {
    let digits = value.as_ref().trim_ascii();
    // "delay-seconds = 1*DIGIT"
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let seconds =
        digits.iter().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    Some(Duration::from_secs(seconds))
}

/// Fetch, 2.2.2: "extract a MIME type", byte by byte, over the combined values of the header.
#[derive(Default)]
struct Extraction {
    quotes: Quotes,
    part: MimePart,
    /// The first bytes of the essence of the current MIME type.
    essence: [u8; MIME_TYPE.len()],
    /// The length of the essence, which may exceed what is stored.
    essence_len: usize,
    /// Whether the last valid MIME type is that of event streams.
    is_event_stream: bool,
}

/// Whether a comma separates values here.
#[derive(Clone, Copy, Default)]
enum Quotes {
    #[default]
    Outside,
    Inside,
    AfterBackslash,
}

/// A part of a MIME type: what the last byte belongs to.
#[derive(Clone, Copy, Default)]
enum MimePart {
    #[default]
    LeadingWhitespace,
    Type,
    Slash,
    Subtype,
    TrailingWhitespace,
    Parameters,
    /// "then return failure"
    Failure,
}

impl Extraction {
    fn push(&mut self, byte: u8) {
        self.quotes = match (self.quotes, byte) {
            // "the result of collecting a sequence of code points that are not U+0022 (") or U+002C (,)"
            (Quotes::Outside, b',') => return self.end_value(),
            // "Append the result of collecting an HTTP quoted string from input"
            (Quotes::Outside, b'"') | (Quotes::AfterBackslash, _) => Quotes::Inside,
            (Quotes::Inside, b'\\') => Quotes::AfterBackslash,
            (Quotes::Inside, b'"') => Quotes::Outside,
            (quotes, _) => quotes,
        };
        self.part = match (self.part, byte) {
            // "Remove any leading and trailing HTTP whitespace from input."
            (MimePart::LeadingWhitespace, _) if is_http_whitespace(byte) => MimePart::LeadingWhitespace,
            // "If type is the empty string or does not solely contain HTTP token code points, then return failure."
            (MimePart::LeadingWhitespace | MimePart::Type, _) if is_http_token(byte) => MimePart::Type,
            (MimePart::Type, b'/') => MimePart::Slash,
            // "If subtype is the empty string or does not solely contain HTTP token code points, then return failure."
            (MimePart::Slash | MimePart::Subtype, _) if is_http_token(byte) => MimePart::Subtype,
            // "Remove any trailing HTTP whitespace from subtype."
            (MimePart::Subtype | MimePart::TrailingWhitespace, _) if is_http_whitespace(byte) => {
                MimePart::TrailingWhitespace
            }
            // No parameter makes a MIME type invalid.
            (MimePart::Subtype | MimePart::TrailingWhitespace, b';') | (MimePart::Parameters, _) => {
                MimePart::Parameters
            }
            _ => MimePart::Failure,
        };
        if let MimePart::Type | MimePart::Slash | MimePart::Subtype = self.part {
            if let Some(place) = self.essence.get_mut(self.essence_len) {
                *place = byte;
            }
            self.essence_len += 1;
        }
    }

    fn end_value(&mut self) {
        let is_valid = matches!(self.part, MimePart::Subtype | MimePart::TrailingWhitespace | MimePart::Parameters);
        let essence = self.essence.get(..self.essence_len).unwrap_or_default();
        // "If temporaryMimeType is failure or its essence is "*/*", then continue."
        if is_valid && essence != b"*/*" {
            // "Set mimeType to temporaryMimeType."
            self.is_event_stream = essence.eq_ignore_ascii_case(MIME_TYPE.as_bytes());
        }
        // "Set temporaryValue to the empty string."
        (self.part, self.essence_len) = (MimePart::default(), 0);
    }
}

/// "HTTP whitespace is U+000A LF, U+000D CR, or an HTTP tab or space."
const fn is_http_whitespace(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' ')
}

/// MIME Sniffing, 3: "An HTTP token code point".
const fn is_http_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}
