//! The clients that are measured.
//!
//! Those of a case run in one process, on a runtime with a thread for each core. Each does what a client on a machine of its own
//! does: over HTTP/1.1 it has a connection of its own, and no client waits for another. Over HTTP/2 all share one connection, as the
//! tabs of a browser do, or the users behind a reverse proxy.
//!
//! | file | what |
//! |---|---|
//! | `http.rs` | sends a request over a connection that may be used again |
//! | `plain.rs` | the lengths of headers without compression |
//! | `recorder.rs` | what a client has received, and when |
//! | `answer.rs` | the answers to a client that polls |
//! | `short.rs`, `long.rs`, `sse.rs` | the ways |

mod answer;
mod http;
mod long;
mod plain;
mod recorder;
mod short;
mod sse;

use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::Result;
use crate::case::Way;

pub(crate) use http::{Http, RequestBody};
pub(crate) use recorder::{Counted, Deliveries, Recorder, Totals};
pub(crate) use short::{EXTRA_POLLS, polls};

/// How far a measurement is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Phase {
    /// The clients connect.
    Connecting,
    /// The feed began at this time.
    Feeding(Instant),
    /// All news have been sent.
    FeedEnded,
    /// The clients end what they are doing, and send no more requests.
    Stopping,
}

/// One client.
pub(crate) struct Client {
    pub(crate) way: Way,
    pub(crate) http: Arc<Http>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) phases: watch::Receiver<Phase>,
    /// The `priority` of its request, if it asks once.
    pub(crate) priority: Option<&'static str>,
    /// Of its delays.
    pub(crate) seed: u64,
    /// How many times a client that polls in intervals asks while the feed runs.
    pub(crate) polls: usize,
}

impl Client {
    /// Runs until the phase is [`Phase::Stopping`].
    pub(crate) async fn run(self) -> Result<()> {
        match self.way {
            Way::ShortNew | Way::Short | Way::ShortEtag => short::run(self).await,
            Way::Long => long::run(self).await,
            Way::Sse => sse::run(self).await,
        }
    }

    /// Returns when the feed has begun.
    async fn feed_begins(&mut self) -> Result<Instant> {
        let phase = self.phases.wait_for(|phase| *phase != Phase::Connecting).await?;
        if let Phase::Feeding(start) = *phase { Ok(start) } else { Ok(Instant::now()) }
    }

    async fn feed_ends(&mut self) -> Result<()> {
        self.phases.wait_for(|phase| matches!(phase, Phase::FeedEnded | Phase::Stopping)).await?;
        Ok(())
    }

    fn is_stopping(&self) -> bool {
        *self.phases.borrow() == Phase::Stopping
    }
}
