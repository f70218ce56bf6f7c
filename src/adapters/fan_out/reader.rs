//! A reader of the local log, which wakes its task.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll};

use bytes::Bytes;

use super::delivery::Delivery;
use super::shared::{Shared, State};
use super::wait::Wait;
use crate::Event;
use crate::adapters::Encoded;
use crate::server::{Cursor, History, Next, Resume};

/// A place in the local log. It is counted as a subscriber until it is dropped.
pub(super) struct Reader {
    shared: Arc<Shared>,
    cursor: Cursor,
    wait: Wait,
    first: First,
    /// Whether a snapshot comes first.
    is_snapshot_due: bool,
    has_ended: bool,
}

/// What is delivered before the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Nothing,
    /// The ID of the event before the cursor, which the client does not have.
    Id,
    /// That events are missing before the cursor.
    Gap,
}

/// Whether the local log has an ID.
pub(super) enum Look {
    /// The reader continues after it.
    Found,
    NotYet(NotYet),
    /// It does not, and the fan-out is closed.
    Closed,
}

/// When a reader looked for an ID in the local log, which did not have it.
pub(super) struct NotYet {
    end: Cursor,
    sent: u64,
}

impl Reader {
    /// Subscribes. Also returns `false` if the client may have missed events, and what `look` returns. It is called under the same
    /// lock: what it reads may be evicted as soon as the lock is released.
    pub(super) fn new<T>(
        shared: &Arc<Shared>,
        last_event_id: Option<&[u8]>,
        look: impl FnOnce(&History<Bytes>, &Cursor) -> T,
    ) -> (Self, bool, T) {
        let state = shared.lock();
        let (cursor, first) = match state.history.resume_bytes(last_event_id) {
            Resume::Live(cursor) => (cursor, First::Id),
            Resume::From(cursor) => (cursor, First::Nothing),
            Resume::Gone(cursor) => (cursor, First::Gap),
        };
        let looked = look(&state.history, &cursor);
        drop(state);
        shared.subscribers.fetch_add(1, Ordering::Relaxed);
        let reader = Self {
            shared: Arc::clone(shared),
            cursor,
            wait: Wait::default(),
            first,
            is_snapshot_due: false,
            has_ended: false,
        };
        (reader, first != First::Gap, looked)
    }

    /// Begins with a snapshot if the client has no last event ID. Called before the first poll.
    pub(super) fn begin_with_snapshot(&mut self) {
        self.is_snapshot_due = self.first == First::Id;
    }

    pub(super) fn takes_snapshot(&mut self) -> bool {
        core::mem::take(&mut self.is_snapshot_due)
    }

    pub(super) const fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// The subscription returns nothing more.
    pub(super) fn end(&mut self) {
        self.has_ended = true;
    }

    /// Returns what is next; `None` at the end of a log that is closed.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Delivery>> {
        let Self { shared, cursor, first, wait, .. } = self;
        wait.poll(cx, shared, |state| read(state, cursor, first))
    }

    /// Continues at the end of the log, from where the client is first sent the ID. Returns what `look` returns, as `new`.
    pub(super) fn skip_to_live<T>(&mut self, look: impl FnOnce(&History<Bytes>, &Cursor) -> T) -> T {
        let state = self.shared.lock();
        self.cursor = state.history.live();
        self.first = First::Id;
        look(&state.history, &self.cursor)
    }

    /// Continues at the oldest event. That events are missing was delivered already.
    pub(super) fn skip_to_oldest(&mut self) {
        let state = self.shared.lock();
        self.cursor = state.history.oldest();
        self.first = after_gap(&state.history, &self.cursor);
    }

    /// Continues after the event with this ID, if the local log has it.
    pub(super) fn look(&mut self, id: &str) -> Look {
        look_in(&self.shared.lock(), id, &mut self.cursor, &mut self.first)
    }

    /// Waits until the local log has the event with this ID, or may have had it since an earlier look, or this many events were sent
    /// since then.
    pub(super) fn poll_look(&mut self, cx: &mut Context<'_>, id: &str, earlier: &NotYet, sends: u64) -> Poll<Look> {
        let Self { shared, cursor, first, wait, .. } = self;
        wait.poll(cx, shared, |state| {
            let look = look_in(state, id, cursor, first);
            if let Look::NotYet(now) = &look {
                let is_evicted = matches!(state.history.next(&mut earlier.end.clone()), Next::Gone { .. });
                if !is_evicted && now.sent.saturating_sub(earlier.sent) < sends {
                    return Poll::Pending;
                }
            }
            Poll::Ready(look)
        })
    }
}

/// Returns what is next; `None` at the end of a log that is closed.
fn read(state: &State, cursor: &mut Cursor, first: &mut First) -> Poll<Option<Delivery>> {
    match core::mem::replace(first, First::Nothing) {
        First::Nothing => {}
        First::Id => {
            if let Some(block) = last_read_block(&state.history, cursor) {
                return Poll::Ready(Some(Delivery::Event(block)));
            }
        }
        First::Gap => {
            *cursor = state.history.oldest();
            *first = after_gap(&state.history, cursor);
            return Poll::Ready(Some(Delivery::Gap { missed: None }));
        }
    }
    match state.history.next(cursor) {
        Next::Event(bytes) => Poll::Ready(Some(Delivery::Event(Encoded::from_encoder(bytes.clone())))),
        Next::Gone { missed } => {
            *first = after_gap(&state.history, cursor);
            Poll::Ready(Some(Delivery::Gap { missed }))
        }
        Next::UpToDate if state.is_closed => Poll::Ready(None),
        Next::UpToDate => Poll::Pending,
    }
}

/// Moves the cursor after the event with this ID, if the local log has it.
fn look_in(state: &State, id: &str, cursor: &mut Cursor, first: &mut First) -> Look {
    match state.history.resume(Some(id)) {
        Resume::From(found) => {
            (*cursor, *first) = (found, First::Nothing);
            Look::Found
        }
        Resume::Live(_) | Resume::Gone(_) if state.is_closed => Look::Closed,
        Resume::Live(_) | Resume::Gone(_) => Look::NotYet(NotYet { end: state.history.live(), sent: state.sent }),
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.subscribers.fetch_sub(1, Ordering::Relaxed);
    }
}

/// If no event follows, the client is sent the ID from which it can resume, so that it is told of the gap once.
fn after_gap(history: &History<Bytes>, cursor: &Cursor) -> First {
    if history.next(&mut cursor.clone()) == Next::UpToDate { First::Id } else { First::Nothing }
}

/// The block with the ID of a client that was sent all that is before the cursor, if it is known.
pub(super) fn last_read_block(history: &History<Bytes>, cursor: &Cursor) -> Option<Encoded> {
    history.last_read_id(cursor).and_then(id_block)
}

/// A block without data that gives the client this ID.
pub(super) fn id_block(id: impl AsRef<str>) -> Option<Encoded> {
    Event::without_data().with_id(id.as_ref()).ok().map(Encoded::from)
}
