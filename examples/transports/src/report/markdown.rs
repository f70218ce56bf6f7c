//! The main figures as Markdown, for a documentation page: a table for each question.

use std::cmp::Reverse;
use std::fmt::{self, Write};

use super::facts;
use super::number::{bytes, capital, count, float, microseconds, milliseconds, percent, ratio, share};
use super::select::{Group, best, best_of_one_protocol, groups, of_all_feeds};
use crate::case::{Protocol, Version, Way};
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
const CONNECTIONS: Column = ("connections", |figures| count(figures.connections));
const PER_EVENT: Column = ("bytes per event", per_event);
const HEAP: Column = ("heap per client", |figures| bytes(float(figures.heap_per_client)));
const HPACK: Column = ("headers after HPACK", |figures| {
    // HTTP/1.1 compresses none.
    let compressed = figures.case.protocol.version == Version::Http2;
    optional(share(figures.headers(), figures.plain_headers()).filter(|_| compressed), percent)
});
const CPU: Column = ("CPU per event", |figures| {
    // With few clients it is mostly that of the feed itself.
    if figures.case.clients < 10 { optional(None::<f64>, microseconds) } else { cpu(figures) }
});
const MAX: Column = ("max", |figures| optional(figures.percentile(100), milliseconds));
const LOST: Column = ("lost", |figures| count(figures.lost));
const DOUBLED: Column = ("doubled", |figures| count(figures.doubled));
const REFUSED: Column = ("failed connections", |figures| count(figures.refused));

/// The figures of one client.
const OF_A_CLIENT: [Column; 4] = [
    WAY,
    ("requests", |figures| of_a_client(figures, figures.requests)),
    ("empty answers", |figures| of_a_client(figures, figures.empty)),
    HEAP,
];

fn write(text: &mut String, outcome: &Outcome) -> fmt::Result {
    write!(text, "Measured on {} on loopback", facts::date())?;
    if let Some(version) = facts::rust() {
        write!(text, " with Rust {version}")?;
    }
    let (seed, features, command) = (outcome.seed, facts::FEATURES, facts::command(outcome));
    writeln!(text, ", seed {seed}, features {features}, by `{command}`.")?;

    let feeds = of_all_feeds(outcome);
    by_feed(text, "Latency", "Median / maximum", &feeds, |figures| {
        let [median, max] = [50, 100].map(|percent| optional(figures.percentile(percent), milliseconds));
        format!("{median} / {max}")
    })?;
    by_feed(text, "Cost of an event", "Bytes on the wire / CPU time of the server", &feeds, |figures| {
        format!("{} / {}", per_event(figures), cpu(figures))
    })?;

    let sparse = |group: &Group<'_>| !group.cut && group.rate == Rate::Sparse;
    let waiting =
        best_of_one_protocol(outcome, sparse, |group| (group.protocol == Some(Protocol::HTTP1), group.clients));
    by_way(text, "A client on a sparse feed", &Vec::from_iter(waiting), &OF_A_CLIENT)?;

    let cut: Vec<_> = groups(outcome).into_iter().filter(|group| group.cut).collect();
    by_way(text, "When the network is cut", &cut, &[WAY, PROTOCOL, LOST, DOUBLED, REQUESTS, REFUSED, MAX])?;

    let versions = |group: &Group<'_>| {
        let has = |version| group.figures.iter().any(|figures| figures.case.protocol.version == version);
        !group.cut && has(Version::Http1) && has(Version::Http2)
    };
    let many = best(outcome, versions, |group| (group.clients, group.rate == Rate::Sparse));
    // Clients that share a connection, and one that has it alone.
    let one = many.as_ref().and_then(|many| {
        best(
            outcome,
            |group| versions(group) && group.rate == many.rate && group.clients < many.clients,
            |group| Reverse(group.clients),
        )
    });
    let mut both: Vec<_> = many.into_iter().chain(one).collect();
    for group in &mut both {
        // It differs from short polling without it where most answers are empty, which the tables above show.
        group.figures.retain(|figures| figures.case.way != Way::ShortEtag);
    }
    by_way(text, "HTTP/1.1 and HTTP/2", &both, &[WAY, PROTOCOL, CONNECTIONS, PER_EVENT, HPACK, HEAP, CPU])?;
    shared(text, outcome)
}

/// A row for each way, a column for each feed. The groups differ in the feed only.
fn by_feed(
    text: &mut String,
    question: &str,
    what: &str,
    groups: &[Group<'_>],
    cell: impl Fn(&Figures) -> String,
) -> fmt::Result {
    let Some(first) = groups.first() else { return Ok(()) };
    writeln!(text, "\n### {question}\n\n{what}; {}:\n", first.conditions())?;
    head(text, std::iter::once(WAY.0.to_owned()).chain(groups.iter().map(|group| format!("{} feed", group.rate))), 1)?;
    for way in Way::ALL.into_iter().filter(|&way| groups.iter().any(|group| group.get(way).is_some())) {
        let cells = groups.iter().map(|group| optional(group.get(way), &cell));
        line(text, std::iter::once(way.to_string()).chain(cells))?;
    }
    Ok(())
}

/// A table for each group, with a row for each way, or for each way and protocol.
fn by_way(text: &mut String, question: &str, groups: &[Group<'_>], columns: &[Column]) -> fmt::Result {
    if groups.iter().all(|group| group.figures.is_empty()) {
        return Ok(());
    }
    writeln!(text, "\n### {question}")?;
    for group in groups {
        writeln!(text, "\n{}:\n", capital(&group.name()))?;
        let names = columns.iter().filter(|(name, _)| [WAY.0, PROTOCOL.0].contains(name)).count();
        head(text, columns.iter().map(|(name, _)| (*name).to_owned()), names)?;
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
    head(text, ["arrangement", "median", MAX.0].map(str::to_owned), 1)?;
    for shared in &outcome.shared {
        let latency = |percent| optional(shared.percentile(percent), milliseconds);
        line(text, [shared.arrangement.clone(), latency(50), latency(100)])?;
    }
    Ok(())
}

/// The first columns are names, the others numbers.
fn head(text: &mut String, columns: impl IntoIterator<Item = String>, names: usize) -> fmt::Result {
    let columns: Vec<_> = columns.into_iter().collect();
    let align = |column| if column < names { "---" } else { "---:" }.to_owned();
    let rule: Vec<_> = (0..columns.len()).map(align).collect();
    line(text, columns)?;
    line(text, rule)
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) -> fmt::Result {
    for cell in cells {
        write!(text, "| {} ", cell.replace('|', "\\|"))?;
    }
    writeln!(text, "|")
}

fn per_event(figures: &Figures) -> String {
    optional(figures.per_event(figures.wire()), bytes)
}

fn cpu(figures: &Figures) -> String {
    optional(figures.cpu(), microseconds)
}

fn of_a_client(figures: &Figures, number: u64) -> String {
    optional(share(number, figures.case.clients as u64), ratio)
}

fn optional<T>(value: Option<T>, text: impl Fn(T) -> String) -> String {
    value.map_or_else(|| "–".to_owned(), text)
}
