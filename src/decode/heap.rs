//! Storage that grows.
//!
//! Rule: growing at least doubles, so that it costs linear time; emptying gives back all but a little.

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
    /// A name that is longer is none: what is held besides the data must be small, so that it need not share the memory.
    const MAX_FIELD_LEN: usize = 128 * 1024;
    const LIMITS: (Limit, Limit) = (Limit::MaxEventBytes, Limit::FieldBuffer);
}

/// What a buffer keeps allocated while it is empty, so that a warm decoder does not allocate.
pub(crate) const IDLE_CAPACITY: usize = 4096;

/// A name: short, so that it costs little to find out twice that it is text.
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

/// For how many bytes more a buffer should have room, if it needs so many: at least doubled, so that growing costs linear
/// time, but no more than may be held.
fn growth(len: usize, capacity: usize, more: usize, spare: usize) -> usize {
    let needed = len.saturating_add(more);
    let doubled = needed.max(capacity.saturating_add(1)).max(32).checked_next_power_of_two().unwrap_or(usize::MAX);
    doubled.min(needed.saturating_add(spare)).max(needed) - len
}

/// The same for data. What has become long is likely to become much longer; so where moving it is dear already, and memory
/// is not yet, it has room for four times as much.
fn growth_of_data(len: usize, capacity: usize, more: usize, spare: usize) -> usize {
    let doubled = growth(len, capacity, more, spare);
    if FOURFOLD_GROWTH.contains(&(len + doubled)) { growth(len, 4 * (len + doubled) - 1, more, spare) } else { doubled }
}

/// Where room for data is made fourfold.
const FOURFOLD_GROWTH: RangeInclusive<usize> = 64 * 1024..=256 * 1024;

/// Bytes that remember whether they are known to be text, so that this is found out once.
#[derive(Clone, Debug)]
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub enum Utf8Buffer {
    Raw(Vec<u8>),
    Valid(String),
}

impl Utf8Buffer {
    /// The bytes, out of their place.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        match mem::replace(self, Self::EMPTY) {
            Self::Raw(bytes) => bytes,
            Self::Valid(text) => text.into_bytes(),
        }
    }

    /// The bytes as text, if they are.
    #[cfg(feature = "bytes")]
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Raw(bytes) => utf8::from_utf8(bytes),
            Self::Valid(text) => Some(text),
        }
    }

    /// The text, out of its place.
    #[cfg(feature = "bytes")]
    pub(crate) fn take_text(&mut self) -> String {
        match mem::replace(self, Self::EMPTY) {
            Self::Valid(text) => text,
            Self::Raw(bytes) => String::from_utf8(bytes).unwrap_or_default(),
        }
    }

    /// Appends bytes of any length. Long ones are validated as they come, while they are at hand: then all is text at the
    /// end. One that is not text, or that ends within a character, leaves that to [`validate`](Buffer::validate), and so does
    /// a short one, if what is there is short, too.
    #[inline(never)]
    fn append_slow(&mut self, more: &[u8]) {
        if self.len() < MIN_VALIDATED_LEN && more.len() < MIN_VALIDATED_LEN {
            self.modify(|bytes| Buffer::append(bytes, more));
            return;
        }
        // What is better validated twice does not become known to be text, unless so much comes that all of it would have to be.
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

    /// Makes text of the bytes, if they are.
    fn try_convert(&mut self) -> bool {
        match String::from_utf8(self.take()) {
            Ok(text) => *self = Self::Valid(text),
            Err(error) => *self = Self::Raw(error.into_bytes()),
        }
        matches!(self, Self::Valid(_))
    }

    /// Begins with text, where there is nothing yet.
    #[inline(never)]
    fn start_with_text(&mut self, text: &str) {
        let mut valid = String::from_utf8(self.take()).unwrap_or_default();
        valid.push_str(text);
        *self = Self::Valid(valid);
    }

    /// Changes the bytes, which are not known to be text any more.
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

/// From here on it pays to validate a piece by itself.
const MIN_VALIDATED_LEN: usize = 256;

/// From here on it pays to make text of what is short before it.
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
    fn by_how_much_a_buffer_grows() {
        let max = usize::MAX;
        for (len, capacity, more, spare, expected) in [
            (0, 0, 1, max, 32),
            (0, 0, 32, max, 32),
            (0, 0, 33, max, 64),
            (32, 32, 1, max, 32),
            (32, 32, 33, max, 96),
            (31, 32, 2, max, 33),
            (5, 64, 60, max, 123),
            // No more than may be held.
            (0, 0, 1, 0, 1),
            (32, 32, 1, 5, 6),
            (32, 32, 1, 31, 32),
            (32, 32, 1, 32, 32),
            // More than there can be.
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

    /// The three characters of `abc`, in both forms, in this capacity.
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
    fn room() {
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
    fn what_remains_of_an_emptied_buffer() {
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
    fn text_is_equal_to_its_bytes() {
        let [raw, valid] = both_forms(3);
        assert_eq!(raw, valid);
        for other in [Utf8Buffer::Raw(b"abd".to_vec()), Utf8Buffer::Valid("ab".into()), Utf8Buffer::EMPTY] {
            assert_ne!(raw, other);
            assert_ne!(valid, other);
        }
    }

    /// Long bytes that are not known to be text are not looked at again when more come; nor are short ones, if that would cost
    /// more than it saves.
    #[test]
    fn what_is_long_is_not_validated_before_the_end() {
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

    /// What begins with text that is known stays known as long as only such text comes, or long pieces.
    #[test]
    fn known_text_that_is_appended_to() {
        let long = [b'x'; MIN_VALIDATED_LEN];
        for (before, after, knows) in [
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
            assert_eq!(text.is_utf8(), knows, "{before:?}, {after:?}");
            let expected = [before.unwrap_or_default(), "가a".as_bytes(), after.unwrap_or_default()].concat();
            assert_eq!(text.as_slice(), expected);
        }
    }

    #[test]
    fn what_is_long_and_known_stays_known() {
        for (len, knows) in [(MIN_VALIDATED_LEN - 1, false), (MIN_VALIDATED_LEN, true)] {
            let mut text = Utf8Buffer::EMPTY;
            text.append_text(&"x".repeat(len));
            text.append(b"x");
            assert_eq!(text.is_utf8(), knows, "{len}");
        }
    }

    /// Text stays known to be text as long as only text comes, in long pieces; else it is found out at the end.
    #[test]
    fn text_that_is_appended_to() {
        let long = "x".repeat(MIN_VALIDATED_LEN);
        let (short, cut) = (&long[1..], [long.as_bytes(), b"\xE2\x82"].concat());
        let known = |text: &Utf8Buffer| matches!(text, Utf8Buffer::Valid(_));
        for (pieces, knows, is_utf8) in [
            (&[short.as_bytes()][..], false, true),
            (&[long.as_bytes()], true, true),
            (&[b"x", long.as_bytes()], true, true),
            // Unless what came before is better validated twice.
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
            assert_eq!(known(&text), knows, "{} bytes in {} pieces", bytes.len(), pieces.len());
            assert_eq!(text.validate(), is_utf8);
            assert_eq!(text.as_slice(), bytes, "unchanged");
            assert_eq!(text.as_str(), String::from_utf8(bytes).unwrap_or_default());
        }
    }
}
