//! Decodes UTF-8 that arrives in fragments, which may end within a character.
//!
//! "Streams must be decoded using the UTF-8 decode algorithm": each maximal subpart of an ill-formed sequence becomes one U+FFFD.

use core::str;

use crate::text::utf8::{from_utf8, whole_characters};

/// The first bytes of a character that the end of a fragment has cut; empty if there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CutCharacter {
    bytes: [u8; 4],
    len: u8,
}

/// U+FFFD, which replaces each maximal subpart.
pub(crate) const REPLACEMENT: &str = "\u{FFFD}";

impl CutCharacter {
    pub(crate) const NONE: Self = Self { bytes: [0; 4], len: 0 };

    #[inline]
    pub(crate) const fn is_none(self) -> bool {
        self.len == 0
    }

    /// Decodes a fragment, and passes its text to `push` in pieces, until that returns an error; `None` is an ill-formed sequence,
    /// to be replaced. A character that `bytes` cuts waits for the next fragment, unless they end the value.
    pub(crate) fn decode<E>(
        &mut self,
        mut bytes: &[u8],
        ends_value: bool,
        mut push: impl FnMut(Option<&str>) -> Result<(), E>,
    ) -> Result<(), E> {
        while let (false, [byte, rest @ ..]) = (self.is_none(), bytes) {
            self.append(*byte);
            match str::from_utf8(self.as_slice()) {
                Ok(character) => {
                    push(Some(character))?;
                    *self = Self::NONE;
                }
                Err(_) if is_cut(self.as_slice()) => {}
                Err(_) => {
                    // The byte does not continue the character: it begins what follows.
                    *self = Self::NONE;
                    push(None)?;
                    continue;
                }
            }
            bytes = rest;
        }
        let whole = whole_characters(bytes);
        if let Some(text) = from_utf8(whole) {
            push(Some(text))?;
            bytes = bytes.get(whole.len()..).unwrap_or_default();
        }
        let mut left = bytes.len();
        for part in bytes.utf8_chunks() {
            if !part.valid().is_empty() {
                push(Some(part.valid()))?;
            }
            left -= part.valid().len() + part.invalid().len();
            if left == 0 && is_cut(part.invalid()) {
                part.invalid().iter().for_each(|byte| self.append(*byte));
            } else if !part.invalid().is_empty() {
                push(None)?;
            }
        }
        if ends_value && !self.is_none() {
            *self = Self::NONE;
            push(None)?;
        }
        Ok(())
    }

    fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len.into()).unwrap_or_default()
    }

    fn append(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(usize::from(self.len)) {
            *slot = byte;
            self.len += 1;
        }
    }
}

/// Whether the bytes are the beginning of a character.
fn is_cut(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::{CutCharacter, REPLACEMENT};
    use alloc::string::String;
    use alloc::vec::Vec;

    /// All strings of up to five bytes, one byte per class of UTF-8 bytes, at every split into two fragments and in single bytes,
    /// against the standard library.
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
                let expected = String::from_utf8_lossy(&bytes);
                for at in 0..=bytes.len() {
                    let (start, end) = bytes.split_at(at);
                    assert_eq!(decoded([start, end]), expected, "{bytes:x?} at {at}");
                }
                assert_eq!(decoded(bytes.chunks(1)), expected, "{bytes:x?}");
            }
        }
    }

    fn decoded<'a>(fragments: impl IntoIterator<Item = &'a [u8]>) -> String {
        let (mut cut, mut decoded) = (CutCharacter::NONE, String::new());
        let mut push = |text: Option<&str>| {
            decoded.push_str(text.unwrap_or(REPLACEMENT));
            Ok::<(), ()>(())
        };
        for fragment in fragments {
            cut.decode(fragment, false, &mut push).unwrap();
        }
        cut.decode(b"", true, &mut push).unwrap();
        assert!(cut.is_none());
        decoded
    }

    /// After an error nothing more is passed on.
    #[test]
    fn stops_at_an_error() {
        for fragment in [&b"a\xFFb"[..], b"\xE2\x82a", b"\xFF\xFF"] {
            let (mut cut, mut calls) = (CutCharacter::NONE, 0);
            let decoded = cut.decode(fragment, true, |_| {
                calls += 1;
                if calls == 2 { Err(()) } else { Ok(()) }
            });
            assert_eq!((decoded, calls), (Err(()), 2), "{fragment:x?}");
        }
    }
}
