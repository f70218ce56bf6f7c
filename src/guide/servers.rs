//! Servers: one log for many clients, a stream for each client, what is between server and client, shutdown, and a server without
//! an HTTP library.
//!
//! # One log for many clients
//!
//! [`FanOut`] encodes each event once and sends it to all clients. A client that reconnects resumes after its last event ID.
//! [`EventBody`] makes a response of a subscription. Any server takes it: it is an `http_body::Body` and a stream of `Bytes`.
//!
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use std::convert::Infallible;
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//!
//! use futures_util::StreamExt;
//! use http::{Request, Response};
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::FanOut;
//! use sse_proto::server::{History, Rejected, Retention};
//! use sse_proto::{Event, EventBuf, headers};
//!
//! #[derive(Clone)]
//! struct Prices {
//!     latest: Arc<Mutex<String>>,
//!     fan_out: FanOut,
//! }
//!
//! impl Prices {
//!     fn change(&self, price: &str) -> Result<(), Rejected> {
//!         // One lock for both: a snapshot that is made in between waits and has the event, and a rejected event changes nothing.
//!         let mut latest = self.latest.lock().unwrap();
//!         self.fan_out.send(Event::new(price))?;
//!         price.clone_into(&mut latest);
//!         Ok(())
//!     }
//!
//!     fn respond<B, U: Future<Output = ()>>(
//!         &self,
//!         request: &Request<B>,
//!         shutdown: U,
//!     ) -> Response<impl http_body::Body<Data = bytes::Bytes, Error = Infallible> + use<B, U>> {
//!         let last_event_id = request.headers().get(headers::LAST_EVENT_ID).map(|id| id.as_bytes());
//!         let latest = Arc::clone(&self.latest);
//!         // A new client gets the current state first. One that has missed events which are not in the log any more gets it in place of
//!         // them.
//!         let events = self.fan_out.subscribe(last_event_id).with_snapshot(move |_missed| {
//!             EventBuf::new(latest.lock().unwrap().as_str()).with_type("snapshot").expect("a valid type")
//!         });
//!         EventBody::new(events)
//!             .with_keep_alive(Duration::from_secs(15), tokio::time::sleep)
//!             .until(shutdown)
//!             .into_response()
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! // The epoch tells the IDs of this process from those of the last one: its start time, for example.
//! let log = History::numbered(7, Retention::default().with_max_events(2));
//! let prices = Prices { latest: Arc::default(), fan_out: FanOut::new(log) };
//! for price in ["1", "2", "3"] {
//!     prices.change(price)?;
//! }
//! let sent = async |last_event_id| {
//!     let request = Request::get("/prices").header("last-event-id", last_event_id).body(())?;
//!     let response = prices.respond(&request, tokio::time::sleep(Duration::from_secs(20)));
//!     let body = http_body_util::BodyExt::collect(response.into_body()).await.ok().expect("no error");
//!     Ok::<_, http::Error>(String::from_utf8(body.to_bytes().into()).expect("UTF-8"))
//! };
//! assert_eq!(sent("7-2").await?, "id: 7-3\ndata: 3\n\n:\n", "what it has missed, then a keep-alive");
//! assert_eq!(sent("").await?, "event: snapshot\ndata: 3\n\nid: 7-3\n\n:\n", "a new client can resume from here");
//! assert_eq!(sent("6-9").await?, "event: snapshot\ndata: 3\n\nid: 7-3\n\n:\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - Without `with_snapshot` a gap is an event of the type `gap`, and a new client gets only what is sent from then on.
//! - An event that is sent while a snapshot is made may be in the snapshot and follow it, too. Here it does no harm: each price
//!   replaces the last one. If an event must not be applied twice, number the changes, put the number into the data of each event
//!   and of the snapshot, and let clients ignore events up to the number of their snapshot.
//! - [`EventBody::with_preamble`] sends `retry` to each client, or a comment: one that resumes and has missed nothing is sent nothing
//!   else at first.
//! - [`many_machines`](super::many_machines) says how several processes share a log.
//!
//! # A stream for each client
//!
//! [`EventBody`] takes any stream of events, or of results. A slow client slows the stream down. An error cuts the response: the
//! server may drop events that it has not written yet. So an error that the client is meant to read is an event, after which the
//! stream ends without an error.
//!
//! ```
//! # #[cfg(feature = "http-body")] {
//! use futures_util::{Stream, StreamExt};
//! use http::Response;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::{EventBuf, InvalidEvent};
//!
//! /// The answer of a language model, word by word.
//! fn respond(
//!     words: impl Stream<Item = Result<String, String>>,
//! ) -> Response<impl http_body::Body<Data = bytes::Bytes, Error = InvalidEvent>> {
//!     let events = words.map(|word| match word {
//!         Ok(word) => Ok(EventBuf::new(serde_json::json!({ "delta": word }).to_string())),
//!         Err(error) => EventBuf::new(error).with_type("error"),
//!     });
//!     let done = futures_util::stream::iter([Ok::<_, InvalidEvent>(EventBuf::new("[DONE]"))]);
//!     EventBody::new(events.chain(done)).into_response()
//! }
//!
//! # use futures_util::FutureExt;
//! let response = respond(futures_util::stream::iter([Ok("Hello".to_owned())]));
//! assert_eq!(response.headers()["x-accel-buffering"], "no");
//! # let body = http_body_util::BodyExt::collect(response.into_body()).now_or_never().unwrap().ok().unwrap().to_bytes();
//! assert_eq!(body, "data: {\"delta\":\"Hello\"}\n\ndata: [DONE]\n\n");
//! # }
//! ```
//!
//! `examples/llm_server.rs` serialises JSON directly into the stream, without a string in between.
//!
//! # Headers and buffering
//!
//! [`EventBody::into_response`] sets [`RESPONSE_HEADERS`]:
//!
//! | header | why |
//! |---|---|
//! | `Content-Type: text/event-stream` | a client takes nothing else for an event stream |
//! | `Cache-Control: no-cache` | no cache answers with an old stream |
//! | `X-Accel-Buffering: no` | nginx passes on each event instead of collecting them |
//!
//! Never set `Connection`, which HTTP/2 forbids, nor `Content-Length`. Each event is one frame of the body, so a server that
//! flushes when the body has nothing more to give sends it at once. [Proxies, buffering and idle connections] has the proxies that
//! are known to buffer.
//!
//! The request has `Last-Event-ID` if the client
//! [resumes](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header). Its value is UTF-8: take
//! its bytes. It may be anything, since clients choose it.
//!
//! # Other origins (CORS)
//!
//! A browser hides a response from a page of another origin unless the response allows it. Set these headers on all responses, on
//! errors and redirects, too: a page that may not read a 503 sees neither its status nor its `Retry-After`. In axum, `CorsLayer` of
//! tower-http does all of this.
//!
//! | response header | value |
//! |---|---|
//! | `Access-Control-Allow-Origin` | `*`; for requests with credentials (`withCredentials`, `credentials: "include"`) the value of `Origin`, if it is one that you trust, and `Vary: Origin` |
//! | `Access-Control-Allow-Credentials` | `true`, only for requests with credentials |
//! | `Access-Control-Expose-Headers` | `retry-after, date`, for clients that use `fetch` and heed `Retry-After` |
//!
//! The browser's `EventSource` sends `Last-Event-ID` without a preflight. With `fetch`, this header and `Cache-Control` cause one;
//! this crate's client sends both, in WebAssembly too. So answer `OPTIONS` with the status 204, the headers above, and
//! `Access-Control-Allow-Headers: last-event-id, cache-control` and what else the clients send, such as `authorization`.
//!
//! # Keep-alives
//!
//! Proxies and clients take a silent connection for dead, many after 30 to 60 s. The
//! [standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes) recommends a comment every 15
//! seconds or so: [`with_keep_alive`][EventBody::with_keep_alive]. It also shows the server that a client is gone. A keep-alive is
//! the comment `:\n` and not a blank line, which some clients dispatch as an event. Its interval must be shorter than the idle
//! timeout of the client ([`Policy::idle_timeout`], 5 minutes by default).
//!
//! # Compression
//!
//! A compressor holds events back until its block is full. Exclude `text/event-stream`, or flush after each frame of the body,
//! which is an event, and finish the compressed stream at the end: a client takes one that is cut for an error. `tests/ecosystem`
//! does this with gzip, and checks that each event is decoded before the next one is sent.
//!
//! # HTTP/2
//!
//! Nothing in a handler changes. What is different:
//!
//! - All streams of a client share one connection. For browsers this matters: over HTTP/1.1, [six open streams] of all tabs block
//!   the host.
//! - The server limits the streams of a connection (`SETTINGS_MAX_CONCURRENT_STREAMS`), and each event stream takes one for as
//!   long as it is open.
//! - Flow control applies to each stream and to the connection: a client that does not read one stream may block its others, if
//!   its library does not keep them apart. [`EventBody`] is polled only when the server can send, so nothing is queued for such a
//!   client.
//! - A stream may be reset, or the connection closed with GOAWAY, without a cut of TCP. A client resumes after all of these. A
//!   request that is sent just before GOAWAY may fail; the client tries again.
//!
//! # Shutdown
//!
//! HTTP servers wait for open responses when they shut down, and an event stream does not end on its own.
//!
//! 1. Stop accepting requests, or answer them with 503 and `Retry-After`. Otherwise clients come back to this server.
//! 2. End the responses: [`FanOut::close`] ends all of a log after the last event, [`EventBody::until`] one when a future completes.
//! 3. Wait until the server has finished, or some seconds at most, and exit. The clients resume at the next one.
//!
//! The time limit is for clients that do not read. Their responses are not polled, so neither `close` nor `until` ends them. With
//! axum:
//!
//! ```ignore
//! let (shutdown, mut signal) = watch::channel(false);
//! let server = axum::serve(listener, router).with_graceful_shutdown(async move {
//!     let _ = signal.wait_for(|is_set| *is_set).await;
//! });
//! let server = tokio::spawn(server.into_future());
//! tokio::signal::ctrl_c().await?;
//! // Stops accepting, then ends the responses.
//! shutdown.send_replace(true);
//! fan_out.close();
//! // What is still open afterwards ends with the process.
//! let _ = tokio::time::timeout(Duration::from_secs(5), server).await;
//! ```
//!
//! The signal must stay set, as a `watch` channel or a cancelled token does: a response that begins during the shutdown must end,
//! too. Its first event is still sent, because it has the ID that a new client resumes from:
//!
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use futures_util::{FutureExt, StreamExt};
//! use sse_proto::Event;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::FanOut;
//! use sse_proto::server::{History, Retention};
//! use tokio::sync::watch;
//!
//! let (shutdown, signal) = watch::channel(false);
//! let fan_out = FanOut::new(History::numbered(7, Retention::default()));
//! let respond = || {
//!     let mut signal = signal.clone();
//!     // Completes at once if the signal is set already.
//!     let ends = Box::pin(async move { signal.wait_for(|is_set| *is_set).await.map(|_| ()) });
//!     EventBody::new(fan_out.subscribe(None)).until(ends)
//! };
//! let frames = |body: EventBody<_, _, _>| {
//!     body.map(|frame| frame.unwrap()).collect::<Vec<_>>().now_or_never().expect("it ends")
//! };
//!
//! let before = respond();
//! fan_out.send(Event::new("a"))?;
//! shutdown.send(true)?;
//! // The client gets the event where it resumes.
//! assert_eq!(frames(before), ["id: 7-0\n\n"]);
//! let during = respond();
//! assert_eq!(frames(during), ["id: 7-1\n\n"]);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What servers do
//!
//! `tests/ecosystem` runs axum, hyper and actix-web on real sockets. What it showed:
//!
//! - **A client that is gone.** axum and hyper drop the body at once. actix-web notices it with the second keep-alive over HTTP/1.1, or
//!   at once with `h1_allow_half_closed(false)`.
//! - **A client that does not read** keeps its response and its subscription for as long as its connection is open. No event is
//!   queued for it. axum and hyper have no time limit for writes; on Linux, the socket option `TCP_USER_TIMEOUT` is one.
//! - **actix-web over HTTP/2** sends no GOAWAY: it waits for its `shutdown_timeout`, 30 s by default, and clients that reconnect
//!   meanwhile reach the old server. It drops a connection whose PING is not answered within its `keep_alive`, 5 s by default, which a
//!   very large event can cause.
//! - **TLS.** A client gets nothing of a record, up to 16 KiB, before its last byte. If a proxy cuts connections earlier than that,
//!   no client makes progress.
//! - **The first ID.** A client that loses its first connection before an ID arrived begins anew. So send the ID first, as
//!   [`FanOut`] does.
//!
//! # Without an HTTP library
//!
//! Push each event to a [`History`], read it by cursor, and write the bytes to any socket.
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
//! client then reconnects, and the function above decides. Flush after each event.
//!
//! [Proxies, buffering and idle connections]: super::polling#proxies-buffering-and-idle-connections
//! [six open streams]: super::polling#six-connections-http2-and-tls
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
