//! The sending side.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use core::convert::Infallible;
use core::fmt;
use core::sync::atomic::Ordering;
use core::time::Duration;

use bytes::Bytes;

use super::backlog::Backlog;
use super::shared::Shared;
use super::subscription::{Subscription, WithBacklog};
use crate::Event;
use crate::server::{History, Position, Rejected};

/// One log and its subscribers. See the [module documentation](super).
///
/// Clones share the log, and so do the subscriptions. All methods take `&self`, from any thread and any task.
///
/// ```
/// # use futures_util::{FutureExt, StreamExt};
/// use sse_proto::Event;
/// use sse_proto::adapters::fan_out::{Delivery, FanOut};
/// use sse_proto::server::{History, Retention};
///
/// let fan_out = FanOut::new(History::numbered(7, Retention::default()));
/// fan_out.send(Event::new("a"))?;
/// fan_out.send(Event::new("b"))?;
/// assert_eq!(fan_out.last_event_id().as_deref(), Some("7-2"));
///
/// let mut subscription = fan_out.subscribe(Some(b"7-1"));
/// let delivery = subscription.next().now_or_never().flatten();
/// assert_eq!(delivery, Some(Delivery::Event(Event::new("b").with_id("7-2")?.into())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Input
///
/// Events ([`send`](Self::send)). Each is encoded once, for all subscribers.
///
/// # Output
///
/// A [`Subscription`] for each client ([`subscribe`](Self::subscribe), [`subscribe_with`](Self::subscribe_with)).
///
/// # End of stream
///
/// [`close`](Self::close) ends all subscriptions after the last event. Dropping the last clone does not.
///
/// # Limits
///
/// Those of the log ([`Retention`](crate::server::Retention)). Nothing is queued for a subscriber.
///
/// # After an error
///
/// An event that the log does not accept ([`Rejected`]) is sent to nobody. The next one can be sent.
///
/// # Complexity
///
/// An event takes the time to encode it, and to wake the tasks that wait. A method blocks while another one has the log locked:
/// for the time that it takes to encode an event, to evict events, or to run the function of [`with_history`](Self::with_history).
#[derive(Clone)]
pub struct FanOut {
    shared: Arc<Shared>,
}

impl FanOut {
    /// Returns a fan-out of this log, which may have events already.
    ///
    /// If it evicts events by age, call [`send_at`](Self::send_at) and [`evict_at`](Self::evict_at) with times of the same origin as
    /// those events. [`send`](Self::send) has an origin of its own: it would evict them much too late.
    #[must_use]
    pub fn new(history: History<Bytes>) -> Self {
        Self { shared: Shared::new(history) }
    }

    /// Sends an event to all subscribers, and to those that come later while it is in the log: encodes it once, as
    /// [`History::push`], and wakes the tasks that wait. It takes an [`Event`], or a reference to an
    /// [`EventBuf`](crate::EventBuf) or [`EventBytes`](crate::EventBytes): `send(&event)`.
    ///
    /// The age of events is measured with [`Instant`](std::time::Instant). The clock is read only if the log has a
    /// [`Retention::max_age`](crate::server::Retention::max_age); on targets without a clock use [`send_at`](Self::send_at) then.
    ///
    /// Linear in the length of the event and in the number of tasks that wait. The tasks are woken after the log is unlocked.
    ///
    /// # Errors
    ///
    /// Returns [`Rejected`] and sends nothing if the log does not accept the event.
    pub fn send<'a>(&self, event: impl Into<Event<'a>>) -> Result<Position, Rejected> {
        self.send_at(self.shared.now(), event)
    }

    /// Sends an event, as [`send`](Self::send), but with a time of the application's own.
    ///
    /// `now` is the time since any origin. Do not mix it with `send` and `evict`, whose origin is the first call of one of them.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_at<'a>(&self, now: Duration, event: impl Into<Event<'a>>) -> Result<Position, Rejected> {
        let event = event.into();
        self.shared.change_and_wake(|state| {
            let position = state.history.push(now, event)?;
            state.sent += 1;
            Ok(position)
        })
    }

    /// Evicts the events that are too old, as [`evict_at`](Self::evict_at), with the clock of [`send`](Self::send).
    pub fn evict(&self) {
        self.evict_at(self.shared.now());
    }

    /// Evicts the events that are older than [`Retention::max_age`](crate::server::Retention::max_age), as [`History::evict`]. Each
    /// event that is sent does the same: this is for times in which none is.
    pub fn evict_at(&self, now: Duration) {
        self.shared.lock().history.evict(now);
    }

    /// Subscribes a client that has sent this value of the header `Last-Event-ID`.
    ///
    /// | last event ID | what the subscription delivers first |
    /// |---|---|
    /// | `None` or empty | a block without data that gives the client the ID from which it can resume, if there is one ([`History::last_event_id`]); then what is sent from now on |
    /// | of an event in the log, or of the one that was evicted last | the events after it |
    /// | anything else | a [`Delivery::Gap`](super::Delivery::Gap), then the oldest event in the log |
    ///
    /// After a gap without any event after it, the client is given the ID of the end of the log in the same way.
    ///
    /// Some clients ignore the ID of a block without data: they cannot resume before their first event. Others dispatch an event
    /// with empty data for it. [`Event`] names them.
    ///
    /// O(1) in a numbered log, O(log n) in a log with opaque IDs.
    pub fn subscribe(&self, last_event_id: Option<&[u8]>) -> Subscription {
        Subscription::new(&self.shared, last_event_id)
    }

    /// Subscribes a client that may resume from events that only a log of another machine has. The local log must have the IDs of
    /// that log: [`History::opaque`].
    ///
    /// As [`subscribe`](Self::subscribe), but what is not in the local log is read from the backlog, page by page, until the local
    /// log has the event that was delivered last. The same is done when the client is too slow for the local log. There is a
    /// [`Delivery::Gap`](super::Delivery::Gap) only if the backlog does not have the events either, or cannot be asked: before the
    /// first event of a log without [`opaque_after`](History::opaque_after), a new client has no ID.
    ///
    /// A value that is not UTF-8 is passed to the backlog with U+FFFD in place of ill-formed sequences.
    pub fn subscribe_with<B: Backlog>(&self, last_event_id: Option<&[u8]>, backlog: B) -> Subscription<WithBacklog<B>> {
        Subscription::with_backlog(&self.shared, last_event_id, backlog)
    }

    /// Makes all subscriptions end when they have delivered what is in the log, also those that begin later.
    ///
    /// A client that reads from a backlog gets the rest of the page that was read or requested. All clients can resume where they
    /// were, but at this `FanOut` they would end again, at once. So before it is closed, stop accepting requests, or answer them with
    /// the status 503 and a `Retry-After`.
    ///
    /// A subscription that is not polled does not end: that of a client that does not read. So limit how long a shutdown waits.
    ///
    /// An event that is sent afterwards is appended to the log, but reaches only subscriptions that have not ended.
    pub fn close(&self) {
        let closed: Result<(), Infallible> = self.shared.change_and_wake(|state| {
            state.is_closed = true;
            Ok(())
        });
        let Ok(()) = closed;
    }

    /// Whether [`close`](Self::close) was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.lock().is_closed
    }

    /// The ID of a client that has received everything, as [`History::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> Option<String> {
        self.shared.lock().history.last_event_id().map(ToOwned::to_owned)
    }

    /// The number of subscriptions that are not dropped.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.shared.subscribers.load(Ordering::Relaxed)
    }

    /// Calls a function with the log, while it is locked. The function must not call a method of this fan-out or of its
    /// subscriptions: that would wait for ever. It may drop them.
    pub fn with_history<T>(&self, look: impl FnOnce(&History<Bytes>) -> T) -> T {
        look(&self.shared.lock().history)
    }
}

/// Shows numbers and lengths, but no IDs and no bytes of events, which may be confidential.
impl fmt::Debug for FanOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The writer may be code of the application, so the log is not locked while it writes.
        let (epoch, len, encoded_len, retention) =
            self.with_history(|history| (history.epoch(), history.len(), history.encoded_len(), history.retention()));
        f.debug_struct("FanOut")
            .field("epoch", &epoch)
            .field("retention", &retention)
            .field("len", &len)
            .field("encoded_len", &encoded_len)
            .field("subscribers", &self.subscribers())
            .field("is_closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
