//! Relays: one upstream for many clients, and a stream that is passed on byte for byte.
//!
//! # One upstream for many clients
//!
//! An [`EventClient`] feeds a [`FanOut`]: one connection to the upstream, however many clients there are. The clients resume at
//! the relay, and the relay at the upstream, with the same IDs.
//!
//! The log of the relay must not have a hole, which its clients could not see. So when an event is missing, the relay closes the
//! log and begins a new one: the clients reconnect, and those that have missed something are told of a gap. An event is missing
//!
//! - when the upstream reports a gap, which is an event without an ID if the upstream is a [`FanOut`];
//! - when the client skips an event that exceeds the limit (`ClientError::Decode`, after which the next event follows);
//! - when the log rejects one: it has no ID, or one that cannot be sent back, or it is too large.
//!
//! ```
//! # #[cfg(all(feature = "client", feature = "fan-out"))] {
//! use std::sync::Mutex;
//!
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{Either, Empty};
//! use sse_proto::adapters::Sleep;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::client::{ClientError, Connect, EventClient, Update};
//! use sse_proto::adapters::fan_out::{FanOut, Subscription};
//! use sse_proto::headers::LAST_EVENT_ID;
//! use sse_proto::server::{History, Rejected, Retention};
//! use sse_proto::{DecodeError, ItemBuf};
//!
//! /// The current log, if there is one.
//! #[derive(Default)]
//! struct Relay(Mutex<Option<FanOut>>);
//!
//! impl Relay {
//!     /// A task of its own.
//!     async fn run<C: Connect<()>, S: Sleep>(&self, mut client: EventClient<(), C, S>) {
//!         // A relay that was restarted, and has stored the ID, continues after it.
//!         self.begin_after(client.source().last_event_id());
//!         while let Some(update) = client.next_update().await {
//!             match update {
//!                 Ok(Update::Item(ItemBuf::Event(event))) => {
//!                     let mut log = self.0.lock().unwrap();
//!                     let log = log.get_or_insert_with(|| FanOut::new(History::opaque(Retention::default())));
//!                     // `Duplicate`: the upstream has sent it twice.
//!                     if matches!(log.send(&event), Ok(_) | Err(Rejected::Duplicate)) {
//!                         continue;
//!                     }
//!                 }
//!                 // Before the first event a `FanOut` sends the ID from which a client can resume.
//!                 Ok(Update::Item(ItemBuf::Block(block))) => {
//!                     self.begin_after(block.id().unwrap_or_default());
//!                     continue;
//!                 }
//!                 Err(ClientError::Decode(error @ DecodeError::EventTooLarge { .. })) => eprintln!("skipped: {error}"),
//!                 // A real relay logs the other updates, and the error for which the client stops.
//!                 _ => continue,
//!             }
//!             // An event is missing.
//!             self.close();
//!         }
//!         self.close();
//!     }
//!
//!     /// Begins a log, if there is none. Clients that have received exactly the event with this ID have missed nothing.
//!     fn begin_after(&self, id: &str) {
//!         let mut log = self.0.lock().unwrap();
//!         // The first event begins it if the ID is empty.
//!         if let (None, Ok(history)) = (&*log, History::opaque_after(id, Retention::default())) {
//!             *log = Some(FanOut::new(history));
//!         }
//!     }
//!
//!     /// Answers with 503 from now on, and ends the responses. Without this, clients would wait for ever.
//!     fn close(&self) {
//!         if let Some(log) = self.0.lock().unwrap().take() {
//!             log.close();
//!         }
//!     }
//!
//!     fn respond<B>(&self, request: &Request<B>) -> Response<Either<EventBody<Subscription>, Empty<Bytes>>> {
//!         let last_event_id = request.headers().get(LAST_EVENT_ID).map(|id| id.as_bytes());
//!         match &*self.0.lock().unwrap() {
//!             Some(log) => EventBody::new(log.subscribe(last_event_id)).into_response().map(Either::Left),
//!             None => {
//!                 let response = Response::builder().status(503).header("retry-after", 1);
//!                 response.body(Either::Right(Empty::new())).expect("a valid response")
//!             }
//!         }
//!     }
//! }
//!
//! # use std::convert::Infallible;
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use futures_util::FutureExt;
//! # use http_body_util::BodyExt;
//! # use sse_proto::Event;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! // The upstream keeps two events.
//! let upstream = FanOut::new(History::numbered(7, Retention::default().with_max_events(2)));
//! # let feed = upstream.clone();
//! # let connect = move |request: Request<()>| {
//! #     let events = feed.subscribe(request.headers().get(LAST_EVENT_ID).map(|id| id.as_bytes()));
//! #     std::future::ready(Ok::<_, Infallible>(EventBody::new(events).into_response()))
//! # };
//! # let relay = Arc::new(Relay::default());
//! # let body = |id: &'static str| {
//! #     let request = Request::get("/").header(LAST_EVENT_ID, id).body(()).unwrap();
//! #     let response = relay.respond(&request);
//! #     assert_eq!(response.status(), 200);
//! #     response.into_body()
//! # };
//! # async fn frames<B: http_body::Body<Data = Bytes> + Unpin>(body: &mut B) -> (String, bool) {
//! #     let mut sent = String::new();
//! #     loop {
//! #         match body.frame().now_or_never() {
//! #             Some(Some(Ok(frame))) => sent.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap()),
//! #             Some(_) => return (sent, true),
//! #             None => return (sent, false),
//! #         }
//! #     }
//! # }
//! # let client = EventClient::new(Request::get("/upstream").body(())?, connect, tokio::time::sleep);
//! # let task = { let relay = Arc::clone(&relay); tokio::spawn(async move { relay.run(client).await }) };
//! # assert_eq!(relay.respond(&Request::new(())).status(), 503);
//! # let run = || tokio::time::sleep(Duration::from_millis(1));
//! # run().await;
//! let mut first = body("");
//! upstream.send(Event::new("1"))?;
//! # run().await;
//! assert_eq!(frames(&mut first).await, ("id: 7-0\n\nid: 7-1\ndata: 1\n\n".to_owned(), false));
//! // The relay is too slow: the upstream does not have the second and the third event any more.
//! for data in ["2", "3", "4", "5"] {
//!     upstream.send(Event::new(data))?;
//! }
//! # run().await;
//! let has_ended = true;
//! assert_eq!(frames(&mut first).await, (String::new(), has_ended));
//! let rest = "event: gap\ndata: \n\nid: 7-4\ndata: 4\n\nid: 7-5\ndata: 5\n\n";
//! assert_eq!(frames(&mut body("7-1")).await, (rest.to_owned(), false));
//! # upstream.close();
//! # task.abort();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - After a gap the new log begins with the next event, not after the last event ID: a client that has the event before the gap
//!   must be told of the gap.
//! - If no event of the upstream has an ID, use [`History::numbered`]: the clients can then resume at the relay, although the relay
//!   cannot resume at the upstream. If only some have IDs, send each with an ID of the relay's own
//!   (`EventBuf::from(&event).with_id(..)`).
//!
//! # Byte for byte
//!
//! A relay for one client that changes nothing passes on each chunk of the upstream as it is. To count the events, or to look into
//! them, decode the same bytes:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use sse_proto::{Decoder, Limits};
//!
//! // At most 64 KiB of an event are buffered. A longer one is passed on all the same, and is one error here.
//! let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(64 * 1024));
//! let (mut sent, mut count, mut is_done) = (Vec::new(), 0, false);
//! for chunk in [&b"\xEF\xBB\xBFid: 1\r\n\r\n: ping\n\nda"[..], b"ta: a\n\ndata: [DONE]\n\n"] {
//!     sent.extend_from_slice(chunk);
//!     let mut input = chunk;
//!     loop {
//!         match decoder.next_event(&mut input) {
//!             Ok(Some(event)) => (count, is_done) = (count + 1, event.data() == "[DONE]"),
//!             Err(_) => count += 1,
//!             Ok(None) => break,
//!         }
//!     }
//! }
//! // Not the blank lines: those after `id: 1` and after `: ping` end no event.
//! assert_eq!((count, is_done), (2, true));
//! assert!(!decoder.end_of_stream().is_incomplete());
//! # }
//! ```
//!
//! - **The end.** Return the error if the body of the upstream fails: a stream that is cut must not look complete. hyper drops what
//!   it has taken from a body in the same poll as the error. So be pending once before the error, and wake the task at once, as
//!   [`EventBody`] does. Over HTTP/1, without `Content-Length` and without chunks, the end of the connection is the end of the
//!   body, cut or not. Then only the protocol tells, as with `[DONE]` above; `is_incomplete` finds a cut within an event.
//! - **The head.** Copy the status and the headers, except those of the connection ([RFC 9110 §7.6.1]: `Connection` and what it
//!   names, `Keep-Alive`, `Proxy-Connection`, `TE`, `Transfer-Encoding`, `Upgrade`). If bytes are changed, remove `Content-Length`.
//!   Ask the upstream for `Accept-Encoding: identity`, as compressed bytes cannot be decoded. What is not an event stream
//!   ([`is_event_stream`]) passes unchanged, and so does what is compressed all the same.
//!
//! ## Changing a stream
//!
//! [`Tokenizer::next_piece`] returns each token with the bytes that it stands for. Concatenated, they are the stream, byte for
//! byte. So what is not changed stays as it is: kinds of line ends, comments, spaces, invalid UTF-8. [`Piece::token`] shows how to
//! change a value. A relay that changes IDs changes `Last-Event-ID` back in requests to the upstream.
//!
//! Dropping the events of one type takes more care:
//!
//! - The last `event` line of a block counts, and it may follow the data. So a block waits for its end, in memory. Beyond a limit,
//!   pass on the block, or end the response with an error if the type must not pass.
//! - The `id` of a dropped event stays, and so does the blank line after it, without which it has no effect. So does `retry`.
//! - Without the lines between them, a CR and a LF become one line end. Write another LF before such a LF.
//! - If the first line of the stream is dropped, the next one must not begin with U+FEFF, which would be removed as a byte order
//!   mark. Write `:\n` before it. The code below need not, as it drops no blank line.
//!
//! `examples/relay` does this, as a filter from standard input to standard output. Its core:
//!
//! <details><summary><code>examples/relay/relay.rs</code></summary>
//!
//! ```
#![cfg_attr(any(doc, doctest), doc = include_str!("../../examples/relay/relay.rs"))]
//! ```
//!
//! </details>
//!
//! [RFC 9110 §7.6.1]: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
