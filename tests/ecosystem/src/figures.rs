//! What a scenario has measured.

use std::fmt;

/// The figures of one scenario. `Display` is the line that it prints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// The name of the scenario.
    pub name: String,
    /// How many events arrived.
    pub events: u64,
    /// How many connections were made.
    pub connections: u64,
    /// How many bytes the servers sent, or the clients received.
    pub bytes: u64,
    /// How many events did not arrive.
    pub lost: u64,
    /// Which these are.
    pub missing: Vec<String>,
    /// How many events arrived twice.
    pub doubled: u64,
    /// How many events arrived after one with a greater number.
    pub disordered: u64,
    /// How many gaps were signalled.
    pub gaps: u64,
    /// What else there is to say.
    pub note: String,
}

impl Figures {
    /// Adds those of another run.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.connections += other.connections;
        self.bytes += other.bytes;
        self.lost += other.lost;
        self.missing.extend_from_slice(&other.missing);
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.gaps += other.gaps;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, events, connections, bytes, lost, doubled, disordered, gaps, note, .. } = self;
        write!(f, "{name}: events {events}, connections {connections}, bytes {bytes}, ")?;
        write!(f, "lost {lost}, doubled {doubled}, gaps {gaps}")?;
        if *disordered > 0 {
            write!(f, ", disordered {disordered}")?;
        }
        if note.is_empty() { Ok(()) } else { write!(f, "; {note}") }
    }
}
