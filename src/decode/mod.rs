//! Bytes to tokens to events.
//!
//! The path of a byte:
//!
//! 1. [`next_event`] has the two loops over a chunk. One decodes the blocks whose lines lie entirely in the chunk, at most one for
//!    each field: their values stay there ([`fields`]), and the blank line makes an event of them.
//! 2. The other handles every other block, and the rest of a line that a chunk has cut: [`block`] processes the fields, and
//!    [`pending`] buffers their values and checks the [`limits`]. The buffers are those of a [`storage`]: growing ([`heap`]) or
//!    fixed.
//! 3. Both split lines with the [`tokenizer`]; [`cut_line`] is its state within a line. `text::utf8_window` validates the values
//!    that stay in the chunk, `text::cut_character` decodes those that are buffered.
//!
//! [`decoder`] has the public decoder, [`events`] a cursor over the events of a chunk. [`items`] also returns blocks without data,
//! comments and ignored lines. [`piece`] adds the raw bytes of each token, for relays. [`reconnection_time`] and [`ignored`] hold
//! what `retry` fields and ignored lines leave; [`end_of_stream`] describes the end of a stream.
//!
//! [`bytes_decoder`] decodes `Bytes` into owned events: as ranges of a window of the chunk that several events share
//! ([`bytes_window`]), or from the buffers ([`bytes_event`]). [`bytes_chunk`] iterates over the events of a chunk.

pub(crate) mod block;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_chunk;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_decoder;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_event;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_window;
pub(crate) mod cut_line;
pub(crate) mod decoder;
pub(crate) mod end_of_stream;
pub(crate) mod events;
pub(crate) mod fields;
#[cfg(feature = "alloc")]
pub(crate) mod heap;
pub(crate) mod ignored;
pub(crate) mod items;
pub(crate) mod limits;
pub(crate) mod next_event;
pub(crate) mod pending;
pub(crate) mod piece;
pub(crate) mod reconnection_time;
pub(crate) mod storage;
pub(crate) mod tokenizer;
