//! Falling back to polling: a client that uses an event stream where it can, and polls where something on the way holds a stream
//! back.
//!
//! [`polling`](super::polling) says what holds streams back, and for whom this is worth it. All ways read one log, and the last
//! event ID is all that goes from one to the next. So no event is lost or doubled when a client changes from one to another.
//!
//! # The server
//!
//! The answer of a poll is an event stream that ends: the same events with the same IDs, which the client reads with the same
//! decoder. A new client gets an ID with the first answer, and a gap is an event, as in a stream.
//!
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use std::convert::Infallible;
//! use std::time::Duration;
//!
//! use bytes::Bytes;
//! use futures_util::{FutureExt, StreamExt};
//! use http::{Request, Response};
//! use http_body_util::combinators::UnsyncBoxBody;
//! use http_body_util::{BodyExt, Full};
//! use sse_proto::Comment;
//! use sse_proto::adapters::Encoded;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::FanOut;
//! use sse_proto::headers::{LAST_EVENT_ID, MIME_TYPE};
//!
//! type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;
//!
//! async fn respond<B>(fan_out: &FanOut, request: Request<B>) -> Result<Answer, http::Error> {
//!     // Polls of a closed log would be answered at once, without events.
//!     if fan_out.is_closed() {
//!         return Response::builder().status(503).header("retry-after", 1).body(UnsyncBoxBody::default());
//!     }
//!     let mut subscription = fan_out.subscribe(request.headers().get(LAST_EVENT_ID).map(|id| id.as_bytes()));
//!     if request.uri().path() == "/events" {
//!         // A client that resumes is sent no event at first. The comment shows it that nothing holds the stream back.
//!         let body = EventBody::new(subscription).with_preamble(Comment::new("hello"));
//!         let body = body.with_keep_alive(Duration::from_secs(15), tokio::time::sleep);
//!         return Ok(body.into_response().map(|body| body.boxed_unsync()));
//!     }
//!     // `/poll?hold=30`
//!     let hold = request.uri().query().and_then(|query| query.strip_prefix("hold=")?.parse().ok()).unwrap_or(0);
//!     let hold = Duration::from_secs(30.min(hold));
//!     let mut next = tokio::time::timeout(hold, subscription.next()).await.ok().flatten();
//!     let mut events = Vec::new();
//!     while let Some(delivery) = next {
//!         events.extend_from_slice(Encoded::from(delivery).as_bytes());
//!         // What is left is in the next answer.
//!         let is_full = events.len() >= 64 * 1024;
//!         next = if is_full { None } else { subscription.next().now_or_never().flatten() };
//!     }
//!     let response = Response::builder().header("content-type", MIME_TYPE).header("cache-control", "no-store");
//!     response.body(Full::from(events).boxed_unsync())
//! }
//!
//! # use sse_proto::Event;
//! # use sse_proto::server::{History, Retention};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! let fan_out = FanOut::new(History::numbered(7, Retention::default().with_max_events(2)));
//! let poll = async |id| {
//!     let request = Request::get("/poll?hold=30").header(LAST_EVENT_ID, id).body(())?;
//!     let body = respond(&fan_out, request).await?.into_body().collect().await.expect("no error").to_bytes();
//!     Ok::<_, http::Error>(String::from_utf8(body.into()).expect("UTF-8"))
//! };
//! assert_eq!(poll("").await?, "id: 7-0\n\n");
//! assert_eq!(poll("7-0").await?, "", "after 30 s");
//! for data in ["a", "b", "c"] {
//!     fan_out.send(Event::new(data))?;
//! }
//! assert_eq!(poll("7-1").await?, "id: 7-2\ndata: b\n\nid: 7-3\ndata: c\n\n");
//! assert_eq!(poll("7-0").await?, "event: gap\ndata: \n\nid: 7-2\ndata: b\n\nid: 7-3\ndata: c\n\n");
//! # fan_out.close();
//! # assert_eq!(respond(&fan_out, Request::get("/poll").body(())?).await?.status(), 503);
//! # let other = FanOut::new(History::numbered(7, Retention::default()));
//! # let request = Request::get("/events").header(LAST_EVENT_ID, "7-0").body(())?;
//! # let frame = respond(&other, request).await?.into_body().frame().await.unwrap().unwrap();
//! # assert_eq!(frame.into_data().unwrap(), ": hello\n");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The ID is in the header, as in a request for the stream. In a URL, as in `?after=`, it must be percent-encoded.
//!
//! # The client
//!
//! | what happens | what the client does |
//! |---|---|
//! | it starts | a poll that is answered at once: it gives the ID, which a stream that is held back never does. Then the stream |
//! | no byte of the stream within seconds, a 504, or a wrong type; but a poll is answered | long polling |
//! | the same, and no poll is answered either | the network or the server is down: it stays with the stream, and reconnects as its [`Policy`] says |
//! | a poll that is held fails, but not one that is answered at once | short polling |
//! | it has polled for minutes | the stream again |
//!
//! [`Policy::idle_timeout`] is no substitute for the deadline of the first byte: it is one time for the response, the first byte
//! and each silence afterwards, so it must be longer than the interval of the keep-alives. It notices a stream that is held back
//! later.
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use std::time::Duration;
//!
//! use http::Request;
//! use http_body_util::BodyExt;
//! use sse_proto::adapters::client::{Connect, EventClient, Update};
//! use sse_proto::client::{Cause, Policy, Reconnect, Step};
//! use sse_proto::headers::{LAST_EVENT_ID, is_event_stream, last_event_id_value};
//! use sse_proto::{BytesDecoder, EventBytes, ItemBuf};
//! use tokio::time::{Instant, sleep, timeout, timeout_at};
//!
//! const FIRST_BYTE: Duration = Duration::from_secs(5);
//! // Three keep-alives.
//! const IDLE: Duration = Duration::from_secs(45);
//! const HOLD: u64 = 30;
//! const INTERVAL: Duration = Duration::from_secs(10);
//! const STREAM_AGAIN: Duration = Duration::from_secs(600);
//!
//! struct Client<C, F> {
//!     connect: C,
//!     cursor: String,
//!     on_event: F,
//! }
//!
//! impl<C: Connect<()> + Clone, F: FnMut(EventBytes)> Client<C, F> {
//!     /// Returns when the server asks to stop, or when the policy allows no further attempt.
//!     async fn run(mut self) {
//!         if let Some(events) = self.poll(0).await {
//!             events.into_iter().for_each(&mut self.on_event);
//!         }
//!         while let Some(events) = self.stream().await {
//!             events.into_iter().for_each(&mut self.on_event);
//!             self.polls().await;
//!         }
//!     }
//!
//!     fn request(&self, path: &str) -> Request<()> {
//!         let request = Request::get(path);
//!         match last_event_id_value(&self.cursor) {
//!             Some(id) => request.header(LAST_EVENT_ID, id.as_bytes()).body(()),
//!             None => request.body(()),
//!         }
//!         .expect("a valid request")
//!     }
//!
//!     /// Receives the stream. Returns the answer of a poll if something holds the stream back. The stream is dropped then, so
//!     /// that nothing of it comes after the events of the poll.
//!     async fn stream(&mut self) -> Option<Vec<EventBytes>> {
//!         let policy = Policy::default().with_idle_timeout(Some(IDLE));
//!         let mut client = EventClient::new(self.request("/events"), self.connect.clone(), sleep).with_policy(policy);
//!         let mut deadline = Some(Instant::now() + FIRST_BYTE);
//!         loop {
//!             // `next_update` is cancel-safe.
//!             let update = match deadline {
//!                 Some(deadline) => timeout_at(deadline, client.next_update()).await,
//!                 None => Ok(client.next_update().await),
//!             };
//!             match update {
//!                 Ok(None) => return None,
//!                 Ok(Some(Ok(Update::Item(item)))) => {
//!                     deadline = None;
//!                     client.source().last_event_id().clone_into(&mut self.cursor);
//!                     if let ItemBuf::Event(event) = item {
//!                         (self.on_event)(event);
//!                     }
//!                 }
//!                 Ok(Some(Ok(Update::Waiting { time, .. }))) => deadline = Some(Instant::now() + time + FIRST_BYTE),
//!                 // No byte in time, or an answer that is no event stream.
//!                 Err(_) | Ok(Some(Ok(Update::Refused { cause: Cause::Status(_) | Cause::NotEventStream, .. }))) => {
//!                     let events = self.poll(0).await;
//!                     if events.is_some() {
//!                         return events;
//!                     }
//!                     deadline = None;
//!                 }
//!                 // A connection, whose first byte is still to come; a 204, after which the client stops; or an error.
//!                 Ok(Some(_)) => {}
//!             }
//!         }
//!     }
//!
//!     /// Polls, until it is time to try the stream again.
//!     async fn polls(&mut self) {
//!         let (start, mut hold) = (Instant::now(), HOLD);
//!         // The delays after failures. The seed is a random number in a real client.
//!         let mut reconnect = Reconnect::new(Policy::default(), 0);
//!         while start.elapsed() < STREAM_AGAIN {
//!             match reconnect.step(start.elapsed()) {
//!                 Step::Connect { .. } => {
//!                     let asked = Instant::now();
//!                     let Some(events) = self.poll(hold).await else {
//!                         // Perhaps only polls that are held fail.
//!                         hold = 0;
//!                         reconnect.handle_failure(start.elapsed());
//!                         continue;
//!                     };
//!                     // An empty answer before its time must not make the client spin.
//!                     let is_early = events.is_empty() && asked.elapsed() < Duration::from_secs(HOLD / 2);
//!                     events.into_iter().for_each(&mut self.on_event);
//!                     if hold == 0 || is_early {
//!                         sleep(INTERVAL).await;
//!                     }
//!                     // An event makes the connection healthy, so the attempts are counted from the start.
//!                     reconnect.accept(start.elapsed());
//!                     reconnect.handle_event(start.elapsed());
//!                     reconnect.reconnect_now(start.elapsed());
//!                 }
//!                 Step::Wait { time, .. } => sleep(time).await,
//!                 Step::Receive { .. } | Step::Closed(_) => return,
//!             }
//!         }
//!     }
//!
//!     /// The events of one poll, when all of them have arrived. `None` if there is no good answer in time.
//!     async fn poll(&mut self, hold: u64) -> Option<Vec<EventBytes>> {
//!         let response = self.connect.connect(self.request(&format!("/poll?hold={hold}")));
//!         let answer = timeout(Duration::from_secs(hold) + FIRST_BYTE, async {
//!             let (head, body) = response.await.ok()?.into_parts();
//!             let is_good = head.status == 200 && is_event_stream(head.headers.get_all("content-type"));
//!             if is_good { body.collect().await.ok() } else { None }
//!         });
//!         let mut body = answer.await.ok()??.to_bytes();
//!         let (mut decoder, mut events) = (BytesDecoder::new(), Vec::new());
//!         decoder.set_last_event_id(&self.cursor).ok()?;
//!         loop {
//!             match decoder.next_event(&mut body) {
//!                 Ok(Some(event)) => events.push(event),
//!                 Ok(None) => break,
//!                 Err(error) => eprintln!("skipped: {error}"),
//!             }
//!         }
//!         decoder.last_event_id().clone_into(&mut self.cursor);
//!         Some(events)
//!     }
//! }
//!
//! # use std::convert::Infallible;
//! # use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
//! # use std::sync::{Arc, Mutex};
//! # use http::Response;
//! # use http_body_util::{Either, Full};
//! # #[cfg(feature = "fan-out")] {
//! # use futures_util::{FutureExt, StreamExt};
//! # use sse_proto::adapters::Encoded;
//! # use sse_proto::adapters::body::EventBody;
//! # use sse_proto::adapters::fan_out::FanOut;
//! # use sse_proto::server::{History, Retention};
//! # use sse_proto::Event;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! # let fan_out = FanOut::new(History::numbered(7, Retention::default()));
//! # let paths = Arc::new(Mutex::new(Vec::new()));
//! # let (buffers, fails_held, received) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicBool::new(false)), Arc::default());
//! # let connect = {
//! #     let (fan_out, paths, buffers, fails_held) =
//! #         (fan_out.clone(), Arc::clone(&paths), Arc::clone(&buffers), Arc::clone(&fails_held));
//! #     move |request: Request<()>| {
//! #         let path = request.uri().to_string();
//! #         paths.lock().unwrap().push(path.clone());
//! #         let (mut events, buffers) =
//! #             (fan_out.subscribe(request.headers().get(LAST_EVENT_ID).map(|id| id.as_bytes())), Arc::clone(&buffers));
//! #         let fails_held = Arc::clone(&fails_held);
//! #         async move {
//! #             if path == "/events" {
//! #                 if buffers.load(Relaxed) {
//! #                     std::future::pending::<()>().await;
//! #                 }
//! #                 let body = EventBody::new(events).with_preamble(sse_proto::Comment::new("hello"));
//! #                 let body = body.with_keep_alive(Duration::from_secs(15), sleep);
//! #                 return Ok::<_, Infallible>(body.into_response().map(Either::Left));
//! #             }
//! #             let hold = if path.ends_with("=0") { 0 } else { 30 };
//! #             let status = if hold > 0 && fails_held.load(Relaxed) { 504 } else { 200 };
//! #             let mut next = timeout(Duration::from_secs(hold), events.next()).await.ok().flatten();
//! #             let mut body = Vec::new();
//! #             while let Some(delivery) = next {
//! #                 body.extend_from_slice(Encoded::from(delivery).as_bytes());
//! #                 next = events.next().now_or_never().flatten();
//! #             }
//! #             let response = Response::builder().status(status).header("content-type", "text/event-stream");
//! #             Ok(response.body(Either::Right(Full::from(body))).unwrap())
//! #         }
//! #     }
//! # };
//! # let on_event = {
//! #     let received: Arc<Mutex<Vec<String>>> = Arc::clone(&received);
//! #     move |event: EventBytes| received.lock().unwrap().push(event.data().to_owned())
//! # };
//! # let task = tokio::spawn(Client { connect, cursor: String::new(), on_event }.run());
//! # let seconds = |seconds| sleep(Duration::from_secs(seconds));
//! # seconds(6).await;
//! # assert_eq!(*paths.lock().unwrap(), ["/poll?hold=0", "/events", "/poll?hold=0", "/poll?hold=30"]);
//! # fan_out.send(Event::new("a"))?;
//! # seconds(1).await;
//! # assert_eq!(*received.lock().unwrap(), ["a"]);
//! # fails_held.store(true, Relaxed);
//! # seconds(100).await;
//! # assert!(paths.lock().unwrap().ends_with(&["/poll?hold=0".to_owned(), "/poll?hold=0".to_owned()]));
//! # fan_out.send(Event::new("b"))?;
//! # seconds(11).await;
//! # assert_eq!(*received.lock().unwrap(), ["a", "b"]);
//! # buffers.store(false, Relaxed);
//! # seconds(600).await;
//! # assert_eq!(paths.lock().unwrap().last().unwrap(), "/events");
//! # fan_out.send(Event::new("c"))?;
//! # seconds(1).await;
//! # assert_eq!(*received.lock().unwrap(), ["a", "b", "c"]);
//! # assert!(!task.is_finished());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - [`EventClient`] is not for polls: to it, an answer without events is a stream that ended early ([`Cause::EndedEarly`]), after
//!   which it waits longer and longer.
//! - `reconnect_now` resets the count of attempts only after an event. So report one after each good answer, also if it is empty.
//! - While this client tries the stream again, it receives nothing for up to `FIRST_BYTE`. If that is too long, try the stream in a
//!   task next to the polls, look for the first byte only, drop this stream, and resume with another after the last poll.
//! - A client that stores the cursor and the events together resumes after a restart.
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
