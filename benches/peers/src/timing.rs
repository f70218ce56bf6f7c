//! Times the contenders in many short rounds, each contender once per round, so that a disturbance affects all of them alike. The
//! fastest pass of each contender counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::contenders::{Decode, Look, Source};

/// One pass. It measures its own time, so that the preparation does not count.
pub type Pass<'a> = Box<dyn FnMut() -> Duration + 'a>;

/// A pass of a decoder over the chunks that `prepare` creates. `prepare` is not timed.
pub fn pass<'a, C, D: Decode<C>, I: Source<Item = C>>(prepare: impl Fn() -> I + 'a) -> Pass<'a> {
    Box::new(move || {
        let chunks = prepare();
        let start = Instant::now();
        let decoded = D::decode(chunks, &mut Look);
        let time = start.elapsed();
        assert!(black_box(decoded).is_ok(), "{}: verified, but failed when timed", D::NAME);
        time
    })
}

/// Runs all passes in turn for about `time`, and at least five times. Returns the fastest time of each.
///
/// A pass that takes more than twenty times as long as the fastest runs four times only.
pub fn race(passes: &mut [Pass<'_>], time: Duration) -> Vec<Duration> {
    let mut best: Vec<Duration> = passes.iter_mut().map(|pass| pass()).collect();
    let start = Instant::now();
    let count = passes.len();
    // Each of these strides visits all passes.
    let strides: Vec<usize> = (1..=count).filter(|&stride| gcd(stride, count) == 1).collect();
    let mut round = 0;
    while round < 5 || start.elapsed() < time {
        let fastest = best.iter().min().copied().unwrap_or_default();
        let stride = strides[round % strides.len()];
        for turn in 0..count {
            // The order varies, because the previous pass determines what is in the caches.
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
