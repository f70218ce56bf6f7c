//! Finds the first control character of a block, comparing all bytes of the block at once.
//!
//! Here a control character is a byte that is at most CR (0x0D). Text contains hardly any besides line ends, and one comparison
//! is cheaper than two. Without SIMD instructions the search uses integer arithmetic (`words`). With the feature `simd`, and `sse2`
//! (the only file that names `safe_arch`) or `neon`, it also gives the position in up to 32 bytes at a time (`simd`).

#[cfg(any(test, all(feature = "simd", target_feature = "neon")))]
mod neon;
#[cfg(all(feature = "simd", any(target_feature = "neon", target_feature = "sse2")))]
mod simd;
#[cfg(all(feature = "simd", target_feature = "sse2"))]
mod sse2;
#[allow(dead_code, reason = "in part replaced by SIMD instructions")]
mod words;

// These take precedence over those of `words`.
#[cfg(all(feature = "simd", any(target_feature = "neon", target_feature = "sse2")))]
pub(crate) use self::simd::{find_in_32, first_of_16, first_of_rest};
#[allow(unused_imports, reason = "in part replaced by SIMD instructions")]
pub(crate) use self::words::*;

/// Whether a block contains a control character, and where.
#[allow(dead_code, reason = "the implementation without SIMD never returns `At`, the others never `Somewhere`")]
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

#[cfg(test)]
mod tests {
    use super::{Found, find_in_32, first_of_16, first_of_rest, first_of_short, is_in, neon, words};

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
        assert_eq!(neon::first_of_32(&block), expected(&block), "{block:?}");
        for first_of_16 in [first_of_16, neon::first_of_16, words::first_of_16] {
            assert_eq!(first_of_16(half), expected(half), "{half:?}");
        }
        assert_eq!((is_in(&block), is_in(half)), (expected(&block).is_some(), expected(half).is_some()), "{block:?}");
        // The bytes before `from` contain no control character.
        let bytes = [&[b'a'; 16][..], &block].concat();
        for len in 0..=32 {
            let (bytes, expected) = (&bytes[..16 + len], expected(&block[..len]).map(|at| 16 + at));
            assert_eq!(first_of_rest(bytes, 16), expected, "{bytes:?}");
            assert_eq!(words::first_of_rest(bytes, 16), expected, "{bytes:?}");
        }
        for len in 0..16 {
            assert_eq!(first_of_short(&block[..len]), expected(&block[..len]), "{len} of {half:?}");
        }
    }
}
