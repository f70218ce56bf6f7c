//! An input: a stream or a text, and behind it the parameters, a fixed number of bytes for each theorem. So a seed is a
//! stream as it is with a few bytes behind it, and a mutation of the one leaves the other alone.

/// What is left of an input. Parameters are taken from its end, and are zero if it is too short for them.
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

    /// What is left as a stream: with long values, out of an input that is short.
    pub(crate) fn stream(self) -> Vec<u8> {
        let mut stream = Vec::new();
        for &byte in self.0 {
            if byte == STRETCHED { stream.resize(stream.len() + STRETCH, b'x') } else { stream.push(byte) }
        }
        stream.truncate(MAX_LEN);
        stream
    }
}

/// Stands for many bytes of a value. It is no part of UTF-8, and for bytes that are not there are others.
pub(crate) const STRETCHED: u8 = 0xFE;

/// More than what a decoder validates at once; five times this is more than what it keeps allocated.
const STRETCH: usize = 1000;

/// The longest stream: the fixed decoder of `tests/support` holds whatever is in it. `tests/limits.rs` has what is
/// longer.
const MAX_LEN: usize = 9999;

/// Where a stream is cut: the lengths of its chunks, two bytes each, taken in turn and again from the first. Zero is
/// all the rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuts(pub(crate) [u8; 8]);

/// In a length: an empty chunk comes before this one.
const EMPTY: u16 = 1 << 15;

impl Cuts {
    pub(crate) const BYTE_BY_BYTE: Self = Self([1, 0, 1, 0, 1, 0, 1, 0]);

    /// One cut.
    pub(crate) fn at(place: usize) -> Self {
        let [low, high] = u16::try_from(place).expect("a short stream").to_le_bytes();
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

    /// Cuts a text, but never within a character.
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
