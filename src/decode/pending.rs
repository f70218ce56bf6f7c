//! The buffered values of an incomplete event, and their limits.
//!
//! Rule 1: a limit is checked before text is buffered ([`Pending::room`]), or what is buffered is so far from it that it cannot be
//! exceeded ([`Pending::join`]). The sum that is checked depends on the bytes of the stream only, not on chunk boundaries.
//! Rule 2: capacity follows length. The capacity of the data never exceeds the limit, and that of the other fields is small
//! whatever the limit is. So no buffer shrinks to let another grow, and each byte is moved a bounded number of times.

use core::mem;

use crate::decode::storage::{Buffer, ByteBuffer, Storage, TextBuffer};
use crate::error::{DecodeError, Limit, TooLarge};
use crate::field::Field;
use crate::text::cut_character::{CutCharacter, REPLACEMENT};
use crate::text::utf8;

/// The buffered values of the current block, and the last event ID.
#[derive(Clone, PartialEq)]
pub(crate) struct Pending<S: Storage> {
    pub(crate) max_event_bytes: usize,
    pub(crate) last_event_id: S::Field,
    pub(crate) data: S::Data,
    pub(crate) event_type: S::Field,
    pub(crate) id: S::Field,
    /// The value of an unfinished line other than `data`: text, or the bytes of an ignored line. While `is_joined` is set, the end
    /// of the data instead, which is not decoded yet.
    pub(crate) line: S::Line,
    is_joined: bool,
    pub(crate) is_new_id: IsNewId,
    /// The end of what has arrived of an unfinished line, if that is within a character.
    cut: CutCharacter,
    /// How many more bytes may be buffered: `max_event_bytes` minus the sum of the lengths.
    pub(crate) free: usize,
    /// The number of ill-formed UTF-8 sequences that were replaced.
    utf8_replacements: u64,
}

impl<S: Storage> Pending<S> {
    pub(crate) const fn new(max_event_bytes: usize) -> Self {
        Self {
            max_event_bytes,
            last_event_id: S::Field::EMPTY,
            data: S::Data::EMPTY,
            event_type: S::Field::EMPTY,
            id: S::Field::EMPTY,
            line: S::Line::EMPTY,
            is_joined: false,
            is_new_id: IsNewId(true),
            cut: CutCharacter::NONE,
            free: max_event_bytes,
            utf8_replacements: 0,
        }
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

    /// Decodes a fragment of a line as UTF-8 and appends it to the data, or to `line` if it is that of another field.
    pub(crate) fn decode(&mut self, field: Field, bytes: &[u8], ends_line: bool) -> Result<(), TooLarge> {
        if self.cut.is_none() {
            if let Some(text) = utf8::from_utf8(bytes) {
                return self.append(field, text);
            }
        }
        let mut cut = mem::replace(&mut self.cut, CutCharacter::NONE);
        cut.decode(bytes, ends_line, |text| {
            self.append(field, text.unwrap_or(REPLACEMENT))?;
            self.utf8_replacements = self.utf8_replacements.saturating_add(u64::from(text.is_none()));
            Ok(())
        })?;
        self.cut = cut;
        Ok(())
    }

    /// Appends text to the data, or to `line` if it is that of another field.
    pub(crate) fn append(&mut self, field: Field, text: &str) -> Result<(), TooLarge> {
        if field != Field::Data {
            return self.append_line(field, text.as_bytes());
        }
        self.room(Field::Data, self.data.len(), text.len())?;
        self.free -= text.len();
        // The capacity never exceeds the limit.
        self.data.push(text, self.max_event_bytes.saturating_sub(self.data.len() + text.len()));
        Ok(())
    }

    /// Appends bytes to `line`.
    pub(crate) fn append_line(&mut self, field: Field, bytes: &[u8]) -> Result<(), TooLarge> {
        self.room(field, self.line.len(), bytes.len())?;
        self.free -= bytes.len();
        self.line.append(bytes);
        Ok(())
    }

    /// Appends a short line of data, or a fragment of one, after a LF if it begins another line. Short ones are joined in `line`,
    /// and decoded together. Returns `false`, and appends nothing, if it is long, or if there may be no room for the text: a byte
    /// becomes at most one U+FFFD. Fixed buffers join nothing, as it would have to fit into both.
    // For a short line a call costs more than the copy.
    #[inline(always)]
    pub(crate) fn join(&mut self, begins_another_line: bool, bytes: &[u8]) -> bool {
        let more = usize::from(begins_another_line) + bytes.len();
        if S::MAX_DATA_LEN < usize::MAX {
            return false;
        }
        if self.line.len() + more > MAX_JOINED {
            if more > MAX_JOINED {
                return false;
            }
            self.decode_joined(begins_another_line);
        }
        // What was joined and a character that was cut become at most `3 * MAX_JOINED + 3` bytes of text.
        let has_room = self.free >= 4 * MAX_JOINED;
        if has_room {
            self.is_joined = true;
            self.free -= more;
            if begins_another_line {
                self.line.append(b"\n");
            }
            self.line.append(bytes);
        }
        has_room
    }

    /// Decodes what was joined. `ends_line` says whether its last line is complete.
    #[inline]
    pub(crate) fn decode_joined(&mut self, ends_line: bool) {
        if self.is_joined {
            self.decode_joined_now(ends_line);
        }
    }

    #[inline(never)]
    fn decode_joined_now(&mut self, ends_line: bool) {
        let mut line = mem::replace(&mut self.line, S::Line::EMPTY);
        self.is_joined = false;
        self.free += line.len();
        // Cannot fail: `join` has made sure that there is room.
        let _ = self.decode(Field::Data, line.as_bytes(), ends_line);
        line.clear();
        self.line = line;
    }

    /// The number of ill-formed UTF-8 sequences that were replaced, those included that were joined but not decoded yet.
    pub(crate) fn utf8_replacements(&self, ends_line: bool) -> u64 {
        let mut replacements = self.utf8_replacements;
        if self.is_joined {
            let _ = self.cut.clone().decode(self.line.as_bytes(), ends_line, |text| {
                replacements = replacements.saturating_add(u64::from(text.is_none()));
                Ok::<(), TooLarge>(())
            });
        }
        replacements
    }

    /// Makes the text of the completed line the event type or the ID, in place of that of an earlier line.
    pub(crate) fn complete_line(&mut self, field: Field) {
        let mut line = mem::replace(&mut self.line, S::Line::EMPTY);
        self.free += line.len();
        self.set(field, utf8::from_utf8(line.as_bytes()).unwrap_or_default());
        line.clear();
        self.line = line;
    }

    /// Sets the event type or the ID of the block. The caller has checked the limits.
    pub(crate) fn set(&mut self, field: Field, value: &str) {
        let to = if field == Field::Event { &mut self.event_type } else { &mut self.id };
        self.free = self.free + to.len() - value.len();
        replace::<S>(to, value);
    }

    /// Drops the last line of the data and the LF before it. Returns `false` if it was the only line.
    pub(crate) fn drop_last_data_line(&mut self) -> bool {
        self.decode_joined(false);
        let len = self.data.len();
        // `str::rfind` would leave a panic of `core` in the program.
        let line_feed = self.data.as_str().as_bytes().iter().rposition(|&byte| byte == b'\n');
        self.data.truncate(line_feed.unwrap_or_default());
        self.free += len - self.data.len();
        self.cut = CutCharacter::NONE;
        line_feed.is_some()
    }

    pub(crate) fn clear_data_and_type(&mut self) {
        if self.is_joined {
            self.clear_line();
        }
        self.free += self.data.len() + self.event_type.len();
        self.data.clear();
        self.event_type.clear();
    }

    pub(crate) fn clear_line(&mut self) {
        self.free += self.line.len();
        self.line.clear();
        self.is_joined = false;
        self.cut = CutCharacter::NONE;
    }

    /// Makes the ID of the block the last event ID.
    pub(crate) fn commit_id(&mut self) {
        self.is_new_id.0 |= self.id != self.last_event_id;
        mem::swap(&mut self.last_event_id, &mut self.id);
        self.free += self.id.len();
        self.id.clear();
    }

    /// The length of the longest last event ID that is within the limits together with what is buffered.
    pub(crate) fn room_for_last_event_id(&self) -> usize {
        self.free.saturating_add(self.last_event_id.len()).min(S::MAX_FIELD_LEN)
    }

    /// Sets the last event ID to one that is not buffered. The caller has checked the limits.
    #[inline]
    pub(crate) fn set_last_event_id(&mut self, id: &str) {
        self.is_new_id.0 |= self.last_event_id.as_str() != id;
        self.free = self.free + self.last_event_id.len() - id.len();
        replace::<S>(&mut self.last_event_id, id);
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
        self.is_new_id = other.is_new_id.clone();
    }
}

/// Whether the last event ID has changed since the owned events have begun to share it. It is no part of the state: all values are
/// equal.
#[derive(Clone)]
#[cfg_attr(not(feature = "bytes"), allow(dead_code, reason = "owned events need it"))]
pub(crate) struct IsNewId(pub(super) bool);

impl PartialEq for IsNewId {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[inline]
fn replace<S: Storage>(field: &mut S::Field, value: &str) {
    field.clear();
    field.push(value, S::MAX_FIELD_LEN.saturating_sub(value.len()));
}

/// The most bytes that are [joined](Pending::join).
const MAX_JOINED: usize = 256;

#[cfg(feature = "bytes")]
impl Pending<crate::decode::heap::Heap> {
    /// Takes the data, and leaves an empty buffer.
    pub(crate) fn take_data(&mut self) -> alloc::string::String {
        self.free += self.data.len();
        mem::take(&mut self.data)
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::{MAX_JOINED, Pending};
    use crate::decode::heap::Heap;

    #[test]
    fn lines_are_joined_up_to_a_bound() {
        for (first, second, is_joined, len) in [
            (MAX_JOINED, 0, true, MAX_JOINED),
            (MAX_JOINED + 1, 0, false, 0),
            (100, MAX_JOINED - 101, true, MAX_JOINED),
            // What was joined is decoded first.
            (100, MAX_JOINED - 100, true, MAX_JOINED - 99),
            (100, MAX_JOINED - 1, true, MAX_JOINED),
            (100, MAX_JOINED, false, 100),
        ] {
            let mut pending = Pending::<Heap>::new(1 << 20);
            let mut was_joined = pending.join(false, &[b'x'; 300][..first]);
            if second > 0 {
                was_joined = pending.join(true, &[b'x'; 300][..second]);
            }
            assert_eq!((was_joined, pending.line.len()), (is_joined, len), "{first} {second}");
        }
    }
}
