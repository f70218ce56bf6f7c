//! Finds the next line end. The only file that names `memchr`.
//!
//! Most lines of an event stream are short, and for a short line the call to `memchr` costs more than the search. So the first
//! [`FAR`] bytes are searched inline, 16 or 32 at a time ([`find_control`]); the rest of a long line goes to `memchr`, or to
//! [`word_by_word`] without that feature.

use crate::text::find_control::{self, Found};
#[cfg(any(test, not(feature = "memchr")))]
use crate::text::find_control::{HIGH, ONES, first};

/// The position of the first CR or LF.
///
/// With neither `memchr` nor `simd`, small code matters more: one function, which is not inlined.
// For most lines a call costs more than the search.
#[cfg_attr(any(feature = "memchr", feature = "simd"), inline(always))]
#[cfg_attr(not(any(feature = "memchr", feature = "simd")), inline(never))]
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    #[cfg(any(feature = "memchr", feature = "simd"))]
    let found = find(bytes);
    #[cfg(not(any(feature = "memchr", feature = "simd")))]
    let found = word_by_word(bytes);
    #[cfg(test)]
    tests::count(found.map_or(bytes.len(), |end| end + 1));
    found
}

/// The position of the first CR or LF, for input that is likely to contain none, or none near its start: only fewer than 32
/// bytes are searched inline.
#[inline]
pub(crate) fn far_line_end(bytes: &[u8]) -> Option<usize> {
    if bytes.len() < 32 {
        return line_end(bytes);
    }
    let found = far(bytes);
    #[cfg(test)]
    tests::count(found.map_or(bytes.len(), |end| end + 1));
    found
}

/// Returns `true` only if no byte is a control character, so that there is neither a line end nor a NUL. Always returns `false`
/// for input longer than [`FAR`].
#[inline]
pub(crate) fn has_no_control(bytes: &[u8]) -> bool {
    // Beyond `FAR`, `find_control` finds line ends only.
    bytes.len() <= FAR && find_control(bytes).is_none()
}

/// The number of CR and LF bytes. A CRLF counts as two.
#[cfg(feature = "alloc")]
pub(crate) fn count_line_ends(bytes: &[u8]) -> usize {
    // Blocks whose count fits into a `u8`, so that the compiler vectorizes the sum.
    let is_line_end = |&byte: &u8| u8::from(byte == b'\n' || byte == b'\r');
    let count = |block: &[u8]| usize::from(block.iter().map(is_line_end).sum::<u8>());
    bytes.chunks(usize::from(u8::MAX)).map(count).sum()
}

#[cfg(any(feature = "memchr", feature = "simd"))]
// It is the body of `line_end`.
#[inline(always)]
fn find(bytes: &[u8]) -> Option<usize> {
    // In text, nearly every control character is a line end, so the cheaper search usually finds the answer.
    let at = find_control(bytes)?;
    match bytes.get(at) {
        Some(b'\n' | b'\r') => Some(at),
        _ => find_from(bytes, at),
    }
}

/// The position of the first CR or LF at or after `at`, the position of another control character.
#[cfg(any(feature = "memchr", feature = "simd"))]
#[cold]
fn find_from(bytes: &[u8], at: usize) -> Option<usize> {
    #[cfg(test)]
    tests::count(bytes.len() - at);
    far(bytes.get(at..)?).map(|n| at + n)
}

/// The position of the first control character. Beyond [`FAR`] bytes, the position of the first CR or LF.
// It is the body of `line_end`.
#[inline(always)]
fn find_control(bytes: &[u8]) -> Option<usize> {
    let Some((block, mut rest)) = bytes.split_first_chunk::<16>() else {
        return find_control::first_of_short(bytes);
    };
    if let Some(at) = find_control::first_of_16(block) {
        return Some(at);
    }
    let mut at = 16;
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        match find_control::find_in_32(block) {
            Found::Nowhere => {}
            Found::At(n) => return Some(at + n),
            Found::Somewhere => break,
        }
        (rest, at) = (tail, at + 32);
        if at > FAR {
            return far(rest).map(|n| at + n);
        }
    }
    find_control::first_of_rest(bytes, at)
}

#[inline]
fn far(bytes: &[u8]) -> Option<usize> {
    #[cfg(feature = "memchr")]
    return memchr::memchr2(b'\n', b'\r', bytes);
    #[cfg(not(feature = "memchr"))]
    return word_by_word(bytes);
}

/// Replaces `memchr2` without the feature `memchr`.
#[cfg(any(test, not(feature = "memchr")))]
fn word_by_word(bytes: &[u8]) -> Option<usize> {
    let mut words = bytes.chunks_exact(16);
    let mut at = 0;
    for word in words.by_ref() {
        if let Some(n) = word.first_chunk().and_then(|word| first(line_ends(u128::from_le_bytes(*word)))) {
            return Some(at + n);
        }
        at += 16;
    }
    words.remainder().iter().position(|byte| matches!(byte, b'\n' | b'\r')).map(|n| at + n)
}

/// A word whose lowest set bit marks the first byte (in memory order) of `word` that is CR or LF; zero if there is none.
///
/// `x - 0x01…` borrows from a byte only if that byte is zero, so every false mark is above a true one.
#[cfg(any(test, not(feature = "memchr")))]
const fn line_ends(word: u128) -> u128 {
    let lf = word ^ (ONES * b'\n' as u128);
    let cr = word ^ (ONES * b'\r' as u128);
    ((lf.wrapping_sub(ONES) & !lf) | (cr.wrapping_sub(ONES) & !cr)) & HIGH
}

/// After this many bytes without a match, a call to `memchr` is worth its cost.
const FAR: usize = 256;

#[cfg(test)]
pub(crate) mod tests {
    use core::cell::Cell;
    use std::thread_local;

    use super::line_end;
    use alloc::vec;

    thread_local! {
        static SEARCHED: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count(bytes: usize) {
        SEARCHED.set(SEARCHED.get() + bytes);
    }

    /// The number of bytes searched on this thread since the last call.
    pub(crate) fn searched() -> usize {
        SEARCHED.replace(0)
    }

    fn naive(bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
    }

    #[test]
    fn finds_line_ends_at_every_position() {
        for len in (0..100).chain(250..330) {
            for at in 0..len {
                for end in [b'\n', b'\r'] {
                    // The neighbours of CR and LF, and the bytes that a borrow could turn into a false match.
                    for fill in [0, 1, 9, 11, 12, 14, 0x0A ^ 1, 0x0D ^ 1, 0x80, 0x8A, 0x8D, 0xFF, b'a'] {
                        let mut bytes = vec![fill; len];
                        bytes[at] = end;
                        assert_eq!(line_end(&bytes), Some(at), "{bytes:?}");
                        assert_eq!(line_end(&bytes[..at]), None, "{bytes:?}");
                        assert_eq!(super::far_line_end(&bytes), Some(at), "{bytes:?}");
                        assert_eq!(super::word_by_word(&bytes), Some(at), "{bytes:?}");
                    }
                }
            }
        }
    }

    /// A line is searched once, up to its line end. What follows another control character is searched once more.
    #[test]
    fn searches_a_line_once() {
        let again = if cfg!(any(feature = "memchr", feature = "simd")) { 4 } else { 0 };
        for (line, expected) in [("abc\n\n", 4), ("abc\r\n", 4), ("abc", 3), ("\n\n", 1), ("ab\tc\n\n", 5 + again)] {
            searched();
            line_end(line.as_bytes());
            assert_eq!(searched(), expected, "{line:?}");
        }
    }

    /// The position must be exact, or [`line_end`] would continue from the wrong place. Beyond `FAR`, other control characters
    /// are not found.
    #[test]
    fn finds_the_first_control_character() {
        for at in 0..700 {
            for after in [0, 1, 3, 7, 11, 15, 40] {
                let mut bytes = vec![b'a'; at + 1 + after];
                let near = (at < 272).then_some(at);
                bytes[at] = b'\t';
                assert_eq!(super::find_control(&bytes), near, "one of {}", bytes.len());
                bytes[at..].fill(b'\t');
                assert_eq!(super::find_control(&bytes), near, "many of {}", bytes.len());
                bytes[at..].fill(b'\n');
                assert_eq!(super::find_control(&bytes), Some(at), "line ends in {}", bytes.len());
                assert_eq!(super::find_control(&bytes[..at]), None);
            }
        }
    }

    /// `true` would let an ID with NUL pass.
    #[test]
    fn has_no_control_is_true_only_without_control_characters() {
        for len in 0..600 {
            let mut bytes = vec![b'a'; len];
            assert_eq!(super::has_no_control(&bytes), len <= super::FAR);
            for at in (0..len).step_by(7) {
                for control in [0, b'\n', b'\r'] {
                    bytes[at] = control;
                    assert!(!super::has_no_control(&bytes), "{at} of {len}");
                }
                bytes[at] = b'a';
            }
        }
    }

    #[test]
    #[cfg(feature = "alloc")]
    fn counts_line_ends() {
        for len in [0, 1, 254, 255, 256, 600] {
            for (byte, is_line_end) in [(b'\n', true), (b'\r', true), (b'a', false), (0x0B, false)] {
                assert_eq!(super::count_line_ends(&vec![byte; len]), if is_line_end { len } else { 0 }, "{byte} {len}");
            }
        }
        assert_eq!(super::count_line_ends(b"a\r\nb\rc\n"), 4);
    }

    #[test]
    fn agrees_with_the_naive_search_on_all_pairs_of_bytes() {
        for first in 0..=255 {
            for second in 0..=255 {
                let bytes = [b'x', first, second, b'x', b'x', first, b'\n', second];
                for bytes in [&bytes[..], &[bytes, bytes].concat(), &[bytes; 5].concat()] {
                    for start in 0..8 {
                        let bytes = &bytes[start..];
                        assert_eq!(line_end(bytes), naive(bytes), "{bytes:?}");
                        assert_eq!(super::word_by_word(bytes), naive(bytes), "{bytes:?}");
                    }
                }
            }
        }
    }
}
