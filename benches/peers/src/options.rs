//! The command line.

use std::time::Duration;

pub const USAGE: &str = "\
usage: cargo run --release -- [--quick] [--write] [--filter TEXT] [--only borrowed|owned|encode|long-line]
  --quick   a short run with less precise results; writes no files unless `--write` is given
  --write   write RESULTS.md and chart.svg
  --filter  only the cells whose name (`fixture / cut`) contains TEXT; writes no files unless `--write` is given
  --only    only this table; writes no files unless `--write` is given";

const TABLES: [&str; 4] = ["borrowed", "owned", "encode", "long-line"];

pub struct Options {
    pub quick: bool,
    pub write: bool,
    pub filter: String,
    pub only: Option<String>,
}

impl Options {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { quick: false, write: false, filter: String::new(), only: None };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--quick" => options.quick = true,
                "--write" => options.write = true,
                "--filter" => options.filter = args.next().ok_or("--filter: missing text")?,
                "--only" => {
                    let only = args.next().filter(|table| TABLES.contains(&table.as_str()));
                    options.only = Some(only.ok_or("--only: missing or unknown table")?);
                }
                _ => return Err(format!("unknown argument: {arg}")),
            }
        }
        options.write |= !options.quick && options.filter.is_empty() && options.only.is_none();
        Ok(options)
    }

    pub fn wants(&self, table: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == table)
    }

    /// The number of times that all cells of a table are measured. A disturbance of a few seconds can affect a cell for one whole
    /// measurement, but rarely for all.
    pub fn turns(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// The total time of all contenders in one measurement of a cell.
    pub fn cell_time(&self) -> Duration {
        Duration::from_millis(if self.quick { 120 } else { 500 })
    }
}
