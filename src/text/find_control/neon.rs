//! With NEON, in plain code that the compiler vectorizes with `opt-level` 2 and 3. Each byte becomes a number; the earlier a
//! control character, the smaller the number. The minimum of 16 bytes is one instruction (`uminv`), which gives the position as
//! well.
//!
//! The intrinsics of NEON are safe to call only from Rust 1.87 on. `.ci/targets` checks that the newest compiler vectorizes this
//! code.

use core::iter;

/// The position of the first control character.
// A call costs more than the search.
#[inline(always)]
pub(crate) fn first_of_16(block: &[u8; 16]) -> Option<usize> {
    position(first_mark(block, 1))
}

/// The position of the first control character.
// A call costs more than the search.
#[inline(always)]
pub(crate) fn first_of_32(block: &[u8; 32]) -> Option<usize> {
    let (start, end) = (block.first_chunk()?, block.last_chunk()?);
    position(first_mark(start, 1).min(first_mark(end, 17)))
}

/// The mark of the first control character; that of the first byte has the position `from`. If that were 0, the compiler would drop
/// an operation for this byte, and its code would differ from that for the others.
#[inline]
fn first_mark(block: &[u8; 16], from: u8) -> u8 {
    iter::zip(block, from..).fold(u8::MAX, |first, (&byte, at)| first.min(mark(byte, at)))
}

/// The position, with the highest bit set if the byte is no control character. With a comparison instead of the addition, which
/// saturates, LLVM turns the minimum into a chain of conditions, one byte after the other.
#[inline]
const fn mark(byte: u8, at: u8) -> u8 {
    byte.saturating_add(NONE - 1 - b'\r') & NONE | at
}

/// The index of the byte that has this mark.
#[inline]
fn position(mark: u8) -> Option<usize> {
    if mark < NONE { Some(usize::from(mark) - 1) } else { None }
}

const NONE: u8 = 0x80;
