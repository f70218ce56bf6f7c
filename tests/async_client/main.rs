//! The asynchronous client with servers, bodies, timers and tasks that do what real ones do. The clock is tokio's paused one: time
//! passes only while all wait.
#![cfg(feature = "client")]

#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/nested_error.rs"]
mod nested_error;
#[allow(dead_code, unused_imports, reason = "a part of it is used")]
#[path = "../support/network/mod.rs"]
mod network;
#[path = "../support/mod.rs"]
mod support;

mod agreement;
mod controls;
mod costs;
mod endings;
mod plans;
mod polls;
mod refusals;
mod requests;
mod script;
mod sessions;
mod timers;
mod times;
mod types;
mod updates;
