//! The news, and when they arrive. The same seed gives the same news at the same times.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How often news arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Rate {
    /// Seldom: every 2.5 seconds on average, at random times. Most polls find nothing.
    Sparse,
    /// 20 a second, at about equal distances.
    Steady,
    /// Twice a second, 20 at once.
    Bursty,
}

impl Rate {
    pub(crate) const ALL: [Self; 3] = [Self::Sparse, Self::Steady, Self::Bursty];

    /// How long a measurement lasts.
    pub(crate) const fn duration(self) -> Duration {
        match self {
            Self::Sparse => Duration::from_secs(10),
            Self::Steady | Self::Bursty => Duration::from_millis(1500),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sparse => "sparse",
            Self::Steady => "steady",
            Self::Bursty => "bursty",
        })
    }
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// When it arrives, since the start of the feed.
    pub(crate) at: Duration,
    pub(crate) text: String,
}

/// The data of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct News {
    /// When the server sent it: microseconds since the Unix epoch.
    pub(crate) sent_at: u64,
    pub(crate) text: String,
}

/// The news of a feed of this duration, in order.
pub(crate) fn arrivals(rate: Rate, seed: u64, duration: Duration) -> Vec<Arrival> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut arrivals = Vec::new();
    let mut at = Duration::ZERO;
    loop {
        at += match rate {
            // The distances of a Poisson process, cut at both ends so that no measurement is empty.
            Rate::Sparse => Duration::from_secs_f64((-2.5 * (1.0 - random.f64()).ln()).clamp(0.2, 4.0)),
            Rate::Steady => Duration::from_micros(random.u64(40_000..60_000)),
            Rate::Bursty => Duration::from_millis(if arrivals.len() % 20 == 0 { 450 } else { 0 }),
        };
        if at >= duration {
            return arrivals;
        }
        let text = headline(&mut random);
        arrivals.push(Arrival { at, text });
    }
}

/// 40 to 250 bytes of text.
fn headline(random: &mut fastrand::Rng) -> String {
    const WORDS: [&str; 16] = [
        "market",
        "storm",
        "election",
        "museum",
        "engine",
        "harbour",
        "council",
        "record",
        "bridge",
        "orchestra",
        "river",
        "satellite",
        "vaccine",
        "railway",
        "festival",
        "Zürich",
    ];
    let mut text = String::from("News:");
    for _ in 0..random.usize(5..30) {
        text.push(' ');
        text.push_str(WORDS[random.usize(..WORDS.len())]);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_feed_and_every_feed_has_news() {
        for rate in Rate::ALL {
            for seed in 0..200 {
                let feed = arrivals(rate, seed, rate.duration());
                assert_eq!(feed, arrivals(rate, seed, rate.duration()));
                assert_ne!(feed, arrivals(rate, seed + 1, rate.duration()));
                assert!(feed.len() > 1, "{rate}, {seed}");
                assert!(feed.is_sorted_by_key(|arrival| arrival.at));
                assert!(feed.iter().all(|arrival| arrival.at < rate.duration()));
            }
        }
    }
}
