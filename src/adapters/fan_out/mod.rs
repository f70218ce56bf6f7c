//! One log, many subscribers: [`FanOut`] sends each event to all clients of a server, and replays what a client has missed.
//!
//! A [`History`](crate::server::History) has the events, each encoded once. A [`Subscription`] is a
//! [`Stream`](futures_core::Stream) that reads them by cursor: replay and live events are one sequence, and a client that is too slow
//! is told of the gap ([`Delivery::Gap`]). It runs on any runtime.
//!
//! # One machine
//!
//! A response is one subscription:
//!
//! ```
//! use http::{Request, Response};
//! use sse_proto::Event;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::{FanOut, Subscription};
//! use sse_proto::headers::LAST_EVENT_ID;
//! use sse_proto::server::{History, Retention};
//!
//! fn respond<B>(fan_out: &FanOut, request: &Request<B>) -> Response<EventBody<Subscription>> {
//!     let last_event_id = request.headers().get(LAST_EVENT_ID).map(|value| value.as_bytes());
//!     // With tokio, add `.with_keep_alive(Duration::from_secs(15), tokio::time::sleep)`.
//!     EventBody::new(fan_out.subscribe(last_event_id)).into_response()
//! }
//!
//! // The start time of the server in milliseconds, for example.
//! let epoch = 1_700_000_000_000;
//! let fan_out = FanOut::new(History::numbered(epoch, Retention::default()));
//! fan_out.send(Event::new("first"))?;
//! fan_out.send(Event::new("second"))?;
//!
//! let request = Request::get("/events").header(LAST_EVENT_ID, "1700000000000-1").body(())?;
//! let response = respond(&fan_out, &request);
//! # use futures_util::{FutureExt, StreamExt};
//! # let mut body = response.into_body();
//! # let Some(Some(Ok(frame))) = body.next().now_or_never() else { panic!() };
//! # assert_eq!(frame, &b"id: 1700000000000-2\ndata: second\n\n"[..]);
//! # assert_eq!(fan_out.subscribers(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - A gap becomes an event of the type `gap`. To send a snapshot of the state in its place, use
//!   [`Subscription::on_gap`]; to send it to new clients, too, [`Subscription::with_snapshot`].
//! - [`FanOut::close`] ends all responses after the last event, for a graceful shutdown. Stop accepting requests before: clients
//!   reconnect at once.
//! - An event that the log does not accept ([`Rejected`](crate::server::Rejected)) is sent to nobody.
//!
//! # Many machines
//!
//! Where one machine is not enough, or where events must survive it, they are in a log of another machine: a stream of Redis or NATS,
//! a topic of Kafka. Each process has
//!
//! - a local [`FanOut`] of a [`History::opaque`](crate::server::History::opaque), whose events have the IDs of the shared log, and
//! - one task that reads the shared log and sends all its events to the `FanOut`, in order: the load on the shared log does not
//!   depend on the number of clients.
//!
//! ```text
//!   append         +------------+   one task     +-----------+   cursor
//!  ------------->  | shared log | -------------> | local log | ----------> client
//!   (any process)  +------------+                +-----------+
//!                        |           a page            ^  the local log has the last replayed event
//!                        +-----------------------------+--------------> client
//! ```
//!
//! A client may come from any process with its last event ID. If the local log has the ID, the client continues there. If not, it
//! is replayed from the shared log through the trait [`Backlog`], page by page, until the local log has the event that was replayed
//! last. The same is done for a client that is too slow for the local log. No event is lost or doubled. There is a
//! [`Delivery::Gap`] if the shared log does not have the events any more or does not know the ID, or if the client has no ID yet
//! with which the shared log could be asked.
//!
//! ```
//! use std::convert::Infallible;
//! use std::sync::{Arc, Mutex};
//!
//! # use futures_util::{FutureExt, StreamExt};
//! use sse_proto::adapters::fan_out::{Delivery, FanOut, Page};
//! use sse_proto::server::{History, Rejected, Retention};
//! use sse_proto::{Event, EventBuf};
//!
//! // Takes the place of a log of another machine. Its IDs are numbers, and nothing is trimmed.
//! let log = Arc::new(Mutex::new(Vec::<EventBuf>::new()));
//! for (id, data) in [("1", "a"), ("2", "b"), ("3", "c")] {
//!     log.lock().unwrap().push(EventBuf::new(data).with_id(id).unwrap());
//! }
//!
//! // This process has been started now. Its log continues after the newest event.
//! let fan_out = FanOut::new(History::opaque_after("3", Retention::default())?);
//!
//! // The first events after an ID.
//! let backlog = move |last_event_id: String| {
//!     let log = Arc::clone(&log);
//!     async move {
//!         let log = log.lock().unwrap();
//!         let known = log.iter().position(|event| event.id() == Some(&last_event_id));
//!         Ok::<_, Infallible>(match known {
//!             Some(index) => Page::Events(log.iter().skip(index + 1).take(100).cloned().collect()),
//!             None => Page::Gone(log.iter().take(100).cloned().collect()),
//!         })
//!     }
//! };
//!
//! // A client that another process has sent the first event.
//! let mut subscription = fan_out.subscribe_with(Some(b"1"), backlog);
//! let mut next = || match subscription.next().now_or_never() {
//!     Some(Some(Ok(Delivery::Event(event)))) => String::from_utf8(event.into_bytes().into()).unwrap(),
//!     other => format!("{other:?}"),
//! };
//! assert_eq!(next(), "id: 2\ndata: b\n\n");
//! assert_eq!(next(), "id: 3\ndata: c\n\n");
//! assert_eq!(next(), "None", "it waits for the local log");
//! // The task that reads the shared log.
//! fan_out.send(Event::new("d").with_id("4").unwrap())?;
//! assert_eq!(next(), "id: 4\ndata: d\n\n");
//! # Ok::<(), Rejected>(())
//! ```
//!
//! ## Logs that fit
//!
//! | | Redis Streams | NATS JetStream | Kafka |
//! |---|---|---|---|
//! | event ID | the entry ID, `1526985685298-0` | the stream sequence, with a name for the stream if it may be created anew: `a1-42` | the offset in a topic with one partition, with a name for the topic if it may be created anew |
//! | the task | `XREAD BLOCK` from the last entry ID, and `XRANGE key id id` | an ordered consumer from the last sequence + 1 | a consumer without a group, from the last offset + 1 |
//! | ID to start from ([`History::opaque_after`](crate::server::History::opaque_after)) | `last-generated-id` of `XINFO STREAM`; `0-0` if there is no stream | `last_seq` of the stream's state | the end offset - 1 |
//! | a page | `XRANGE key id + COUNT n+1`, without the first entry | messages from the sequence + 1 to `last_seq` | `seek` to the offset + 1, then `poll` to the end offset |
//! | gone | the first entry is not `id`, or there is none | the sequence + 1 is lower than `first_seq` | the offset + 1 is lower than the beginning offset (`OffsetOutOfRange` with `auto.offset.reset=none`) |
//!
//! - **Gone** is also an ID that the log cannot have issued: not of its form, of another stream, or beyond its end. Clients may
//!   send anything. An ID that is at the end is not gone: the page is empty.
//! - **An empty page** means that the log has no newer event: the subscription then waits until one is sent to the `FanOut`. A
//!   `poll` or a fetch that timed out before the end is not an empty page. Repeat it, or return an error.
//! - Read the page first and the oldest ID afterwards, or both at once. In the other order the log may be trimmed in between, and
//!   events are lost silently. In Redis, one `XRANGE` does both: if the entry of the client is still there, nothing after it was
//!   trimmed.
//! - In Redis, a client that has received exactly the events that were trimmed is taken for one that has missed some, because the
//!   stream does not say which entry was trimmed last. It is told of a gap where there is none. The same holds for a client whose
//!   last entry was deleted (`XDEL`). Do not trim the newest entry, as `MINID` does in a quiet time.
//! - In JetStream and Kafka, events that are deleted one by one, by compaction for example, make holes in the IDs. These are no
//!   gaps: the page begins with the next event that is there. In Kafka, the markers of transactions take offsets, too. So an ID
//!   is a position: do not require an event that has it. A client that is ahead of its process, and whose last event is deleted
//!   before the process reads it, gets the next events late: at most after as many more as the process was behind.
//! - A page of 100 to 1,000 events keeps the number of requests low. All of a page is in memory while the client reads it.
//! - IDs need an order that all processes see: one stream, one partition. Events of several partitions have no such order.
//! - If only some replicas of the log have the newest events, read pages where the task reads.
//!
//! ## The task that reads
//!
//! [The guide](crate::guide::many_machines) has an example.
//!
//! - It appends everything: an event that the local log rejects ([`Rejected`](crate::server::Rejected)) would be missing for the
//!   clients of this process. Do not append an event without an ID, or one that is larger than
//!   [`Retention::max_bytes`](crate::server::Retention::max_bytes), to the shared log.
//! - After a lost connection it continues after [`FanOut::last_event_id`].
//! - It must notice that it has missed events. A log that was trimmed continues with the oldest entry, without an error, and not
//!   only after a lost connection: the process may have been slow, or paused.
//!   - Redis: send `XREAD BLOCK ..` and `XRANGE key id id` in one pipeline, where `id` is the entry that was read last. If the
//!     second one returns no entry, events were missed. Before the first entry (`0-0`), compare `XLEN` with the length to which
//!     the stream is trimmed, as `examples/cluster` does.
//!   - JetStream: a consumer that starts below `first_seq` starts there. After each read, compare `first_seq` with the sequence
//!     that was expected.
//!   - Kafka: `auto.offset.reset` is `latest` by default, a jump to the end. Use `none` (in librdkafka `error`).
//! - If it has missed events, the local log has a hole that its subscriptions cannot see. First make the `FanOut` unavailable:
//!   answer requests with the status 503 and a `Retry-After` until there is a new one. Otherwise clients reconnect to the closed
//!   log, again and again. Then [`close`](FanOut::close) it and begin with a new one. The clients reconnect and are replayed, or
//!   told of the gap. Until the task notices, a client that skips to the end of the local log for a snapshot is sent an ID that
//!   the shared log does not have any more. It gets a snapshot again when it reconnects.
//! - An application that appends an event does not send it to its own `FanOut`. The event comes back through the shared log, in
//!   the order that all processes see.
//! - The local log need only cover the time that the task lags behind and a reconnection takes. What it does not have is read
//!   from the shared log, by each client that needs it.
//! - After a restart, many clients come at once, and a log that begins at the end of the shared log has the IDs of few. Begin it
//!   some thousands of events earlier, and make the `FanOut` available when the task has read up to the end. The function that
//!   reads pages can limit how many it reads at the same time, by a semaphore for example.
//!
//! ## The producer
//!
//! - It repeats what was not acknowledged. The log must then not have the event twice: in Redis the producer chooses the entry
//!   IDs, and `XADD` rejects one that is not higher than the last; then look whether the entry is there. In JetStream,
//!   `Nats-Msg-Id` does it within the duplicate window of the stream. In Kafka, `enable.idempotence=true`, which needs
//!   `acks=all`.
//! - An event that was acknowledged may vanish: in Redis with `appendfsync everysec`, or when a replica takes over that did not
//!   have it yet. The ID of a client that has received it is then unknown, and the client is told of a gap.
//! - An ID must not name another event later. In Kafka that happens after an unclean leader election
//!   (`unclean.leader.election.enable`), and it is not noticed.
//!
//! # Cost
//!
//! An event that is sent to n subscribers takes O(n): each task is woken, and each subscription copies a reference to the bytes. In
//! steady state nothing is allocated except the event itself. `benches/FAN_OUT.md` has the times.
//!
//! On 64-bit targets a subscription takes 48 bytes, with a backlog 88 bytes and the backlog. From its first wait on it has a box of 64
//! bytes, which is used again by each wait. Tasks are woken by [`tokio::sync::Notify`], which needs no runtime of tokio.
//!
//! All subscriptions of a `FanOut` share a lock, which is held for the time of one read, or of encoding one event, and never while
//! a task is woken. Code of the application is called without it, except in [`FanOut::with_history`]. Dropping a subscription does
//! not take it.
//!
//! If a waker panics, which those of runtimes do not, so does the call that wakes it. The event is in the log then. A task that was
//! not woken before the panic gets it when it is polled next, for a keep-alive for example.

#![allow(clippy::doc_markdown, reason = "names of products")]

mod backlog;
mod delivery;
mod handle;
mod on_gap;
mod reader;
mod replay;
mod shared;
mod subscription;
mod wait;

pub use backlog::{Backlog, Page};
pub use delivery::Delivery;
pub use handle::FanOut;
pub use on_gap::OnGap;
pub use subscription::{NoBacklog, Subscription, WithBacklog};
