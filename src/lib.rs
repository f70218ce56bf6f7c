//! The protocol core of Server-Sent Events (`text/event-stream`): bytes in, events out; events in, bytes out.
//!
//! No socket, no clock, no runtime. Bytes go in through a cursor that the caller owns, events are lent out, nothing waits
//! for a byte it does not need, and nothing is stored that the
//! [specification](https://html.spec.whatwg.org/multipage/server-sent-events.html) does not tell us to store.
//!
//! ```text
//!            bytes                        bytes
//!              |                            ^
//!         Tokenizer    no buffer         Encoder     resumable, into any buffer
//!              |                            ^
//!           Decoder    bounded              |
//!              |                            |
//!            Event --------------------> Event       valid by construction
//! ```
//!
//! # Decode
//!
//! ```
//! use sse_proto::Decoder;
//!
//! let mut decoder = Decoder::new();
//! let mut data = Vec::new();
//! for chunk in [&b"id: 7\ndata: hel"[..], b"lo\r", b"\n\r\n: still here\n\n"] {
//!     let mut input = chunk;
//!     let mut events = decoder.events(&mut input);
//!     while let Some(event) = events.next()? {
//!         data.push(event.data().to_owned());
//!     }
//! }
//! assert_eq!(data, ["hello"]);
//! assert_eq!(decoder.last_event_id(), "7");
//! # Ok::<(), sse_proto::DecodeError>(())
//! ```
//!
//! Event by event: [`Decoder::next_event`]. Out of a blocking reader: [`adapters::io::EventReader`]. Out of an asynchronous
//! stream: [`adapters::stream`]. Owned events out of `Bytes`: [`BytesDecoder`]. Without an allocator: [`FixedDecoder`].
//! With comments and unknown fields, or for values too large to hold: [`Tokenizer`]. With the raw bytes of each token, for
//! relays that change nothing but what they must: [`Tokenizer::next_piece`].
//!
//! # Encode
//!
//! ```
//! use sse_proto::Event;
//!
//! let mut wire = Vec::new();
//! Event::new("first\nsecond").with_type("note")?.with_id("8")?.encode_into(&mut wire);
//! assert_eq!(wire, b"event: note\nid: 8\ndata: first\ndata: second\n\n");
//!
//! let error = Event::new("x").with_id("8\ndata: injected").unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "invalid value for field `id`: expected text without CR, LF and NUL, found '\\n' at byte 1",
//! );
//! # Ok::<(), sse_proto::InvalidEvent>(())
//! ```
//!
//! Into a small buffer, again and again: [`Encoder`]. Data that is written while it is made: [`DataWriter`]. Keep-alives:
//! [`Comment`]. Into a blocking writer: [`adapters::io::EventWriter`].
//!
//! # Reconnect
//!
//! A decoder outlives its connection: [`Decoder::end_of_stream`] drops what is incomplete and keeps
//! [`last_event_id`](Decoder::last_event_id) and [`reconnection_time`](Decoder::reconnection_time). [`headers`] has the
//! names and values for HTTP.
//!
//! # Promises
//!
//! 1. Chunking never shows: the same bytes give the same events, however they are cut.
//! 2. Nothing waits: an event comes with the byte that completes it.
//! 3. Linear: no byte is searched twice, whatever the chunks.
//! 4. A single-line event that lies whole in a chunk is not copied; a warm decoder does not allocate.
//! 5. Bounded: what is held never exceeds the limit and a constant ([`Limits`]).
//! 6. No panics, no `unsafe`.
//! 7. What is decoded from an encoded event is the event, and no field can inject another.
//!
//! # Features
//!
//! - `std` (default): [`adapters::io`]; implies `alloc`.
//! - `memchr` (default): finds line ends with SIMD instructions; the only dependency.
//! - `alloc`: [`Decoder::new`] (storage that grows), [`EventBuf`], encoding into a `Vec<u8>`.
//!
//! - `bytes`: [`BytesDecoder`] and [`EventBytes`], owned events that are slices of the caller's chunks; [`Encoder`] as a
//!   `Buf`.
//! - `stream`: [`adapters::stream`], any `Stream` of chunks as a `Stream` of events.
//! - `simd`: finds the ends of short lines with SIMD instructions, where the processor is an x86 with SSE2 (all of 64 bits
//!   have it); elsewhere it changes nothing.
//! - `simdutf8`: validates UTF-8 with SIMD instructions; worth it for text that is not ASCII.
//! - `fast`: `simd` and `simdutf8`, for programs that decode much, such as gateways.
//!
//! Without any of them: no dependency, no allocator; [`Tokenizer`], [`FixedDecoder`], and encoding into slices.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "std", feature = "stream")),
    allow(rustdoc::broken_intra_doc_links, reason = "of what is not built")
)]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used))]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod adapters;
pub mod headers;

mod decode;
mod encode;
mod error;
mod event;
mod field;
mod text;

#[cfg(feature = "bytes")]
pub use decode::bytes_chunk::{BytesChunk, BytesEvents};
#[cfg(feature = "bytes")]
pub use decode::bytes_decoder::BytesDecoder;
pub use decode::decoder::{Decoder, FixedDecoder};
pub use decode::end_of_stream::{CutLine, EndOfStream, Incomplete};
pub use decode::events::Events;
#[cfg(feature = "alloc")]
pub use decode::heap::Heap;
pub use decode::ignored::Ignored;
pub use decode::limits::Limits;
pub use decode::piece::Piece;
pub use decode::storage::{Fixed, Storage};
pub use decode::tokenizer::{Token, Tokenizer};
pub use encode::data_writer::DataWriter;
pub use encode::encoder::Encoder;
pub use error::{BufferTooSmall, DecodeError, Error, InvalidEvent, InvalidLastEventId, Limit};
pub use event::borrowed::Event;
pub use event::comment::Comment;
#[cfg(feature = "alloc")]
pub use event::event_buf::EventBuf;
#[cfg(feature = "bytes")]
pub use event::event_bytes::EventBytes;
pub use event::item::Item;
#[cfg(feature = "alloc")]
pub use event::item::ItemBuf;
pub use field::Field;

/// The README's examples are tests.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
