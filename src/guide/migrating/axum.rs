//! From `axum::response::Sse` of axum 0.8 to [`EventBody`] and [`FanOut`].
//!
//! ```toml
//! sse-proto = { version = "0.1", features = ["http-body", "fan-out"] }
//! ```
//!
//! # Calls
//!
//! | before | after |
//! |---|---|
//! | `Sse::new(stream)` as the response | [`EventBody::new(stream).into_response()`][EventBody::into_response] |
//! | stream: `Result<Event, E>`, `E: Into<BoxError>` | events, comments or `Encoded`, or a `Result` of them with the same bound on `E` |
//! | `Event::default().data(text)` | `EventBuf::new(text)`, or `Event::new(&text)`, which borrows |
//! | `.event(t)`, `.id(i)` | `.with_type(t)?`, `.with_id(i)?` |
//! | `.retry(duration)` | `.with_retry(duration)` |
//! | `.json_data(&value)?` | `EventBuf::new(serde_json::to_string(&value)?)` |
//! | `Event::default().comment(text)` | a `Comment::new(text)` of its own: make the stream one of [`Encoded`], into which both convert |
//! | `event.into_data_writer()` | [`DataWriter`](crate::DataWriter) |
//! | `Event::DEFAULT_KEEP_ALIVE` | [`Comment::KEEP_ALIVE`](crate::Comment::KEEP_ALIVE) |
//! | `.keep_alive(KeepAlive::new().interval(time))` | [`.with_keep_alive(time, tokio::time::sleep)`][EventBody::with_keep_alive] |
//! | `.keep_alive(KeepAlive::default())` | the same with 15 s |
//! | `KeepAlive::text`, `KeepAlive::event` | a comment or an event of the stream itself; the keep-alive is always `:\n` |
//! | a `broadcast` channel for all clients | [`FanOut`], which is sent the header `Last-Event-ID` and replays |
//!
//! # Behaviour
//!
//! | | axum 0.8 | here |
//! |---|---|---|
//! | an ID or a type with a line end, an ID with NUL | panics in the handler or in the stream | is an error when it is set |
//! | a comment with a line end | panics | is sent as several comments |
//! | a field that is set twice | panics | is replaced |
//! | CRLF in data | arrives as two line ends | arrives as one |
//! | empty data | no event arrives | an event with empty data arrives |
//! | a keep-alive | `:\n\n`, after which some clients dispatch an event | `:\n` |
//! | the timer | that of tokio; panics outside a runtime | that of any runtime |
//! | `X-Accel-Buffering: no` | is not sent, so nginx buffers | is sent |
//! | the end of all responses, for a graceful shutdown | is up to each stream | [`until(future)`][EventBody::until], [`FanOut::close`] |
//! | many clients | each response encodes each event | [`FanOut`] encodes each event once |
//!
//! # Before
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/before_axum.rs"))]
//! ```
//!
//! # After
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/after_axum.rs"))]
//! ```
//!
//! # Before, with many clients
//!
//! A client that reconnects, or is too slow, has lost events and does not know it.
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/before_axum_broadcast.rs"))]
//! ```
//!
//! # After, with many clients
//!
//! A client that reconnects or is too slow gets what it has missed, or an event of the type `gap`.
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/after_axum_broadcast.rs"))]
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
