//! What a log keeps.

use core::time::Duration;

/// How much a [`History`](super::History) keeps. The oldest events are evicted first.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::server::Retention;
///
/// let retention = Retention::default().with_max_events(100).with_max_age(Some(Duration::from_secs(3600)));
/// assert_eq!(retention.max_events, 100);
/// assert_eq!(retention.max_bytes, 16 * 1024 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Retention {
    /// The maximum number of events; 1,000 by default, `usize::MAX` means no limit. With 0 nothing is kept.
    pub max_events: usize,
    /// The maximum total length of the encoded events in bytes; 16 MiB by default, `usize::MAX` means no limit. An event that
    /// alone is longer is [`Rejected::TooLarge`](super::Rejected::TooLarge). What a log needs besides the encoded bytes does not
    /// count: see [Memory](super#memory).
    pub max_bytes: usize,
    /// The maximum age of an event, none by default. An event whose age exceeds it is evicted by the next
    /// [`push`](super::History::push) or [`evict`](super::History::evict).
    pub max_age: Option<Duration>,
}

impl Default for Retention {
    fn default() -> Self {
        Self::new()
    }
}

impl Retention {
    /// Returns the default retention.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_events: 1000, max_bytes: 16 * 1024 * 1024, max_age: None }
    }

    /// Sets [`max_events`](Self::max_events).
    #[must_use]
    pub const fn with_max_events(self, max_events: usize) -> Self {
        Self { max_events, ..self }
    }

    /// Sets [`max_bytes`](Self::max_bytes).
    #[must_use]
    pub const fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Sets [`max_age`](Self::max_age).
    #[must_use]
    pub const fn with_max_age(self, max_age: Option<Duration>) -> Self {
        Self { max_age, ..self }
    }
}
