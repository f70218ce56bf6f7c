//! The protocol core of Server-Sent Events (`text/event-stream`): an incremental decoder and encoder, a reconnecting [`client`],
//! and a log from which a [`server`] replays. They do no I/O. Optional [`adapters`] connect them to that of other libraries.
//!
//! ```text
//!                         a client receives                     a server sends
//!
//!  adapters         io, stream, body, client, codec        io, body, fan_out, codec
//!  I/O                             |                                  |
//!                                  |                                  |
//!  client, server         client::EventSource                  server::History
//!  connections          connects, waits, resumes               keeps, replays
//!                                  |                                  |
//!  core                         Decoder                            Encoder
//!  one stream                      |                                  |
//!                              Tokenizer                              |
//!                                  ^                                  v
//!                                bytes  <---- text/event-stream ----  bytes
//! ```
//!
//! Each layer is public, and needs only those below it. Bytes go in through a cursor that the caller owns. Events are borrowed
//! from it, or from the decoder where they are cut by chunks. Each event is emitted on its final byte, and nothing is stored that
//! the [specification](https://html.spec.whatwg.org/multipage/server-sent-events.html) does not require.
//!
//! [`guide`] has the terms, [which layer to choose](guide::choosing), how to write [clients](guide::clients),
//! [servers](guide::servers) and [relays](guide::relays), and more.
//!
//! # Decode a chunk
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
//! [`BytesDecoder`] returns owned events that share the memory of the chunk. [`Decoder::next_item`] also returns comments, blocks
//! without data, and ignored lines, in order.
//!
//! # Decode a response body
//!
//! With the feature `http-body`, from any HTTP library:
//!
//! ```
//! # #[cfg(feature = "http-body")] {
//! use futures_util::StreamExt;
//! use sse_proto::Error;
//! use sse_proto::adapters::body::EventBodyExt;
//!
//! async fn receive<B>(response: http::Response<B>) -> Result<Vec<String>, B::Error>
//! where
//!     B: http_body::Body + Unpin,
//! {
//!     let (mut events, mut data) = (response.into_body().into_events(), Vec::new());
//!     while let Some(event) = events.next().await {
//!         match event {
//!             Ok(event) => data.push(event.data().to_owned()),
//!             Err(Error::Decode(error)) => eprintln!("an event was skipped: {error}"),
//!             Err(Error::Source(error)) => return Err(error),
//!         }
//!     }
//!     Ok(data)
//! }
//! # use futures_util::FutureExt;
//! # let response = http::Response::new(http_body_util::Full::new(&b"data: one\n\ndata: two\n\n"[..]));
//! # assert_eq!(receive(response).now_or_never().expect("ready"), Ok(vec!["one".to_owned(), "two".to_owned()]));
//! # }
//! ```
//!
//! [`EventStream`] decodes any stream of chunks, [`EventReader`] a blocking reader, [`EventCodec`] an `AsyncRead` of tokio.
//!
//! # Encode
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use sse_proto::{Comment, Event};
//!
//! let mut wire = Vec::new();
//! Comment::KEEP_ALIVE.encode_into(&mut wire);
//! Event::new("first\nsecond").with_type("note")?.with_id("8")?.encode_into(&mut wire);
//! assert_eq!(wire, b":\nevent: note\nid: 8\ndata: first\ndata: second\n\n");
//!
//! // What an event stream cannot carry is refused when it is set.
//! assert!(Event::new("x").with_id("8\ndata: injected").is_err());
//! # }
//! # Ok::<(), sse_proto::InvalidEvent>(())
//! ```
//!
//! [`Encoder`] encodes into buffers of any size. [`DataWriter`] writes data while it is produced.
//!
//! # Push from a server
//!
//! With the feature `fan-out`, for any server whose bodies are an `http_body::Body` or a stream of `Bytes`:
//!
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use http::{Request, Response};
//! use sse_proto::Event;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::{FanOut, Subscription};
//! use sse_proto::server::{History, Retention};
//!
//! /// Sends what the client has missed, then what is new.
//! fn respond<B>(fan_out: &FanOut, request: &Request<B>) -> Response<EventBody<Subscription>> {
//!     let last_event_id = request.headers().get("last-event-id").map(|id| id.as_bytes());
//!     EventBody::new(fan_out.subscribe(last_event_id)).into_response()
//! }
//!
//! let fan_out = FanOut::new(History::numbered(7, Retention::default()));
//! fan_out.send(Event::new("a"))?;
//! let request = Request::get("/events").header("last-event-id", "7-1").body(())?;
//! let response = respond(&fan_out, &request);
//! // Encoded once, for all clients.
//! fan_out.send(Event::new("b"))?;
//!
//! // What the client receives:
//! # fan_out.close();
//! # use futures_util::FutureExt;
//! # let body = http_body_util::BodyExt::collect(response.into_body()).now_or_never().expect("ready")?.to_bytes();
//! assert_eq!(body, "id: 7-2\ndata: b\n\n");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`EventBody`] makes a body of any stream of events, with keep-alives and a clean end. [`EventWriter`] writes to a blocking
//! writer.
//!
//! # Reconnect
//!
//! A client is a state machine without socket and clock. A driver does what its steps say, and reports what happened:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::client::{EventSource, Policy, Response, Step};
//!
//! let mut source = EventSource::new(Policy::default(), 0);
//! let now = Duration::ZERO;
//! assert!(matches!(source.step(now), Step::Connect { .. }));
//!
//! source.handle_response(now, Response::new(200).with_content_types(["text/event-stream"]));
//! let mut chunk = &b"id: 42\ndata: hello\n\nid: 43\ndata: cut o"[..];
//! while let Some(event) = source.next_event(now, &mut chunk)? {
//!     assert_eq!(event.data(), "hello");
//! }
//!
//! source.handle_failure(now);
//! assert!(source.step(now).to_string().starts_with("reconnecting in "));
//! assert!(source.request_headers().any(|header| header == ("last-event-id", b"42")));
//! # }
//! # Ok::<(), sse_proto::DecodeError>(())
//! ```
//!
//! There are two drivers: [`adapters::client::EventClient`] is a stream of events over any HTTP client,
//! [`adapters::io::EventClient`] an iterator for programs that have a thread.
//!
//! # Replay
//!
//! The log encodes each event once, for all readers. A client that reconnects resumes after its last event ID, or the server knows
//! that there is a gap:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::Event;
//! use sse_proto::server::{History, Next, Resume, Retention};
//!
//! let mut history: History = History::numbered(7, Retention::default());
//! for data in ["a", "b"] {
//!     history.push(Duration::ZERO, Event::new(data))?;
//! }
//!
//! // The client has received the first event.
//! let Resume::From(mut cursor) = history.resume(Some("7-1")) else { panic!("a gap") };
//! let Next::Event(bytes) = history.next(&mut cursor) else { panic!("nothing was missed") };
//! assert_eq!(bytes, b"id: 7-2\ndata: b\n\n");
//! assert_eq!(history.next(&mut cursor), Next::UpToDate);
//!
//! // An ID of another log.
//! assert!(matches!(history.resume(Some("6-1")), Resume::Gone(_)));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Without an allocator
//!
//! ```
//! use sse_proto::{Event, FixedDecoder};
//!
//! // 256 bytes for the data of an event, 32 for each other field.
//! let mut decoder = FixedDecoder::<256, 32>::with_fixed_buffers();
//! let mut input = &b"data: hello\n\n"[..];
//! assert_eq!(decoder.next_event(&mut input)?.map(|event| event.data()), Some("hello"));
//!
//! let mut buffer = [0; 32];
//! let len = Event::new("hello").encode_to_slice(&mut buffer)?;
//! assert_eq!(buffer[..len], *b"data: hello\n\n");
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Relay without loss
//!
//! Each token comes with the bytes that it stands for. Concatenated, they are the stream:
//!
//! ```
//! use sse_proto::{Token, Tokenizer};
//!
//! let (mut tokenizer, mut sent, mut blocks) = (Tokenizer::new(), Vec::new(), 0);
//! for mut chunk in [&b"data:a\r"[..], b"\n\r\n: unfinished"] {
//!     while let Some(piece) = tokenizer.next_piece(&mut chunk) {
//!         sent.extend_from_slice(piece.raw());
//!         blocks += usize::from(piece.token() == Some(Token::BlankLine));
//!     }
//! }
//! assert_eq!(sent, b"data:a\r\n\r\n: unfinished");
//! assert_eq!(blocks, 1);
//! ```
//!
//! # Promises
//!
//! Each is enforced by the tests named with it, which are in the repository.
//!
//! 1. **Output does not depend on chunk boundaries.**
//!    `tests/conformance.rs::every_reader_at_every_split_agrees_with_the_reference_on_the_case_table`,
//!    `tests/chunking.rs::random_streams`
//! 2. **Each event is emitted on its final byte.** `tests/conformance.rs::each_event_is_emitted_on_its_final_byte`
//! 3. **Linear.** No byte is searched twice, whatever the chunks. `src/decode/next_event.rs::no_byte_is_searched_twice`,
//!    `tests/contracts.rs::one_byte_chunks_cost_what_their_bytes_cost`
//! 4. **A single-line event that lies whole in a chunk is not copied** (with `simdutf8`, owned events of mostly non-ASCII text
//!    are); **no allocation in steady state.** `tests/contracts.rs::a_single_line_event_is_not_copied`,
//!    `tests/bytes.rs::allocations_per_event`, `tests/contracts.rs::a_warm_decoder_does_not_allocate`
//! 5. **Bounded.** Memory is at most the limit and a constant ([`Limits`]).
//!    `tests/limits.rs::memory_never_exceeds_the_limit_and_a_constant`, `tests/bounds.rs::attacks_on_memory`
//! 6. **No panics, no `unsafe`.** `.ci/panic_free`: a release build that calls the whole core API contains no panic.
//! 7. **Encoding then decoding yields an equal event, and no field can inject another.**
//!    `tests/roundtrip.rs::one_event_or_an_error`, `tests/encoder.rs::values_that_cannot_be_encoded_are_rejected`
//! 8. **What is ignored can be seen**: ignored lines ([`Decoder::ignored`]), incomplete events ([`Decoder::incomplete`]), replaced
//!    UTF-8 ([`Decoder::utf8_replacements`]), an ID that cannot be sent ([`client::EventSource::omits_last_event_id`]).
//!    `tests/gaps.rs::what_is_no_event_stream_shows_as_ignored_lines`,
//!    `tests/contracts.rs::the_end_of_a_stream_says_whether_an_event_was_dropped`,
//!    `tests/client/streams.rs::an_id_that_cannot_be_a_header_is_omitted`
//! 9. **Nothing lost, nothing doubled** between `History` and `EventSource` under any cuts, as long as the log covers the gap; a
//!    visible signal when it does not. `tests/sessions.rs::nothing_is_lost_or_doubled_under_any_cuts`
//!
//! [`guide::testing`] says how they are tested, [`guide::performance`] how the crate is fast.
//!
//! # Features
//!
//! | feature | | adds |
//! |---|---|---|
//! | `std` | default | [`adapters::io`]; implies `alloc` |
//! | `memchr` | default | finds line ends with SIMD instructions; the only dependency |
//! | `alloc` | | `Decoder::new` (storage that grows), `EventBuf`, encoding into a `Vec<u8>`, [`server`] |
//! | `bytes` | | [`BytesDecoder`] and `EventBytes`, owned events that share the caller's chunks; [`Encoder`] as a `Buf` |
//! | `stream` | | [`EventStream`], any `Stream` of chunks as a `Stream` of events |
//! | `http-body` | | [`EventBody`] and [`BodyEvents`], for hyper, reqwest, axum and all others whose bodies are an `http_body::Body` |
//! | `client` | | [`adapters::client::EventClient`] |
//! | `fan-out` | | [`FanOut`] |
//! | `tokio-util-v0.7` | | [`EventCodec`], for `FramedRead` and `FramedWrite` |
//! | `simd` | | finds the ends of short lines with SIMD instructions on x86 with SSE2 and on aarch64 with NEON (all usual targets have them); elsewhere it changes nothing. On aarch64 it needs `opt-level` 2 or 3, with less it is slower than without |
//! | `simdutf8` | | validates UTF-8 with SIMD instructions; worth it for text that is not ASCII |
//! | `fast` | | `simd` and `simdutf8`, for programs that decode much, such as gateways |
//!
//! Without any of them there is no dependency and no allocator: [`Tokenizer`], [`FixedDecoder`], [`client`], [`headers`], and
//! encoding into slices.
//!
#![cfg_attr(feature = "std", doc = include_str!("links/std.md"))]
#![cfg_attr(not(feature = "std"), doc = include_str!("links/std_online.md"))]
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links/adapters.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links/adapters_online.md")
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
