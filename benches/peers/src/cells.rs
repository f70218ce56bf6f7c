//! The cells of the decode tables: each is a fixture, split into chunks in one way.

use crate::fixtures::{self, Block, Chunks, Fixture, Sample};
use crate::recorded;

/// Where a stream is split into chunks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    Plain(fixtures::Cut),
    /// In chunks of recorded sizes.
    Recorded,
}

/// How real streams arrive: a full read buffer, a TLS record, a TCP segment, a flush per event, recorded sizes.
const REALISTIC: [Cut; 5] = [
    Cut::Plain(fixtures::Cut::Bytes(64 * 1024)),
    Cut::Plain(fixtures::Cut::Bytes(16 * 1024)),
    Cut::Plain(fixtures::Cut::Bytes(1460)),
    Cut::Plain(fixtures::Cut::Blocks),
    Cut::Recorded,
];

/// How no stream arrives. They show that the time is linear, however many chunks there are.
const LINEARITY: [Cut; 2] = [Cut::Plain(fixtures::Cut::Bytes(16)), Cut::Plain(fixtures::Cut::Bytes(1))];

/// A fixture with its chunks of recorded sizes.
pub struct Stream {
    pub fixture: Fixture,
    recorded: Vec<Block>,
}

#[derive(Clone, Copy)]
pub struct Cell {
    pub cut: Cut,
    pub sample: Sample<'static>,
    recorded: &'static [Block],
}

/// All streams, for the rest of the run.
pub fn streams() -> &'static [Stream] {
    let streams = fixtures::all().into_iter().map(|fixture| Stream { recorded: recorded::chunks(&fixture), fixture });
    streams.collect::<Vec<_>>().leak()
}

/// All cells, the realistic ones first. Without lines of 4 MiB in chunks of one byte: most contenders take longer than a pass may,
/// and the section of the long line measures that.
pub fn all(streams: &'static [Stream]) -> impl Iterator<Item = Cell> {
    let cells = |cuts: &'static [Cut]| streams.iter().flat_map(|stream| cuts.iter().map(|cut| Cell::new(stream, *cut)));
    cells(&REALISTIC).chain(cells(&LINEARITY).filter(|cell| cell.name() != "line-4m / 1 B"))
}

impl Cut {
    pub fn is_realistic(self) -> bool {
        REALISTIC.contains(&self)
    }

    pub fn name(self) -> String {
        match self {
            Self::Plain(cut) => cut.name(),
            Self::Recorded => "recorded".into(),
        }
    }

    /// Small chunks are slow, so a part of the stream suffices.
    fn sample_bytes(self) -> usize {
        match self {
            Self::Plain(fixtures::Cut::Bytes(1)) => 128 * 1024,
            Self::Plain(fixtures::Cut::Bytes(16)) => 512 * 1024,
            _ => usize::MAX,
        }
    }
}

impl Cell {
    fn new(stream: &'static Stream, cut: Cut) -> Self {
        Self { cut, sample: stream.fixture.sample(cut.sample_bytes()), recorded: &stream.recorded }
    }

    pub fn name(&self) -> String {
        format!("{} / {}", self.sample.name, self.cut.name())
    }

    pub fn chunks(&self) -> Chunks<'static> {
        match self.cut {
            Cut::Plain(cut) => cut.chunks(&self.sample),
            Cut::Recorded => fixtures::Cut::Blocks.chunks(&Sample { blocks: self.recorded, ..self.sample }),
        }
    }
}
