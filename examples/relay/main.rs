//! Passes on an event stream from standard input to standard output, byte for byte and as it arrives, and says how many
//! events there were. With `--drop TYPE` the events of that type are left out.
//!
//! ```sh
//! curl -N https://example.com/events | cargo run --example relay -- --drop ping
//! ```

mod relay;

use std::env;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::process::ExitCode;

use relay::Relay;

/// How many bytes of a block wait until its type is known.
const LIMIT: usize = 1 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let dropped_type = match arguments.as_slice() {
        [] => None,
        [option, event_type] if option == "--drop" => Some(event_type.clone()),
        _ => {
            eprintln!("usage: relay [--drop TYPE]");
            return ExitCode::FAILURE;
        }
    };
    match run(Relay::new(dropped_type, LIMIT)) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads the output any more.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut relay: Relay) -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), BufWriter::new(io::stdout().lock()));
    let mut chunk = vec![0; 64 * 1024];
    let read = loop {
        match input.read(&mut chunk) {
            Ok(0) => break Ok(()),
            Ok(len) => {
                relay.relay(&chunk[..len], &mut output)?;
                // More input may be long in coming.
                output.flush()?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    eprintln!("events passed on: {}, dropped: {}", relay.passed, relay.dropped);
    relay.finish(&mut output)?;
    output.flush()?;
    read
}
