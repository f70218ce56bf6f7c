//! Many short rounds, in which each contender has its turn: what disturbs the machine disturbs all of them alike. Of
//! each the fastest pass counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contenders::{Decode, Look, Source};

/// One pass: takes its own time, so that what it must prepare does not count.
pub type Pass<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// A pass of a decoder over the chunks that `prepare` makes, which is not timed.
pub fn pass<'a, C, D: Decode<C>, I: Source<Item = C>>(prepare: impl Fn() -> I + 'a) -> Pass<'a> {
    Box::new(move || {
        let chunks = prepare();
        let start = Instant::now();
        let decoded = D::decode(chunks, &mut Look);
        let time = start.elapsed();
        assert!(black_box(decoded).is_ok(), "{}: verified, and now fails", D::NAME);
        time
    })
}

/// Runs all in turn for about as long as given, and at least five times; gives the fastest pass of each.
///
/// Who takes more than twenty times as long as the fastest has three turns only.
pub fn race(passes: &mut [Pass<'_>], time: Duration) -> Vec<Duration> {
    let mut best: Vec<Duration> = passes.iter_mut().map(|pass| pass()).collect();
    let start = Instant::now();
    let count = passes.len();
    // Each stride goes through all of them.
    let strides: Vec<usize> = (1..=count).filter(|&stride| gcd(stride, count) == 1).collect();
    let mut round = 0;
    while round < 5 || start.elapsed() < time {
        let fastest = best.iter().min().copied().unwrap_or_default();
        let stride = strides[round % strides.len()];
        for turn in 0..count {
            // Not always after the same neighbour, who leaves other things in the caches than the next one does.
            let number = (round + turn * stride) % count;
            if round < 3 || best[number] < fastest * 20 {
                best[number] = best[number].min(passes[number]());
            }
        }
        round += 1;
    }
    best
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
