//! What was measured.

use std::time::Duration;

use crate::case::{Case, Selection};

/// The length of a slot in figures over time.
pub(crate) const SLOT: Duration = Duration::from_millis(100);

/// A whole run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) selection: Selection,
    /// The numbers of clients that were asked for; empty if the selection decides.
    pub(crate) clients: Vec<usize>,
    pub(crate) seed: u64,
    /// How long the run took.
    pub(crate) elapsed: Duration,
    pub(crate) cases: Vec<Figures>,
    pub(crate) shared: Vec<Shared>,
}

/// The figures of one case, over all its clients.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub(crate) case: Case,
    /// Events that the server sent.
    pub(crate) sent: u64,
    /// Events that a client received for the first time, over all clients: `sent * clients` if none is lost.
    pub(crate) delivered: u64,
    /// Events that a client has never received.
    pub(crate) lost: u64,
    /// Events that a client received again.
    pub(crate) doubled: u64,
    /// Requests, from the first one that tells the server's last ID. Those for which there was no connection do not count.
    pub(crate) requests: u64,
    /// Responses whose body has ended; for SSE, responses.
    pub(crate) responses: u64,
    /// Responses without news.
    pub(crate) empty: u64,
    /// The highest number of requests that one client had open at the same time.
    pub(crate) most_open: u64,
    /// Connections that were opened, and those that could not be because the network was down.
    pub(crate) connections: u64,
    pub(crate) refused: u64,
    /// From clients to the server, all that their connections carried: with the first requests, and the handshakes of TLS.
    pub(crate) up: Traffic,
    /// From the server to clients.
    pub(crate) down: Traffic,
    /// CPU time of the server, user and system, from the start of the feed, when all clients are connected, until the last client has
    /// the last event.
    pub(crate) server_cpu: Duration,
    /// Heap of the server for each client, before the first event: all are connected and wait, or have been answered once.
    pub(crate) heap_per_client: u64,
    /// Resident memory of the server, with all clients connected and waiting, and before the first one.
    pub(crate) resident: u64,
    pub(crate) resident_before: u64,
    /// From the moment the server sends an event until the client has it, sorted.
    pub(crate) latencies: Vec<Duration>,
    /// Requests in each [`SLOT`].
    pub(crate) requests_over_time: Vec<u64>,
    /// Open connections at the end of each [`SLOT`].
    pub(crate) connections_over_time: Vec<u64>,
}

/// Bytes in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// All bytes at the socket.
    pub(crate) wire: u64,
    /// Headers: with HTTP/1.1 request and status lines and header lines; with HTTP/2 the header blocks that HPACK has compressed.
    pub(crate) headers: u64,
    /// What the same headers would take without compression: equal to `headers` with HTTP/1.1.
    pub(crate) plain_headers: u64,
    /// Bodies, without chunk sizes and frame headers.
    pub(crate) body: u64,
}

impl Traffic {
    /// Everything else: TLS, frames, chunk sizes.
    pub(crate) const fn framing(&self) -> u64 {
        self.wire.saturating_sub(self.headers).saturating_sub(self.body)
    }
}

impl Figures {
    /// Bytes in both directions for each delivered event.
    pub(crate) fn bytes_per_event(&self) -> f64 {
        float(self.up.wire + self.down.wire) / float(self.delivered.max(1))
    }

    /// CPU time of the server for each delivered event, in microseconds.
    pub(crate) fn cpu_per_event(&self) -> f64 {
        self.server_cpu.as_secs_f64() * 1e6 / float(self.delivered.max(1))
    }
}

/// For display.
#[allow(clippy::cast_precision_loss, reason = "for display")]
pub(crate) const fn float(number: u64) -> f64 {
    number as f64
}

/// Events next to a large download: what priorities are for.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// For instance `HTTP/2, one connection`.
    pub(crate) arrangement: String,
    pub(crate) latencies: Vec<Duration>,
    pub(crate) downloaded: u64,
}

/// The value that this share of sorted values, in percent, does not exceed; `None` if there are none.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(rank).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let of = |numbers: &[u64], percent| {
            let sorted: Vec<_> = numbers.iter().copied().map(Duration::from_millis).collect();
            percentile(&sorted, percent).map(|value| value.as_millis())
        };
        assert_eq!(of(&[], 50), None);
        assert_eq!([0, 50, 99, 100].map(|percent| of(&[7], percent)), [Some(7); 4]);
        // Half of four values do not exceed the second one.
        assert_eq!([25, 50, 51, 75, 76].map(|percent| of(&[1, 2, 3, 4], percent).unwrap()), [1, 2, 3, 3, 4]);
        let hundred: Vec<_> = (1..=100).collect();
        assert_eq!([1, 50, 99, 100].map(|percent| of(&hundred, percent).unwrap()), [1, 50, 99, 100]);
    }
}
