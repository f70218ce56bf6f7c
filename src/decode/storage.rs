//! Where a decoder keeps the bytes that it must keep: buffers that grow, or fixed ones.
//!
//! Rule: a buffer is asked for room before it is written to. It never refuses and never reports; what may be held is the
//! decoder's decision.

use core::fmt::Debug;

use crate::error::Limit;
use crate::text::utf8;

/// Where a [`Decoder`](crate::Decoder) keeps what it must keep: [`Heap`](crate::Heap) or [`Fixed`](crate::Fixed).
///
/// Sealed: no other type can implement it.
pub trait Storage: Sealed {}

/// What a storage is made of.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait Sealed {
    /// For the data.
    type Data: Buffer;
    /// For the event type, the id, and the unfinished line.
    type Field: Buffer;
    /// For the last event ID.
    type LastEventId: LastEventIdBuffer<Self::Field>;
    /// The most that [`Self::Data`] can hold.
    const MAX_DATA_LEN: usize;
    /// The most that [`Self::Field`] may hold.
    const MAX_FIELD_LEN: usize;
    /// The limits that these set, if they set one.
    const LIMITS: (Limit, Limit);
}

/// Bytes that can be appended to, and that can become text.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait Buffer: Clone + Debug + PartialEq {
    /// The empty buffer.
    const EMPTY: Self;

    /// The number of bytes.
    fn len(&self) -> usize;
    /// The bytes.
    fn as_slice(&self) -> &[u8];
    /// Whether so many bytes can be appended without more memory.
    fn has_room(&self, more: usize) -> bool;
    /// Makes room for so many bytes; beyond them it may take at most `spare` bytes of memory.
    fn grow(&mut self, more: usize, spare: usize);
    /// Appends.
    fn append(&mut self, bytes: &[u8]);
    /// Whether it is known that the bytes are text, and is of use.
    fn is_utf8(&self) -> bool {
        false
    }
    /// Appends what is known to be text.
    fn append_text(&mut self, text: &str) {
        self.append(text.as_bytes());
    }
    /// Drops all but the first `len` bytes, which end between characters.
    fn truncate(&mut self, len: usize);
    /// Appends so many bytes, 16 to 32, of which these are the first and the last.
    fn append_overlapping(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize);
    /// Whether the bytes are UTF-8. If they are, [`as_str`](Self::as_str) is free, where that can be.
    fn validate(&mut self) -> bool;
    /// Replaces what is not UTF-8. There is room for what that takes.
    fn repair(&mut self);
    /// The bytes as text; empty if they are not valid.
    fn as_str(&self) -> &str;
    /// Gives back what it holds above its length.
    fn shrink_to_fit(&mut self);
    /// Empties it; what it holds falls back to a small constant.
    fn clear(&mut self);
}

/// The last event ID. It is UTF-8 at all times, so that it can be read with each event.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait LastEventIdBuffer<F>: Clone + PartialEq {
    /// The empty ID.
    const EMPTY: Self;

    /// The number of bytes.
    fn len(&self) -> usize;
    /// The ID.
    fn as_str(&self) -> &str;
    /// Replaces the ID by this one, for which there is room.
    fn set(&mut self, id: &str);
    /// Replaces the ID by the bytes of this field, which is empty afterwards. Returns `false`, and changes nothing, if they are
    /// not UTF-8.
    fn take(&mut self, field: &mut F) -> bool;
    /// Gives back the capacity above its length.
    fn shrink_to_fit(&mut self);
}

/// Fixed buffers inside the decoder, `DATA` bytes for the data and four of `NAME` bytes for the event type and the ids:
/// the storage of a [`FixedDecoder`](crate::FixedDecoder).
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

/// A buffer of a fixed size.
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
        // It was validated, so this cannot fail; but only `unsafe` could say so.
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
        assert_eq!(buffer, FixedBuffer::EMPTY, "whatever it held before");
        assert!(buffer.has_room(4));
        buffer.append(b"a");
        assert_ne!(buffer, FixedBuffer::EMPTY);
        assert!(buffer.validate());
        buffer.append(b"\xFF");
        assert!(!buffer.validate());
    }
}
