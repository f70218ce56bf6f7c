//! The one reader of a server process: it copies the shared log into a local one, from which all clients of the process are fed.

use std::time::Duration;

use hyper::body::Bytes;
use sse_proto::adapters::fan_out::FanOut;
use sse_proto::server::{History, Retention};
use tokio::sync::watch;
use tokio::time;

use crate::Result;
use crate::redis_log::{EntryId, RedisLog, entry_id, event};

/// How many events the local log keeps. Older ones are read from Redis, by clients that are slow or that resume. A real server keeps
/// some thousands, so that this is rare; here it is to happen.
pub(crate) const LOCAL_EVENTS: usize = 8;
/// How long the reader waits after an error. The connection has a backoff of its own.
const PAUSE: Duration = Duration::from_millis(100);

/// Reads the shared log for ever and sends its events to the local one, which is in `current`: `None` while there is none.
///
/// When events were missed, the local log would have a hole that its subscribers could not see. So it is closed, and the next one
/// begins at the end of the shared log: the clients reconnect, resume from the shared log, and are told there what they missed.
/// `on_missed` is called then.
pub(crate) async fn follow(log: RedisLog, name: &str, current: watch::Sender<Option<FanOut>>, on_missed: impl Fn()) {
    loop {
        let (last, fan_out) = match begin(&log).await {
            Ok(begun) => begun,
            Err(error) => {
                eprintln!("{name}: Redis: {error}");
                time::sleep(PAUSE).await;
                continue;
            }
        };
        current.send_replace(Some(fan_out.clone()));
        let why = copy(&log, name, last, &fan_out).await;
        eprintln!("{name}: {why}: the clients must resume from the shared log");
        on_missed();
        current.send_replace(None);
        fan_out.close();
    }
}

/// The end of the shared log, and a local log that begins there.
async fn begin(log: &RedisLog) -> Result<(EntryId, FanOut)> {
    let last = log.last_id().await?;
    let retention = Retention::default().with_max_events(LOCAL_EVENTS);
    let history: History<Bytes> = History::opaque_after(&last.to_string(), retention)?;
    Ok((last, FanOut::new(history)))
}

/// Returns why it cannot continue.
async fn copy(log: &RedisLog, name: &str, mut last: EntryId, fan_out: &FanOut) -> String {
    loop {
        let entries = match log.next(last).await {
            Ok(Some(entries)) => entries,
            Ok(None) => return format!("entries after {last} were trimmed before they were read"),
            // Redis is restarted or unreachable. What was written meanwhile is read afterwards.
            Err(error) => {
                eprintln!("{name}: Redis: {error}");
                time::sleep(PAUSE).await;
                continue;
            }
        };
        for entry in entries {
            last = match entry_id(&entry) {
                Ok(id) => id,
                Err(error) => return error.to_string(),
            };
            // Rejected only if it is larger than the whole local log. Clients get it from the shared log.
            if let Err(error) = fan_out.send(&event(&entry)) {
                return format!("entry {last}: {error}");
            }
        }
    }
}
