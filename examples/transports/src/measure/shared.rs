//! Events next to a large download, over a link that the download fills: what priorities are for.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::Result;
use crate::case::{Protocol, Way};
use crate::client::{Board, Client, Http, Phase, Recorder};
use crate::feed::Rate;
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

/// Measures all arrangements, one after the other.
pub(super) async fn shared(seed: u64) -> Result<Vec<Shared>> {
    let mut measured = Vec::new();
    for arrangement in Arrangement::ALL {
        let shared = measure(arrangement, seed).await.map_err(|error| format!("{}: {error}", arrangement.name()))?;
        measured.push(shared);
    }
    Ok(measured)
}

async fn measure(arrangement: Arrangement, seed: u64) -> Result<Shared> {
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

    let board = Board::new(DURATION);
    let recorder = Recorder::new(Arc::clone(&board));
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
    let client = tokio::spawn(client.run());
    let deadline = Instant::now() + LIMIT;
    while board.ready() == 0 {
        wait(deadline, "the client has not connected").await?;
    }

    let bulk = Recorder::new(Board::new(DURATION));
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
        if figures.feed_ended && board.delivered() == figures.sent {
            break;
        }
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

    let mut latencies = recorder.deliveries().latencies;
    latencies.sort_unstable();
    Ok(Shared { arrangement: arrangement.name().to_owned(), latencies, downloaded })
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
