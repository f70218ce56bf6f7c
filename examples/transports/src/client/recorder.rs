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
pub(crate) struct Board {
    start: OnceLock<Instant>,
    /// Requests in each [`SLOT`] since the start.
    slots: Vec<AtomicU64>,
    /// Clients that have had their first answer.
    ready: AtomicU64,
    /// Events that a client received for the first time, over all clients.
    delivered: AtomicU64,
    failure: Mutex<Option<String>>,
}

impl Board {
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

    fn request(&self) -> Option<&AtomicU64> {
        let slot = self.start.get()?.elapsed().as_nanos() / SLOT.as_nanos();
        self.slots.get(usize::try_from(slot).ok()?)
    }
}

/// What one client has seen.
#[derive(Debug)]
pub(crate) struct Recorder {
    board: Arc<Board>,
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
    pub(crate) fn new(board: Arc<Board>) -> Arc<Self> {
        Arc::new(Self {
            board,
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
        if let Some(slot) = self.board.request() {
            slot.fetch_add(1, Relaxed);
        }
        self.requests.fetch_add(1, Relaxed);
        let open = self.open.fetch_add(1, Relaxed) + 1;
        self.most_open.fetch_max(open, Relaxed);
        Open { recorder: Arc::clone(self) }
    }

    /// The client has received a response, and read it unless it does not end.
    pub(super) fn answered(&self, is_empty: bool) {
        self.responses.fetch_add(1, Relaxed);
        self.empty.fetch_add(u64::from(is_empty), Relaxed);
    }

    /// The client has had its first answer.
    pub(super) fn ready(&self) {
        self.board.ready.fetch_add(1, Relaxed);
    }

    /// A request has failed. The client tries again.
    pub(super) fn failed(&self, error: &(impl Display + ?Sized)) {
        lock(&self.board.failure).get_or_insert_with(|| error.to_string());
    }

    /// Events with these IDs, sent at these times, have arrived now.
    pub(super) fn deliver(&self, events: impl IntoIterator<Item = (String, u64)>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut deliveries = lock(&self.deliveries);
        for (id, sent_at) in events {
            deliveries.last.clone_from(&id);
            if deliveries.ids.insert(id) {
                deliveries.latencies.push(now.saturating_sub(Duration::from_micros(sent_at)));
                self.board.delivered.fetch_add(1, Relaxed);
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
}

impl Open {
    /// There is no connection, so the request was not sent.
    pub(super) fn withdraw(self) {
        self.recorder.requests.fetch_sub(1, Relaxed);
        if let Some(slot) = self.recorder.board.request() {
            // Only of the current slot, which may be the next one already.
            let _ = slot.fetch_update(Relaxed, Relaxed, |requests| requests.checked_sub(1));
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_new_or_doubled() {
        let board = Board::new(Duration::from_millis(250));
        let (one, other) = (Recorder::new(Arc::clone(&board)), Recorder::new(Arc::clone(&board)));
        one.deliver([("7-1".to_owned(), 0), ("7-2".to_owned(), 0)]);
        one.deliver([("7-2".to_owned(), 0), ("7-3".to_owned(), u64::MAX)]);
        other.deliver([("7-1".to_owned(), 0)]);
        let Deliveries { ids, doubled, last, latencies } = one.deliveries();
        assert_eq!((ids.len(), doubled, last.as_str(), latencies.len()), (3, 1, "7-3", 3));
        assert!(latencies[0] > Duration::from_secs(1_000_000_000) && latencies[2].is_zero());
        assert_eq!(board.delivered(), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_counted_while_they_are_open_and_over_time() {
        let board = Board::new(Duration::from_millis(250));
        let recorder = Recorder::new(Arc::clone(&board));
        drop(recorder.request());
        board.begin(Instant::now());
        let (first, second) = (recorder.request(), recorder.request());
        tokio::time::advance(Duration::from_millis(150)).await;
        drop(first);
        recorder.request().withdraw();
        drop(recorder.request());
        drop(second);
        tokio::time::advance(Duration::from_mins(1)).await;
        drop(recorder.request());
        let counted = recorder.counted();
        assert_eq!((counted.requests, counted.most_open), (5, 2));
        assert_eq!(board.requests_over_time(), [2, 1, 0]);
        assert_eq!(recorder.open.load(Relaxed), 0);
    }
}
