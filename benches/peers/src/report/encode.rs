//! The tables of encoders: the fixtures, and data of several lengths.

use std::fmt::Write as _;

use super::list;
use crate::contenders::encode::{PEERS, WHOLE_PEERS};
use crate::encode::{Encoders, Row};
use crate::table::{DEFAULT, FAST, geometric_mean, ratio};

/// The lowest geometric means that are accepted, by peer.
const TARGETS: [(&str, f64); 2] = [("sse-stream", 4.0), ("russe", 2.8)];

/// The fixtures.
pub fn encoders(encoders: &Encoders) -> String {
    table(encoders, means)
}

/// Data of several lengths. At none of them may a peer be ahead.
pub fn encoders_by_length(encoders: &Encoders) -> String {
    table(encoders, lowest)
}

/// A table and its summary.
fn table(encoders: &Encoders, summary: fn(&Encoders) -> String) -> String {
    if encoders.rows.is_empty() {
        return "No results.\n".into();
    }
    let mut text = String::from("| fixture | bytes | copy | copy in pieces | ");
    let _ = writeln!(text, "{} | to copy |", encoders.names.join(" | "));
    let _ = writeln!(text, "|---|--:|--:|--:|{}--:|", "--:|".repeat(encoders.names.len()));
    for row in &encoders.rows {
        let (copy, pieces) = (row.ns_per_event(row.copy), row.ns_per_event(row.copy_pieces));
        let _ = write!(text, "| {} | {} | {copy:.1} | {pieces:.1} |", row.fixture, row.bytes / row.events);
        for number in 0..encoders.names.len() {
            let _ = match (row.time(number), row.speed(DEFAULT, number)) {
                (Some(time), Some(lead)) if PEERS.contains(&number) => {
                    write!(text, " {:.1} (**{lead:.2}**) |", row.ns_per_event(time))
                }
                (Some(time), _) => write!(text, " {:.1} |", row.ns_per_event(time)),
                (None, _) => write!(text, " - |"),
            };
        }
        let _ = writeln!(text, " {:.2} |", row.time(DEFAULT).map_or(f64::NAN, |ours| ratio(row.copy, ours)));
    }
    text + "\nNanoseconds per event. In brackets: the speed of sse-proto with default features relative to the peer. `to copy`: its \
            ratio to `copy`.\n\n"
        + &summary(encoders)
        + &excluded(encoders)
}

/// The geometric means.
fn means(encoders: &Encoders) -> String {
    let mut text = String::new();
    for number in PEERS {
        let name = encoders.names[number];
        let leads = |ours| encoders.rows.iter().filter_map(move |row| row.speed(ours, number));
        let (mean, fast) = (geometric_mean(leads(DEFAULT)), geometric_mean(leads(FAST)));
        let _ = write!(
            text,
            "- {name}: sse-proto is **{mean:.2}** times as fast (geometric mean), with `fast` **{fast:.2}** times"
        );
        if let Some((_, target)) = TARGETS.iter().find(|target| target.0 == name) {
            let _ = write!(text, "; target {target:.1}");
        }
        let _ = writeln!(text, "; fixtures below 1.0: {}", below(encoders, DEFAULT, |_| Some(number)));
    }
    let of_copy = |row: &Row| Some(ratio(row.copy, row.time(DEFAULT)?));
    let below = encoders.rows.iter().filter(|row| of_copy(row) < Some(0.6)).map(|row| row.fixture.to_owned());
    let _ = writeln!(
        text,
        "- ratio to a copy of the same bytes: **{:.2}** (geometric mean); target 0.6; below it: {}\n- ratio to a copy of \
         the same bytes in pieces (prefixes, values, line ends): {:.2} (geometric mean)",
        geometric_mean(encoders.rows.iter().filter_map(of_copy)),
        list(below),
        geometric_mean(encoders.rows.iter().filter_map(|row| Some(ratio(row.copy_pieces, row.time(DEFAULT)?)))),
    );
    text
}

/// The lowest ratios to the fastest peer.
fn lowest(encoders: &Encoders) -> String {
    let mut text = String::new();
    for (peers, what) in [(WHOLE_PEERS, "the fastest peer"), (PEERS, "the fastest peer, also with prebuilt events")] {
        let is_target = peers == WHOLE_PEERS;
        let fastest = |row: &Row| row.fastest(peers.clone());
        for (ours, name) in [(DEFAULT, "default features"), (FAST, "`fast`")] {
            let lead = |row| fastest(row).and_then(|peer| Some((row, peer, row.speed(ours, peer)?)));
            let leads = encoders.rows.iter().filter_map(lead);
            let Some((row, peer, lead)) = leads.min_by(|a, b| a.2.total_cmp(&b.2)) else { continue };
            let _ = writeln!(
                text,
                "- {name}: lowest ratio to {what} **{lead:.2}** ({}; {}){}; below 1.0: {}",
                row.fixture,
                encoders.names[peer],
                if is_target { "; target 1.0" } else { "" },
                below(encoders, ours, fastest)
            );
        }
    }
    text
}

/// The rows in which a peer is faster.
fn below(encoders: &Encoders, ours: usize, peer: impl Fn(&Row) -> Option<usize>) -> String {
    let leads = encoders.rows.iter().filter_map(|row| Some((row, row.speed(ours, peer(row)?)?)));
    list(leads.filter(|lead| lead.1 < 1.0).map(|(row, lead)| format!("{} ({lead:.2})", row.fixture)))
}

fn excluded(encoders: &Encoders) -> String {
    let mut text = String::new();
    for (number, name) in encoders.names.iter().enumerate() {
        for row in &encoders.rows {
            if let Err(why) = &row.times[number] {
                let _ = writeln!(text, "- {name} is excluded from {}: {why}", row.fixture);
            }
        }
    }
    text
}
