//! What other threads tell a blocking client, and how they wake it.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Controls an [`EventClient`](super::io::EventClient) from another thread: returned by
/// [`EventClient::handle`](super::io::EventClient::handle).
///
/// Clones control the same client. A client that sleeps wakes at once. A read and the connecting function cannot be interrupted:
/// there it takes effect when they return, which the idle timeout bounds if it is set on the socket
/// ([`ConnectRequest::timeout`](super::io::ConnectRequest::timeout)). To end a read at once, call [`close`](Self::close), then shut
/// the socket down: keep a [`TcpStream::try_clone`](std::net::TcpStream::try_clone), or a clone of the agent of ureq 3.5, whose
/// `shutdown` does that. In the other order the client may first report the connection as lost.
///
/// Without a second handle to the socket, set a read timeout that is shorter than the idle timeout: the client looks for signals
/// after each read. Set it when the head of the response has arrived, as every error of the connecting function is a lost
/// connection. The error must have the kind [`TimedOut`](std::io::ErrorKind::TimedOut) or
/// [`WouldBlock`](std::io::ErrorKind::WouldBlock), as that of a `TcpStream`; that of `timeout_per_read` of ureq has not.
///
/// ```
/// use sse_proto::adapters::io::EventClient;
/// use sse_proto::client::{Cause, Policy, Response};
///
/// // A server that is down: the client would try again for minutes.
/// let mut client = EventClient::new(Policy::default(), |_| Err::<(Response, &[u8]), _>(std::io::ErrorKind::NotConnected.into()));
/// let handle = client.handle();
/// let thread = std::thread::spawn(move || handle.close());
/// assert!(client.next().is_none());
/// assert_eq!(client.cause(), Some(Cause::Closed));
/// thread.join().unwrap();
/// ```
#[derive(Clone)]
pub struct ClientHandle {
    shared: Arc<Shared>,
}

struct Shared {
    signals: Mutex<Signals>,
    changed: Condvar,
}

/// What was asked for and is not done yet.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signals {
    pub(super) close: bool,
    pub(super) reconnect: bool,
}

impl ClientHandle {
    /// Stops the client. Its iterator returns `None` from then on, and its connection is dropped with the next call.
    pub fn close(&self) {
        self.set(|signals| signals.close = true);
    }

    /// Makes the client connect again at once: it drops its connection, or ends its delay. It counts as no failure.
    ///
    /// Events that were received but not returned yet are dropped. The server sends them again if they have IDs.
    pub fn reconnect_now(&self) {
        self.set(|signals| signals.reconnect = true);
    }

    pub(super) fn new() -> Self {
        let shared = Shared { signals: Mutex::new(Signals::default()), changed: Condvar::new() };
        Self { shared: Arc::new(shared) }
    }

    /// Returns what was asked for since the last call. A client that is to be closed remains so.
    pub(super) fn take(&self) -> Signals {
        let mut signals = self.lock();
        let taken = *signals;
        signals.reconnect = false;
        taken
    }

    /// Sleeps for this time, or until something is asked for. It may wake earlier.
    pub(super) fn sleep(&self, time: Duration) {
        let signals = self.lock();
        if *signals == Signals::default() {
            drop(self.shared.changed.wait_timeout(signals, time));
        }
    }

    fn set(&self, change: impl FnOnce(&mut Signals)) {
        change(&mut self.lock());
        self.shared.changed.notify_all();
    }

    /// A thread that panicked while it held the lock left it as it was, or set a flag.
    fn lock(&self) -> MutexGuard<'_, Signals> {
        self.shared.signals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ClientHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientHandle").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// A client asks for a step after each sleep. It must not do so all the time.
    #[test]
    fn a_delay_is_slept_through() {
        let handle = ClientHandle::new();
        let (time, start) = (Duration::from_millis(50), Instant::now());
        let mut sleeps = 0;
        while start.elapsed() < time {
            handle.sleep(time.saturating_sub(start.elapsed()));
            sleeps += 1;
        }
        assert!(sleeps < 100, "{sleeps}");
    }

    #[test]
    fn what_was_asked_for_before_prevents_the_sleep() {
        let hour = Duration::new(3600, 0);
        let handle = ClientHandle::new();
        handle.reconnect_now();
        handle.sleep(hour);
        assert!(handle.take() == Signals { close: false, reconnect: true });
        assert!(handle.take() == Signals::default(), "a reconnection is done once");
        handle.close();
        handle.sleep(hour);
        for _ in 0..2 {
            assert!(handle.take() == Signals { close: true, reconnect: false }, "for good");
        }
    }
}
