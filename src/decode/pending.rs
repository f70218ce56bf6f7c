//! What is kept of an event while it is not complete, and how much that may be.
//!
//! Rule 1: what is held is decided before it is held ([`Pending::room`]), by a sum that depends on the bytes of the stream
//! alone and not on how they were cut.
//! Rule 2: the memory behind it follows: that of the data never exceeds the limit, that of a name is small whatever the limit
//! is. So neither ever has to make room for the other, and each byte is moved a bounded number of times.

use crate::decode::storage::{Buffer, LastEventIdBuffer, Storage};
use core::mem;

use crate::error::{DecodeError, Limit, TooLarge};
use crate::field::Field;
use crate::text::utf8::{self, Repair};

/// The values of the current block that do not lie in the current chunk, and the last event ID.
#[derive(Clone, PartialEq)]
pub(crate) struct Pending<S: Storage> {
    pub(crate) max_event_bytes: usize,
    pub(crate) last_event_id: S::LastEventId,
    pub(crate) data: S::Data,
    pub(crate) event_type: S::Field,
    pub(crate) id: S::Field,
    /// The value of an unfinished line that is not data.
    pub(crate) line: S::Field,
    /// How many more bytes may be buffered: `max_event_bytes` less the sum of the lengths.
    free: usize,
    /// How many ill-formed sequences of UTF-8 were replaced.
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

    /// How many bytes more may be held.
    #[inline]
    pub(crate) const fn free(&self) -> usize {
        self.free
    }

    /// Whether a field's value, so far of this length, may grow by so many bytes. If not, the limit is the one that it reaches
    /// first, however many come at once.
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

    /// Whether a byte more of this field breaks no limit. (A line may begin with it.)
    pub(crate) fn has_room_for_byte(&self, field: Field) -> bool {
        let (len, more) = match field {
            Field::Data => (self.data.len(), 2),
            Field::Event | Field::Id => (self.line.len(), 1),
            _ => return true,
        };
        self.room(field, len, more).is_ok()
    }

    /// The error in full.
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

    /// Appends to the data, for which there is room; before it a line feed, if it begins another line.
    #[inline]
    pub(crate) fn append_data(&mut self, begins_another_line: bool, bytes: &[u8]) {
        self.make_room(bytes.len() + usize::from(begins_another_line));
        self.put_data(begins_another_line, bytes, None);
    }

    /// How many bytes more of data may be held.
    #[inline]
    pub(crate) fn room_for_data(&self) -> usize {
        self.free.min(S::MAX_DATA_LEN - self.data.len())
    }

    /// Appends whole lines to the data, for which there is room, and validates them if that can be of use.
    pub(crate) fn append_lines(&mut self, lines: &[u8]) {
        self.make_room(lines.len());
        let text = if self.data.is_utf8() { utf8::from_utf8(lines) } else { None };
        self.put_data(false, lines, text);
    }

    /// Whether there is room and memory for so many bytes more of data.
    #[inline]
    pub(crate) fn can_extend_data(&self, more: usize) -> bool {
        more <= self.free && self.data.has_room(more)
    }

    /// Appends a line to the data, if there is room and memory for it; before it a line feed, if it is another line. It may be
    /// known to be this text.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "whether it is another line, and text, is mostly known")]
    pub(crate) fn add_data_line(&mut self, is_another: bool, line: &[u8], text: Option<&str>) -> bool {
        let can = self.can_extend_data(line.len() + usize::from(is_another));
        if can {
            self.put_data(is_another, line, text);
        }
        can
    }

    /// Makes room in memory for so many bytes more of data.
    #[inline]
    fn make_room(&mut self, more: usize) {
        if !self.data.has_room(more) {
            self.data.grow(more, self.max_event_bytes.saturating_sub(self.data.len() + more));
        }
    }

    /// Appends to the data, for which there is room and memory.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "whether it is another line, and text, is mostly known")]
    fn put_data(&mut self, begins_another_line: bool, bytes: &[u8], text: Option<&str>) {
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

    /// Appends to the data, for which there is room and memory. The bytes may be known to be this text.
    #[inline]
    pub(crate) fn extend_data(&mut self, bytes: &[u8], text: Option<&str>) {
        self.put_data(false, bytes, text);
    }

    /// The same for 16 to 32 bytes, of which these are the first and the last.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of a few bytes")]
    pub(crate) fn extend_data_by_few(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize) {
        self.data.append_few(first, last, len);
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

    /// The line is complete: its value is the id, and replaces that of an earlier line.
    pub(crate) fn complete_id(&mut self) {
        self.clear_id();
        append(&mut self.id, self.line.as_slice());
        self.line.clear();
    }

    /// The line is complete: its value is the event type, and replaces that of an earlier line.
    pub(crate) fn complete_type(&mut self) {
        self.clear_type();
        append(&mut self.event_type, self.line.as_slice());
        self.line.clear();
    }

    /// Drops the last line of the data and the line feed before it. Returns `false` if it was the only one.
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

    /// Makes text of the data.
    pub(crate) fn validate_data(&mut self) -> Result<(), TooLarge> {
        if !self.data.validate() {
            let replaced = self.room_to_repair(Field::Data, self.data.as_slice())?;
            repair(&mut self.data, replaced.more);
            self.count_repaired(replaced);
        }
        Ok(())
    }

    /// Makes text of the event type.
    pub(crate) fn validate_type(&mut self) -> Result<(), TooLarge> {
        if self.event_type.len() > 0 && !self.event_type.validate() {
            let replaced = self.room_to_repair(Field::Event, self.event_type.as_slice())?;
            repair(&mut self.event_type, replaced.more);
            self.count_repaired(replaced);
        }
        Ok(())
    }

    /// Makes text of the comment that stands in the line.
    pub(crate) fn validate_line(&mut self) -> Result<(), TooLarge> {
        if !self.line.validate() {
            let replaced = self.room_to_repair(Field::Comment, self.line.as_slice())?;
            repair(&mut self.line, replaced.more);
            self.count_repaired(replaced);
        }
        Ok(())
    }

    /// Makes text of the id, and makes it the last event ID.
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

    /// The longest last event ID for which there is room beside all else that is held.
    pub(crate) fn room_for_last_event_id(&self) -> usize {
        self.free.saturating_add(self.last_event_id.len()).min(S::MAX_FIELD_LEN)
    }

    /// Sets the last event ID to one that is not kept, is text, and for which there is room.
    #[inline]
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.free += self.last_event_id.len();
        self.last_event_id.set(id);
        self.free -= id.len();
    }

    /// Gives back all memory that holds nothing.
    pub(crate) fn shrink_to_fit(&mut self) {
        self.last_event_id.shrink_to_fit();
        self.data.shrink_to_fit();
        self.event_type.shrink_to_fit();
        self.id.shrink_to_fit();
        self.line.shrink_to_fit();
    }

    /// Takes the last event ID over from another.
    pub(crate) fn take_last_event_id(&mut self, other: &mut Self) {
        mem::swap(&mut self.last_event_id, &mut other.last_event_id);
        self.free -= self.last_event_id.len();
    }

    /// What repairing these bytes takes, if there is room for it.
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
    /// The data as text, if it is, and is so small that copying it costs less than to be without its memory.
    #[inline]
    pub(crate) fn small_data(&self) -> Option<&str> {
        if self.data.len() <= crate::decode::heap::IDLE_CAPACITY { self.data.text() } else { None }
    }

    /// Takes the data, which is text, out of its place.
    pub(crate) fn take_data(&mut self) -> alloc::string::String {
        self.free += self.data.len();
        self.data.take_text()
    }
}

/// Appends to a name. Its memory is small and bounded as it is, so it need not spare any.
fn append(name: &mut impl Buffer, bytes: &[u8]) {
    if !name.has_room(bytes.len()) {
        name.grow(bytes.len(), usize::MAX);
    }
    name.append(bytes);
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

    /// For how many bytes more there is memory.
    fn room(buffer: &impl Buffer) -> usize {
        (1..=0xFFFF).take_while(|more| buffer.has_room(*more)).count()
    }

    /// The memory of the data doubles, but never beyond the limit.
    #[test]
    fn the_memory_of_the_data() {
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
            assert_eq!(room(&pending.data), expected - len, "limit {limit}, {pieces:?}");
        }
    }

    /// The short ways are taken where there is memory, for the long ones would hide that they are not.
    #[test]
    fn data_is_extended_where_there_is_memory() {
        let mut pending = Pending::<Heap>::new(1000);
        assert!(!pending.add_data_line(true, b"", None), "none yet");
        pending.append_data(false, &[b'x'; 20]);
        assert!(pending.can_extend_data(12) && !pending.can_extend_data(13));
        assert!(pending.add_data_line(true, &[b'x'; 11], None) && !pending.add_data_line(true, b"", None));
        assert_eq!((pending.data.len(), pending.free()), (32, 968));
    }

    #[test]
    fn the_memory_of_a_name() {
        let mut pending = Pending::<Heap>::new(0xFFFF);
        for (more, expected) in [(1, 31), (31, 0), (1, 31), (10, 21)] {
            pending.append_type(&vec![b'x'; more]);
            assert_eq!(room(&pending.event_type), expected);
        }
    }

    /// What replacing takes, and no more.
    #[test]
    fn the_memory_of_what_is_replaced() {
        let mut pending = Pending::<Heap>::new(60);
        pending.append_data(false, &[0xFF; 20]);
        assert!(pending.validate_data().is_ok());
        assert_eq!((pending.data.len(), pending.free(), room(&pending.data)), (60, 0, 0));

        let mut pending = Pending::<Heap>::new(60);
        pending.append_type(b"\xFFxx");
        assert!(pending.validate_type().is_ok());
        assert_eq!((pending.event_type.len(), pending.free(), room(&pending.event_type)), (5, 55, 27));
    }
}
