//! Migrating from other crates, line by line.
//!
//! | from | with | guide |
//! |---|---|---|
//! | eventsource-stream 0.2 | a stream of chunks, for example of reqwest | [`eventsource_stream`] |
//! | reqwest-eventsource 0.6 | a client that reconnects | [`reqwest_eventsource`] |
//! | sse-stream 0.3, and 0.2 | bodies of responses, received and sent | [`sse_stream`] |
//! | `axum::response::Sse` of axum 0.8 | a server | [`axum`] |
//!
//! Each guide has the calls, the behaviour that differs, and a program before and after. The programs are compiled and run, and
//! the differences observed, by the tests in `tests/ecosystem`, with the newest versions of November 2026: eventsource-stream
//! 0.2.3, reqwest-eventsource 0.6.0, sse-stream 0.3.0 and 0.2.6, axum 0.8.9.
//!
#![cfg_attr(
    all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"),
    doc = include_str!("../links.md")
)]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("../links_online.md")
)]

pub mod axum;
pub mod eventsource_stream;
pub mod reqwest_eventsource;
pub mod sse_stream;
