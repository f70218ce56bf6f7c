//! Runs the decoders over the cells and collects the results.

use std::time::{Duration, Instant};

use crate::baselines;
use crate::contenders::Contender;
use crate::fixtures::{CUTS, Cut, Fixture, Sample};
use crate::options::Options;
use crate::timing::{Pass, race};

/// The results of one set of contenders.
pub struct Table {
    /// The contenders; ours come first.
    pub names: Vec<&'static str>,
    pub ours: usize,
    pub rows: Vec<Row>,
}

/// A cell: one fixture, split in one way.
pub struct Row {
    pub fixture: &'static str,
    pub cut: Cut,
    pub bytes: usize,
    pub blocks: usize,
    /// The time of each contender, or the reason why it is excluded.
    pub times: Vec<Result<Duration, String>>,
    pub line_ends: Duration,
    pub line_ends_and_utf8: Duration,
}

impl Row {
    pub fn name(&self) -> String {
        format!("{} / {}", self.fixture, self.cut.name())
    }

    /// Whether real streams usually arrive in such chunks. The geometric means are taken over these cells.
    pub fn is_usual(&self) -> bool {
        !matches!(self.cut, Cut::Bytes(..=16))
    }

    /// The time of our first contender.
    pub fn ours(&self) -> Option<Duration> {
        self.times.first()?.as_ref().ok().copied()
    }

    /// Merges another measurement of the same cell, keeping the fastest pass of each contender.
    fn merge(&mut self, again: Self) {
        self.line_ends = self.line_ends.min(again.line_ends);
        self.line_ends_and_utf8 = self.line_ends_and_utf8.min(again.line_ends_and_utf8);
        merge_times(&mut self.times, again.times);
    }

    pub fn ns_per_block(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e9 / count(self.blocks)
    }

    pub fn mb_per_second(&self, time: Duration) -> f64 {
        count(self.bytes) / time.as_secs_f64() / 1e6
    }
}

impl Table {
    pub fn new<I>(contenders: &[Contender<I>], ours: usize) -> Self {
        Self { names: contenders.iter().map(|contender| contender.name).collect(), ours, rows: Vec::new() }
    }

    /// The fastest peer.
    pub fn fastest_peer(&self, row: &Row) -> Option<(&'static str, Duration)> {
        let peers = self.names.iter().zip(&row.times).skip(self.ours);
        peers.filter_map(|(name, time)| Some((*name, *time.as_ref().ok()?))).min_by_key(|peer| peer.1)
    }

    /// Our speed relative to the fastest peer.
    pub fn lead(&self, row: &Row) -> Option<f64> {
        Some(ratio(self.fastest_peer(row)?.1, row.ours()?))
    }
}

/// The speed of what takes `time`, relative to what takes `other`.
pub fn ratio(other: Duration, time: Duration) -> f64 {
    other.as_secs_f64() / time.as_secs_f64()
}

/// Keeps the faster time of each contender. A contender that was excluded once stays excluded.
pub fn merge_times(times: &mut [Result<Duration, String>], again: Vec<Result<Duration, String>>) {
    for (time, again) in times.iter_mut().zip(again) {
        match (&mut *time, again) {
            (Ok(time), Ok(again)) => *time = again.min(*time),
            (Ok(_), Err(why)) => *time = Err(why),
            (Err(_), _) => {}
        }
    }
}

pub fn geometric_mean(ratios: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = ratios.into_iter().fold((0.0, 0.0), |(sum, n), ratio| (sum + ratio.ln(), n + 1.0));
    (sum / n).exp()
}

/// Verifies and times all contenders in all cells. `prepare` creates the chunks of a cell.
pub fn run<I>(
    contenders: &[Contender<I>],
    ours: usize,
    fixtures: &'static [Fixture],
    options: &Options,
    prepare: impl Fn(Sample<'static>, Cut) -> Box<dyn Fn() -> I>,
) -> Table {
    let mut table = Table::new(contenders, ours);
    for turn in 0..options.turns() {
        let mut number = 0;
        for fixture in fixtures {
            for cut in CUTS {
                if format!("{} / {}", fixture.name, cut.name()).contains(&options.filter) {
                    let sample = fixture.sample(sample_bytes(cut));
                    let row = run_cell(contenders, sample, cut, options.cell_time(), &*prepare(sample, cut));
                    eprintln!("{turn} {:40} {:5.2} x", row.name(), table.lead(&row).unwrap_or(f64::NAN));
                    match table.rows.get_mut(number) {
                        Some(before) => before.merge(row),
                        None => table.rows.push(row),
                    }
                    number += 1;
                }
            }
        }
    }
    table
}

/// Small chunks are slow, so a part of the stream suffices.
fn sample_bytes(cut: Cut) -> usize {
    match cut {
        Cut::Bytes(1) => 128 * 1024,
        Cut::Bytes(16) => 512 * 1024,
        _ => usize::MAX,
    }
}

fn run_cell<I>(
    contenders: &[Contender<I>],
    sample: Sample<'static>,
    cut: Cut,
    time: Duration,
    prepare: &dyn Fn() -> I,
) -> Row {
    let verified: Vec<_> = contenders.iter().map(|contender| (contender.verify)(prepare(), sample.events)).collect();
    let mut passes: Vec<Pass<'_>> = vec![
        Box::new(|| timed(|| baselines::line_ends(cut.chunks(&sample)))),
        Box::new(|| timed(|| baselines::line_ends_and_utf8(cut.chunks(&sample)))),
    ];
    for (contender, verified) in contenders.iter().zip(&verified) {
        if verified.is_ok() {
            passes.push((contender.pass)(prepare));
        }
    }
    let mut times = race(&mut passes, time).into_iter();
    let mut next = || times.next().unwrap_or_default();
    let (line_ends, line_ends_and_utf8) = (next(), next());
    let times = verified.into_iter().map(|verified| verified.map(|()| next())).collect();
    let (bytes, blocks) = (sample.stream.len(), sample.blocks.len());
    Row { fixture: sample.name, cut, bytes, blocks, times, line_ends, line_ends_and_utf8 }
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

/// A count as a float. All counts here fit into a `u32`.
pub fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
