//! The block that is being decoded: what its lines have said so far.
//!
//! The way of a value: if its line lies whole in the chunk and is the first of its field, it is only looked at
//! ([`Lines`]) and lent, in place, with the event. If not (a second `data` line, a line that spans chunks, invalid
//! UTF-8), it is copied, once, to where its field is kept. When the chunk ends before the event does, what was only looked
//! at is copied there too. What is kept becomes text when the event is complete.

use crate::error::DecodeError;
use crate::event::Event;
use crate::field::Field;
use crate::kept::Kept;
use crate::lines::{Lines, Texts};
use crate::reconnection_time::ReconnectionTime;
use crate::storage::{Buffer, Storage};
use crate::utf8;

/// The state of a block, from its first line to its blank line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block<S: Storage> {
    pub(crate) kept: Kept<S>,
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
    /// It goes on.
    Open,
    /// It broke a limit; what is left of it is skipped.
    Skipped,
    /// Its event was lent, and text of it is kept here until the next call.
    Lent,
}

/// How far the current line has come, if it comes in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing of its value was taken.
    Start,
    /// The value goes on.
    Begun,
    /// The value cannot count any more; what is left of it is dropped.
    Ignored,
}

impl<S: Storage> Block<S> {
    pub(crate) const fn new(max_event_bytes: usize) -> Self {
        Self {
            kept: Kept::new(max_event_bytes),
            reconnection_time: ReconnectionTime::new(),
            phase: Phase::Open,
            has_data: false,
            has_id: false,
            has_retry: false,
            line: Line::Start,
        }
    }

    /// The event that was lent is not needed any more.
    #[inline]
    pub(crate) fn end_loan(&mut self) {
        if self.phase == Phase::Lent {
            self.close();
        }
    }

    /// Whether nothing of the block is kept, so that its lines can be taken by [`look`](Self::look).
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.phase == Phase::Open
            && self.line == Line::Start
            && !self.has_data
            && !self.has_id
            && self.kept.event_type.len() == 0
    }

    /// Whether an incomplete event would be lost if the stream ended here.
    pub(crate) fn is_incomplete(&self) -> bool {
        match self.phase {
            Phase::Skipped => true,
            Phase::Lent => false,
            Phase::Open => self.has_data || self.has_id || self.kept.event_type.len() > 0,
        }
    }

    /// "Process the field", if nothing of the block is kept and the line lies whole in the chunk: the short way. False: it
    /// is not for the short way.
    #[inline]
    pub(crate) fn look<'i>(&mut self, lines: &mut Lines<'i>, field: Field, bytes: &'i [u8]) -> bool {
        let (place, max_len) = match field {
            Field::Data => (&mut lines.data, S::Data::MAX_LEN),
            Field::Event => (&mut lines.event_type, S::Name::MAX_LEN),
            Field::Id => (&mut lines.id, S::Name::MAX_LEN),
            _ => return false,
        };
        if place.is_some() || bytes.len() > max_len || !self.kept.fits(lines.len, bytes.len()) {
            return false;
        }
        if field == Field::Id && bytes.contains(&0) {
            return false;
        }
        *place = Some(bytes);
        lines.len += bytes.len();
        true
    }

    /// "Dispatch the event", if there is nothing of it.
    #[inline]
    pub(crate) fn dispatch_nothing(&mut self) {
        self.has_retry = false;
    }

    /// "Dispatch the event", if nothing of it is kept and all is text: the short way. `None`: it is not for the short way.
    #[inline]
    pub(crate) fn event_looked_at<'i>(&mut self, lines: &Lines<'i>) -> Option<Event<'i>> {
        let data = utf8::text(lines.data?)?;
        let event_type = match lines.event_type {
            Some(event_type) => utf8::text(event_type)?,
            None => "",
        };
        let id = match lines.id {
            Some(id) => Some(utf8::text(id)?),
            None => None,
        };
        if let Some(id) = id {
            self.kept.set_last_event_id(id);
        }
        Some(Event::from_parts(event_type, Some(data), id, self.take_retry_of_event()))
    }

    /// The `retry` of the block that is being dispatched.
    #[inline]
    pub(crate) fn take_retry_of_event(&mut self) -> Option<u64> {
        if core::mem::take(&mut self.has_retry) { self.reconnection_time.get() } else { None }
    }

    /// Whether a part of the current line of data is kept, and there is room and memory for so many bytes more.
    #[inline]
    pub(crate) fn can_extend_data(&self, more: usize) -> bool {
        self.line == Line::Begun && self.kept.can_extend_data(more)
    }

    /// Goes on with that line.
    #[inline]
    pub(crate) fn extend_data(&mut self, bytes: &[u8], ends_line: bool) {
        self.kept.extend_data(bytes);
        if ends_line {
            self.line = Line::Start;
        }
    }

    /// Takes a whole line of data, if data is kept already, and if there is room and memory for it: the short way of a
    /// value of many lines. False: it is not for the short way.
    #[inline]
    pub(crate) fn extend_data_by_line(&mut self, lines: &Lines<'_>, bytes: &[u8]) -> bool {
        self.has_data && self.line == Line::Start && self.kept.extend_data_by_line(bytes, lines.len)
    }

    /// "Process the field", whole or in part.
    ///
    /// The lines are taken and given back, not borrowed, here and below: so that the short way can keep them in registers.
    pub(crate) fn take<'i>(
        &mut self,
        mut lines: Lines<'i>,
        field: Field,
        bytes: &'i [u8],
        ends_line: bool,
    ) -> Result<Lines<'i>, DecodeError> {
        let skipped = self.phase == Phase::Skipped;
        let taken = match field {
            Field::Comment | Field::Other => return Ok(lines),
            Field::Retry => {
                self.take_retry(bytes, ends_line);
                return Ok(lines);
            }
            Field::Data | Field::Event if skipped => {
                self.line = Line::Ignored;
                Ok(())
            }
            Field::Data => self.take_data(&mut lines, bytes, ends_line),
            Field::Event => self.take_type(&mut lines, bytes, ends_line),
            Field::Id => self.take_id(&mut lines, bytes, ends_line),
        };
        self.line = match (ends_line, self.line) {
            (true, _) => Line::Start,
            (false, Line::Start) => Line::Begun,
            (false, line) => line,
        };
        if taken.is_err() && self.line == Line::Begun {
            self.line = Line::Ignored;
        }
        match taken {
            // An id that is too long even for a skipped block is only ignored: one error an event.
            Err(error) if !skipped => {
                self.skip(&mut lines);
                Err(error)
            }
            _ => Ok(lines),
        }
    }

    /// "Dispatch the event": the block is complete. `None` if it has no data, or was skipped.
    pub(crate) fn dispatch<'i>(&mut self, mut lines: Lines<'i>) -> Result<Option<Texts<'i>>, DecodeError> {
        let skipped = self.phase == Phase::Skipped;
        let mut texts = Texts::default();
        // "Set the last event ID string of the event source to the value of the last event ID buffer."
        if lines.id.is_some() || self.has_id {
            match self.commit_id(&mut lines) {
                Ok(id) => (texts.id, texts.has_id) = (id, true),
                Err(error) if !skipped => {
                    self.close();
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return."
        if skipped || !(self.has_data || lines.data.is_some()) {
            self.close();
            return Ok(None);
        }
        texts.data = lines.data.and_then(utf8::text);
        texts.event_type = lines.event_type.and_then(utf8::text);
        if texts.data.is_none() {
            self.keep_data(&mut lines);
        }
        if texts.event_type.is_none() {
            self.kept.keep_type(&mut lines);
        }
        let valid = self.kept.validate_type(lines.len).and_then(|()| self.kept.validate_data(lines.len));
        if let Err(error) = valid {
            self.close();
            return Err(error);
        }
        texts.retry = self.take_retry_of_event();
        self.phase = Phase::Lent;
        Ok(Some(texts))
    }

    /// The chunk ends before the block does: what was looked at must be kept.
    pub(crate) fn keep(&mut self, mut lines: Lines<'_>) {
        self.keep_data(&mut lines);
        self.kept.keep_type(&mut lines);
        self.keep_id(&mut lines);
    }

    /// "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data
    /// buffer", and at last "remove the last character from the data buffer": so a LF between two lines.
    fn take_data<'i>(&mut self, lines: &mut Lines<'i>, bytes: &'i [u8], ends_line: bool) -> Result<(), DecodeError> {
        let is_first = !self.has_data && lines.data.is_none();
        if ends_line && is_first {
            self.kept.room(Field::Data, 0, bytes.len(), lines.len)?;
            lines.data = Some(bytes);
            lines.len += bytes.len();
            return Ok(());
        }
        self.keep_data(lines);
        let line_feed: &[u8] = if self.line == Line::Start && !is_first { b"\n" } else { b"" };
        self.kept.room(Field::Data, self.kept.data.len(), line_feed.len() + bytes.len(), lines.len)?;
        self.has_data = true;
        if !line_feed.is_empty() {
            self.kept.append_data(line_feed);
        }
        self.kept.append_data(bytes);
        Ok(())
    }

    /// "Set the event type buffer to the field value."
    fn take_type<'i>(&mut self, lines: &mut Lines<'i>, bytes: &'i [u8], ends_line: bool) -> Result<(), DecodeError> {
        if self.line == Line::Start {
            self.kept.clear_type();
            lines.len -= lines.event_type.take().map_or(0, <[u8]>::len);
        }
        self.kept.room(Field::Event, self.kept.event_type.len(), bytes.len(), lines.len)?;
        if ends_line && self.line == Line::Start {
            lines.event_type = Some(bytes);
            lines.len += bytes.len();
            return Ok(());
        }
        self.kept.append_type(bytes);
        Ok(())
    }

    /// "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value. Otherwise,
    /// ignore the field."
    fn take_id<'i>(&mut self, lines: &mut Lines<'i>, bytes: &'i [u8], ends_line: bool) -> Result<(), DecodeError> {
        if self.line == Line::Ignored {
            return Ok(());
        }
        let nul = bytes.iter().position(|&byte| byte == 0);
        let room = self.kept.room(Field::Id, self.kept.line_id.len(), nul.unwrap_or(bytes.len()), lines.len);
        if nul.is_some() || room.is_err() {
            self.kept.clear_line_id();
            self.line = Line::Ignored;
            return room;
        }
        if ends_line && self.line == Line::Start {
            self.drop_id(lines);
            lines.id = Some(bytes);
            lines.len += bytes.len();
            return Ok(());
        }
        self.kept.append_line_id(bytes);
        if ends_line {
            self.drop_id(lines);
            self.kept.complete_line_id();
            self.has_id = true;
        }
        Ok(())
    }

    pub(crate) fn take_retry(&mut self, bytes: &[u8], ends_line: bool) {
        self.has_retry |= self.reconnection_time.take(bytes, ends_line);
    }

    fn commit_id<'i>(&mut self, lines: &mut Lines<'i>) -> Result<Option<&'i str>, DecodeError> {
        if let Some(id) = lines.id.and_then(utf8::text) {
            lines.len -= id.len();
            lines.id = None;
            self.kept.set_last_event_id(id);
            return Ok(Some(id));
        }
        self.keep_id(lines);
        self.has_id = false;
        self.kept.commit_id(lines.len).map(|()| None)
    }

    fn keep_data(&mut self, lines: &mut Lines<'_>) {
        self.has_data |= self.kept.keep_data(lines);
    }

    fn keep_id(&mut self, lines: &mut Lines<'_>) {
        self.has_id |= self.kept.keep_id(lines);
    }

    fn drop_id(&mut self, lines: &mut Lines<'_>) {
        lines.len -= lines.id.take().map_or(0, <[u8]>::len);
        self.kept.clear_id();
        self.has_id = false;
    }

    fn skip(&mut self, lines: &mut Lines<'_>) {
        self.close();
        self.phase = Phase::Skipped;
        *lines = Lines { id: lines.id, len: lines.id.map_or(0, <[u8]>::len), ..Lines::default() };
        self.keep_id(lines);
    }

    /// "Set the data buffer and the event type buffer to the empty string."
    fn close(&mut self) {
        self.phase = Phase::Open;
        self.has_data = false;
        self.has_retry = false;
        self.kept.clear_data();
        self.kept.clear_type();
    }
}
