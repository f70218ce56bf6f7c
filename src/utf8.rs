//! The UTF-8 decode algorithm over bytes that arrive in pieces. A leaf.
//!
//! "Streams must be decoded using the UTF-8 decode algorithm": each maximal subpart of an ill-formed sequence becomes
//! one U+FFFD. CR, LF, colon and space are ASCII, which no sequence swallows; so each value can be decoded by itself.

use core::str;

/// What a value replaces invalid bytes with.
const REPLACEMENT: &str = "\u{FFFD}";

/// The decoder of one value; between two pieces it keeps the start of a sequence, at most three bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Utf8 {
    start: [u8; 3],
    len: u8,
}

impl Utf8 {
    pub(crate) const fn new() -> Self {
        Self { start: [0; 3], len: 0 }
    }

    /// Decodes the next piece of the value; `put` gets its text in order, and can stop it.
    pub(crate) fn decode<E>(&mut self, mut bytes: &[u8], mut put: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        while self.len > 0 {
            let Some((&next, rest)) = bytes.split_first() else { return Ok(()) };
            let [a, b, c] = self.start;
            let sequence = match self.len {
                1 => [a, next, 0, 0],
                2 => [a, b, next, 0],
                _ => [a, b, c, next],
            };
            match sequence.get(..usize::from(self.len) + 1).map(str::from_utf8) {
                Some(Ok(character)) => {
                    put(character)?;
                    *self = Self::new();
                    bytes = rest;
                }
                Some(Err(error)) if error.error_len().is_none() => {
                    let [a, b, c, _] = sequence;
                    *self = Self { start: [a, b, c], len: self.len + 1 };
                    bytes = rest;
                }
                // The sequence ends before this byte, which is looked at again by itself.
                _ => self.finish(&mut put)?,
            }
        }
        let (whole, start) = bytes.split_at_checked(bytes.len() - unfinished(bytes)).unwrap_or((bytes, &[]));
        if let Ok(text) = str::from_utf8(whole) {
            put(text)?;
        } else {
            for piece in whole.utf8_chunks() {
                put(piece.valid())?;
                if !piece.invalid().is_empty() {
                    put(REPLACEMENT)?;
                }
            }
        }
        for &byte in start {
            let [a, b, _] = self.start;
            *self = match self.len {
                0 => Self { start: [byte, 0, 0], len: 1 },
                1 => Self { start: [a, byte, 0], len: 2 },
                _ => Self { start: [a, b, byte], len: 3 },
            };
        }
        Ok(())
    }

    /// The value ends: a sequence that was begun is ill-formed.
    pub(crate) fn finish<E>(&mut self, mut put: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        if self.len == 0 {
            return Ok(());
        }
        *self = Self::new();
        put(REPLACEMENT)
    }
}

/// The length of the sequence that the bytes begin at their end and do not finish, if it can still become valid.
fn unfinished(bytes: &[u8]) -> usize {
    for len in 1..=3.min(bytes.len()) {
        let Some(end) = bytes.get(bytes.len() - len..) else { break };
        // 10xxxxxx goes on with a sequence, all else begins one.
        if end.first().is_some_and(|&byte| byte & 0xC0 != 0x80) {
            let open = matches!(str::from_utf8(end), Err(error) if error.error_len().is_none());
            return if open { len } else { 0 };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::Utf8;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn decode(pieces: &[&[u8]]) -> String {
        let mut text = String::new();
        let mut put = |piece: &str| -> Result<(), ()> {
            text.push_str(piece);
            Ok(())
        };
        let mut utf8 = Utf8::new();
        for piece in pieces {
            utf8.decode(piece, &mut put).unwrap();
        }
        utf8.finish(&mut put).unwrap();
        assert_eq!(utf8, Utf8::new());
        text
    }

    /// All strings of up to five bytes that stand for the classes of UTF-8, at all splits, against the standard library.
    #[test]
    fn agrees_with_the_whole_at_every_split() {
        let classes = [b'a', 0x80, 0x9F, 0xA0, 0xBF, 0xC1, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF1, 0xF4, 0xF5];
        for len in 0..=5u32 {
            for mut number in 0..classes.len().pow(len) {
                let mut bytes = Vec::new();
                for _ in 0..len {
                    bytes.push(classes[number % classes.len()]);
                    number /= classes.len();
                }
                let expected = String::from_utf8_lossy(&bytes);
                let each: Vec<&[u8]> = bytes.chunks(1).collect();
                assert_eq!(decode(&each), expected, "{bytes:x?} byte by byte");
                for at in 0..=bytes.len() {
                    assert_eq!(decode(&[&bytes[..at], &bytes[at..]]), expected, "{bytes:x?} at {at}");
                }
            }
        }
    }
}
