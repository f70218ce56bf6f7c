//! The command line.

use std::path::PathBuf;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::case::Selection;

pub(crate) const HELP: &str = "\
Short polling, long polling and Server-Sent Events side by side

Usage: sse-proto-transports [OPTIONS]        measures on loopback, prints a table, writes a report: about 90 seconds
       sse-proto-transports live [OPTIONS]   serves a page that shows the three ways in a browser

Options of the measurement:
  --full              all combinations of ways, protocols, feeds and numbers of clients: about seven minutes
  --short             a few cases, in seconds; checks what must hold
  --clients N,N...    these numbers of clients only
  --report FILE       the HTML report [default: transports.html]
  --table FILE        also writes the table, as Markdown

Options of the page:
  --port PORT         for HTTP/1.1 [default: 8080]
  --tls-port PORT     for HTTP/2 over TLS [default: 8443]

Options of both:
  --seed N            of the news and of the times when they arrive [default: 1]
  --help
";

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Measure(Measure),
    Live(Live),
    /// Started by the measurement: the server, in a process of its own.
    Serve,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) selection: Selection,
    /// If not empty, cases with these numbers of clients only.
    pub(crate) clients: Vec<usize>,
    pub(crate) seed: u64,
    pub(crate) report: PathBuf,
    pub(crate) table: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) port: u16,
    pub(crate) tls_port: u16,
    pub(crate) seed: u64,
}

/// The most clients of a case: each needs a file descriptor in two processes.
const MOST_CLIENTS: usize = 400;

pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut command = Command::Measure(Measure {
        selection: Selection::Default,
        clients: Vec::new(),
        seed: 1,
        report: PathBuf::from("transports.html"),
        table: None,
    });
    let mut first = true;
    while let Some(argument) = arguments.next()? {
        match (argument, &mut command) {
            (Long("help") | Short('h'), _) => return Ok(Command::Help),
            (Value(name), _) if first && name == "live" => {
                command = Command::Live(Live { port: 8080, tls_port: 8443, seed: 1 });
            }
            (Value(name), _) if first && name == "serve" => command = Command::Serve,
            (Long("full"), Command::Measure(options)) => options.select(Selection::Full)?,
            (Long("short"), Command::Measure(options)) => options.select(Selection::Short)?,
            (Long("clients"), Command::Measure(options)) => {
                options.clients = arguments.value()?.parse_with(numbers_of_clients)?;
            }
            (Long("report"), Command::Measure(options)) => options.report = arguments.value()?.into(),
            (Long("table"), Command::Measure(options)) => options.table = Some(arguments.value()?.into()),
            (Long("port"), Command::Live(options)) => options.port = arguments.value()?.parse_with(port)?,
            (Long("tls-port"), Command::Live(options)) => options.tls_port = arguments.value()?.parse_with(port)?,
            (Long("seed"), Command::Measure(Measure { seed, .. }) | Command::Live(Live { seed, .. })) => {
                *seed = arguments.value()?.parse_with(whole_number)?;
            }
            (Long(option @ ("port" | "tls-port")), _) => {
                return Err(format!("--{option} is an option of `live`").into());
            }
            (argument, _) => return Err(argument.unexpected()),
        }
        first = false;
    }
    Ok(command)
}

impl Measure {
    fn select(&mut self, selection: Selection) -> Result<(), lexopt::Error> {
        if self.selection != Selection::Default && self.selection != selection {
            return Err("--full and --short exclude each other".into());
        }
        self.selection = selection;
        Ok(())
    }
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("`{text}` is not a port: a number from 0 to {}", u16::MAX))
}

fn whole_number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a whole number from 0 to {}", u64::MAX))
}

fn numbers_of_clients(text: &str) -> Result<Vec<usize>, String> {
    text.split(',')
        .map(|number| match number.trim().parse() {
            Ok(0) => Err("0 clients receive nothing: give at least 1".to_owned()),
            Ok(number) if number > MOST_CLIENTS => {
                Err(format!("{number} clients are too many: at most {MOST_CLIENTS}"))
            }
            Ok(number) => Ok(number),
            Err(_) => Err(format!("`{number}` is not a number of clients")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(lexopt::Parser::from_args(arguments)).map_err(|error| error.to_string())
    }

    #[test]
    fn the_measurement_is_the_default() {
        let Ok(Command::Measure(options)) = parsed(&[]) else { panic!("not a measurement") };
        assert_eq!(options.selection, Selection::Default);
        let Ok(Command::Measure(options)) =
            parsed(&["--full", "--clients", "1, 7", "--seed", "9", "--report", "x.html"])
        else {
            panic!("not a measurement")
        };
        assert_eq!((options.selection, options.clients, options.seed), (Selection::Full, vec![1, 7], 9));
        assert_eq!(options.report, PathBuf::from("x.html"));
    }

    #[test]
    fn the_page_has_options_of_its_own() {
        let live = Live { port: 1, tls_port: 2, seed: 3 };
        assert_eq!(parsed(&["live", "--port", "1", "--tls-port", "2", "--seed", "3"]), Ok(Command::Live(live)));
        assert!(parsed(&["live", "--full"]).unwrap_err().contains("--full"));
        assert!(parsed(&["--port", "1"]).unwrap_err().contains("--port is an option of `live`"));
    }

    #[test]
    fn wrong_values_are_errors_that_say_why() {
        for (arguments, reason) in [
            (["--clients", "0"], "0 clients receive nothing"),
            (["--clients", "1,x"], "`x` is not a number of clients"),
            (["--clients", ""], "`` is not a number of clients"),
            (["--clients", "100000"], "at most 400"),
            (["--seed", "-1"], "`-1` is not a whole number"),
            (["--full", "--short"], "exclude each other"),
            (["measure", "live"], "measure"),
        ] {
            let error = parsed(&arguments).unwrap_err();
            assert!(error.contains(reason), "{arguments:?}: {error}");
        }
        assert!(parsed(&["live", "--port", "99999"]).unwrap_err().contains("`99999` is not a port"));
    }
}
