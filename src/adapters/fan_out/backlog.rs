//! The trait between a fan-out and a log of another machine.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;

use crate::EventBuf;

/// A log that several processes share, read page by page. Implemented for every closure and function with the signature
/// `Fn(String) -> impl Future<Output = Result<Page, E>>`. See [Many machines](super#many-machines).
///
/// ```
/// use std::convert::Infallible;
/// use sse_proto::EventBuf;
/// use sse_proto::adapters::fan_out::{Backlog, Page};
///
/// fn takes_a_backlog(_: impl Backlog<Error = Infallible>) {}
///
/// takes_a_backlog(|last_event_id: String| async move {
///     // Here a request is sent.
///     Ok(if last_event_id == "1" { Page::Events(vec![]) } else { Page::Gone(vec![]) })
/// });
/// ```
pub trait Backlog {
    /// Why a page could not be read. It ends the subscription.
    type Error;

    /// Completes with the page. Dropping it cancels the request. It should fail after some time without an answer: nothing else ends
    /// it.
    type Future: Future<Output = Result<Page, Self::Error>>;

    /// Reads the first events after the one with this ID, which is not empty.
    ///
    /// The ID is what the client has sent, and need not be one of this log. An ID that the log cannot have issued is
    /// [`Page::Gone`], not an error: the client would send it again and again.
    fn after(&self, last_event_id: &str) -> Self::Future;
}

impl<F, T, E> Backlog for F
where
    F: Fn(String) -> T,
    T: Future<Output = Result<Page, E>>,
{
    type Error = E;
    type Future = T;

    fn after(&self, last_event_id: &str) -> T {
        self(last_event_id.to_owned())
    }
}

/// Events of a [`Backlog`]: in order, each with its ID, and without a hole. Events that have no ID, or the ID that was asked for, are
/// skipped. A page may be of any length; all of it is in memory until it is delivered.
#[derive(Clone, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the log continues after the ID or it does not; its events are in either")]
pub enum Page {
    /// The first events after the ID. Empty only if there is none yet: the subscription then waits until an event is sent to the
    /// fan-out.
    Events(Vec<EventBuf>),
    /// Events after the ID are not in the log any more, or the ID is unknown: the oldest events of the log. If there is none, the
    /// subscription continues at the oldest event of the local log.
    Gone(Vec<EventBuf>),
}

/// Shows the number of events, but not the events, which may be confidential.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, events) = match self {
            Self::Events(events) => ("Events", events),
            Self::Gone(events) => ("Gone", events),
        };
        f.debug_struct(name).field("len", &events.len()).finish()
    }
}
