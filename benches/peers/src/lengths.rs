//! Data of several lengths, to encode: whether a peer is ahead at any of them.

use std::sync::LazyLock;

use crate::encode::SAMPLE;
use crate::fixtures::{Block, Fixture, Sent};

const LENGTHS: [(&str, &str, usize); 5] = [
    ("256 B, one line", "256 B, lines of 64 B", 256),
    ("4 KiB, one line", "4 KiB, lines of 64 B", 4 << 10),
    ("64 KiB, one line", "64 KiB, lines of 64 B", 64 << 10),
    ("1 MiB, one line", "1 MiB, lines of 64 B", 1 << 20),
    ("4 MiB, one line", "4 MiB, lines of 64 B", 4 << 20),
];

static FIXTURES: LazyLock<Vec<Fixture>> = LazyLock::new(|| {
    let one_line = LENGTHS.map(|(name, _, length)| fixture(name, length, usize::MAX));
    one_line.into_iter().chain(LENGTHS.map(|(_, name, length)| fixture(name, length, 64))).collect()
});

/// Events of data alone: one line, or many.
pub fn fixtures() -> &'static [Fixture] {
    &FIXTURES
}

/// As many events as make a sample. They are only encoded, so the bytes of the stream are never read.
fn fixture(name: &'static str, length: usize, line: usize) -> Fixture {
    let data: String = (1..=length).map(|at| if at % line == 0 { '\n' } else { 'x' }).collect();
    let event = |_| Sent { event_type: "message".into(), data: data.clone(), id: None, retry: None };
    let count = (SAMPLE / length).max(1);
    let blocks = (1..=count).map(|events| Block { end: events * length, events }).collect();
    Fixture { name, stream: vec![0; count * length], events: (0..count).map(event).collect(), blocks }
}
