//! What a decoder may buffer.

/// What a decoder may buffer.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use sse_proto::{Decoder, Limits};
///
/// let decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(64 * 1024));
/// assert_eq!(decoder.limits().max_event_bytes, 64 * 1024);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// The most bytes that a decoder buffers at any moment: the data of the event with its line feeds, its type, its ID, an
    /// unfinished line, and the last event ID. 16 MiB by default, as some services send images in one event; `usize::MAX` is
    /// no limit.
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
