//! The relay of `examples/relay` is faithful, counts events, and drops the events of one type; it buffers a block up to the
//! limit and passes it on beyond that; a dropped block keeps its `id` and `retry` lines. So a client sees the same events but
//! the dropped ones, with the same last event IDs, and the same reconnection time.

use crate::input::{Cuts, Input};
use crate::relaying::check as check_relay;
use crate::seeds::streams;
use crate::support::reference::{Outcome, decode};

/// Input: a stream, then the number of the event whose type is dropped, the limit, and the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let limit = u16::from_le_bytes(input.take()).into();
    let [number] = input.take();
    let Input(stream) = input;
    let dropped_type = decode(stream).outcomes.into_iter().nth(number.into()).map(|outcome| match outcome {
        Outcome::Event { event_type, .. } => event_type,
        other => unreachable!("there is no limit, and only events were asked for: {other:?}"),
    });
    for chunks in [vec![stream], cuts.cut(stream)] {
        check_relay(&chunks, dropped_type.as_deref(), limit);
        check_relay(&chunks, dropped_type.as_deref(), usize::MAX);
        check_relay(&chunks, None, limit);
    }
}

/// Each case byte by byte, without the events of the type of its first event, or of its second one, with and without a limit
/// that is reached.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let parameters = [[0, 0xFF, 0xFF], [1, 10, 0]];
    let seed = |stream, parameters: &[u8; 3]| [stream, parameters.as_slice(), &Cuts::BYTE_BY_BYTE.0].concat();
    streams().flat_map(|stream| parameters.each_ref().map(|parameters| seed(stream, parameters))).collect()
}
