//! Sessions over a network that loses connections: each event arrives once.

use core::fmt;
use core::ops::ControlFlow;

use sse_proto::client::{Cause, EventSource, Policy};
use sse_proto::{DecodeError, Event, FixedDecoder, Limit};

use crate::client::{Source, follow};
use crate::network::{Counts, Lossy};
use crate::server::{EVENTS, Readings, TOO_LARGE, id, reading};

/// How many sessions are run, each with other losses.
pub(crate) const SESSIONS: u32 = 200;

/// What happened in all sessions.
#[derive(Debug, Default)]
pub(crate) struct Total {
    pub(crate) events: u32,
    pub(crate) connections: u32,
    pub(crate) not_made: u32,
    pub(crate) refused: u32,
    pub(crate) cut: u32,
    pub(crate) silent: u32,
}

impl Total {
    fn add(&mut self, counts: Counts) {
        self.connections += counts.connections;
        self.not_made += counts.not_made;
        self.refused += counts.refused;
        self.cut += counts.cut;
        self.silent += counts.silent;
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, connections, not_made, refused, cut, silent } = self;
        write!(f, "{SESSIONS} sessions: {events} events over {connections} connections, none lost, none doubled; ")?;
        write!(f, "{cut} cut, {silent} silent, {not_made} not made, {refused} refused")
    }
}

pub(crate) fn run() -> Total {
    let mut total = Total::default();
    for seed in 0..SESSIONS {
        let mut network = Lossy::<Readings>::new(seed);
        total.events += session(&mut network, seed);
        total.add(network.counts());
    }
    // Each fault has happened, many times.
    assert!(total.not_made.min(total.refused).min(total.cut).min(total.silent) > SESSIONS, "{total:?}");
    total
}

/// Receives all events, and returns how many there were.
fn session(network: &mut Lossy<Readings>, seed: u32) -> u32 {
    // A seed should be a random number.
    let mut source: Source = EventSource::with_decoder(FixedDecoder::with_fixed_buffers(), Policy::new(), seed.into());
    let mut received = Received { next: 1, events: 0, was_too_large: false };
    let cause = follow(&mut source, network, |event| {
        received.check(event);
        ControlFlow::Continue(())
    });
    // After the last event the server asks the client to stop.
    assert_eq!((cause, received.next), (Cause::NoContent, EVENTS + 1), "session {seed}");
    assert_eq!(source.last_event_id(), id(EVENTS).as_str());
    received.events
}

struct Received {
    /// The ID of the event that must come next.
    next: u32,
    events: u32,
    /// Whether the event that comes next was reported as too large.
    was_too_large: bool,
}

impl Received {
    fn check(&mut self, event: Result<Event<'_>, DecodeError>) {
        match event {
            Ok(event) => {
                if self.was_too_large {
                    (self.next, self.was_too_large) = (self.next + 1, false);
                }
                assert_eq!(event.id(), Some(id(self.next).as_str()));
                assert_eq!((event.event_type(), event.data()), ("reading", reading(self.next).as_str()));
                (self.next, self.events) = (self.next + 1, self.events + 1);
            }
            // Again, if the connection is lost before its end.
            Err(DecodeError::EventTooLarge { limit: Limit::DataBuffer, .. }) => {
                assert_eq!(self.next, TOO_LARGE);
                self.was_too_large = true;
            }
            Err(error) => panic!("{error}"),
        }
    }
}
