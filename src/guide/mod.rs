//! Guides: when to use Server-Sent Events, clients, servers, relays, many machines, and how to migrate from other crates. This module
//! contains documentation only.
//!
//! | guide | |
//! |---|---|
//! | [`polling`] | when to use which: short polling, long polling, Server-Sent Events or WebSocket |
//! | [`clients`] | a subscription that survives lost connections; the answer of a language model; a client with a thread, or without I/O |
//! | [`servers`] | one log for many clients; a stream for each client; a server without an HTTP library |
//! | [`relays`] | one upstream for many clients; a stream that is passed on byte for byte |
//! | [`many_machines`] | clients that reconnect to another process |
//! | [`migrating`] | from eventsource-stream, reqwest-eventsource, sse-stream and axum |
//!
//! # Terms
//!
//! | | |
//! |---|---|
//! | event stream | the body of a response of type `text/event-stream`, from its first byte to its last |
//! | line | ends with LF, CR or CRLF; a field, a comment, or ignored |
//! | field | `data`, `event`, `id` or `retry`, a colon, and a value |
//! | comment | a line that begins with a colon |
//! | block | the lines up to a blank line |
//! | dispatch | what a blank line does: a block with data becomes an event, and its `id` becomes the last event ID |
//! | last event ID | where a client resumes; it outlives the event stream |
//! | reconnection time | how long a client waits before it reconnects; it outlives the event stream |
//! | item | an event, a block without data, a comment or an ignored line |
//! | keep-alive | a comment that a server sends while there is no event, so that the connection is not taken for dead |
//! | gap | events that a client has missed and that cannot be replayed |
//!
//! # Which type
//!
//! | job | asynchronous | with a thread | without I/O |
//! |---|---|---|---|
//! | receive, reconnect, resume | [`EventClient`] | [`io::EventClient`] | [`EventSource`] |
//! | receive one response | [`EventBodyExt`], [`EventStreamExt`], [`EventCodec`] | [`EventReader`] | [`Decoder`], [`BytesDecoder`], [`FixedDecoder`] |
//! | send to one client | [`EventBody`], [`EventCodec`] | [`EventWriter`] | [`Event`], [`Encoder`] |
//! | send to many, replay | [`FanOut`] | [`History`] | [`History`] |
//! | pass on unchanged | the body as it is | the reader as it is | [`Tokenizer::next_piece`] |
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]

pub mod clients;
pub mod many_machines;
pub mod migrating;
pub mod polling;
pub mod relays;
pub mod servers;
