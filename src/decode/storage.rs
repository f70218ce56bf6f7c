//! The buffers of a decoder: fixed, here, or growing, in `heap`.
//!
//! Rule: the caller checks limits before it appends. A buffer has no errors.

#![allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]

use core::fmt::Debug;

use crate::error::Limit;
use crate::text::utf8;

/// The buffers of a [`Decoder`](crate::Decoder): `Heap` or [`Fixed`](crate::Fixed).
///
/// Sealed: no other type can implement it.
pub trait Storage: Sealed + Clone + PartialEq {}

/// The buffers of a storage, and their sizes.
pub trait Sealed {
    /// The buffer of the data.
    type Data: TextBuffer;
    /// The buffer of the event type, of the ID, and of the last event ID.
    type Field: TextBuffer;
    /// The buffer of an unfinished line that is not data.
    type Line: ByteBuffer;
    /// The maximum length of [`Self::Data`].
    const MAX_DATA_LEN: usize;
    /// The maximum length of [`Self::Field`] and [`Self::Line`].
    const MAX_FIELD_LEN: usize;
    /// The limits that errors name when data or another field exceeds its maximum length.
    const LIMITS: (Limit, Limit);
}

/// A buffer.
pub trait Buffer: Clone + Debug + PartialEq {
    /// The empty buffer.
    const EMPTY: Self;

    /// The number of bytes.
    fn len(&self) -> usize;
    /// Removes all bytes, and frees the capacity if it is large.
    fn clear(&mut self);
    /// Frees unused capacity.
    fn shrink_to_fit(&mut self);
}

/// A buffer of bytes.
pub trait ByteBuffer: Buffer {
    /// The bytes.
    fn as_bytes(&self) -> &[u8];
    /// Appends bytes.
    fn append(&mut self, bytes: &[u8]);
}

/// A buffer of text.
pub trait TextBuffer: Buffer {
    /// The text.
    fn as_str(&self) -> &str;
    /// Appends text. If the capacity grows, it exceeds the length by at most `spare` bytes afterwards.
    fn push(&mut self, text: &str, spare: usize);
    /// Keeps the first `len` bytes, which are text.
    fn truncate(&mut self, len: usize);
}

/// Fixed buffers inside the decoder, the storage of a [`FixedDecoder`](crate::FixedDecoder): `DATA` bytes for the data, and
/// `FIELD` bytes each for the event type, the ID, an unfinished `event` or `id` line, and the last event ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a marker type")]
pub struct Fixed<const DATA: usize, const FIELD: usize>;

impl<const DATA: usize, const FIELD: usize> Storage for Fixed<DATA, FIELD> {}

impl<const DATA: usize, const FIELD: usize> Sealed for Fixed<DATA, FIELD> {
    type Data = FixedBuffer<DATA>;
    type Field = FixedBuffer<FIELD>;
    type Line = FixedBuffer<FIELD>;
    const MAX_DATA_LEN: usize = DATA;
    const MAX_FIELD_LEN: usize = FIELD;
    const LIMITS: (Limit, Limit) = (Limit::DataBuffer, Limit::FieldBuffer);
}

/// A buffer of fixed capacity.
#[derive(Clone, Debug)]
pub struct FixedBuffer<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> PartialEq for FixedBuffer<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> Buffer for FixedBuffer<N> {
    const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    fn len(&self) -> usize {
        self.len
    }

    fn clear(&mut self) {
        self.len = 0;
    }

    fn shrink_to_fit(&mut self) {}
}

impl<const N: usize> ByteBuffer for FixedBuffer<N> {
    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn append(&mut self, bytes: &[u8]) {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        if let Some(to) = free.get_mut(..bytes.len()) {
            to.copy_from_slice(bytes);
            self.len += bytes.len();
        }
    }
}

impl<const N: usize> TextBuffer for FixedBuffer<N> {
    fn as_str(&self) -> &str {
        // Only text was appended, so this cannot fail. Only `unsafe` code could avoid the check.
        utf8::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn push(&mut self, text: &str, _: usize) {
        self.append(text.as_bytes());
    }

    fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, ByteBuffer, FixedBuffer, TextBuffer};

    #[test]
    fn a_fixed_buffer_takes_what_fits() {
        let mut buffer = FixedBuffer::<4>::EMPTY;
        for (appended, content) in [("", ""), ("a", "a"), ("bc", "abc"), ("de", "abc"), ("d", "abcd")] {
            buffer.push(appended, 0);
            assert_eq!(
                (buffer.as_bytes(), buffer.as_str(), buffer.len()),
                (content.as_bytes(), content, content.len())
            );
        }
        buffer.truncate(3);
        assert_eq!(buffer.as_str(), "abc");
        buffer.clear();
        assert_eq!(buffer, FixedBuffer::<4>::EMPTY, "bytes beyond the length do not count");
        buffer.append(b"\xFF");
        assert_ne!(buffer, FixedBuffer::<4>::EMPTY);
    }
}
