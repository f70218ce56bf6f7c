//! The block that is being decoded: what its lines have said so far.
//!
//! The way of a value: while all lines of the block lie whole in the chunk, one for each field, they are only looked at
//! ([`Lines`]) and lent, in place, with the event. If not (a second `data` line, a block that spans chunks, invalid
//! UTF-8), they are copied, once, to where their fields are kept. What is kept becomes text when the event is complete.

use crate::decode::borrowed_fields::BorrowedFields;
use crate::decode::pending::Pending;
use crate::decode::reconnection_time::ReconnectionTime;
use crate::decode::storage::{Buffer, Storage};
use crate::error::TooLarge;
use crate::event::borrowed::Event;
use crate::field::Field;

/// The state of a block, from its first line to its blank line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block<S: Storage> {
    pub(crate) pending: Pending<S>,
    pub(crate) reconnection_time: ReconnectionTime,
    phase: Phase,
    has_data: bool,
    has_id: bool,
    has_retry: bool,
    line: Line,
}

/// How far the block has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of it is kept.
    Empty,
    /// Some of it is kept.
    Open,
    /// It broke a limit; what is left of it is skipped.
    Skipped,
    /// Its event was lent, out of what is kept, until the next call.
    Dispatched,
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
            phase: Phase::Empty,
            has_data: false,
            has_id: false,
            has_retry: false,
            line: Line::Start,
        }
    }

    /// The event that was lent is not needed any more.
    #[inline]
    pub(crate) fn release_event(&mut self) {
        if self.phase == Phase::Dispatched {
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
        match self.phase {
            Phase::Skipped => true,
            Phase::Empty | Phase::Dispatched => false,
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

    /// "Dispatch the event", if nothing of it is kept and all is text: the short way. `None`: it is not for the short way.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn borrowed_event<'i>(
        &mut self,
        fields: &BorrowedFields<'i>,
        mut text: impl FnMut(&'i [u8]) -> Option<&'i str>,
    ) -> Option<Event<'i>> {
        let data = text(fields.data?)?;
        let event_type = match fields.event_type {
            Some(event_type) => text(event_type)?,
            None => "",
        };
        let id = match fields.id {
            Some(id) => Some(text(id)?),
            None => None,
        };
        Some(Event::from_parts(event_type, Some(data), id, self.dispatch_borrowed_id(fields.id)))
    }

    /// "Dispatch the event", if it is this data alone.
    #[inline]
    pub(crate) fn event_of_data<'i>(&mut self, data: &'i str) -> Event<'i> {
        Event::from_parts("", Some(data), None, self.dispatch_borrowed_id(None))
    }

    /// "Dispatch the event", if nothing of it is kept and all is text: its `id` counts. Its `retry`.
    #[inline]
    pub(crate) fn dispatch_borrowed_id(&mut self, id: Option<&[u8]>) -> Option<u64> {
        if let Some(id) = id {
            self.pending.set_last_event_id(id);
        }
        if core::mem::take(&mut self.has_retry) { self.reconnection_time.get() } else { None }
    }

    /// "Dispatch the event", if it lies whole in the chunk and is not for the short way: as [`dispatch`](Self::dispatch).
    #[cold]
    pub(crate) fn dispatch_borrowed(&mut self, fields: BorrowedFields<'_>) -> Result<bool, TooLarge> {
        self.buffer_fields(fields);
        self.dispatch()
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
            Field::Comment | Field::Other => return Ok(()),
            Field::Retry => {
                self.take_retry(bytes, ends_line);
                return Ok(());
            }
            Field::Data | Field::Event if skipped => {
                self.line = Line::Ignored;
                Ok(())
            }
            Field::Data => self.take_data(bytes),
            Field::Event => self.take_type(bytes),
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

    /// "Dispatch the event": the block is complete. False if it has no data, or was skipped. Its data is
    /// [not yet text](Self::validate_data).
    pub(crate) fn dispatch(&mut self) -> Result<bool, TooLarge> {
        let skipped = self.phase == Phase::Skipped;
        // "Set the last event ID string of the event source to the value of the last event ID buffer."
        let committed = if self.has_id { self.pending.commit_id() } else { Ok(()) };
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return."
        if skipped || (committed.is_ok() && !self.has_data) {
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

    /// Makes text of the data of the event that was dispatched.
    pub(crate) fn validate_data(&mut self) -> Result<(), TooLarge> {
        let valid = self.pending.validate_data();
        if valid.is_err() {
            self.close();
        }
        valid
    }

    /// The event that was dispatched and is text, lent out of what is kept.
    pub(crate) fn dispatched_event(&self) -> Event<'_> {
        self.dispatched_event_with(self.pending.data.as_str())
    }

    /// The same, with this data.
    pub(crate) fn dispatched_event_with<'b>(&'b self, data: &'b str) -> Event<'b> {
        let id = if self.has_id { Some(self.pending.last_event_id.as_str()) } else { None };
        let retry = if self.has_retry { self.reconnection_time.get() } else { None };
        let event_type = if self.pending.event_type.len() > 0 { self.pending.event_type.as_str() } else { "" };
        Event::from_parts(event_type, Some(data), id, retry)
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
    fn take_type(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        if self.line == Line::Start {
            self.pending.clear_type();
        }
        self.pending.room(Field::Event, self.pending.event_type.len(), bytes.len())?;
        self.pending.append_type(bytes);
        Ok(())
    }

    /// "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value. Otherwise,
    /// ignore the field."
    fn take_id(&mut self, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        if self.line == Line::Ignored {
            return Ok(());
        }
        let nul = bytes.iter().position(|&byte| byte == 0);
        let room = self.pending.room(Field::Id, self.pending.line_id.len(), nul.unwrap_or(bytes.len()));
        if nul.is_some() || room.is_err() {
            self.pending.clear_line_id();
            self.line = Line::Ignored;
            return room;
        }
        self.has_id |= ends_line;
        if ends_line && self.line == Line::Start {
            self.pending.clear_id();
            self.pending.append_id(bytes);
            return Ok(());
        }
        self.pending.append_line_id(bytes);
        if ends_line {
            self.pending.complete_line_id();
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
        assert!(block.dispatch().is_ok() && block.validate_data().is_ok());
        assert_eq!(block.dispatched_event().data(), "abcd\ne");
    }
}
