//! Embedded: without `std`, without an allocator, in fixed memory.
//!
//! ```toml
//! [dependencies]
//! sse-proto = { version = "0.1", default-features = false }
//! ```
//!
//! There is then no dependency and no allocator. What remains: [`Tokenizer`], [`FixedDecoder`], [`EventSource`], [`Reconnect`],
//! [`Event`], [`Comment`], [`Encoder`], [`DataWriter`], and [`headers`], which reads `Content-Type` and `Retry-After`.
//! `examples/embedded` is a client on a Cortex-M3 that reconnects and resumes; its README has the sizes of flash, RAM and stack,
//! which CI compares with each build (`.ci/embedded`).
//!
//! # Buffers
//!
//! `FixedDecoder<DATA, FIELD>` has `DATA` bytes for the data of an event, and `FIELD` bytes each for its type, its ID, an
//! unfinished `event` or `id` line, and the last event ID. What counts is the value alone: an ID of `FIELD` bytes fits. The line
//! feeds between lines of data count. A `retry`, a comment or an ignored line of any length is not buffered, unless
//! [`next_item`](crate::Decoder::next_item) collects it.
//!
//! If `DATA` and `FIELD` are multiples of 8, a decoder has at most `DATA + 4 * FIELD + 192` bytes, and an [`EventSource`] 288 more
//! (`tests/contracts.rs::sizes`). `with_fixed_buffers` is a `const fn`, so that a decoder can be the value of a `static`. An
//! `EventSource` is constructed at run time.
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
//! [`EventSource`] takes any decoder. A driver is a loop over its steps; [`client`](crate::client#a-driver) says what it must keep.
//! This one never waits, so that the main loop of the device can do other work. The network delivers the head of a response in
//! pieces, too, and until it is complete, each call returns [`Step::Connect`] again: a new request is due when
//! [`Reconnect::connections`] has changed.
//!
//! Time is a `Duration` since an origin of your choice, such as the start of the device. Time that goes back is taken to stand
//! still, and a 32-bit timer of milliseconds wraps after 49 days, so `Clock` extends it to 64 bits.
//!
//! ```
//! use core::time::Duration;
//! use sse_proto::FixedDecoder;
//! use sse_proto::client::{Cause, EventSource, Policy, Response, Step};
//!
//! /// A connection of the network stack. No method waits.
//! trait Socket {
//!     /// Drops the connection that there is, connects, and sends a GET request with these headers.
//!     fn request<'a>(&mut self, headers: impl Iterator<Item = (&'static str, &'a [u8])>);
//!     /// Returns the head of the response, or `None` if it is not complete.
//!     fn head(&mut self) -> Result<Option<Response>, Lost>;
//!     /// Reads a part of the body: how many bytes, 0 at its end, or `None` if nothing has arrived.
//!     fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Lost>;
//!     fn close(&mut self);
//! }
//!
//! /// The connection could not be made, or it failed.
//! struct Lost;
//!
//! struct Device<S> {
//!     socket: S,
//!     source: EventSource<FixedDecoder<128, 32>>,
//!     /// The connection whose request was sent.
//!     sent: u64,
//! }
//!
//! impl<S: Socket> Device<S> {
//!     /// Called by the main loop, for instance every 10 ms. Returns why the client has stopped.
//!     fn poll(&mut self, now: Duration, mut handle: impl FnMut(&str)) -> Option<Cause> {
//!         let Self { socket, source, sent } = self;
//!         match source.step(now) {
//!             Step::Connect { .. } => {
//!                 if *sent != source.reconnect().connections() {
//!                     *sent = source.reconnect().connections();
//!                     socket.request(source.request_headers());
//!                 }
//!                 match socket.head() {
//!                     Ok(Some(response)) => _ = source.handle_response(now, response),
//!                     Ok(None) => {}
//!                     Err(Lost) => source.handle_failure(now),
//!                 }
//!             }
//!             Step::Receive { .. } => {
//!                 let mut buffer = [0; 64];
//!                 match socket.read(&mut buffer) {
//!                     Ok(Some(0)) => source.handle_end(now),
//!                     Ok(Some(len)) => {
//!                         let mut chunk = &buffer[..len];
//!                         while let Some(event) = source.next_event(now, &mut chunk).transpose() {
//!                             // An error is an event that does not fit. The next one follows.
//!                             if let Ok(event) = event {
//!                                 handle(event.data());
//!                             }
//!                         }
//!                     }
//!                     Ok(None) => {}
//!                     Err(Lost) => source.handle_failure(now),
//!                 }
//!             }
//!             Step::Wait { .. } => socket.close(),
//!             Step::Closed(cause) => {
//!                 socket.close();
//!                 return Some(cause);
//!             }
//!         }
//!         None
//!     }
//! }
//!
//! /// The time since the start of the device. Call `now` more often than the timer wraps.
//! struct Clock {
//!     ticks: u32,
//!     millis: u64,
//! }
//!
//! impl Clock {
//!     fn now(&mut self, ticks: u32) -> Duration {
//!         self.millis += u64::from(ticks.wrapping_sub(self.ticks));
//!         self.ticks = ticks;
//!         Duration::from_millis(self.millis)
//!     }
//! }
//! #
//! # /// A network that delivers the head with the fifth call and a byte with each other call, and loses the connection then.
//! # #[derive(Default)]
//! # struct Script { last_event_ids: Vec<String>, calls: u32, body: &'static [u8], is_open: bool }
//! #
//! # impl Socket for Script {
//! #     fn request<'a>(&mut self, mut headers: impl Iterator<Item = (&'static str, &'a [u8])>) {
//! #         let id = headers.find(|header| header.0 == "last-event-id").map_or(&b""[..], |header| header.1);
//! #         self.last_event_ids.push(String::from_utf8_lossy(id).into_owned());
//! #         self.body = if id.is_empty() { b"id: 42\ndata: on\n\nid: 43\nda" } else { b"id: 43\ndata: off\n\n" };
//! #         (self.calls, self.is_open) = (0, true);
//! #     }
//! #     fn head(&mut self) -> Result<Option<Response>, Lost> {
//! #         self.calls += 1;
//! #         let status = if self.last_event_ids.len() < 3 { 200 } else { 204 };
//! #         Ok((self.calls > 4).then(|| Response::new(status).with_content_types(["text/event-stream"])))
//! #     }
//! #     fn read(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Lost> {
//! #         let Some((&byte, rest)) = self.body.split_first() else { return Err(Lost) };
//! #         self.calls += 1;
//! #         Ok((self.calls % 2 == 0).then(|| { (buffer[0], self.body) = (byte, rest); 1 }))
//! #     }
//! #     fn close(&mut self) { self.is_open = false; }
//! # }
//! #
//! # let socket = Script::default();
//! # // The timer wraps within the session.
//! # let start = u32::MAX - 1000;
//! # let mut ticks = start;
//! # let mut timer = || { ticks = ticks.wrapping_add(10); ticks };
//!
//! // The seed of the jitter: a serial number, or what a source of noise gives.
//! let seed = 0x5EED;
//! let source = EventSource::with_decoder(FixedDecoder::with_fixed_buffers(), Policy::default(), seed);
//! let mut device = Device { socket, source, sent: 0 };
//! let mut clock = Clock { ticks: timer(), millis: 0 };
//!
//! let mut seen = Vec::new();
//! let cause = loop {
//!     if let Some(cause) = device.poll(clock.now(timer()), |data| seen.push(data.to_owned())) {
//!         break cause;
//!     }
//! };
//! // The connection was lost after each event; then the server asked to stop.
//! assert_eq!((seen, cause), (vec!["on".to_owned(), "off".to_owned()], Cause::NoContent));
//! # assert_eq!((device.socket.last_event_ids, device.socket.is_open), (vec!["".into(), "42".into(), "43".into()], false));
//! # assert!(ticks < start && clock.millis > 6000, "two delays of 3 s");
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
//! [`Reconnect::connections`]: crate::client::Reconnect::connections
//! [`Step::Connect`]: crate::client::Step::Connect
//! [`Tokenizer`]: crate::Tokenizer
//! [`headers`]: crate::headers
