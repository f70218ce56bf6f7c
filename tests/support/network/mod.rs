//! A simulated network with a clock of its own. On one side is an `EventSource` and an application, on the other a server with a
//! `History`; between them all that goes wrong with connections. The same seed gives the same session on every machine.
#![allow(unreachable_pub, reason = "a module of a test binary")]

pub mod body;
pub mod checker;
pub mod client;
pub mod faults;
pub mod policies;
pub mod server;
mod session;

pub use checker::Failure;
pub use faults::{Fault, Faults};
pub use session::{MIN_EVENTS, MIN_FAULTS, Report, run};

/// What makes a session fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Requests are sent without `Last-Event-ID`.
    ClientForgetsId,
    /// The log begins with the event that the client has received last.
    LogReplaysInclusively,
    /// The server does not say that events are gone.
    ServerHidesGaps,
}
