//! What a client returns besides events.

use core::time::Duration;

use super::error::TransportError;
use crate::client::Cause;
use crate::{EventBytes, ItemBuf};

/// Something that happened to an [`EventClient`](super::EventClient): returned by
/// [`EventClient::next_update`](super::EventClient::next_update).
///
/// `C` is the error of the connecting function, `B` that of the body.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[must_use]
pub enum Update<C, B> {
    /// The server answered with an event stream. [`EventClient::response`](super::EventClient::response) has its headers.
    Connected,
    /// The server answered with something else. The verdict takes effect with the next call; until then the application may read
    /// the response and override it, see [`EventClient::retry`](super::EventClient::retry) and
    /// [`EventClient::accept`](super::EventClient::accept).
    #[non_exhaustive]
    Refused {
        /// What is wrong with the response, or [`Cause::NoContent`].
        cause: Cause,
        /// Whether the client is going to try again. If not, it stops.
        will_retry: bool,
    },
    /// The stream carried an event, a block without data, a comment or an ignored line.
    Item(ItemBuf<EventBytes>),
    /// The connection is lost and dropped. The delay begins with the next call. A connection that
    /// [`reconnect_now`](super::ClientHandle::reconnect_now) drops is not lost.
    #[non_exhaustive]
    Waiting {
        /// How long the client is going to wait. Zero if the policy and the server ask for no delay, or if another task has ended
        /// it already.
        time: Duration,
        /// Why the connection was lost.
        cause: Cause,
        /// The number of the attempt that follows, counted from 1 since the last healthy connection.
        attempt: u32,
        /// The error of the connecting function or of the body, if there was one.
        error: Option<TransportError<C, B>>,
    },
}
