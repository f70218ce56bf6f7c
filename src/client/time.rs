//! Sums and differences of times, in nanoseconds: of those of `Duration` the compiler cannot prove that they do not panic.

use core::time::Duration;

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// Returns `a + b`, or the greatest duration.
pub(crate) fn add(a: Duration, b: Duration) -> Duration {
    from_nanos(a.as_nanos() + b.as_nanos())
}

/// Returns `a - b`, or zero.
pub(crate) fn sub(a: Duration, b: Duration) -> Duration {
    from_nanos(a.as_nanos().saturating_sub(b.as_nanos()))
}

/// Returns this number of nanoseconds, or the greatest duration.
pub(crate) fn from_nanos(nanos: u128) -> Duration {
    match (u64::try_from(nanos / NANOS_PER_SECOND), u32::try_from(nanos % NANOS_PER_SECOND)) {
        (Ok(seconds), Ok(nanos)) => Duration::new(seconds, nanos),
        _ => Duration::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_methods_of_duration() {
        let parts = [0, 1, 2, 999_999_999];
        let times = [0, 1, 7, u64::MAX - 1, u64::MAX];
        let times = || times.iter().flat_map(|&seconds| parts.map(|nanos| Duration::new(seconds, nanos)));
        for a in times() {
            for b in times() {
                assert_eq!(add(a, b), a.saturating_add(b));
                assert_eq!(sub(a, b), a.saturating_sub(b));
            }
            assert_eq!(from_nanos(a.as_nanos()), a);
        }
        assert_eq!([from_nanos(Duration::MAX.as_nanos() + 1), from_nanos(u128::MAX)], [Duration::MAX; 2]);
    }
}
