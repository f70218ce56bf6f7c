//! The clients of one case.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::run::Run;
use crate::Result;
use crate::case::{Case, LONG_POLL_TIMEOUT, OUTAGE, Version, Way};
use crate::client::{Client, Counted, Deliveries, Http, Phase, Recorder, Totals, polls};
use crate::feed::arrivals;
use crate::figures::{Figures, SLOT, Traffic};
use crate::server::{Server, ServerFigures};
use crate::wire::Network;

/// How long the clients may take to connect, to receive the last news, and to end.
const LIMIT: Duration = Duration::from_secs(10);

/// How often it is checked whether something has happened.
const CHECK: Duration = Duration::from_millis(5);

/// All clients of a case.
pub(super) struct Clients {
    network: Arc<Network>,
    totals: Arc<Totals>,
    recorders: Vec<Arc<Recorder>>,
    phase: watch::Sender<Phase>,
    /// Those that have not started.
    idle: Vec<Client>,
    running: JoinSet<Result<()>>,
}

impl Clients {
    pub(super) fn new(case: Case, seed: u64, server: &Server) -> Result<Self> {
        let (network, totals) = (Network::new(), Totals::new(case.rate.duration()));
        let http = || {
            let keep_alive = case.way != Way::ShortNew;
            Http::new(Arc::clone(&network), server.address(), case.protocol, &server.certificate(), keep_alive)
        };
        // Each client has its connections, and its sessions of TLS. With HTTP/2 all share one, unless each request is to have its own.
        let is_shared = case.protocol.version == Version::Http2 && case.way != Way::ShortNew;
        let shared = http()?;
        let phase = watch::Sender::new(Phase::Connecting);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut idle = Vec::with_capacity(case.clients);
        for _ in 0..case.clients {
            idle.push(Client {
                way: case.way,
                http: if is_shared { Arc::clone(&shared) } else { http()? },
                recorder: Recorder::new(Arc::clone(&totals)),
                phases: phase.subscribe(),
                priority: None,
                seed: random.u64(..),
                polls: polls(case.rate.duration()),
            });
        }
        let recorders = idle.iter().map(|client| Arc::clone(&client.recorder)).collect();
        Ok(Self { network, totals, recorders, phase, idle, running: JoinSet::new() })
    }

    /// Starts the clients, and waits until each has had an answer.
    pub(super) async fn connect(&mut self, case: Case) -> Result<()> {
        for client in self.idle.drain(..) {
            self.running.spawn(client.run());
        }
        let deadline = Instant::now() + LIMIT;
        while self.totals.ready() < case.clients as u64 {
            self.check()?;
            if Instant::now() > deadline {
                let ready = self.totals.ready();
                return Err(format!("only {ready} clients have connected within {LIMIT:?}").into());
            }
            sleep(CHECK).await;
        }
        Ok(())
    }

    /// Waits until all clients wait at the server, or until it has closed their connections if they do not keep them. Returns its figures.
    pub(super) async fn wait_for_server(&mut self, case: Case, server: &mut Server) -> Result<ServerFigures> {
        let waiting = if matches!(case.way, Way::Long | Way::Sse) { case.clients } else { 0 };
        let most_connections = if case.way == Way::ShortNew { 0 } else { usize::MAX };
        let deadline = Instant::now() + LIMIT;
        loop {
            let figures = server.figures().await?;
            if figures.waiting == waiting && figures.connections <= most_connections {
                return Ok(figures);
            }
            self.check()?;
            if Instant::now() > deadline {
                let ServerFigures { waiting, connections, .. } = figures;
                return Err(format!("{waiting} clients wait, with {connections} connections, after {LIMIT:?}").into());
            }
            sleep(CHECK).await;
        }
    }

    pub(super) async fn begin(&self, case: Case, seed: u64, server: &mut Server) -> Result<Instant> {
        server.begin(case.rate, seed, case.rate.duration()).await?;
        let start = Instant::now();
        self.totals.begin(start);
        self.phase.send_replace(Phase::Feeding(start));
        Ok(start)
    }

    /// Cuts the network in the middle of the feed.
    pub(super) fn cut_later(&mut self, start: Instant, case: Case, seed: u64) {
        let part = 0.35 + 0.3 * fastrand::Rng::with_seed(seed).f64();
        let (time, network) = (start + case.rate.duration().mul_f64(part), Arc::clone(&self.network));
        self.running.spawn(async move {
            sleep_until(time).await;
            network.cut(seed, OUTAGE);
            Ok(())
        });
    }

    /// Returns the numbers of open connections, when the feed is over.
    pub(super) async fn watch_connections(&self, start: Instant, case: Case) -> Vec<u64> {
        let mut connections = Vec::new();
        let mut time = start + SLOT;
        while time <= start + case.rate.duration() {
            sleep_until(time).await;
            connections.push(self.network.open());
            time += SLOT;
        }
        connections
    }

    /// Waits until the clients have received what the server has sent, or until it is clear that they won't. Returns the figures
    /// of the server at this moment.
    ///
    /// The server is asked no more often than necessary, as its answers take its time.
    pub(super) async fn wait_for_news(&mut self, server: &mut Server) -> Result<ServerFigures> {
        let deadline = Instant::now() + LIMIT;
        let sent = loop {
            let figures = server.figures().await?;
            if figures.feed_ended {
                break figures.sent;
            }
            self.check()?;
            if Instant::now() > deadline {
                return Err(format!("the feed has not ended within {LIMIT:?}").into());
            }
            sleep(CHECK).await;
        };
        self.phase.send_replace(Phase::FeedEnded);
        // What has not arrived by the deadline is a figure and not an error.
        while self.totals.delivered() < sent * self.recorders.len() as u64 && Instant::now() < deadline {
            self.check()?;
            sleep(CHECK).await;
        }
        server.figures().await
    }

    /// Returns an error if a client has ended with one.
    fn check(&mut self) -> Result<()> {
        while let Some(ended) = self.running.try_join_next() {
            ended??;
        }
        Ok(())
    }

    /// Ends the clients: those that hold a long poll when it is answered.
    pub(super) async fn stop(&mut self, case: Case) -> Result<()> {
        self.phase.send_replace(Phase::Stopping);
        let all = async {
            while let Some(ended) = self.running.join_next().await {
                ended??;
            }
            Ok(())
        };
        let limit = LIMIT + LONG_POLL_TIMEOUT;
        timeout(limit, all).await.map_err(|_| format!("the clients have not ended within {limit:?}: {}", case.way))?
    }

    pub(super) fn results(&self, case: Case, seed: u64, server: &ServerFigures) -> Run {
        let clients: Vec<_> = self.recorders.iter().map(|recorder| recorder.counted()).collect();
        let deliveries: Vec<_> = self.recorders.iter().map(|recorder| recorder.deliveries()).collect();
        let sum = |of: fn(&Counted) -> u64| clients.iter().map(of).sum::<u64>();
        let received = |of: fn(&Deliveries) -> u64| deliveries.iter().map(of).sum::<u64>();
        let mut latencies: Vec<_> = deliveries.iter().flat_map(|client| client.latencies.iter().copied()).collect();
        latencies.sort_unstable();
        let delivered = received(|client| client.ids.len() as u64);

        let is_http2 = case.protocol.version == Version::Http2;
        let (network, tapped) = (&self.network, self.network.tapped());
        let (plain_up, plain_down) = (sum(|client| client.headers_up), sum(|client| client.headers_down));
        let figures = Figures {
            case,
            sent: server.sent,
            delivered,
            lost: (server.sent * clients.len() as u64).saturating_sub(delivered),
            doubled: received(|client| client.doubled),
            requests: sum(|client| client.requests),
            responses: sum(|client| client.responses),
            empty: sum(|client| client.empty),
            most_open: clients.iter().map(|client| client.most_open).max().unwrap_or_default(),
            connections: network.opened(),
            refused: network.refused(),
            up: Traffic {
                wire: network.up(),
                headers: if is_http2 { tapped.headers_up() } else { plain_up },
                plain_headers: plain_up,
                body: 0,
            },
            down: Traffic {
                wire: network.down(),
                headers: if is_http2 { tapped.headers_down() } else { plain_down },
                plain_headers: plain_down,
                body: if is_http2 { tapped.data_down() } else { sum(|client| client.body) },
            },
            server_cpu: Duration::ZERO,
            heap_per_client: 0,
            resident: 0,
            resident_before: 0,
            latencies,
            requests_over_time: self.totals.requests_over_time(),
            connections_over_time: Vec::new(),
        };
        let behind = deliveries.iter().filter(|client| client.last != server.last_id).count() as u64;
        Run {
            figures,
            clients,
            server: server.clone(),
            feed: arrivals(case.rate, seed, case.rate.duration()).len() as u64,
            out_of_order: received(|client| client.out_of_order),
            behind,
            enable_push: tapped.enable_push(),
            failure: self.totals.failure(),
        }
    }
}
