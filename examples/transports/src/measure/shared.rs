//! Events next to a large download, over a link that the download fills: what priorities are for.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::invariants::{Broken, Checks};
use crate::Result;
use crate::case::{Protocol, Way};
use crate::client::{Client, Deliveries, Http, Phase, Recorder, Totals};
use crate::feed::{Rate, arrivals};
use crate::figures::Shared;
use crate::server::Server;
use crate::wire::Network;

/// The link of the client host: 160 Mbit/s.
const RATE: u32 = 20_000_000;

/// How long events arrive next to the download.
const DURATION: Duration = Duration::from_millis(700);

/// How long the last event may take.
const LIMIT: Duration = Duration::from_secs(10);

/// More than the link carries in that time.
const LARGE: u64 = RATE as u64 * 60;

/// RFC 9218: the events first, incrementally; the download last.
const URGENT: &str = "u=0, i";
const NOT_URGENT: &str = "u=7";

/// How events and the download are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrangement {
    NoDownload,
    Http1,
    OneConnection,
    OneConnectionWithPriority,
    TwoConnections,
}

impl Arrangement {
    const ALL: [Self; 5] =
        [Self::NoDownload, Self::Http1, Self::OneConnection, Self::OneConnectionWithPriority, Self::TwoConnections];

    const fn connections(self) -> u64 {
        match self {
            Self::NoDownload | Self::OneConnection | Self::OneConnectionWithPriority => 1,
            Self::Http1 | Self::TwoConnections => 2,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::NoDownload => "HTTP/2, no download",
            Self::Http1 => "HTTP/1.1, two connections",
            Self::OneConnection => "HTTP/2, one connection",
            Self::OneConnectionWithPriority => "HTTP/2, one connection, priority u=0 and u=7",
            Self::TwoConnections => "HTTP/2, two connections",
        }
    }
}

/// What is needed to check an arrangement.
#[derive(Clone, Debug)]
struct Counts {
    connections: u64,
    /// Requests for events, and for the download.
    requests: u64,
    downloads: u64,
    /// How many events the feed has, and how many have arrived.
    feed: u64,
    delivered: u64,
    doubled: u64,
    out_of_order: u64,
    /// Bytes of the download.
    downloaded: u64,
}

/// Measures all arrangements, one after the other. Returns what was measured, and what must hold but does not.
pub(super) async fn shared(seed: u64) -> Result<(Vec<Shared>, Vec<Broken>)> {
    let (mut measured, mut broken) = (Vec::new(), Vec::new());
    for arrangement in Arrangement::ALL {
        let (shared, counts) =
            measure(arrangement, seed).await.map_err(|error| format!("{}: {error}", arrangement.name()))?;
        measured.push(shared);
        broken.extend(check(arrangement, &counts));
    }
    Ok((measured, broken))
}

/// Returns what does not hold.
fn check(arrangement: Arrangement, counts: &Counts) -> Vec<Broken> {
    let mut checks = Checks::new(format!("events next to a download, {}", arrangement.name()));
    let has_download = arrangement != Arrangement::NoDownload;
    checks.equal("connections", counts.connections, arrangement.connections());
    checks.equal("requests for events", counts.requests, 1);
    checks.equal("requests for the download", counts.downloads, u64::from(has_download));
    checks.equal("events that arrived", counts.delivered, counts.feed);
    checks.equal("doubled events", counts.doubled, 0);
    checks.equal("events out of order", counts.out_of_order, 0);
    checks.require((counts.downloaded > 0) == has_download, || format!("{} bytes of a download", counts.downloaded));
    checks.broken
}

async fn measure(arrangement: Arrangement, seed: u64) -> Result<(Shared, Counts)> {
    let protocol = if arrangement == Arrangement::Http1 { Protocol::HTTP1_TLS } else { Protocol::HTTP2_TLS };
    let mut server = Server::start(protocol).await?;
    let network = Network::limited(RATE);
    let connection = || Http::new(Arc::clone(&network), server.address(), protocol, &server.certificate(), true);
    let events = connection()?;
    let download = match arrangement {
        Arrangement::OneConnection | Arrangement::OneConnectionWithPriority => Arc::clone(&events),
        _ => connection()?,
    };
    let with_priority = arrangement == Arrangement::OneConnectionWithPriority;

    let totals = Totals::new(DURATION);
    let recorder = Recorder::new(Arc::clone(&totals));
    let phase = watch::Sender::new(Phase::Connecting);
    let client = Client {
        way: Way::Sse,
        http: events,
        recorder: Arc::clone(&recorder),
        phases: phase.subscribe(),
        priority: with_priority.then_some(URGENT),
        seed,
        polls: 0,
    };
    let mut client = tokio::spawn(client.run());
    let deadline = Instant::now() + LIMIT;
    while totals.ready() == 0 {
        check_running(&mut client).await?;
        wait(deadline, "the client has not connected").await?;
    }

    let bulk = Recorder::new(Totals::new(DURATION));
    let downloading = (arrangement != Arrangement::NoDownload).then(|| {
        let (bulk, priority) = (Arc::clone(&bulk), with_priority.then_some(NOT_URGENT));
        tokio::spawn(async move { receive(&download, priority, &bulk).await })
    });
    // The buffers are full before the first event.
    sleep(DURATION / 4).await;
    let before = bulk.counted().body;
    server.begin(Rate::Steady, seed, DURATION).await?;
    sleep(DURATION).await;
    let downloaded = bulk.counted().body - before;
    let deadline = Instant::now() + LIMIT;
    loop {
        let figures = server.figures().await?;
        if figures.feed_ended && totals.delivered() == figures.sent {
            break;
        }
        check_running(&mut client).await?;
        wait(deadline, "not all events have arrived").await?;
    }
    if let Some(downloading) = downloading {
        if downloading.is_finished() {
            downloading.await??;
            return Err("the download has ended before the last event".into());
        }
        downloading.abort();
    }
    phase.send_replace(Phase::Stopping);
    timeout(LIMIT, client).await???;
    server.stop().await?;

    let Deliveries { mut latencies, ids, doubled, out_of_order, .. } = recorder.deliveries();
    latencies.sort_unstable();
    let counts = Counts {
        connections: network.opened(),
        requests: recorder.counted().requests,
        downloads: bulk.counted().requests,
        feed: arrivals(Rate::Steady, seed, DURATION).len() as u64,
        delivered: ids.len() as u64,
        doubled,
        out_of_order,
        downloaded,
    };
    Ok((Shared { arrangement: arrangement.name().to_owned(), latencies, downloaded }, counts))
}

/// Returns an error if the client has ended, with its reason if there is one.
async fn check_running(client: &mut JoinHandle<Result<()>>) -> Result<()> {
    if client.is_finished() {
        client.await??;
        return Err("the client has ended before the measurement".into());
    }
    Ok(())
}

async fn wait(deadline: Instant, what: &str) -> Result<()> {
    sleep(Duration::from_millis(5)).await;
    if Instant::now() > deadline { Err(format!("{what} within {LIMIT:?}").into()) } else { Ok(()) }
}

/// Receives a large body, and counts it.
async fn receive(http: &Http, priority: Option<&'static str>, recorder: &Arc<Recorder>) -> Result<()> {
    let mut request = http.request(&format!("/api/bulk?bytes={LARGE}"))?;
    if let Some(priority) = priority {
        request.headers_mut().insert(HeaderName::from_static("priority"), HeaderValue::from_static(priority));
    }
    let response = http.send(request.map(|()| Empty::new()), recorder).await?;
    if response.status() != StatusCode::OK {
        return Err(format!("the download: {}", response.status()).into());
    }
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        frame?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut Counts);

    fn good(arrangement: Arrangement) -> Counts {
        let downloads = u64::from(arrangement != Arrangement::NoDownload);
        Counts {
            connections: arrangement.connections(),
            requests: 1,
            downloads,
            feed: 13,
            delivered: 13,
            doubled: 0,
            out_of_order: 0,
            downloaded: 1_000_000 * downloads,
        }
    }

    #[test]
    fn wrong_counts_are_noticed_in_every_arrangement() {
        let changes: [(&str, Change); 7] = [
            ("connections: ", |counts| counts.connections += 1),
            ("requests for events: 2 instead of 1", |counts| counts.requests = 2),
            ("requests for the download: ", |counts| counts.downloads += 1),
            ("events that arrived: 12 instead of 13", |counts| counts.delivered = 12),
            ("doubled events: 1 instead of 0", |counts| counts.doubled = 1),
            ("events out of order: 1 instead of 0", |counts| counts.out_of_order = 1),
            (" bytes of a download", |counts| counts.downloaded = u64::from(counts.downloaded == 0)),
        ];
        for arrangement in Arrangement::ALL {
            assert_eq!(check(arrangement, &good(arrangement)), []);
            for (text, change) in changes {
                let mut counts = good(arrangement);
                change(&mut counts);
                let broken = check(arrangement, &counts);
                assert_eq!(broken.len(), 1, "{text}: {broken:?}");
                let broken = broken[0].to_string();
                assert!(broken.contains(text) && broken.contains(arrangement.name()), "{broken}");
            }
        }
    }

    #[tokio::test]
    async fn a_client_that_has_ended_is_an_error_with_its_reason() {
        let mut client = tokio::spawn(std::future::pending());
        assert!(check_running(&mut client).await.is_ok());
        client.abort();
        for (outcome, reason) in [(Err("why".into()), "why"), (Ok(()), "the client has ended before the measurement")] {
            let mut client = tokio::spawn(std::future::ready(outcome));
            while !client.is_finished() {
                tokio::task::yield_now().await;
            }
            assert_eq!(check_running(&mut client).await.unwrap_err().to_string(), reason);
        }
    }
}
