//! Finds the next line end. A leaf: knows bytes, nothing of events.
//!
//! The one file that may name `memchr`. Most lines of an event stream are short, and there a call costs more than the
//! search; so the first bytes are searched eight at a time in plain integer arithmetic, and what is left of a long
//! line goes to `memchr`, if that feature is on.

/// The position of the first CR or LF.
#[inline(always)]
#[allow(clippy::inline_always, reason = "most lines are shorter than what a call costs")]
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    let found = find(bytes);
    #[cfg(test)]
    tests::count(found.map_or(bytes.len(), |end| end + 1));
    found
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is the body of `line_end`")]
fn find(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut at = 0;
    // Short lines end in the first word.
    if let Some((word, tail)) = rest.split_first_chunk::<8>() {
        if let Some(found) = find_in(u64::from_le_bytes(*word)) {
            return Some(found);
        }
        (rest, at) = (tail, 8);
    }
    while let Some((block, tail)) = rest.split_first_chunk::<32>() {
        if has_controls(block) {
            break;
        }
        (rest, at) = (tail, at + 32);
        #[cfg(feature = "memchr")]
        if at >= LONG {
            return memchr::memchr2(b'\n', b'\r', rest).map(|n| at + n);
        }
    }
    find_near(bytes, rest, at)
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is the body of `line_end`")]
fn find_near(bytes: &[u8], mut rest: &[u8], mut at: usize) -> Option<usize> {
    while let Some((word, tail)) = rest.split_first_chunk::<8>() {
        if let Some(found) = find_in(u64::from_le_bytes(*word)) {
            return Some(at + found);
        }
        (rest, at) = (tail, at + 8);
    }
    if rest.is_empty() {
        return None;
    }
    if at > 0 {
        // The last word again, in part: what was searched before has none.
        return bytes
            .last_chunk::<8>()
            .and_then(|word| find_in(u64::from_le_bytes(*word)))
            .map(|n| bytes.len() - 8 + n);
    }
    find_in_few(rest)
}

/// Whether there is a byte that is at most CR. Text has hardly any other control characters than line ends.
///
/// Without a way out in the middle, so that it is done with all bytes at once.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is four instructions")]
fn has_controls(block: &[u8; 32]) -> bool {
    block.iter().fold(false, |found, &byte| found | (byte <= b'\r'))
}

/// In less than eight bytes.
#[inline]
fn find_in_few(bytes: &[u8]) -> Option<usize> {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let word = u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << 32;
        return find_in(word).map(|at| if at < 4 { at } else { at + bytes.len() - 8 });
    }
    bytes.iter().position(|&byte| byte == b'\n' || byte == b'\r')
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "it is the body of `line_end`")]
fn find_in(word: u64) -> Option<usize> {
    // Text has hardly any other control characters, so the cheaper question comes first, and mostly decides.
    let controls = controls(word);
    if controls == 0 {
        return None;
    }
    let first = controls.trailing_zeros();
    let byte = word >> (first - 7) & 0xFF;
    if byte == u64::from(b'\n') || byte == u64::from(b'\r') {
        return Some((first / 8) as usize);
    }
    find_among_controls(word)
}

#[cold]
fn find_among_controls(word: u64) -> Option<usize> {
    let found = line_ends(word);
    (found != 0).then(|| (found.trailing_zeros() / 8) as usize)
}

/// The same, where it is likely that there is none, or none near.
#[cfg(feature = "alloc")]
#[inline]
pub(crate) fn far_line_end(bytes: &[u8]) -> Option<usize> {
    #[cfg(feature = "memchr")]
    if bytes.len() > LONG {
        return memchr::memchr2(b'\n', b'\r', bytes);
    }
    find(bytes)
}

/// The number of CR and LF.
#[cfg(feature = "alloc")]
pub(crate) fn count_line_ends(bytes: &[u8]) -> usize {
    // Blocks whose count fits into a byte can be counted by many bytes at a time.
    let is_line_end = |&byte: &u8| u8::from(byte == b'\n' || byte == b'\r');
    let count = |block: &[u8]| usize::from(block.iter().map(is_line_end).sum::<u8>());
    bytes.chunks(usize::from(u8::MAX)).map(count).sum()
}

/// From here on a call of `memchr` pays.
#[cfg(feature = "memchr")]
const LONG: usize = 256;

const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

/// The lowest bit set marks the first byte of `word` that is at most CR; zero if there is none.
///
/// The subtraction borrows through a byte only if it is at most CR, so every false mark lies above a true one.
#[inline]
const fn controls(word: u64) -> u64 {
    word.wrapping_sub(ONES * (b'\r' as u64 + 1)) & !word & HIGH
}

/// The lowest bit set marks the first byte (in memory order) of `word` that is CR or LF; zero if there is none.
///
/// `x - 0x01…` borrows through a byte only if it is zero, so every false mark lies above a true one.
#[inline]
const fn line_ends(word: u64) -> u64 {
    let lf = word ^ (ONES * b'\n' as u64);
    let cr = word ^ (ONES * b'\r' as u64);
    ((lf.wrapping_sub(ONES) & !lf) | (cr.wrapping_sub(ONES) & !cr)) & HIGH
}

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

    /// How many bytes were searched on this thread since the last call.
    pub(crate) fn searched() -> usize {
        SEARCHED.replace(0)
    }

    fn naive(bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
    }

    #[test]
    fn finds_every_byte_pair_at_every_place() {
        for len in 0..80 {
            for at in 0..len {
                for end in [b'\n', b'\r'] {
                    // The neighbours of CR and LF, and the bytes that a borrow could turn into a false match.
                    for fill in [0, 1, 9, 11, 12, 14, 0x0A ^ 1, 0x0D ^ 1, 0x80, 0x8A, 0x8D, 0xFF, b'a'] {
                        let mut bytes = vec![fill; len];
                        bytes[at] = end;
                        assert_eq!(line_end(&bytes), Some(at), "{bytes:?}");
                        assert_eq!(line_end(&bytes[..at]), None, "{bytes:?}");
                        #[cfg(feature = "alloc")]
                        assert_eq!(super::far_line_end(&bytes), Some(at), "{bytes:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn agrees_with_the_naive_search_on_all_pairs_of_bytes() {
        for first in 0..=255 {
            for second in 0..=255 {
                let bytes = [b'x', first, second, b'x', b'x', first, b'\n', second];
                assert_eq!(line_end(&bytes), naive(&bytes), "{bytes:?}");
            }
        }
    }
}
