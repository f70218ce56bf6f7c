//! What all requests share: the log, and what is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sse_proto::Event;
use sse_proto::adapters::fan_out::{FanOut, Subscription};
use sse_proto::server::{History, Retention};

use crate::Result;
use crate::feed::News;

/// One log, and counters. Clones share them.
#[derive(Clone)]
pub(crate) struct Site {
    shared: Arc<Shared>,
}

/// How long a client waits for the server to send something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// A long poll is answered after this time, even if there is no news.
    pub(crate) long_poll: Duration,
    /// An event stream without news gets a keep-alive.
    pub(crate) keep_alive: Duration,
}

struct Shared {
    fan_out: FanOut,
    timeouts: Timeouts,
    requests: [AtomicU64; Route::ALL.len()],
    responses: [AtomicU64; Route::ALL.len()],
    sent: AtomicU64,
    held: AtomicUsize,
    most_held: AtomicUsize,
}

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    News,
    Updates,
    Events,
    Bulk,
}

impl Route {
    pub(crate) const ALL: [Self; 4] = [Self::News, Self::Updates, Self::Events, Self::Bulk];
}

impl Site {
    /// Returns a site whose log is empty.
    pub(crate) fn new(timeouts: Timeouts) -> Self {
        // A client that comes back after a restart has an ID of another epoch, and is told that it may have missed something.
        let epoch = now().as_millis().try_into().unwrap_or(u64::MAX);
        Self::with_log(History::numbered(epoch, Retention::default()), timeouts)
    }

    pub(super) fn with_log(log: History<bytes::Bytes>, timeouts: Timeouts) -> Self {
        let shared = Shared {
            fan_out: FanOut::new(log),
            timeouts,
            requests: Default::default(),
            responses: Default::default(),
            sent: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            most_held: AtomicUsize::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Sends a piece of news to all clients.
    pub(crate) fn send(&self, text: &str) -> Result<()> {
        let sent_at = now().as_micros().try_into().unwrap_or(u64::MAX);
        let news = serde_json::to_string(&News { sent_at, text: text.to_owned() })?;
        self.shared.fan_out.send(Event::new(&news))?;
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Returns a cursor after the event with this ID; at the end of the log if there is none.
    pub(super) fn subscribe(&self, last_event_id: Option<&[u8]>) -> Subscription {
        self.shared.fan_out.subscribe(last_event_id)
    }

    pub(super) fn timeouts(&self) -> Timeouts {
        self.shared.timeouts
    }

    /// The ID of a client that has received everything.
    pub(crate) fn last_id(&self) -> String {
        self.shared.fan_out.last_event_id().unwrap_or_default()
    }

    /// How many events were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// How many clients wait for news: open event streams and held long polls.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.fan_out.subscribers()
    }

    /// The highest number of long polls that were held at the same time.
    pub(crate) fn most_held(&self) -> usize {
        self.shared.most_held.load(Ordering::Relaxed)
    }

    /// How many requests of this route have arrived.
    pub(crate) fn requests(&self, route: Route) -> u64 {
        self.shared.requests[route as usize].load(Ordering::Relaxed)
    }

    /// How many requests of this route were answered. An event stream is one answer, which counts when it begins.
    pub(crate) fn responses(&self, route: Route) -> u64 {
        self.shared.responses[route as usize].load(Ordering::Relaxed)
    }

    pub(super) fn count_request(&self, route: Route) {
        self.shared.requests[route as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_response(&self, route: Route) {
        self.shared.responses[route as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a long poll as held until the return value is dropped, which happens also when the client is gone.
    pub(super) fn hold(&self) -> Held<'_> {
        let held = self.shared.held.fetch_add(1, Ordering::Relaxed) + 1;
        self.shared.most_held.fetch_max(held, Ordering::Relaxed);
        Held { held: &self.shared.held }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.shared.held.load(Ordering::Relaxed)
    }
}

/// A long poll that waits for news.
#[must_use]
pub(super) struct Held<'a> {
    held: &'a AtomicUsize,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The time since the Unix epoch.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
