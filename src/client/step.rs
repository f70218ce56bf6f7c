//! What a driver does next.

use core::fmt;
use core::time::Duration;

use crate::client::cause::Cause;

/// What to do next: returned by [`EventSource::step`](crate::client::EventSource::step) and
/// [`Reconnect::step`](crate::client::Reconnect::step).
///
/// A step is a level, not an edge: without input in between, asking again at the same time gives the same answer. Its durations
/// are relative to the time at which it was asked for, as timers want them. `Display` explains it in words, for logs:
///
/// ```
/// use core::time::Duration;
/// use sse_proto::client::{Cause, Step};
///
/// let step = Step::Wait { time: Duration::from_millis(4200), cause: Cause::Ended, attempt: 3 };
/// assert_eq!(step.to_string(), "reconnecting in 4.2 s: stream ended; attempt 3");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a driver must obey each of them, with all of its fields")]
#[must_use]
pub enum Step {
    /// Send a request and report its outcome: `handle_response`, or `handle_failure`. Drop an earlier connection, if there is one.
    Connect {
        /// Give up and ask for the next step if there is no response after this time. `None`: there is no limit.
        timeout: Option<Duration>,
    },
    /// Receive the body of the response, and report bytes (`next_event`), its end (`handle_end`) or its failure
    /// (`handle_failure`).
    Receive {
        /// Ask for the next step if nothing arrives for this time. `None`: there is no limit.
        idle: Option<Duration>,
    },
    /// Drop the connection, if there is one, and ask for the next step after this time.
    Wait {
        /// How long to wait. Not zero.
        time: Duration,
        /// Why the client waits.
        cause: Cause,
        /// The number of the attempt that follows, counted from 1 since the last healthy connection.
        attempt: u32,
    },
    /// Drop the connection, if there is one. The client has stopped, and nothing changes that.
    ///
    /// A cause that usually leads to [`Wait`](Self::Wait) is here if the policy allows no further attempt.
    Closed(Cause),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Connect { .. } => f.write_str("connecting"),
            Self::Receive { .. } => f.write_str("receiving"),
            Self::Wait { time, cause, attempt } => {
                write!(f, "reconnecting in {}: {cause}; attempt {attempt}", Rounded(time))
            }
            Self::Closed(cause) => write!(f, "stopped: {cause}"),
        }
    }
}

/// A duration for people: rounded up to tenths of a second, or to milliseconds if it is short.
struct Rounded(Duration);

impl fmt::Display for Rounded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_nanos().div_ceil(1_000_000);
        if millis < 1000 {
            return write!(f, "{millis} ms");
        }
        let tenths = millis.div_ceil(100);
        match tenths % 10 {
            0 => write!(f, "{} s", tenths / 10),
            rest => write!(f, "{}.{rest} s", tenths / 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn durations_are_rounded_up() {
        for (nanos, text) in [
            (0, "0 ms"),
            (1, "1 ms"),
            (999_000_000, "999 ms"),
            (999_000_001, "1 s"),
            (1_000_000_001, "1.1 s"),
            (3_000_000_000, "3 s"),
            (59_900_000_000, "59.9 s"),
            (59_900_000_001, "60 s"),
        ] {
            assert_eq!(Rounded(Duration::from_nanos(nanos)).to_string(), text);
        }
    }
}
