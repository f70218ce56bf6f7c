//! The form of inputs: a stream or a text, followed by a fixed number of parameter bytes for each property. So a seed is a stream
//! with a few bytes appended, and a mutation of one part leaves the others unchanged.

/// The rest of an input. Parameters are taken from its end, and are zero if it is too short.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input<'a>(pub(crate) &'a [u8]);

impl Input<'_> {
    pub(crate) fn take<const N: usize>(&mut self) -> [u8; N] {
        let (rest, taken) = self.0.split_at(self.0.len().saturating_sub(N));
        self.0 = rest;
        let mut parameter = [0; N];
        parameter[..taken.len()].copy_from_slice(taken);
        parameter
    }

    pub(crate) fn take_cuts(&mut self) -> Cuts {
        Cuts(self.take())
    }

    /// The rest as a stream, in which [`STRETCHED`] is expanded so that a short input gives long values.
    pub(crate) fn stream(self) -> Vec<u8> {
        let mut stream = Vec::new();
        for &byte in self.0 {
            if byte == STRETCHED { stream.resize(stream.len() + STRETCH, b'x') } else { stream.push(byte) }
        }
        stream.truncate(MAX_LEN);
        stream
    }
}

/// Expands to many bytes of a value. It is never part of UTF-8, and other bytes remain for invalid UTF-8.
pub(crate) const STRETCHED: u8 = 0xFE;

/// The length of an expansion: near the longest event that uses a validated window. Five of them exceed the buffer that a decoder
/// keeps.
const STRETCH: usize = 1000;

/// The longest stream, which always fits into the fixed decoder of `tests/support`. `tests/limits.rs` tests longer ones.
const MAX_LEN: usize = 9999;

/// Where a stream is split: the lengths of its chunks, two bytes each, used cyclically. Zero means the rest of the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuts(pub(crate) [u8; 8]);

/// A flag in a length: an empty chunk precedes this one.
const EMPTY: u16 = 1 << 15;

impl Cuts {
    pub(crate) const BYTE_BY_BYTE: Self = Self([1, 0, 1, 0, 1, 0, 1, 0]);

    /// One cut at the given position.
    pub(crate) fn at(position: usize) -> Self {
        let [low, high] = u16::try_from(position).expect("a short stream").to_le_bytes();
        Self([low, high, 0, 0, 0, 0, 0, 0])
    }

    pub(crate) fn cut(self, mut stream: &[u8]) -> Vec<&[u8]> {
        let mut chunks = Vec::new();
        let lengths = self.0.chunks_exact(2).map(|length| u16::from_le_bytes([length[0], length[1]]));
        for length in lengths.cycle() {
            if stream.is_empty() {
                break;
            }
            if length & EMPTY != 0 {
                chunks.push(&[][..]);
            }
            let len = match usize::from(length & !EMPTY) {
                0 => stream.len(),
                len => len.min(stream.len()),
            };
            let (chunk, rest) = stream.split_at(len);
            chunks.push(chunk);
            stream = rest;
        }
        chunks
    }

    /// Splits a text, but never within a character.
    pub(crate) fn cut_text(self, text: &str) -> Vec<&str> {
        let (mut pieces, mut start, mut end) = (Vec::new(), 0, 0);
        for chunk in self.cut(text.as_bytes()) {
            end += chunk.len();
            let boundary = text.floor_char_boundary(end);
            pieces.push(&text[start..boundary]);
            start = boundary;
        }
        pieces
    }
}
