//! Why a connection ended.

use core::fmt;

/// Why a client waits or has stopped.
///
/// [`is_error`](Self::is_error) tells what is routine from what went wrong. `Display` has one text for each:
///
/// ```
/// use sse_proto::client::Cause;
///
/// for (cause, text) in [
///     (Cause::Ended, "stream ended"),
///     (Cause::EndedEarly, "stream ended before an event arrived"),
///     (Cause::Failed, "connection failed"),
///     (Cause::TimedOut, "connection timed out"),
///     (Cause::Status(503), "response with status 503"),
///     (Cause::NotEventStream, "response is not an event stream"),
///     (Cause::NoContent, "response with status 204: the server asks to stop"),
///     (Cause::Closed, "closed by the application"),
/// ] {
///     assert_eq!(cause.to_string(), text);
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The stream ended after it had delivered an event, or had been open for
    /// [`Policy::healthy_after`](crate::client::Policy::healthy_after). Many servers end streams regularly.
    Ended,
    /// The stream ended before it had delivered an event, and had been open for a shorter time than that.
    EndedEarly,
    /// The connection could not be made, or it failed.
    Failed,
    /// Nothing arrived for as long as [`Policy::idle_timeout`](crate::client::Policy::idle_timeout).
    TimedOut,
    /// The response has this status, which is neither 200 nor 204.
    Status(u16),
    /// The response has the status 200 but its type is not `text/event-stream`.
    NotEventStream,
    /// The response has the status 204, by which a server asks a client to stop.
    NoContent,
    /// The application closed the client.
    Closed,
}

impl Cause {
    /// Returns `true` if something went wrong; `false` if a healthy stream ended, the server asked the client to stop, or the
    /// application closed it.
    #[must_use]
    pub const fn is_error(self) -> bool {
        !matches!(self, Self::Ended | Self::NoContent | Self::Closed)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "stream ended",
            Self::EndedEarly => "stream ended before an event arrived",
            Self::Failed => "connection failed",
            Self::TimedOut => "connection timed out",
            Self::Status(status) => return write!(f, "response with status {status}"),
            Self::NotEventStream => "response is not an event stream",
            Self::NoContent => "response with status 204: the server asks to stop",
            Self::Closed => "closed by the application",
        })
    }
}
