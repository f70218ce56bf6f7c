//! The response to a request for an event stream, and what follows from it.

use core::time::Duration;

use crate::client::cause::Cause;
use crate::client::policy::Policy;
use crate::headers;

/// What a client must know of a response: its status, whether its type is that of an event stream, and `Retry-After`.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::client::Response;
/// use sse_proto::headers;
///
/// let response = Response::new(200).with_content_types(["text/event-stream; charset=utf-8"]);
/// assert!(response.is_event_stream);
/// let response = Response::new(503).with_retry_after(headers::retry_after("120"));
/// assert_eq!(response.retry_after, Some(Duration::from_secs(120)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub struct Response {
    /// The status of the last response, after all redirects.
    pub status: u16,
    /// Whether the type of the response is `text/event-stream`.
    pub is_event_stream: bool,
    /// How long the server asks to wait before the next request.
    pub retry_after: Option<Duration>,
}

impl Response {
    /// Returns a response with this status and without headers.
    pub const fn new(status: u16) -> Self {
        Self { status, is_event_stream: false, retry_after: None }
    }

    /// Sets the type from all values of the `Content-Type` header, as [`headers::is_event_stream`] takes them: `[value]`,
    /// `Some(value)`, or, with the `http` crate, `headers.get_all("content-type")`.
    pub fn with_content_types<I>(self, content_types: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        Self { is_event_stream: headers::is_event_stream(content_types), ..self }
    }

    /// Sets how long the server asks to wait: the value of `Retry-After`, see [`headers::retry_after`].
    pub const fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        Self { retry_after, ..self }
    }
}

/// What follows from a response: returned by [`EventSource::handle_response`](crate::client::EventSource::handle_response) and
/// [`Reconnect::handle_response`](crate::client::Reconnect::handle_response).
///
/// A verdict other than `Open` takes effect with the next step. Until then the driver may read the body, for its error message,
/// and override the verdict: `accept` reads the response as an event stream, `retry` tries again later, `reconnect_now` at once
/// (with fresh credentials after a 401, for example), `close` stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a driver may override each: a response is accepted, or tried again, or it ends the client"
)]
#[must_use]
pub enum Verdict {
    /// The response is an event stream. Its body is received from here on.
    Open,
    /// The response is not an event stream, for a cause that may be temporary. The next step is to wait.
    Retry(Cause),
    /// The response is not an event stream, and the client stops with the next step.
    Close(Cause),
}

impl Verdict {
    /// Judges a response.
    pub(crate) const fn new(response: Response, policy: &Policy) -> Self {
        match response.status {
            200 if response.is_event_stream => Self::Open,
            // "if … res's `Content-Type` is not `text/event-stream`, then fail the connection"
            200 => Self::Close(Cause::NotEventStream),
            // "Clients will reconnect if the connection is closed; a client can be told to stop reconnecting using the HTTP 204
            // No Content response code."
            204 => Self::Close(Cause::NoContent),
            status if policy.retry_statuses && is_temporary(status) => Self::Retry(Cause::Status(status)),
            // "if res's status is not 200 … then fail the connection"
            status => Self::Close(Cause::Status(status)),
        }
    }
}

/// RFC 9110, 15.5.9 (Request Timeout) and 15.6 (Server Error); RFC 8470, 5.2 (Too Early); RFC 6585, 4 (Too Many Requests).
const fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}
