//! The blocking client.

use core::fmt;
use core::hash::{BuildHasher, Hasher};
use core::iter::{self, FusedIterator};
use core::time::Duration;
use std::hash::RandomState;
use std::io::{self, ErrorKind, Read};

use super::io_client_clock::Clock;
pub use super::io_client_handle::ClientHandle;
use super::io_client_input::Input;
pub use super::io_client_request::ConnectRequest;
pub use super::io_client_update::{ClientError, Update};
use crate::client::{Cause, EventSource, Policy, Response, State, Step, Verdict};
use crate::{CutLine, DecodeError, Decoder, EventBuf, ItemBuf, Limits};

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
/// With ureq 3.5, whose agent is configured with `http_status_as_error(false)`:
///
/// ```text
/// let client = EventClient::new(Policy::default(), |request| {
///     let get = request.headers().fold(agent.get(URL), |get, (name, value)| get.header(name, value));
///     let get = get
///         .config()
///         .timeout_connect(request.timeout())
///         .timeout_recv_response(request.timeout())
///         .timeout_per_read(request.timeout())
///         .build();
///     let response = get.call().map_err(|error| match error {
///         // The URL is wrong: the client stops.
///         ureq::Error::BadUri(_) | ureq::Error::Http(_) => io::Error::new(ErrorKind::InvalidInput, error),
///         error => error.into_io(),
///     })?;
///     let fields = response.headers();
///     let head = Response::new(response.status().as_u16())
///         .with_content_types(fields.get_all("content-type"))
///         .with_retry_after(fields.get("retry-after").and_then(headers::retry_after));
///     Ok((head, response.into_body().into_reader()))
/// });
/// ```
///
/// `examples/tail` is a program that also reads a `Retry-After` that is a date, ends at once on Ctrl-C, and shows each step.
///
/// # Input
///
/// The connecting function is called once for each connection, with what the request needs ([`ConnectRequest`]). It may refresh
/// credentials, and it may override the rules: a response with another status or type is read as an event stream if the function
/// returns `Response::new(200).with_content_types(["text/event-stream"])`, and an error makes the client try again. An error of the
/// kind [`InvalidInput`](ErrorKind::InvalidInput) or [`Unsupported`](ErrorKind::Unsupported) says that trying again is futile: the
/// client stops. Return it for a URL or a configuration that is wrong.
///
/// The clock is [`Instant`](std::time::Instant): the client is for targets that have one, which `wasm32-unknown-unknown` has not. The
/// asynchronous client reads no clock. The time that the caller spends between two calls does not count towards the idle
/// timeout.
///
/// # Output
///
/// An event is returned as soon as the reader has returned its final byte. [`next_update`](Self::next_update) returns all that
/// happens, in order: connections, comments and ignored lines, too, and each loss of a connection before the delay begins.
///
/// # End of stream
///
/// When a connection ends, fails or times out, an incomplete event is dropped ([`with_incomplete_events`] dispatches it instead),
/// the body is dropped, and the client waits and connects again. The iterator ends if the server answers with 204, if the client
/// is closed ([`handle`](Self::handle)), if the connecting function says that trying again is futile, or if the policy allows no
/// further attempt. [`cause`](Self::cause) tells which.
///
/// [`with_incomplete_events`]: Self::with_incomplete_events
///
/// # Limits
///
/// Those of the [`Policy`] and of the decoder ([`with_limits`](Self::with_limits)).
///
/// # After an error
///
/// - [`ClientError::Decode`]: an event exceeded a limit and is skipped. The next event follows.
/// - [`ClientError::Closed`]: returned once, then `None`. The response was refused or the client has given up, so a refused
///   stream does not look like an empty one. [`take_body`](Self::take_body) has the body of the refused response.
/// - With [`Policy::once`], the end of a stream is not an error if an event has arrived: `None` with [`Cause::Ended`]. The stream
///   may be cut. If the protocol has an end mark, check for it.
/// - Errors of the connecting function and of the reader are not returned, as the client connects again. [`Update::Waiting`] has
///   them, and [`ClientError::Closed`] has the last one. Of the reader, [`Interrupted`](ErrorKind::Interrupted) is retried, and
///   [`TimedOut`](ErrorKind::TimedOut) and [`WouldBlock`](ErrorKind::WouldBlock) mean that nothing has arrived so far: it is read
///   again until the idle timeout of the policy has elapsed. A reader that does not block is read every 5 ms.
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
    clock: Clock,
    handle: ClientHandle,
    /// How the body ended, until the source is told.
    end_of_body: Option<EndOfBody>,
    /// Whether an incomplete event is dispatched at the end of a body.
    incomplete_events: Option<CutLine>,
    /// Why the last connection was lost, if an error was the reason.
    error: Option<io::Error>,
    /// Whether the loss of the last connection was announced.
    is_announced: bool,
    cause: Option<Cause>,
}

impl<C, R> EventClient<C, R>
where
    C: FnMut(&ConnectRequest<'_>) -> io::Result<(Response, R)>,
    R: Read,
{
    /// Returns a client that is about to connect, with a new decoder and a random seed for the jitter.
    ///
    /// There is no default policy, because the client does not know which request the connecting function sends. One that must not
    /// be repeated, such as a `POST`, needs [`Policy::once`].
    pub fn new(policy: Policy, connect: C) -> Self {
        Self::with_source(new_source(Decoder::new(), policy), connect)
    }

    /// Returns a client with this event source: one that resumes after a last event ID, or whose seed is known.
    ///
    /// The source must be new, as the time of the client starts at zero.
    ///
    /// ```
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// use sse_proto::adapters::io::EventClient;
    /// use sse_proto::client::{EventSource, Policy, Response};
    ///
    /// let mut source = EventSource::new(Policy::once(), RandomState::new().hash_one(0));
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
            clock: Clock::new(),
            handle: ClientHandle::new(),
            end_of_body: None,
            incomplete_events: None,
            error: None,
            is_announced: false,
            cause: None,
        }
    }

    /// Sets the limits of the decoder, before the first connection. The policy and the last event ID remain; the random seed is a
    /// new one.
    ///
    /// ```
    /// use sse_proto::Limits;
    /// use sse_proto::adapters::io::EventClient;
    /// use sse_proto::client::{Policy, Response};
    ///
    /// let client = EventClient::new(Policy::once(), |_| {
    ///     Ok((Response::new(200).with_content_types(["text/event-stream"]), &b"data: too long\n\ndata: short\n\n"[..]))
    /// });
    /// let mut client = client.with_limits(Limits::new().with_max_event_bytes(7));
    /// assert!(client.next().unwrap().is_err());
    /// assert_eq!(client.next().unwrap()?.data(), "short");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_limits(mut self, limits: Limits) -> Self {
        let policy = *self.source.reconnect().policy();
        let last = core::mem::replace(&mut self.source, new_source(Decoder::with_limits(limits), policy));
        // An ID that exceeds the limit of the decoder is dropped, as that of an event.
        let _ = self.source.set_last_event_id(last.last_event_id());
        self
    }

    /// Dispatches an incomplete event at the end of a body, for servers that omit the last blank line. By default it is dropped,
    /// as [HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) requires: it
    /// may have been cut short. After an error of the reader it is dropped all the same.
    ///
    /// `cut_line` says whether an unfinished line counts. With [`CutLine::Process`], the last event of a stream that is cut may
    /// have a part of its data only, such as half a JSON object.
    ///
    /// ```
    /// use sse_proto::CutLine;
    /// use sse_proto::adapters::io::EventClient;
    /// use sse_proto::client::{Policy, Response};
    ///
    /// let client = EventClient::new(Policy::once(), |_| {
    ///     Ok((Response::new(200).with_content_types(["text/event-stream"]), &b"data: a\n\ndata: [DONE]\n"[..]))
    /// });
    /// let mut client = client.with_incomplete_events(CutLine::Discard);
    /// assert_eq!(client.next().unwrap()?.data(), "a");
    /// assert_eq!(client.next().unwrap()?.data(), "[DONE]");
    /// assert!(client.next().is_none());
    /// # Ok::<(), sse_proto::adapters::io::ClientError>(())
    /// ```
    pub fn with_incomplete_events(mut self, cut_line: CutLine) -> Self {
        self.incomplete_events = Some(cut_line);
        self
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
            |source, now, cut_line| {
                if let Some(item) = source.decoder_mut().unfinished_item() {
                    return Ok(Some(Update::Item(item.into())));
                }
                Ok(incomplete_event(source, now, cut_line)?.map(|event| Update::Item(ItemBuf::Event(event))))
            },
            Some,
        )
    }

    /// Returns an iterator over all that happens, as [`next_update`](Self::next_update).
    pub fn updates(&mut self) -> impl FusedIterator<Item = Result<Update, ClientError>> {
        iter::from_fn(|| self.next_update()).fuse()
    }

    /// Does step after step until there is something to return. `end` returns the items in which a body ends, one by one; `report`
    /// returns what the caller wants to know of connections and delays.
    fn advance<T>(
        &mut self,
        decode: impl Fn(&mut EventSource, Duration, &mut &[u8]) -> Result<Option<T>, DecodeError>,
        end: impl Fn(&mut EventSource, Duration, Option<CutLine>) -> Result<Option<T>, DecodeError>,
        report: impl Fn(Update) -> Option<T>,
    ) -> Option<Result<T, ClientError>> {
        // The time since the last call is the caller's.
        self.clock.stop();
        loop {
            self.apply_signals();
            let output = match self.source.step(self.clock.now()) {
                Step::Connect { timeout } => match self.unannounced_loss() {
                    Some(loss) => report(loss).map(Ok),
                    None => self.connect(timeout).and_then(&report).map(Ok),
                },
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
            self.source.reconnect_now(self.clock.now());
        }
    }

    fn connect(&mut self, timeout: Option<Duration>) -> Option<Update> {
        self.disconnect();
        (self.error, self.is_announced) = (None, false);
        let connection = self.source.reconnect().connections();
        self.clock.read();
        let result = (self.connect)(&ConnectRequest { source: &self.source, timeout });
        self.clock.read();
        self.apply_signals();
        if self.source.reconnect().connections() != connection {
            // The connection is not wanted any more.
            return None;
        }
        match result {
            Ok((response, body)) => {
                self.body = Some(body);
                let verdict = self.source.handle_response(self.clock.now(), response);
                (verdict == Verdict::Open).then_some(Update::Connected)
            }
            Err(error) => {
                let is_futile = matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported);
                self.error = Some(error);
                if is_futile {
                    self.source.give_up(self.clock.now());
                } else {
                    self.fail();
                }
                None
            }
        }
    }

    /// Decodes what was read. Reads if nothing is left, and decodes without asking for a step, so that bytes which arrive late
    /// still count.
    fn receive<T>(
        &mut self,
        decode: impl Fn(&mut EventSource, Duration, &mut &[u8]) -> Result<Option<T>, DecodeError>,
        end: impl Fn(&mut EventSource, Duration, Option<CutLine>) -> Result<Option<T>, DecodeError>,
    ) -> Option<Result<T, ClientError>> {
        if self.end_of_body.is_none() && self.input.is_empty() {
            self.read();
            self.apply_signals();
            if self.source.reconnect().state() != State::Open {
                // The connection is not wanted any more, so what the read returned does not count.
                return None;
            }
        }
        let (source, now) = (&mut self.source, self.clock.now());
        let item = match self.end_of_body {
            None => self.input.decode(|input| decode(source, now, input)),
            Some(EndOfBody::End) => end(source, now, self.incomplete_events),
            // An event before an error may be cut anywhere.
            Some(EndOfBody::Failure) => end(source, now, None),
        };
        if matches!(item, Ok(None)) {
            self.lose();
        }
        item.map_err(ClientError::Decode).transpose()
    }

    /// Reads once.
    fn read(&mut self) {
        self.clock.read();
        let read = self.body.as_mut().map_or(Ok(0), |body| self.input.fill(body));
        let time = self.clock.read();
        match read {
            Ok(0) => self.end_of_body = Some(EndOfBody::End),
            Ok(_) => {}
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => {}
                // The next step tells whether the idle timeout has elapsed.
                ErrorKind::TimedOut | ErrorKind::WouldBlock => self.sleep(READ_INTERVAL.saturating_sub(time)),
                _ => {
                    self.error = Some(error);
                    self.end_of_body = Some(EndOfBody::Failure);
                }
            },
        }
    }

    /// Tells the source how the body ended, if it did.
    fn lose(&mut self) {
        match self.end_of_body.take() {
            Some(EndOfBody::End) => self.source.handle_end(self.clock.now()),
            Some(EndOfBody::Failure) => self.fail(),
            None => {}
        }
    }

    /// Reports that the connection has failed. If the idle timeout has elapsed, that is the cause.
    fn fail(&mut self) {
        let connection = self.source.reconnect().connections();
        let _ = self.source.step(self.clock.now());
        // Without a delay, the timeout is followed by the next connection, which has not failed.
        if self.source.reconnect().connections() == connection {
            self.source.handle_failure(self.clock.now());
        }
    }

    /// Announces the delay, or sleeps if it was announced.
    fn wait(&mut self, time: Duration, cause: Cause, attempt: u32) -> Option<Update> {
        if !self.is_announced {
            return Some(self.announce(time, cause, attempt));
        }
        self.sleep(time);
        None
    }

    /// Announces a loss that no delay has announced.
    fn unannounced_loss(&mut self) -> Option<Update> {
        if self.is_announced {
            return None;
        }
        let reconnect = self.source.reconnect();
        let (cause, attempt) = (reconnect.last_cause()?, reconnect.attempts());
        Some(self.announce(Duration::ZERO, cause, attempt))
    }

    fn announce(&mut self, time: Duration, cause: Cause, attempt: u32) -> Update {
        self.disconnect();
        self.is_announced = true;
        Update::Waiting { time, cause, attempt, error: self.error.take() }
    }

    /// Sleeps, unless another thread asks for something.
    fn sleep(&mut self, time: Duration) {
        self.clock.read();
        self.handle.sleep(time);
        self.clock.read();
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
    /// [`Cause::NotEventStream`]: it often has the reason. `None` in all other cases. The client does not limit its length.
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
        self.advance(
            |source, now, input| Ok(source.next_event(now, input)?.map(EventBuf::from)),
            incomplete_event,
            |_| None,
        )
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

/// An event source with a random seed.
fn new_source(decoder: Decoder, policy: Policy) -> EventSource {
    EventSource::with_decoder(decoder, policy, RandomState::new().build_hasher().finish())
}

/// Dispatches an incomplete event, if this is wanted.
fn incomplete_event(
    source: &mut EventSource,
    now: Duration,
    cut_line: Option<CutLine>,
) -> Result<Option<EventBuf>, DecodeError> {
    match cut_line {
        Some(cut_line) => Ok(source.dispatch_incomplete(now, cut_line)?.map(EventBuf::from)),
        None => Ok(None),
    }
}

/// How a body ended.
#[derive(Clone, Copy)]
enum EndOfBody {
    End,
    Failure,
}

/// The least time between two reads if the first returned early and without anything.
const READ_INTERVAL: Duration = Duration::from_millis(5);
