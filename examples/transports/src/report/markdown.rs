//! The main figures as Markdown, for a documentation page: a table for each question.

use std::fmt::{self, Write};

use super::facts;
use super::number::{bytes, capital, count, microseconds, milliseconds, percent, share};
use super::select::{Group, best, best_of_one_protocol, groups};
use crate::case::{Protocol, Version};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};

pub(crate) fn markdown(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing into a `String` never fails.
    let _ = write(&mut text, outcome);
    text
}

/// A column: its name, and what it says of a case.
type Column = (&'static str, fn(&Figures) -> String);

const WAY: Column = ("way", |figures| figures.case.way.to_string());
const PROTOCOL: Column = ("protocol", |figures| figures.case.protocol.to_string());
const REQUESTS: Column = ("requests", |figures| count(figures.requests));
const EMPTY: Column = ("without news", |figures| count(figures.empty));
const CONNECTIONS: Column = ("connections", |figures| count(figures.connections));
const PER_EVENT: Column = ("bytes per event", |figures| optional(figures.per_event(figures.wire()), bytes));
const HEADERS: Column = ("headers", |figures| optional(share(figures.headers(), figures.wire()), percent));
const HPACK: Column = ("headers, of their plain size", |figures| {
    // HTTP/1.1 compresses none.
    let compressed = figures.case.protocol.version == Version::Http2;
    optional(share(figures.headers(), figures.plain_headers()).filter(|_| compressed), percent)
});
const CPU: Column = ("CPU per event", |figures| optional(figures.cpu(), microseconds));
const MEMORY: Column = ("heap per client", |figures| {
    #[allow(clippy::cast_precision_loss, reason = "for display")]
    bytes(figures.heap_per_client as f64)
});
const MEDIAN: Column = ("median", |figures| optional(figures.percentile(50), milliseconds));
const P99: Column = ("99 %", |figures| optional(figures.percentile(99), milliseconds));
const MAX: Column = ("max", |figures| optional(figures.percentile(100), milliseconds));
const LOST: Column = ("lost", |figures| count(figures.lost));
const DOUBLED: Column = ("doubled", |figures| count(figures.doubled));
const REFUSED: Column = ("failed connections", |figures| count(figures.refused));

fn write(text: &mut String, outcome: &Outcome) -> fmt::Result {
    write!(text, "Measured on {} on loopback", facts::date())?;
    if let Some(version) = facts::rust() {
        write!(text, " with Rust {version}")?;
    }
    let (seed, features, command) = (outcome.seed, facts::FEATURES, facts::command(outcome));
    writeln!(text, ", seed {seed}, features {features}, by `{command}`.")?;

    let plain = |group: &Group<'_>| !group.cut;
    let one = |rate| {
        best_of_one_protocol(outcome, plain, move |group| {
            (group.rate == rate, group.protocol == Some(Protocol::HTTP1), std::cmp::Reverse(group.clients))
        })
    };
    let waiting = one(Rate::Sparse);
    tables(
        text,
        "What a client costs while nothing happens",
        &Vec::from_iter(waiting),
        &[WAY, REQUESTS, EMPTY, MEMORY],
    )?;
    let of_one = |rate| {
        let rated = move |group: &Group<'_>| !group.cut && group.rate == rate;
        best_of_one_protocol(outcome, rated, |group| (group.protocol == Some(Protocol::HTTP1), group.clients))
    };
    let events: Vec<_> = Rate::ALL.into_iter().filter_map(of_one).collect();
    tables(text, "Cost of an event", &events, &[WAY, REQUESTS, PER_EVENT, HEADERS, CPU])?;
    tables(text, "Latency", &events, &[WAY, MEDIAN, P99, MAX])?;
    let cut: Vec<_> = groups(outcome).into_iter().filter(|group| group.cut).collect();
    tables(text, "When the network is cut", &cut, &[WAY, PROTOCOL, LOST, DOUBLED, REQUESTS, REFUSED, MAX])?;
    let versions = |group: &Group<'_>| {
        let has = |version| group.figures.iter().any(|figures| figures.case.protocol.version == version);
        !group.cut && has(Version::Http1) && has(Version::Http2)
    };
    let both = best(outcome, versions, |group| (group.clients, group.rate == Rate::Sparse));
    tables(text, "HTTP/1.1 and HTTP/2", &Vec::from_iter(both), &[WAY, PROTOCOL, CONNECTIONS, PER_EVENT, HPACK, CPU])?;
    shared(text, outcome)
}

fn tables(text: &mut String, question: &str, groups: &[Group<'_>], columns: &[Column]) -> fmt::Result {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n### {question}")?;
    for group in groups {
        writeln!(text, "\n{}:\n", capital(&group.name()))?;
        line(text, columns.iter().map(|(name, _)| (*name).to_owned()))?;
        line(
            text,
            columns.iter().map(|(name, _)| if [WAY.0, PROTOCOL.0].contains(name) { "---" } else { "---:" }.to_owned()),
        )?;
        for figures in &group.figures {
            line(text, columns.iter().map(|(_, cell)| cell(figures)))?;
        }
    }
    Ok(())
}

fn shared(text: &mut String, outcome: &Outcome) -> fmt::Result {
    if outcome.shared.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n### Events next to a large download\n")?;
    line(text, ["arrangement", MEDIAN.0, P99.0, MAX.0].map(str::to_owned))?;
    line(text, ["---", "---:", "---:", "---:"].map(str::to_owned))?;
    for shared in &outcome.shared {
        let latency = |percent| optional(shared.percentile(percent), milliseconds);
        line(text, [shared.arrangement.clone(), latency(50), latency(99), latency(100)])?;
    }
    Ok(())
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) -> fmt::Result {
    for cell in cells {
        write!(text, "| {} ", cell.replace('|', "\\|"))?;
    }
    writeln!(text, "|")
}

fn optional<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}
