//! What the command line asks for.

use std::time::Duration;

pub const USAGE: &str = "\
usage: cargo run --release -- [--quick] [--write] [--filter TEXT] [--only borrowed|owned|encode|long-line]
  --quick   short: for a look, or to see that it runs; writes no files unless `--write` is given
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
                "--filter" => options.filter = args.next().ok_or("--filter: what?")?,
                "--only" => {
                    let only = args.next().filter(|table| TABLES.contains(&table.as_str()));
                    options.only = Some(only.ok_or("--only: what?")?);
                }
                _ => return Err(format!("{arg}: unknown")),
            }
        }
        options.write |= !options.quick && options.filter.is_empty() && options.only.is_none();
        Ok(options)
    }

    pub fn wants(&self, table: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == table)
    }

    /// How often the cells of a table have their turn, each time all of them: what disturbs the machine for seconds, and so one
    /// cell for all its time, is hardly there each time.
    pub fn turns(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// How long the contenders of one cell run, together, each time.
    pub fn cell_time(&self) -> Duration {
        Duration::from_millis(if self.quick { 120 } else { 500 })
    }
}
