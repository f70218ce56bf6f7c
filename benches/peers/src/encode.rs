//! Runs the encoders over fixtures and collects the results.

use std::hint::black_box;
use std::time::{Duration, Instant};

use sse_proto::Event;

use crate::contenders::encode::{Contender, contenders, event};
use crate::fixtures::{Fixture, Sent};
use crate::options::Options;
use crate::second_process::SecondProcess;
use crate::table::{DEFAULT, FAST, count, merge_times, ratio};
use crate::timing::{Pass, race};

/// The results.
pub struct Encoders {
    /// Ours with a reused buffer, the same with the feature `fast`, the peers, our other ways.
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
pub const SAMPLE: usize = 128 * 1024;

/// Verifies and times all contenders.
pub fn run<F>(fixtures: impl Fn() -> F, options: &Options, fast: &SecondProcess) -> Encoders
where
    F: Iterator<Item = &'static Fixture>,
{
    let contenders = contenders();
    let mut names: Vec<_> = contenders.iter().map(|contender| contender.name).collect();
    names.insert(FAST, "sse-proto, fast");
    let mut encoders = Encoders { names, rows: Vec::new() };
    for turn in 0..options.turns() {
        let chosen = fixtures().filter(|fixture| fixture.name.contains(&options.filter));
        for (number, fixture) in chosen.enumerate() {
            let row = run_row(&contenders, fixture, options, fast);
            eprintln!("{turn} encode {}", fixture.name);
            match encoders.rows.get_mut(number) {
                Some(before) => before.merge(row),
                None => encoders.rows.push(row),
            }
        }
    }
    encoders
}

fn run_row(contenders: &[Contender], fixture: &'static Fixture, options: &Options, fast: &SecondProcess) -> Row {
    let events = events(fixture);
    let mut verified: Vec<_> = contenders.iter().map(|contender| contender.verify(events)).collect();
    let encoded = encoded(events);
    let pieces: Vec<Vec<&str>> = encoded.iter().map(|encoded| pieces(encoded)).collect();
    let mut passes: Vec<Pass<'_>> = vec![warm(copy(&encoded)), warm(copy_pieces(&pieces))];
    for (contender, _) in contenders.iter().zip(&verified).filter(|(_, verified)| verified.is_ok()) {
        passes.push(warm(contender.pass(events)));
    }
    let fast_verified = fast.choose("encode", fixture.name);
    if fast_verified.is_ok() {
        let number = 2 + usize::from(verified[DEFAULT].is_ok());
        // The second process warms it up.
        passes.insert(number, Box::new(|| fast.pass().contender));
    }
    verified.insert(FAST, fast_verified);
    let mut times = race(&mut passes, options.cell_time()).into_iter();
    let mut next = || times.next().unwrap_or_default();
    Row {
        fixture: fixture.name,
        events: events.len(),
        bytes: encoded.iter().map(String::len).sum(),
        copy: next(),
        copy_pieces: next(),
        times: verified.into_iter().map(|verified| verified.map(|()| next())).collect(),
    }
}

/// Times the last of four passes, as in a server that encodes one event after another. Otherwise a buffer that is reused for a
/// long event would have left the cache while the other contenders ran, but a fresh buffer would be in it: all contenders get the
/// memory that the previous one has just freed.
pub fn warm(mut pass: Pass<'_>) -> Pass<'_> {
    Box::new(move || {
        for _ in 0..3 {
            pass();
        }
        pass()
    })
}

/// The events of a fixture that are encoded.
pub fn events(fixture: &'static Fixture) -> &'static [Sent] {
    fixture.sample(SAMPLE).events
}

/// Each event, encoded.
pub fn encoded(events: &[Sent]) -> Vec<String> {
    events.iter().map(|sent| event(sent, Event::new(&sent.data)).to_string()).collect()
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

/// A pass that copies the encoded events into a reused buffer, each event at once.
pub fn copy(events: &[String]) -> Pass<'_> {
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

    /// The fastest of some contenders.
    pub fn fastest(&self, of: impl Iterator<Item = usize>) -> Option<usize> {
        of.filter_map(|number| Some((number, self.time(number)?)))
            .min_by_key(|(_, time)| *time)
            .map(|(number, _)| number)
    }

    /// The speed of one contender relative to another.
    pub fn speed(&self, of: usize, to: usize) -> Option<f64> {
        Some(ratio(self.time(to)?, self.time(of)?))
    }
}
