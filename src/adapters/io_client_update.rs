//! What a blocking client returns besides events.

use core::error;
use core::fmt;
use core::time::Duration;
use std::io;

use crate::client::Cause;
use crate::{DecodeError, ItemBuf};

/// Something that happened to an [`EventClient`](super::io::EventClient): returned by
/// [`EventClient::next_update`](super::io::EventClient::next_update).
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub enum Update {
    /// The server answered with an event stream.
    Connected,
    /// The stream carried an event, a block without data, a comment or an ignored line.
    Item(ItemBuf),
    /// The connection is lost and dropped. The next call sleeps, then connects again. A connection that
    /// [`reconnect_now`](super::io::ClientHandle::reconnect_now) drops is not lost.
    ///
    /// A line for logs is `Step::Wait { time, cause, attempt }.to_string()`, see [`Step`](crate::client::Step).
    #[non_exhaustive]
    Waiting {
        /// How long the client is going to wait. Zero if the policy and the server ask for no delay, or if another thread has ended
        /// it already.
        time: Duration,
        /// Why the connection was lost.
        cause: Cause,
        /// The number of the attempt that follows, counted from 1 since the last healthy connection.
        attempt: u32,
        /// The error of the connecting function or of the reader, if there was one.
        error: Option<io::Error>,
    },
}

/// An error of an [`EventClient`](super::io::EventClient).
///
/// Its message includes that of the error that it contains, so [`source`](error::Error::source) is what caused that one, if
/// anything did.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// An event exceeded a limit and is skipped. The next event follows.
    Decode(DecodeError),
    /// The client has stopped because something went wrong. `None` follows.
    #[non_exhaustive]
    Closed {
        /// Why it stopped. [`Cause::is_error`] is `true`.
        cause: Cause,
        /// The error of the connecting function or of the reader, if there was one.
        source: Option<io::Error>,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Closed { cause, source: None } => write!(f, "event stream closed: {cause}"),
            Self::Closed { cause, source: Some(source) } => write!(f, "event stream closed: {cause}: {source}"),
        }
    }
}

impl error::Error for ClientError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Closed { source, .. } => source.as_ref().and_then(error::Error::source),
        }
    }
}
