//! Bytes to tokens to events.
//!
//! A chunk passes through [`tokenizer`] (the line grammar), then into [`block`] (what the lines of the current block mean),
//! and a blank line makes an event of the block. [`next_event`] has the fast paths for blocks that lie whole in a chunk,
//! whose values stay in the chunk ([`borrowed_fields`]); [`resume`] is the slow path for everything else, which copies values
//! into [`pending`], in a [`storage`] that grows ([`heap`]) or is fixed. [`tiny_chunk`] and [`join_lines`] are fast paths for
//! chunks of a few bytes and for data of many lines. [`bytes_decoder`] does the same over `Bytes` and gives owned events.
//! [`piece`] gives relays the raw bytes of each token.

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
