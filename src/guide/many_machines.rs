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
//! ```
//! # #[cfg(feature = "fan-out")] {
//! use std::convert::Infallible;
//! use std::sync::{Arc, Mutex};
//!
//! use futures_util::{FutureExt, StreamExt};
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::{FanOut, Page};
//! use sse_proto::server::{History, Rejected, Retention};
//! use sse_proto::{EventBuf, InvalidEvent};
//!
//! /// Takes the place of a log on another machine. Nothing is trimmed.
//! #[derive(Clone, Default)]
//! struct SharedLog(Arc<Mutex<Vec<EventBuf>>>);
//!
//! impl SharedLog {
//!     fn append(&self, data: &str) -> Result<(), InvalidEvent> {
//!         let mut events = self.0.lock().unwrap();
//!         let event = EventBuf::new(data).with_id(&(events.len() + 1).to_string())?;
//!         events.push(event);
//!         Ok(())
//!     }
//!
//!     fn after(&self, id: &str) -> Page {
//!         let events = self.0.lock().unwrap();
//!         match id.parse().ok().filter(|number| *number <= events.len()) {
//!             Some(number) => Page::Events(events[number..].iter().take(100).cloned().collect()),
//!             None => Page::Gone(events.iter().take(100).cloned().collect()),
//!         }
//!     }
//! }
//!
//! /// A process that is started when the log has these many events.
//! struct Process {
//!     log: SharedLog,
//!     fan_out: FanOut,
//! }
//!
//! impl Process {
//!     fn start(log: &SharedLog) -> Result<Self, Rejected> {
//!         let last_event_id = log.0.lock().unwrap().len().to_string();
//!         let history = History::opaque_after(&last_event_id, Retention::default())?;
//!         Ok(Self { log: log.clone(), fan_out: FanOut::new(history) })
//!     }
//!
//!     /// What the task does that reads the shared log; here when it is called.
//!     fn read(&self) -> Result<(), Rejected> {
//!         let last_event_id = self.fan_out.last_event_id().unwrap_or_default();
//!         let (Page::Events(events) | Page::Gone(events)) = self.log.after(&last_event_id);
//!         events.iter().try_for_each(|event| self.fan_out.send(event).map(|_| ()))
//!     }
//!
//!     /// What a client is sent until nothing is left.
//!     fn serve(&self, last_event_id: &str) -> String {
//!         let log = self.log.clone();
//!         let backlog = move |id: String| std::future::ready(Ok::<_, Infallible>(log.after(&id)));
//!         let mut body = EventBody::new(self.fan_out.subscribe_with(Some(last_event_id.as_bytes()), backlog));
//!         std::iter::from_fn(|| body.next().now_or_never()?)
//!             .map(|frame| String::from_utf8(frame.unwrap().into()).unwrap())
//!             .collect()
//!     }
//! }
//!
//! let log = SharedLog::default();
//! let first = Process::start(&log)?;
//! log.append("a")?;
//! log.append("b")?;
//! first.read()?;
//! assert_eq!(first.serve("1"), "id: 2\ndata: b\n\n", "from the local log");
//!
//! // Another process, started later. Its local log begins after the third event.
//! log.append("c")?;
//! let second = Process::start(&log)?;
//! log.append("d")?;
//! second.read()?;
//! assert_eq!(second.serve("3"), "id: 4\ndata: d\n\n", "from the local log");
//! assert_eq!(second.serve("1"), "id: 2\ndata: b\n\nid: 3\ndata: c\n\nid: 4\ndata: d\n\n", "from both");
//! assert!(second.serve("x").starts_with("event: gap\n"));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`fan_out`] has the details: which logs fit and how, what the reading task must do, when a client is told of a gap, and what a
//! subscription costs.
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
