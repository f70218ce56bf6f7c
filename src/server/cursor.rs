//! Places in a log, and what reading from one gives.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Where a reader is in a [`History`](super::History): before an event, or at the end.
///
/// A cursor is two words, holds nothing in the log, and needs no unregistering. [`History::next`](super::History::next) moves it.
/// [Input, output, limits and cost](super::History) of reading are those of the log. A cursor of another log is noticed and
/// reported as [`Next::Gone`].
///
/// It is not `Copy`: a copy made by mistake, in a closure for example, would move instead of the reader's cursor, and the reader
/// would see events twice. A clone reads the same events as the original.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub(super) log: LogId,
    /// The number of the next event.
    pub(super) next: u64,
}

/// The place of an event in a [`History`](super::History). It stays valid, but means nothing in another log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub(super) log: LogId,
    pub(super) number: u64,
}

impl Position {
    /// The number of the event: 1 for the first event of a log, and one more for each next one. In a numbered log it is the
    /// number in the ID.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.number
    }
}

/// Where a client begins to read: the answer of [`History::resume`](super::History::resume).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "the client may have missed events"]
#[allow(clippy::exhaustive_enums, reason = "a server must handle all: a gap that is ignored is lost data")]
pub enum Resume {
    /// The client has no last event ID. The cursor is at the end of the log. Send it
    /// [`History::last_event_id`](super::History::last_event_id) in a block without data, so that it can resume from here.
    Live(Cursor),
    /// The client has missed nothing that is not in the log. The cursor is after the last event that the client has received.
    From(Cursor),
    /// The client may have missed events that are not in the log: its last event ID is unknown. The cursor is at the oldest event.
    Gone(Cursor),
}

/// What a reader gets: the answer of [`History::next`](super::History::next).
#[derive(PartialEq, Eq)]
#[must_use = "the cursor has moved"]
#[allow(clippy::exhaustive_enums, reason = "a server must handle all: a gap that is ignored is lost data")]
pub enum Next<'a, B> {
    /// The next event, encoded. The cursor has moved past it.
    Event(&'a B),
    /// There is no newer event. The cursor has not moved.
    UpToDate,
    /// Events were evicted before the reader got to them. The cursor has moved to the oldest event in the log.
    #[non_exhaustive]
    Gone {
        /// How many; `None` if the cursor belongs to another log.
        missed: Option<u64>,
    },
}

impl<B> Clone for Next<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B> Copy for Next<'_, B> {}

/// Shows the length of the event, but not its bytes, which may be confidential.
impl<B: AsRef<[u8]>> fmt::Debug for Next<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Event(bytes) => f.debug_struct("Event").field("len", &bytes.as_ref().len()).finish(),
            Self::UpToDate => f.write_str("UpToDate"),
            Self::Gone { missed } => f.debug_struct("Gone").field("missed", missed).finish(),
        }
    }
}

/// Tells the logs of a process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LogId(usize);

static LOGS: AtomicUsize = AtomicUsize::new(0);

impl LogId {
    pub(super) fn new() -> Self {
        #[cfg(target_has_atomic = "ptr")]
        let id = LOGS.fetch_add(1, Ordering::Relaxed);
        // Such a target has one core. Two logs get the same number only if an interrupt handler makes one just here.
        #[cfg(not(target_has_atomic = "ptr"))]
        let id = {
            let id = LOGS.load(Ordering::Relaxed);
            LOGS.store(id.wrapping_add(1), Ordering::Relaxed);
            id
        };
        Self(id)
    }
}
