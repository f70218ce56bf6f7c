//! What a blocking client asks for when it connects.

use core::time::Duration;

use crate::client::EventSource;

/// What a request needs: passed to the connecting function of an [`EventClient`](super::io::EventClient).
#[derive(Clone, Copy, Debug)]
pub struct ConnectRequest<'a> {
    pub(super) source: &'a EventSource,
    pub(super) timeout: Option<Duration>,
}

impl<'a> ConnectRequest<'a> {
    /// Returns the headers that the request must have, as [`EventSource::request_headers`]. Names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'a [u8])> + Clone + use<'a> {
        self.source.request_headers()
    }

    /// The last event ID, empty if there is none. [`headers`](Self::headers) includes it if it can be sent.
    #[must_use]
    pub fn last_event_id(&self) -> &'a str {
        self.source.last_event_id()
    }

    /// How long to wait for the response, and for each read of the body:
    /// [`Policy::idle_timeout`](crate::client::Policy::idle_timeout). `None` if there is no limit.
    ///
    /// Set it on the socket, for instance with [`TcpStream::set_read_timeout`](std::net::TcpStream::set_read_timeout), as the
    /// client cannot interrupt a read. A timeout of the whole body would end healthy streams. A connecting function that reads the
    /// head of the response itself bounds the sum of these reads, too.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The number of the attempt: 0 for the first connection, then counted from 1 since the last healthy connection, as in
    /// [`Update::Waiting`](super::io::Update::Waiting). A forced reconnection does not count.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.source.reconnect().attempts()
    }
}
