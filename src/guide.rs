//! Guides: asynchronous clients, servers, reconnecting, relays. This module contains documentation only.
//!
//! # Terms
//!
//! | | |
//! |---|---|
//! | event stream | the body of a response of type `text/event-stream`, from its first byte to its last |
//! | line | ends with LF, CR or CRLF; a field, a comment, or ignored |
//! | field | `data`, `event`, `id` or `retry`, a colon, and a value |
//! | comment | a line that begins with a colon |
//! | block | the lines up to a blank line |
//! | dispatch | what a blank line does: a block with data becomes an event, and its `id` becomes the last event ID |
//! | last event ID | where a client resumes; it outlives the event stream |
//! | reconnection time | how long a client waits before it reconnects; it outlives the event stream |
//! | item | an event, a block without data, a comment or an ignored line |
//!
//! # Asynchronous clients
//!
//! [`EventStreamExt`] turns the body of a response into a stream of events: `response.bytes_stream()` of `reqwest`, or
//! `BodyExt::into_data_stream` of `http-body-util`. A client of a service that streams JSON, such as a language model, checks four
//! things besides its events: the type of the response, errors in place of a stream, the end that its protocol defines, and cuts.
//!
//! ```
//! # #[cfg(feature = "stream")] {
//! use std::future::poll_fn;
//! use std::pin::pin;
//!
//! use bytes::Bytes;
//! use futures_core::Stream;
//! use sse_proto::adapters::stream::EventStreamExt;
//! use sse_proto::{BytesDecoder, Error, Limits, headers};
//!
//! /// The text of a completion, or why there is none.
//! async fn completion<E: std::fmt::Display>(
//!     content_type: Option<&str>,
//!     body: impl Stream<Item = Result<Bytes, E>>,
//! ) -> Result<String, String> {
//!     if !headers::is_event_stream(content_type) {
//!         return Err(format!("no event stream: {content_type:?}"));
//!     }
//!     // The decoder outlives the stream, so the last event ID is known even if this future is dropped within the loop.
//!     let mut decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(1 << 20));
//!     let mut events = pin!(body.event_stream_with(&mut decoder));
//!     let mut text = String::new();
//!     while let Some(event) = poll_fn(|cx| events.as_mut().poll_next(cx)).await {
//!         match event {
//!             Ok(event) if event.data() == "[DONE]" => return Ok(text),
//!             // A real client parses JSON here.
//!             Ok(event) => text.push_str(event.data()),
//!             // An event exceeded the limit; the next one follows.
//!             Err(Error::Decode(error)) => eprintln!("{error}"),
//!             Err(Error::Source(error)) => return Err(format!("connection failed: {error}")),
//!         }
//!     }
//!     let end = decoder.end_of_stream();
//!     if end.ignored.lines() > 0 {
//!         return Err(format!("not an event stream: {:?}", end.ignored));
//!     }
//!     Err("the stream ended before [DONE]".to_owned())
//! }
//! # struct Chunks(Option<&'static str>);
//! # impl Stream for Chunks {
//! #     type Item = Result<Bytes, std::io::Error>;
//! #     fn poll_next(
//! #         mut self: std::pin::Pin<&mut Self>,
//! #         _: &mut std::task::Context<'_>,
//! #     ) -> std::task::Poll<Option<Self::Item>> {
//! #         std::task::Poll::Ready(self.0.take().map(|chunk| Ok(chunk.into())))
//! #     }
//! # }
//! # let run = |content_type, chunk| {
//! #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
//! #     match std::future::Future::poll(pin!(completion(content_type, Chunks(Some(chunk)))), &mut cx) {
//! #         std::task::Poll::Ready(result) => result,
//! #         std::task::Poll::Pending => unreachable!(),
//! #     }
//! # };
//! # let event_stream = Some("text/event-stream; charset=utf-8");
//! # assert_eq!(run(event_stream, "data: a\n\n: keep-alive\n\ndata: b\n\ndata: [DONE]\n\n"), Ok("ab".to_owned()));
//! # assert!(run(event_stream, "{\"error\": 1}").unwrap_err().starts_with("not an event stream"));
//! # assert!(run(event_stream, "data: a\n\ndata: b").unwrap_err().starts_with("the stream ended"));
//! # assert!(run(Some("text/html"), "").is_err());
//! # }
//! ```
//!
//! Read with `items()` instead to have the whole text of an error, and comments. For an idle time-out, put a timer around each
//! poll of `heartbeats()`, which returns a signal for each chunk, keep-alives included.
//!
//! # Servers
//!
//! Push each event to a [`History`], which encodes it once, and send the bytes to every client. Any server takes the chunks:
//! `axum`'s `Body::from_stream`, a `hyper` body, or a plain socket. Set `Content-Type` ([`MIME_TYPE`]), `Cache-Control` ([`NO_CACHE`]),
//! and `X-Accel-Buffering: no` ([`X_ACCEL_BUFFERING`]) against proxies that buffer; never `Connection`. Send [`Comment::KEEP_ALIVE`]
//! every 15 seconds or so, between two events, and flush after each event: compression layers hold events back.
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::server::{Cursor, History, Next, Resume, Retention};
//! use sse_proto::{Comment, Event};
//!
//! /// The first chunk for a client that sends this `Last-Event-ID`, and where it reads on.
//! fn first_chunk(history: &History, last_event_id: Option<&[u8]>) -> (Vec<u8>, Cursor) {
//!     let (mut chunk, mut hello) = (Vec::new(), Event::without_data().with_retry(Duration::from_secs(3)));
//!     let resume = history.resume_bytes(last_event_id);
//!     if let (Resume::Live(_), Some(id)) = (&resume, history.last_event_id()) {
//!         // A new client can resume from here, even if it loses its connection before the first event.
//!         hello = hello.with_id(id).expect("a valid ID");
//!     }
//!     hello.encode_into(&mut chunk);
//!     let mut cursor = match resume {
//!         Resume::Live(cursor) | Resume::From(cursor) => cursor,
//!         // The log does not reach back to what this client has seen. Tell it, so that it fetches the current state. Such an event
//!         // has no ID.
//!         Resume::Gone(cursor) => {
//!             Event::new("").with_type("gap").expect("a valid type").encode_into(&mut chunk);
//!             cursor
//!         }
//!     };
//!     while let Next::Event(bytes) = history.next(&mut cursor) {
//!         chunk.extend_from_slice(bytes);
//!     }
//!     Comment::KEEP_ALIVE.encode_into(&mut chunk);
//!     (chunk, cursor)
//! }
//!
//! let mut history = History::numbered(7, Retention::default());
//! for data in ["a", "b"] {
//!     history.push(Duration::ZERO, Event::new(data)).expect("an event without an ID");
//! }
//! assert_eq!(first_chunk(&history, Some(b"7-1")).0, b"retry: 3000\n\nid: 7-2\ndata: b\n\n:\n");
//! assert_eq!(first_chunk(&history, None).0, b"id: 7-2\nretry: 3000\n\n:\n");
//! assert!(first_chunk(&history, Some(b"6-9")).0.starts_with(b"retry: 3000\n\nevent: gap\ndata: \n\nid: 7-1\n"));
//! # }
//! ```
//!
//! From there on each connection is a loop: read from the cursor until [`UpToDate`], then wait until something is pushed, with a
//! channel or a condition variable. Begin to listen for the wake-up before you read from the cursor, so that a push in between is
//! noticed, and release the lock of the log before you write. After [`Gone`], send the event for a gap, or end the response: the
//! client then reconnects, and the function above decides.
//!
//! # Reconnecting
//!
//! With a thread, use [`EventClient`]: an iterator of events that connects, sleeps and resumes. Everywhere else write a driver for
//! [`EventSource`]: a loop over its steps. On an asynchronous runtime it awaits the response, a chunk or the delay, with the
//! timeout of the step. [`client`](crate::client#a-driver) says what it keeps if it may be dropped at an await.
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::client::{EventSource, Policy, Response, Step};
//!
//! // What the server answers: an error, a stream that is cut, the rest of the stream, and that there is no more.
//! let mut responses = [(503, ""), (200, "retry: 0\n\nid: 1\ndata: a\n\nid: 2\nda"), (200, "id: 2\ndata: b\n\n"), (204, "")].into_iter();
//! let (mut body, mut data, mut log) = ("", Vec::new(), Vec::new());
//!
//! let (mut source, mut now) = (EventSource::new(Policy::default().with_jitter_percent(0), 0), Duration::ZERO);
//! let cause = loop {
//!     let step = source.step(now);
//!     match step {
//!         Step::Connect { timeout: _ } => {
//!             let response = responses.next().expect("it stops after 204");
//!             body = response.1;
//!             // A verdict other than `Open` takes effect with the next step.
//!             let _ = source.handle_response(now, Response::new(response.0).with_content_types(["text/event-stream"]));
//!         }
//!         Step::Receive { idle: _ } => {
//!             let mut chunk = body.as_bytes();
//!             loop {
//!                 match source.next_event(now, &mut chunk) {
//!                     Ok(Some(event)) => data.push(event.data().to_owned()),
//!                     Ok(None) => break,
//!                     Err(error) => eprintln!("{error}"),
//!                 }
//!             }
//!             source.handle_end(now);
//!         }
//!         Step::Wait { time, .. } => {
//!             log.push(step.to_string());
//!             // A real driver drops the connection and sleeps.
//!             now += time;
//!         }
//!         Step::Closed(cause) => break cause,
//!     }
//! };
//! assert_eq!(data, ["a", "b"]);
//! assert_eq!(cause.to_string(), "response with status 204: the server asks to stop");
//! assert_eq!(log, [
//!     "reconnecting in 3 s: response with status 503; attempt 1",
//!     // `retry: 0` does not make the client spin.
//!     "reconnecting in 500 ms: stream ended; attempt 1",
//!     "reconnecting in 500 ms: stream ended; attempt 1",
//! ]);
//! # }
//! ```
//!
//! # Relays
//!
//! A relay passes a stream on and changes only what is necessary. [`Tokenizer::next_piece`] returns each token with the bytes
//! that it stands for; concatenated, they are the stream byte for byte.
//!
//! ```
//! use sse_proto::{Token, Tokenizer};
//!
//! let (mut tokenizer, mut sent, mut blocks) = (Tokenizer::new(), Vec::new(), 0);
//! for mut chunk in [&b"\xEF\xBB\xBFdata:a\r"[..], b"\n\r\n: unfinished"] {
//!     while let Some(piece) = tokenizer.next_piece(&mut chunk) {
//!         sent.extend_from_slice(piece.raw());
//!         blocks += usize::from(piece.token() == Some(Token::BlankLine));
//!     }
//! }
//! assert_eq!(sent, b"\xEF\xBB\xBFdata:a\r\n\r\n: unfinished");
//! assert_eq!(blocks, 1);
//! ```
//!
//! `examples/relay` also drops the events of one type, which takes more care: the type may follow the data, the `id` of a dropped
//! event must stay, and no two line ends may join.
//!
//! [`Comment::KEEP_ALIVE`]: crate::Comment::KEEP_ALIVE
//! [`MIME_TYPE`]: crate::headers::MIME_TYPE
//! [`NO_CACHE`]: crate::headers::NO_CACHE
//! [`EventSource`]: crate::client::EventSource
//! [`Tokenizer::next_piece`]: crate::Tokenizer::next_piece
//! [`X_ACCEL_BUFFERING`]: crate::headers::X_ACCEL_BUFFERING
#![cfg_attr(feature = "stream", doc = "[`EventStreamExt`]: crate::adapters::stream::EventStreamExt")]
#![cfg_attr(
    not(feature = "stream"),
    doc = "[`EventStreamExt`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/stream/trait.EventStreamExt.html"
)]
#![cfg_attr(feature = "alloc", doc = "[`Gone`]: crate::server::Next::Gone")]
#![cfg_attr(feature = "alloc", doc = "[`History`]: crate::server::History")]
#![cfg_attr(feature = "alloc", doc = "[`UpToDate`]: crate::server::Next::UpToDate")]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "[`Gone`]: https://docs.rs/sse-proto/latest/sse_proto/server/enum.Next.html#variant.Gone"
)]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "[`UpToDate`]: https://docs.rs/sse-proto/latest/sse_proto/server/enum.Next.html#variant.UpToDate"
)]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "[`History`]: https://docs.rs/sse-proto/latest/sse_proto/server/struct.History.html"
)]
#![cfg_attr(feature = "std", doc = "[`EventClient`]: crate::adapters::io::EventClient")]
#![cfg_attr(
    not(feature = "std"),
    doc = "[`EventClient`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/io/struct.EventClient.html"
)]
