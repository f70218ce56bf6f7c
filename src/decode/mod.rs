//! Bytes to tokens to events.
//!
//! [`tokenizer`] splits a chunk into tokens (the line grammar); [`piece`] adds the raw bytes of each token, for relays.
//! [`decoder`] has the public decoder and its state. [`next_event`] passes tokens to [`block`], the state of the current block,
//! and a blank line makes an event of it. [`reconnection_time`] and [`ignored`] hold what `retry` fields and ignored lines
//! leave.
//!
//! A block that lies entirely in a chunk, with at most one line per field, stays there: [`borrowed_fields`] refers to its values,
//! and `text::utf8_window` validates many of them at once. For every other block [`resume`], the slow path, copies the values
//! into [`pending`], whose buffers are those of a [`storage`]: growing ([`heap`]) or fixed. [`pending`] also checks the
//! [`limits`]. [`join_lines`] and [`tiny_chunk`] are fast paths for data of many lines and for chunks of a few bytes.
//!
//! [`events`] iterates over the events of a chunk. [`items`] has its own loop over tokens, which also returns blocks without
//! data, and comments and ignored lines ([`collect`]), and has no fast paths. [`end_of_stream`] has the types that describe the
//! end of a stream.
//!
//! [`bytes_decoder`] decodes `Bytes` into owned events: from a window of the chunk that several events share ([`bytes_window`]),
//! or from the buffers ([`bytes_event`]). [`bytes_chunk`] iterates over the events of a chunk.

pub(crate) mod block;
pub(crate) mod borrowed_fields;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_chunk;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_decoder;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_event;
#[cfg(feature = "bytes")]
pub(crate) mod bytes_window;
pub(crate) mod collect;
pub(crate) mod decoder;
pub(crate) mod end_of_stream;
pub(crate) mod events;
#[cfg(feature = "alloc")]
pub(crate) mod heap;
pub(crate) mod ignored;
pub(crate) mod items;
pub(crate) mod join_lines;
pub(crate) mod limits;
pub(crate) mod next_event;
pub(crate) mod pending;
pub(crate) mod piece;
pub(crate) mod reconnection_time;
pub(crate) mod resume;
pub(crate) mod storage;
pub(crate) mod tiny_chunk;
pub(crate) mod tokenizer;
