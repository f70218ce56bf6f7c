//! The output does not depend on chunk boundaries: for every reader, the same bytes give the same events or items, ids and
//! reconnection time, and leave the same incomplete event, wherever they are split. Between two chunks, too, it is known how many
//! lines were ignored, how much UTF-8 was replaced, and what would be lost.

use sse_proto::{BytesDecoder, CutLine, DecodeError, Decoder, EndOfStream, EventBuf, FixedDecoder, Storage};

use crate::input::{Cuts, Input};
use crate::seeds::{long_streams, streams};
use crate::support::drive::{
    ITEM_READERS, ItemReader, READERS, Reader, bytes_decoder, decoder, items, items_so_far, without_places,
};
use crate::support::reference::Seen;

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
    let expected = without_places(ItemReader::Decoder.run(&[stream]));
    for &reader in ITEM_READERS {
        assert_eq!(without_places(reader.run(&chunks)), expected, "items, {reader:?}, {chunks:x?}");
    }
    the_state_between_chunks(stream, &chunks);
    assert_eq!(left(Decoder::new(), &chunks), left(Decoder::new(), &[stream]), "{chunks:x?}");

    // Fixed buffers are limits, too. What fits must not depend on the chunks either.
    let small: fn() -> FixedDecoder<24, 6> = Decoder::with_fixed_buffers;
    for run in [decoder, items] {
        let [cut, whole] = [&chunks[..], &[stream]].map(|chunks| without_places(run(&mut small(), chunks)));
        assert_eq!(cut, whole, "{chunks:x?}");
    }
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

/// At the ends of chunks, a decoder knows the same as one that was given all bytes so far at once.
fn the_state_between_chunks(stream: &[u8], chunks: &[&[u8]]) {
    // Not at all ends, as that would be quadratic.
    let step = 1 + chunks.len() / 32;
    let (mut events_cut, mut bytes_cut, mut items_cut) = (Decoder::new(), BytesDecoder::new(), Decoder::new());
    let mut end = 0;
    for (number, chunk) in chunks.iter().enumerate() {
        end += chunk.len();
        let cut = [
            decoder(&mut events_cut, &[chunk]),
            bytes_decoder(&mut bytes_cut, &[chunk]),
            items_so_far(&mut items_cut, &[chunk]),
        ];
        if number % step == 0 {
            let so_far = &stream[..end];
            let of_events = state(decoder(&mut Decoder::new(), &[so_far]));
            let of_items = state(items_so_far(&mut Decoder::new(), &[so_far]));
            assert_eq!(cut.map(state), [of_events.clone(), of_events, of_items], "{so_far:x?}, {chunks:x?}");
        }
    }
}

/// What is seen without what came out.
fn state(seen: Seen) -> Seen {
    Seen { outcomes: Vec::new(), ..seen }
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
