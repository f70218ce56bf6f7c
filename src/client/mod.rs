//! The client's side of a connection that lasts: when to connect, what to send, when to wait, and when to stop.
//!
//! [`EventSource`] is a decoder and [`Reconnect`], the state machine of its connection. Neither has a socket, a clock or a source
//! of random numbers: a driver asks for the next [`Step`], does it, and reports what happened. The [`Policy`] has the numbers.
//!
//! # States
//!
//! ```text
//!                        reconnect                    accept
//!               +-------------------------+ +----------------------+
//!               v                         | |                      v
//!  start --> Connecting ----- refuse ---> Refused              +-> Open
//!              ^  |  |                       |                 |    |
//!              |  |  +------- accept --------|-----------------+    |
//!              |  |                          |                      |
//!              |  +--- lose ---+   +- retry -+      +---- lose -----+
//!              |               v   v                v
//!              +-- elapse --- Waiting <-------------+
//!
//!  reconnect: from every state but Closed to Connecting
//!  give up:   from Connecting, Refused and Open to Closed
//!  close:     from every state to Closed
//! ```
//!
//! | from | input | to |
//! |---|---|---|
//! | `Connecting` | `Accept`: the response is an event stream | `Open` |
//! | `Connecting` | `Refuse`: the response is not an event stream | `Refused` |
//! | `Connecting` | `Lose`: the connection failed or timed out | `Waiting` |
//! | `Connecting` | `GiveUp`: the same, and the policy allows no further attempt | `Closed` |
//! | `Connecting` | `Reconnect` | `Connecting` |
//! | `Connecting` | `Close` | `Closed` |
//! | `Refused` | `Accept`: the application accepts the response | `Open` |
//! | `Refused` | `Retry`: the cause is temporary | `Waiting` |
//! | `Refused` | `GiveUp`: the cause is not temporary, or the policy allows no further attempt | `Closed` |
//! | `Refused` | `Reconnect` | `Connecting` |
//! | `Refused` | `Close` | `Closed` |
//! | `Open` | `Lose`: the stream ended, failed or timed out | `Waiting` |
//! | `Open` | `GiveUp`: the same, and the policy allows no further attempt | `Closed` |
//! | `Open` | `Reconnect` | `Connecting` |
//! | `Open` | `Close` | `Closed` |
//! | `Waiting` | `Elapse`: the delay has elapsed | `Connecting` |
//! | `Waiting` | `Reconnect` | `Connecting` |
//! | `Waiting` | `Close` | `Closed` |
//!
//! Every other input is ignored.

mod backoff;
#[cfg(feature = "bytes")]
mod bytes_event_source;
mod cause;
mod decoder;
mod event_source;
mod policy;
mod random;
mod reconnect;
mod response;
mod states;
mod step;

pub use cause::Cause;
pub use decoder::StreamDecoder;
pub use event_source::EventSource;
pub use policy::Policy;
pub use reconnect::Reconnect;
pub use response::{Response, Verdict};
pub use states::State;
pub use step::Step;
