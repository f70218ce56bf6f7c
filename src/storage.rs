//! Where a decoder keeps text that it must keep: strings that grow, or fixed buffers.
//!
//! Rule: a text is asked for room before it is written to. It never refuses and never reports; what may be held is the
//! decoder's decision.

use core::fmt::Debug;
use core::str;

use crate::error::Limit;

/// Where a [`Decoder`](crate::Decoder) keeps what it must keep: [`Heap`](crate::Heap) or [`Fixed`](crate::Fixed).
///
/// Sealed: no other type can implement it.
pub trait Storage: Sealed {}

/// What a storage is made of.
#[allow(unnameable_types, reason = "sealed: for this crate alone")]
pub trait Sealed {
    /// For the data.
    type Data: Text;
    /// For the event type and the ids.
    type Name: Text;
    /// The limits that the capacities of [`Self::Data`] and [`Self::Name`] set, if they set one.
    const LIMITS: (Limit, Limit);
}

/// A text that can be appended to.
#[allow(unnameable_types, reason = "sealed: for this crate alone")]
pub trait Text: Clone + Debug + PartialEq {
    /// The empty text.
    const EMPTY: Self;
    /// The most that it can ever hold.
    const MAX_LEN: usize;

    /// The text.
    fn as_str(&self) -> &str;
    /// Its length in bytes, without looking at it.
    fn len(&self) -> usize;
    /// Appends; beyond what is needed it may take at most `spare` bytes of memory.
    fn push_str(&mut self, text: &str, spare: usize);
    /// The memory that it holds above a small constant.
    fn held(&self) -> usize;
    /// Gives back what it holds above its length.
    fn shrink(&mut self);
    /// Empties it; what it holds falls back to a small constant.
    fn clear(&mut self);
}

/// Strings on the heap, which grow as needed: the storage of a `Decoder`.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a name for a choice")]
pub struct Heap;

#[cfg(feature = "alloc")]
impl Storage for Heap {}

#[cfg(feature = "alloc")]
impl Sealed for Heap {
    type Data = alloc::string::String;
    type Name = alloc::string::String;
    const LIMITS: (Limit, Limit) = (Limit::MaxEventBytes, Limit::MaxEventBytes);
}

/// What a text keeps allocated while it is empty, so that a warm decoder does not allocate.
#[cfg(feature = "alloc")]
const KEPT: usize = 4096;

#[cfg(feature = "alloc")]
impl Text for alloc::string::String {
    const EMPTY: Self = Self::new();
    const MAX_LEN: usize = usize::MAX;

    #[inline]
    fn as_str(&self) -> &str {
        self
    }

    #[inline]
    fn len(&self) -> usize {
        self.len()
    }

    #[inline]
    fn push_str(&mut self, text: &str, spare: usize) {
        let needed = self.len().saturating_add(text.len());
        if needed > self.capacity() {
            // Doubled, so that growing costs linear time; but no more than may be held.
            let doubled = self.capacity().saturating_mul(2).max(64);
            let capacity = doubled.min(needed.saturating_add(spare)).max(needed);
            self.reserve_exact(capacity - self.len());
        }
        self.push_str(text);
    }

    #[inline]
    fn held(&self) -> usize {
        if self.capacity() > KEPT { self.capacity() } else { 0 }
    }

    #[inline]
    fn shrink(&mut self) {
        if self.capacity() > KEPT {
            self.shrink_to_fit();
        }
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

/// Fixed buffers inside the decoder, `DATA` bytes for the data and four of `NAME` bytes for the event type and the ids:
/// the storage of a [`FixedDecoder`](crate::FixedDecoder).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a name for a choice")]
pub struct Fixed<const DATA: usize, const NAME: usize>;

impl<const DATA: usize, const NAME: usize> Storage for Fixed<DATA, NAME> {}

impl<const DATA: usize, const NAME: usize> Sealed for Fixed<DATA, NAME> {
    type Data = FixedText<DATA>;
    type Name = FixedText<NAME>;
    const LIMITS: (Limit, Limit) = (Limit::DataBuffer, Limit::NameBuffer);
}

/// A text in a fixed buffer.
#[allow(unnameable_types, reason = "sealed: for this crate alone")]
#[derive(Clone, Debug)]
pub struct FixedText<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> PartialEq for FixedText<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl<const N: usize> Text for FixedText<N> {
    const EMPTY: Self = Self { bytes: [0; N], len: 0 };
    const MAX_LEN: usize = N;

    fn as_str(&self) -> &str {
        // Nothing but whole strings was written, so this cannot fail; but only `unsafe` could say so.
        self.bytes.get(..self.len).map(str::from_utf8).and_then(Result::ok).unwrap_or_default()
    }

    fn len(&self) -> usize {
        self.len
    }

    fn push_str(&mut self, text: &str, _: usize) {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        if let Some(to) = free.get_mut(..text.len()) {
            to.copy_from_slice(text.as_bytes());
            self.len += text.len();
        }
    }

    fn held(&self) -> usize {
        0
    }

    fn shrink(&mut self) {}

    fn clear(&mut self) {
        self.len = 0;
    }
}
