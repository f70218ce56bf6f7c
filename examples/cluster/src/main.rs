//! Two servers that share a log in Redis Streams, and clients that lose a server, or Redis, in the middle of an event.
//!
//! ```sh
//! cargo run --release --manifest-path examples/cluster/Cargo.toml
//! ```
//!
//! It needs `redis-server` (Debian: `apt-get install redis-server`) on the `PATH`, or its path in the environment variable
//! `REDIS_SERVER`, and starts one of its own with a temporary folder.
//!
//! ```text
//!              XADD                 XREAD, one reader per process
//!   producer -------> Redis stream -------------------------------> local log ---> clients
//!                          |                                                          ^
//!                          +----------------------------------------------------------+
//!                             XRANGE, for clients that resume after an older event
//! ```
//!
//! | file | what |
//! |---|---|
//! | `redis_log.rs` | the shared log: append, replay, wait |
//! | `follow.rs` | the reader of a server: from the shared log to the local one |
//! | `server.rs` | a server process |
//! | `producer.rs` | a producer that repeats what was not acknowledged, without doubling it |
//! | `subscriber.rs`, `network.rs` | a client, and how it finds a server |
//! | `proof.rs`, `checks.rs` | this run: what is killed, and what must be true afterwards |
//! | `processes.rs` | processes that are killed, and never left behind |

mod checks;
mod follow;
mod network;
mod processes;
mod producer;
mod proof;
mod redis_log;
mod server;
mod subscriber;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::{runtime, time};

/// For the whole run, which takes some seconds.
const TIME_LIMIT: Duration = Duration::from_mins(1);

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T, E = Error> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = match runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match arguments[..] {
        [] => match runtime.block_on(prove_or_stop()) {
            Ok(proved) => {
                println!("proved: {proved}");
                ExitCode::SUCCESS
            }
            Err(error) => fail(&*error),
        },
        // Started by the run itself.
        ["server", name, redis_url] => match runtime.block_on(server::run(name, redis_url)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{name}: {error}");
                ExitCode::FAILURE
            }
        },
        _ => fail("this program takes no arguments"),
    }
}

fn fail(error: &(impl std::fmt::Display + ?Sized)) -> ExitCode {
    eprintln!("not proved: {error}");
    ExitCode::FAILURE
}

/// Whatever ends first, the processes and the folder of the run are gone afterwards, because they are dropped.
async fn prove_or_stop() -> Result<String> {
    let [mut interrupt, mut terminate, mut hangup] =
        [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
    tokio::select! {
        result = proof::prove() => result,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
        _ = hangup.recv() => Err("the terminal was closed".into()),
        () = time::sleep(TIME_LIMIT) => Err(format!("not done after {TIME_LIMIT:?}").into()),
    }
}
