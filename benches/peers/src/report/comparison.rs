//! The tables that show all our results side by side: with default features and with `fast`, borrowed and owned.

use std::fmt::Write as _;

use super::summary::{Column, excluded};
use crate::table::{DEFAULT, FAST, Row, Table};

/// Text that is mostly not ASCII.
const NON_ASCII: [&str; 2] = ["korean", "japanese"];
/// Events of many lines.
const MANY_LINES: [&str; 1] = ["eight-lines"];

pub fn is_of_many_lines(fixture: &str) -> bool {
    MANY_LINES.contains(&fixture)
}

/// What users do: all fixtures in realistic chunks.
pub fn users(borrowed: &Table, owned: &Table) -> String {
    let columns = columns(borrowed, owned)
        .with(DEFAULT_BORROWED, Some(2.0), Some(1.0), &NON_ASCII)
        .with(FAST_BORROWED, Some(2.7), Some(1.1), &[])
        .with(FAST_OWNED, Some(1.9), Some(1.0), &[]);
    columns.compare(Row::is_realistic)
}

/// The events of many lines alone.
pub fn many_lines(borrowed: &Table, owned: &Table) -> String {
    let columns = columns(borrowed, owned).with(DEFAULT_BORROWED, Some(2.0), None, &[]).with(
        FAST_BORROWED,
        Some(2.0),
        Some(2.0),
        &[],
    );
    columns.compare(|row| row.is_realistic() && is_of_many_lines(row.fixture))
}

/// Very small chunks, which nobody sends.
pub fn linearity(borrowed: &Table, owned: &Table) -> String {
    let columns = (0..4).fold(columns(borrowed, owned), |columns, column| columns.with(column, None, Some(1.0), &[]));
    columns.compare(|row| !row.is_realistic())
}

const DEFAULT_BORROWED: usize = 0;
const FAST_BORROWED: usize = 1;
const FAST_OWNED: usize = 3;

struct Columns<'t>([Column<'t>; 4]);

fn columns<'t>(borrowed: &'t Table, owned: &'t Table) -> Columns<'t> {
    let column = |name, table, ours| Column { name, table, ours, mean: None, every: None, except: &[] };
    Columns([
        column("default features, borrowed", borrowed, DEFAULT),
        column("`fast`, borrowed", borrowed, FAST),
        column("default features, owned", owned, DEFAULT),
        column("`fast`, owned", owned, FAST),
    ])
}

impl Columns<'_> {
    /// Sets the targets of a column.
    fn with(mut self, column: usize, mean: Option<f64>, every: Option<f64>, except: &'static [&'static str]) -> Self {
        let column = &mut self.0[column];
        (column.mean, column.every, column.except) = (mean, every, except);
        self
    }

    /// The table of these rows and its summary.
    fn compare(&self, rows: impl Fn(&Row) -> bool) -> String {
        let [borrowed, fast_borrowed, owned, fast_owned] = &self.0;
        let mut text = String::from(
            "| fixture / chunks | fastest peer | MB/s | default, borrowed | `fast`, borrowed | fastest peer, owned | MB/s | \
             default, owned | `fast`, owned |\n|---|---|--:|--:|--:|---|--:|--:|--:|\n",
        );
        // Both tables have the same cells, unless one of them was not wanted.
        for (row, owned_row) in borrowed.table.rows.iter().zip(&owned.table.rows).filter(|(row, _)| rows(row)) {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} |",
                row.name(),
                peer(borrowed.table, row),
                result(borrowed, row),
                result(fast_borrowed, row),
                peer(owned.table, owned_row),
                result(owned, owned_row),
                result(fast_owned, owned_row),
            );
        }
        text += "\nMB/s, in brackets the ratio to the fastest peer.\n\n";
        for column in &self.0 {
            text += &column.summary(&rows);
        }
        for (name, table) in [("borrowed", borrowed.table), ("owned", owned.table)] {
            for line in excluded(table, &rows).lines() {
                let _ = writeln!(text, "{line}, {name}");
            }
        }
        text
    }
}

fn peer(table: &Table, row: &Row) -> String {
    table
        .fastest_peer(row)
        .map_or_else(|| "none | -".into(), |(name, time)| format!("{name} | {:.0}", row.mb_per_second(time)))
}

fn result(column: &Column<'_>, row: &Row) -> String {
    match (row.time(column.ours), column.table.lead(row, column.ours)) {
        (Some(time), Some(lead)) => format!("{:.0} (**{lead:.2}**)", row.mb_per_second(time)),
        (Some(time), None) => format!("{:.0}", row.mb_per_second(time)),
        (None, _) => "-".into(),
    }
}
