//! The blocking client.

use core::fmt;
use core::hash::{BuildHasher, Hasher};
use core::iter::{self, FusedIterator};
use core::time::Duration;
use std::hash::RandomState;
use std::io::{self, ErrorKind, Read};
use std::time::Instant;

pub use super::io_client_handle::ClientHandle;
use super::io_client_input::Input;
pub use super::io_client_update::{ClientError, Update};
use crate::client::{Cause, EventSource, Policy, Response, State, Step, Verdict};
use crate::{DecodeError, EventBuf};

/// An iterator over the events of a server that survives lost connections. It connects, reads, sleeps and resumes on the thread
/// that calls it, and ends when the server or the [`Policy`] says so.
///
/// `C` is the connecting function: it sends a request and returns the response and its body, which is of type `R`. `R` is any
/// [`Read`]; it needs no buffer.
///
/// ```
/// use std::time::Duration;
/// use sse_proto::adapters::io::{ConnectRequest, EventClient};
/// use sse_proto::client::{Cause, Policy, Response};
///
/// // What the server sends on each connection. The first is cut in the middle of an event; the third tells the client to stop.
/// let mut responses = vec![(200, "id: 1\ndata: a\n\nid: 2\nda"), (200, "id: 2\ndata: b\n\n"), (204, "")].into_iter();
/// let mut last_event_ids = Vec::new();
/// let connect = |request: &ConnectRequest<'_>| {
///     last_event_ids.push(request.last_event_id().to_owned());
///     let (status, body) = responses.next().ok_or(std::io::ErrorKind::ConnectionRefused)?;
///     Ok((Response::new(status).with_content_types(["text/event-stream"]), body.as_bytes()))
/// };
///
/// let policy = Policy::default().with_min_delay(Duration::ZERO).with_max_delay(Duration::from_millis(1));
/// let mut client = EventClient::new(policy, connect);
/// let mut data = Vec::new();
/// for event in client.by_ref() {
///     data.push(event?.into_data());
/// }
/// assert_eq!(data, ["a", "b"]);
/// assert_eq!(client.cause(), Some(Cause::NoContent));
/// drop(client);
/// assert_eq!(last_event_ids, ["", "1", "2"]);
/// # Ok::<(), sse_proto::adapters::io::ClientError>(())
/// ```
///
/// With ureq 3, whose agent is configured with `http_status_as_error(false)`:
///
/// ```text
/// let client = EventClient::new(Policy::default(), |request| {
///     let get = request.headers().fold(agent.get(URL), |get, (name, value)| get.header(name, value));
///     let response = get.call().map_err(io::Error::other)?;
///     let head = Response::new(response.status().as_u16()).with_content_types(response.headers().get_all("content-type"));
///     Ok((head, response.into_body().into_reader()))
/// });
/// ```
///
/// `examples/tail` is a program that also sets the time-outs, reads `Retry-After` and shows each step.
///
/// # Input
///
/// The connecting function is called once for each connection, with what the request needs ([`ConnectRequest`]). It may refresh
/// credentials, and it may override the rules: a response with another status or type is read as an event stream if the function
/// returns `Response::new(200).with_content_types(["text/event-stream"])`, and an error makes the client try again. The clock is
/// [`Instant`]. It runs only while the client connects, reads or sleeps: the time that the caller spends between two calls does
/// not count towards the idle timeout.
///
/// # Output
///
/// An event is returned as soon as the reader has returned its final byte. [`next_update`](Self::next_update) returns all that
/// happens, in order: connections, comments and ignored lines, too, and each delay before it begins.
///
/// # End of stream
///
/// When a connection ends, fails or times out, an incomplete event is dropped, the body is dropped, and the client waits and
/// connects again. The iterator ends if the server answers with 204, if the client is closed ([`handle`](Self::handle)), or if
/// the policy allows no further attempt. [`cause`](Self::cause) tells which.
///
/// # Limits
///
/// Those of the [`Policy`] and of the decoder ([`with_source`](Self::with_source)).
///
/// # After an error
///
/// - [`ClientError::Decode`]: an event exceeded a limit and is skipped. The next event follows.
/// - [`ClientError::Closed`]: returned once, then `None`. The response was refused or the client has given up, so a refused
///   stream does not look like an empty one. [`take_body`](Self::take_body) has the body of the refused response.
/// - Errors of the connecting function and of the reader are not returned, as the client connects again. [`Update::Waiting`] has
///   them, and [`ClientError::Closed`] has the last one. Of the reader, [`Interrupted`](ErrorKind::Interrupted) is retried, and
///   [`TimedOut`](ErrorKind::TimedOut) and [`WouldBlock`](ErrorKind::WouldBlock) mean that nothing has arrived so far: it is read
///   again until the idle timeout of the policy has elapsed.
///
/// # Complexity
///
/// That of the decoder. The client has a buffer of 16 KiB, which is allocated once. Each event is copied once, into its own
/// allocation; nothing else is allocated in steady state.
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct EventClient<C, R> {
    source: EventSource,
    connect: C,
    body: Option<R>,
    input: Input,
    /// The time that this client has spent on connecting, reading and sleeping.
    now: Duration,
    handle: ClientHandle,
    /// How the body ended, until the source is told.
    end_of_body: Option<EndOfBody>,
    /// Why the last connection was lost, if an error was the reason.
    error: Option<io::Error>,
    /// Whether the current delay was announced.
    is_waiting: bool,
    cause: Option<Cause>,
}

/// What a request needs: passed to the connecting function of an [`EventClient`].
#[derive(Clone, Copy, Debug)]
pub struct ConnectRequest<'a> {
    source: &'a EventSource,
    timeout: Option<Duration>,
}

impl<'a> ConnectRequest<'a> {
    /// Returns the headers that the request must have, as [`EventSource::request_headers`]. Names are in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'a [u8])> + Clone + use<'a> {
        self.source.request_headers()
    }

    /// The last event ID, empty if there is none. [`headers`](Self::headers) includes it if it can be sent.
    #[must_use]
    pub fn last_event_id(&self) -> &'a str {
        self.source.last_event_id()
    }

    /// How long to wait for the response, and for each read of the body: [`Policy::idle_timeout`]. `None` if there is no limit.
    ///
    /// Set it on the socket, for instance with [`TcpStream::set_read_timeout`](std::net::TcpStream::set_read_timeout), as the
    /// client cannot interrupt a read. A time-out of the whole body would end healthy streams.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }
}

impl<C, R> EventClient<C, R>
where
    C: FnMut(&ConnectRequest<'_>) -> io::Result<(Response, R)>,
    R: Read,
{
    /// Returns a client that is about to connect, with a new decoder and a random seed for the jitter.
    pub fn new(policy: Policy, connect: C) -> Self {
        Self::with_source(EventSource::new(policy, RandomState::new().build_hasher().finish()), connect)
    }

    /// Returns a client with this event source: one whose decoder has limits, which resumes after a last event ID, or whose seed
    /// is known.
    ///
    /// The source must be new, as the time of the client starts at zero.
    ///
    /// ```
    /// use sse_proto::adapters::io::EventClient;
    /// use sse_proto::client::{EventSource, Policy, Response};
    /// use sse_proto::{Decoder, Limits};
    ///
    /// let decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(1 << 20));
    /// let mut source = EventSource::with_decoder(decoder, Policy::once(), 0);
    /// source.set_last_event_id("42")?;
    /// let mut client = EventClient::with_source(source, |request| {
    ///     assert_eq!(request.last_event_id(), "42");
    ///     Ok((Response::new(200).with_content_types(["text/event-stream"]), &b"data: the 43rd\n\n"[..]))
    /// });
    /// assert_eq!(client.next().unwrap()?.data(), "the 43rd");
    /// assert!(client.next().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_source(source: EventSource, connect: C) -> Self {
        Self {
            source,
            connect,
            body: None,
            input: Input::new(),
            now: Duration::ZERO,
            handle: ClientHandle::new(),
            end_of_body: None,
            error: None,
            is_waiting: false,
            cause: None,
        }
    }

    /// Returns what happens next: a connection, an item of the stream, or a delay, which begins with the next call. `None` as
    /// [`next`](Iterator::next).
    ///
    /// ```
    /// use sse_proto::adapters::io::{EventClient, Update};
    /// use sse_proto::client::{Policy, Response};
    /// use sse_proto::ItemBuf;
    ///
    /// let mut client = EventClient::new(Policy::default(), |_| {
    ///     Ok((Response::new(200).with_content_types(["text/event-stream"]), &b": hi\n\ndata: a\n\n"[..]))
    /// });
    /// let mut seen = Vec::new();
    /// while let Some(update) = client.next_update() {
    ///     match update? {
    ///         Update::Connected => seen.push("connected".to_owned()),
    ///         Update::Item(ItemBuf::Comment(text)) => seen.push(format!("comment {text}")),
    ///         Update::Item(item) => seen.push(format!("{:?}", item.as_item())),
    ///         Update::Waiting { cause, attempt, .. } => {
    ///             seen.push(format!("{cause}, attempt {attempt} follows"));
    ///             client.handle().close();
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(seen[..2], ["connected", "comment hi"]);
    /// assert_eq!(seen[3..], ["stream ended, attempt 1 follows"]);
    /// # Ok::<(), sse_proto::adapters::io::ClientError>(())
    /// ```
    pub fn next_update(&mut self) -> Option<Result<Update, ClientError>> {
        self.advance(
            |source, now, input| Ok(source.next_item(now, input)?.map(|item| Update::Item(item.into()))),
            |source| source.decoder_mut().unfinished_item().map(|item| Update::Item(item.into())),
            Some,
        )
    }

    /// Returns an iterator over all that happens, as [`next_update`](Self::next_update).
    pub fn updates(&mut self) -> impl FusedIterator<Item = Result<Update, ClientError>> {
        iter::from_fn(|| self.next_update()).fuse()
    }

    /// Does step after step until there is something to return. `end` returns the item in which a body ends, if any; `report`
    /// returns what the caller wants to know of connections and delays.
    fn advance<T>(
        &mut self,
        decode: impl Fn(&mut EventSource, Duration, &mut &[u8]) -> Result<Option<T>, DecodeError>,
        end: impl Fn(&mut EventSource) -> Option<T>,
        report: impl Fn(Update) -> Option<T>,
    ) -> Option<Result<T, ClientError>> {
        loop {
            self.apply_signals();
            let output = match self.source.step(self.now) {
                Step::Connect { timeout } => self.connect(timeout).and_then(&report).map(Ok),
                Step::Receive { .. } => self.receive(&decode, &end),
                Step::Wait { time, cause, attempt } => self.wait(time, cause, attempt).and_then(&report).map(Ok),
                Step::Closed(cause) => return self.finish(cause).map(Err),
            };
            if output.is_some() {
                return output;
            }
        }
    }

    /// Does what other threads ask for.
    fn apply_signals(&mut self) {
        let signals = self.handle.take();
        if signals.close {
            self.source.close();
        } else if signals.reconnect {
            self.source.reconnect_now(self.now);
        }
    }

    fn connect(&mut self, timeout: Option<Duration>) -> Option<Update> {
        self.disconnect();
        (self.error, self.is_waiting) = (None, false);
        let connection = self.source.reconnect().connections();
        let start = Instant::now();
        let result = (self.connect)(&ConnectRequest { source: &self.source, timeout });
        self.advance_clock(start);
        if result.is_err() {
            // If the idle timeout has elapsed, that is the cause.
            let _ = self.source.step(self.now);
        }
        self.apply_signals();
        if self.source.reconnect().connections() != connection {
            return None;
        }
        match result {
            Ok((response, body)) => {
                self.body = Some(body);
                let verdict = self.source.handle_response(self.now, response);
                (verdict == Verdict::Open).then_some(Update::Connected)
            }
            Err(error) => {
                self.error = Some(error);
                self.source.handle_failure(self.now);
                None
            }
        }
    }

    /// Decodes what was read. Reads if nothing is left, and decodes without asking for a step, so that bytes which arrive late
    /// still count.
    fn receive<T>(
        &mut self,
        decode: impl Fn(&mut EventSource, Duration, &mut &[u8]) -> Result<Option<T>, DecodeError>,
        end: impl Fn(&mut EventSource) -> Option<T>,
    ) -> Option<Result<T, ClientError>> {
        if self.end_of_body.is_none() && self.input.is_empty() {
            self.read();
            self.apply_signals();
            if self.source.reconnect().state() != State::Open {
                // The connection is not wanted any more, so what the read returned does not count.
                return None;
            }
        }
        if self.end_of_body.is_none() {
            let (source, now) = (&mut self.source, self.now);
            let item = self.input.decode(|input| decode(source, now, input));
            return item.map_err(ClientError::Decode).transpose();
        }
        let item = end(&mut self.source);
        if item.is_none() {
            self.lose();
        }
        item.map(Ok)
    }

    /// Reads once.
    fn read(&mut self) {
        let start = Instant::now();
        let read = self.body.as_mut().map_or(Ok(0), |body| self.input.fill(body));
        self.advance_clock(start);
        self.end_of_body = match read {
            Ok(0) => Some(EndOfBody::End),
            Ok(_) => None,
            Err(error) => match error.kind() {
                // The next step tells whether the idle timeout has elapsed.
                ErrorKind::Interrupted | ErrorKind::TimedOut | ErrorKind::WouldBlock => None,
                _ => Some(EndOfBody::Failure(error)),
            },
        };
    }

    /// Tells the source how the body ended.
    fn lose(&mut self) {
        match self.end_of_body.take() {
            Some(EndOfBody::End) => self.source.handle_end(self.now),
            Some(EndOfBody::Failure(error)) => {
                self.error = Some(error);
                self.source.handle_failure(self.now);
            }
            None => {}
        }
    }

    /// Announces the delay, or sleeps if it was announced.
    fn wait(&mut self, time: Duration, cause: Cause, attempt: u32) -> Option<Update> {
        self.disconnect();
        if !self.is_waiting {
            self.is_waiting = true;
            return Some(Update::Waiting { time, cause, attempt, error: self.error.take() });
        }
        let start = Instant::now();
        self.handle.sleep(time);
        self.advance_clock(start);
        None
    }

    /// Returns why the client has stopped, once and if it is an error.
    fn finish(&mut self, cause: Cause) -> Option<ClientError> {
        if self.cause.replace(cause).is_some() {
            return None;
        }
        let source = self.error.take();
        if !matches!(cause, Cause::Status(_) | Cause::NotEventStream) {
            self.disconnect();
        }
        cause.is_error().then_some(ClientError::Closed { cause, source })
    }

    fn advance_clock(&mut self, start: Instant) {
        self.now = self.now.saturating_add(start.elapsed());
    }

    /// Drops the connection and what was received of it.
    fn disconnect(&mut self) {
        self.body = None;
        self.end_of_body = None;
        self.input.clear();
    }
}

impl<C, R> EventClient<C, R> {
    /// Returns a handle that closes the client or makes it reconnect, from any thread.
    #[must_use]
    pub fn handle(&self) -> ClientHandle {
        self.handle.clone()
    }

    /// Returns why the client has stopped, `None` before.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Returns the event source: the last event ID, what the last stream left, the decoder and the state.
    #[must_use]
    pub const fn source(&self) -> &EventSource {
        &self.source
    }

    /// Returns the body of the response that was refused, after [`ClientError::Closed`] with [`Cause::Status`] or
    /// [`Cause::NotEventStream`]: it often has the reason. `None` in all other cases.
    ///
    /// ```
    /// use std::io::Read;
    /// use sse_proto::adapters::io::EventClient;
    /// use sse_proto::client::{Policy, Response};
    ///
    /// let mut client = EventClient::new(Policy::default(), |_| Ok((Response::new(401), &b"no API key"[..])));
    /// assert_eq!(client.next().unwrap().unwrap_err().to_string(), "event stream closed: response with status 401");
    /// let mut reason = String::new();
    /// client.take_body().unwrap().take(1000).read_to_string(&mut reason)?;
    /// assert_eq!(reason, "no API key");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn take_body(&mut self) -> Option<R> {
        if self.cause.is_some() { self.body.take() } else { None }
    }
}

impl<C, R> Iterator for EventClient<C, R>
where
    C: FnMut(&ConnectRequest<'_>) -> io::Result<(Response, R)>,
    R: Read,
{
    type Item = Result<EventBuf, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance(|source, now, input| Ok(source.next_event(now, input)?.map(EventBuf::from)), |_| None, |_| None)
    }
}

impl<C, R> FusedIterator for EventClient<C, R> where Self: Iterator {}

/// Shows lengths and states, but nothing that the peer sent.
impl<C, R> fmt::Debug for EventClient<C, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventClient")
            .field("source", &self.source)
            .field("is_connected", &self.body.is_some())
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

/// How a body ended.
enum EndOfBody {
    End,
    Failure(io::Error),
}
