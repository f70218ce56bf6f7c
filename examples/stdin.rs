//! Reads an event stream from standard input and prints its events as they arrive.
//!
//! ```sh
//! curl -N https://example.com/events | cargo run --example stdin
//! ```

use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use sse_proto::adapters::io::EventReader;
use sse_proto::{Decoder, EndOfStream, Error, EventBuf};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed it.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let mut events = EventReader::new(io::stdin().lock());
    let mut output = io::BufWriter::new(io::stdout().lock());
    let mut count = 0_u64;
    let mut read = Ok(());
    for event in events.by_ref() {
        match event {
            Ok(event) => {
                count += 1;
                print(&event, &mut output)?;
                // The next event may take long to arrive.
                output.flush()?;
            }
            Err(Error::Source(error)) => {
                read = Err(error);
                break;
            }
            // The event is too large and is skipped; the next one follows.
            Err(Error::Decode(error)) => writeln!(io::stderr(), "{error}")?,
        }
    }
    let (decoder, end) = events.end_of_stream();
    print_summary(count, &decoder, &end)?;
    read
}

/// Prints `greeting, id "7": hello`. Data of several lines follows the head on separate lines.
fn print(event: &EventBuf, output: &mut impl Write) -> io::Result<()> {
    write!(output, "{}", Visible(event.event_type()))?;
    if let Some(id) = event.id() {
        write!(output, ", id {id:?}")?;
    }
    if let Some(retry) = event.retry() {
        write!(output, ", retry {} ms", retry.as_millis())?;
    }
    if !event.data().contains('\n') {
        return writeln!(output, ": {}", Visible(event.data()));
    }
    writeln!(output, ":")?;
    event.data().split('\n').try_for_each(|line| writeln!(output, "    {}", Visible(line)))
}

fn print_summary(count: u64, decoder: &Decoder, end: &EndOfStream) -> io::Result<()> {
    let events = if count == 1 { "event" } else { "events" };
    let reconnection_time = match decoder.reconnection_time() {
        Some(time) => format!("{} ms", time.as_millis()),
        None => "not set".to_owned(),
    };
    let dropped = if end.is_incomplete() { "an incomplete event dropped" } else { "no incomplete event" };
    if end.ignored.lines() > 0 {
        let first_line = String::from_utf8_lossy(end.ignored.first_line());
        writeln!(io::stderr(), "{} lines ignored, the first one: {:?}", end.ignored.lines(), first_line)?;
    }
    writeln!(
        io::stderr(),
        "{count} {events}, last event ID {:?}, reconnection time {reconnection_time}, {dropped}",
        decoder.last_event_id(),
    )
}

/// Untrusted text: control characters, which a terminal would interpret, are escaped.
struct Visible<'a>(&'a str);

impl fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '\t' => f.write_char(char),
            char if char.is_control() => write!(f, "{}", char.escape_default()),
            char => f.write_char(char),
        })
    }
}
