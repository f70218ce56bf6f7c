//! Renders the results as Markdown.

mod comparison;
mod details;
mod encode;
mod summary;

use std::fmt::Write as _;

pub use comparison::{is_of_many_lines, linearity, many_lines, users};
pub use details::{borrowed, owned};
pub use encode::{encoders, encoders_by_length};

/// The text before the tables.
pub const PREFACE: &str = include_str!("preface.md");
/// The text after the tables.
pub const BIAS: &str = include_str!("bias.md");

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
