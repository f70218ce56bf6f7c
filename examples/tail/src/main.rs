//! Follows an event stream: `sse-tail URL`.
//!
//! ```sh
//! cargo run --manifest-path examples/tail/Cargo.toml -- https://example.com/events
//! ```
//!
//! Events are written to standard output as they arrive, as an event stream or, with `--json`, as one object per line. Standard
//! error says what happens to the connection: why and how long it waits, what was ignored or dropped, and why it ends.

mod connect;
mod options;
mod output;

use std::fmt::Display;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::process::{self, ExitCode};
use std::time::Duration;
use std::{error, thread};

use sse_proto::adapters::io::{ClientError, ConnectRequest, EventClient, Update};
use sse_proto::client::{Cause, EventSource, Policy, Response};
use sse_proto::{InvalidLastEventId, ItemBuf};
use ureq::Agent;

use crate::connect::Body;
use crate::options::{Command, Options};
use crate::output::Output;

/// How long Ctrl-C waits for what cannot be interrupted: name resolution, a TCP connection, a pipe that nobody reads.
const GRACE: Duration = Duration::from_secs(1);
/// How much is shown of the body of a refused response, in bytes.
const MAX_REASON: u64 = 500;

fn main() -> ExitCode {
    let options = match options::parse(lexopt::Parser::from_env()) {
        Ok(Command::Follow(options)) => options,
        Ok(Command::Help) => {
            // A closed standard output is no reason to fail.
            let _ = io::stdout().write_all(options::HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => return wrong_usage(error),
    };
    let source = match source(&options) {
        Ok(source) => source,
        Err(error) => return wrong_usage(error),
    };
    match follow(&options, source) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            note(error);
            ExitCode::FAILURE
        }
    }
}

fn wrong_usage(error: impl Display) -> ExitCode {
    note(format_args!("{error}\nTry --help."));
    ExitCode::from(2)
}

/// Writes a line to standard error. That nobody reads it is no reason to stop.
fn note(text: impl Display) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn source(options: &Options) -> Result<EventSource, InvalidLastEventId> {
    let policy = Policy::default().with_idle_timeout(options.idle_timeout);
    let mut source = EventSource::new(policy, RandomState::new().hash_one(process::id()));
    source.set_last_event_id(&options.last_event_id)?;
    Ok(source)
}

fn follow(options: &Options, source: EventSource) -> Result<(), Box<dyn error::Error>> {
    let agent = connect::agent(&options.url);
    let client = EventClient::with_source(source, |request| connect::connect(&agent, options, request));
    stop_on_ctrl_c(&client, agent.clone())?;
    match (Tail { client, was_connected: false }).run(options) {
        // As `sse-tail URL | head` does.
        Err(error) if error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == ErrorKind::BrokenPipe) => {
            Ok(())
        }
        result => result,
    }
}

/// The first Ctrl-C closes the client and its sockets, which ends a read at once. Where that is not enough, it ends the process
/// after [`GRACE`]. Nothing is lost by that, since each event is flushed.
fn stop_on_ctrl_c<C, R>(client: &EventClient<C, R>, agent: Agent) -> Result<(), ctrlc::Error> {
    let handle = client.handle();
    ctrlc::set_handler(move || {
        handle.close();
        agent.clone().shutdown();
        thread::sleep(GRACE);
        process::exit(0);
    })
}

struct Tail<C> {
    client: EventClient<C, Body>,
    /// Whether there was a stream since the last delay.
    was_connected: bool,
}

impl<C: FnMut(&ConnectRequest<'_>) -> io::Result<(Response, Body)>> Tail<C> {
    fn run(&mut self, options: &Options) -> Result<(), Box<dyn error::Error>> {
        let mut output = Output::new(options);
        let mut events = 0;
        while let Some(update) = self.client.next_update() {
            match update {
                Ok(Update::Connected) => {
                    self.was_connected = true;
                    note(format_args!("connected{}", self.position()));
                }
                Ok(Update::Item(ItemBuf::Ignored(line))) => note(format_args!("ignored line: {}", excerpt(&line))),
                Ok(Update::Item(item)) => {
                    output.write(&item)?;
                    events += u64::from(matches!(item, ItemBuf::Event(_)));
                    if options.max_events.is_some_and(|most| events >= most) {
                        return Ok(());
                    }
                }
                Ok(Update::Waiting { time, cause, attempt, error, .. }) => {
                    self.note_end_of_stream();
                    self.note_waiting(time, cause, attempt, error);
                }
                Ok(_) => {}
                Err(error @ ClientError::Decode(_)) => note(format_args!("skipped: {error}")),
                Err(error) => {
                    self.note_end_of_stream();
                    self.note_refusal();
                    return Err(error.into());
                }
            }
        }
        self.note_end_of_stream();
        if self.client.cause() == Some(Cause::NoContent) {
            note(Cause::NoContent);
        }
        Ok(())
    }

    /// Where the client resumes.
    fn position(&self) -> String {
        match self.client.source().last_event_id() {
            "" => String::new(),
            id => format!(", after event {}", excerpt(id.as_bytes())),
        }
    }

    fn note_waiting(&self, time: Duration, cause: Cause, attempt: u32, error: Option<io::Error>) {
        let error = error.map(|error| format!(" ({error})")).unwrap_or_default();
        let attempt = if attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
        note(format_args!("{cause}{error}, reconnecting in {}{}{attempt}", seconds(time), self.position()));
        if self.client.source().omits_last_event_id() {
            note("the last event ID cannot be sent in a header: the server does not know where to resume");
        }
    }

    /// What the stream left, if there was one.
    fn note_end_of_stream(&mut self) {
        let end = self.client.source().last_stream();
        if !std::mem::take(&mut self.was_connected) {
            return;
        }
        if end.is_incomplete() {
            note("dropped an incomplete event");
        }
        if end.utf8_replacements > 0 {
            note(format_args!("replaced invalid UTF-8 {} times", end.utf8_replacements));
        }
    }

    /// What the server said instead of an event stream.
    fn note_refusal(&mut self) {
        let Some(body) = self.client.take_body() else { return };
        note(format_args!("content type: {}", excerpt(body.content_type.as_bytes())));
        let mut reason = Vec::new();
        // An error in the middle of the reason leaves its beginning.
        let _ = body.take(MAX_REASON).read_to_end(&mut reason);
        if !reason.is_empty() {
            note(format_args!("body: {}", excerpt(&reason)));
        }
    }
}

/// Text of the server, without control characters that would change the terminal.
fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// Rounded up to tenths.
fn seconds(time: Duration) -> String {
    let tenths = time.as_millis().div_ceil(100);
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        rest => format!("{}.{rest} s", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_server_does_not_control_the_terminal() {
        assert_eq!(excerpt("\u{1b}[2Jé\n\u{9b}".as_bytes()), "\\u{1b}[2Jé\\n\\u{9b}");
        assert_eq!(excerpt(b"\xFF"), "\u{FFFD}");
    }

    #[test]
    fn delays_are_rounded_up() {
        assert_eq!(seconds(Duration::from_secs(3)), "3 s");
        assert_eq!(seconds(Duration::from_millis(501)), "0.6 s");
        assert_eq!(seconds(Duration::from_millis(59_901)), "60 s");
    }
}
