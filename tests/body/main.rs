//! `EventBody` and `BodyEvents`: frames, keep-alives, the end, errors, allocations. The tests of decoding run through `BodyEvents`, too
//! (`tests/conformance.rs`, `tests/chunking.rs`).
#![cfg(feature = "http-body")]

#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/feed.rs"]
mod feed;
#[path = "../support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]
mod random;

mod chunks;
mod costs;
mod endings;
mod events;
mod frames;
mod keep_alive;
mod server;
mod timers;
mod types;
