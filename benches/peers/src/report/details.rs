//! The tables that show all contenders in realistic chunks, and our results relative to the floor.

use std::fmt::Write as _;

use super::list;
use super::summary::{excluded, floor, to_floor};
use crate::table::{DEFAULT, FAST, Row, Table, geometric_mean, ratio};

/// Borrowed events. The floor is "line ends + UTF-8".
pub fn borrowed(table: &Table) -> String {
    let mut text = details(table, true);
    let _ = writeln!(
        text,
        "- geometric mean of the ratio to the floor \"line ends + UTF-8\": default features {:.2}, `fast` **{:.2}** (target \
         0.85)",
        floor(table, DEFAULT),
        floor(table, FAST)
    );
    for (name, ours) in [("default features", DEFAULT), ("`fast`", FAST)] {
        let rows = table.rows.iter().filter(|row| row.is_realistic() && ["tiny", "keep-alive"].contains(&row.fixture));
        let below = rows.filter(|row| to_floor(row, ours) < Some(1.0)).map(Row::name);
        let _ = writeln!(text, "- {name}, cells of tiny events and keep-alives slower than the floor: {}", list(below));
    }
    text + &ending(table)
}

/// Owned events. The floor includes an owned slice of each chunk.
pub fn owned(table: &Table) -> String {
    let mut text = details(table, false);
    let _ = writeln!(
        text,
        "The floor: each chunk is cloned once, as an event that is a slice of it must, and both are dropped; line ends; UTF-8.\n\n\
         - geometric mean of the ratio to the floor: default features {:.2}, `fast` **{:.2}**",
        floor(table, DEFAULT),
        floor(table, FAST)
    );
    let rows = || table.rows.iter().filter(|row| row.is_realistic());
    let peers = rows().filter_map(|row| Some(ratio(row.floor, table.fastest_peer(row)?.1)));
    let _ = writeln!(text, "- of the fastest peer of each cell to the floor: {:.2}", geometric_mean(peers));
    text + &ending(table)
}

fn details(table: &Table, with_line_ends: bool) -> String {
    let line_ends = if with_line_ends { " to line ends |" } else { "" };
    let mut text = String::from("| fixture / chunks | fastest peer |");
    let mut rule = String::from("\n|---|---|");
    for ours in ["default", "`fast`"] {
        let _ = write!(text, " {ours}, ns/event | ratio |{line_ends} to floor |");
        rule += if with_line_ends { "--:|--:|--:|--:|" } else { "--:|--:|--:|" };
    }
    for name in &table.names[FAST + 1..] {
        let _ = write!(text, " {name} |");
        rule += "--:|";
    }
    text += &rule;
    for row in table.rows.iter().filter(|row| row.is_realistic()) {
        let _ = write!(text, "\n| {} | {} |", row.name(), table.fastest_peer(row).map_or("none", |peer| peer.0));
        for ours in [DEFAULT, FAST] {
            let ns = row.time(ours).map(|time| row.ns_per_block(time));
            let _ = write!(text, " {} | **{}** |", number(ns, 1), number(table.lead(row, ours), 2));
            if with_line_ends {
                let _ = write!(text, " {} |", number(row.time(ours).map(|time| ratio(row.line_ends, time)), 2));
            }
            let _ = write!(text, " {} |", number(to_floor(row, ours), 2));
        }
        for contender in FAST + 1..table.names.len() {
            let speed = row.time(contender).map(|time| row.mb_per_second(time));
            let _ = write!(text, " {} |", number(speed, 0));
        }
    }
    text + "\n\n"
}

fn number(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(|| "-".into(), |number| format!("{number:.digits$}"))
}

/// Who is excluded, and whether both processes run alike.
fn ending(table: &Table) -> String {
    let rows = table.rows.iter().filter(|row| row.is_realistic() && row.time(FAST).is_some());
    let alike = geometric_mean(rows.map(|row| ratio(row.floor, row.second_floor)));
    format!(
        "- speed of the floor in the second process, where `fast` runs, relative to the first: {alike:.2}\n{}",
        excluded(table, Row::is_realistic)
    )
}
