//! Many machines: clients that reconnect to another process.
//!
//! A load balancer sends a client that reconnects to any process, and a process that is restarted has lost its memory. So the
//! events are in a log that all processes share, such as a stream of Redis or NATS or a topic of Kafka, and event IDs are the IDs
//! of that log.
//!
//! 1. Each event is appended to the shared log, and sent to no client directly.
//! 2. In each process one task reads the shared log and sends all events to the local [`FanOut`].
//! 3. Each response is a subscription to the local [`FanOut`] with a [`Backlog`]: a function that reads a page of the shared log
//!    after an ID. It is called only for a client whose last event ID is not in the local log.
//!
//! Nothing is lost or doubled where the two meet: a client is replayed from the shared log up to an event that the local log has.
//!
//! `SharedLog` reads the shared log: `end` returns the ID at its end, `after` the [`Page`] after an ID, and `next` the same, but it
//! waits until there is an event, and repeats the request after an error. [Logs that fit] says how to write them for Redis, NATS and
//! Kafka.
//!
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use std::convert::Infallible;
//!
//! use bytes::Bytes;
//! use http::header::{HeaderName, RETRY_AFTER};
//! use http::{HeaderValue, Request, Response, StatusCode};
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::{FanOut, Page};
//! use sse_proto::headers::LAST_EVENT_ID;
//! use sse_proto::server::{History, Retention};
//! use tokio::sync::watch;
//! # use http_body_util::BodyExt;
//! # use futures_util::FutureExt;
//! # use sse_proto::EventBuf;
//! #
//! # /// Takes the place of a log on another machine: the number of events that were trimmed, and those after them.
//! # #[derive(Clone, Default)]
//! # struct SharedLog(watch::Sender<(usize, Vec<EventBuf>)>);
//! #
//! # impl SharedLog {
//! #     fn append(&self, data: &str) {
//! #         self.0.send_modify(|(trimmed, events)| {
//! #             let id = (*trimmed + events.len() + 1).to_string();
//! #             events.push(EventBuf::new(data).with_id(&id).expect("a valid ID"));
//! #         });
//! #     }
//! #
//! #     fn trim(&self, count: usize) {
//! #         self.0.send_modify(|(trimmed, events)| {
//! #             events.drain(..count);
//! #             *trimmed += count;
//! #         });
//! #     }
//! #
//! #     fn page(&self, id: &str) -> Page {
//! #         let (trimmed, events) = &*self.0.borrow();
//! #         match id.parse().ok().and_then(|id: usize| events.get(id.checked_sub(*trimmed)?..)) {
//! #             Some(events) => Page::Events(events.iter().take(100).cloned().collect()),
//! #             None => Page::Gone(events.iter().take(100).cloned().collect()),
//! #         }
//! #     }
//! #
//! #     async fn end(&self) -> String {
//! #         let (trimmed, events) = &*self.0.borrow();
//! #         (trimmed + events.len()).to_string()
//! #     }
//! #
//! #     async fn after(&self, id: &str) -> Result<Page, Infallible> {
//! #         Ok(self.page(id))
//! #     }
//! #
//! #     async fn next(&self, id: &str) -> Page {
//! #         let mut changes = self.0.subscribe();
//! #         loop {
//! #             match self.page(id) {
//! #                 Page::Events(events) if events.is_empty() => changes.changed().await.expect("a sender"),
//! #                 page => return page,
//! #             }
//! #         }
//! #     }
//! # }
//!
//! /// The task that reads the shared log. `current` is `None` while the process cannot serve.
//! async fn follow(log: SharedLog, current: watch::Sender<Option<FanOut>>) {
//!     loop {
//!         let history = History::opaque_after(&log.end().await, Retention::default()).expect("an ID of the log is valid");
//!         let fan_out = FanOut::new(history);
//!         current.send_replace(Some(fan_out.clone()));
//!         loop {
//!             let id = fan_out.last_event_id().unwrap_or_default();
//!             // `Gone`: the log was trimmed before it was read. An event that is rejected would be missing, too.
//!             let Page::Events(events) = log.next(&id).await else { break };
//!             if events.iter().any(|event| fan_out.send(event).is_err()) {
//!                 break;
//!             }
//!         }
//!         // The local log would have a hole. First unavailable, then closed, so that no client reconnects to a closed log. Clients
//!         // resume from the shared log, or are told of the gap.
//!         current.send_replace(None);
//!         fan_out.close();
//!     }
//! }
//!
//! type Unavailable = (StatusCode, [(HeaderName, &'static str); 1]);
//!
//! /// An axum handler can return `Result<impl IntoResponse, Unavailable>`. `Infallible` is the error of `SharedLog::after`.
//! fn respond<B>(
//!     log: &SharedLog,
//!     current: &watch::Receiver<Option<FanOut>>,
//!     request: &Request<B>,
//! ) -> Result<Response<impl http_body::Body<Data = Bytes, Error = Infallible> + use<B>>, Unavailable> {
//!     let Some(fan_out) = current.borrow().clone() else {
//!         return Err((StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]));
//!     };
//!     let last_event_id = request.headers().get(LAST_EVENT_ID).map(HeaderValue::as_bytes);
//!     let log = log.clone();
//!     let backlog = move |id: String| {
//!         let log = log.clone();
//!         async move { log.after(&id).await }
//!     };
//!     // With tokio, add `.with_keep_alive(Duration::from_secs(15), tokio::time::sleep)`.
//!     Ok(EventBody::new(fan_out.subscribe_with(last_event_id, backlog)).into_response())
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! # let log = SharedLog::default();
//! # let start = || {
//! #     let (sender, current) = watch::channel(None);
//! #     (tokio::spawn(follow(log.clone(), sender)), current)
//! # };
//! # // The clock is paused: it moves when all tasks wait.
//! # let settle = || tokio::time::sleep(std::time::Duration::from_millis(1));
//! # let serve = |current: &watch::Receiver<_>, id: &str| {
//! #     let request = Request::get("/events").header(LAST_EVENT_ID, id).body(()).unwrap();
//! #     Box::pin(respond(&log, current, &request).ok().expect("it can serve").into_body())
//! # };
//! # macro_rules! sent {
//! #     ($body:expr) => {{
//! #         let (mut body, mut sent) = ($body, String::new());
//! #         while let Some(Some(Ok(frame))) = body.frame().now_or_never() {
//! #             sent.push_str(std::str::from_utf8(frame.data_ref().unwrap())?);
//! #         }
//! #         sent
//! #     }};
//! # }
//! # let (_, first) = start();
//! # settle().await;
//! # log.append("a");
//! # log.append("b");
//! # settle().await;
//! # assert_eq!(sent!(serve(&first, "1")), "id: 2\ndata: b\n\n", "from the local log");
//! # // Another process, started later. Its local log begins after the third event.
//! # log.append("c");
//! # let (_, second) = start();
//! # settle().await;
//! # log.append("d");
//! # settle().await;
//! # assert_eq!(sent!(serve(&second, "3")), "id: 4\ndata: d\n\n", "from the local log");
//! # assert_eq!(sent!(serve(&second, "1")), "id: 2\ndata: b\n\nid: 3\ndata: c\n\nid: 4\ndata: d\n\n", "from both");
//! # assert!(sent!(serve(&second, "x")).starts_with("event: gap\n"));
//! # // Two events are trimmed before they are read.
//! # let mut body = serve(&second, "4");
//! # let closed = second.borrow().clone().unwrap();
//! # (0..3).for_each(|_| log.append("e"));
//! # log.trim(6);
//! # settle().await;
//! # assert!(closed.is_closed() && !second.borrow().as_ref().unwrap().is_closed());
//! # assert!(matches!(body.frame().now_or_never(), Some(None)), "it has ended");
//! # assert_eq!(sent!(serve(&second, "4")), "event: gap\ndata: \n\nid: 7\ndata: e\n\n");
//! # let unavailable = respond(&log, &watch::channel(None).1, &Request::new(())).err().unwrap();
//! # assert_eq!(unavailable.0, 503);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `examples/cluster` is a whole program with Redis.
//!
//! # Snapshots
//!
//! A client that is told of a gap needs the current state, and a new one, too. If each process has the state in memory, because its
//! task applies each event before it sends it, use [`with_snapshot`]. A state in a database is read where the gap is found:
//!
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use futures_util::{Stream, StreamExt, stream};
//! use sse_proto::EventBuf;
//! use sse_proto::adapters::Encoded;
//! use sse_proto::adapters::fan_out::{Backlog, Delivery, Subscription, WithBacklog};
//!
//! /// `is_new` is for a client without a last event ID. `read_state` returns an event without an ID.
//! fn with_state<B, S>(
//!     subscription: Subscription<WithBacklog<B>>,
//!     is_new: bool,
//!     read_state: impl Fn() -> S,
//! ) -> impl Stream<Item = Result<Encoded, B::Error>>
//! where
//!     B: Backlog,
//!     S: Future<Output = Result<EventBuf, B::Error>>,
//! {
//!     stream::unfold((subscription, read_state, is_new), async |(mut subscription, read_state, is_new)| {
//!         let delivery = if is_new { None } else { Some(subscription.next().await?) };
//!         let event = match delivery {
//!             Some(Ok(Delivery::Event(event))) => Ok(event),
//!             Some(Ok(Delivery::Gap { .. })) | None => {
//!                 // First the end of the log, then the state: so no event is in neither of the two.
//!                 subscription.skip_to_live();
//!                 read_state().await.map(Encoded::from)
//!             }
//!             Some(Err(error)) => Err(error),
//!         };
//!         Some((event, (subscription, read_state, false)))
//!     })
//! }
//! # use futures_util::FutureExt;
//! # use sse_proto::Event;
//! # use sse_proto::adapters::fan_out::{FanOut, Page};
//! # use sse_proto::server::{History, Retention};
//! # let fan_out = FanOut::new(History::opaque_after("3", Retention::default())?);
//! # for (id, number) in [("2", 0), ("x", 1), ("", 1)] {
//! #     let backlog = |id: String| std::future::ready(Ok::<_, ()>(match id.as_str() {
//! #         "2" => Page::Events(vec![EventBuf::new("c").with_id("3").unwrap()]),
//! #         _ => Page::Gone(vec![EventBuf::new("b").with_id("2").unwrap()]),
//! #     }));
//! #     let read_state = async || Ok(EventBuf::new("a, b, c"));
//! #     let events = with_state(fan_out.subscribe_with(Some(id.as_bytes()), backlog), id.is_empty(), read_state);
//! #     let sent: Vec<_> = events.take(1 + number).map(|event| event.unwrap()).collect().now_or_never().unwrap();
//! #     let state = [Event::new("a, b, c").into(), Encoded::from(Event::without_data().with_id("3")?)];
//! #     let missed = [Encoded::from(Event::new("c").with_id("3")?)];
//! #     assert_eq!(sent, if number == 0 { &missed[..] } else { &state[..] }, "{id}");
//! # }
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - Change the state before the event is appended to the shared log, or in the same transaction. Then each event is in the
//!   snapshot or follows it.
//! - An event may do both, because the state may be ahead of the local log. If it must not be applied twice, number the changes, put
//!   the number into the data of each event and of the snapshot, and let clients ignore events up to the number of their snapshot.
//!
//! [`fan_out`] has the details: which logs fit and how, what the reading task must do, when a client is told of a gap, and what a
//! subscription costs.
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
