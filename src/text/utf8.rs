//! UTF-8: what is valid is text, and what is not is replaced. A leaf; the one file that may name `simdutf8`.
//!
//! "Streams must be decoded using the UTF-8 decode algorithm": each maximal subpart of an ill-formed sequence becomes
//! one U+FFFD. CR, LF, colon, space and NUL are ASCII, which no sequence swallows; so each value can be decoded by itself,
//! when it is complete. Nearly all are valid as they are, and stay where they are.

use core::str;

/// The bytes as text, if they are.
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

/// Whether the bytes are text, which can be known for less than it takes to make text of them.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) fn is_utf8(bytes: &[u8]) -> bool {
    #[cfg(test)]
    tests::count(bytes.len());
    (bytes.len() < 1024 && is_ascii(bytes)) || from_utf8(bytes).is_some()
}

/// Whether all bytes are ASCII: as the standard library's, but without a loop over single bytes at the end.
#[cfg(feature = "alloc")]
#[inline(never)]
#[allow(clippy::needless_bitwise_bool, reason = "all at once")]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<32>() else { return bytes.is_ascii() };
    // Without a way out in the middle, so that many bytes are looked at at once.
    let (mut sum, mut rest) = (*last, bytes);
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        for (sum, byte) in sum.iter_mut().zip(block) {
            *sum |= byte;
        }
        rest = tail;
    }
    !sum.iter().fold(false, |found, &byte| found | (byte >= 0x80))
}

/// Whether nothing validates the bytes faster than the standard library does.
#[cfg(feature = "bytes")]
pub(crate) fn is_fast_in_std(bytes: &[u8]) -> bool {
    cfg!(not(feature = "simdutf8")) || is_nearly_ascii(bytes)
}

/// Whether few bytes are not ASCII: those at the start tell it of all, for to count them takes a third of the time that it
/// takes the standard library to validate them.
#[cfg(feature = "bytes")]
fn is_nearly_ascii(bytes: &[u8]) -> bool {
    let start = bytes.get(..SAMPLE).unwrap_or(bytes);
    // Of each 32nd byte there are few enough for a byte, and 32 are counted at a time.
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

/// So many bytes tell of all.
#[cfg(feature = "bytes")]
const SAMPLE: usize = 512;

/// From here on the call of `simdutf8` pays.
#[cfg(feature = "simdutf8")]
const LONG: usize = 64;

/// Whether so many bytes cost less to validate twice than to validate as the standard library does, which alone makes a
/// `String` of bytes.
#[cfg(feature = "alloc")]
pub(crate) const fn is_better_validated_twice(len: usize) -> bool {
    cfg!(feature = "simdutf8") && len >= 64
}

/// The bytes without the last character, if that may be cut. Bytes that do not end with a character are no text, and stay.
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

/// What stands for a maximal subpart.
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

/// Replaces what is not UTF-8 in the first `len` bytes; the buffer is as long as the result.
///
/// In place and in linear time: the bytes go to the end of the buffer and come back from there. What was written never
/// overtakes what is to be read, for what is to be read never grows shorter by being replaced.
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

/// Moves so many bytes, which lie within the buffer before and after: the question is for the compiler, which leaves no
/// panic then.
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

    /// How many bytes were validated on this thread since the last call.
    pub(crate) fn validated() -> usize {
        VALIDATED.replace(0)
    }

    /// One in 32, and only the first 512 tell.
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
    fn a_block_ends_between_characters() {
        for text in ["", "a", "ab가", "가나", "aé", "🦀", "a🦀b", "🦀\n"] {
            for end in 0..=text.len() {
                let whole = super::whole_characters(&text.as_bytes()[..end]);
                assert!(core::str::from_utf8(whole).is_ok(), "{text:?} to {end}");
                assert!(whole.len() + 4 >= end, "{text:?} to {end}: no more than a character is left out");
                assert!(!text.is_ascii() || whole.len() == end, "{text:?} to {end}");
            }
        }
    }

    /// All strings of up to five bytes that stand for the classes of UTF-8, against the standard library.
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
    fn ascii() {
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
