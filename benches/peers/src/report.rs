//! Renders the tables as Markdown.

use std::fmt::Write as _;

use crate::contenders::encode::PEERS;
use crate::encode::{self, Encoders};
use crate::table::{Row, Table, geometric_mean, ratio};

/// The text before the tables.
pub const PREFACE: &str = include_str!("preface.md");
/// The text after the tables.
pub const BIAS: &str = include_str!("bias.md");

/// The target ratios of a decode table.
pub struct Targets {
    /// To the fastest peer, in every cell.
    pub every: f64,
    /// To the fastest peer, as the geometric mean of the usual cells.
    pub mean: f64,
    /// To the baseline "line ends + UTF-8", as the geometric mean of the usual cells.
    pub baseline: Option<f64>,
}

/// A table of decoders and its summary.
pub fn decoders(table: &Table, targets: &Targets) -> String {
    let mut text = String::new();
    let _ = write!(
        text,
        "| fixture / chunks | ns/event | MB/s | fastest peer | ratio | to line ends | to line ends + UTF-8 |"
    );
    for name in &table.names[1..] {
        let _ = write!(text, " {name} |");
    }
    let _ = writeln!(text, "\n|---|--:|--:|---|--:|--:|--:|{}", "--:|".repeat(table.names.len() - 1));
    for row in &table.rows {
        let _ = writeln!(text, "{}", line(table, row));
    }
    text + "\n" + &summary(table, targets)
}

fn line(table: &Table, row: &Row) -> String {
    let mut text = format!("| {} |", row.name());
    let Some(ours) = row.ours() else {
        return format!("{text} {} |", row.times[0].as_ref().err().map_or("", String::as_str));
    };
    let (fastest, lead) = (table.fastest_peer(row).map_or("none", |peer| peer.0), table.lead(row).unwrap_or(f64::NAN));
    let _ = write!(
        text,
        " {:.1} | {:.0} | {fastest} | **{lead:.2}** | {:.2} | {:.2} |",
        row.ns_per_block(ours),
        row.mb_per_second(ours),
        ratio(row.line_ends, ours),
        ratio(row.line_ends_and_utf8, ours),
    );
    for time in &row.times[1..] {
        let _ = match time {
            Ok(time) => write!(text, " {:.0} |", row.mb_per_second(*time)),
            Err(_) => write!(text, " - |"),
        };
    }
    text
}

fn summary(table: &Table, targets: &Targets) -> String {
    let leads = || table.rows.iter().filter_map(|row| Some((row, table.lead(row)?)));
    let usual = || table.rows.iter().filter(|row| row.is_usual());
    let mut text = String::new();
    let Some((row, least)) = leads().min_by(|a, b| a.1.total_cmp(&b.1)) else { return "No results.\n".into() };
    let _ =
        writeln!(text, "- lowest ratio to the fastest peer: **{least:.2}** ({}); target {}", row.name(), targets.every);
    let mean = geometric_mean(usual().filter_map(|row| table.lead(row)));
    let _ = writeln!(
        text,
        "- geometric mean of the ratio, 64 KiB + 1460 B + event: **{mean:.2}**; target {}",
        targets.mean
    );
    let _ =
        writeln!(text, "- geometric mean of the ratio, all cells: {:.2}", geometric_mean(leads().map(|lead| lead.1)));
    let baseline = |row: &Row| Some(ratio(row.line_ends_and_utf8, row.ours()?));
    if let Some(target) = targets.baseline {
        let _ = writeln!(
            text,
            "- geometric mean of the ratio to the baseline \"line ends + UTF-8\": **{:.2}** for 64 KiB + 1460 B + event, \
             {:.2} for all cells; target {target}",
            geometric_mean(usual().filter_map(baseline)),
            geometric_mean(table.rows.iter().filter_map(baseline)),
        );
        let below = usual().filter(|row| ["tiny", "keep-alive"].contains(&row.fixture) && baseline(row) < Some(1.0));
        let _ = writeln!(
            text,
            "- cells of tiny events and keep-alives slower than this baseline (64 KiB, 1460 B, event): {}",
            list(below.map(Row::name))
        );
    }
    let mut fails: Vec<_> = leads().filter(|lead| lead.1 < targets.every).collect();
    fails.sort_by(|a, b| a.1.total_cmp(&b.1));
    let fails = fails.iter().map(|(row, lead)| format!("{} ({lead:.2})", row.name()));
    let _ = writeln!(text, "- cells below {}, worst first: {}", targets.every, list(fails));
    text + &excluded(table)
}

/// The table of encoders and its summary.
pub fn encoders(encoders: &Encoders) -> String {
    let mut text = String::from("| fixture | bytes | copy | copy in pieces | ");
    let _ = writeln!(text, "{} | to copy |", encoders.names.join(" | "));
    let _ = writeln!(text, "|---|--:|--:|--:|{}--:|", "--:|".repeat(encoders.names.len()));
    for row in &encoders.rows {
        let (copy, pieces) = (row.ns_per_event(row.copy), row.ns_per_event(row.copy_pieces));
        let _ = write!(text, "| {} | {} | {copy:.1} | {pieces:.1} |", row.fixture, row.bytes / row.events);
        for number in 0..encoders.names.len() {
            let _ = match (row.time(number), row.speed(number)) {
                (Some(time), Some(speed)) if (1..=PEERS).contains(&number) => {
                    write!(text, " {:.1} (**{:.1}**) |", row.ns_per_event(time), 1.0 / speed)
                }
                (Some(time), _) => write!(text, " {:.1} |", row.ns_per_event(time)),
                (None, _) => write!(text, " - |"),
            };
        }
        let _ = writeln!(text, " {:.2} |", row.ours().map_or(f64::NAN, |ours| ratio(row.copy, ours)));
    }
    text + "\nNanoseconds per event. In brackets: the speed of sse-proto relative to the peer. `to copy`: the ratio to `copy`.\n\n"
        + &encoders_summary(encoders)
}

fn encoders_summary(encoders: &Encoders) -> String {
    let mut text = String::new();
    for number in 1..=PEERS {
        let target = (encoders.names[number] != "axum").then_some(3.0);
        let leads = || encoders.rows.iter().filter_map(move |row| Some((row, 1.0 / row.speed(number)?)));
        let mean = geometric_mean(leads().map(|lead| lead.1));
        let _ = write!(text, "- {}: sse-proto is **{mean:.2}** times as fast (geometric mean)", encoders.names[number]);
        if let Some(target) = target {
            let below = leads().filter(|lead| lead.1 < target);
            let below = below.map(|(row, lead)| format!("{} ({lead:.1})", row.fixture));
            let _ = write!(text, "; target {target}; below it: {}", list(below));
        }
        text.push('\n');
        for row in &encoders.rows {
            if let Err(why) = &row.times[number] {
                let _ = writeln!(text, "  - excluded from {}: {why}", row.fixture);
            }
        }
    }
    let of_copy = |row: &encode::Row| Some(ratio(row.copy, row.ours()?));
    let below = encoders.rows.iter().filter(|row| of_copy(row) < Some(0.6)).map(|row| row.fixture.to_owned());
    let _ = writeln!(
        text,
        "- ratio to a copy of the same bytes: **{:.2}** (geometric mean); target 0.6; below it: {}\n- ratio to a copy of \
         the same bytes in pieces (prefixes, values, line ends): {:.2} (geometric mean)",
        geometric_mean(encoders.rows.iter().filter_map(of_copy)),
        list(below),
        geometric_mean(encoders.rows.iter().filter_map(|row| Some(ratio(row.copy_pieces, row.ours()?)))),
    );
    text
}

/// The table of long lines.
pub fn long_line(lengths: &[(usize, f64)]) -> String {
    let mut text = String::from("| line | ns/byte |\n|--:|--:|\n");
    for (length, ns) in lengths {
        let _ = writeln!(text, "| {length} MiB | {ns:.2} |");
    }
    if let [_, (_, four), (_, sixteen)] = lengths {
        let _ = writeln!(text, "\n- 16 MiB: **{sixteen:.2}** ns per byte; target: below 10");
        let _ = writeln!(text, "- time per byte at 16 MiB relative to 4 MiB: {:.2} (linear: 1)", sixteen / four);
    }
    text
}

fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

fn excluded(table: &Table) -> String {
    let mut text = String::new();
    for (number, name) in table.names.iter().enumerate() {
        let cells = table.rows.iter().filter_map(|row| Some((row, row.times[number].as_ref().err()?)));
        let cells: Vec<_> = cells.map(|(row, why)| format!("{} ({why})", row.name())).collect();
        if !cells.is_empty() {
            let _ = writeln!(text, "- {name} is excluded from: {}", cells.join(", "));
        }
    }
    text
}
