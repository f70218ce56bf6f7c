//! The policy: how long a client waits, and when it gives up.

use core::time::Duration;

/// When a client reconnects, how long it waits before, and when it stops.
///
/// The default is for programs. [`browser`](Self::browser) follows the standard exactly.
///
/// | | default | `browser()` |
/// |---|---|---|
/// | [`reconnection_time`](Self::reconnection_time), until the server sets one | 3 s | 3 s |
/// | [`min_delay`](Self::min_delay) | 500 ms | 0 |
/// | [`max_delay`](Self::max_delay) | 60 s | none |
/// | [`backoff_factor`](Self::backoff_factor) | 2 | 1 |
/// | [`jitter_percent`](Self::jitter_percent) | 50 | 0 |
/// | [`max_attempts`](Self::max_attempts) | 100 | none |
/// | [`idle_timeout`](Self::idle_timeout) | 5 min | none |
/// | [`healthy_after`](Self::healthy_after) | 30 s | 30 s |
/// | [`retry_statuses`](Self::retry_statuses) | yes | no |
///
/// ```
/// use core::time::Duration;
/// use sse_proto::client::Policy;
///
/// let policy = Policy::default().with_max_delay(Duration::from_secs(20)).with_idle_timeout(Some(Duration::from_secs(45)));
/// assert_eq!(policy.max_delay, Duration::from_secs(20));
/// ```
///
/// # Requests that are not GET
///
/// A request that changes something on the server must not be repeated unasked. For a `POST`, such as the request of a
/// completion, use [`Policy::once`], which connects once and never again. The asynchronous client of the feature `client` needs no such
/// policy: it does not repeat a `POST` unless it is told to, whatever its policy says. See also
/// [POST requests that are resumed with GET](super#a-post-that-is-resumed-with-get).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Policy {
    /// The reconnection time until the server sets one with a `retry` field.
    pub reconnection_time: Duration,
    /// The least delay before a reconnection, whatever the server asks for: `retry: 0` and `Retry-After: 0` must not make the
    /// client spin.
    pub min_delay: Duration,
    /// The greatest delay before a reconnection, with jitter. If `retry` or `Retry-After` is longer, the client reconnects earlier
    /// than the server asks for.
    pub max_delay: Duration,
    /// The delay is multiplied by this number for each attempt after the first, until the connection is healthy again. 1
    /// keeps the delay constant.
    pub backoff_factor: u32,
    /// How much is added to the delay at random, at most, in percent of the delay: clients that lost the same server must not
    /// come back at the same moment. Where [`max_delay`](Self::max_delay) leaves no room to add, it is subtracted, but the delay
    /// is never shorter than what the server asks for, up to [`max_delay`](Self::max_delay). So there is no jitter if the server
    /// asks for that much.
    pub jitter_percent: u32,
    /// How many attempts in a row are made to reconnect without a healthy connection in between. 0 never reconnects,
    /// `u32::MAX` means no limit. An event makes a connection healthy: if each connection ends after an event, the client
    /// reconnects without end, each time with the delay of a first attempt. To bound that, too, look at
    /// [`Reconnect::connections`](crate::client::Reconnect::connections).
    pub max_attempts: u32,
    /// How long nothing may arrive, neither the response nor any byte of the stream, before the connection is given up.
    /// Comments count, so servers that send keep-alives do not run into it. `None` means no limit.
    ///
    /// A timeout is a failed attempt, so a server that sends neither events nor keep-alives uses up
    /// [`max_attempts`](Self::max_attempts).
    pub idle_timeout: Option<Duration>,
    /// How long a connection must be open to be healthy if it delivers no event. An event makes it healthy at once, also one that
    /// is skipped because of a limit; a response alone never does, nor does the silence before a timeout.
    pub healthy_after: Duration,
    /// Whether the statuses 408, 425, 429 and 5xx are temporary, so that the client tries again, after `Retry-After` if the
    /// response has it. All other statuses but 200 end the connection for good.
    ///
    /// `Retry-After` takes the place of the reconnection time and of the backoff for one delay, within
    /// [`min_delay`](Self::min_delay) and [`max_delay`](Self::max_delay). Its attempts count.
    pub retry_statuses: bool,
}

impl Policy {
    /// Returns the default policy.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reconnection_time: Duration::from_secs(3),
            min_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(60),
            backoff_factor: 2,
            jitter_percent: 50,
            max_attempts: 100,
            idle_timeout: Some(Duration::from_secs(300)),
            healthy_after: Duration::from_secs(30),
            retry_statuses: true,
        }
    }

    /// Returns a policy that follows the standard exactly
    /// ([HTML, 9.2.3](https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection)): the client
    /// waits for the reconnection time and not longer, tries without limit, and stops at any status but 200.
    ///
    /// A server can make such a client reconnect without any delay (`retry: 0`), or not in a lifetime.
    #[must_use]
    pub const fn browser() -> Self {
        Self {
            min_delay: Duration::ZERO,
            max_delay: Duration::MAX,
            backoff_factor: 1,
            jitter_percent: 0,
            max_attempts: u32::MAX,
            idle_timeout: None,
            retry_statuses: false,
            ..Self::new()
        }
    }

    /// Returns the default policy without reconnections: for requests that must not be repeated.
    #[must_use]
    pub const fn once() -> Self {
        Self { max_attempts: 0, ..Self::new() }
    }

    /// Sets [`reconnection_time`](Self::reconnection_time).
    #[must_use]
    pub const fn with_reconnection_time(self, reconnection_time: Duration) -> Self {
        Self { reconnection_time, ..self }
    }

    /// Sets [`min_delay`](Self::min_delay).
    #[must_use]
    pub const fn with_min_delay(self, min_delay: Duration) -> Self {
        Self { min_delay, ..self }
    }

    /// Sets [`max_delay`](Self::max_delay). It prevails over a greater [`min_delay`](Self::min_delay).
    #[must_use]
    pub const fn with_max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// Sets [`backoff_factor`](Self::backoff_factor). 0 is the same as 1.
    #[must_use]
    pub const fn with_backoff_factor(self, backoff_factor: u32) -> Self {
        Self { backoff_factor, ..self }
    }

    /// Sets [`jitter_percent`](Self::jitter_percent).
    #[must_use]
    pub const fn with_jitter_percent(self, jitter_percent: u32) -> Self {
        Self { jitter_percent, ..self }
    }

    /// Sets [`max_attempts`](Self::max_attempts).
    #[must_use]
    pub const fn with_max_attempts(self, max_attempts: u32) -> Self {
        Self { max_attempts, ..self }
    }

    /// Sets [`idle_timeout`](Self::idle_timeout).
    #[must_use]
    pub const fn with_idle_timeout(self, idle_timeout: Option<Duration>) -> Self {
        Self { idle_timeout, ..self }
    }

    /// Sets [`healthy_after`](Self::healthy_after).
    #[must_use]
    pub const fn with_healthy_after(self, healthy_after: Duration) -> Self {
        Self { healthy_after, ..self }
    }

    /// Sets [`retry_statuses`](Self::retry_statuses).
    #[must_use]
    pub const fn with_retry_statuses(self, retry_statuses: bool) -> Self {
        Self { retry_statuses, ..self }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}
