//! What clients have received, and when.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::figures::SLOT;

/// What all clients of a case write to.
#[derive(Debug)]
pub(crate) struct Totals {
    start: OnceLock<Instant>,
    /// Requests in each [`SLOT`] since the start.
    slots: Vec<AtomicU64>,
    /// Clients that have had their first answer.
    ready: AtomicU64,
    /// Events that a client received for the first time, over all clients.
    delivered: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Totals {
    /// For a feed of this duration.
    pub(crate) fn new(duration: Duration) -> Arc<Self> {
        let slots = duration.as_nanos().div_ceil(SLOT.as_nanos());
        Arc::new(Self {
            start: OnceLock::new(),
            slots: (0..slots).map(|_| AtomicU64::new(0)).collect(),
            ready: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            failure: Mutex::new(None),
        })
    }

    /// The feed has begun.
    pub(crate) fn begin(&self, start: Instant) {
        let _ = self.start.set(start);
    }

    pub(crate) fn ready(&self) -> u64 {
        self.ready.load(Relaxed)
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    pub(crate) fn requests_over_time(&self) -> Vec<u64> {
        self.slots.iter().map(|slot| slot.load(Relaxed)).collect()
    }

    /// Why the first request failed that did.
    pub(crate) fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }

    /// Counts a request in the current slot, and returns the slot.
    fn request(&self) -> Option<usize> {
        let slot = self.start.get()?.elapsed().as_nanos() / SLOT.as_nanos();
        let slot = usize::try_from(slot).ok()?;
        self.slots.get(slot)?.fetch_add(1, Relaxed);
        Some(slot)
    }

    /// The request that was counted in this slot was not sent.
    fn withdraw(&self, slot: usize) {
        self.slots[slot].fetch_sub(1, Relaxed);
    }
}

/// What one client has seen.
#[derive(Debug)]
pub(crate) struct Recorder {
    totals: Arc<Totals>,
    open: AtomicU64,
    most_open: AtomicU64,
    requests: AtomicU64,
    responses: AtomicU64,
    empty: AtomicU64,
    headers_up: AtomicU64,
    headers_down: AtomicU64,
    body: AtomicU64,
    deliveries: Mutex<Deliveries>,
}

/// The events that one client has received.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries {
    pub(crate) ids: HashSet<String>,
    /// Events that were received again.
    pub(crate) doubled: u64,
    /// Events whose ID is not greater than that of the event before.
    pub(crate) out_of_order: u64,
    /// The ID of the event that was received last.
    pub(crate) last: String,
    pub(crate) latencies: Vec<Duration>,
}

/// The counters of one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) requests: u64,
    pub(crate) responses: u64,
    pub(crate) empty: u64,
    pub(crate) most_open: u64,
    /// The lengths of the headers as HTTP/1.1 has them.
    pub(crate) headers_up: u64,
    pub(crate) headers_down: u64,
    pub(crate) body: u64,
}

impl Recorder {
    pub(crate) fn new(totals: Arc<Totals>) -> Arc<Self> {
        Arc::new(Self {
            totals,
            open: AtomicU64::new(0),
            most_open: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            responses: AtomicU64::new(0),
            empty: AtomicU64::new(0),
            headers_up: AtomicU64::new(0),
            headers_down: AtomicU64::new(0),
            body: AtomicU64::new(0),
            deliveries: Mutex::default(),
        })
    }

    /// The client is about to send a request.
    pub(super) fn request(self: &Arc<Self>) -> Open {
        let slot = self.totals.request();
        self.requests.fetch_add(1, Relaxed);
        let open = self.open.fetch_add(1, Relaxed) + 1;
        self.most_open.fetch_max(open, Relaxed);
        Open { recorder: Arc::clone(self), slot }
    }

    /// The client has received a response, and read it unless it does not end.
    pub(super) fn answered(&self, is_empty: bool) {
        self.responses.fetch_add(1, Relaxed);
        self.empty.fetch_add(u64::from(is_empty), Relaxed);
    }

    /// The client has had its first answer.
    pub(super) fn ready(&self) {
        self.totals.ready.fetch_add(1, Relaxed);
    }

    /// A request has failed. The client tries again.
    pub(super) fn failed(&self, error: &(impl Display + ?Sized)) {
        lock(&self.totals.failure).get_or_insert_with(|| error.to_string());
    }

    /// Events with these IDs, sent at these times, have arrived now.
    pub(super) fn deliver(&self, events: impl IntoIterator<Item = (String, u64)>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut deliveries = lock(&self.deliveries);
        for (id, sent_at) in events {
            deliveries.out_of_order += u64::from(position(&id) <= position(&deliveries.last));
            deliveries.last.clone_from(&id);
            if deliveries.ids.insert(id) {
                deliveries.latencies.push(now.saturating_sub(Duration::from_micros(sent_at)));
                self.totals.delivered.fetch_add(1, Relaxed);
            } else {
                deliveries.doubled += 1;
            }
        }
    }

    pub(crate) fn counted(&self) -> Counted {
        Counted {
            requests: self.requests.load(Relaxed),
            responses: self.responses.load(Relaxed),
            empty: self.empty.load(Relaxed),
            most_open: self.most_open.load(Relaxed),
            headers_up: self.headers_up.load(Relaxed),
            headers_down: self.headers_down.load(Relaxed),
            body: self.body.load(Relaxed),
        }
    }

    pub(crate) fn deliveries(&self) -> Deliveries {
        lock(&self.deliveries).clone()
    }
}

/// A request that is open until this value is dropped: it waits for a response, or reads one.
#[derive(Debug)]
pub(crate) struct Open {
    recorder: Arc<Recorder>,
    /// In which it was counted: none before the feed has begun, and after its end.
    slot: Option<usize>,
}

impl Open {
    /// There is no connection, so the request was not sent.
    pub(super) fn withdraw(self) {
        self.recorder.requests.fetch_sub(1, Relaxed);
        if let Some(slot) = self.slot {
            self.recorder.totals.withdraw(slot);
        }
    }

    pub(super) fn sent_headers(&self, length: u64) {
        self.recorder.headers_up.fetch_add(length, Relaxed);
    }

    pub(super) fn received_headers(&self, length: u64) {
        self.recorder.headers_down.fetch_add(length, Relaxed);
    }

    pub(super) fn received_body(&self, length: usize) {
        self.recorder.body.fetch_add(length as u64, Relaxed);
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.recorder.open.fetch_sub(1, Relaxed);
    }
}

/// The epoch and the number in an ID of the server's log; `None` if it is not such an ID, which is less than all others.
fn position(id: &str) -> Option<(u64, u64)> {
    let (epoch, number) = id.split_once('-')?;
    Some((epoch.parse().ok()?, number.parse().ok()?))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_new_or_doubled() {
        let totals = Totals::new(Duration::from_millis(250));
        let (one, other) = (Recorder::new(Arc::clone(&totals)), Recorder::new(Arc::clone(&totals)));
        one.deliver([("7-1".to_owned(), 0), ("7-2".to_owned(), 0)]);
        one.deliver([("7-2".to_owned(), 0), ("7-3".to_owned(), u64::MAX)]);
        other.deliver([("7-1".to_owned(), 0)]);
        let Deliveries { ids, doubled, out_of_order, last, latencies } = one.deliveries();
        assert_eq!((ids.len(), doubled, out_of_order, last.as_str(), latencies.len()), (3, 1, 1, "7-3", 3));
        assert!(latencies[0] > Duration::from_secs(1_000_000_000) && latencies[2].is_zero());
        assert_eq!(totals.delivered(), 4);
    }

    #[test]
    fn events_are_in_the_order_of_the_log() {
        let out_of_order = |ids: &[&str]| {
            let recorder = Recorder::new(Totals::new(Duration::ZERO));
            for id in ids {
                recorder.deliver([((*id).to_owned(), 0)]);
            }
            recorder.deliveries().out_of_order
        };
        assert_eq!(out_of_order(&["7-1", "7-2", "7-9", "7-10", "8-1", "10-1"]), 0);
        assert_eq!(out_of_order(&["7-2", "7-1", "7-3"]), 1);
        assert_eq!(out_of_order(&["7-1", "7-1"]), 1);
        assert_eq!(out_of_order(&["8-1", "7-2"]), 1);
        assert_eq!(out_of_order(&["", "7-1", "other"]), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_counted_while_they_are_open_and_over_time() {
        let totals = Totals::new(Duration::from_millis(250));
        let recorder = Recorder::new(Arc::clone(&totals));
        drop(recorder.request());
        totals.begin(Instant::now());
        let (first, second) = (recorder.request(), recorder.request());
        tokio::time::advance(Duration::from_millis(150)).await;
        drop(first);
        drop(second);
        let withdrawn = recorder.request();
        drop(recorder.request());
        tokio::time::advance(Duration::from_millis(100)).await;
        withdrawn.withdraw();
        tokio::time::advance(Duration::from_mins(1)).await;
        drop(recorder.request());
        let counted = recorder.counted();
        assert_eq!((counted.requests, counted.most_open), (5, 2));
        assert_eq!(totals.requests_over_time(), [2, 1, 0]);
        assert_eq!(recorder.open.load(Relaxed), 0);
    }
}
