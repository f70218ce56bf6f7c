//! Without SIMD instructions: integer arithmetic on words of 16 bytes.

use crate::text::find_control::Found;

/// The position of the first control character.
// It is a few instructions.
#[inline(always)]
pub(crate) const fn first_of_16(block: &[u8; 16]) -> Option<usize> {
    first(marks(u128::from_le_bytes(*block)))
}

/// Whether there is a control character. Its position is cheaper to find in 16 bytes at a time.
// It is a few instructions.
#[inline(always)]
pub(crate) fn find_in_32(block: &[u8; 32]) -> Found {
    if is_in(block) { Found::Somewhere } else { Found::Nowhere }
}

/// The position of the first control character at or after `from`. At least 16 bytes precede `from`, without one.
// It is a few instructions.
#[inline(always)]
pub(crate) fn first_of_rest(bytes: &[u8], from: usize) -> Option<usize> {
    let (mut rest, mut at) = (bytes.get(from..)?, from);
    while let Some((block, tail)) = rest.split_first_chunk::<16>() {
        if let Some(n) = first_of_16(block) {
            return Some(at + n);
        }
        (rest, at) = (tail, at + 16);
    }
    if rest.is_empty() {
        return None;
    }
    // The last 16 bytes of the input, which may begin before `from`. (With `last_chunk`, the compiler keeps a panic.)
    let at = bytes.len().checked_sub(16)?;
    first_of_16(bytes.get(at..)?.first_chunk()?).map(|n| at + n)
}

/// Whether there is a control character.
///
/// The loop has no early exit, so that the compiler vectorizes it.
// It is a few instructions.
#[inline(always)]
#[allow(clippy::needless_bitwise_bool, reason = "vectorized")]
pub(crate) fn is_in<const N: usize>(block: &[u8; N]) -> bool {
    block.iter().fold(false, |found, &byte| found | (byte <= b'\r'))
}

pub(crate) const ONES: u128 = u128::from_ne_bytes([0x01; 16]);
pub(crate) const HIGH: u128 = u128::from_ne_bytes([0x80; 16]);

/// A word whose lowest set bit marks the first byte of `word` that is at most CR; zero if there is none.
///
/// The subtraction borrows from a byte only if that byte is at most CR, so every false mark is above a true one.
// It is a few instructions.
#[inline(always)]
const fn marks(word: u128) -> u128 {
    word.wrapping_sub(ONES * (b'\r' as u128 + 1)) & !word & HIGH
}

/// The index of the byte that the lowest set bit marks.
// It is a few instructions.
#[inline(always)]
pub(crate) const fn first(marks: u128) -> Option<usize> {
    if marks == 0 { None } else { Some((marks.trailing_zeros() / 8) as usize) }
}
