//! Short polling, long polling and Server-Sent Events side by side: the same news reach clients in five ways, over HTTP/1.1 and
//! HTTP/2, with and without TLS.
//!
//! ```sh
//! cargo run --release --manifest-path examples/transports/Cargo.toml
//! cargo run --release --manifest-path examples/transports/Cargo.toml -- live
//! ```
//!
//! The first command measures on loopback, prints a table, and writes a report as an HTML file. The second one serves a page that
//! shows the three ways in a browser.
//!
//! ```text
//!            one History, one cursor: the ID of the last event that a client has
//!   feed ---> FanOut ---+--- GET /api/news?after=ID      answers at once             short polling
//!                       +--- GET /api/updates?after=ID   answers when there is news  long polling
//!                       +--- GET /api/events             never ends                  Server-Sent Events
//! ```
//!
//! | folder, file | what |
//! |---|---|
//! | `options.rs` | the command line |
//! | `case.rs` | what is compared: ways, protocols, feeds, numbers of clients |
//! | `feed.rs` | the news and when they arrive, from a seed |
//! | `server/` | the server, in a process of its own: the API, TLS, what it counts |
//! | `client/` | the clients, one file for each way |
//! | `wire/` | sockets that count bytes and can be cut |
//! | `measure/` | runs the cases, and checks what must hold |
//! | `figures.rs` | what was measured |
//! | `output.rs` | a file that is written as a whole or not at all |
//! | `report/` | the table and the HTML file |
//! | `live/` | the page for a browser |

mod case;
mod client;
mod feed;
mod figures;
mod live;
mod measure;
mod options;
mod output;
mod report;
mod server;
mod wire;

use std::alloc::System;
use std::io::Write;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use options::Command;
use output::Output;

/// Counts what the server allocates.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let command = options::parse(lexopt::Parser::from_env()).map_err(|error| format!("{error} (see --help)"))?;
    match command {
        Command::Help => Ok(std::io::stdout().write_all(options::HELP.as_bytes())?),
        Command::Serve => server::serve(),
        Command::Live(options) => live::run(options),
        Command::Measure(options) => measured(&options),
    }
}

/// Measures, prints the table and writes the report.
fn measured(options: &options::Measure) -> Result<()> {
    // Before the measurement, so that a wrong path is found at once.
    let report_file = Output::create(&options.report)?;
    let table_file = options.table.as_deref().map(Output::create).transpose()?;
    if table_file.as_ref().is_some_and(|table_file| table_file.has_path_of(&report_file)) {
        return Err("the report and the table cannot be the same file".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (outcome, broken) = runtime.block_on(async {
        tokio::select! {
            measured = measure::measure(options.selection, &options.clients, options.seed) => measured,
            stopped = stopped() => Err(stopped.err().unwrap_or_else(|| "interrupted".into())),
        }
    })?;
    // Does not wait for connections.
    runtime.shutdown_background();
    writeln!(std::io::stdout(), "{}", report::table(&outcome).trim_end())?;
    report_file.write(&report::html(&outcome)?)?;
    if let Some(file) = table_file {
        file.write(&report::markdown(&outcome))?;
    }
    writeln!(std::io::stdout(), "Report: {}", options.report.display())?;
    for broken in &broken {
        complain(&format!("wrong: {broken}"));
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("{} figures are wrong", broken.len()).into()) }
}

/// Completes when the process is told to end: by Ctrl-C, or by another signal that asks for it.
async fn stopped() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut terminate, mut hangup) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => Ok(interrupt?),
            _ = terminate.recv() => Ok(()),
            _ = hangup.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    Ok(tokio::signal::ctrl_c().await?)
}

/// Writes a line to the standard error, if somebody reads it.
fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
