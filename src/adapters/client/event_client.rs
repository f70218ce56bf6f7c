//! The asynchronous client.

use alloc::boxed::Box;
use core::hash::{BuildHasher, Hasher};
use core::pin::Pin;
use core::time::Duration;
use std::hash::RandomState;

use bytes::Bytes;
use http::response::Parts;
use http_body::Body;

use super::connect::Connect;
use super::driver::EndOfBody;
use super::error::{ClientError, TransportError};
use super::handle::Signals;
use super::health::Health;
use super::output::Source;
use super::requests::Requests;
use super::timer::Timer;
use super::update::Update;
use crate::adapters::Sleep;
use crate::client::{Cause, EventSource, Policy};
use crate::{BytesDecoder, CutLine, Limits};

/// The error of the body of a response.
type BodyError<Q, C> = <<C as Connect<Q>>::Body as Body>::Error;

/// The [`Update`] of an [`EventClient`] whose requests have the body `Q`, over the HTTP client `C`.
pub type UpdateOf<Q, C> = Update<<C as Connect<Q>>::Error, BodyError<Q, C>>;

/// The [`ClientError`] of an [`EventClient`] whose requests have the body `Q`, over the HTTP client `C`.
pub type ErrorOf<Q, C> = ClientError<<C as Connect<Q>>::Error, BodyError<Q, C>>;

/// A [`Stream`](futures_core::Stream) of the events of a server that survives lost connections. It connects, receives, sleeps and
/// resumes while it is polled, and ends when the server or the [`Policy`] says so.
///
/// `Q` is the body of the request. `C` is the HTTP client, a function that sends a request ([`Connect`]). `S` is the timer of the
/// runtime, a function that sleeps ([`Sleep`]).
///
/// ```
/// use std::convert::Infallible;
/// use std::time::Duration;
///
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use sse_proto::adapters::client::EventClient;
/// use sse_proto::client::{Cause, Policy};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
/// # runtime.block_on(async {
/// // What the server sends on each connection. The first is cut in the middle of an event; the third tells the client to stop.
/// let mut responses = vec![(200, "id: 1\ndata: a\n\nid: 2\nda"), (200, "id: 2\ndata: b\n\n"), (204, "")].into_iter();
/// let mut last_event_ids = Vec::new();
/// let connect = |request: Request<()>| {
///     last_event_ids.push(request.headers().get("last-event-id").cloned());
///     let (status, body) = responses.next().expect("the client has stopped");
///     async move {
///         let response = Response::builder().status(status).header("content-type", "text/event-stream");
///         Ok::<_, Infallible>(response.body(Full::new(body.as_bytes())).expect("a response"))
///     }
/// };
///
/// let mut client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
/// let mut data = Vec::new();
/// // Or `while let Some(event) = client.next().await`, with `StreamExt` of `futures-util` or `tokio-stream`.
/// while let Some(event) = client.next_event().await {
///     data.push(event?.into_data());
/// }
/// assert_eq!(data, ["a", "b"]);
/// assert_eq!(client.cause(), Some(Cause::NoContent));
/// drop(client);
/// assert_eq!(last_event_ids, [None, Some("1".parse()?), Some("2".parse()?)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// With hyper-util, whose client has a connection pool:
///
/// ```text
/// let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
/// let request = Request::get("http://localhost/events").body(Empty::<Bytes>::new())?;
/// let client = EventClient::new(request, move |request| http.request(request), tokio::time::sleep);
/// ```
///
/// With reqwest, which follows redirects and has TLS. Don't set its `timeout`, which would end healthy streams. For a POST, build
/// the client with `redirect(reqwest::redirect::Policy::none())`: after a 307 or 308 it sends the POST again, after a 301, 302 or
/// 303 a GET in its place.
///
/// ```text
/// let http = reqwest::Client::new();
/// let connect = move |request: http::Request<Bytes>| {
///     let http = http.clone();
///     async move { Ok::<_, reqwest::Error>(http::Response::from(http.execute(request.try_into()?).await?)) }
/// };
/// let request = http::Request::get("https://example.com/events").body(Bytes::new())?;
/// let client = EventClient::new(request, connect, tokio::time::sleep);
/// ```
///
/// # Input
///
/// The request is a template that is cloned for each connection. `accept` and `cache-control` are added if it has none.
/// `last-event-id` is set to the current last event ID; that of the template is the first one.
///
/// The connecting function is called once for each connection. It may refresh credentials, choose another server
/// (`*request.uri_mut() = uri`), and override the rules: a response with another status or type is read as an event stream if the
/// function makes it a 200 of the type `text/event-stream`.
///
/// A request whose method is not safe, such as POST, is sent once: the client does not reconnect, whatever the policy says.
/// [`with_repeated_request`](Self::with_repeated_request) and [`with_resume_request`](Self::with_resume_request) change that.
///
/// No clock is read. Time is what the sleeping function has measured: the timeout of a connection, the idle timeout, each delay,
/// and [`Policy::healthy_after`]. The idle timeout runs only while the body is polled and nothing arrives, so the time of the
/// application does not count. `Retry-After` is a number of seconds, or a date that is compared with the `Date` of the response.
///
/// # Output
///
/// An event is returned as soon as the body has returned its final byte; it shares the memory of its chunk.
/// [`next_update`](Self::next_update) returns all that happens, in order: connections, refusals, comments and ignored lines, too,
/// and each loss of a connection before the delay begins.
///
/// Polling is cancel-safe. What is in flight is in the client: the request, the body, the rest of a chunk and the timers. If the
/// future of an item is dropped, nothing is lost and the next one continues.
///
/// The client is `Unpin`. It is `Send` if its parts are, and needs no `Send`.
///
/// # End of stream
///
/// When a connection ends, fails or times out, an incomplete event is dropped ([`with_incomplete_events`] dispatches it instead),
/// the body is dropped, and the client waits and connects again. The stream ends if the server answers with 204, if the client
/// is closed ([`handle`](Self::handle)) or gives up ([`give_up`](Self::give_up)), or if the policy allows no further attempt.
/// [`cause`](Self::cause) tells which. It is a [`FusedStream`](futures_core::FusedStream).
///
/// [`with_incomplete_events`]: Self::with_incomplete_events
///
/// # Limits
///
/// Those of the [`Policy`] and of the decoder ([`with_limits`](Self::with_limits)). The current chunk is held in addition.
///
/// A poll that has nothing to return after 128 chunks, connections or delays wakes its task and returns `Pending`, so that a
/// sleeping function that returns at once, or a body that always has a chunk, does not keep the thread.
///
/// # After an error
///
/// - [`ClientError::Decode`]: an event exceeded a limit and is skipped. The next event follows.
/// - [`ClientError::Closed`]: returned once, then `None`. The response was refused or the client has given up, so a refused
///   stream does not look like an empty one. [`response`](Self::response) and [`take_body`](Self::take_body) have the refused
///   response.
/// - The end of a stream that is not resumed, such as that of a POST, is not an error if an event has arrived: `None` with
///   [`Cause::Ended`]. The stream may be cut. If the protocol has an end mark, check for it.
/// - Errors of the connecting function and of the body are not returned, as the client connects again. [`Update::Waiting`] has
///   them, and [`ClientError::Closed`] has the last one if no update had it. If trying again is futile after some of them, say so
///   with [`with_futile_errors`](Self::with_futile_errors), or call [`give_up`](Self::give_up) after [`Update::Waiting`].
///
/// # Complexity
///
/// That of [`BytesDecoder`]. Each connection allocates a box for the future of the response and one for the body, besides the
/// clone of the request; the boxes of the timers are allocated once.
#[must_use = "streams do nothing unless they are polled"]
pub struct EventClient<Q, C: Connect<Q>, S: Sleep> {
    pub(super) source: Source,
    pub(super) requests: Requests<Q>,
    pub(super) connect: C,
    pub(super) sleep: S,
    pub(super) signals: Signals,
    /// The time that was measured so far.
    pub(super) now: Duration,
    /// The number of the connection that a request was sent for.
    pub(super) connection: u64,
    pub(super) request: Option<Pin<Box<C::Future>>>,
    pub(super) response: Option<Parts>,
    /// The body of a response, until it is received as an event stream.
    pub(super) unopened: Option<C::Body>,
    pub(super) body: Option<Pin<Box<C::Body>>>,
    /// The rest of the current chunk.
    pub(super) chunk: Bytes,
    /// How the body ended, until the source is told.
    pub(super) end_of_body: Option<EndOfBody>,
    /// The timeout of a connection, the idle timeout, or a delay.
    pub(super) timer: Timer<S::Future>,
    pub(super) health: Health<S::Future>,
    /// Whether an incomplete event is dispatched at the end of a body.
    pub(super) incomplete_events: Option<CutLine>,
    pub(super) is_futile: Option<fn(&C::Error) -> bool>,
    /// That of the policy.
    pub(super) max_attempts: u32,
    /// Why the last connection was lost, if an error was the reason.
    pub(super) error: Option<TransportError<C::Error, BodyError<Q, C>>>,
    /// Whether the loss of the last connection was announced.
    pub(super) is_announced: bool,
    pub(super) cause: Option<Cause>,
}

impl<Q, C: Connect<Q>, S: Sleep> EventClient<Q, C, S> {
    /// Returns a client that is about to connect, with the default [`Policy`], a new decoder and a random seed for the jitter.
    ///
    /// It does nothing until it is polled. If the template has a `last-event-id` that is valid, the client resumes after it.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use sse_proto::adapters::client::EventClient;
    ///
    /// let connect = |_| std::future::ready(Ok::<_, std::io::Error>(Response::new(String::new())));
    /// let request = Request::get("/events").header("last-event-id", "42").body(())?;
    /// let client = EventClient::new(request, connect, tokio::time::sleep);
    /// assert_eq!(client.source().last_event_id(), "42");
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn new(request: http::Request<Q>, connect: C, sleep: S) -> Self {
        let source = new_source(BytesDecoder::new(), Policy::default());
        let mut client = Self {
            max_attempts: source.reconnect().policy().max_attempts,
            source,
            requests: Requests::new(request),
            connect,
            sleep,
            signals: Signals::new(),
            now: Duration::ZERO,
            connection: 0,
            request: None,
            response: None,
            unopened: None,
            body: None,
            chunk: Bytes::new(),
            end_of_body: None,
            timer: Timer::new(),
            health: Health::new(),
            incomplete_events: None,
            is_futile: None,
            error: None,
            is_announced: false,
            cause: None,
        };
        client.requests.take_last_event_id(|id| client.source.set_last_event_id(id).is_ok());
        client
    }

    /// Sets the policy, before the client is polled. The decoder and the last event ID remain; the random seed is a new one.
    pub fn with_policy(self, policy: Policy) -> Self {
        let decoder = self.source.decoder().clone();
        self.with_source(new_source(decoder, policy))
    }

    /// Sets the limits of the decoder, before the client is polled. The policy and the last event ID remain; the random seed is a
    /// new one.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use sse_proto::Limits;
    /// use sse_proto::adapters::client::EventClient;
    ///
    /// let connect = |_| std::future::ready(Ok::<_, std::io::Error>(Response::new(String::new())));
    /// let client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep)
    ///     .with_limits(Limits::new().with_max_event_bytes(1 << 20));
    /// assert_eq!(client.source().decoder().limits().max_event_bytes, 1 << 20);
    /// # Ok::<(), http::Error>(())
    /// ```
    pub fn with_limits(self, limits: Limits) -> Self {
        let policy = *self.source.reconnect().policy();
        self.with_source(new_source(BytesDecoder::with_limits(limits), policy))
    }

    /// Sets the event source, before the client is polled: one that resumes after a last event ID, or whose seed is known. If it has
    /// no last event ID, that of the template remains.
    ///
    /// The source must be new, as the time of the client starts at zero. On targets without random numbers, such as
    /// `wasm32-unknown-unknown`, use it to set a random seed, together with the policy.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use sse_proto::adapters::client::EventClient;
    /// use sse_proto::BytesDecoder;
    /// use sse_proto::client::{EventSource, Policy};
    ///
    /// let random = 0x1234_5678; // from the host of a WebAssembly module
    /// let mut source = EventSource::with_decoder(BytesDecoder::new(), Policy::default(), random);
    /// source.set_last_event_id("42")?;
    /// let connect = |_| std::future::ready(Ok::<_, std::io::Error>(Response::new(String::new())));
    /// let client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep).with_source(source);
    /// assert_eq!(client.source().last_event_id(), "42");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_source(mut self, source: EventSource<BytesDecoder>) -> Self {
        let last = core::mem::replace(&mut self.source, source);
        if self.source.last_event_id().is_empty() {
            // An ID that exceeds the limit of the decoder is dropped, as that of an event.
            let _ = self.source.set_last_event_id(last.last_event_id());
        }
        self.max_attempts = self.source.reconnect().policy().max_attempts;
        self
    }

    /// Dispatches an incomplete event at the end of a body, for servers that omit the last blank line. By default it is dropped,
    /// as [HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) requires: it
    /// may have been cut short. After an error of the body it is dropped all the same.
    ///
    /// `cut_line` says whether an unfinished line counts. With [`CutLine::Process`], the last event of a stream that is cut may
    /// have a part of its data only, such as half a JSON object.
    pub fn with_incomplete_events(mut self, cut_line: CutLine) -> Self {
        self.incomplete_events = Some(cut_line);
        self
    }

    /// Allows that the request is sent again although its method is not safe: a POST that changes nothing on the server, or whose
    /// server recognizes it by an idempotency key. By default the client connects once.
    pub fn with_repeated_request(mut self) -> Self {
        self.requests.repeat();
        self
    }

    /// Sets the template of the requests after the first stream was opened, for protocols that begin with a POST and resume it with
    /// GET (MCP does). The headers that a request must have are added to it, too. Until a stream was opened, the first request is
    /// sent; if it is not safe, it is sent once.
    ///
    /// A resume request always has `last-event-id`. If a connection is lost while there is no last event ID, or while it is not a
    /// valid header value, the stream cannot be resumed: the client stops, and [`cause`](Self::cause) is why the connection was
    /// lost. A request without the ID would open an unrelated stream. Without an ID, `source().last_event_id()` is empty.
    ///
    /// The template is fixed before the first response. Headers that are learned from that response, such as the ID of a session,
    /// are added in the connecting function: see the [guide](crate::guide::clients#mcp-a-post-that-is-resumed-with-get).
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use http::{Method, Request, Response};
    /// use sse_proto::adapters::client::EventClient;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// let mut requests = Vec::new();
    /// let connect = |request: Request<&'static str>| {
    ///     let status = if requests.len() < 2 { 200 } else { 204 };
    ///     requests.push((request.method().clone(), *request.body()));
    ///     let response = Response::builder().status(status).header("content-type", "text/event-stream");
    ///     std::future::ready(Ok::<_, Infallible>(response.body("id: 1\ndata: a\n\n".to_owned()).expect("a response")))
    /// };
    /// let client = EventClient::new(Request::post("/mcp").body("{}")?, connect, tokio::time::sleep);
    /// let mut client = client.with_resume_request(Request::get("/mcp").body("")?);
    /// while let Some(event) = client.next_event().await {
    ///     assert_eq!(event?.data(), "a");
    /// }
    /// drop(client);
    /// assert_eq!(requests, [(Method::POST, "{}"), (Method::GET, ""), (Method::GET, "")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_resume_request(mut self, request: http::Request<Q>) -> Self {
        self.requests.resume_with(request);
        self
    }

    /// Tells after which errors of the connecting function trying again is futile, such as a host name that is not valid: the client
    /// stops. By default it tries again after all of them, as often as the policy allows.
    pub fn with_futile_errors(mut self, is_futile: fn(&C::Error) -> bool) -> Self {
        self.is_futile = Some(is_futile);
        self
    }
}

/// No field is pinned in place.
impl<Q, C: Connect<Q>, S: Sleep> Unpin for EventClient<Q, C, S> {}

/// An event source with a random seed.
fn new_source(decoder: BytesDecoder, policy: Policy) -> Source {
    EventSource::with_decoder(decoder, policy, RandomState::new().build_hasher().finish())
}
