//! Growing buffers.
//!
//! Rule: growing at least doubles the capacity, so that appending takes linear time. Clearing frees the capacity if it exceeds
//! [`IDLE_CAPACITY`].

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use core::ops::RangeInclusive;

use crate::decode::storage::{Buffer, LastEventIdBuffer, Sealed, Storage};
use crate::error::Limit;
use crate::text::append::{append, append_many, append_text};
use crate::text::utf8;

/// Buffers on the heap, which grow as needed: the storage of a `Decoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a marker type")]
pub struct Heap;

impl Storage for Heap {}

impl Sealed for Heap {
    type Data = Utf8Buffer;
    type Field = Vec<u8>;
    type LastEventId = String;
    const MAX_DATA_LEN: usize = usize::MAX;
    /// Bounds the capacity of the buffers other than that of the data, whatever the limit is.
    const MAX_FIELD_LEN: usize = 128 * 1024;
    const LIMITS: (Limit, Limit) = (Limit::MaxEventBytes, Limit::FieldBuffer);
}

/// The largest capacity that an empty buffer keeps, so that a decoder does not allocate in steady state.
pub(crate) const IDLE_CAPACITY: usize = 4096;

/// The buffer of a field other than the data. It is short, so it does not keep track of whether it is valid UTF-8.
impl Buffer for Vec<u8> {
    const EMPTY: Self = Self::new();

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn as_slice(&self) -> &[u8] {
        self
    }

    #[inline]
    fn has_room(&self, more: usize) -> bool {
        more <= self.capacity() - self.len()
    }

    #[cold]
    fn grow(&mut self, more: usize, spare: usize) {
        self.reserve_exact(growth(self.len(), self.capacity(), more, spare));
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of one byte")]
    fn append(&mut self, bytes: &[u8]) {
        append(self, bytes);
    }

    fn truncate(&mut self, len: usize) {
        self.truncate(len);
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of a few bytes")]
    fn append_overlapping(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize) {
        let end = self.len() + len - 16;
        self.extend_from_slice(first);
        if len > 16 {
            self.truncate(end);
            self.extend_from_slice(last);
        }
    }

    fn validate(&mut self) -> bool {
        utf8::is_utf8(self)
    }

    fn repair(&mut self) {
        let len = self.len() + utf8::repair_needed(self).more;
        let valid = self.len();
        self.resize(len, 0);
        utf8::repair(self, valid);
    }

    fn as_str(&self) -> &str {
        utf8::from_utf8(self).unwrap_or_default()
    }

    fn shrink_to_fit(&mut self) {
        self.shrink_to_fit();
    }

    #[inline]
    fn clear(&mut self) {
        if self.capacity() > IDLE_CAPACITY {
            *self = Self::new();
        } else {
            self.clear();
        }
    }
}

impl LastEventIdBuffer<Vec<u8>> for String {
    const EMPTY: Self = Self::new();

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn as_str(&self) -> &str {
        self
    }

    #[inline]
    fn set(&mut self, id: &str) {
        if self.capacity() > IDLE_CAPACITY {
            *self = Self::new();
        }
        self.clear();
        if id.len() > self.capacity() {
            self.reserve_exact(growth(0, self.capacity(), id.len(), usize::MAX));
        }
        self.push_str(id);
    }

    fn take(&mut self, field: &mut Vec<u8>) -> bool {
        match Self::from_utf8(mem::take(field)) {
            Ok(id) => {
                *field = mem::replace(self, id).into_bytes();
                Buffer::clear(field);
                true
            }
            Err(error) => {
                *field = error.into_bytes();
                false
            }
        }
    }

    fn shrink_to_fit(&mut self) {
        self.shrink_to_fit();
    }
}

/// For how many bytes beyond its length a buffer reserves capacity when it needs `more`: the capacity at least doubles, so that
/// growing takes linear time, but exceeds what is needed by at most `spare`.
fn growth(len: usize, capacity: usize, more: usize, spare: usize) -> usize {
    let needed = len.saturating_add(more);
    let doubled = needed.max(capacity.saturating_add(1)).max(32).checked_next_power_of_two().unwrap_or(usize::MAX);
    doubled.min(needed.saturating_add(spare)).max(needed) - len
}

/// As [`growth`], for data. Long data is likely to become much longer, so in the range [`FOURFOLD_GROWTH`], where moving it is
/// expensive and memory still cheap, the result is four times the doubled capacity.
fn growth_of_data(len: usize, capacity: usize, more: usize, spare: usize) -> usize {
    let doubled = growth(len, capacity, more, spare);
    if FOURFOLD_GROWTH.contains(&(len + doubled)) { growth(len, 4 * (len + doubled) - 1, more, spare) } else { doubled }
}

/// The doubled capacities of data that are multiplied by four.
const FOURFOLD_GROWTH: RangeInclusive<usize> = 64 * 1024..=256 * 1024;

/// Bytes that keep track of whether they are known to be valid UTF-8, so that they are validated once.
#[derive(Clone, Debug)]
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub enum Utf8Buffer {
    Raw(Vec<u8>),
    Valid(String),
}

impl Utf8Buffer {
    /// Takes the bytes, and leaves an empty buffer.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        match mem::replace(self, Self::EMPTY) {
            Self::Raw(bytes) => bytes,
            Self::Valid(text) => text.into_bytes(),
        }
    }

    /// The bytes as text, if they are valid UTF-8.
    #[cfg(feature = "bytes")]
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Raw(bytes) => utf8::from_utf8(bytes),
            Self::Valid(text) => Some(text),
        }
    }

    /// Takes the bytes as text, and leaves an empty buffer. Returns an empty string if they are not valid UTF-8.
    #[cfg(feature = "bytes")]
    pub(crate) fn take_text(&mut self) -> String {
        match mem::replace(self, Self::EMPTY) {
            Self::Valid(text) => text,
            Self::Raw(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        }
    }

    /// Appends bytes of any length. Long pieces are validated when they are appended, while they are in the cache, so that the
    /// whole is known to be valid at the end. After a piece that is invalid or ends within a character, and after short pieces,
    /// [`validate`](Buffer::validate) validates the whole.
    #[inline(never)]
    fn append_slow(&mut self, more: &[u8]) {
        if self.len() < MIN_VALIDATED_LEN && more.len() < MIN_VALIDATED_LEN {
            self.modify(|bytes| Buffer::append(bytes, more));
            return;
        }
        // Short bytes that are cheaper to validate twice are not converted, unless the piece is so long that not knowing the
        // whole to be valid would cost more.
        if self.len() < MIN_VALIDATED_LEN
            && (more.len() >= MIN_CONVERTED_LEN || !utf8::is_better_validated_twice(self.len()))
        {
            self.try_convert();
        }
        if let Self::Valid(text) = self {
            if let Some(more) = utf8::from_utf8(more) {
                append_text(text, more);
                return;
            }
        }
        self.modify(|bytes| append_many(bytes, more));
    }

    /// Converts the bytes to [`Valid`](Self::Valid) if they are valid UTF-8. Returns whether they are.
    fn try_convert(&mut self) -> bool {
        match String::from_utf8(self.take()) {
            Ok(text) => *self = Self::Valid(text),
            Err(error) => *self = Self::Raw(error.into_bytes()),
        }
        matches!(self, Self::Valid(_))
    }

    /// Appends text to an empty buffer.
    #[inline(never)]
    fn start_with_text(&mut self, text: &str) {
        let mut valid = String::from_utf8(self.take()).unwrap_or_default();
        valid.push_str(text);
        *self = Self::Valid(valid);
    }

    /// Modifies the bytes, which are then no longer known to be valid.
    #[inline]
    fn modify(&mut self, modify: impl FnOnce(&mut Vec<u8>)) {
        if matches!(self, Self::Valid(_)) {
            *self = Self::Raw(self.take());
        }
        if let Self::Raw(bytes) = self {
            modify(bytes);
        }
    }
}

/// From this length on, a piece is validated when it is appended.
const MIN_VALIDATED_LEN: usize = 256;

/// From this length of a piece on, short bytes before it are converted to [`Utf8Buffer::Valid`], whatever that costs.
const MIN_CONVERTED_LEN: usize = 4 * MIN_VALIDATED_LEN;

impl PartialEq for Utf8Buffer {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Buffer for Utf8Buffer {
    const EMPTY: Self = Self::Raw(Vec::new());

    #[inline]
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    #[inline]
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Raw(bytes) => bytes,
            Self::Valid(text) => text.as_bytes(),
        }
    }

    #[inline]
    fn has_room(&self, more: usize) -> bool {
        match self {
            Self::Raw(bytes) => bytes.has_room(more),
            Self::Valid(text) => more <= text.capacity() - text.len(),
        }
    }

    #[cold]
    fn grow(&mut self, more: usize, spare: usize) {
        match self {
            Self::Raw(bytes) => bytes.reserve_exact(growth_of_data(bytes.len(), bytes.capacity(), more, spare)),
            Self::Valid(text) => text.reserve_exact(growth_of_data(text.len(), text.capacity(), more, spare)),
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of one byte")]
    fn append(&mut self, more: &[u8]) {
        match self {
            Self::Raw(bytes) if more.len() < MIN_VALIDATED_LEN => Buffer::append(bytes, more),
            _ => self.append_slow(more),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Raw(bytes) => bytes.truncate(len),
            Self::Valid(text) if text.is_char_boundary(len) => text.truncate(len),
            Self::Valid(_) => {}
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of a few bytes")]
    fn append_overlapping(&mut self, first: &[u8; 16], last: &[u8; 16], len: usize) {
        match self {
            Self::Raw(bytes) => bytes.append_overlapping(first, last, len),
            Self::Valid(_) => {
                self.append_slow(first);
                self.append_slow(last.get(32 - len..).unwrap_or_default());
            }
        }
    }

    #[inline]
    fn is_utf8(&self) -> bool {
        match self {
            Self::Valid(_) => true,
            Self::Raw(bytes) => bytes.is_empty(),
        }
    }

    #[inline]
    fn append_text(&mut self, more: &str) {
        match self {
            Self::Valid(text) => text.push_str(more),
            Self::Raw(bytes) if bytes.is_empty() => self.start_with_text(more),
            Self::Raw(bytes) => Buffer::append(bytes, more.as_bytes()),
        }
    }

    fn validate(&mut self) -> bool {
        let Self::Raw(bytes) = self else { return true };
        if utf8::is_better_validated_twice(bytes.len()) { bytes.validate() } else { self.try_convert() }
    }

    fn repair(&mut self) {
        self.modify(Buffer::repair);
    }

    #[inline]
    fn as_str(&self) -> &str {
        match self {
            Self::Raw(bytes) => bytes.as_str(),
            Self::Valid(text) => text,
        }
    }

    fn shrink_to_fit(&mut self) {
        match self {
            Self::Raw(bytes) => bytes.shrink_to_fit(),
            Self::Valid(text) => text.shrink_to_fit(),
        }
    }

    #[inline]
    fn clear(&mut self) {
        self.modify(Buffer::clear);
    }
}

#[cfg(test)]
mod tests {
    use super::{Buffer, IDLE_CAPACITY, MIN_CONVERTED_LEN, MIN_VALIDATED_LEN, Utf8Buffer, growth};
    use crate::text::utf8::tests::validated;
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn growth_of_a_buffer() {
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

    /// `abc`, in both forms, with this capacity.
    fn both_forms(capacity: usize) -> [Utf8Buffer; 2] {
        let mut text = String::with_capacity(capacity);
        text.push_str("abc");
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(b"abc");
        [Utf8Buffer::Raw(bytes), Utf8Buffer::Valid(text)]
    }

    fn capacity(text: &Utf8Buffer) -> usize {
        match text {
            Utf8Buffer::Raw(bytes) => bytes.capacity(),
            Utf8Buffer::Valid(text) => text.capacity(),
        }
    }

    #[test]
    fn capacity_and_growth() {
        for mut text in both_forms(10) {
            assert_eq!([0, 6, 7, 8].map(|more| text.has_room(more)), [true, true, true, false], "{text:?}");
            text.grow(8, 2);
            assert_eq!((capacity(&text), text.as_slice()), (13, &b"abc"[..]));
            text.grow(11, usize::MAX);
            assert_eq!(capacity(&text), 32);
            text.shrink_to_fit();
            assert_eq!((capacity(&text), text.as_slice()), (3, &b"abc"[..]));
        }
    }

    #[test]
    fn capacity_after_clear() {
        for (before, after) in [
            (3, 3),
            (IDLE_CAPACITY - 1, IDLE_CAPACITY - 1),
            (IDLE_CAPACITY, IDLE_CAPACITY),
            (IDLE_CAPACITY + 1, 0),
            (1 << 20, 0),
        ] {
            for mut text in both_forms(before) {
                text.clear();
                assert_eq!((capacity(&text), text.len()), (after, 0), "{before}");
            }
        }
    }

    #[test]
    fn both_forms_are_equal() {
        let [raw, valid] = both_forms(3);
        assert_eq!(raw, valid);
        for other in [Utf8Buffer::Raw(b"abd".to_vec()), Utf8Buffer::Valid("ab".into()), Utf8Buffer::EMPTY] {
            assert_ne!(raw, other);
            assert_ne!(valid, other);
        }
    }

    /// Long bytes that are not known to be valid are not validated when a piece is appended; nor are short ones, if that would
    /// cost more than it saves.
    #[test]
    fn bytes_before_a_piece_are_validated_only_if_cheap() {
        let without_simd = !cfg!(feature = "simdutf8");
        for (len, more, expected) in [
            (63, MIN_VALIDATED_LEN, true),
            (64, MIN_VALIDATED_LEN, without_simd),
            (MIN_VALIDATED_LEN - 1, MIN_VALIDATED_LEN, without_simd),
            (MIN_VALIDATED_LEN - 1, MIN_CONVERTED_LEN - 1, without_simd),
            (MIN_VALIDATED_LEN - 1, MIN_CONVERTED_LEN, true),
            (MIN_VALIDATED_LEN, MIN_VALIDATED_LEN, false),
            (MIN_VALIDATED_LEN, MIN_CONVERTED_LEN, false),
        ] {
            let mut text = Utf8Buffer::Raw("x".repeat(len).into_bytes());
            validated();
            text.append_slow(&b"x".repeat(more));
            assert_eq!((validated() > 0, text.is_utf8()), (expected, expected), "{len} and {more}");
        }
    }

    /// A buffer that starts with known text stays known to be valid as long as only known text or long valid pieces are appended.
    #[test]
    fn known_text_stays_valid() {
        let long = [b'x'; MIN_VALIDATED_LEN];
        for (before, after, is_known) in [
            (None, None, true),
            (Some(&b"x"[..]), None, false),
            (None, Some(&b"x"[..]), false),
            (None, Some(&long[1..]), false),
            (None, Some(&long[..]), true),
            (Some(&long[..]), None, true),
        ] {
            let mut text = Utf8Buffer::EMPTY;
            if let Some(piece) = before {
                text.append(piece);
            }
            text.append_text("가");
            text.append_text("a");
            if let Some(piece) = after {
                text.append(piece);
            }
            assert_eq!(text.is_utf8(), is_known, "{before:?}, {after:?}");
            let expected = [before.unwrap_or_default(), "가a".as_bytes(), after.unwrap_or_default()].concat();
            assert_eq!(text.as_slice(), expected);
        }
    }

    #[test]
    fn long_known_text_stays_valid() {
        for (len, is_known) in [(MIN_VALIDATED_LEN - 1, false), (MIN_VALIDATED_LEN, true)] {
            let mut text = Utf8Buffer::EMPTY;
            text.append_text(&"x".repeat(len));
            text.append(b"x");
            assert_eq!(text.is_utf8(), is_known, "{len}");
        }
    }

    /// Text stays known to be valid as long as only long valid pieces are appended; otherwise it is validated at the end.
    #[test]
    fn text_in_pieces() {
        let long = "x".repeat(MIN_VALIDATED_LEN);
        let (short, cut) = (&long[1..], [long.as_bytes(), b"\xE2\x82"].concat());
        let is_valid = |text: &Utf8Buffer| matches!(text, Utf8Buffer::Valid(_));
        for (pieces, is_known, is_utf8) in [
            (&[short.as_bytes()][..], false, true),
            (&[long.as_bytes()], true, true),
            (&[b"x", long.as_bytes()], true, true),
            // Unless the bytes before it are cheaper to validate twice.
            (&[&short.as_bytes()[..63], long.as_bytes()], true, true),
            (&[&short.as_bytes()[..64], long.as_bytes()], !cfg!(feature = "simdutf8"), true),
            (&[long.as_bytes(), b"x"], true, true),
            (&[long.as_bytes(), b"\xFF"], false, false),
            (&[b"\xFF", long.as_bytes()], false, false),
            (&[&cut], false, false),
            (&[&cut, b"\xAC"], false, true),
            (&[&cut, b"\xAC", long.as_bytes()], false, true),
        ] {
            let mut text = Utf8Buffer::EMPTY;
            for piece in pieces {
                text.append(piece);
            }
            let bytes = pieces.concat();
            assert_eq!(text.as_slice(), bytes);
            assert_eq!(is_valid(&text), is_known, "{} bytes in {} pieces", bytes.len(), pieces.len());
            assert_eq!(text.validate(), is_utf8);
            assert_eq!(text.as_slice(), bytes, "unchanged");
            assert_eq!(text.as_str(), String::from_utf8(bytes).unwrap_or_default());
        }
    }
}
