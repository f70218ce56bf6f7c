//! The buffers of a decoder: growing or fixed.
//!
//! Rule: the caller checks limits and capacity before it appends. A buffer has no errors; how much may be buffered is decided by
//! the decoder.

use core::fmt::Debug;

use crate::error::Limit;
use crate::text::utf8;

/// The buffers of a [`Decoder`](crate::Decoder): `Heap` or [`Fixed`](crate::Fixed).
///
/// Sealed: no other type can implement it.
pub trait Storage: Sealed + Clone + PartialEq {}

/// The buffers of a storage, and their sizes.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait Sealed {
    /// The buffer of the data.
    type Data: Buffer;
    /// The buffer of the event type, of the ID, and of the unfinished line.
    type Field: Buffer;
    /// The buffer of the last event ID.
    type LastEventId: LastEventIdBuffer<Self::Field>;
    /// The maximum length of [`Self::Data`].
    const MAX_DATA_LEN: usize;
    /// The maximum length of [`Self::Field`].
    const MAX_FIELD_LEN: usize;
    /// The limits that errors name when data or another field exceeds its maximum length.
    const LIMITS: (Limit, Limit);
}

/// A buffer of bytes that can be validated as UTF-8.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait Buffer: Clone + Debug + PartialEq {
    /// The empty buffer.
    const EMPTY: Self;

    /// The number of bytes.
    fn len(&self) -> usize;
    /// The bytes.
    fn as_slice(&self) -> &[u8];
    /// Whether `more` bytes fit into the capacity.
    fn has_room(&self, more: usize) -> bool;
    /// Reserves capacity for `more` bytes, and for at most `spare` bytes beyond them.
    fn grow(&mut self, more: usize, spare: usize);
    /// Appends bytes that fit into the capacity.
    fn append(&mut self, bytes: &[u8]);
    /// Whether the bytes are known to be valid UTF-8. Always `false` if the buffer does not keep track of it.
    fn is_utf8(&self) -> bool {
        false
    }
    /// Appends valid UTF-8 that fits into the capacity.
    fn append_text(&mut self, text: &str) {
        self.append(text.as_bytes());
    }
    /// Keeps the first `len` bytes only. They end on a character boundary.
    fn truncate(&mut self, len: usize);
    /// Appends `len` bytes (16 to 32) that fit into the capacity: `first` and `last` are their first and last 16 bytes, which may
    /// overlap.
    fn append_overlapping(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize);
    /// Whether the bytes are valid UTF-8. Afterwards [`as_str`](Self::as_str) is free, where the buffer can keep track of it.
    fn validate(&mut self) -> bool;
    /// Replaces invalid UTF-8. The result fits into the capacity.
    fn repair(&mut self);
    /// The bytes as text; empty if they are not valid UTF-8.
    fn as_str(&self) -> &str;
    /// Frees unused capacity.
    fn shrink_to_fit(&mut self);
    /// Removes all bytes, and frees the capacity if it is large.
    fn clear(&mut self);
}

/// The buffer of the last event ID. It is valid UTF-8 at all times, so that it can be read with each event.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait LastEventIdBuffer<F>: Clone + PartialEq {
    /// The empty ID.
    const EMPTY: Self;

    /// The number of bytes.
    fn len(&self) -> usize;
    /// The ID.
    fn as_str(&self) -> &str;
    /// Replaces the ID. The caller has checked the limits.
    fn set(&mut self, id: &str);
    /// Replaces the ID by the bytes of this field, which is empty afterwards. Returns `false`, and changes nothing, if they are
    /// not valid UTF-8.
    fn take(&mut self, field: &mut F) -> bool;
    /// Frees unused capacity.
    fn shrink_to_fit(&mut self);
}

/// Fixed buffers inside the decoder, the storage of a [`FixedDecoder`](crate::FixedDecoder): `DATA` bytes for the data, and
/// `FIELD` bytes each for the event type, the ID, an unfinished line, and the last event ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a marker type")]
pub struct Fixed<const DATA: usize, const FIELD: usize>;

impl<const DATA: usize, const FIELD: usize> Storage for Fixed<DATA, FIELD> {}

impl<const DATA: usize, const FIELD: usize> Sealed for Fixed<DATA, FIELD> {
    type Data = FixedBuffer<DATA>;
    type Field = FixedBuffer<FIELD>;
    type LastEventId = FixedBuffer<FIELD>;
    const MAX_DATA_LEN: usize = DATA;
    const MAX_FIELD_LEN: usize = FIELD;
    const LIMITS: (Limit, Limit) = (Limit::DataBuffer, Limit::FieldBuffer);
}

/// A buffer of fixed capacity.
#[derive(Clone, Debug)]
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub struct FixedBuffer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> PartialEq for FixedBuffer<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl<const N: usize> Buffer for FixedBuffer<N> {
    const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    fn len(&self) -> usize {
        self.len
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn has_room(&self, more: usize) -> bool {
        more <= N - self.len
    }

    fn grow(&mut self, _: usize, _: usize) {}

    fn append(&mut self, bytes: &[u8]) {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        if let Some(to) = free.get_mut(..bytes.len()) {
            to.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }

    fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    fn append_overlapping(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize) {
        self.append(first);
        self.append(last.get(32 - len..).unwrap_or_default());
    }

    fn validate(&mut self) -> bool {
        utf8::from_utf8(self.as_slice()).is_some()
    }

    fn repair(&mut self) {
        let len = self.len + utf8::repair_needed(self.as_slice()).more;
        if let Some(bytes) = self.bytes.get_mut(..len) {
            utf8::repair(bytes, self.len);
            self.len = len;
        }
    }

    fn as_str(&self) -> &str {
        // Validated before, so this cannot fail. Only `unsafe` code could avoid the check.
        utf8::from_utf8(self.as_slice()).unwrap_or_default()
    }

    fn shrink_to_fit(&mut self) {}

    fn clear(&mut self) {
        self.len = 0;
    }
}

impl<const N: usize> LastEventIdBuffer<Self> for FixedBuffer<N> {
    const EMPTY: Self = <Self as Buffer>::EMPTY;

    fn len(&self) -> usize {
        self.len
    }

    fn as_str(&self) -> &str {
        if self.len == 0 { "" } else { Buffer::as_str(self) }
    }

    fn set(&mut self, id: &str) {
        self.clear();
        self.append(id.as_bytes());
    }

    fn take(&mut self, field: &mut Self) -> bool {
        let is_utf8 = field.validate();
        if is_utf8 {
            core::mem::swap(self, field);
            field.clear();
        }
        is_utf8
    }

    fn shrink_to_fit(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::{Buffer, FixedBuffer};

    #[test]
    fn a_fixed_buffer() {
        let mut buffer = FixedBuffer::<4>::EMPTY;
        for (appended, content, room) in
            [("", "", 4), ("a", "a", 3), ("bc", "abc", 1), ("de", "abc", 1), ("d", "abcd", 0)]
        {
            buffer.append(appended.as_bytes());
            assert_eq!((buffer.as_slice(), buffer.len()), (content.as_bytes(), content.len()));
            assert_eq!((buffer.has_room(room), buffer.has_room(room + 1)), (true, false), "{content}");
        }
        buffer.clear();
        assert_eq!(buffer, FixedBuffer::EMPTY, "bytes beyond the length do not count");
        assert!(buffer.has_room(4));
        buffer.append(b"a");
        assert_ne!(buffer, FixedBuffer::EMPTY);
        assert!(buffer.validate());
        buffer.append(b"\xFF");
        assert!(!buffer.validate());
    }
}
