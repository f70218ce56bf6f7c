//! The producer: it repeats each write until it is acknowledged.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time;

use crate::Result;
use crate::redis_log::{Appended, EntryId, RedisLog};

/// How long the producer waits after a write that failed.
const PAUSE: Duration = Duration::from_millis(20);
/// How often a write is repeated at most.
const MAX_ATTEMPTS: usize = 500;

/// The type of the events.
pub(crate) const TYPE: &str = "tick";

/// The one producer of the log.
pub(crate) struct Producer {
    log: RedisLog,
    next: EntryId,
    /// What was acknowledged, in order.
    pub(crate) written: Vec<(EntryId, String)>,
    /// How many writes failed and were repeated.
    pub(crate) failed: usize,
    /// How many of these had succeeded nevertheless.
    pub(crate) unacknowledged: usize,
    /// How many writes were acknowledged, for those who wait.
    count: watch::Sender<usize>,
}

impl Producer {
    /// The IDs begin with the current time, or after those of an earlier producer if the clock is behind them.
    pub(crate) async fn new(log: RedisLog) -> Result<Self> {
        let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        let next = EntryId { milliseconds: now.max(log.last_id().await?.milliseconds + 1), number: 1 };
        Ok(Self { log, next, written: Vec::new(), failed: 0, unacknowledged: 0, count: watch::Sender::new(0) })
    }

    /// Writes an event and returns its ID when it is acknowledged.
    pub(crate) async fn write(&mut self, data: String) -> Result<EntryId> {
        let id = self.next;
        for attempt in 1.. {
            match self.log.append(id, TYPE, &data).await {
                Ok(appended) => {
                    self.unacknowledged += usize::from(appended == Appended::Before);
                    break;
                }
                Err(error) if attempt == MAX_ATTEMPTS => return Err(error.into()),
                Err(_) => {
                    self.failed += 1;
                    time::sleep(PAUSE).await;
                }
            }
        }
        self.next.number += 1;
        self.written.push((id, data));
        self.count.send_replace(self.written.len());
        Ok(id)
    }

    /// Writes this many small events and returns the ID of the last one.
    pub(crate) async fn write_small(&mut self, events: usize) -> Result<EntryId> {
        let mut last = self.last();
        for _ in 0..events {
            let number = self.next.number;
            last = self.write(format!("{number} Grüße, 世界 🌍\nid: {number}\n")).await?;
        }
        Ok(last)
    }

    /// Writes the last event once more, as if its acknowledgement had been lost.
    pub(crate) async fn repeat(&self) -> Result<()> {
        let (id, data) = self.written.last().ok_or("nothing was written")?;
        match self.log.append(*id, TYPE, data).await? {
            Appended::Before => Ok(()),
            Appended::Now => Err("an event was written twice".into()),
        }
    }

    /// The number of events that were written, which may be awaited while others are written.
    pub(crate) fn count(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    /// The ID of the event that was written last.
    pub(crate) fn last(&self) -> EntryId {
        self.written.last().map_or(EntryId::ZERO, |&(id, _)| id)
    }
}
