//! Chunking never shows: the same bytes, cut anywhere, through every reader, give the same events, ids and reconnection
//! time, and leave the same incomplete event behind.

use sse_proto::{DecodeError, Decoder, EventBuf, FixedDecoder, Storage};

use crate::input::{Cuts, Input};
use crate::seeds::{long_streams, streams};
use crate::support::drive::{READERS, Reader, decoder, without_places};

/// A stream, then the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let stream = &input.stream()[..];
    let chunks = cuts.cut(stream);

    let expected = without_places(Reader::Decoder.run(&[stream]));
    for &reader in READERS {
        assert_eq!(without_places(reader.run(&chunks)), expected, "{reader:?}, {chunks:x?}");
    }
    assert_eq!(incomplete(Decoder::new(), &chunks), incomplete(Decoder::new(), &[stream]), "{chunks:x?}");

    // Small buffers are limits, where what fits must not depend on the chunks either.
    let small: fn() -> FixedDecoder<24, 6> = Decoder::with_fixed_buffers;
    let [cut, whole] = [&chunks[..], &[stream]].map(|chunks| without_places(decoder(&mut small(), chunks)));
    assert_eq!(cut, whole, "{chunks:x?}");
    assert_eq!(incomplete(small(), &chunks), incomplete(small(), &[stream]), "{chunks:x?}");
}

/// Each case byte by byte and cut once; and cut once where values are long.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |stream: &[u8], cuts: Cuts| [stream, &cuts.0].concat();
    let short =
        streams().flat_map(|stream| [Cuts::BYTE_BY_BYTE, Cuts::at(stream.len() / 2)].map(|cuts| seed(stream, cuts)));
    let long = long_streams().map(|stream| seed(&stream, Cuts::at(Input(&stream).stream().len() / 2)));
    short.chain(long).collect()
}

/// What the stream leaves behind: whether an event would be dropped, and which.
fn incomplete<S: Storage + Clone>(
    mut reader: Decoder<S>,
    chunks: &[&[u8]],
) -> (bool, Result<Option<EventBuf>, DecodeError>) {
    decoder(&mut reader, chunks);
    let dropped = reader.clone().end_of_stream();
    (dropped, reader.dispatch_incomplete().map(|event| event.map(EventBuf::from)))
}
