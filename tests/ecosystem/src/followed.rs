//! What a client that follows a site has seen.

use std::collections::BTreeMap;

use sse_proto::client::Cause;
use sse_proto::{EndOfStream, Event};

use crate::BoxError;
use crate::figures::Figures;
use crate::stream::Ledger;

/// What a client has seen.
#[derive(Clone, Debug, Default)]
#[allow(clippy::exhaustive_structs)]
pub struct Followed {
    /// The numbers that arrived.
    pub ledger: Ledger,
    /// How many connections were made.
    pub connections: u64,
    /// How often a connection could not be made.
    pub failures: u64,
    /// How often a stream ended, by cause.
    pub causes: BTreeMap<String, u64>,
    /// How many streams ended in the middle of an event.
    pub incomplete: u64,
    /// How many gaps there were.
    pub gaps: u64,
    /// How many events were missed in them.
    pub missed: u64,
}

impl Followed {
    /// Takes an event. Returns `false` if it is the last.
    ///
    /// # Errors
    ///
    /// If the event is none of a [`Site`](crate::site::Site).
    pub fn event<'a>(&mut self, event: impl Into<Event<'a>>) -> Result<bool, BoxError> {
        let event = event.into();
        match event.event_type() {
            "message" => self.ledger.arrive(event.data().split(' ').next().unwrap_or_default().parse()?),
            "gap" => {
                self.gaps += 1;
                self.missed += event.data().parse::<u64>()?;
            }
            "end" => return Ok(false),
            other => return Err(format!("an event of the type {other}").into()),
        }
        Ok(true)
    }

    /// A connection is lost: one that was open, or one that was not made.
    pub fn lose(&mut self, was_open: bool, cause: Cause, stream: &EndOfStream) {
        if was_open {
            *self.causes.entry(cause.to_string()).or_default() += 1;
            self.incomplete += u64::from(stream.is_incomplete());
        } else {
            self.failures += 1;
        }
    }

    /// Adds this client to the figures, which must have received these numbers.
    pub fn count(&self, numbers: impl IntoIterator<Item = u64>, figures: &mut Figures) {
        self.ledger.count(numbers, figures);
        figures.connections += self.connections;
        figures.gaps += self.gaps;
    }
}
