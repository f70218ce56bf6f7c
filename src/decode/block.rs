//! The state of the current block.
//!
//! As long as all lines of a block lie entirely in one chunk, at most one per field, their values are not copied:
//! [`BorrowedFields`] refers to them, and the event borrows them from the chunk. In all other cases (a second `data` line, a
//! block that spans chunks, invalid UTF-8) the values are copied once, into [`Pending`], and validated when the event is
//! complete.

use crate::decode::borrowed_fields::{BorrowedFields, BorrowedText};
use crate::decode::ignored::Ignored;
use crate::decode::pending::Pending;
use crate::decode::reconnection_time::ReconnectionTime;
use crate::decode::storage::{Buffer, LastEventIdBuffer, Storage};
use crate::error::TooLarge;
use crate::event::borrowed::{Event, LastEventId};
use crate::field::Field;

/// The state of the current block, from its first line to its blank line, and what outlives it: the last event ID, the
/// reconnection time, the ignored lines.
#[derive(Clone, PartialEq)]
pub(crate) struct Block<S: Storage> {
    pub(crate) pending: Pending<S>,
    pub(crate) reconnection_time: ReconnectionTime,
    pub(crate) ignored: Ignored,
    pub(super) phase: Phase,
    /// The phase that follows [`Phase::LineCollected`]; `Empty` in all other phases.
    pub(super) next_phase: Phase,
    has_data: bool,
    has_id: bool,
    has_retry: bool,
    pub(super) line: Line,
}

/// The phases of a block. Those in which the caller may borrow from the buffers until the next call come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Nothing is buffered.
    Empty,
    /// Lines of the block are buffered, whole or in part.
    Open,
    /// The block exceeded a limit. The rest of it is skipped.
    Skipped,
    /// The block is complete. Its event borrows from the buffers.
    Dispatched,
    /// A comment or an ignored line is being collected in [`Pending::line`], or borrows from it. [`Block::next_phase`] follows.
    LineCollected,
}

/// The state of a line that arrives in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// No fragment has arrived.
    Start,
    /// The fragments so far are in [`Pending::line`].
    Buffered,
    /// The fragments so far are at the end of [`Pending::data`].
    Data,
    /// The value has no effect. The rest of it is dropped.
    Dropped,
}

impl<S: Storage> Block<S> {
    pub(crate) const fn new(max_event_bytes: usize) -> Self {
        Self {
            pending: Pending::new(max_event_bytes),
            reconnection_time: ReconnectionTime::new(),
            ignored: Ignored::new(),
            next_phase: Phase::Empty,
            phase: Phase::Empty,
            has_data: false,
            has_id: false,
            has_retry: false,
            line: Line::Start,
        }
    }

    /// Ends the borrow of what the previous call returned, and clears its buffers.
    #[inline]
    pub(crate) fn release(&mut self) {
        if self.phase >= Phase::Dispatched {
            self.release_now();
        }
    }

    /// As [`release`](Self::release), but a line that is still being collected stays.
    pub(crate) fn release_borrowed(&mut self) {
        if self.line == Line::Start || self.phase != Phase::LineCollected {
            self.release();
        }
    }

    #[inline(never)]
    fn release_now(&mut self) {
        if self.phase == Phase::LineCollected {
            self.leave_line();
            self.drop_collected(true);
        } else {
            self.close();
        }
    }

    /// Whether nothing of the block is buffered, so that its values can be [borrowed](Self::borrow).
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.phase == Phase::Empty
    }

    /// Whether an incomplete event would be lost if the stream ended here.
    pub(crate) fn is_incomplete(&self) -> bool {
        let phase = if self.phase == Phase::LineCollected { self.next_phase } else { self.phase };
        match phase {
            Phase::Skipped => true,
            Phase::Empty | Phase::Dispatched | Phase::LineCollected => false,
            Phase::Open => self.has_data || self.has_id || self.pending.event_type.len() > 0,
        }
    }

    /// Returns the fields of a block that has none yet.
    #[inline]
    pub(crate) const fn no_fields<'i>(&self) -> BorrowedFields<'i> {
        BorrowedFields { data: None, event_type: None, id: None, free: self.pending.free() }
    }

    /// The fast path of "Process the field", for a line that lies entirely in the chunk, while nothing of the block is buffered.
    /// Returns `false`, and changes nothing, if the line needs the slow path.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "keeps the fields in registers")]
    pub(crate) fn borrow<'i>(fields: &mut BorrowedFields<'i>, field: Field, bytes: &'i [u8]) -> bool {
        let Some(free) = fields.free.checked_sub(bytes.len()) else { return false };
        let is_borrowed = match field {
            Field::Data => bytes.len() <= S::MAX_DATA_LEN && set_once(&mut fields.data, bytes),
            Field::Event => bytes.len() <= S::MAX_FIELD_LEN && set_once(&mut fields.event_type, bytes),
            Field::Id => bytes.len() <= S::MAX_FIELD_LEN && !bytes.contains(&0) && set_once(&mut fields.id, bytes),
            _ => false,
        };
        if is_borrowed {
            fields.free = free;
        }
        is_borrowed
    }

    /// Whether `len` bytes of data can be [borrowed](Self::borrow) by a block without fields.
    #[inline]
    pub(crate) fn has_room_for_data(&self, len: usize) -> bool {
        len <= self.pending.free() && len <= S::MAX_DATA_LEN
    }

    /// "Dispatch the event", for a block without fields other than `retry`.
    #[inline]
    pub(crate) fn dispatch_empty(&mut self) {
        self.has_retry = false;
    }

    /// "Dispatch the event", for a block of which nothing is buffered and whose values are valid UTF-8. Its `id` takes effect.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn dispatch_in_chunk<'d, 'i: 'd>(&'d mut self, text: BorrowedText<'i>) -> Event<'d> {
        let retry = self.take_block_retry();
        let id = match text.id {
            Some(id) => {
                self.pending.set_last_event_id(id);
                LastEventId::Own(id)
            }
            None => LastEventId::Inherited(self.pending.last_event_id.as_str()),
        };
        Event::from_parts(text.event_type, Some(text.data), id, retry)
    }

    /// As [`dispatch_in_chunk`](Self::dispatch_in_chunk), for a caller that builds the event: the `id` takes effect. Returns
    /// the `retry` of the block.
    #[cfg(feature = "bytes")]
    #[inline]
    pub(crate) fn commit_in_chunk(&mut self, id: Option<&str>) -> Option<u64> {
        if let Some(id) = id {
            self.pending.set_last_event_id(id);
        }
        self.take_block_retry()
    }

    #[inline]
    fn take_block_retry(&mut self) -> Option<u64> {
        if core::mem::take(&mut self.has_retry) { self.reconnection_time.get() } else { None }
    }

    /// Buffers the fields of a complete block and dispatches it, as [`dispatch`](Self::dispatch).
    #[cold]
    pub(crate) fn dispatch_borrowed(&mut self, fields: BorrowedFields<'_>) -> Result<bool, TooLarge> {
        self.buffer_fields(fields);
        self.dispatch(false)
    }

    /// Copies borrowed fields into the buffers: the chunk ends within the block, or the block needs the slow path.
    pub(crate) fn buffer_fields(&mut self, fields: BorrowedFields<'_>) {
        if let Some(data) = fields.data {
            self.has_data = true;
            self.pending.append_data(false, data);
        }
        if let Some(event_type) = fields.event_type {
            self.pending.append_type(event_type);
        }
        if let Some(id) = fields.id {
            self.has_id = true;
            self.pending.append_id(id);
        }
        self.phase = Phase::Open;
    }

    /// Whether the buffered data is known to be valid UTF-8, and stays so if valid UTF-8 is appended.
    #[inline]
    pub(crate) fn is_pending_text(&self) -> bool {
        self.pending.data.is_utf8()
    }

    /// Whether the current line is a partly buffered line of data to which `more` bytes can be appended, within the limits and
    /// the capacity: the fast path of long values.
    #[inline]
    pub(crate) fn can_extend_data(&self, more: usize) -> bool {
        self.line == Line::Data && self.pending.can_extend_data(more)
    }

    /// Appends to the current line of data, as [`can_extend_data`](Self::can_extend_data) has allowed. `text` is the same bytes
    /// if they are known to be valid UTF-8.
    #[inline]
    pub(crate) fn extend_data(&mut self, bytes: &[u8], text: Option<&str>, ends_line: bool) {
        self.pending.extend_data(bytes, text);
        if ends_line {
            self.line = Line::Start;
        }
    }

    /// Appends whole lines of data, with a LF before each line but the first of the block. The caller has checked the limits.
    pub(crate) fn append_lines(&mut self, lines: &[u8]) {
        self.phase = Phase::Open;
        self.has_data = true;
        self.pending.append_lines(lines);
    }

    /// Whether data is buffered.
    pub(crate) const fn has_data(&self) -> bool {
        self.has_data
    }

    /// Appends a line of data, whole or its first fragment: the fast path of data of many lines. `text` is the same bytes if
    /// they are known to be valid UTF-8. Returns `false`, and changes nothing, if the line does not fit into the limits and the
    /// capacity, or the block is skipped.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called in a loop")]
    pub(crate) fn add_data_line(&mut self, bytes: &[u8], text: Option<&str>, ends_line: bool) -> bool {
        let taken = self.phase != Phase::Skipped && self.pending.add_data_line(self.has_data, bytes, text);
        if taken {
            self.phase = Phase::Open;
            self.has_data = true;
            self.line = if ends_line { Line::Start } else { Line::Data };
        }
        taken
    }

    /// "Process the field", for a whole line or a fragment of one. After an error the rest of the block is skipped.
    pub(crate) fn take(&mut self, field: Field, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        let skipped = self.phase == Phase::Skipped;
        let taken = match field {
            Field::Comment | Field::Other => {
                if field == Field::Other {
                    self.ignored.take(bytes, ends_line);
                }
                return Ok(());
            }
            Field::Retry => {
                self.take_retry(bytes, ends_line);
                return Ok(());
            }
            Field::Data | Field::Event if skipped => {
                self.line = Line::Dropped;
                Ok(())
            }
            Field::Data => self.take_data(bytes),
            Field::Event => self.take_type(bytes, ends_line),
            Field::Id => self.take_id(bytes, ends_line),
        };
        self.line = match (ends_line, self.line) {
            (true, _) => Line::Start,
            (false, Line::Start) if field == Field::Data => Line::Data,
            (false, Line::Start) => Line::Buffered,
            (false, line) => line,
        };
        if skipped {
            // An ID that is too long is dropped without an error, because the block has already returned one.
            return Ok(());
        }
        self.phase = Phase::Open;
        if taken.is_err() {
            self.skip();
            self.line = if ends_line { Line::Start } else { Line::Dropped };
        }
        taken
    }

    /// "Dispatch the event", at the blank line. Returns `false` if there is no event: the block was skipped, or has no data. If
    /// `without_data` is set, a block with another field is dispatched, too. The data is validated by
    /// [`validate_data`](Self::validate_data).
    pub(crate) fn dispatch(&mut self, without_data: bool) -> Result<bool, TooLarge> {
        let skipped = self.phase == Phase::Skipped;
        // "Set the last event ID string of the event source to the value of the last event ID buffer."
        let committed = if self.has_id { self.pending.commit_id() } else { Ok(()) };
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return."
        if skipped || (committed.is_ok() && !self.has_data && !(without_data && self.has_other_fields())) {
            self.close();
            return Ok(false);
        }
        if let Err(error) = committed.and_then(|()| self.pending.validate_type()) {
            self.close();
            return Err(error);
        }
        self.phase = Phase::Dispatched;
        Ok(true)
    }

    fn has_other_fields(&self) -> bool {
        self.has_id || self.has_retry || self.pending.event_type.len() > 0
    }

    /// Validates the data of the dispatched event, and replaces invalid UTF-8.
    pub(crate) fn validate_data(&mut self) -> Result<(), TooLarge> {
        let valid = self.pending.validate_data();
        if valid.is_err() {
            self.close();
        }
        valid
    }

    /// The dispatched event, whose data has been validated.
    pub(crate) fn dispatched_event(&self) -> Event<'_> {
        self.dispatched_event_with(self.pending.data.as_str())
    }

    /// The dispatched event, with the given data.
    pub(crate) fn dispatched_event_with<'b>(&'b self, data: &'b str) -> Event<'b> {
        let id = self.pending.last_event_id.as_str();
        let id = if self.has_id { LastEventId::Own(id) } else { LastEventId::Inherited(id) };
        let retry = if self.has_retry { self.reconnection_time.get() } else { None };
        let event_type = if self.pending.event_type.len() > 0 { self.pending.event_type.as_str() } else { "" };
        Event::from_parts(event_type, self.has_data.then_some(data), id, retry)
    }

    /// Drops an unfinished line, which is then not processed.
    pub(crate) fn discard_line(&mut self) {
        match self.line {
            Line::Start => {}
            Line::Data => self.has_data = self.pending.drop_last_data_line(),
            Line::Buffered | Line::Dropped => self.pending.clear_line(),
        }
        self.line = Line::Start;
        self.reconnection_time = self.reconnection_time.of_next_stream();
        self.ignored.end_line();
    }

    pub(crate) fn take_retry(&mut self, bytes: &[u8], ends_line: bool) {
        self.has_retry |= self.reconnection_time.take(bytes, ends_line);
    }

    /// "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data
    /// buffer", and at last "remove the last character from the data buffer". So only a LF between two lines is stored.
    fn take_data(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        let begins_another_line = self.line == Line::Start && self.has_data;
        self.pending.room(Field::Data, self.pending.data.len(), usize::from(begins_another_line) + bytes.len())?;
        self.has_data = true;
        self.pending.append_data(begins_another_line, bytes);
        Ok(())
    }

    /// "Set the event type buffer to the field value."
    fn take_type(&mut self, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        if let Err(error) = self.pending.room(Field::Event, self.pending.line.len(), bytes.len()) {
            self.pending.clear_line();
            return Err(error);
        }
        if ends_line && self.line == Line::Start {
            self.pending.clear_type();
            self.pending.append_type(bytes);
            return Ok(());
        }
        self.pending.append_line(bytes);
        if ends_line {
            self.pending.complete_type();
        }
        Ok(())
    }

    /// "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value. Otherwise,
    /// ignore the field."
    fn take_id(&mut self, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        if self.line == Line::Dropped {
            return Ok(());
        }
        let nul = bytes.iter().position(|&byte| byte == 0);
        let room = self.pending.room(Field::Id, self.pending.line.len(), nul.unwrap_or(bytes.len()));
        if nul.is_some() || room.is_err() {
            self.pending.clear_line();
            self.line = Line::Dropped;
            return room;
        }
        self.has_id |= ends_line;
        if ends_line && self.line == Line::Start {
            self.pending.clear_id();
            self.pending.append_id(bytes);
            return Ok(());
        }
        self.pending.append_line(bytes);
        if ends_line {
            self.pending.complete_id();
        }
        Ok(())
    }

    /// Skips the rest of the block. An `id` still takes effect.
    fn skip(&mut self) {
        let has_id = self.has_id;
        self.close();
        self.has_id = has_id;
        self.phase = Phase::Skipped;
    }

    /// "Set the data buffer and the event type buffer to the empty string."
    #[inline(never)]
    fn close(&mut self) {
        self.phase = Phase::Empty;
        self.has_data = false;
        self.has_id = false;
        self.has_retry = false;
        self.pending.clear_data();
        self.pending.clear_type();
    }
}

/// Sets the slot if it is empty. Returns whether it was.
#[inline(always)]
#[allow(clippy::inline_always, reason = "keeps the fields in registers")]
const fn set_once<'i>(slot: &mut Option<&'i [u8]>, bytes: &'i [u8]) -> bool {
    let is_unset = slot.is_none();
    if is_unset {
        *slot = Some(bytes);
    }
    is_unset
}

#[cfg(test)]
mod tests {
    use super::Block;
    use crate::decode::storage::Fixed;
    use crate::field::Field;

    /// Calls the fast paths directly: through the decoder, the slow path would hide that they are not taken.
    #[test]
    fn data_is_extended_on_the_fast_paths() {
        let mut block = Block::<Fixed<20, 4>>::new(usize::MAX);
        assert!(!block.can_extend_data(1), "no data");
        assert!(block.take(Field::Data, b"abc", false).is_ok());
        assert!(block.can_extend_data(1));
        block.extend_data(b"d", None, true);
        assert!(!block.can_extend_data(1), "the line is complete");
        assert!(block.add_data_line(b"e", None, true));
        assert!(block.dispatch(false).is_ok() && block.validate_data().is_ok());
        assert_eq!(block.dispatched_event().data(), "abcd\ne");
    }
}
