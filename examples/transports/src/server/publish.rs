//! Sends the feed at the times when its news arrive.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::Result;
use crate::feed::{self, Arrival, Rate};
use crate::server::Site;

/// Sends the feed of this duration, and returns when it is over. If the task is woken late, it sends all that has arrived by then.
pub(crate) async fn publish(site: &Site, rate: Rate, seed: u64, duration: Duration) -> Result<()> {
    let start = Instant::now();
    for Arrival { at, text } in feed::arrivals(rate, seed, duration) {
        let due = start + at;
        // What is due is sent without a yield in between: news that arrive at once are sent at once.
        if Instant::now() < due {
            sleep_until(due).await;
        }
        site.send(&text)?;
    }
    sleep_until(start + duration).await;
    Ok(())
}

/// Sends a sparse, a steady and a bursty feed in turn. Returns only an error.
pub(crate) async fn publish_forever(site: &Site, first_seed: u64) -> Result<()> {
    let mut seed = first_seed;
    loop {
        for (rate, duration) in PHASES {
            publish(site, rate, seed, duration).await?;
            seed = seed.wrapping_add(1);
        }
    }
}

const PHASES: [(Rate, Duration); 3] = [
    (Rate::Sparse, Duration::from_secs(12)),
    (Rate::Steady, Duration::from_secs(6)),
    (Rate::Bursty, Duration::from_secs(6)),
];
