//! One table for a terminal: a group for each feed and number of clients, so that the rows below each other can be compared.

use std::fmt::{self, Write};
use std::time::Duration;

use super::number::share;
use super::select::{Group, groups};
use crate::figures::{Figures, Outcome};

pub(crate) fn table(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing into a `String` never fails.
    let _ = write(&mut text, outcome);
    text
}

fn write(text: &mut String, outcome: &Outcome) -> fmt::Result {
    for group in groups(outcome) {
        heading(text, &group)?;
        for figures in &group.figures {
            row(text, figures)?;
        }
        writeln!(text)?;
    }
    if !outcome.shared.is_empty() {
        let names = outcome.shared.iter().map(|shared| shared.arrangement.as_str());
        let title = "Events next to a large download";
        let width = names.chain([title]).map(|name| name.chars().count()).max().unwrap_or_default();
        let [median, p99, max] = ["median ms", "p99 ms", "max ms"];
        writeln!(text, "{title:<width$}  {:>6} {median:>9} {p99:>9} {max:>9} {:>9}", "events", "MB loaded")?;
        for shared in &outcome.shared {
            let [median, p99, max] = [50, 99, 100].map(|percent| milliseconds(shared.percentile(percent)));
            #[allow(clippy::cast_precision_loss, reason = "for display")]
            let loaded = shared.downloaded as f64 / 1e6;
            let (name, events) = (&shared.arrangement, shared.latencies.len());
            writeln!(text, "{name:<width$}  {events:>6} {median:>9} {p99:>9} {max:>9} {loaded:>9.1}")?;
        }
    }
    Ok(())
}

fn heading(text: &mut String, group: &Group<'_>) -> fmt::Result {
    let cut = if group.cut { ", cut in the middle" } else { "" };
    writeln!(text, "{}{cut}", super::number::capital(&group.name()))?;
    writeln!(
        text,
        "  {:<31}{:<13} {:>7} {:>6} {:>8} {:>8} {:>8} {:>7} {:>9} {:>9} {:>9} {:>9} {:>5} {:>7}",
        "", "", "", "", "B/event", "B/event", "headers", "CPU", "memory", "latency", "", "", "", ""
    )?;
    writeln!(
        text,
        "  {:<31}{:<13} {:>7} {:>6} {:>8} {:>8} {:>8} {:>7} {:>9} {:>9} {:>9} {:>9} {:>5} {:>7}",
        "way",
        "protocol",
        "request",
        "conn.",
        "up",
        "down",
        "of bytes",
        "µs/ev.",
        "kB/client",
        "median ms",
        "p99 ms",
        "max ms",
        "lost",
        "doubled"
    )
}

fn row(text: &mut String, figures: &Figures) -> fmt::Result {
    let Figures { case, requests, connections, lost, doubled, .. } = figures;
    let per_event =
        |bytes| share(bytes, figures.delivered).map_or_else(|| "-".to_owned(), |bytes| format!("{bytes:.0}"));
    let (up, down) = (per_event(figures.up.wire), per_event(figures.down.wire));
    let headers = share(figures.headers(), figures.wire())
        .map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let cpu = if figures.delivered == 0 { "-".to_owned() } else { format!("{:.1}", figures.cpu_per_event()) };
    #[allow(clippy::cast_precision_loss, reason = "for display")]
    let memory = figures.heap_per_client as f64 / 1e3;
    let [median, p99, max] = [50, 99, 100].map(|percent| milliseconds(figures.percentile(percent)));
    writeln!(
        text,
        "  {:<31}{:<13} {requests:>7} {connections:>6} {up:>8} {down:>8} {headers:>8} {cpu:>7} {memory:>9.1} \
         {median:>9} {p99:>9} {max:>9} {lost:>5} {doubled:>7}",
        case.way, case.protocol
    )
}

/// `-` if nothing was received.
fn milliseconds(latency: Option<Duration>) -> String {
    latency.map_or_else(|| "-".to_owned(), |latency| format!("{:.2}", latency.as_secs_f64() * 1e3))
}
