//! The summary of one column: its mean, its lowest ratio, the cells below the target.

use std::fmt::Write as _;

use super::list;
use crate::table::{Row, Table, geometric_mean, ratio};

/// A column of ratios to the fastest peer.
pub struct Column<'t> {
    pub name: &'static str,
    pub table: &'t Table,
    /// Which of our contenders.
    pub ours: usize,
    /// The lowest mean that is accepted.
    pub mean: Option<f64>,
    /// The lowest ratio that is accepted, in any cell.
    pub every: Option<f64>,
    /// Fixtures to which `every` does not apply.
    pub except: &'static [&'static str],
}

impl Column<'_> {
    pub fn summary(&self, rows: impl Fn(&Row) -> bool) -> String {
        let lead = |row| Some((row, self.table.lead(row, self.ours)?));
        let mut leads: Vec<(&Row, f64)> = self.table.rows.iter().filter(|row| rows(row)).filter_map(lead).collect();
        leads.sort_by(|a, b| a.1.total_cmp(&b.1));
        let is_excepted = |row: &Row| self.except.contains(&row.fixture);
        let first = leads.iter().find(|(row, _)| !is_excepted(row));
        let Some((row, least)) = first.or_else(|| leads.first()) else {
            return format!("- {}: no results\n", self.name);
        };
        let mean = geometric_mean(leads.iter().map(|lead| lead.1));
        let mut text = format!(
            "- {}: geometric mean **{mean:.2}**{}; lowest **{least:.2}** ({}){}",
            self.name,
            target(self.mean),
            row.name(),
            target(self.every)
        );
        let every = self.every.unwrap_or(1.0);
        let below = |excepted: bool| {
            let below = leads.iter().filter(move |(row, lead)| *lead < every && is_excepted(row) == excepted);
            list(below.map(|(row, lead)| format!("{} ({lead:.2})", row.name())))
        };
        let _ = write!(text, "; cells below {every:.1}: {}", below(false));
        if !self.except.is_empty() {
            let _ = write!(text, "; of {}, which the target excepts: {}", self.except.join(" and "), below(true));
        }
        text + "\n"
    }
}

fn target(target: Option<f64>) -> String {
    target.map_or_else(String::new, |target| format!(" (target {target:.1})"))
}

/// The mean of the ratios to the floor.
pub fn floor(table: &Table, ours: usize) -> f64 {
    geometric_mean(table.rows.iter().filter(|row| row.is_realistic()).filter_map(|row| to_floor(row, ours)))
}

/// The speed of one of ours relative to the floor.
pub fn to_floor(row: &Row, ours: usize) -> Option<f64> {
    Some(ratio(row.floor, row.time(ours)?))
}

/// The contenders that are excluded from cells, with the reasons.
pub fn excluded(table: &Table, rows: impl Fn(&Row) -> bool) -> String {
    let mut text = String::new();
    for (number, name) in table.names.iter().enumerate() {
        let rows = table.rows.iter().filter(|row| rows(row));
        let cells = rows.filter_map(|row| Some(format!("{} ({})", row.name(), row.times[number].as_ref().err()?)));
        let cells: Vec<_> = cells.collect();
        if !cells.is_empty() {
            let _ = writeln!(text, "- {name} is excluded from: {}", cells.join(", "));
        }
    }
    text
}
