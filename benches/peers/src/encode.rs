//! Runs the encoders over the fixtures, and over data of several lengths, and collects the results.

use std::hint::black_box;
use std::time::{Duration, Instant};

use sse_proto::Event;

use crate::contenders::encode::{Contender, contenders, event};
use crate::fixtures::{Block, Fixture, Sent};
use crate::options::Options;
use crate::table::{count, merge_times, ratio};
use crate::timing::{Pass, race};

/// The results.
pub struct Encoders {
    /// Ours with a reused buffer, the peers, our other ways.
    pub names: Vec<&'static str>,
    pub rows: Vec<Row>,
}

/// The events of one fixture.
pub struct Row {
    pub fixture: &'static str,
    pub events: usize,
    /// The encoded length.
    pub bytes: usize,
    /// The time to copy the encoded events into a reused buffer, each event at once.
    pub copy: Duration,
    /// The time to copy them piece by piece.
    pub copy_pieces: Duration,
    /// The time of each contender, or the reason why it is excluded.
    pub times: Vec<Result<Duration, String>>,
}

/// The bytes that a pass encodes, or one event if that is longer.
const SAMPLE: usize = 128 * 1024;

/// Verifies and times all contenders.
pub fn run(fixtures: &'static [Fixture], options: &Options) -> Encoders {
    let contenders = contenders();
    let mut encoders =
        Encoders { names: contenders.iter().map(|contender| contender.name).collect(), rows: Vec::new() };
    let lengths: &'static [Fixture] = lengths().leak();
    for turn in 0..options.turns() {
        let chosen = fixtures.iter().chain(lengths).filter(|fixture| fixture.name.contains(&options.filter));
        for (number, fixture) in chosen.enumerate() {
            let row = run_row(&contenders, fixture, options);
            eprintln!("{turn} encode {}", fixture.name);
            match encoders.rows.get_mut(number) {
                Some(before) => before.merge(row),
                None => encoders.rows.push(row),
            }
        }
    }
    encoders
}

/// Events of data alone: one line, or many.
fn lengths() -> Vec<Fixture> {
    const LENGTHS: [(&str, &str, usize); 5] = [
        ("256 B, one line", "256 B, lines of 64 B", 256),
        ("4 KiB, one line", "4 KiB, lines of 64 B", 4 << 10),
        ("64 KiB, one line", "64 KiB, lines of 64 B", 64 << 10),
        ("1 MiB, one line", "1 MiB, lines of 64 B", 1 << 20),
        ("4 MiB, one line", "4 MiB, lines of 64 B", 4 << 20),
    ];
    let one_line = LENGTHS.map(|(name, _, length)| of_length(name, length, usize::MAX));
    one_line.into_iter().chain(LENGTHS.map(|(_, name, length)| of_length(name, length, 64))).collect()
}

/// As many events as make a sample. They are only encoded, so the bytes of the stream are never read.
fn of_length(name: &'static str, length: usize, line: usize) -> Fixture {
    let data: String = (1..=length).map(|at| if at % line == 0 { '\n' } else { 'x' }).collect();
    let event = |_| Sent { event_type: "message".into(), data: data.clone(), id: None, retry: None };
    let count = (SAMPLE / length).max(1);
    let blocks = (1..=count).map(|events| Block { end: events * length, events }).collect();
    Fixture { name, stream: vec![0; count * length], events: (0..count).map(event).collect(), blocks }
}

fn run_row(contenders: &[Contender], fixture: &'static Fixture, options: &Options) -> Row {
    let sample = fixture.sample(SAMPLE);
    let verified: Vec<_> = contenders.iter().map(|contender| contender.verify(sample.events)).collect();
    let encoded: Vec<String> = sample.events.iter().map(encoded).collect();
    let pieces: Vec<Vec<&str>> = encoded.iter().map(|encoded| pieces(encoded)).collect();
    let mut passes: Vec<Pass<'_>> = vec![copy(&encoded), copy_pieces(&pieces)];
    for (contender, verified) in contenders.iter().zip(&verified) {
        if verified.is_ok() {
            passes.push(contender.pass(sample.events));
        }
    }
    let mut passes: Vec<Pass<'_>> = passes.into_iter().map(warm).collect();
    let mut times = race(&mut passes, options.cell_time()).into_iter();
    let mut next = || times.next().unwrap_or_default();
    Row {
        fixture: fixture.name,
        events: sample.events.len(),
        bytes: encoded.iter().map(String::len).sum(),
        copy: next(),
        copy_pieces: next(),
        times: verified.into_iter().map(|verified| verified.map(|()| next())).collect(),
    }
}

/// Times the last of four passes, as in a server that encodes one event after another. Otherwise a buffer that is reused for a
/// long event would have left the cache while the other contenders ran, but a fresh buffer would be in it: all contenders get the
/// memory that the previous one has just freed.
fn warm(mut pass: Pass<'_>) -> Pass<'_> {
    Box::new(move || {
        for _ in 0..3 {
            pass();
        }
        pass()
    })
}

fn encoded(sent: &Sent) -> String {
    event(sent, Event::new(&sent.data)).to_string()
}

/// The pieces of an encoded event: prefixes, values, line ends.
fn pieces(encoded: &str) -> Vec<&str> {
    let parts = encoded.split_inclusive('\n').flat_map(|line| {
        let (line, end) = line.split_at(line.len() - 1);
        let (prefix, value) = line.split_at(line.find(": ").map_or(0, |colon| colon + 2));
        [prefix, value, end]
    });
    parts.filter(|part| !part.is_empty()).collect()
}

fn copy(events: &[String]) -> Pass<'_> {
    let mut buffer = String::new();
    Box::new(move || {
        let start = Instant::now();
        for event in events {
            buffer.clear();
            buffer.push_str(event);
            black_box(&buffer);
        }
        start.elapsed()
    })
}

fn copy_pieces<'e>(events: &'e [Vec<&str>]) -> Pass<'e> {
    let mut buffer = String::new();
    Box::new(move || {
        let start = Instant::now();
        for event in events {
            buffer.clear();
            for piece in event {
                buffer.push_str(piece);
            }
            black_box(&buffer);
        }
        start.elapsed()
    })
}

impl Row {
    /// Merges another run of the same events, keeping the fastest pass of each contender.
    fn merge(&mut self, again: Self) {
        self.copy = self.copy.min(again.copy);
        self.copy_pieces = self.copy_pieces.min(again.copy_pieces);
        merge_times(&mut self.times, again.times);
    }

    pub fn ns_per_event(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e9 / count(self.events)
    }

    pub fn time(&self, number: usize) -> Option<Duration> {
        self.times.get(number)?.as_ref().ok().copied()
    }

    /// Our time with a reused buffer.
    pub fn ours(&self) -> Option<Duration> {
        self.time(0)
    }

    /// The speed of the contender relative to ours.
    pub fn speed(&self, number: usize) -> Option<f64> {
        Some(ratio(self.ours()?, self.time(number)?))
    }
}
