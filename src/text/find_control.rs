//! Finds the first control character of a block, comparing all bytes of the block at once. The only file that names
//! `safe_arch`.
//!
//! Here a control character is a byte that is at most CR (0x0D). Text contains hardly any besides line ends, and one comparison
//! is cheaper than two. Without SIMD the search uses integer arithmetic on 16 bytes. With the feature `simd` and SSE2 it uses
//! three instructions that also give the position, on up to 32 bytes at a time.

#[cfg(all(feature = "simd", target_feature = "sse2"))]
pub(crate) use self::sse2::{find_in_32, first_of_16, first_of_rest};
pub(crate) use self::words::is_in;
#[allow(unused_imports, reason = "used by the search that replaces memchr")]
pub(crate) use self::words::{HIGH, ONES, first};
#[cfg(not(all(feature = "simd", target_feature = "sse2")))]
pub(crate) use self::words::{find_in_32, first_of_16, first_of_rest};

/// Whether a block contains a control character, and where.
#[allow(dead_code, reason = "the implementation without SIMD never returns `At`, the one with SSE2 never `Somewhere`")]
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    /// The block contains none.
    Nowhere,
    /// The block contains one at an unknown position.
    Somewhere,
    /// The position of the first one.
    At(usize),
}

/// The position of the first control character in fewer than 16 bytes.
#[inline]
pub(crate) fn first_of_short(bytes: &[u8]) -> Option<usize> {
    // The first half and the last half, which may overlap. The unused bytes of the word do not match.
    let (word, half) = if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << 64, 8)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
        (u128::from(word) | u128::MAX << 64, 4)
    } else {
        return bytes.iter().position(|&byte| byte <= b'\r');
    };
    first_of_16(&word.to_le_bytes()).map(|at| if at < half { at } else { at + bytes.len() - 2 * half })
}

#[cfg(all(feature = "simd", target_feature = "sse2"))]
mod sse2 {
    use super::Found;
    use safe_arch::{cmp_eq_mask_i8_m128i, load_unaligned_m128i, min_u8_m128i, move_mask_i8_m128i, set_splat_i8_m128i};

    const CR: i8 = 13;

    /// The position of the first control character.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    pub(crate) fn first_of_16(block: &[u8; 16]) -> Option<usize> {
        first(marks(block))
    }

    /// Whether there is a control character, and the position of the first one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    pub(crate) fn find_in_32(block: &[u8; 32]) -> Found {
        first_of_32(block).map_or(Found::Nowhere, Found::At)
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    fn first_of_32(block: &[u8; 32]) -> Option<usize> {
        let (start, end) = (block.first_chunk()?, block.last_chunk()?);
        first(marks(start) | marks(end) << 16)
    }

    /// The position of the first control character at or after `from`.
    ///
    /// Fewer than 32 bytes follow `from`; at least 16 bytes precede it, without a control character.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
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

    /// One bit per byte: set if the byte is a control character.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    fn marks(block: &[u8; 16]) -> i32 {
        let bytes = load_unaligned_m128i(block);
        // A byte is at most CR if it equals the minimum of itself and CR.
        let at_most_cr = min_u8_m128i(bytes, set_splat_i8_m128i(CR));
        move_mask_i8_m128i(cmp_eq_mask_i8_m128i(at_most_cr, bytes))
    }

    /// The index of the byte that the lowest set bit marks.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    const fn first(marks: i32) -> Option<usize> {
        if marks == 0 { None } else { Some(marks.trailing_zeros() as usize) }
    }
}

#[cfg_attr(
    all(not(test), feature = "simd", target_feature = "sse2"),
    allow(dead_code, reason = "replaced by SSE2; the tests compare both")
)]
mod words {
    use super::Found;

    /// The position of the first control character.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    pub(crate) const fn first_of_16(block: &[u8; 16]) -> Option<usize> {
        first(marks(u128::from_le_bytes(*block)))
    }

    /// Whether there is a control character. Its position is cheaper to find in 16 bytes at a time.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    pub(crate) fn find_in_32(block: &[u8; 32]) -> Found {
        if is_in(block) { Found::Somewhere } else { Found::Nowhere }
    }

    /// The position of the first control character at or after `from`. At least 16 bytes precede `from`, without one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
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
    #[inline(always)]
    #[allow(clippy::inline_always, clippy::needless_bitwise_bool, reason = "vectorized to a few instructions")]
    pub(crate) fn is_in<const N: usize>(block: &[u8; N]) -> bool {
        block.iter().fold(false, |found, &byte| found | (byte <= b'\r'))
    }

    pub(crate) const ONES: u128 = u128::from_ne_bytes([0x01; 16]);
    pub(crate) const HIGH: u128 = u128::from_ne_bytes([0x80; 16]);

    /// A word whose lowest set bit marks the first byte of `word` that is at most CR; zero if there is none.
    ///
    /// The subtraction borrows from a byte only if that byte is at most CR, so every false mark is above a true one.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    const fn marks(word: u128) -> u128 {
        word.wrapping_sub(ONES * (b'\r' as u128 + 1)) & !word & HIGH
    }

    /// The index of the byte that the lowest set bit marks.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is a few instructions")]
    pub(crate) const fn first(marks: u128) -> Option<usize> {
        if marks == 0 { None } else { Some((marks.trailing_zeros() / 8) as usize) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, find_in_32, first_of_16, first_of_rest, first_of_short, is_in, words};

    /// Every byte value, alone and followed by bytes that a borrow could turn into a false match.
    #[test]
    fn finds_the_first_at_every_position() {
        for byte in 0..=255 {
            for fill in [0x0E, 0x0F, 0x7F, 0x80, 0x8D, 0x8E, 0xFF, b'a'] {
                for at in 0..32 {
                    let mut block = [fill; 32];
                    block[at] = byte;
                    check(block);
                    block[at..].fill(byte);
                    check(block);
                }
            }
        }
    }

    fn check(block: [u8; 32]) {
        let expected = |bytes: &[u8]| bytes.iter().position(|&byte| byte <= b'\r');
        let (half, _) = block.split_first_chunk::<16>().unwrap();
        for found in [find_in_32(&block), words::find_in_32(&block)] {
            match found {
                Found::At(at) => assert_eq!(Some(at), expected(&block), "{block:?}"),
                _ => assert_eq!(found == Found::Somewhere, expected(&block).is_some(), "{block:?}"),
            }
        }
        assert_eq!(first_of_16(half), expected(half), "{half:?}");
        assert_eq!(words::first_of_16(half), expected(half), "{half:?}");
        assert_eq!((is_in(&block), is_in(half)), (expected(&block).is_some(), expected(half).is_some()), "{block:?}");
        // The bytes before `from` contain no control character.
        let bytes = [&[b'a'; 16][..], &block].concat();
        for len in 0..32 {
            let (bytes, expected) = (&bytes[..16 + len], expected(&block[..len]).map(|at| 16 + at));
            assert_eq!(first_of_rest(bytes, 16), expected, "{bytes:?}");
            assert_eq!(words::first_of_rest(bytes, 16), expected, "{bytes:?}");
        }
        for len in 0..16 {
            assert_eq!(first_of_short(&block[..len]), expected(&block[..len]), "{len} of {half:?}");
        }
    }
}
