//! Appends bytes and text to vectors and strings, faster than `extend_from_slice` for short and for very long input.

use alloc::string::String;
use alloc::vec::Vec;

/// Appends bytes. Short input is copied inline, because a call to `memcpy` costs more than the copy itself.
// A call costs more than a few bytes.
#[inline(always)]
pub(crate) fn append(to: &mut Vec<u8>, bytes: &[u8]) {
    if let [byte] = bytes {
        return to.push(*byte);
    }
    match CopyMethod::of(bytes.len()) {
        CopyMethod::Overlapping8 => append_overlapping::<8>(to, bytes),
        CopyMethod::Overlapping16 => append_overlapping::<16>(to, bytes),
        CopyMethod::Call => to.extend_from_slice(bytes),
        CopyMethod::Many => append_many(to, bytes),
    }
}

/// Appends bytes, in steps of [`STEP`] if they are few or if one long copy can take twenty times as long.
///
/// glibc copies more than 2112 bytes with `rep movsb` on processors that report it as fast. It fills memory that is not in the
/// cache faster than other copies do, but takes time to start. Zen 3 reports it, too, but is slow when the target address is up to
/// 63 bytes ahead of the source, modulo the page size. The prefix `data: ` often causes exactly that.
#[inline(never)]
pub(crate) fn append_many(to: &mut Vec<u8>, bytes: &[u8]) {
    let target = to.as_ptr().addr().wrapping_add(to.len());
    for step in bytes.chunks(step_len(target, bytes.as_ptr().addr(), bytes.len())) {
        to.extend_from_slice(step);
    }
}

/// How many bytes [`append_many`] copies at a time, for these addresses.
#[inline]
const fn step_len(target: usize, source: usize, len: usize) -> usize {
    let ahead = target.wrapping_sub(source) % 4096;
    if ahead < 64 || len < 8 * STEP { STEP } else { len }
}

/// Appends text in steps of [`STEP`], for the reason that [`append_many`] has.
#[inline]
pub(crate) fn append_text(to: &mut String, text: &str) {
    if text.len() <= STEP { to.push_str(text) } else { append_long_text(to, text) }
}

#[inline(never)]
fn append_long_text(to: &mut String, text: &str) {
    let mut rest = text;
    // A character has at most four bytes.
    while let Some((step, after)) = (STEP - 3..=STEP).rev().find_map(|at| rest.split_at_checked(at)) {
        to.push_str(step);
        rest = after;
    }
    to.push_str(rest);
}

/// How [`append`] copies two bytes or more. Which method is fastest depends on the length.
#[cfg_attr(test, derive(Debug, PartialEq))]
enum CopyMethod {
    /// [`append_overlapping`], 8 bytes at a time.
    Overlapping8,
    /// [`append_overlapping`], 16 bytes at a time.
    Overlapping16,
    /// One call to `memcpy`.
    Call,
    /// [`append_many`].
    Many,
}

impl CopyMethod {
    // It is a part of `append`.
    #[inline(always)]
    const fn of(len: usize) -> Self {
        match len {
            8..=16 => Self::Overlapping8,
            17..=32 => Self::Overlapping16,
            0..=STEP => Self::Call,
            _ => Self::Many,
        }
    }
}

/// The number of bytes that a step copies.
const STEP: usize = 2048;

/// Appends `N` to `2 * N` bytes with two copies of `N` bytes, which may overlap.
#[inline]
fn append_overlapping<const N: usize>(to: &mut Vec<u8>, bytes: &[u8]) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
        let len = to.len();
        to.extend_from_slice(first);
        to.truncate(len + bytes.len() - N);
        to.extend_from_slice(last);
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyMethod, STEP, append, append_many, append_text, step_len};
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn appends_every_length() {
        let bytes: Vec<u8> = (0..100).collect();
        let (mut appended, mut expected) = (Vec::new(), Vec::new());
        for len in 0..bytes.len() {
            append(&mut appended, &bytes[..len]);
            expected.extend_from_slice(&bytes[..len]);
            assert_eq!(appended, expected);
        }
    }

    #[test]
    fn each_length_has_its_method() {
        for (lens, expected) in [
            (2..=7, CopyMethod::Call),
            (8..=16, CopyMethod::Overlapping8),
            (17..=32, CopyMethod::Overlapping16),
            (33..=STEP, CopyMethod::Call),
            (STEP + 1..=3 * STEP, CopyMethod::Many),
        ] {
            for len in lens {
                assert_eq!(CopyMethod::of(len), expected, "{len} bytes");
            }
        }
    }

    #[test]
    fn few_bytes_and_close_addresses_are_copied_in_steps() {
        let long = 8 * STEP;
        for (target, source, len, expected) in [
            (64, 0, long, long),
            (64, 0, long - 1, STEP),
            (63, 0, long, STEP),
            (0, 0, long, STEP),
            (5 * 4096 + 70, 7, long, STEP),
            (5 * 4096 + 71, 7, long, long),
            (6, 7, long, long),
            (64, 0, 0, STEP),
        ] {
            assert_eq!(step_len(target, source, len), expected, "{len} bytes from {source} to {target}");
        }
    }

    #[test]
    fn appends_long_input_in_steps() {
        for len in [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP, 3 * STEP + 5, 8 * STEP, 9 * STEP + 5] {
            for character in ["a", "é", "가", "🦀"] {
                let text = String::from("b") + &character.repeat(len / character.len());
                let (mut bytes, mut appended) = (Vec::from(*b"before"), String::from("before"));
                append_many(&mut bytes, text.as_bytes());
                append_text(&mut appended, &text);
                assert_eq!(appended.strip_prefix("before"), Some(&*text));
                assert_eq!(bytes, appended.as_bytes());
            }
        }
    }
}
