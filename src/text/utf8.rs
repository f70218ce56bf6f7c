//! Validates UTF-8. The only file that names `simdutf8`.
//!
//! CR, LF, colon, space and NUL are ASCII and never part of a longer sequence, so each value can be decoded separately. Nearly all
//! values are valid. Those that are not, and those that arrive in fragments, are decoded by
//! [`cut_character`](crate::text::cut_character).

use core::str;

/// The bytes as text, or `None` if they are not valid UTF-8.
#[inline]
pub(crate) fn from_utf8(bytes: &[u8]) -> Option<&str> {
    #[cfg(test)]
    tests::count(bytes.len());
    #[cfg(feature = "simdutf8")]
    if bytes.len() >= LONG {
        return simdutf8::basic::from_utf8(bytes).ok();
    }
    str::from_utf8(bytes).ok()
}

/// The bytes without their last character if it is not ASCII, because it may be incomplete. Returns them unchanged if they end
/// in four continuation bytes, which are not valid UTF-8.
pub(crate) fn whole_characters(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    for _ in 0..4 {
        match rest {
            [before @ .., 0x80..=0xBF] => rest = before,
            [before @ .., 0xC0..=0xFF] => return before,
            _ => return rest,
        }
    }
    bytes
}

/// Whether all bytes are ASCII. Unlike the standard library's function, it has no loop over single bytes at the end.
#[cfg(feature = "bytes")]
#[inline(never)]
#[allow(clippy::needless_bitwise_bool, reason = "vectorized")]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<32>() else { return bytes.is_ascii() };
    // The loop has no early exit, so that the compiler vectorizes it.
    let (mut sum, mut rest) = (*last, bytes);
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        for (sum, byte) in sum.iter_mut().zip(block) {
            *sum |= byte;
        }
        rest = tail;
    }
    !sum.iter().fold(false, |found, &byte| found | (byte >= 0x80))
}

/// Whether the standard library is the fastest available validator for these bytes.
#[cfg(feature = "bytes")]
pub(crate) fn is_fast_in_std(bytes: &[u8]) -> bool {
    cfg!(not(feature = "simdutf8")) || is_nearly_ascii(bytes)
}

/// Whether at most one byte in 32 is not ASCII. Only the first [`SAMPLE`] bytes are counted, because counting takes a third of
/// the time that the standard library takes to validate.
#[cfg(feature = "bytes")]
fn is_nearly_ascii(bytes: &[u8]) -> bool {
    let start = bytes.get(..SAMPLE).unwrap_or(bytes);
    // 32 counters, each for every 32nd byte: the loop vectorizes, and `SAMPLE / 32` fits into a `u8`.
    let (mut sums, mut rest) = ([0_u8; 32], start);
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        for (sum, byte) in sums.iter_mut().zip(block) {
            *sum += byte >> 7;
        }
        rest = tail;
    }
    let count = |bytes: &[u8]| bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>();
    let rest = rest.iter().filter(|byte| !byte.is_ascii()).count();
    count(&sums) + rest <= start.len() / 32
}

/// The number of bytes that [`is_nearly_ascii`] counts.
#[cfg(feature = "bytes")]
const SAMPLE: usize = 512;

/// From this length on, a call to `simdutf8` is worth its cost.
#[cfg(feature = "simdutf8")]
const LONG: usize = 64;

#[cfg(test)]
pub(crate) mod tests {
    use core::cell::Cell;
    use std::thread_local;

    thread_local! {
        static VALIDATED: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count(bytes: usize) {
        VALIDATED.set(VALIDATED.get() + bytes);
    }

    /// The number of bytes validated on this thread since the last call.
    pub(crate) fn validated() -> usize {
        VALIDATED.replace(0)
    }

    /// At most one byte in 32, counted in the first 512.
    #[cfg(feature = "bytes")]
    #[test]
    fn nearly_ascii() {
        for (len, others, expected) in [
            (0, 0..0, true),
            (31, 0..0, true),
            (31, 30..31, false),
            (32, 31..32, true),
            (32, 30..32, false),
            (96, 64..67, true),
            (100, 96..100, false),
            (512, 496..512, true),
            (512, 495..512, false),
            (512, 0..512, false),
            (600, 512..600, true),
        ] {
            let mut bytes = std::vec![b'x'; len];
            bytes[others.clone()].fill(0x80);
            assert_eq!(super::is_nearly_ascii(&bytes), expected, "{others:?} of {len}");
        }
    }

    #[test]
    fn whole_characters_ends_between_characters() {
        for text in ["", "a", "ab가", "가나", "aé", "🦀", "a🦀b", "🦀\n"] {
            for end in 0..=text.len() {
                let whole = super::whole_characters(&text.as_bytes()[..end]);
                assert!(core::str::from_utf8(whole).is_ok(), "{text:?} to {end}");
                assert!(whole.len() + 4 >= end, "{text:?} to {end}: at most one character is cut off");
                assert!(!text.is_ascii() || whole.len() == end, "{text:?} to {end}");
            }
        }
    }

    #[cfg(feature = "bytes")]
    #[test]
    fn is_ascii() {
        for len in 0..100 {
            let mut bytes = alloc::vec![0x7F; len];
            assert!(super::is_ascii(&bytes));
            for at in 0..len {
                bytes[at] = 0x80;
                assert!(!super::is_ascii(&bytes), "{at} of {len}");
                bytes[at] = 0;
            }
        }
    }
}
