//! The results of the decoders.

use std::time::Duration;

use crate::cells::Cut;

/// The results of one set of contenders.
pub struct Table {
    /// The contenders; ours come first: [`DEFAULT`], [`FAST`], others.
    pub names: Vec<&'static str>,
    pub ours: usize,
    pub rows: Vec<Row>,
}

/// Our contender with default features.
pub const DEFAULT: usize = 0;
/// Our contender with the feature `fast`.
pub const FAST: usize = 1;

/// The results of one cell.
pub struct Row {
    pub fixture: &'static str,
    pub cut: Cut,
    pub bytes: usize,
    pub blocks: usize,
    /// The time of each contender, or the reason why it is excluded.
    pub times: Vec<Result<Duration, String>>,
    pub line_ends: Duration,
    pub floor: Duration,
    /// The floor, in the second process.
    pub second_floor: Duration,
}

impl Row {
    pub fn name(&self) -> String {
        format!("{} / {}", self.fixture, self.cut.name())
    }

    pub fn is_realistic(&self) -> bool {
        self.cut.is_realistic()
    }

    /// The time of a contender that is not excluded.
    pub fn time(&self, number: usize) -> Option<Duration> {
        self.times.get(number)?.as_ref().ok().copied()
    }

    /// Merges another measurement of the same cell, keeping the fastest pass of each contender.
    pub fn merge(&mut self, again: Self) {
        self.line_ends = self.line_ends.min(again.line_ends);
        self.floor = self.floor.min(again.floor);
        self.second_floor = self.second_floor.min(again.second_floor);
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
    /// The fastest peer.
    pub fn fastest_peer(&self, row: &Row) -> Option<(&'static str, Duration)> {
        let peers = self.names.iter().enumerate().skip(self.ours);
        peers.filter_map(|(number, name)| Some((*name, row.time(number)?))).min_by_key(|peer| peer.1)
    }

    /// The speed of one of ours relative to the fastest peer.
    pub fn lead(&self, row: &Row, ours: usize) -> Option<f64> {
        Some(ratio(self.fastest_peer(row)?.1, row.time(ours)?))
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

/// A count as a float. All counts here fit into a `u32`.
pub fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
