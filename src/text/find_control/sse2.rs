//! With SSE2: three instructions compare 16 bytes and move the result into the bits of an integer.

use safe_arch::{cmp_eq_mask_i8_m128i, load_unaligned_m128i, min_u8_m128i, move_mask_i8_m128i, set_splat_i8_m128i};

const CR: i8 = 13;

/// The position of the first control character.
// A call costs more than the search.
#[inline(always)]
pub(crate) fn first_of_16(block: &[u8; 16]) -> Option<usize> {
    first(marks(block))
}

/// The position of the first control character.
// A call costs more than the search.
#[inline(always)]
pub(crate) fn first_of_32(block: &[u8; 32]) -> Option<usize> {
    let (start, end) = (block.first_chunk()?, block.last_chunk()?);
    first(marks(start) | marks(end) << 16)
}

/// One bit per byte: set if the byte is a control character.
#[inline]
fn marks(block: &[u8; 16]) -> i32 {
    let bytes = load_unaligned_m128i(block);
    // A byte is at most CR if it equals the minimum of itself and CR.
    let at_most_cr = min_u8_m128i(bytes, set_splat_i8_m128i(CR));
    move_mask_i8_m128i(cmp_eq_mask_i8_m128i(at_most_cr, bytes))
}

/// The index of the byte that the lowest set bit marks.
#[inline]
const fn first(marks: i32) -> Option<usize> {
    if marks == 0 { None } else { Some(marks.trailing_zeros() as usize) }
}
