//! What a fan-out and its subscriptions share.

use alloc::sync::Arc;
use core::sync::atomic::AtomicUsize;
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::Notify;

use crate::server::History;

pub(super) struct Shared {
    state: Mutex<State>,
    /// Notified after each change.
    pub(super) changed: Arc<Notify>,
    /// Not under the lock, so that a subscription can be dropped by code that runs under it.
    pub(super) subscribers: AtomicUsize,
    /// When the clock was read first.
    origin: OnceLock<Instant>,
    /// Whether the log needs the time.
    has_max_age: bool,
}

pub(super) struct State {
    pub(super) history: History<Bytes>,
    /// How many events were sent.
    pub(super) sent: u64,
    pub(super) is_closed: bool,
}

impl Shared {
    pub(super) fn new(history: History<Bytes>) -> Arc<Self> {
        let has_max_age = history.retention().max_age.is_some();
        let state = State { history, sent: 0, is_closed: false };
        Arc::new(Self {
            state: Mutex::new(state),
            changed: Arc::new(Notify::new()),
            subscribers: AtomicUsize::new(0),
            origin: OnceLock::new(),
            has_max_age,
        })
    }

    /// A thread that panicked while it had the lock did so in code of the application, which changes nothing, or because no memory
    /// was left.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time since the clock was read first. It is read only if the log evicts by age.
    pub(super) fn now(&self) -> Duration {
        if self.has_max_age { self.origin.get_or_init(Instant::now).elapsed() } else { Duration::ZERO }
    }

    /// Changes the state under the lock, and wakes all tasks that wait after it is released, unless the change failed.
    pub(super) fn change_and_wake<T, E>(&self, change: impl FnOnce(&mut State) -> Result<T, E>) -> Result<T, E> {
        let changed = change(&mut self.lock())?;
        self.changed.notify_waiters();
        Ok(changed)
    }
}
