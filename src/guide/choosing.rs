//! Choosing a layer: which type fits which program, and what each layer leaves to the caller.
//!
//! # By job
//!
//! | job | asynchronous | with a thread | without I/O |
//! |---|---|---|---|
//! | receive, reconnect, resume | [`EventClient`] | [`io::EventClient`] | [`EventSource`] |
//! | receive one response | [`EventBodyExt`], [`EventStreamExt`], [`EventCodec`] | [`EventReader`] | [`Decoder`], [`BytesDecoder`], [`FixedDecoder`] |
//! | send to one client | [`EventBody`], [`EventCodec`] | [`EventWriter`] | [`Event`], [`Encoder`] |
//! | send to many, replay | [`FanOut`] | [`History`] | [`History`] |
//! | pass on unchanged | the body as it is | the reader as it is | [`Tokenizer::next_piece`] |
//!
//! Take the first type that fits, from left to right. What it is built on is reachable through it: the decoder of an adapter
//! (`decoder()`), the event source of a client (`source()`), the log of a fan-out (`with_history`).
//!
//! # By layer
//!
//! | layer | does | leaves to the caller |
//! |---|---|---|
//! | [`Tokenizer`] | splits lines, recognizes field names | UTF-8, the meaning of the fields, limits |
//! | [`Decoder`] | events, the last event ID, the reconnection time, limits | reading bytes, the end of the stream |
//! | [`EventSource`] | when to connect, wait and stop; what to send | sockets, the clock, timers |
//! | [`EventClient`], [`io::EventClient`] | all of that over an HTTP client | which HTTP client, credentials |
//! | [`Encoder`] | the bytes of an event | when to send and to flush |
//! | [`History`] | keeps events, replays them by cursor, reports gaps | waking readers, sending |
//! | [`FanOut`], [`EventBody`] | all of that in a server | the server |
//!
//! One stream, in three layers:
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use sse_proto::adapters::io::EventReader;
//! use sse_proto::{Decoder, Field, Token, Tokenizer};
//!
//! let stream = &b"id: 7\ndata: a\ndata: b\n\n"[..];
//!
//! // Tokens: bytes of single lines.
//! let (mut tokenizer, mut input, mut data) = (Tokenizer::new(), stream, Vec::new());
//! while let Some(token) = tokenizer.next_token(&mut input) {
//!     if let Token::Value { field: Field::Data, bytes, ends_line: _ } = token {
//!         data.push(bytes);
//!     }
//! }
//! assert_eq!(data, [b"a", b"b"]);
//!
//! // Borrowed events: text, with what the standard says of lines, blocks and IDs.
//! let (mut decoder, mut input) = (Decoder::new(), stream);
//! let event = decoder.next_event(&mut input)?.expect("a whole event");
//! assert_eq!((event.data(), event.last_event_id()), ("a\nb", "7"));
//!
//! // Owned events of a reader.
//! let events = EventReader::new(stream).collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(events[0].data(), "a\nb");
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Which decoder
//!
//! | | input | output | allocates | choose it |
//! |---|---|---|---|---|
//! | [`Decoder`] | `&[u8]` | borrowed events | for what cannot be borrowed, up to the limit; not in steady state | if each event is handled at once |
//! | [`FixedDecoder`] | `&[u8]` | borrowed events | never | without an allocator |
//! | [`BytesDecoder`] | `Bytes` | owned events that share their chunk | for events that are no slice of their chunk | if events outlive the chunk, or go to other tasks |
//! | [`EventReader`] | any `BufRead` | owned events | for each event | with blocking I/O |
//! | [`Tokenizer`] | `&[u8]` | borrowed tokens | never | for values larger than memory, and for relays |
//!
//! All but the tokenizer return the same events for the same bytes (`tests/conformance.rs`), under the same limits.
//!
//! Borrowed events are the fastest, and the compiler says when they must be copied: `event.to_event_buf()` makes an owned one. An
//! [`EventBytes`] keeps its whole chunk alive. If few events of a chunk are stored for long, store `event.unshare()`.
//!
//! # Which call
//!
//! - All events of a chunk: `events` ([`Decoder`]) or `iter_events` ([`BytesDecoder`]). UTF-8 is then validated for many events at
//!   once.
//! - One event, for example the first: `next_event`.
//! - Comments, blocks without data and ignored lines, too, in order: `next_item` of a decoder, `items` of a reader or a stream,
//!   `next_update` of a client.
//!
//! # Which features
//!
//! | program | features |
//! |---|---|
//! | reads files or pipes, or has a blocking HTTP client | the default ones |
//! | an asynchronous client that reconnects | `client` |
//! | reads responses of an asynchronous HTTP client | `http-body`, or `stream` for a stream of chunks |
//! | a server | `fan-out`, or `http-body` if each client has a stream of its own |
//! | a gateway, which decodes much | `fast` in addition |
//! | a microcontroller | none: [`embedded`](super::embedded) |
//!
//! # Is an event stream the right choice?
//!
//! [`polling`](super::polling) compares short polling, long polling, event streams and WebSocket.
//!
//! [`Tokenizer`]: crate::Tokenizer
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
