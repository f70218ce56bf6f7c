//! The clock of a blocking client.

use core::time::Duration;
use std::time::Instant;

/// Counts the time that the client spends in its own calls.
pub(super) struct Clock {
    now: Duration,
    /// When the clock was read last, while it runs.
    last: Option<Instant>,
}

impl Clock {
    pub(super) const fn new() -> Self {
        Self { now: Duration::ZERO, last: None }
    }

    /// The time when the clock was read last.
    pub(super) const fn now(&self) -> Duration {
        self.now
    }

    /// Reads the clock and returns the time since it was read last. Starts it if it stands still.
    pub(super) fn read(&mut self) -> Duration {
        let instant = Instant::now();
        let time = self.last.replace(instant).map_or(Duration::ZERO, |last| instant.saturating_duration_since(last));
        self.now = self.now.saturating_add(time);
        time
    }

    /// Stops the clock, until it is read again. The time since it was read last does not count.
    pub(super) const fn stop(&mut self) {
        self.last = None;
    }
}
