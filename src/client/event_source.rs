//! A client: a decoder and the state machine of its connection.

use core::fmt;
use core::time::Duration;

use crate::client::decoder::StreamDecoder;
use crate::client::policy::Policy;
use crate::client::reconnect::Reconnect;
use crate::client::response::{Response, Verdict};
use crate::client::states::State;
use crate::client::step::Step;
use crate::decode::decoder::Decoder;
use crate::decode::end_of_stream::{CutLine, EndOfStream};
use crate::decode::storage::Storage;
use crate::error::{DecodeError, InvalidLastEventId};
use crate::event::borrowed::Event;
use crate::event::item::Item;
use crate::headers;

/// A client of an event stream that survives cuts: [`Reconnect`] and a decoder. It has no socket and no clock: a driver asks for the
/// next [`Step`], does it, and reports what happened.
///
/// `D` is the decoder: a [`Decoder`], or a `BytesDecoder` for owned events that share the caller's `Bytes`.
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use core::time::Duration;
/// use sse_proto::client::{EventSource, Policy, Response, Step, Verdict};
///
/// // What the server sends on each connection. The first is cut in the middle of an event.
/// let mut bodies = ["id: 1\ndata: a\n\nid: 2\nda", "id: 2\ndata: b\n\n"].into_iter();
/// let (mut now, mut requests, mut data) = (Duration::ZERO, Vec::new(), Vec::new());
///
/// // The seed of the jitter: a random number in a real client.
/// let mut source = EventSource::new(Policy::default(), 0);
/// loop {
///     match source.step(now) {
///         Step::Connect { timeout: _ } => {
///             // A driver sends the request here, within the timeout.
///             requests.push(source.request_headers().any(|(name, value)| name == "last-event-id" && value == b"1"));
///             if let Verdict::Open = source.handle_response(now, Response::new(200).with_content_types(["text/event-stream"])) {
///                 continue;
///             }
///         }
///         Step::Receive { idle: _ } => match bodies.next() {
///             Some(body) => {
///                 let mut input = body.as_bytes();
///                 while let Some(event) = source.next_event(now, &mut input)? {
///                     data.push(event.data().to_owned());
///                 }
///                 source.handle_end(now);
///             }
///             None => source.close(),
///         },
///         Step::Wait { time, .. } => now += time,
///         Step::Closed(_) => break,
///     }
/// }
/// assert_eq!(data, ["a", "b"]);
/// assert_eq!(requests, [false, true, false]);
/// # }
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
///
/// # Input
///
/// One method for each thing that can happen. `now` is the time since an origin of the caller's choice, the same for all calls. What
/// does not fit the state is ignored; while the stream is not open, bytes are consumed and give nothing.
///
/// # Output
///
/// [`step`](Self::step), and the events. [`next_item`](EventSource::next_item) returns comments, blocks without data and ignored
/// lines, too.
///
/// # End of stream
///
/// Each connection is a stream of its own: with a loss, an incomplete event is dropped
/// ([HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)), and the next
/// stream may begin with a BOM. The last event ID and the reconnection time stay. [`last_stream`](Self::last_stream) has what the
/// stream left.
///
/// # Limits
///
/// Those of the [`Policy`] and of the decoder ([`with_decoder`](Self::with_decoder)).
///
/// # After an error
///
/// As the decoder: call again with the same input. What goes wrong with the connection is not an error of a method but the
/// [`Cause`](crate::client::Cause) of the next step.
///
/// # Complexity
///
/// That of the decoder. An idle client holds its own struct and the last event ID.
#[derive(Clone, PartialEq, Eq)]
pub struct EventSource<
    #[cfg(feature = "alloc")] D: StreamDecoder = Decoder,
    #[cfg(not(feature = "alloc"))] D: StreamDecoder,
> {
    pub(crate) decoder: D,
    pub(crate) reconnect: Reconnect,
    last_stream: EndOfStream,
}

#[cfg(feature = "alloc")]
impl EventSource {
    /// Returns a client that is about to connect, with a new decoder. `seed`: see [`Reconnect::new`]. For another decoder, such as a
    /// `BytesDecoder`, see [`with_decoder`](Self::with_decoder).
    #[must_use]
    pub fn new(policy: Policy, seed: u64) -> Self {
        Self::with_decoder(Decoder::new(), policy, seed)
    }
}

impl<S: Storage> EventSource<Decoder<S>> {
    /// Returns the next event, as [`Decoder::next_event`]; `None` if more input is needed, or if the stream is not open.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_event`].
    pub fn next_event<'d, 'i: 'd>(
        &'d mut self,
        now: Duration,
        input: &mut &'i [u8],
    ) -> Result<Option<Event<'d>>, DecodeError> {
        if !self.reconnect.receives(now, !input.is_empty()) {
            *input = &[];
        }
        let event = self.decoder.next_event(input);
        // An event that is too large has arrived, too, and its ID takes effect.
        if !matches!(event, Ok(None)) {
            self.reconnect.handle_event(now);
        }
        event
    }

    /// Returns the next item, as [`Decoder::next_item`]; `None` if more input is needed, or if the stream is not open.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_item`].
    pub fn next_item<'d, 'i: 'd>(
        &'d mut self,
        now: Duration,
        input: &mut &'i [u8],
    ) -> Result<Option<Item<'d>>, DecodeError> {
        if !self.reconnect.receives(now, !input.is_empty()) {
            *input = &[];
        }
        let item = self.decoder.next_item(input);
        if matches!(item, Ok(Some(Item::Event(_))) | Err(DecodeError::EventTooLarge { .. })) {
            self.reconnect.handle_event(now);
        }
        item
    }

    /// Dispatches an incomplete event, as [`Decoder::dispatch_incomplete`], for peers that omit the last blank line. Call it before
    /// [`handle_end`](Self::handle_end). `None` if there is no such event, or if the stream is not open.
    ///
    /// # Errors
    ///
    /// As [`Decoder::dispatch_incomplete`].
    pub fn dispatch_incomplete(&mut self, now: Duration, cut_line: CutLine) -> Result<Option<Event<'_>>, DecodeError> {
        if !self.reconnect.is_open() {
            return Ok(None);
        }
        let event = self.decoder.dispatch_incomplete(cut_line);
        if !matches!(event, Ok(None)) {
            self.reconnect.handle_event(now);
        }
        event
    }
}

impl<D: StreamDecoder> EventSource<D> {
    /// Returns a client that is about to connect, with this decoder: one that has limits, or that resumes after a last event ID.
    /// A stream that the decoder is in the middle of is ended. `seed`: see [`Reconnect::new`].
    ///
    /// ```
    /// use sse_proto::FixedDecoder;
    /// use sse_proto::client::{EventSource, Policy};
    ///
    /// let source = EventSource::with_decoder(FixedDecoder::<256, 32>::with_fixed_buffers(), Policy::default(), 0);
    /// assert_eq!(source.last_event_id(), "");
    /// ```
    #[must_use]
    pub fn with_decoder(mut decoder: D, policy: Policy, seed: u64) -> Self {
        let last_stream = decoder.end_of_stream();
        Self { decoder, reconnect: Reconnect::new(policy, seed), last_stream }
    }

    /// Returns what to do next, after the timeouts and delays that have elapsed.
    pub fn step(&mut self, now: Duration) -> Step {
        self.drive(|reconnect| reconnect.step(now))
    }

    /// Returns the headers that a request must have: `Accept`, `Cache-Control`, and `Last-Event-ID` if there is a last event ID
    /// and it is a valid header value ([`omits_last_event_id`](Self::omits_last_event_id)). Names are in lower case.
    ///
    /// Build the request anew for each connection, so that the ID is current and credentials are fresh. The values are bytes,
    /// since an ID may have characters that are not ASCII
    /// ([HTML, 9.2.3](https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model): "Let lastEventIDValue
    /// be the `EventSource` object's last event ID string, encoded as UTF-8").
    pub fn request_headers(&self) -> impl Iterator<Item = (&'static str, &[u8])> + Clone {
        let id = headers::last_event_id_value(self.last_event_id());
        [("accept", headers::MIME_TYPE), ("cache-control", headers::NO_CACHE)]
            .into_iter()
            .chain(id.map(|id| (headers::LAST_EVENT_ID, id)))
            .map(|(name, value)| (name, value.as_bytes()))
    }

    /// Returns `true` if there is a last event ID that cannot be sent, because it is not a valid header value. The server then
    /// does not know where to resume: it sends what is new, and reports no gap.
    #[must_use]
    pub fn omits_last_event_id(&self) -> bool {
        let id = self.last_event_id();
        !id.is_empty() && headers::last_event_id_value(id).is_none()
    }

    /// Takes the response and returns what follows from it. A response that is not awaited changes nothing: the verdict is then
    /// that of the current state, such as `Open` while the stream is open.
    pub fn handle_response(&mut self, now: Duration, response: Response) -> Verdict {
        self.drive(|reconnect| reconnect.handle_response(now, response))
    }

    /// Treats the response as an event stream, whatever its status and type: overrides the verdict, until the next step.
    pub fn accept(&mut self, now: Duration) {
        self.drive(|reconnect| reconnect.accept(now));
    }

    /// Treats the cause of the refusal as temporary: overrides the verdict, until the next step. The client waits as the policy
    /// says, and stops if it allows no further attempt.
    pub fn retry(&mut self, now: Duration) {
        self.drive(|reconnect| reconnect.retry(now));
    }

    /// Reports that the response ended. Before a response, the connection has failed.
    ///
    /// For peers that omit the last blank line, call `dispatch_incomplete` first.
    pub fn handle_end(&mut self, now: Duration) {
        self.drive(|reconnect| reconnect.handle_end(now));
    }

    /// Reports that the connection could not be made, or that it failed.
    pub fn handle_failure(&mut self, now: Duration) {
        self.drive(|reconnect| reconnect.handle_failure(now));
    }

    /// Reports activity that the decoder does not see. A driver calls it when it asks for the next chunk after the application
    /// has kept it busy, so that this time does not count towards the idle timeout.
    pub fn handle_bytes(&mut self, now: Duration) {
        self.reconnect.handle_bytes(now);
    }

    /// Reports that trying again is futile, as [`Reconnect::give_up`]: the client stops.
    pub fn give_up(&mut self, now: Duration) {
        self.drive(|reconnect| reconnect.give_up(now));
    }

    /// Connects again at once, from every state but `Closed`. Drop the connection that there is: nothing of it may be reported any
    /// more. It is not counted as a failure.
    pub fn reconnect_now(&mut self, now: Duration) {
        self.drive(|reconnect| reconnect.reconnect_now(now));
    }

    /// Stops the client. From then on all input is ignored.
    pub fn close(&mut self) {
        self.drive(Reconnect::close);
    }

    /// The last event ID, as [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// Sets the last event ID, as [`Decoder::set_last_event_id`], for a client that resumes where an earlier one stopped. Check
    /// [`omits_last_event_id`](Self::omits_last_event_id) before the first request: it is `true` if the ID cannot be sent.
    ///
    /// # Errors
    ///
    /// As [`Decoder::set_last_event_id`].
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidLastEventId> {
        self.decoder.set_last_event_id(id)
    }

    /// Sets how many attempts are allowed from here on, as [`Reconnect::set_max_attempts`].
    pub const fn set_max_attempts(&mut self, max_attempts: u32) {
        self.reconnect.set_max_attempts(max_attempts);
    }

    /// The reconnection time that the server asked for last, or that of the policy.
    #[must_use]
    pub fn reconnection_time(&self) -> Duration {
        self.decoder.reconnection_time().unwrap_or_else(|| self.reconnect.reconnection_time())
    }

    /// The state, as [`Reconnect::state`].
    #[must_use]
    pub const fn state(&self) -> State {
        self.reconnect.state()
    }

    /// What the last stream left at its end: an incomplete event, ignored lines, replaced UTF-8. It remains until the next
    /// response, or until the next connection is lost without one. Of the stream that is open, [`decoder`](Self::decoder) has it.
    #[must_use]
    pub const fn last_stream(&self) -> &EndOfStream {
        &self.last_stream
    }

    /// The decoder.
    #[must_use]
    pub const fn decoder(&self) -> &D {
        &self.decoder
    }

    /// The decoder, to free memory while the stream is idle, for example.
    pub const fn decoder_mut(&mut self) -> &mut D {
        &mut self.decoder
    }

    /// The state machine, for its state and counts.
    #[must_use]
    pub const fn reconnect(&self) -> &Reconnect {
        &self.reconnect
    }

    /// Runs the state machine with the current reconnection time, and ends the stream if the state machine leaves it.
    ///
    /// What the stream left is not reset by the next `Connecting`: without a delay, no step comes between that and the loss.
    fn drive<T>(&mut self, input: impl FnOnce(&mut Reconnect) -> T) -> T {
        if let Some(time) = self.decoder.reconnection_time() {
            self.reconnect.set_reconnection_time(time);
        }
        let before = (self.reconnect.state(), self.reconnect.connections());
        let output = input(&mut self.reconnect);
        let after = (self.reconnect.state(), self.reconnect.connections());
        match before.0 {
            State::Open if before != after => {
                self.last_stream = self.decoder.end_of_stream();
            }
            State::Connecting | State::Refused if before != after => {
                self.last_stream = EndOfStream::default();
            }
            _ => {}
        }
        output
    }
}

/// Shows lengths and states, but nothing that the peer sent.
impl<D: StreamDecoder + fmt::Debug> fmt::Debug for EventSource<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("decoder", &self.decoder)
            .field("reconnect", &self.reconnect)
            .field("last_incomplete", &self.last_stream.incomplete)
            .field("last_ignored_lines", &self.last_stream.ignored.lines())
            .field("last_utf8_replacements", &self.last_stream.utf8_replacements)
            .finish()
    }
}
