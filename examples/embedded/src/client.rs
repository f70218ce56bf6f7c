//! The client: it does what each step of an event source says, and reports what happened.

use core::ops::ControlFlow;
use core::time::Duration;

use sse_proto::client::{Cause, EventSource, Response, Step};
use sse_proto::{DecodeError, Event, FixedDecoder};

/// All memory for decoding: 128 bytes for the data of an event, 32 for each event type, ID and unfinished line.
pub(crate) type Source = EventSource<FixedDecoder<128, 32>>;

/// How much is received at once.
const CHUNK: usize = 48;

/// What the client needs of a network stack, and of a clock.
pub(crate) trait Network {
    /// The time since an origin of its choice.
    fn now(&self) -> Duration;
    fn sleep(&mut self, time: Duration);
    /// Drops the connection that there is, sends a GET request with these headers on a new one, and returns the head of the
    /// response. Fails after the timeout.
    fn connect<'a>(
        &mut self,
        headers: impl Iterator<Item = (&'static str, &'a [u8])>,
        timeout: Option<Duration>,
    ) -> Result<Response, Lost>;
    /// Receives a part of the body: how many bytes; 0 at its end. Returns `Quiet` after the timeout.
    fn receive(&mut self, buffer: &mut [u8], timeout: Option<Duration>) -> Result<usize, Lost>;
}

/// Why nothing was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// There is no connection, or no longer.
    Connection,
    /// Nothing came in time.
    Quiet,
}

/// Receives events until the server asks the client to stop, the policy allows no further attempt, or `handle` breaks.
pub(crate) fn follow(
    source: &mut Source,
    network: &mut impl Network,
    mut handle: impl FnMut(Result<Event<'_>, DecodeError>) -> ControlFlow<()>,
) -> Cause {
    let mut buffer = [0; CHUNK];
    loop {
        match source.step(network.now()) {
            Step::Connect { timeout } => match network.connect(source.request_headers(), timeout) {
                Ok(response) => _ = source.handle_response(network.now(), response),
                Err(_) => source.handle_failure(network.now()),
            },
            Step::Receive { idle } => match network.receive(&mut buffer, idle) {
                Ok(0) => source.handle_end(network.now()),
                Ok(len) => receive(source, network.now(), buffer.get(..len).unwrap_or_default(), &mut handle),
                // The next step says what follows.
                Err(Lost::Quiet) => {}
                Err(Lost::Connection) => source.handle_failure(network.now()),
            },
            Step::Wait { time, .. } => network.sleep(time),
            Step::Closed(cause) => return cause,
        }
    }
}

/// Decodes a chunk. After an event that exceeds the buffers, decoding continues with the next one.
fn receive(
    source: &mut Source,
    now: Duration,
    mut chunk: &[u8],
    handle: &mut impl FnMut(Result<Event<'_>, DecodeError>) -> ControlFlow<()>,
) {
    while let Some(event) = source.next_event(now, &mut chunk).transpose() {
        if handle(event).is_break() {
            return source.close();
        }
    }
}
