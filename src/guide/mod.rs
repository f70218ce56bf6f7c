//! Guides: which layer to choose, clients, servers, relays, many machines, embedded, polling, migrating, how it is fast, and how it
//! is tested. This module contains documentation only.
//!
//! | guide | |
//! |---|---|
//! | [`choosing`] | which type for which job; what each layer leaves to the caller; which features |
//! | [`clients`] | a subscription that survives lost connections; the answer of a language model; MCP; a client with a thread, or without I/O |
//! | [`servers`] | one log for many clients; a stream for each client; headers, keep-alives, compression, HTTP/2, shutdown; without an HTTP library |
//! | [`relays`] | one upstream for many clients; a stream that is passed on byte for byte |
//! | [`many_machines`] | clients that reconnect to another process |
//! | [`embedded`] | without `std` and without an allocator |
//! | [`polling`] | when to use which: short polling, long polling, Server-Sent Events or WebSocket |
//! | [`falling_back`] | a client that polls where something on the way holds event streams back, and its server |
//! | [`migrating`] | from eventsource-stream, reqwest-eventsource, sse-stream and axum |
//! | [`performance`] | how it is fast, and how that is measured |
//! | [`testing`] | how it is tested, and how to test a program that uses it |
//!
//! # Terms
//!
//! | term | meaning |
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
//! They are those of the [standard](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation);
//! item, keep-alive and gap are those of this crate.

pub mod choosing;
pub mod clients;
pub mod embedded;
pub mod falling_back;
pub mod many_machines;
pub mod migrating;
pub mod performance;
pub mod polling;
pub mod relays;
pub mod servers;
pub mod testing;
