//! What a decoder may hold.

/// What a decoder may hold.
///
/// ```
/// use sse_proto::{Decoder, Limits};
///
/// let decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(64 * 1024));
/// assert_eq!(decoder.limits().max_event_bytes, 64 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// The most text, in bytes, that a decoder holds at any moment: the data of the event with its line feeds, its type,
    /// its id, and the last event ID. 16 MiB by default, for images arrive in one event; `usize::MAX` is no limit.
    pub max_event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_event_bytes: 16 * 1024 * 1024 }
    }
}

impl Limits {
    /// Sets [`max_event_bytes`](Self::max_event_bytes).
    #[must_use]
    pub const fn with_max_event_bytes(self, max_event_bytes: usize) -> Self {
        Self { max_event_bytes }
    }
}
