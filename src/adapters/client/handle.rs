//! What other tasks tell a client, and how they wake it.

use alloc::sync::Arc;
use core::fmt;
use core::mem;
use core::sync::atomic::{AtomicU8, Ordering};
use core::task::Waker;
use std::sync::{Mutex, PoisonError};

/// Controls an [`EventClient`](super::EventClient) from another task or thread: returned by
/// [`EventClient::handle`](super::EventClient::handle).
///
/// Clones control the same client. The task that polls the client is woken, whatever it waits for: the response, the body, or the
/// end of a delay. A handle that is dropped does nothing.
///
/// ```
/// use http::{Request, Response};
/// use http_body_util::Empty;
/// use sse_proto::adapters::client::EventClient;
/// use sse_proto::client::Cause;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// // A server that never answers.
/// let connect = |_| std::future::pending::<Result<Response<Empty<&[u8]>>, std::io::Error>>();
/// let mut client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
///
/// let handle = client.handle();
/// let thread = std::thread::spawn(move || handle.close());
/// assert!(client.next_event().await.is_none());
/// assert_eq!(client.cause(), Some(Cause::Closed));
/// thread.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ClientHandle {
    shared: Arc<Shared>,
}

struct Shared {
    /// What was asked for and is not done yet.
    signals: AtomicU8,
    /// The task that polls the client.
    waker: Mutex<Option<Waker>>,
}

const CLOSE: u8 = 1;
const RECONNECT: u8 = 2;

impl ClientHandle {
    /// Stops the client. It drops its connection and returns `None` when it is polled next, and from then on.
    pub fn close(&self) {
        self.set(CLOSE);
    }

    /// Makes the client connect again at once: it drops its connection, or ends its delay. It counts as no failure.
    ///
    /// Events that were received but not returned yet are dropped. The server sends them again if they have IDs. A request that must
    /// not be repeated is not repeated, nor is one sent that would resume a stream without an ID: the client gives up.
    ///
    /// After a refusal, call [`EventClient::retry_now`](super::EventClient::retry_now) in its place: attempts that are not counted and
    /// not delayed could go on for ever.
    pub fn reconnect_now(&self) {
        self.set(RECONNECT);
    }

    fn set(&self, signal: u8) {
        self.shared.signals.fetch_or(signal, Ordering::SeqCst);
        if let Some(waker) = self.replace_waker(None) {
            waker.wake();
        }
    }

    /// A thread that panicked while it held the lock left a waker or none. The caller drops the old one, which may run other code.
    fn replace_waker(&self, waker: Option<Waker>) -> Option<Waker> {
        mem::replace(&mut *self.shared.waker.lock().unwrap_or_else(PoisonError::into_inner), waker)
    }
}

impl fmt::Debug for ClientHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientHandle").finish_non_exhaustive()
    }
}

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Close,
    Reconnect,
}

/// The side of the client.
pub(super) struct Signals {
    handle: ClientHandle,
}

impl Signals {
    pub(super) fn new() -> Self {
        let shared = Shared { signals: AtomicU8::new(0), waker: Mutex::new(None) };
        Self { handle: ClientHandle { shared: Arc::new(shared) } }
    }

    pub(super) fn handle(&self) -> ClientHandle {
        self.handle.clone()
    }

    /// Returns what was asked for since the last call. To close prevails.
    pub(super) fn take(&self) -> Option<Signal> {
        let signals = &self.handle.shared.signals;
        if signals.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let taken = signals.swap(0, Ordering::SeqCst);
        Some(if taken & CLOSE == 0 { Signal::Reconnect } else { Signal::Close })
    }

    /// Has the task woken when something is asked for. Returns `false` if something is asked for already.
    pub(super) fn wait(&self, waker: &Waker) -> bool {
        let is_known = {
            let known = self.handle.shared.waker.lock().unwrap_or_else(PoisonError::into_inner);
            known.as_ref().is_some_and(|known| known.will_wake(waker))
        };
        if !is_known {
            drop(self.handle.replace_waker(Some(waker.clone())));
        }
        // After the waker is in place, so that either side sees what the other one did.
        self.handle.shared.signals.load(Ordering::SeqCst) == 0
    }
}

/// Handles may outlive the client, but the task of the client need not.
impl Drop for Signals {
    fn drop(&mut self) {
        drop(self.handle.replace_waker(None));
    }
}
