//! "Process the field": the current block, as far as it is buffered.

use crate::decode::fields::{Fields, Values};
use crate::decode::ignored::Ignored;
use crate::decode::pending::Pending;
use crate::decode::reconnection_time::ReconnectionTime;
use crate::decode::storage::{Buffer, Storage, TextBuffer};
use crate::error::TooLarge;
use crate::event::borrowed::{Event, LastEventId};
use crate::field::Field;
use crate::text::utf8;

/// The state of the current block, from its first line to its blank line, and what outlives it: the last event ID, the
/// reconnection time, the ignored lines.
#[derive(Clone, PartialEq)]
pub(crate) struct Block<S: Storage> {
    pub(crate) pending: Pending<S>,
    pub(crate) reconnection_time: ReconnectionTime,
    pub(crate) ignored: Ignored,
    phase: Phase,
    pub(super) line: Line,
    has_data: bool,
    has_id: bool,
    pub(super) has_retry: bool,
}

/// The phases of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is buffered.
    Empty,
    /// Lines of the block are buffered, whole or in part.
    Open,
    /// The block exceeded a limit. The rest of it is skipped.
    Skipped,
    /// The caller may borrow the event until the next call.
    Dispatched,
}

/// What of the current line is buffered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing.
    Start,
    /// It is at the end of [`Pending::data`].
    Data,
    /// It is in [`Pending::line`].
    Other,
    /// The value has no effect. The rest of it is dropped.
    Dropped,
    /// It is a comment or an ignored line, complete in [`Pending::line`], which the caller may borrow until the next call.
    Collected,
}

impl<S: Storage> Block<S> {
    pub(crate) const fn new(max_event_bytes: usize) -> Self {
        Self {
            pending: Pending::new(max_event_bytes),
            reconnection_time: ReconnectionTime::new(),
            ignored: Ignored::new(),
            phase: Phase::Empty,
            line: Line::Start,
            has_data: false,
            has_id: false,
            has_retry: false,
        }
    }

    /// Ends the borrow of what the previous call returned, and clears its buffers.
    #[inline]
    pub(crate) fn release(&mut self) {
        if self.phase == Phase::Dispatched {
            self.close();
        } else if self.line == Line::Collected {
            self.drop_line();
        }
    }

    /// Whether nothing of the block is buffered, so that its values can be borrowed.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.phase == Phase::Empty
    }

    /// Whether an incomplete event would be lost if the stream ended here.
    pub(crate) fn is_incomplete(&self) -> bool {
        match self.phase {
            Phase::Empty | Phase::Dispatched => false,
            Phase::Open => self.has_data || self.has_id || self.pending.event_type.len() > 0,
            Phase::Skipped => true,
        }
    }

    /// "Process the field", for a whole line or a fragment of one. After an error the rest of the block is skipped, but for its
    /// IDs, so that a client that resumes is not sent it again.
    pub(crate) fn take(&mut self, field: Field, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        match field {
            Field::Data => return self.take_data(bytes, ends_line),
            Field::Comment | Field::Other => {
                self.ignore(field, bytes, ends_line);
                return Ok(());
            }
            Field::Retry => {
                self.has_retry |= self.reconnection_time.take(bytes, ends_line);
                return Ok(());
            }
            Field::Event | Field::Id => {}
        }
        // What is buffered is known as text, and `line` is free.
        self.pending.decode_joined(true);
        let taken = if self.is_dropped(field) { Ok(false) } else { self.take_other(field, bytes, ends_line) };
        self.after(taken, Line::Other, ends_line)
    }

    /// "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data
    /// buffer", and at last "remove the last character from the data buffer". So only a LF between two lines is stored.
    // For a short line a call costs more than the copy.
    #[inline(always)]
    pub(crate) fn take_data(&mut self, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        if !self.is_dropped(Field::Data) && self.pending.join(self.begins_another_line(), bytes) {
            (self.phase, self.has_data) = (Phase::Open, true);
            self.line = if ends_line { Line::Start } else { Line::Data };
            return Ok(());
        }
        self.decode_data(bytes, ends_line)
    }

    /// Whether the current line of this field has no effect.
    #[inline]
    fn is_dropped(&self, field: Field) -> bool {
        self.line == Line::Dropped || (self.phase == Phase::Skipped && field != Field::Id)
    }

    #[inline]
    fn begins_another_line(&self) -> bool {
        self.has_data && self.line == Line::Start
    }

    #[inline(never)]
    fn decode_data(&mut self, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        if self.is_dropped(Field::Data) {
            return self.after(Ok(false), Line::Data, ends_line);
        }
        self.decode_joined();
        let line_feed = if self.begins_another_line() { self.pending.append(Field::Data, "\n") } else { Ok(()) };
        self.has_data = true;
        let decoded = line_feed.and_then(|()| self.pending.decode(Field::Data, bytes, ends_line));
        self.after(decoded.map(|()| true), Line::Data, ends_line)
    }

    /// Updates the state after a line or a fragment of one, which was buffered (`true`), has no effect (`false`), or exceeded a
    /// limit. `line` is the state of a line that is not complete.
    #[inline(never)]
    fn after(&mut self, taken: Result<bool, TooLarge>, line: Line, ends_line: bool) -> Result<(), TooLarge> {
        self.line = match taken {
            _ if ends_line => Line::Start,
            Ok(true) => line,
            Ok(false) | Err(_) => Line::Dropped,
        };
        if self.phase == Phase::Skipped {
            // An ID that is too long is dropped without an error, because the block has already returned one.
            return Ok(());
        }
        self.phase = Phase::Open;
        taken.map(|_| ()).inspect_err(|_| self.skip())
    }

    /// [Takes](Self::take) all values of a block that was borrowed so far: the chunk ends within it, or it needs to be buffered.
    pub(crate) fn take_all(&mut self, fields: Fields<'_>) -> Result<(), TooLarge> {
        if fields.is_data_only() {
            return fields.data.map_or(Ok(()), |data| self.take_data(data, true));
        }
        let mut taken = Ok(());
        for (field, value) in fields.in_order() {
            let next = self.take(field, value, true);
            taken = taken.and(next);
        }
        taken
    }

    /// "Dispatch the event", for a block that lies entirely in the chunk. Returns its event.
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn dispatch_in_chunk<'d, 'i: 'd>(&'d mut self, values: Values<'i>) -> Event<'d> {
        let retry = self.commit_in_chunk(values.id);
        let id = match values.id {
            Some(id) => LastEventId::Own(id),
            None => LastEventId::Inherited(self.pending.last_event_id.as_str()),
        };
        Event::from_parts(values.event_type, Some(values.data), id, retry)
    }

    /// Commits what a block that lies entirely in the chunk changes: the last event ID. Returns its `retry`.
    #[inline]
    pub(crate) fn commit_in_chunk(&mut self, id: Option<&str>) -> Option<u64> {
        // "Set the last event ID string of the event source to the value of the last event ID buffer."
        if let Some(id) = id {
            self.pending.set_last_event_id(id);
        }
        if core::mem::take(&mut self.has_retry) { self.reconnection_time.get() } else { None }
    }

    /// "Dispatch the event", at the blank line. Returns whether there is an event, which the caller may borrow until the next call:
    /// the block was not skipped, and has data. If `without_data` is set, another field is enough.
    pub(crate) fn dispatch(&mut self, without_data: bool) -> bool {
        // "Set the last event ID string of the event source to the value of the last event ID buffer."
        if self.has_id {
            self.pending.commit_id();
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return."
        let has_other_field = || self.has_id || self.has_retry || self.pending.event_type.len() > 0;
        if self.phase == Phase::Skipped || !(self.has_data || without_data && has_other_field()) {
            self.close();
            return false;
        }
        self.pending.decode_joined(true);
        self.phase = Phase::Dispatched;
        true
    }

    /// The dispatched event.
    pub(crate) fn event(&self) -> Event<'_> {
        let id = self.pending.last_event_id.as_str();
        let id = if self.has_id { LastEventId::Own(id) } else { LastEventId::Inherited(id) };
        let retry = if self.has_retry { self.reconnection_time.get() } else { None };
        Event::from_parts(
            self.pending.event_type.as_str(),
            self.has_data.then(|| self.pending.data.as_str()),
            id,
            retry,
        )
    }

    /// The number of ill-formed UTF-8 sequences that were replaced.
    pub(crate) fn utf8_replacements(&self) -> u64 {
        self.pending.utf8_replacements(self.line == Line::Start)
    }

    /// Decodes what is buffered, so that its length is known.
    pub(crate) fn decode_joined(&mut self) {
        self.pending.decode_joined(self.line == Line::Start);
    }

    /// Drops an unfinished line, which is then not processed.
    pub(crate) fn discard_line(&mut self) {
        match self.line {
            Line::Start | Line::Collected => {}
            Line::Data => self.has_data = self.pending.drop_last_data_line(),
            Line::Other | Line::Dropped => self.pending.clear_line(),
        }
        self.line = Line::Start;
        self.reconnection_time = self.reconnection_time.of_next_stream();
        self.ignored.end_line();
    }

    /// "Ignore the line", or "The field is ignored."
    fn ignore(&mut self, field: Field, bytes: &[u8], ends_line: bool) {
        if field == Field::Other {
            self.ignored.take(bytes, ends_line);
        }
        // What `next_item` has collected of the line, or dropped.
        if self.line != Line::Start {
            self.drop_line();
        }
    }

    #[inline(never)]
    fn drop_line(&mut self) {
        self.pending.clear_line();
        self.line = Line::Start;
    }

    /// "Set the event type buffer to the field value", or the last event ID buffer. Returns whether the value has an effect.
    fn take_other(&mut self, field: Field, bytes: &[u8], ends_line: bool) -> Result<bool, TooLarge> {
        // "If the field value does not contain U+0000 NULL […] Otherwise, ignore the field."
        let nul = bytes.iter().position(|&byte| byte == 0).filter(|_| field == Field::Id);
        if nul.is_none() && ends_line && self.line == Line::Start {
            if let Some(text) = utf8::from_utf8(bytes) {
                self.pending.room(field, 0, text.len())?;
                self.pending.set(field, text);
                self.has_id |= field == Field::Id;
                return Ok(true);
            }
        }
        let bytes = bytes.get(..nul.unwrap_or(bytes.len())).unwrap_or_default();
        let decoded = self.pending.decode(field, bytes, ends_line || nul.is_some());
        if nul.is_some() || decoded.is_err() {
            self.pending.clear_line();
            return decoded.map(|()| false);
        }
        if ends_line {
            self.pending.complete_line(field);
            self.has_id |= field == Field::Id;
        }
        Ok(true)
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
        self.pending.clear_data_and_type();
    }
}
