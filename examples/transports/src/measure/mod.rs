//! Runs the cases, and checks what must hold.
//!
//! Each case has a server of its own, in a process of its own: what is measured of it is the server's and nothing else's. The
//! clients are in this process. All of a case begin before the feed does, so that the figures are those of a service that is
//! running: CPU time and latency are without the connecting; the bytes are with it.
//!
//! What to know about the figures:
//!
//! - There is no round-trip time on loopback. On a real network, a new connection costs one round trip, two with TLS, and an event that is
//!   sent while a long poll is on its way back waits for the next one.
//! - Nothing is compressed, and all answers have the headers of the libraries, without those that a proxy or a framework adds.
//! - Clients and server share the processor, so latencies of many clients have a part that is the clients' own. It is the same work for
//!   all ways: the JSON of an event is decoded once.
//! - The polls of the clients are spread over the interval. TLS sessions are resumed, as by all clients.

mod cases;
mod clients;
mod invariants;
mod run;
mod shared;

use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::case::Selection;
use crate::figures::{Figures, Outcome, percentile};
use run::Run;

pub(crate) use invariants::Broken;

/// How long a case may take: longer than all its limits together, so that it fails with the reason if there is one.
const LIMIT: Duration = Duration::from_mins(1);

/// Measures the cases of a selection, or those with these numbers of clients if there are any. Returns what was measured, and what
/// must hold but does not.
///
/// It shows its progress on the standard error.
pub(crate) async fn measure(selection: Selection, clients: &[usize], seed: u64) -> Result<(Outcome, Vec<Broken>)> {
    let start = Instant::now();
    let cases = cases::cases(selection, clients);
    let groups = cases::groups(&cases);
    show(format_args!("{} cases, about {} s", cases.len(), cases::estimate(&groups).as_secs()));
    let (mut measured, mut broken) = (Vec::new(), Vec::new());
    for group in groups {
        let mut running = JoinSet::new();
        for case in group {
            running.spawn(async move {
                let run = tokio::time::timeout(LIMIT, run::run(case, seed)).await;
                run.map_err(|_| format!("{case}: not finished within {LIMIT:?}"))?
                    .map_err(|error| format!("{case}: {error}"))
            });
        }
        while let Some(run) = running.join_next().await {
            let run = run??;
            let wrong = invariants::check(&run);
            let number = measured.len() + 1;
            show(format_args!("[{number}/{}] {}", cases.len(), line(&run, &wrong)));
            measured.push(run.figures);
            broken.extend(wrong);
        }
    }
    // In the order of the cases, not in that in which they have ended.
    measured.sort_by_key(|figures| cases.iter().position(|case| *case == figures.case));
    let (shared, wrong) = shared::shared(seed).await?;
    broken.extend(wrong);
    for shared in &shared {
        show(format_args!("events next to a download, {}: {}", shared.arrangement, latency(&shared.latencies)));
    }
    let (clients, elapsed) = (clients.to_vec(), start.elapsed());
    Ok((Outcome { selection, clients, seed, elapsed, cases: measured, shared }, broken))
}

/// Writes a line to the standard error. The measurement continues if it is closed.
fn show(line: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A case, and what was found.
fn line(run: &Run, broken: &[Broken]) -> String {
    let figures = &run.figures;
    let Figures { case, delivered, lost, doubled, requests, connections, .. } = figures;
    let cut = if case.cut { format!(", {lost} lost, {doubled} doubled") } else { String::new() };
    let late = match invariants::late_polls(run) {
        0 => String::new(),
        late => format!(", {late} polls late"),
    };
    let wrong = if broken.is_empty() { String::new() } else { format!("; WRONG: {}", broken.len()) };
    format!(
        "{case}: {delivered} events, {requests} requests, {connections} connections, {:.0} bytes and {:.0} us of CPU per event, {}{late}{cut}{wrong}",
        figures.bytes_per_event(),
        figures.cpu_per_event(),
        latency(&figures.latencies),
    )
}

/// The median and the maximum of sorted latencies.
fn latency(latencies: &[Duration]) -> String {
    let of = |percent| percentile(latencies, percent).map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3);
    format!("{:.1} ms, at most {:.1} ms", of(50), of(100))
}
