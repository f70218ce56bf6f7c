//! A link with a limited rate.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// How much may be received at once: the link is this far ahead of the clock at most. A timer is up to a millisecond late, and the
/// link must not be idle then.
const BURST: Duration = Duration::from_millis(4);

/// The downlink of the client host, which all its connections share: the bytes of each occupy it for a while.
///
/// The connection that asks when the link is free gets it, for a few kilobytes. So two connections share the link about equally, as
/// in a network with fair queues; with one connection, everything comes in the order in which it was sent.
#[derive(Debug)]
pub(crate) struct Link {
    bytes_per_second: u32,
    free_at: Mutex<Instant>,
}

impl Link {
    pub(crate) fn new(bytes_per_second: u32) -> Self {
        Self { bytes_per_second, free_at: Mutex::new(Instant::now()) }
    }

    /// Returns when to ask again, if the link is occupied.
    pub(crate) fn occupied_until(&self) -> Option<Instant> {
        let free_at = *self.lock();
        (free_at > Instant::now() + BURST).then(|| free_at - BURST / 2)
    }

    /// These bytes have occupied the link.
    pub(crate) fn occupy(&self, bytes: usize) {
        let time = Duration::from_secs(1).mul_f64(f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)))
            / self.bytes_per_second.max(1);
        let mut free_at = self.lock();
        *free_at = (*free_at).max(Instant::now()) + time;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.free_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_rate_holds_over_time() {
        let (link, start, mut received) = (Link::new(1_000_000), Instant::now(), 0);
        while received < 1_000_000 {
            if let Some(time) = link.occupied_until() {
                tokio::time::sleep_until(time).await;
            }
            link.occupy(5000);
            received += 5000;
        }
        let elapsed = start.elapsed();
        assert!(elapsed > Duration::from_millis(985) && elapsed < Duration::from_millis(1015), "{elapsed:?}");
    }
}
