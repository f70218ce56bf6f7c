//! What an application may see: each event once, in order, or a signal before it continues after a gap.

use crate::network::server::{data_of, type_of};

/// How a session breaks a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// An event was expected, but a later one came, or none.
    Lost { expected: u64, found: u64 },
    /// An event came again.
    Doubled { expected: u64, found: u64 },
    /// An event is not the one that was pushed.
    Corrupt(String),
    /// A signal says more than were missed.
    WrongMissed { expected: u64, found: u64 },
    /// The log resumed at a place that is not the client's.
    WrongResume(String),
    /// The client did not do what its policy says.
    Client(String),
    /// The session does not end.
    Stuck,
}

/// What a gap signal allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    None,
    /// The next event has this index.
    Until(u64),
    /// The next event has any later index.
    Unknown,
}

/// Follows the events of one application, over all its connections and clients. Each event has an index that its data contain.
#[derive(Debug)]
pub struct Checker {
    /// The index of the next event. `None` until the application has a place in the stream.
    expected: Option<u64>,
    gap: Gap,
    pub events: u64,
    /// How many gaps were signalled, and how many events were missed in them.
    pub gaps: u64,
    pub missed: u64,
    scratch: String,
}

impl Checker {
    pub const fn new() -> Self {
        Self { expected: None, gap: Gap::None, events: 0, gaps: 0, missed: 0, scratch: String::new() }
    }

    pub fn has_place(&self) -> bool {
        self.expected.is_some()
    }

    /// A request is sent. Without an ID it joins the stream as a new client does, and an earlier signal no longer applies.
    pub fn connects(&mut self) {
        if self.expected.is_none() {
            self.gap = Gap::None;
        }
    }

    /// The application got a place in the stream without an event: nothing from this index on may be lost.
    pub fn joins(&mut self, next: u64) {
        if self.expected.is_none() {
            self.expected = Some(next);
        }
    }

    /// The client says that its last event ID cannot be sent.
    pub fn omits_id(&mut self) {
        self.signalled(Gap::Unknown);
    }

    pub fn event(&mut self, event_type: &str, data: &str, id: &str) -> Result<(), Failure> {
        if event_type == "gap" {
            return self.gap_event(data);
        }
        let corrupt = || Failure::Corrupt(format!("{event_type:?} {data:?} {id:?}"));
        let index = data.split(' ').next().and_then(|index| index.parse().ok()).ok_or_else(corrupt)?;
        data_of(index, id, &mut self.scratch);
        if self.scratch != data || event_type != type_of(index) {
            return Err(corrupt());
        }
        let expected = self.expected.unwrap_or(index);
        let allowed = match self.gap {
            Gap::None => expected,
            Gap::Until(next) => next,
            Gap::Unknown => index.max(expected),
        };
        if index > allowed {
            return Err(Failure::Lost { expected: allowed, found: index });
        }
        if index < allowed {
            return Err(Failure::Doubled { expected: allowed, found: index });
        }
        self.missed += index - expected;
        self.events += 1;
        (self.expected, self.gap) = (Some(index + 1), Gap::None);
        Ok(())
    }

    /// All events below this index were sent, and the connection is healthy.
    pub fn finish(&self, next: u64) -> Result<(), Failure> {
        let expected = match self.gap {
            Gap::None => self.expected.unwrap_or(next),
            Gap::Until(index) => index,
            Gap::Unknown => next,
        };
        if expected == next { Ok(()) } else { Err(Failure::Lost { expected, found: next }) }
    }

    /// How many events were missed, or `?`, and the index of the next one.
    fn gap_event(&mut self, data: &str) -> Result<(), Failure> {
        let corrupt = || Failure::Corrupt(format!("gap {data:?}"));
        let (missed, next) = data.split_once(' ').ok_or_else(corrupt)?;
        let next = next.parse().map_err(|_| corrupt())?;
        let place = match self.gap {
            Gap::None => self.expected,
            Gap::Until(index) => Some(index),
            Gap::Unknown => None,
        };
        if let (Ok(missed), Some(place)) = (missed.parse::<u64>(), place) {
            if place + missed < next {
                return Err(Failure::Lost { expected: place, found: next - missed });
            }
            if place + missed > next {
                return Err(Failure::WrongMissed { expected: next.saturating_sub(place), found: missed });
            }
        }
        self.signalled(Gap::Until(next));
        Ok(())
    }

    fn signalled(&mut self, gap: Gap) {
        self.gaps += 1;
        self.gap = gap;
    }
}
