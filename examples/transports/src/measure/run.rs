//! Runs one case.

use super::clients::Clients;
use crate::Result;
use crate::case::Case;
use crate::client::Counted;
use crate::figures::Figures;
use crate::server::{Server, ServerFigures};

/// What was measured, and what is needed to check it.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) figures: Figures,
    /// Of each client.
    pub(super) clients: Vec<Counted>,
    /// What the server counted, at the end.
    pub(super) server: ServerFigures,
    /// How many events the feed has.
    pub(super) feed: u64,
    /// Events that a client received after one with the same or a greater ID.
    pub(super) out_of_order: u64,
    /// Clients whose last event was not the last one of the server.
    pub(super) behind: u64,
    /// What the clients said of server push, with HTTP/2.
    pub(super) enable_push: Option<u64>,
    /// Why a request failed, if one did.
    pub(super) failure: Option<String>,
}

/// Runs a case. Whatever fails is an error without the name of the case.
pub(super) async fn run(case: Case, seed: u64) -> Result<Run> {
    let mut server = Server::start(case.protocol).await?;
    let before = server.figures().await?;
    let mut clients = Clients::new(case, seed, &server)?;

    clients.connect(case).await?;
    let waiting = clients.wait_for_server(case, &mut server).await?;

    let start = clients.begin(case, seed, &mut server).await?;
    if case.cut {
        clients.cut_later(start, case, seed);
    }
    let connections_over_time = clients.watch_connections(start, case).await;
    let ended = clients.wait_for_news(&mut server).await?;
    clients.stop(case).await?;
    let at_the_end = server.figures().await?;
    server.stop().await?;

    let mut run = clients.results(case, seed, &at_the_end);
    run.figures.connections_over_time = connections_over_time;
    run.figures.server_cpu = ended.cpu.saturating_sub(waiting.cpu);
    run.figures.heap_per_client = waiting.heap.saturating_sub(before.heap) / case.clients.max(1) as u64;
    run.figures.resident = waiting.resident;
    run.figures.resident_before = before.resident;
    Ok(run)
}
