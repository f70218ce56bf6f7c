//! Runs one case.

use super::crowd::Crowd;
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
    let mut crowd = Crowd::new(case, seed, &server)?;

    crowd.connect(case).await?;
    let waiting = crowd.wait_for_server(case, &mut server).await?;

    let start = crowd.begin(case, seed, &mut server).await?;
    if case.cut {
        crowd.cut_later(start, case, seed);
    }
    let connections_over_time = crowd.watch_connections(start, case).await;
    let ended = crowd.wait_for_news(&mut server).await?;
    crowd.stop(case).await?;
    let at_the_end = server.figures().await?;
    server.stop().await?;

    let mut run = crowd.results(case, &at_the_end);
    run.figures.connections_over_time = connections_over_time;
    run.figures.server_cpu = ended.cpu.saturating_sub(waiting.cpu);
    run.figures.heap_per_client = waiting.heap.saturating_sub(before.heap) / case.clients.max(1) as u64;
    run.figures.resident = waiting.resident;
    run.figures.resident_before = before.resident;
    Ok(run)
}
