//! With SIMD instructions, which also give the position.

use crate::text::find_control::Found;

#[cfg(target_feature = "neon")]
pub(crate) use crate::text::find_control::neon::{first_of_16, first_of_32};
#[cfg(target_feature = "sse2")]
pub(crate) use crate::text::find_control::sse2::{first_of_16, first_of_32};

/// Whether there is a control character, and the position of the first one.
// It is a few instructions.
#[inline(always)]
pub(crate) fn find_in_32(block: &[u8; 32]) -> Found {
    first_of_32(block).map_or(Found::Nowhere, Found::At)
}

/// The position of the first control character at or after `from`.
///
/// Fewer than 32 bytes follow `from`; at least 16 bytes precede it, without a control character.
// It is a few instructions.
#[inline(always)]
pub(crate) fn first_of_rest(bytes: &[u8], from: usize) -> Option<usize> {
    if from == bytes.len() {
        return None;
    }
    // The last block of the input, which may begin before `from`.
    if let Some(at) = bytes.len().checked_sub(32) {
        return first_of_32(bytes.get(at..)?.first_chunk()?).map(|n| at + n);
    }
    let at = bytes.len().checked_sub(16)?;
    first_of_16(bytes.get(at..)?.first_chunk()?).map(|n| at + n)
}
