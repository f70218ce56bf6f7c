//! Embedded: without `std`, without an allocator, in fixed memory.
//!
//! ```toml
//! [dependencies]
//! sse-proto = { version = "0.1", default-features = false }
//! ```
//!
//! There is then no dependency and no allocator. What remains: [`Tokenizer`], [`FixedDecoder`], [`EventSource`], [`Reconnect`],
//! [`Event`], [`Comment`], [`Encoder`] and [`DataWriter`]. `examples/embedded` is a client on a Cortex-M3 that reconnects and
//! resumes; its README has the sizes of flash, RAM and stack, which CI compares with each build (`.ci/embedded`).
//!
//! # Buffers
//!
//! `FixedDecoder<DATA, FIELD>` has `DATA` bytes for the data of an event, and `FIELD` bytes each for its type, its ID, an
//! unfinished line, and the last event ID. `with_fixed_buffers` is a `const fn`, so that a decoder can be the value of a `static`.
//!
//! An event that does not fit is one error. The rest of it is skipped, and its `id` takes effect, so that a server does not send
//! it again after each reconnection. Whether an event fits does not depend on how the network cuts it.
//!
//! ```
//! use sse_proto::{DecodeError, Decoder, FixedDecoder, Limit};
//!
//! static DECODER: FixedDecoder<16, 8> = Decoder::with_fixed_buffers();
//!
//! let mut decoder = DECODER.clone();
//! let (mut received, mut skipped) = (0, 0);
//! let stream = b"data: 21.5\n\nid: 8\ndata: longer than the buffer\n\ndata: 21.6\n\n";
//! for mut chunk in stream.chunks(7) {
//!     loop {
//!         match decoder.next_event(&mut chunk) {
//!             Ok(Some(event)) => received += usize::from(event.data().starts_with("21.")),
//!             Ok(None) => break,
//!             Err(DecodeError::EventTooLarge { limit: Limit::DataBuffer, .. }) => skipped += 1,
//!             Err(error) => panic!("{error}"),
//!         }
//!     }
//! }
//! assert_eq!((received, skipped), (2, 1));
//! assert_eq!(decoder.last_event_id(), "8");
//! ```
//!
//! # A client
//!
//! [`EventSource`] takes any decoder. Its time is a `Duration` since an origin of your choice, such as the start of the device. A
//! driver is a loop over its steps; [`client`](crate::client#a-driver) says what it must keep.
//!
//! ```
//! use core::time::Duration;
//! use sse_proto::FixedDecoder;
//! use sse_proto::client::{Cause, EventSource, Policy, Response, Step, Verdict};
//!
//! /// Milliseconds of a hardware timer.
//! const fn now(ticks: u64) -> Duration {
//!     Duration::from_millis(ticks)
//! }
//!
//! // The seed of the jitter: a serial number, or what a source of noise gives. There is no jitter here, so that times are exact.
//! let seed = 0x5EED;
//! let policy = Policy::default().with_jitter_percent(0);
//! let decoder = FixedDecoder::<128, 32>::with_fixed_buffers();
//! let mut source = EventSource::with_decoder(decoder, policy, seed);
//! assert!(matches!(source.step(now(0)), Step::Connect { .. }));
//!
//! let response = Response::new(200).with_content_types(["text/event-stream"]);
//! assert_eq!(source.handle_response(now(80), response), Verdict::Open);
//! let event = source.next_event(now(90), &mut &b"id: 42\ndata: on\n\n"[..])?;
//! assert_eq!(event.map(|event| event.data()), Some("on"));
//!
//! // The network is gone. The next request resumes after event 42.
//! source.handle_failure(now(5_000));
//! let step = source.step(now(5_000));
//! assert_eq!(step, Step::Wait { time: now(3_000), cause: Cause::Failed, attempt: 1 });
//! assert!(source.request_headers().any(|header| header == ("last-event-id", b"42")));
//! # Ok::<(), sse_proto::DecodeError>(())
//! ```
//!
//! # Values larger than memory
//!
//! [`Tokenizer`] returns a line that is split over chunks as fragments, and keeps a few bytes between them. A firmware image in a
//! `data` line of any length goes to flash as it arrives:
//!
//! ```
//! use sse_proto::{Field, Token, Tokenizer};
//!
//! let (mut tokenizer, mut written, mut lines) = (Tokenizer::new(), 0, 0);
//! for chunk in b"event: image\ndata: 0123456789abcdef0123456789abcdef\n\n".chunks(10) {
//!     let mut input = chunk;
//!     while let Some(token) = tokenizer.next_token(&mut input) {
//!         if let Token::Value { field: Field::Data, bytes, ends_line } = token {
//!             written += bytes.len();
//!             lines += usize::from(ends_line);
//!         }
//!     }
//! }
//! assert_eq!((written, lines), (32, 1));
//! ```
//!
//! [`Reconnect`] alone, without a decoder, decides when to connect. Report bytes, events and reconnection times to it.
//!
//! # Sending
//!
//! [`Encoder`] fills buffers of any size, one after another. [`DataWriter`] writes formatted data into the `data` lines
//! of an event, over any `core::fmt::Write`.
//!
//! ```
//! use sse_proto::Event;
//!
//! let (mut sent, mut buffer) = (Vec::new(), [0; 8]);
//! let mut encoder = Event::new("21.5").with_type("temperature")?.encode();
//! while encoder.remaining() > 0 {
//!     let len = encoder.copy_to(&mut buffer);
//!     // A real device waits here until the network takes it.
//!     sent.extend_from_slice(&buffer[..len]);
//! }
//! assert_eq!(sent, b"event: temperature\ndata: 21.5\n\n");
//! # Ok::<(), sse_proto::InvalidEvent>(())
//! ```
//!
//! # What is checked
//!
//! - `examples/no_alloc.rs` is a program without `std` and without an allocator, which CI links and runs.
//! - A release build of a program that calls the whole core API contains no panic (`.ci/panic_free`).
//! - The whole library builds for a target without `std`, and its tests pass on a 32-bit and on a big-endian machine
//!   (`.ci/targets`).
//! - The sizes of the types: `tests/contracts.rs::sizes`. The code size of a decoder: `.ci/size`.
//!
//! [`Comment`]: crate::Comment
//! [`DataWriter`]: crate::DataWriter
//! [`Encoder`]: crate::Encoder
//! [`Event`]: crate::Event
//! [`EventSource`]: crate::client::EventSource
//! [`FixedDecoder`]: crate::FixedDecoder
//! [`Reconnect`]: crate::client::Reconnect
//! [`Tokenizer`]: crate::Tokenizer
