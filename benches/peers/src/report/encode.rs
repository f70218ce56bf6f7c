//! The table of encoders.

use std::fmt::Write as _;

use super::list;
use crate::contenders::encode::PEERS;
use crate::encode::{Encoders, Row};
use crate::table::{DEFAULT, FAST, geometric_mean, ratio};

/// The table of encoders and its summary.
pub fn encoders(encoders: &Encoders) -> String {
    let mut text = String::from("| fixture | bytes | copy | copy in pieces | ");
    let _ = writeln!(text, "{} | to copy |", encoders.names.join(" | "));
    let _ = writeln!(text, "|---|--:|--:|--:|{}--:|", "--:|".repeat(encoders.names.len()));
    for row in &encoders.rows {
        let (copy, pieces) = (row.ns_per_event(row.copy), row.ns_per_event(row.copy_pieces));
        let _ = write!(text, "| {} | {} | {copy:.1} | {pieces:.1} |", row.fixture, row.bytes / row.events);
        for number in 0..encoders.names.len() {
            let _ = match (row.time(number), row.speed(DEFAULT, number)) {
                (Some(time), Some(lead)) if PEERS.contains(&number) => {
                    write!(text, " {:.1} (**{lead:.1}**) |", row.ns_per_event(time))
                }
                (Some(time), _) => write!(text, " {:.1} |", row.ns_per_event(time)),
                (None, _) => write!(text, " - |"),
            };
        }
        let _ = writeln!(text, " {:.2} |", row.time(DEFAULT).map_or(f64::NAN, |ours| ratio(row.copy, ours)));
    }
    text + "\nNanoseconds per event. In brackets: the speed of sse-proto with default features relative to the peer. `to copy`: its \
            ratio to `copy`.\n\n"
        + &encoders_summary(encoders)
}

fn encoders_summary(encoders: &Encoders) -> String {
    let mut text = String::new();
    for number in PEERS {
        let target = (encoders.names[number] != "axum").then_some(3.0);
        let leads = || encoders.rows.iter().filter_map(move |row| Some((row, row.speed(DEFAULT, number)?)));
        let mean = geometric_mean(leads().map(|lead| lead.1));
        let fast = geometric_mean(encoders.rows.iter().filter_map(|row| row.speed(FAST, number)));
        let _ = write!(
            text,
            "- {}: sse-proto is **{mean:.2}** times as fast (geometric mean), with `fast` **{fast:.2}** times",
            encoders.names[number]
        );
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
