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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use sse_proto::server::{History, Retention};
    use tokio::time::{advance, timeout};

    use super::*;
    use crate::server::Timeouts;
    use crate::server::batch::{Batch, ready};

    fn site() -> Site {
        Site::with_log(
            History::numbered(7, Retention::default()),
            Timeouts { long_poll: Duration::from_secs(1), keep_alive: Duration::from_secs(15) },
        )
    }

    #[tokio::test(start_paused = true)]
    async fn news_are_sent_when_they_arrive() {
        for rate in Rate::ALL {
            let (site, start, duration) = (site(), Instant::now(), Duration::from_secs(5));
            let mut feed = Box::pin(publish(&site, rate, 3, duration));
            let arrivals = feed::arrivals(rate, 3, duration);
            for (index, arrival) in arrivals.iter().enumerate() {
                // The timer has a resolution of one millisecond.
                let due = start + arrival.at + Duration::from_millis(1);
                timeout(due - Instant::now(), &mut feed).await.unwrap_err();
                assert!(site.sent() > index as u64, "{rate}: {index}");
                let by_now = arrivals.iter().filter(|arrival| start + arrival.at <= Instant::now()).count();
                assert!(site.sent() <= by_now as u64, "{rate}: {index}");
            }
            feed.await.unwrap();
            assert_eq!(site.sent(), arrivals.len() as u64);
            assert!(start.elapsed() >= duration);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_wakeup_loses_nothing() {
        let site = site();
        let mut subscription = site.subscribe(Some(b"7-0"));
        let mut feed = Box::pin(publish(&site, Rate::Steady, 3, Duration::from_secs(5)));
        assert!((&mut feed).now_or_never().is_none());
        advance(Duration::from_mins(1)).await;
        feed.now_or_never().expect("it catches up without a wait").unwrap();
        let sent = Batch::new("7-0", ready(&mut subscription)).unwrap().to_json().unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&sent).unwrap();
        let texts: Vec<_> = sent["data"].as_array().unwrap().iter().map(|item| item["news"]["text"].clone()).collect();
        let arrivals = feed::arrivals(Rate::Steady, 3, Duration::from_secs(5));
        assert_eq!(texts, arrivals.into_iter().map(|arrival| arrival.text).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn the_endless_feed_has_all_rates_in_turn_and_does_not_repeat_its_news() {
        let site = site();
        let round: Duration = PHASES.iter().map(|(_, duration)| *duration).sum();
        let expected: usize = std::iter::zip(10.., PHASES.repeat(2))
            .map(|(seed, (rate, duration))| feed::arrivals(rate, seed, duration).len())
            .sum();
        let until = round * 2 + Duration::from_millis(20);
        timeout(until, publish_forever(&site, 10)).await.unwrap_err();
        assert_eq!(site.sent(), expected as u64);
    }
}
