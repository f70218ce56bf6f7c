//! The buffer of a blocking client.

use alloc::boxed::Box;
use alloc::vec;
use std::io::{self, Read};

/// The buffer between a body and the decoder.
pub(super) struct Input {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
}

/// The size of the buffer.
const BUFFER_LEN: usize = 16 * 1024;

impl Input {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; BUFFER_LEN].into_boxed_slice(), start: 0, end: 0 }
    }

    /// Reads once, over what was decoded.
    pub(super) fn fill(&mut self, body: &mut impl Read) -> io::Result<usize> {
        self.clear();
        // A reader that claims more than the buffer holds is not believed.
        self.end = body.read(&mut self.buffer)?.min(self.buffer.len());
        Ok(self.end)
    }

    /// Passes what is left to a decoder, which advances the cursor.
    pub(super) fn decode<T>(&mut self, decode: impl FnOnce(&mut &[u8]) -> T) -> T {
        let mut input = self.buffer.get(self.start..self.end).unwrap_or_default();
        let output = decode(&mut input);
        self.start = self.end.saturating_sub(input.len());
        output
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }
}
