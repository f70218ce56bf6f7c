//! The command line.

use std::time::Duration;

use crate::cells::Cell;
use crate::report::is_of_many_lines;

pub const USAGE: &str = "\
usage: cargo run --release -- [--quick] [--write] [--filter TEXT] [--only SECTION]
  --quick   a short run with less precise results; writes no files unless `--write` is given
  --write   write RESULTS.md and chart.svg
  --filter  only the cells whose name (`fixture / chunks`) contains TEXT; writes no files unless `--write` is given
  --only    only this section: facts, users, borrowed, owned, many-lines, linearity, encode, long-line; writes no files unless
            `--write` is given";

const SECTIONS: [&str; 8] = ["facts", "users", "borrowed", "owned", "many-lines", "linearity", "encode", "long-line"];

pub struct Options {
    pub quick: bool,
    pub write: bool,
    /// Answer the requests of the first process. Not for users.
    pub serve: bool,
    pub filter: String,
    pub only: Option<String>,
}

impl Options {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { quick: false, write: false, serve: false, filter: String::new(), only: None };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                "--serve" => options.serve = true,
                "--filter" => options.filter = args.next().ok_or("--filter: missing text")?,
                "--only" => {
                    let only = args.next().filter(|section| SECTIONS.contains(&section.as_str()));
                    options.only = Some(only.ok_or("--only: missing or unknown section")?);
                }
                _ => return Err(format!("unknown argument: {arg}")),
            }
        }
        if options.serve != cfg!(feature = "fast") {
            return Err("the feature `fast` is for the second process, which the program builds by itself".into());
        }
        options.write |= !options.quick && options.filter.is_empty() && options.only.is_none();
        Ok(options)
    }

    pub fn wants(&self, section: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == section)
    }

    /// Whether a section that is wanted shows this cell, decoded in the given way: `borrowed` or `owned`.
    pub fn wants_cell(&self, cell: &Cell, way: &str) -> bool {
        if cell.cut.is_realistic() {
            let many_lines = self.wants("many-lines") && is_of_many_lines(cell.sample.name);
            self.wants("users") || self.wants(way) || many_lines
        } else {
            self.wants("linearity")
        }
    }

    /// The number of times that all cells of a table are measured. A disturbance of a few seconds can affect a cell for one whole
    /// measurement, but rarely for all.
    pub fn turns(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// The total time of all contenders in one measurement of a cell.
    pub fn cell_time(&self) -> Duration {
        Duration::from_millis(if self.quick { 250 } else { 1200 })
    }
}
