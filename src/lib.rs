//! The protocol core of Server-Sent Events (`text/event-stream`): an incremental decoder and encoder, a reconnecting [`client`], and
//! a log from which a [`server`] replays. They do no I/O.
//!
//! Bytes go in through a cursor that the caller owns. Events are borrowed from it, or from the decoder where they are cut by
//! chunks. Each event is emitted on its final byte, and nothing is stored that the
//! [specification](https://html.spec.whatwg.org/multipage/server-sent-events.html) does not require.
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
//! [`guide`] explains the terms, when to use event streams and when polling or WebSocket, how to write clients, servers and relays, how
//! several machines share a log, and how to migrate from other crates.
//!
//! # Decode
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use sse_proto::Decoder;
//!
//! let mut decoder = Decoder::new();
//! let mut data = Vec::new();
//! for chunk in [&b"id: 7\ndata: hel"[..], b"lo\r", b"\n\r\n: still here\n\n"] {
//!     let mut input = chunk;
//!     let mut events = decoder.events(&mut input);
//!     loop {
//!         match events.next() {
//!             Ok(Some(event)) => data.push(event.data().to_owned()),
//!             Ok(None) => break,
//!             // An event exceeded the limit. Decoding continues with the next one.
//!             Err(error) => eprintln!("{error}"),
//!         }
//!     }
//! }
//! assert_eq!(data, ["hello"]);
//! assert_eq!(decoder.last_event_id(), "7");
//! # }
//! ```
//!
//! | | |
//! |---|---|
//! | [`Decoder`] | borrowed events, from chunks of bytes |
//! | [`FixedDecoder`] | the same without an allocator |
//! | [`BytesDecoder`] | owned events that share the memory of `Bytes` chunks |
//! | [`EventReader`] | owned events from a blocking reader |
//! | [`EventStream`] | owned events from an asynchronous stream of chunks |
//! | [`BodyEvents`] | owned events from the body of a response |
//! | [`Tokenizer`] | tokens without any buffer; the raw bytes of each token, for relays ([`Tokenizer::next_piece`]) |
//!
//! [`Decoder::next_item`] also returns comments, blocks without data, and ignored lines, in order.
//!
//! # Encode
//!
//! ```
//! # #[cfg(feature = "alloc")] {
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
//! # }
//! # Ok::<(), sse_proto::InvalidEvent>(())
//! ```
//!
//! [`Encoder`] encodes into buffers of any size, [`DataWriter`] writes data while it is produced, [`Comment`] is for
//! keep-alives, and [`EventWriter`] writes to a blocking writer. [`EventBody`] is a stream of events as the body of a response.
//!
//! # Reconnect
//!
//! [`client::EventSource`] is a decoder and the state machine of its connection: when to connect, what to send, when to wait, when to
//! stop. A driver does what its steps say. There are two: [`adapters::io::EventClient`] for programs that
//! have a thread, and [`adapters::client::EventClient`], a stream over any HTTP client. [`client::Reconnect`] is the state machine alone, without an allocator.
//! [`headers`] has the names and values for HTTP.
//!
//! # Replay
//!
//! [`server::History`] is a bounded log of encoded events. A client that reconnects resumes after its last event ID, or the
//! server knows that there is a gap. [`FanOut`] wakes the subscribers of a log, and makes a stream of each.
//!
//! # Promises
//!
//! 1. Output does not depend on chunk boundaries.
//! 2. Each event is emitted on its final byte.
//! 3. Linear: no byte is searched twice, whatever the chunks.
//! 4. A single-line event that lies whole in a chunk is not copied (an owned one only for `simdutf8`); no allocation in steady state.
//! 5. Bounded: memory is at most the limit and a constant ([`Limits`]).
//! 6. No panics, no `unsafe`.
//! 7. Encoding then decoding yields an equal event, and no field can inject another.
//! 8. What is ignored can be seen: ignored lines ([`Decoder::ignored`]), incomplete events ([`Decoder::incomplete`]), replaced
//!    UTF-8 ([`Decoder::utf8_replacements`]), an ID that cannot be sent ([`client::EventSource::omits_last_event_id`]).
//! 9. Nothing lost, nothing doubled between `History` and `EventSource` under any cuts, as long as the log covers the gap; a visible
//!    signal when it does not.
//!
//! # Features
//!
//! - `std` (default): [`adapters`] for blocking I/O; implies `alloc`.
//! - `memchr` (default): finds line ends with SIMD instructions; the only dependency.
//! - `alloc`: `Decoder::new` (storage that grows), `EventBuf`, encoding into a `Vec<u8>`, [`server`].
//! - `bytes`: [`BytesDecoder`] and `EventBytes`, owned events that share the caller's chunks; [`Encoder`] as a `Buf`.
//! - `stream`: [`EventStream`], any `Stream` of chunks as a `Stream` of events.
//! - `http-body`: [`EventBody`] and [`BodyEvents`], for hyper, reqwest, axum and all others whose bodies are an `http_body::Body`.
//! - `client`: [`adapters::client::EventClient`].
//! - `fan-out`: [`FanOut`].
//! - `tokio-util-v0.7`: [`EventCodec`], for `FramedRead` and `FramedWrite`.
//! - `simd`: finds the ends of short lines with SIMD instructions on x86 with SSE2 and on aarch64 with NEON (all usual targets have
//!   them); elsewhere it changes nothing. On aarch64 it needs `opt-level` 2 or 3, with less it is slower than without.
//! - `simdutf8`: validates UTF-8 with SIMD instructions; worth it for text that is not ASCII.
//! - `fast`: `simd` and `simdutf8`, for programs that decode much, such as gateways.
//!
//! Without any of them there is no dependency and no allocator: [`Tokenizer`], [`FixedDecoder`], [`client`], and encoding into slices.
//!
#![cfg_attr(feature = "std", doc = "[`EventReader`]: adapters::io::EventReader")]
#![cfg_attr(feature = "std", doc = "[`EventWriter`]: adapters::io::EventWriter")]
#![cfg_attr(feature = "stream", doc = "[`EventStream`]: adapters::stream::EventStream")]
#![cfg_attr(feature = "http-body", doc = "[`BodyEvents`]: adapters::body::BodyEvents")]
#![cfg_attr(feature = "http-body", doc = "[`EventBody`]: adapters::body::EventBody")]
#![cfg_attr(feature = "fan-out", doc = "[`FanOut`]: adapters::fan_out::FanOut")]
#![cfg_attr(feature = "tokio-util-v0.7", doc = "[`EventCodec`]: adapters::codec::EventCodec")]
// What is not built is linked to where it is documented.
#![cfg_attr(
    not(feature = "std"),
    doc = "[`adapters::io::EventClient`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/io/struct.EventClient.html"
)]
#![cfg_attr(
    not(feature = "http-body"),
    doc = "[`BodyEvents`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/body/type.BodyEvents.html"
)]
#![cfg_attr(
    not(feature = "http-body"),
    doc = "[`EventBody`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/body/struct.EventBody.html"
)]
#![cfg_attr(
    not(feature = "client"),
    doc = "[`adapters::client::EventClient`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/client/struct.EventClient.html"
)]
#![cfg_attr(
    not(feature = "fan-out"),
    doc = "[`FanOut`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/fan_out/struct.FanOut.html"
)]
#![cfg_attr(
    not(feature = "tokio-util-v0.7"),
    doc = "[`EventCodec`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/codec/struct.EventCodec.html"
)]
#![cfg_attr(not(feature = "alloc"), doc = "[`server`]: https://docs.rs/sse-proto/latest/sse_proto/server/")]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "[`server::History`]: https://docs.rs/sse-proto/latest/sse_proto/server/struct.History.html"
)]
#![cfg_attr(
    not(feature = "std"),
    doc = "[`EventReader`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/io/struct.EventReader.html"
)]
#![cfg_attr(
    not(feature = "std"),
    doc = "[`EventWriter`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/io/struct.EventWriter.html"
)]
#![cfg_attr(
    not(feature = "stream"),
    doc = "[`EventStream`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/stream/struct.EventStream.html"
)]
#![cfg_attr(
    not(feature = "bytes"),
    doc = "[`BytesDecoder`]: https://docs.rs/sse-proto/latest/sse_proto/struct.BytesDecoder.html"
)]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(clippy::alloc_instead_of_core, clippy::std_instead_of_alloc, clippy::std_instead_of_core)]
#![cfg_attr(not(test), deny(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used))]

#[cfg(any(feature = "alloc", test))]
extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

pub mod adapters;
pub mod client;
pub mod guide;
pub mod headers;
#[cfg(feature = "alloc")]
pub mod server;

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
