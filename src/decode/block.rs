//! The block that is being decoded: what its lines have said so far.
//!
//! The way of a value: while all lines of the block lie whole in the chunk, one for each field, they are only looked at
//! ([`Lines`]) and lent, in place, with the event. If not (a second `data` line, a block that spans chunks, invalid
//! UTF-8), they are copied, once, to where their fields are kept. What is kept becomes text when the event is complete.

use crate::decode::borrowed_fields::{BorrowedFields, BorrowedText};
use crate::decode::ignored::Ignored;
use crate::decode::pending::Pending;
use crate::decode::reconnection_time::ReconnectionTime;
use crate::decode::storage::{Buffer, LastEventIdBuffer, Storage};
use crate::error::TooLarge;
use crate::event::borrowed::{Event, LastEventId};
use crate::field::Field;
use crate::text::utf8;

/// The state of a block, from its first line to its blank line.
#[derive(Clone, PartialEq)]
pub(crate) struct Block<S: Storage> {
    pub(crate) pending: Pending<S>,
    pub(crate) reconnection_time: ReconnectionTime,
    pub(crate) ignored: Ignored,
    phase: Phase,
    /// The phase that follows [`Phase::LineLent`].
    next_phase: Phase,
    has_data: bool,
    has_id: bool,
    has_retry: bool,
    line: Line,
}

/// The phases of a block. Those of which something is borrowed until the next call come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// Nothing is buffered.
    Empty,
    /// Some of it is buffered.
    Open,
    /// It exceeded a limit; the rest of it is skipped.
    Skipped,
    /// It is complete; its event was borrowed from the buffers.
    Dispatched,
    /// A comment or an ignored line was borrowed from the buffer of the line, or is being collected there. The block goes on
    /// with [`Block::next_phase`].
    LineLent,
}

/// How far the current line has come, if it comes in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing of its value was taken.
    Start,
    /// The value goes on.
    Begun,
    /// The value goes on, and is data.
    Data,
    /// The value cannot count any more; what is left of it is dropped.
    Ignored,
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

    /// What was borrowed from the buffers is not needed any more.
    #[inline]
    pub(crate) fn release(&mut self) {
        if self.phase >= Phase::Dispatched {
            self.release_now();
        }
    }

    /// The same, but a line that is being collected stays.
    pub(crate) fn release_borrowed(&mut self) {
        if self.line == Line::Start || self.phase != Phase::LineLent {
            self.release();
        }
    }

    #[inline(never)]
    fn release_now(&mut self) {
        if self.phase == Phase::LineLent {
            self.phase = self.next_phase;
            self.drop_collected(true);
        } else {
            self.close();
        }
    }

    /// Whether nothing of the block is kept, so that its lines can be taken by [`look`](Self::look).
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.phase == Phase::Empty
    }

    /// Whether an incomplete event would be lost if the stream ended here.
    pub(crate) fn is_incomplete(&self) -> bool {
        let phase = if self.phase == Phase::LineLent { self.next_phase } else { self.phase };
        match phase {
            Phase::Skipped => true,
            Phase::Empty | Phase::Dispatched | Phase::LineLent => false,
            Phase::Open => self.has_data || self.has_id || self.pending.event_type.len() > 0,
        }
    }

    /// No lines, of a block of which nothing is kept.
    #[inline]
    pub(crate) const fn no_fields<'i>(&self) -> BorrowedFields<'i> {
        BorrowedFields { data: None, event_type: None, id: None, free: self.pending.free() }
    }

    /// "Process the field", if nothing of the block is kept and the line lies whole in the chunk: the short way. False: it
    /// is not for the short way.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "so that the lines stay in registers")]
    pub(crate) fn borrow<'i>(fields: &mut BorrowedFields<'i>, field: Field, bytes: &'i [u8]) -> bool {
        let Some(free) = fields.free.checked_sub(bytes.len()) else { return false };
        let looked_at = match field {
            Field::Data => bytes.len() <= S::MAX_DATA_LEN && set(&mut fields.data, bytes),
            Field::Event => bytes.len() <= S::MAX_FIELD_LEN && set(&mut fields.event_type, bytes),
            Field::Id => bytes.len() <= S::MAX_FIELD_LEN && !bytes.contains(&0) && set(&mut fields.id, bytes),
            _ => false,
        };
        if looked_at {
            fields.free = free;
        }
        looked_at
    }

    /// Whether so much data can be [looked at](Self::look).
    #[inline]
    pub(crate) fn has_room_for_data(&self, len: usize) -> bool {
        len <= self.pending.free() && len <= S::MAX_DATA_LEN
    }

    /// "Dispatch the event", if there is nothing of it.
    #[inline]
    pub(crate) fn dispatch_nothing(&mut self) {
        self.has_retry = false;
    }

    /// "Dispatch the event", if nothing of the block is buffered and all its values are text: its `id` takes effect.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
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

    /// The same for an event that is put together elsewhere. Returns the `retry` of the block.
    #[cfg(feature = "bytes")]
    #[inline]
    pub(crate) fn dispatch_elsewhere(&mut self, id: Option<&str>) -> Option<u64> {
        if let Some(id) = id {
            self.pending.set_last_event_id(id);
        }
        self.take_block_retry()
    }

    #[inline]
    fn take_block_retry(&mut self) -> Option<u64> {
        if core::mem::take(&mut self.has_retry) { self.reconnection_time.get() } else { None }
    }

    /// "Dispatch the event", if it lies whole in the chunk and is not for the short way: as [`dispatch`](Self::dispatch).
    #[cold]
    pub(crate) fn dispatch_borrowed(&mut self, fields: BorrowedFields<'_>) -> Result<bool, TooLarge> {
        self.buffer_fields(fields);
        self.dispatch(false)
    }

    /// The chunk ends before the block does, or the block is not for the short way: keeps what was looked at.
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

    /// Whether the data that is kept is known to be text, and will stay so if text is appended.
    #[inline]
    pub(crate) fn is_pending_text(&self) -> bool {
        self.pending.data.is_utf8()
    }

    /// Goes on in a line of data of which a part is kept, if there is room and memory for so many bytes more: the short way
    /// of a long value.
    #[inline]
    pub(crate) fn can_extend_data(&self, more: usize) -> bool {
        self.line == Line::Data && self.pending.can_extend_data(more)
    }

    /// Does so.
    #[inline]
    pub(crate) fn extend_data(&mut self, bytes: &[u8], text: Option<&str>, ends_line: bool) {
        self.pending.extend_data(bytes, text);
        if ends_line {
            self.line = Line::Start;
        }
    }

    /// Takes whole lines of data, with line feeds between them and before them, for which there is room.
    pub(crate) fn append_lines(&mut self, lines: &[u8]) {
        self.phase = Phase::Open;
        self.has_data = true;
        self.pending.append_lines(lines);
    }

    /// Whether data is kept.
    pub(crate) const fn has_data(&self) -> bool {
        self.has_data
    }

    /// Begins a line of data, if there is room and memory for it, and maybe ends it: the short way of a value of many lines.
    /// False: it is not for the short way.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of a loop")]
    pub(crate) fn add_data_line(&mut self, bytes: &[u8], text: Option<&str>, ends_line: bool) -> bool {
        let taken = self.phase != Phase::Skipped && self.pending.add_data_line(self.has_data, bytes, text);
        if taken {
            self.phase = Phase::Open;
            self.has_data = true;
            self.line = if ends_line { Line::Start } else { Line::Data };
        }
        taken
    }

    /// "Process the field", whole or in part.
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
                self.line = Line::Ignored;
                Ok(())
            }
            Field::Data => self.take_data(bytes),
            Field::Event => self.take_type(bytes, ends_line),
            Field::Id => self.take_id(bytes, ends_line),
        };
        self.line = match (ends_line, self.line) {
            (true, _) => Line::Start,
            (false, Line::Start) if field == Field::Data => Line::Data,
            (false, Line::Start) => Line::Begun,
            (false, line) => line,
        };
        if skipped {
            // An id that is too long even for a skipped block is only ignored: one error an event.
            return Ok(());
        }
        self.phase = Phase::Open;
        if taken.is_err() {
            self.skip();
            self.line = if ends_line { Line::Start } else { Line::Ignored };
        }
        taken
    }

    /// "Dispatch the event": the block is complete. Returns `false` if it has no data, or was skipped; a block without data
    /// counts as well if `without_data` is set and it has anything else. Its data is [not yet text](Self::validate_data).
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

    /// Makes text of the data of the event that was dispatched.
    pub(crate) fn validate_data(&mut self) -> Result<(), TooLarge> {
        let valid = self.pending.validate_data();
        if valid.is_err() {
            self.close();
        }
        valid
    }

    /// The event that was dispatched and is text, borrowed from the buffers.
    pub(crate) fn dispatched_event(&self) -> Event<'_> {
        self.dispatched_event_with(self.pending.data.as_str())
    }

    /// The same, with this data.
    pub(crate) fn dispatched_event_with<'b>(&'b self, data: &'b str) -> Event<'b> {
        let id = self.pending.last_event_id.as_str();
        let id = if self.has_id { LastEventId::Own(id) } else { LastEventId::Inherited(id) };
        let retry = if self.has_retry { self.reconnection_time.get() } else { None };
        let event_type = if self.pending.event_type.len() > 0 { self.pending.event_type.as_str() } else { "" };
        Event::from_parts(event_type, self.has_data.then_some(data), id, retry)
    }

    /// Takes a comment or an ignored line, whole or in part, for a caller that wants them. Returns it when it is complete.
    pub(crate) fn collect_line<'i>(
        &mut self,
        field: Field,
        bytes: &'i [u8],
        ends_line: bool,
    ) -> Result<Option<CollectedLine<'i>>, TooLarge> {
        if self.phase == Phase::LineLent {
            self.phase = self.next_phase;
        }
        let collected = self.collect(field, bytes, ends_line);
        if !ends_line || matches!(collected, Ok(Some(CollectedLine::Buffered))) {
            (self.next_phase, self.phase) = (self.phase, Phase::LineLent);
        }
        collected
    }

    fn collect<'i>(
        &mut self,
        field: Field,
        bytes: &'i [u8],
        ends_line: bool,
    ) -> Result<Option<CollectedLine<'i>>, TooLarge> {
        let (begins_line, is_dropped) = (self.line == Line::Start, self.line == Line::Ignored);
        self.line = match (ends_line, is_dropped) {
            (true, _) => Line::Start,
            (false, true) => Line::Ignored,
            (false, false) => Line::Begun,
        };
        if is_dropped {
            return Ok(None);
        }
        if let Err(error) = self.pending.room(field, self.pending.line.len(), bytes.len()) {
            self.drop_collected(ends_line);
            return Err(error);
        }
        if begins_line && ends_line {
            if field == Field::Other {
                return Ok(Some(CollectedLine::Ignored(bytes)));
            }
            if let Some(comment) = utf8::from_utf8(bytes) {
                return Ok(Some(CollectedLine::Comment(comment)));
            }
        }
        self.pending.append_line(bytes);
        if !ends_line {
            return Ok(None);
        }
        if field == Field::Comment {
            if let Err(error) = self.pending.validate_line() {
                self.drop_collected(ends_line);
                return Err(error);
            }
        }
        Ok(Some(CollectedLine::Buffered))
    }

    fn drop_collected(&mut self, ends_line: bool) {
        self.pending.clear_line();
        self.line = if ends_line { Line::Start } else { Line::Ignored };
    }

    /// The unfinished line is not processed: drops what was taken of it.
    pub(crate) fn discard_line(&mut self) {
        match self.line {
            Line::Start => {}
            Line::Data => self.has_data = self.pending.drop_last_data_line(),
            Line::Begun | Line::Ignored => self.pending.clear_line(),
        }
        self.line = Line::Start;
        self.reconnection_time = self.reconnection_time.of_next_stream();
        self.ignored.end_line();
    }

    pub(crate) fn take_retry(&mut self, bytes: &[u8], ends_line: bool) {
        self.has_retry |= self.reconnection_time.take(bytes, ends_line);
    }

    /// "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data
    /// buffer", and at last "remove the last character from the data buffer": so a LF between two lines.
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
        if self.line == Line::Ignored {
            return Ok(());
        }
        let nul = bytes.iter().position(|&byte| byte == 0);
        let room = self.pending.room(Field::Id, self.pending.line.len(), nul.unwrap_or(bytes.len()));
        if nul.is_some() || room.is_err() {
            self.pending.clear_line();
            self.line = Line::Ignored;
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

    /// Skips what is left of the block, except for an id.
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

/// A comment or an ignored line that is complete.
#[derive(Clone, Copy)]
pub(crate) enum CollectedLine<'i> {
    /// A comment that lies whole in the chunk.
    Comment(&'i str),
    /// An ignored line that lies whole in the chunk.
    Ignored(&'i [u8]),
    /// It stands in the buffer of the line.
    Buffered,
}

/// Sets what is not set yet.
#[inline(always)]
#[allow(clippy::inline_always, reason = "so that the lines stay in registers")]
const fn set<'i>(place: &mut Option<&'i [u8]>, bytes: &'i [u8]) -> bool {
    let is_free = place.is_none();
    if is_free {
        *place = Some(bytes);
    }
    is_free
}

#[cfg(test)]
mod tests {
    use super::Block;
    use crate::decode::storage::Fixed;
    use crate::field::Field;

    /// The short ways are taken where they can be, for the long one would hide that they are not.
    #[test]
    fn data_goes_on_by_the_short_ways() {
        let mut block = Block::<Fixed<20, 4>>::new(usize::MAX);
        assert!(!block.can_extend_data(1), "there is no data");
        assert!(block.take(Field::Data, b"abc", false).is_ok());
        assert!(block.can_extend_data(1));
        block.extend_data(b"d", None, true);
        assert!(!block.can_extend_data(1), "the line is complete");
        assert!(block.add_data_line(b"e", None, true));
        assert!(block.dispatch(false).is_ok() && block.validate_data().is_ok());
        assert_eq!(block.dispatched_event().data(), "abcd\ne");
    }
}
