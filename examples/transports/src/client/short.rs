//! Short polling: asks in intervals.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval_at};

use super::Client;
use super::answer::Cursor;
use crate::Result;
use crate::case::{POLL_INTERVAL, Way};

/// One poll before the feed begins, which tells the server's last ID, and one after it has ended, for the last news.
pub(crate) const EXTRA_POLLS: usize = 2;

/// How many times a client asks while a feed of this duration runs.
pub(crate) fn polls(duration: Duration) -> usize {
    usize::try_from(duration.as_nanos() / POLL_INTERVAL.as_nanos()).unwrap_or(usize::MAX)
}

/// Asks at times that are the same distance apart, whatever the answers take. They begin at a random time, so that the clients do
/// not ask all at once. A poll that fails is tried again when it is time for the next one.
pub(super) async fn run(mut client: Client) -> Result<()> {
    let mut cursor = Cursor::default();
    poll(&client, &mut cursor).await?;
    client.recorder.ready();

    let start = client.feed_begins().await?;
    let offset = POLL_INTERVAL.mul_f64(fastrand::Rng::with_seed(client.seed).f64());
    let mut interval = interval_at(start + offset, POLL_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..client.polls {
        interval.tick().await;
        if let Err(error) = poll(&client, &mut cursor).await {
            client.recorder.failed(error.as_ref());
        }
    }
    client.feed_ends().await?;
    loop {
        interval.tick().await;
        match poll(&client, &mut cursor).await {
            Ok(()) => return Ok(()),
            Err(error) => client.recorder.failed(error.as_ref()),
        }
        if client.is_stopping() {
            return Ok(());
        }
    }
}

async fn poll(client: &Client, cursor: &mut Cursor) -> Result<()> {
    client.poll("/api/news", cursor, client.way == Way::ShortEtag).await
}
