//! Growing buffers.
//!
//! Rule: growing at least doubles the capacity, so that appending takes linear time. Clearing frees the capacity if it exceeds
//! [`IDLE_CAPACITY`].

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::decode::storage::{Buffer, ByteBuffer, Sealed, Storage, TextBuffer};
use crate::error::Limit;
use crate::text::append::{append, append_text};

/// Buffers on the heap, which grow as needed: the storage of a `Decoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a marker type")]
pub struct Heap;

impl Storage for Heap {}

impl Sealed for Heap {
    type Data = String;
    type Field = String;
    type Line = Vec<u8>;
    const MAX_DATA_LEN: usize = usize::MAX;
    /// Bounds the capacity of the buffers other than that of the data, whatever the limit is.
    const MAX_FIELD_LEN: usize = 128 * 1024;
    const LIMITS: (Limit, Limit) = (Limit::MaxEventBytes, Limit::FieldBuffer);
}

/// The largest capacity that an empty buffer keeps, so that a decoder does not allocate in steady state.
pub(crate) const IDLE_CAPACITY: usize = 4096;

impl Buffer for Vec<u8> {
    const EMPTY: Self = Self::new();

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn clear(&mut self) {
        if self.capacity() > IDLE_CAPACITY {
            *self = Self::new();
        }
        self.clear();
    }

    fn shrink_to_fit(&mut self) {
        self.shrink_to_fit();
    }
}

impl ByteBuffer for Vec<u8> {
    #[inline]
    fn as_bytes(&self) -> &[u8] {
        self
    }

    // A call costs more than a few bytes.
    #[inline(always)]
    fn append(&mut self, bytes: &[u8]) {
        if bytes.len() > self.capacity() - self.len() {
            grow_line(self, bytes.len());
        }
        append(self, bytes);
    }
}

impl Buffer for String {
    const EMPTY: Self = Self::new();

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn clear(&mut self) {
        if self.capacity() > IDLE_CAPACITY {
            *self = Self::new();
        }
        self.clear();
    }

    fn shrink_to_fit(&mut self) {
        self.shrink_to_fit();
    }
}

impl TextBuffer for String {
    #[inline]
    fn as_str(&self) -> &str {
        self
    }

    #[inline]
    fn push(&mut self, text: &str, spare: usize) {
        if text.len() > self.capacity() - self.len() {
            grow(self, text.len(), spare);
        }
        append_text(self, text);
    }

    fn truncate(&mut self, len: usize) {
        if self.is_char_boundary(len) {
            self.truncate(len);
        }
    }
}

#[cold]
fn grow_line(line: &mut Vec<u8>, more: usize) {
    line.reserve_exact(growth(line.len(), line.capacity(), more, usize::MAX));
}

#[cold]
fn grow(text: &mut String, more: usize, spare: usize) {
    let doubled = growth(text.len(), text.capacity(), more, spare);
    // Long data is likely to become much longer, where moving it is expensive and memory still cheap.
    let is_long = FOURFOLD_GROWTH.contains(&(text.len() + doubled));
    let capacity = if is_long { 4 * (text.len() + doubled) - 1 } else { text.capacity() };
    text.reserve_exact(growth(text.len(), capacity, more, spare));
}

/// The doubled capacities of data that are multiplied by four.
const FOURFOLD_GROWTH: RangeInclusive<usize> = 64 * 1024..=256 * 1024;

/// The number of bytes to reserve beyond the length of a buffer that needs `more`: the capacity at least doubles, so that growing
/// takes linear time, but exceeds what is needed by at most `spare`.
fn growth(len: usize, capacity: usize, more: usize, spare: usize) -> usize {
    let needed = len.saturating_add(more);
    let doubled = needed.max(capacity.saturating_add(1)).max(32).checked_next_power_of_two().unwrap_or(usize::MAX);
    doubled.min(needed.saturating_add(spare)).max(needed) - len
}

#[cfg(test)]
mod tests {
    use super::{Buffer, ByteBuffer, IDLE_CAPACITY, TextBuffer, growth};
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn growth_doubles_the_capacity_within_the_bounds() {
        let max = usize::MAX;
        for (len, capacity, more, spare, expected) in [
            (0, 0, 1, max, 32),
            (0, 0, 32, max, 32),
            (0, 0, 33, max, 64),
            (32, 32, 1, max, 32),
            (32, 32, 33, max, 96),
            (31, 32, 2, max, 33),
            (5, 64, 60, max, 123),
            // At most `spare` bytes beyond what is needed.
            (0, 0, 1, 0, 1),
            (32, 32, 1, 5, 6),
            (32, 32, 1, 31, 32),
            (32, 32, 1, 32, 32),
            // No overflow.
            (5, 8, max, 0, max - 5),
            (5, 8, max - 5, max, max - 5),
        ] {
            assert_eq!(
                growth(len, capacity, more, spare),
                expected,
                "{len} of {capacity}, {more} more, {spare} to spare"
            );
        }
    }

    #[test]
    fn text_that_fits_does_not_grow_the_buffer() {
        let mut text = String::with_capacity(10);
        let max = usize::MAX;
        for (pushed, spare, capacity) in [("abc", 0, 10), ("defghij", max, 10), ("k", 2, 13), ("lmn", max, 32)] {
            TextBuffer::push(&mut text, pushed, spare);
            assert_eq!(text.capacity(), capacity, "{text}");
        }
        Buffer::shrink_to_fit(&mut text);
        assert_eq!((text.capacity(), &*text), (14, "abcdefghijklmn"));
    }

    #[test]
    fn long_text_grows_fourfold() {
        for (len, capacity) in [
            (16 << 10, 32 << 10),
            (32 << 10, 256 << 10),
            (64 << 10, 512 << 10),
            (128 << 10, 1 << 20),
            (256 << 10, 512 << 10),
        ] {
            let mut text = "x".repeat(len);
            TextBuffer::push(&mut text, "y", usize::MAX);
            assert_eq!(text.capacity(), capacity, "{len}");
        }
    }

    #[test]
    fn a_line_that_fits_does_not_grow_the_buffer() {
        let mut line = Vec::with_capacity(32);
        for (appended, capacity) in [(31, 32), (1, 32), (40, 128)] {
            ByteBuffer::append(&mut line, &[b'x'; 40][..appended]);
            assert_eq!(line.capacity(), capacity, "{}", line.len());
        }
    }

    #[test]
    fn clear_frees_large_capacity_only() {
        for (before, after) in [(3, 3), (IDLE_CAPACITY, IDLE_CAPACITY), (IDLE_CAPACITY + 1, 0), (1 << 20, 0)] {
            let (mut text, mut line) = (String::with_capacity(before), Vec::with_capacity(before));
            text.push_str("abc");
            line.extend_from_slice(b"abc");
            Buffer::clear(&mut text);
            Buffer::clear(&mut line);
            assert_eq!((text.capacity(), text.len()), (after, 0), "{before}");
            assert_eq!((line.capacity(), line.len()), (after, 0), "{before}");
        }
    }
}
