//! Storage that grows.
//!
//! Rule: growing at least doubles, so that it costs linear time; emptying gives back all but a little.

use alloc::string::String;
use alloc::vec::Vec;
use core::mem;

use crate::error::Limit;
use crate::storage::{Buffer, Sealed, Storage};
use crate::utf8;

/// Buffers on the heap, which grow as needed: the storage of a `Decoder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a name for a choice")]
pub struct Heap;

impl Storage for Heap {}

impl Sealed for Heap {
    type Data = Text;
    type Name = Vec<u8>;
    const MAX_DATA_LEN: usize = usize::MAX;
    /// A name that is longer is none: what is held besides the data must be small, so that it need not share the memory.
    const MAX_NAME_LEN: usize = 128 * 1024;
    const LIMITS: (Limit, Limit) = (Limit::MaxEventBytes, Limit::NameBuffer);
}

/// What a buffer keeps allocated while it is empty, so that a warm decoder does not allocate.
pub(crate) const KEPT: usize = 4096;

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
        let needed = self.len().saturating_add(more);
        // At least doubled, so that growing costs linear time; but no more than may be held.
        let doubled = needed.max(self.capacity().saturating_add(1)).max(32).checked_next_power_of_two();
        let doubled = doubled.unwrap_or(usize::MAX);
        let capacity = doubled.min(needed.saturating_add(spare)).max(needed);
        self.reserve_exact(capacity - self.len());
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of a byte")]
    fn append(&mut self, bytes: &[u8]) {
        if let [byte] = bytes {
            // A call of `memcpy` costs more than a byte.
            self.push(*byte);
        } else {
            self.extend_from_slice(bytes);
        }
    }

    fn validate(&mut self) -> bool {
        utf8::text(self).is_some()
    }

    fn repair(&mut self) {
        let len = utf8::repaired_len(self);
        let valid = self.len();
        self.resize(len, 0);
        utf8::repair(self, valid);
    }

    fn as_str(&self) -> &str {
        utf8::text(self).unwrap_or_default()
    }

    #[inline]
    fn held(&self) -> usize {
        if self.capacity() > KEPT { self.capacity() } else { 0 }
    }

    fn shrink_to_fit(&mut self) {
        self.shrink_to_fit();
    }

    #[inline]
    fn clear(&mut self) {
        if self.capacity() > KEPT {
            *self = Self::new();
        } else {
            self.clear();
        }
    }
}

/// Bytes that remember whether they are known to be text, so that this is found out once.
#[derive(Clone, Debug)]
#[allow(unnameable_types, unreachable_pub, reason = "sealed: for this crate alone")]
pub enum Text {
    Raw(Vec<u8>),
    Valid(String),
}

impl Text {
    /// The bytes, out of their place.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        match mem::replace(self, Self::EMPTY) {
            Self::Raw(bytes) => bytes,
            Self::Valid(text) => text.into_bytes(),
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

    /// What will be changed cannot remain known as text.
    #[inline]
    fn raw_again(&mut self) {
        if matches!(self, Self::Valid(_)) {
            self.forget_that_it_is_text();
        }
    }

    #[cold]
    fn forget_that_it_is_text(&mut self) {
        *self = Self::Raw(self.take());
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Buffer for Text {
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

    fn grow(&mut self, more: usize, spare: usize) {
        self.raw_again();
        if let Self::Raw(bytes) = self {
            bytes.grow(more, spare);
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of a byte")]
    fn append(&mut self, more: &[u8]) {
        self.raw_again();
        if let Self::Raw(bytes) = self {
            Buffer::append(bytes, more);
        }
    }

    fn validate(&mut self) -> bool {
        let Self::Raw(bytes) = self else { return true };
        if utf8::is_better_validated_twice(bytes.len()) {
            return bytes.validate();
        }
        match String::from_utf8(mem::take(bytes)) {
            Ok(text) => *self = Self::Valid(text),
            Err(error) => {
                *bytes = error.into_bytes();
                return false;
            }
        }
        true
    }

    fn repair(&mut self) {
        self.raw_again();
        if let Self::Raw(bytes) = self {
            bytes.repair();
        }
    }

    #[inline]
    fn as_str(&self) -> &str {
        match self {
            Self::Raw(bytes) => bytes.as_str(),
            Self::Valid(text) => text,
        }
    }

    #[inline]
    fn held(&self) -> usize {
        match self {
            Self::Raw(bytes) => bytes.held(),
            Self::Valid(text) if text.capacity() > KEPT => text.capacity(),
            Self::Valid(_) => 0,
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
        self.raw_again();
        if let Self::Raw(bytes) = self {
            Buffer::clear(bytes);
        }
    }
}
