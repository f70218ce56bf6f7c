//! One table for a terminal: a group for each feed and number of clients, so that the rows below each other can be compared.

use std::fmt::{self, Write};
use std::time::Duration;

use super::facts;
use super::number::{capital, float, share};
use super::select::{Group, groups};
use crate::figures::{Figures, Outcome};

pub(crate) fn table(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing into a `String` never fails.
    let _ = write(&mut text, outcome);
    text
}

fn write(text: &mut String, outcome: &Outcome) -> fmt::Result {
    for sentence in facts::cases(outcome) {
        writeln!(text, "{sentence}")?;
    }
    for group in groups(outcome) {
        heading(text, &group)?;
        for figures in &group.figures {
            row(text, figures)?;
        }
    }
    shared(text, outcome)
}

/// The columns after the way and the protocol: two lines of heads.
const HEADS: [[&str; 12]; 2] = [
    ["", "", "B/event", "B/event", "headers", "CPU", "memory", "", "latency", "in ms", "", ""],
    [
        "requests",
        "conn.",
        "up",
        "down",
        "of bytes",
        "µs/event",
        "kB/client",
        "median",
        "99 %",
        "max",
        "lost",
        "doubled",
    ],
];

fn heading(text: &mut String, group: &Group<'_>) -> fmt::Result {
    let cut = if group.cut { ", cut in the middle" } else { "" };
    writeln!(text, "\n{}{cut}", capital(&group.name()))?;
    line(text, "", "", &HEADS[0])?;
    line(text, "way", "protocol", &HEADS[1])
}

fn row(text: &mut String, figures: &Figures) -> fmt::Result {
    let per_event = |bytes| share(bytes, figures.delivered).map_or_else(none, |bytes| format!("{bytes:.0}"));
    let [median, p99, max] = [50, 99, 100].map(|percent| milliseconds(figures.percentile(percent)));
    let cells = [
        figures.requests.to_string(),
        figures.connections.to_string(),
        per_event(figures.up.wire),
        per_event(figures.down.wire),
        share(figures.headers(), figures.wire()).map_or_else(none, |share| format!("{:.0} %", share * 100.0)),
        figures.cpu().map_or_else(none, |cpu| format!("{cpu:.1}")),
        format!("{:.1}", float(figures.heap_per_client) / 1e3),
        median,
        p99,
        max,
        figures.lost.to_string(),
        figures.doubled.to_string(),
    ];
    line(text, &figures.case.way.to_string(), &figures.case.protocol.to_string(), &cells)
}

fn line<T: AsRef<str>>(text: &mut String, way: &str, protocol: &str, cells: &[T; 12]) -> fmt::Result {
    /// Each with the space before it.
    const WIDTHS: [usize; 12] = [9, 8, 9, 9, 9, 9, 10, 9, 9, 9, 6, 8];
    let mut line = format!("  {way:<31}{protocol:<13}");
    for (cell, width) in cells.iter().zip(WIDTHS) {
        write!(line, "{:>width$}", cell.as_ref())?;
    }
    writeln!(text, "{}", line.trim_end())
}

fn shared(text: &mut String, outcome: &Outcome) -> fmt::Result {
    if outcome.shared.is_empty() {
        return Ok(());
    }
    let title = "Events next to a large download";
    let names = outcome.shared.iter().map(|shared| shared.arrangement.as_str());
    let width = names.map(|name| name.chars().count() + 2).max().unwrap_or_default().max(title.len());
    writeln!(text, "\n{title:<width$}{:>8}{:>11}{:>9}{:>11}", "events", "median ms", "max ms", "MB loaded")?;
    for shared in &outcome.shared {
        let [median, max] = [50, 100].map(|percent| milliseconds(shared.percentile(percent)));
        let (name, events) = (format!("  {}", shared.arrangement), shared.latencies.len());
        writeln!(text, "{name:<width$}{events:>8}{median:>11}{max:>9}{:>11.1}", float(shared.downloaded) / 1e6)?;
    }
    Ok(())
}

/// If nothing was received.
fn milliseconds(latency: Option<Duration>) -> String {
    latency.map_or_else(none, |latency| format!("{:.2}", latency.as_secs_f64() * 1e3))
}

fn none() -> String {
    "-".to_owned()
}
