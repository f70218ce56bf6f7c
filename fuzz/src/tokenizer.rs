//! The tokenizer is lossless: wherever a stream is split, its tokens rebuild it, except for the kind of line ends, the byte order
//! mark, the optional space, and the colon of a field without a value. A line that lies whole in its chunk is one token. The raw
//! bytes of the pieces are the stream, byte for byte.

use crate::input::{Cuts, Input};
use crate::seeds::streams;
use crate::support::{lossless, pieces};

/// Input: a stream, then the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let Input(stream) = input;
    for chunks in [vec![stream], cuts.cut(stream)] {
        lossless::check(&chunks);
        pieces::check(&chunks);
    }
}

/// Each case byte by byte.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    streams().map(|stream| [stream, &Cuts::BYTE_BY_BYTE.0].concat()).collect()
}
