//! The buffered values of an incomplete event, and their limits.
//!
//! Rule 1: a limit is checked before bytes are buffered ([`Pending::room`]). The sum that is checked depends on the bytes of
//! the stream only, not on chunk boundaries.
//! Rule 2: capacity follows length. The capacity of the data never exceeds the limit, and that of the other fields is small
//! whatever the limit is. So no buffer shrinks to let another grow, and each byte is moved a bounded number of times.

use core::mem;

use crate::decode::storage::{Buffer, LastEventIdBuffer, Storage};
use crate::error::{DecodeError, Limit, TooLarge};
use crate::field::Field;
use crate::text::utf8::{self, Repair};

/// The buffered values of the current block, and the last event ID.
#[derive(Clone, PartialEq)]
pub(crate) struct Pending<S: Storage> {
    pub(crate) max_event_bytes: usize,
    pub(crate) last_event_id: S::LastEventId,
    pub(crate) data: S::Data,
    pub(crate) event_type: S::Field,
    pub(crate) id: S::Field,
    /// The value of an unfinished line other than `data`; in `next_item`, of a complete comment or ignored line, too.
    pub(crate) line: S::Field,
    /// How many more bytes may be buffered: `max_event_bytes` minus the sum of the lengths.
    free: usize,
    /// The number of ill-formed UTF-8 sequences that were replaced.
    pub(crate) utf8_replacements: u64,
}

impl<S: Storage> Pending<S> {
    pub(crate) const fn new(max_event_bytes: usize) -> Self {
        Self {
            max_event_bytes,
            last_event_id: S::LastEventId::EMPTY,
            data: S::Data::EMPTY,
            event_type: S::Field::EMPTY,
            id: S::Field::EMPTY,
            line: S::Field::EMPTY,
            free: max_event_bytes,
            utf8_replacements: 0,
        }
    }

    /// How many more bytes may be buffered.
    #[inline]
    pub(crate) const fn free(&self) -> usize {
        self.free
    }

    /// Checks whether a value of `len` bytes may grow by `more` bytes. The error names the limit that is reached first, byte by
    /// byte, so that it does not depend on `more`.
    #[inline]
    pub(crate) fn room(&self, field: Field, len: usize, more: usize) -> Result<(), TooLarge> {
        let (limit, max_len) = match field {
            Field::Data => (S::LIMITS.0, S::MAX_DATA_LEN),
            _ => (S::LIMITS.1, S::MAX_FIELD_LEN),
        };
        let left = max_len.saturating_sub(len);
        if more <= left.min(self.free) {
            return Ok(());
        }
        let limit = if left <= self.free { limit } else { Limit::MaxEventBytes };
        Err(TooLarge { field, limit })
    }

    /// Whether one more byte of this field is within the limits, even if that byte begins a line.
    pub(crate) fn has_room_for_byte(&self, field: Field) -> bool {
        let (len, more) = match field {
            Field::Data => (self.data.len(), 2),
            Field::Event | Field::Id => (self.line.len(), 1),
            _ => return true,
        };
        self.room(field, len, more).is_ok()
    }

    /// The public error, with the limit in bytes.
    #[cold]
    pub(crate) fn error(&self, TooLarge { field, limit }: TooLarge) -> DecodeError {
        let max_bytes = match limit {
            Limit::MaxEventBytes => self.max_event_bytes,
            Limit::DataBuffer => S::MAX_DATA_LEN,
            Limit::FieldBuffer => S::MAX_FIELD_LEN,
        };
        match field {
            Field::Comment | Field::Other => DecodeError::LineTooLarge { field, limit, max_bytes },
            _ => DecodeError::EventTooLarge { field, limit, max_bytes },
        }
    }

    /// Appends to the data, after a LF if the bytes begin another line. The caller has checked the limits.
    #[inline]
    pub(crate) fn append_data(&mut self, begins_another_line: bool, bytes: &[u8]) {
        self.reserve_data(bytes.len() + usize::from(begins_another_line));
        self.write_data(begins_another_line, bytes, None);
    }

    /// How many more bytes of data may be buffered.
    #[inline]
    pub(crate) fn room_for_data(&self) -> usize {
        self.free.min(S::MAX_DATA_LEN - self.data.len())
    }

    /// Appends whole lines to the data. The caller has checked the limits. The lines are validated if the data before them is
    /// known to be valid, so that it stays so.
    pub(crate) fn append_lines(&mut self, lines: &[u8]) {
        self.reserve_data(lines.len());
        let text = if self.data.is_utf8() { utf8::from_utf8(lines) } else { None };
        self.write_data(false, lines, text);
    }

    /// Whether `more` bytes of data fit into the limits and the capacity.
    #[inline]
    pub(crate) fn can_extend_data(&self, more: usize) -> bool {
        more <= self.free && self.data.has_room(more)
    }

    /// Appends a line to the data, after a LF if it is not the first, if it fits into the limits and the capacity. Returns
    /// whether it did. `text` is the line if it is known to be valid UTF-8.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "most callers pass constants")]
    pub(crate) fn add_data_line(&mut self, is_another: bool, line: &[u8], text: Option<&str>) -> bool {
        let can = self.can_extend_data(line.len() + usize::from(is_another));
        if can {
            self.write_data(is_another, line, text);
        }
        can
    }

    /// Reserves capacity for `more` bytes of data, never beyond the limit.
    #[inline]
    fn reserve_data(&mut self, more: usize) {
        if !self.data.has_room(more) {
            self.data.grow(more, self.max_event_bytes.saturating_sub(self.data.len() + more));
        }
    }

    /// Appends to the data, within the limits and the capacity.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "most callers pass constants")]
    fn write_data(&mut self, begins_another_line: bool, bytes: &[u8], text: Option<&str>) {
        if begins_another_line {
            self.data.append(b"\n");
        }
        if let Some(text) = text {
            self.data.append_text(text);
        } else {
            self.data.append(bytes);
        }
        self.free -= bytes.len() + usize::from(begins_another_line);
    }

    /// Appends to the data, within the limits and the capacity. `text` is the same bytes if they are known to be valid UTF-8.
    #[inline]
    pub(crate) fn extend_data(&mut self, bytes: &[u8], text: Option<&str>) {
        self.write_data(false, bytes, text);
    }

    /// Appends `len` bytes (16 to 32) to the data, within the limits and the capacity: `first` and `last` are their first and
    /// last 16 bytes, which may overlap.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of a few bytes")]
    pub(crate) fn extend_data_overlapping(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize) {
        self.data.append_overlapping(first, last, len);
        self.free -= len;
    }

    pub(crate) fn append_id(&mut self, bytes: &[u8]) {
        append(&mut self.id, bytes);
        self.free -= bytes.len();
    }

    pub(crate) fn append_type(&mut self, bytes: &[u8]) {
        append(&mut self.event_type, bytes);
        self.free -= bytes.len();
    }

    pub(crate) fn append_line(&mut self, bytes: &[u8]) {
        append(&mut self.line, bytes);
        self.free -= bytes.len();
    }

    /// Makes the value of the completed line the ID, in place of that of an earlier line.
    pub(crate) fn complete_id(&mut self) {
        self.clear_id();
        append(&mut self.id, self.line.as_slice());
        self.line.clear();
    }

    /// Makes the value of the completed line the event type, in place of that of an earlier line.
    pub(crate) fn complete_type(&mut self) {
        self.clear_type();
        append(&mut self.event_type, self.line.as_slice());
        self.line.clear();
    }

    /// Drops the last line of the data and the LF before it. Returns `false` if it was the only line.
    pub(crate) fn drop_last_data_line(&mut self) -> bool {
        let len = self.data.len();
        let line_feed = self.data.as_slice().iter().rposition(|&byte| byte == b'\n');
        self.data.truncate(line_feed.unwrap_or_default());
        self.free += len - self.data.len();
        line_feed.is_some()
    }

    pub(crate) fn clear_data(&mut self) {
        self.free += self.data.len();
        self.data.clear();
    }

    pub(crate) fn clear_type(&mut self) {
        self.free += self.event_type.len();
        self.event_type.clear();
    }

    pub(crate) fn clear_id(&mut self) {
        self.free += self.id.len();
        self.id.clear();
    }

    pub(crate) fn clear_line(&mut self) {
        self.free += self.line.len();
        self.line.clear();
    }

    /// Validates the data, and replaces invalid UTF-8.
    pub(crate) fn validate_data(&mut self) -> Result<(), TooLarge> {
        if !self.data.validate() {
            let replaced = self.room_to_repair(Field::Data, self.data.as_slice())?;
            repair(&mut self.data, replaced.more);
            self.count_repaired(replaced);
        }
        Ok(())
    }

    /// Validates the event type, and replaces invalid UTF-8.
    pub(crate) fn validate_type(&mut self) -> Result<(), TooLarge> {
        if self.event_type.len() > 0 && !self.event_type.validate() {
            let replaced = self.room_to_repair(Field::Event, self.event_type.as_slice())?;
            repair(&mut self.event_type, replaced.more);
            self.count_repaired(replaced);
        }
        Ok(())
    }

    /// Validates the comment in `line`, and replaces invalid UTF-8.
    pub(crate) fn validate_line(&mut self) -> Result<(), TooLarge> {
        if !self.line.validate() {
            let replaced = self.room_to_repair(Field::Comment, self.line.as_slice())?;
            repair(&mut self.line, replaced.more);
            self.count_repaired(replaced);
        }
        Ok(())
    }

    /// Validates the ID, replaces invalid UTF-8, and makes it the last event ID.
    pub(crate) fn commit_id(&mut self) -> Result<(), TooLarge> {
        let old_len = self.last_event_id.len();
        if !self.last_event_id.take(&mut self.id) {
            match self.room_to_repair(Field::Id, self.id.as_slice()) {
                Ok(replaced) => {
                    repair(&mut self.id, replaced.more);
                    self.count_repaired(replaced);
                }
                Err(error) => {
                    self.clear_id();
                    return Err(error);
                }
            }
            self.last_event_id.take(&mut self.id);
        }
        self.free += old_len;
        Ok(())
    }

    /// The length of the longest last event ID that is within the limits together with what is buffered.
    pub(crate) fn room_for_last_event_id(&self) -> usize {
        self.free.saturating_add(self.last_event_id.len()).min(S::MAX_FIELD_LEN)
    }

    /// Sets the last event ID to one that is not buffered. The caller has checked the limits.
    #[inline]
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.free += self.last_event_id.len();
        self.last_event_id.set(id);
        self.free -= id.len();
    }

    /// Frees all unused capacity.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.last_event_id.shrink_to_fit();
        self.data.shrink_to_fit();
        self.event_type.shrink_to_fit();
        self.id.shrink_to_fit();
        self.line.shrink_to_fit();
    }

    /// Moves the last event ID here from another instance.
    pub(crate) fn take_last_event_id(&mut self, other: &mut Self) {
        mem::swap(&mut self.last_event_id, &mut other.last_event_id);
        self.free -= self.last_event_id.len();
    }

    /// What repairing these bytes takes, or an error if that exceeds a limit.
    fn room_to_repair(&self, field: Field, bytes: &[u8]) -> Result<Repair, TooLarge> {
        let repair = utf8::repair_needed(bytes);
        self.room(field, bytes.len(), repair.more).map(|()| repair)
    }

    fn count_repaired(&mut self, repair: Repair) {
        self.free -= repair.more;
        self.utf8_replacements = self.utf8_replacements.saturating_add(repair.replacements);
    }
}

#[cfg(feature = "bytes")]
impl Pending<crate::decode::heap::Heap> {
    /// The data, if it is valid UTF-8 and so short that copying it costs less than allocating a new buffer.
    #[inline]
    pub(crate) fn small_data(&self) -> Option<&str> {
        if self.data.len() <= crate::decode::heap::IDLE_CAPACITY { self.data.text() } else { None }
    }

    /// Takes the data, which is valid UTF-8, and leaves an empty buffer.
    pub(crate) fn take_data(&mut self) -> alloc::string::String {
        self.free += self.data.len();
        self.data.take_text()
    }
}

/// Appends to a field other than the data. Its length is bounded by `MAX_FIELD_LEN`, so its growth needs no other bound.
fn append(field: &mut impl Buffer, bytes: &[u8]) {
    if !field.has_room(bytes.len()) {
        field.grow(bytes.len(), usize::MAX);
    }
    field.append(bytes);
}

fn repair(buffer: &mut impl Buffer, more: usize) {
    if !buffer.has_room(more) {
        buffer.grow(more, 0);
    }
    buffer.repair();
    buffer.validate();
}

#[cfg(test)]
#[cfg(feature = "alloc")]
mod tests {
    use super::Pending;
    use crate::decode::heap::Heap;
    use crate::decode::storage::Buffer;
    use alloc::vec;

    /// The unused capacity.
    fn unused_capacity(buffer: &impl Buffer) -> usize {
        (1..=0xFFFF).take_while(|more| buffer.has_room(*more)).count()
    }

    #[test]
    fn data_capacity_doubles_up_to_the_limit() {
        for (limit, pieces, expected) in [
            (1000, &[(false, 40)][..], 64),
            (1000, &[(false, 40), (true, 23)], 64),
            (1000, &[(false, 40), (false, 25)], 128),
            (1000, &[(false, 40), (true, 24)], 128),
            (50, &[(false, 40)], 50),
            (50, &[(false, 20), (true, 20)], 50),
            (50, &[(false, 40), (true, 9)], 50),
        ] {
            let mut pending = Pending::<Heap>::new(limit);
            let mut len = 0;
            for &(begins_another_line, more) in pieces {
                pending.append_data(begins_another_line, &vec![b'x'; more]);
                len += more + usize::from(begins_another_line);
            }
            assert_eq!((pending.data.len(), pending.free()), (len, limit - len));
            assert_eq!(unused_capacity(&pending.data), expected - len, "limit {limit}, {pieces:?}");
        }
    }

    /// Calls the fast paths directly: through the decoder, the slow path would hide that they are not taken.
    #[test]
    fn data_is_extended_within_its_capacity() {
        let mut pending = Pending::<Heap>::new(1000);
        assert!(!pending.add_data_line(true, b"", None), "no capacity yet");
        pending.append_data(false, &[b'x'; 20]);
        assert!(pending.can_extend_data(12) && !pending.can_extend_data(13));
        assert!(pending.add_data_line(true, &[b'x'; 11], None) && !pending.add_data_line(true, b"", None));
        assert_eq!((pending.data.len(), pending.free()), (32, 968));
    }

    #[test]
    fn capacity_of_an_event_type() {
        let mut pending = Pending::<Heap>::new(0xFFFF);
        for (more, expected) in [(1, 31), (31, 0), (1, 31), (10, 21)] {
            pending.append_type(&vec![b'x'; more]);
            assert_eq!(unused_capacity(&pending.event_type), expected);
        }
    }

    #[test]
    fn repair_reserves_no_more_than_it_needs() {
        let mut pending = Pending::<Heap>::new(60);
        pending.append_data(false, &[0xFF; 20]);
        assert!(pending.validate_data().is_ok());
        assert_eq!((pending.data.len(), pending.free(), unused_capacity(&pending.data)), (60, 0, 0));

        let mut pending = Pending::<Heap>::new(60);
        pending.append_type(b"\xFFxx");
        assert!(pending.validate_type().is_ok());
        assert_eq!((pending.event_type.len(), pending.free(), unused_capacity(&pending.event_type)), (5, 55, 27));
    }
}
