//! Policies at random, and what follows from them.

use std::time::Duration;

use sse_proto::client::{Cause, Policy, Verdict};

use crate::support::random::Random;

/// The policies of the crate, and any other.
pub fn random(random: &mut Random) -> Policy {
    match random.below(6) {
        0 => Policy::default(),
        1 => Policy::browser(),
        2 => Policy::once(),
        _ => Policy::default()
            .with_reconnection_time(Duration::from_millis(random.below(10_000) as u64))
            .with_min_delay(Duration::from_millis([0, 100, 500, 2000][random.below(4)]))
            .with_max_delay(Duration::from_millis([100, 5000, 60_000][random.below(3)]))
            .with_backoff_factor([0, 1, 2, 3][random.below(4)])
            .with_jitter_percent([0, 50, 100, 300][random.below(4)])
            .with_max_attempts([1, 3, 100, u32::MAX][random.below(4)])
            .with_idle_timeout([None, Some(2), Some(30), Some(300)][random.below(4)].map(Duration::from_secs))
            .with_healthy_after(Duration::from_secs([0, 1, 30][random.below(3)]))
            .with_retry_statuses(random.below(2) == 0),
    }
}

/// Whether a server can make this client wait longer than anyone does.
pub fn is_unbounded(policy: &Policy) -> bool {
    policy.max_delay > Duration::from_secs(3600)
}

/// The least delay before a reconnection that nobody forces.
pub fn least_delay(policy: &Policy) -> Duration {
    policy.min_delay.min(policy.max_delay)
}

/// What must follow from a response that is not an event stream, after this number of attempts.
pub fn verdict(policy: &Policy, attempts: u32, status: u16) -> Verdict {
    let may_try_again = attempts < policy.max_attempts || policy.max_attempts == u32::MAX;
    match status {
        200 => Verdict::Close(Cause::NotEventStream),
        204 => Verdict::Close(Cause::NoContent),
        408 | 425 | 429 | 500..=599 if policy.retry_statuses && may_try_again => Verdict::Retry(Cause::Status(status)),
        _ => Verdict::Close(Cause::Status(status)),
    }
}
