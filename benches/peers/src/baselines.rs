//! Baselines: the work that every decoder does, with the fastest known libraries. Finding line ends, and validating UTF-8.
//!
//! A decoder that searches short lines inline can be faster than the baseline, which calls SIMD code for each line end.

use std::hint::black_box;

use bytes::Bytes;

/// Counts line ends.
#[inline(never)]
pub fn line_ends<'a>(chunks: impl Iterator<Item = &'a [u8]>) {
    for chunk in chunks {
        black_box(count(chunk));
    }
}

/// Counts line ends and validates UTF-8.
#[inline(never)]
pub fn line_ends_and_utf8<'a>(chunks: impl Iterator<Item = &'a [u8]>) {
    for chunk in chunks {
        black_box(count(chunk));
        black_box(simdutf8::basic::from_utf8(whole_characters(chunk)).is_ok());
    }
}

/// The same, and owns slices: clones each chunk once, as an event that is a slice of it must, and drops both.
#[inline(never)]
pub fn slices_line_ends_and_utf8(chunks: impl Iterator<Item = Bytes>) {
    for chunk in chunks {
        black_box(count(&chunk));
        black_box(simdutf8::basic::from_utf8(whole_characters(&chunk)).is_ok());
        black_box(chunk.clone());
    }
}

fn count(chunk: &[u8]) -> usize {
    memchr::memchr2_iter(b'\n', b'\r', chunk).count()
}

/// The chunk without the incomplete characters at its ends, where validation would stop.
fn whole_characters(chunk: &[u8]) -> &[u8] {
    let is_continuation = |byte: &u8| byte & 0xC0 == 0x80;
    let start = chunk.iter().take(3).take_while(|&byte| is_continuation(byte)).count();
    let chunk = &chunk[start..];
    let from_last = chunk.iter().rev().take(4).position(|byte| !is_continuation(byte));
    match from_last.map(|back| (chunk.len() - 1 - back, back + 1)) {
        Some((last, len)) if len < width(chunk[last]) => &chunk[..last],
        _ => chunk,
    }
}

/// The length of the character that begins with this byte.
fn width(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn whole_characters() {
        let text = "a\u{e9}\u{c548}\u{1f980}b".repeat(2);
        for start in 0..text.len() {
            for end in start..=text.len() {
                let part = super::whole_characters(&text.as_bytes()[start..end]);
                assert!(std::str::from_utf8(part).is_ok(), "{start}..{end}");
                assert!(part.len() + 6 >= end - start, "{start}..{end}");
            }
        }
    }
}
