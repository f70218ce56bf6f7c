//! A network that loses connections, with a clock of its own. The same seed gives the same losses.

use core::time::Duration;

use sse_proto::client::Response;

use crate::client::{Lost, Network};
use crate::server::Body;

/// The most bytes that are received at once.
const MAX_SEGMENT: usize = 40;

#[derive(Clone, Debug)]
pub(crate) struct Lossy<B> {
    random: u32,
    now: Duration,
    connection: Option<Connection<B>>,
    counts: Counts,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: u32,
    pub(crate) not_made: u32,
    pub(crate) refused: u32,
    pub(crate) cut: u32,
    pub(crate) silent: u32,
}

#[derive(Clone, Debug)]
struct Connection<B> {
    body: B,
    /// What is delivered before it is lost.
    left: usize,
    loss: Loss,
}

/// How a connection is lost.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// It fails.
    Cut,
    /// The body ends, as if it were complete.
    End,
    /// Nothing arrives any more, and nobody says so.
    Silence,
}

impl<B> Lossy<B> {
    pub(crate) const fn new(seed: u32) -> Self {
        let counts = Counts { connections: 0, not_made: 0, refused: 0, cut: 0, silent: 0 };
        Self { random: seed, now: Duration::ZERO, connection: None, counts }
    }

    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// A number from 0 to `n - 1`.
    fn below(&mut self, n: usize) -> usize {
        // Numerical Recipes, "An Even Quicker Generator". The upper bits are the better ones.
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.random >> 8) as usize % n
    }
}

impl<B: Body> Network for Lossy<B> {
    fn now(&self) -> Duration {
        self.now
    }

    fn sleep(&mut self, time: Duration) {
        self.now += time;
    }

    fn connect<'a>(
        &mut self,
        mut headers: impl Iterator<Item = (&'static str, &'a [u8])>,
        timeout: Option<Duration>,
    ) -> Result<Response, Lost> {
        self.connection = None;
        self.sleep(Duration::from_millis(80));
        let last_event_id = headers.find(|(name, _)| *name == "last-event-id").map_or(&[][..], |(_, value)| value);
        let last_event_id = core::str::from_utf8(last_event_id).expect("an ID of this server");
        let Some(body) = B::after(last_event_id) else { return Ok(Response::new(204)) };
        match self.below(8) {
            0 => {
                self.counts.not_made += 1;
                self.sleep(timeout.unwrap_or_default() / 2);
                Err(Lost::Connection)
            }
            1 => {
                self.counts.refused += 1;
                Ok(Response::new(503).with_retry_after(Some(Duration::from_secs(5))))
            }
            _ => {
                self.counts.connections += 1;
                let loss = [Loss::Cut, Loss::End, Loss::Silence].get(self.below(3)).copied();
                let left = self.below(B::MAX_BEFORE_LOSS);
                self.connection = loss.map(|loss| Connection { body, left, loss });
                Ok(Response::new(200).with_content_types(["text/event-stream"]))
            }
        }
    }

    fn receive(&mut self, buffer: &mut [u8], timeout: Option<Duration>) -> Result<usize, Lost> {
        let size = 1 + self.below(MAX_SEGMENT);
        self.sleep(Duration::from_millis(5));
        let Some(connection) = &mut self.connection else { return Err(Lost::Connection) };
        let size = size.min(connection.left);
        if size == 0 {
            return self.lose(timeout);
        }
        let len = connection.body.read(buffer.get_mut(..size).expect("the buffer has room for a segment"));
        connection.left -= len;
        Ok(len)
    }
}

impl<B: Body> Lossy<B> {
    fn lose(&mut self, timeout: Option<Duration>) -> Result<usize, Lost> {
        match self.connection.as_ref().map(|connection| connection.loss) {
            Some(Loss::End) => Ok(0),
            Some(Loss::Silence) => {
                self.counts.silent += 1;
                self.sleep(timeout.expect("the policy has an idle timeout"));
                Err(Lost::Quiet)
            }
            Some(Loss::Cut) | None => {
                self.counts.cut += 1;
                Err(Lost::Connection)
            }
        }
    }
}
