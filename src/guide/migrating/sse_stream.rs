//! From sse-stream 0.3 or 0.2 to [`EventBodyExt`] and [`EventBody`].
//!
//! ```toml
//! sse-proto = { version = "0.1", features = ["http-body"] }
//! ```
//!
//! # Calls of a client
//!
//! | before | after |
//! |---|---|
//! | `SseStream::new(body)` | [`body.into_events()`][EventBodyExt::into_events] |
//! | `SseByteStream::new(chunks)`, `SseStream::from_bytes_stream(chunks)`, in 0.2 `from_byte_stream` | [`chunks.event_stream()`][EventStreamExt::event_stream] |
//! | `Result<Sse, sse_stream::Error>` | `Result<EventBytes, sse_proto::Error<E>>` |
//! | `block.event` | `event.event_type()`, which is `message` without a field; `event.event_field()` for the field |
//! | `block.data` | `event.data()`. Blocks without data are no events: [`items()`][EventStream::items] returns them as `ItemBuf::Block` |
//! | `block.is_event()`, `block.is_message()` | `event.event_field().is_some()`, `.is_none()`; an empty field is none |
//! | `block.id` | `event.id()`; with the IDs of earlier blocks `event.last_event_id()` |
//! | `block.retry` | `event.retry()`, a `Duration`; of the whole stream `events.reconnection_time()` |
//! | `Error::Body(boxed)` | `Error::Source(error)`, with its type |
//! | `Error::Utf8Parse(_)` | none: no bytes are an error |
//! | the feature `strict-fields` | `items()` returns ignored lines as `ItemBuf::Ignored`; [`ignored()`][EventStream::ignored] counts them |
//!
//! # Calls of a server
//!
//! | before | after |
//! |---|---|
//! | `Sse::default().event(t).data(d).id(i).retry(ms)` | `EventBuf::new(d).with_type(t)?.with_id(i)?.with_retry(duration)` |
//! | `.retry_duration(duration)` | `.with_retry(duration)` |
//! | `Sse::default().id(i)`, a block without data | `EventBuf::without_data().with_id(i)?` |
//! | `sse.encode()?`, in 0.2 `Bytes::from(sse)` | `event.to_bytes()` |
//! | `SseBody::new(stream)` of `Result<Sse, E>` | [`EventBody::new(stream)`][EventBody::new] of events, comments or `Encoded`, or of a `Result` of them |
//! | `SseBody::new_keep_alive(stream, KeepAlive::new().interval(time))`, `.with_keep_alive::<T>(..)` | `EventBody::new(stream).with_keep_alive(time, sleep)` |
//! | `KeepAlive::comment`, `KeepAlive::event` | a comment or an event of the stream itself; the keep-alive is always `:\n` |
//! | `impl Timer for T` | a function: `tokio::time::sleep` ([`Sleep`]) |
//! | `NeverTimer` | `NoKeepAlive`, the default |
//! | `BodyError::Stream(boxed)` | the error of the stream, with its type |
//! | `BodyError::Encode(_)` | an error where the value is set: [`InvalidEvent`](crate::InvalidEvent) |
//! | headers of the response | [`into_response()`][EventBody::into_response] sets them |
//!
//! # Behaviour
//!
//! | | sse-stream 0.3 | here |
//! |---|---|---|
//! | an `id` counts for the events after it | the caller must see to it | `event.last_event_id()` |
//! | a byte that is not UTF-8 | ends the stream with an error | becomes U+FFFD, as the specification requires, and is counted |
//! | a long event | is buffered, whatever its length | 16 MiB at most, or as set; the next event follows |
//! | an ID or a type with a line end | is an error when it is sent, which ends the body | is an error when it is set |
//! | a keep-alive | `:\n\n`, after which some clients dispatch an event | `:\n` |
//! | the clock | `std::time::Instant`, which panics on `wasm32-unknown-unknown` | none: the timer is a future |
//! | a graceful end | | [`until(future)`][EventBody::until] |
//! | many clients | each body encodes each event | [`Encoded`] shares the bytes; [`FanOut`] |
//!
//! # Behaviour of 0.2
//!
//! | | sse-stream 0.2 | here |
//! |---|---|---|
//! | `data` without a colon, unknown fields, repeated fields, `retry` that is no number | are errors | are read, ignored, replaced and ignored, as the specification requires |
//! | data of several lines | is sent as it is: a receiver gets the first line, and the rest can be other fields and events | each line is a `data` line |
//! | an ID or a type with a line end | injects fields and events | is an error when it is set |
//!
//! # Before
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/before_sse_stream.rs"))]
//! ```
//!
//! # After
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/after_sse_stream.rs"))]
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
