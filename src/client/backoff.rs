//! The arithmetic of delays: bounds, exponential backoff, jitter. Integers only.

use core::time::Duration;

use crate::client::policy::Policy;
use crate::client::random::Random;
use crate::client::time;

/// Returns the delay before this attempt to reconnect, the first of which is 1.
///
/// "Wait a delay equal to the reconnection time of the event source. Optionally, wait some more. In particular, if the previous
/// attempt failed, then user agents might introduce an exponential backoff delay".
pub(crate) fn backoff(policy: &Policy, reconnection_time: Duration, attempt: u32, random: &mut Random) -> Duration {
    let factor = policy.backoff_factor.max(1).saturating_pow(attempt.saturating_sub(1));
    let delay = reconnection_time.max(policy.min_delay).as_nanos() * u128::from(factor);
    spread(policy, reconnection_time, delay, random)
}

/// Returns the delay that the server asked for with `Retry-After`, within the bounds of the policy.
pub(crate) fn retry_after(policy: &Policy, requested: Duration, random: &mut Random) -> Duration {
    spread(policy, requested, requested.max(policy.min_delay).as_nanos(), random)
}

/// Returns a random delay at or above `delay`, within the bounds. What the server asks for is cut short by the upper bound only.
///
/// In nanoseconds, of which a duration has less than 2^95, so that its product with 32 bits does not overflow.
fn spread(policy: &Policy, requested: Duration, delay: u128, random: &mut Random) -> Duration {
    let max_delay = policy.max_delay.as_nanos();
    let delay = delay.min(max_delay);
    let width = delay * u128::from(policy.jitter_percent) / 100;
    let highest = (delay + width).min(max_delay);
    let least = requested.max(policy.min_delay).as_nanos();
    let lowest = highest.saturating_sub(width).max(least).min(highest);
    time::from_nanos(lowest + random.up_to(highest - lowest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The least and the greatest of many delays.
    fn range(mut delay: impl FnMut(&mut Random) -> Duration) -> (Duration, Duration) {
        let mut random = Random::new(7);
        let delays: alloc::vec::Vec<_> = (0..4000).map(|_| delay(&mut random)).collect();
        (*delays.iter().min().unwrap(), *delays.iter().max().unwrap())
    }

    fn is_near(found: Duration, expected: Duration) -> bool {
        found.abs_diff(expected) <= expected / 100
    }

    #[test]
    fn the_delay_doubles_up_to_its_bound() {
        let policy = Policy::new().with_jitter_percent(0).with_max_delay(20 * SECOND);
        let delays = [1, 2, 3, 4, 5, 100, u32::MAX];
        let delays = delays.map(|attempt| backoff(&policy, 3 * SECOND, attempt, &mut Random::new(0)).as_secs());
        assert_eq!(delays, [3, 6, 12, 20, 20, 20, 20]);
        let constant = policy.with_backoff_factor(0);
        assert_eq!(backoff(&constant, 3 * SECOND, 9, &mut Random::new(0)), 3 * SECOND);
    }

    #[test]
    fn the_bounds_hold_whatever_the_server_asks_for() {
        let policy = Policy::new();
        for requested in [Duration::ZERO, SECOND, 50 * SECOND, 60 * SECOND, 61 * SECOND, Duration::MAX] {
            for attempt in [0, 1, 2, 50, u32::MAX] {
                let (least, most) = range(|random| backoff(&policy, requested, attempt, random));
                assert!(least >= policy.min_delay && most <= policy.max_delay, "{requested:?} {attempt}");
                assert!(least >= requested.min(policy.max_delay), "{requested:?} {attempt}: {least:?}");
            }
            let (least, most) = range(|random| retry_after(&policy, requested, random));
            assert!(least >= policy.min_delay && most <= policy.max_delay, "{requested:?}");
        }
        let reversed = policy.with_max_delay(SECOND / 4);
        assert_eq!(backoff(&reversed, Duration::ZERO, 1, &mut Random::new(0)), SECOND / 4);
        let unbounded = Policy::browser();
        assert_eq!(backoff(&unbounded, Duration::MAX, 3, &mut Random::new(0)), Duration::MAX);
        assert_eq!(backoff(&unbounded, Duration::ZERO, 3, &mut Random::new(0)), Duration::ZERO);
    }

    #[test]
    fn jitter_is_added_and_fills_its_range() {
        let policy = Policy::new().with_jitter_percent(50);
        let (least, most) = range(|random| backoff(&policy, 10 * SECOND, 2, random));
        assert!(is_near(least, 20 * SECOND) && is_near(most, 30 * SECOND), "{least:?} {most:?}");
        let (least, most) = range(|random| retry_after(&policy, 10 * SECOND, random));
        assert!(is_near(least, 10 * SECOND) && is_near(most, 15 * SECOND), "{least:?} {most:?}");
    }

    /// At the upper bound, clients still come back at different moments.
    #[test]
    fn jitter_is_subtracted_at_the_upper_bound() {
        let policy = Policy::new().with_jitter_percent(50);
        for (requested, attempt, lowest) in [(3, 20, 30), (1000, 1, 60), (40, 3, 40), (60, 1, 60)] {
            let (least, most) = range(|random| backoff(&policy, requested * SECOND, attempt, random));
            assert!(is_near(least, lowest * SECOND) && is_near(most, 60 * SECOND), "{requested}: {least:?} {most:?}");
        }
    }
}
