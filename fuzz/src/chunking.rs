//! The output does not depend on chunk boundaries: for every reader, the same bytes give the same events, ids and reconnection
//! time, and leave the same incomplete event, wherever they are split.

use sse_proto::{CutLine, DecodeError, Decoder, EndOfStream, EventBuf, FixedDecoder, Storage};

use crate::input::{Cuts, Input};
use crate::seeds::{long_streams, streams};
use crate::support::drive::{READERS, Reader, decoder, without_places};

/// Input: a stream, then the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let stream = &input.stream()[..];
    let chunks = cuts.cut(stream);

    let expected = without_places(Reader::Decoder.run(&[stream]));
    for &reader in READERS {
        assert_eq!(without_places(reader.run(&chunks)), expected, "{reader:?}, {chunks:x?}");
    }
    assert_eq!(left(Decoder::new(), &chunks), left(Decoder::new(), &[stream]), "{chunks:x?}");

    // Fixed buffers are limits, too. What fits must not depend on the chunks either.
    let small: fn() -> FixedDecoder<24, 6> = Decoder::with_fixed_buffers;
    let [cut, whole] = [&chunks[..], &[stream]].map(|chunks| without_places(decoder(&mut small(), chunks)));
    assert_eq!(cut, whole, "{chunks:x?}");
    assert_eq!(left(small(), &chunks), left(small(), &[stream]), "{chunks:x?}");
}

/// Each case byte by byte and split once, and each case with long values split once.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let seed = |stream: &[u8], cuts: Cuts| [stream, &cuts.0].concat();
    let short =
        streams().flat_map(|stream| [Cuts::BYTE_BY_BYTE, Cuts::at(stream.len() / 2)].map(|cuts| seed(stream, cuts)));
    let long = long_streams().map(|stream| seed(&stream, Cuts::at(Input(&stream).stream().len() / 2)));
    short.chain(long).collect()
}

/// What the stream leaves, and the incomplete event, with the unfinished line and without it.
fn left<S: Storage + Clone>(
    mut reader: Decoder<S>,
    chunks: &[&[u8]],
) -> (EndOfStream, [Result<Option<EventBuf>, DecodeError>; 2]) {
    decoder(&mut reader, chunks);
    let events = [CutLine::Process, CutLine::Discard].map(|cut_line| {
        let mut reader = reader.clone();
        reader.dispatch_incomplete(cut_line).map(|event| event.map(EventBuf::from))
    });
    (reader.end_of_stream(), events)
}
