//! The limits of a decoder.

/// How much a decoder may buffer.
///
/// The memory of a decoder exceeds its limit by a constant only: at most four buffers of 128 KiB for event types, IDs and
/// unfinished lines, and 4 KiB.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use sse_proto::{Decoder, Limits};
///
/// const LIMITS: Limits = Limits::new().with_max_event_bytes(64 * 1024);
///
/// let decoder = Decoder::with_limits(LIMITS);
/// assert_eq!(decoder.limits().max_event_bytes, 64 * 1024);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// The maximum number of bytes that a decoder buffers at any time, as text in which U+FFFD has replaced invalid UTF-8: the
    /// data of the event with its line feeds, the event type, the ID of the block, the last event ID, and the unfinished line.
    /// An event that would exceed it is an error, even if it lies entirely in the chunk. 16 MiB by default, because images
    /// arrive in one event; `usize::MAX` means no limit.
    pub max_event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    /// Returns the default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self { max_event_bytes: 16 * 1024 * 1024 }
    }

    /// Sets [`max_event_bytes`](Self::max_event_bytes).
    #[must_use]
    pub const fn with_max_event_bytes(self, max_event_bytes: usize) -> Self {
        Self { max_event_bytes }
    }
}
