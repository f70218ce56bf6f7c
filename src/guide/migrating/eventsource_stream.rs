//! From eventsource-stream 0.2 to [`EventStreamExt`].
//!
//! ```toml
//! sse-proto = { version = "0.1", features = ["stream"] }
//! ```
//!
//! # Calls
//!
//! | before | after |
//! |---|---|
//! | `use eventsource_stream::Eventsource` | `use sse_proto::adapters::stream::EventStreamExt` |
//! | `chunks.eventsource()`, `EventStream::new(chunks)` | [`chunks.event_stream()`][EventStreamExt::event_stream] |
//! | chunks: any `AsRef<[u8]>` | any `bytes::Buf`: `Bytes` and `&[u8]` as they are, a `Vec<u8>` after `Bytes::from` |
//! | `events.set_last_event_id(id)` | `events.decoder_mut().set_last_event_id(&id)?` |
//! | `events.last_event_id()` | the same |
//! | `event.event` | `event.event_type()` |
//! | `event.data` | `event.data()`; as `Bytes` without a copy `event.into_data()` |
//! | `event.id` | `event.last_event_id()`; `event.id()` if only an `id` of this event counts |
//! | `event.retry` | `event.retry()`; of the whole stream `events.reconnection_time()` |
//! | `Event { .. }` as a literal, in tests | `EventBuf::new(data).with_type(..)?.with_id(..)?` |
//! | `EventStreamError::Transport(error)` | `Error::Source(error)` |
//! | `EventStreamError::Utf8(_)`, `Parser(_)` | none: no bytes are an error |
//! | | `Error::Decode(_)`: an event exceeded the limit and is skipped |
//!
//! `event.data()` borrows from the event, which may share the memory of its chunk: see [`EventBytes`]. For a `String` call
//! `event.data().to_owned()`, or `EventBuf::from(event).into_data()`.
//!
//! # Behaviour
//!
//! | | eventsource-stream 0.2 | here |
//! |---|---|---|
//! | a byte order mark at the start | panics | is skipped |
//! | a byte that is not UTF-8 | no event follows, and at the end of the stream an error | becomes U+FFFD, as the specification requires, and is counted ([`utf8_replacements`][EventStream::utf8_replacements]) |
//! | `id` in a block without data | is not in `last_event_id()` | is |
//! | `set_last_event_id` | is lost with the first event that has no ID | stays until the stream sets another |
//! | `retry` in a block without data | is lost | is in `reconnection_time()` |
//! | `retry: +5` | is 5 ms | is ignored, as the specification requires |
//! | an event that ends with CR | is returned with the next byte, or never | is returned at once |
//! | many events in a chunk, or an event in many chunks | takes quadratic time | takes linear time |
//! | a long event | is buffered, whatever its length | 16 MiB at most, or [as set][EventStream::with_limits] |
//! | comments, for an idle timeout | are invisible | [`heartbeats()`][EventStream::heartbeats], [`items()`][EventStream::items] |
//! | an error page in place of a stream | is an empty stream | is seen: [`ignored()`][EventStream::ignored] |
//! | a stream that ends within an event | is invisible | [`end_of_stream()`][EventStream::end_of_stream] |
//!
//! # Before
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/before_eventsource_stream.rs"))]
//! ```
//!
//! # After
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/after_eventsource_stream.rs"))]
//! ```
//!
#![cfg_attr(
    all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"),
    doc = include_str!("../links.md")
)]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("../links_online.md")
)]
