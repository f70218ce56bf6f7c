//! The client's side of a long-lived connection: when to connect, what to send, when to wait, and when to stop.
//!
//! [`EventSource`] is a decoder and [`Reconnect`], the state machine of its connection. Neither has a socket, a clock or a source
//! of random numbers: a driver asks for the next [`Step`], does it, and reports what happened. The [`Policy`] has the numbers.
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::client::{Cause, EventSource, Policy, Response, Step, Verdict};
//!
//! let second = Duration::from_secs(1);
//! let mut source = EventSource::new(Policy::default().with_jitter_percent(0), 0);
//!
//! // `now` is the time since any origin.
//! let mut now = 10 * second;
//! assert_eq!(source.step(now), Step::Connect { timeout: Some(300 * second) });
//! let response = Response::new(503).with_retry_after(Some(7 * second));
//! assert_eq!(source.handle_response(now, response), Verdict::Retry(Cause::Status(503)));
//! let step = source.step(now);
//! assert_eq!(step.to_string(), "reconnecting in 7 s: response with status 503; attempt 1");
//!
//! now += 7 * second;
//! assert_eq!(source.step(now), Step::Connect { timeout: Some(300 * second) });
//! let response = Response::new(200).with_content_types(["text/event-stream"]);
//! assert_eq!(source.handle_response(now, response), Verdict::Open);
//! assert_eq!(source.step(now), Step::Receive { idle: Some(300 * second) });
//! let event = source.next_event(now, &mut &b"id: 42\ndata: hello\n\n"[..])?;
//! assert_eq!(event.map(|event| event.data()), Some("hello"));
//!
//! // The stream ends. The next request resumes after event 42.
//! source.handle_end(now);
//! assert_eq!(source.step(now), Step::Wait { time: 3 * second, cause: Cause::Ended, attempt: 1 });
//! assert!(source.request_headers().any(|header| header == ("last-event-id", b"42")));
//! # }
//! # Ok::<(), sse_proto::DecodeError>(())
//! ```
//!
//! # A driver
//!
//! A driver is a loop over [`EventSource::step`]. It needs an HTTP client, a timer, and a clock:
//!
//! - [`Step::Connect`]: send a GET request with [`EventSource::request_headers`], built anew each time, and wait for the response for at
//!   most the timeout. [`EventSource::handle_response`] or [`EventSource::handle_failure`].
//! - [`Step::Receive`]: wait for a chunk of the body for at most the idle time. `next_event` until it returns `None`,
//!   [`EventSource::handle_end`] or [`EventSource::handle_failure`].
//! - [`Step::Wait`]: drop the connection and sleep.
//! - [`Step::Closed`]: drop the connection and end.
//!
//! When a time has passed without a result, the driver asks for the next step and does what it says. While the step is `Connect`,
//! the same request is awaited; a new one is due when [`Reconnect::connections`] has changed.
//!
//! Time that the application needs between two chunks counts towards the idle timeout. A driver that may be kept waiting decodes what
//! has arrived before it asks for the step, or calls [`EventSource::handle_bytes`] first.
//!
//! An asynchronous driver that may be dropped at an await keeps three things in its struct, so that they outlive it: the pending
//! request, the body, and the rest of a chunk that is not decoded yet. If one of them is lost, call
//! [`EventSource::handle_failure`]: the client then reconnects and resumes. Without it, the events in that chunk are lost.
//!
//! # A POST that is resumed with GET
//!
//! Some protocols begin with a POST whose response is an event stream, and resume it with GET requests (MCP does). Use one event
//! source with a policy that reconnects: send the POST while [`Reconnect::connections`] is 1 and a GET afterwards. If the POST fails,
//! before a response or with a timeout, it must not be repeated: call [`EventSource::give_up`], or set
//! [`EventSource::set_max_attempts`] to 0 until the stream is open. The same applies while there is no last event ID: a GET without it
//! opens an unrelated stream.
//!
//! # States
//!
//! ```text
//!                start
//!                  |
//!                  v
//!    +-------> Connecting ------ refuse -----> Refused
//!    |          |     |                         |   |
//!    |        lose  accept                      |   |
//!    |          |     |                         |   |
//!    |          |     v                         |   |
//!    |          |    Open <----- accept --------+   |
//!    |          |     |                             |
//!    |          |    lose                           |
//!    |          |     |                             |
//!    |          v     v                             |
//!    |          Waiting <------- retry -------------+
//!    |             |
//!    +-- elapse ---+
//!
//!    reconnect:  from every state but Closed to Connecting
//!    give up:    from every state but Closed to Closed
//!    close:      from every state but Closed to Closed
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
//! | `Waiting` | `GiveUp`: the application knows that another attempt is futile | `Closed` |
//! | `Waiting` | `Reconnect` | `Connecting` |
//! | `Waiting` | `Close` | `Closed` |
//!
//! Every other input is ignored.
//!
//! In the words of the standard, `Accept` is to
//! [announce the connection](https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection), `Lose` to
//! [reestablish the connection](https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection), and
//! `GiveUp` to [fail the connection](https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection).

mod backoff;
#[cfg(feature = "bytes")]
mod bytes_event_source;
mod cause;
mod decoder;
mod event_source;
#[cfg(test)]
mod picture;
mod policy;
mod random;
mod reconnect;
mod response;
mod states;
mod step;
mod time;

pub use cause::Cause;
pub use decoder::StreamDecoder;
pub use event_source::EventSource;
pub use policy::Policy;
pub use reconnect::Reconnect;
pub use response::{Response, Verdict};
pub use states::State;
pub use step::Step;
