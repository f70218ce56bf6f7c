//! Validates UTF-8 and replaces invalid sequences. The only file that names `simdutf8`.
//!
//! "Streams must be decoded using the UTF-8 decode algorithm": each maximal subpart of an ill-formed sequence becomes
//! one U+FFFD. CR, LF, colon, space and NUL are ASCII and never part of a longer sequence, so each value can be decoded
//! separately once it is complete. Nearly all values are valid and are used in place.

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

/// Whether the bytes are valid UTF-8. Cheaper than [`from_utf8`] for short ASCII input.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    #[cfg(test)]
    tests::count(bytes.len());
    (bytes.len() < 1024 && is_ascii(bytes)) || from_utf8(bytes).is_some()
}

/// Whether all bytes are ASCII. Unlike the standard library's function, it has no loop over single bytes at the end.
#[cfg(feature = "alloc")]
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

/// Whether `len` bytes are cheaper to validate twice, first with `simdutf8`, than once with the standard library. Only the
/// standard library can turn bytes into a `String`.
#[cfg(feature = "alloc")]
pub(crate) const fn is_better_validated_twice(len: usize) -> bool {
    cfg!(feature = "simdutf8") && len >= 64
}

/// The bytes without their last character if it is not ASCII, because it may be incomplete. Bytes that do not end in any
/// prefix of a character are not valid UTF-8 and are returned unchanged.
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

/// U+FFFD, which replaces each maximal subpart.
const REPLACEMENT: [u8; 3] = *b"\xEF\xBF\xBD";

/// What [`repair`] does to some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repair {
    /// By how many bytes they grow. They never shrink, as a maximal subpart has at most three bytes.
    pub(crate) more: usize,
    /// How many maximal subparts are replaced.
    pub(crate) replacements: u64,
}

/// What [`repair`] would do to these bytes.
pub(crate) fn repair_needed(bytes: &[u8]) -> Repair {
    let mut repair = Repair { more: 0, replacements: 0 };
    for chunk in bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()) {
        repair.more += REPLACEMENT.len() - chunk.invalid().len();
        repair.replacements += 1;
    }
    repair
}

/// Replaces invalid UTF-8 in the first `len` bytes of `buffer`, whose length is that of these bytes and [`Repair::more`].
///
/// Works in place and in linear time: the bytes are moved to the end of the buffer and rewritten from its start. The write
/// position never passes the read position, because no replacement is shorter than what it replaces.
pub(crate) fn repair(buffer: &mut [u8], len: usize) {
    let mut read = buffer.len().saturating_sub(len);
    let mut written = 0;
    move_within(buffer, 0, len, read);
    while let Some(rest) = buffer.get(read..).filter(|rest| !rest.is_empty()) {
        let (valid, invalid) = match str::from_utf8(rest) {
            Ok(_) => (rest.len(), 0),
            Err(error) => {
                let valid = error.valid_up_to();
                (valid, error.error_len().unwrap_or(rest.len() - valid))
            }
        };
        move_within(buffer, read, valid, written);
        read += valid + invalid;
        written += valid;
        if let Some(to) = buffer.get_mut(written..written + REPLACEMENT.len()).filter(|_| invalid > 0) {
            to.copy_from_slice(&REPLACEMENT);
            written += REPLACEMENT.len();
        }
    }
}

/// Moves `len` bytes within the buffer. Both ranges are always in bounds; the check lets the compiler remove the panic.
fn move_within(buffer: &mut [u8], from: usize, len: usize, to: usize) {
    if buffer.len().checked_sub(len).is_some_and(|last| from <= last && to <= last) {
        buffer.copy_within(from..from + len, to);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use core::cell::Cell;
    use std::thread_local;

    use super::{repair, repair_needed};
    use alloc::string::String;
    use alloc::vec::Vec;

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

    /// All strings of up to five bytes, one byte per class of UTF-8 bytes, against the standard library.
    #[test]
    fn agrees_with_the_standard_library() {
        let classes = [b'a', 0x80, 0x9F, 0xA0, 0xBF, 0xC1, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF1, 0xF4, 0xF5];
        for len in 0..=5u32 {
            for mut number in 0..classes.len().pow(len) {
                let mut bytes = Vec::new();
                for _ in 0..len {
                    bytes.push(classes[number % classes.len()]);
                    number /= classes.len();
                }
                let expected = String::from_utf8_lossy(&bytes).into_owned().into_bytes();
                let needed = repair_needed(&bytes);
                assert_eq!(bytes.len() + needed.more, expected.len(), "{bytes:x?}");
                let replacements = expected.windows(3).filter(|bytes| *bytes == super::REPLACEMENT).count();
                assert_eq!(needed.replacements, replacements as u64, "{bytes:x?}");
                let len = bytes.len();
                bytes.resize(expected.len(), 0);
                repair(&mut bytes, len);
                assert_eq!(bytes, expected);
            }
        }
    }

    #[cfg(feature = "alloc")]
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
