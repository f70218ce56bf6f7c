//! The server's side of a long-lived connection: a log of encoded events that clients resume from.
//!
//! [`History`] keeps the newest events, each encoded once, within bounds of number, bytes and age ([`Retention`]). All readers
//! share it. A reader is a [`Cursor`]: it replays what a client has missed and then reads what is pushed later, by the same call
//! and without a place in between where an event could be lost or doubled.
//!
//! # Example
//!
//! ```
//! use core::time::Duration;
//! use sse_proto::Event;
//! use sse_proto::server::{Cursor, History, Next, Rejected, Resume, Retention};
//!
//! /// What a client is sent first, and where it continues to read. The header is `None` if the request has none.
//! fn accept(history: &History, last_event_id: Option<&[u8]>, body: &mut Vec<u8>) -> Cursor {
//!     match history.resume_bytes(last_event_id) {
//!         // A new client gets an ID at once, so that it can resume even if its connection is lost before the first event.
//!         Resume::Live(cursor) => {
//!             let id = history.last_event_id().expect("a numbered log has one");
//!             Event::without_data().with_id(id).expect("a valid ID").encode_into(body);
//!             cursor
//!         }
//!         Resume::From(cursor) => cursor,
//!         // The client has missed events that are gone. It gets the current state, without an ID, so that it resumes from an event
//!         // of the log, and reads on at the end. If there is a lock, the state and the end are read under the same one.
//!         Resume::Gone(_) => {
//!             let snapshot = Event::new("{\"price\": 3}").with_type("snapshot").expect("a valid type");
//!             snapshot.encode_into(body);
//!             history.live()
//!         }
//!     }
//! }
//!
//! /// Sends what is new. Returns `false` if the client is too slow: it reconnects, and `accept` decides.
//! fn send(history: &History, cursor: &mut Cursor, body: &mut Vec<u8>) -> bool {
//!     loop {
//!         match history.next(cursor) {
//!             Next::Event(bytes) => body.extend_from_slice(bytes),
//!             // A real server waits here until something is pushed.
//!             Next::UpToDate => return true,
//!             Next::Gone { .. } => return false,
//!         }
//!     }
//! }
//!
//! let mut history = History::numbered(1700000000000, Retention::default().with_max_events(2));
//! for (second, price) in ["1", "2", "3"].into_iter().enumerate() {
//!     history.push(Duration::from_secs(second as u64), Event::new(price))?;
//! }
//!
//! // This client has received the second event.
//! let mut body = Vec::new();
//! let mut cursor = accept(&history, Some(b"1700000000000-2"), &mut body);
//! assert!(send(&history, &mut cursor, &mut body));
//! assert_eq!(body, b"id: 1700000000000-3\ndata: 3\n\n");
//!
//! // This one is new.
//! body.clear();
//! accept(&history, None, &mut body);
//! assert_eq!(body, b"id: 1700000000000-3\n\n");
//!
//! // This one comes from the time before the server was restarted.
//! body.clear();
//! accept(&history, Some(b"1600000000000-2"), &mut body);
//! assert_eq!(body, b"event: snapshot\ndata: {\"price\": 3}\n\n");
//! # Ok::<(), Rejected>(())
//! ```
//!
//! # Kinds of logs
//!
//! - [`History::numbered`] gives the IDs `epoch-number`. The epoch tells a restarted server from a slow client. Only these IDs are
//!   parsed, and only their one canonical form.
//! - [`History::opaque`] takes the application's own IDs, such as those of a database, and compares them only. Each event must have
//!   one. An ID that a client could not send back is rejected. [`History::opaque_after`] continues after an event that is known.
//!
//! # Threads
//!
//! All methods that read take `&self`. With `Arc<[u8]>` or `bytes::Bytes` a reader clones the event under the lock and writes it
//! after the lock is released:
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//! use sse_proto::Event;
//! use sse_proto::server::{Cursor, History, Next, Retention};
//!
//! fn next(history: &Mutex<History<Arc<[u8]>>>, cursor: &mut Cursor) -> Option<Arc<[u8]>> {
//!     match history.lock().expect("no thread has panicked").next(cursor) {
//!         Next::Event(bytes) => Some(Arc::clone(bytes)),
//!         Next::UpToDate | Next::Gone { .. } => None,
//!     }
//! }
//!
//! let history = Mutex::new(History::numbered(7, Retention::default()));
//! let mut cursors = [(); 2].map(|()| history.lock().unwrap().live());
//! history.lock().unwrap().push(Duration::ZERO, Event::new("a")).unwrap();
//! let [first, second] = cursors.each_mut().map(|cursor| next(&history, cursor).unwrap());
//! assert_eq!(*first, *b"id: 7-1\ndata: a\n\n");
//! assert!(Arc::ptr_eq(&first, &second), "encoded once");
//! ```
//!
//! # Cost
//!
//! | | numbered | opaque |
//! |---|---|---|
//! | [`push`](History::push) | O(length) | O(length + log n) |
//! | [`resume`](History::resume) | O(1) | O(log n) |
//! | [`next`](History::next) | O(1) | O(1) |
//!
//! A reader costs its cursor, two words. A log does not know its readers.
//!
//! # Memory
//!
//! [`Retention::max_bytes`] counts encoded bytes. Besides these, an event takes 32 bytes and a `B`: 56 bytes with `Vec<u8>` on
//! 64-bit targets. While a log grows or shrinks, it is at most four times as much. A log with opaque IDs has each ID once more, in
//! a map. Memory is freed when events are evicted.
//!
//! # What it does not do
//!
//! It does not wake readers, and sends nothing: [`FanOut`] does, or the server's runtime. It is not stored, and not shared by several
//! processes: see [Many machines].
//!
#![cfg_attr(feature = "fan-out", doc = "[`FanOut`]: crate::adapters::fan_out::FanOut")]
#![cfg_attr(
    not(feature = "fan-out"),
    doc = "[`FanOut`]: https://docs.rs/sse-proto/latest/sse_proto/adapters/fan_out/struct.FanOut.html"
)]
//! [Many machines]: crate::guide::many_machines

mod cursor;
mod history;
mod ids;
mod numbered_id;
mod rejected;
mod retention;

pub use cursor::{Cursor, Next, Position, Resume};
pub use history::History;
pub use rejected::Rejected;
pub use retention::Retention;
