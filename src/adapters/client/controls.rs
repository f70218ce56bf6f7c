//! What an application asks a client, and tells it, between two items.

use core::fmt;

use http::response::Parts;

use super::connect::Connect;
use super::event_client::EventClient;
use super::handle::ClientHandle;
use super::output::Source;
use crate::adapters::Sleep;
use crate::client::{Cause, State};

impl<Q, C: Connect<Q>, S: Sleep> EventClient<Q, C, S> {
    /// Returns a handle that closes the client or makes it reconnect, from any task or thread.
    #[must_use]
    pub fn handle(&self) -> ClientHandle {
        self.signals.handle()
    }

    /// Returns why the client has stopped, `None` before.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Returns the event source: the last event ID, what the last stream left, the decoder and the state.
    #[must_use]
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the head of the response that is received or was refused; `None` if there is no connection.
    #[must_use]
    pub const fn response(&self) -> Option<&Parts> {
        self.response.as_ref()
    }

    /// Returns the body of the response that was refused: it often has the reason. It is there after
    /// [`Update::Refused`](super::Update::Refused), and after [`ClientError::Closed`](super::ClientError::Closed) with
    /// [`Cause::Status`] or [`Cause::NotEventStream`], unless the client has given up during a delay. `None` in all other cases.
    ///
    /// The client limits neither its length nor the time that it takes.
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use http::{Request, Response};
    /// use http_body_util::{BodyExt, Limited};
    /// use sse_proto::adapters::client::EventClient;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// let connect = |_| async {
    ///     Ok::<_, Infallible>(Response::builder().status(401).body("no API key".to_owned()).expect("a response"))
    /// };
    /// let mut client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
    /// let error = client.next_event().await.unwrap().unwrap_err();
    /// assert_eq!(error.to_string(), "event stream closed: response with status 401");
    /// let reason = Limited::new(client.take_body().unwrap(), 1000).collect().await.map_err(std::io::Error::other)?.to_bytes();
    /// assert_eq!(reason, "no API key");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn take_body(&mut self) -> Option<C::Body> {
        if self.is_refused() || self.cause.is_some() { self.unopened.take() } else { None }
    }

    /// Overrides a refusal: the client tries again, after a delay and as often as the policy allows. It counts after
    /// [`Update::Refused`](super::Update::Refused), until the next call, and for this refusal only. A request is repeated then,
    /// whatever its method.
    ///
    /// The delay is `Retry-After` if the response has it, with jitter and up to
    /// [`Policy::max_delay`](crate::client::Policy::max_delay); else that of the policy.
    pub fn retry(&mut self) {
        if self.is_refused() {
            self.requests.allow();
            self.limit_attempts();
            self.source.retry(self.now);
        }
    }

    /// Overrides a refusal, as [`retry`](Self::retry), but without a delay: after a 401, with fresh credentials.
    ///
    /// It counts as an attempt. Call it once for new credentials: a server that refuses these, too, would be asked again at once, until
    /// the policy allows no further attempt.
    ///
    /// ```
    /// use std::cell::Cell;
    /// use std::convert::Infallible;
    ///
    /// use http::{Request, Response};
    /// use sse_proto::ItemBuf;
    /// use sse_proto::adapters::client::{EventClient, Update};
    /// use sse_proto::client::Cause;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// let token = Cell::new("expired");
    /// // Called for each connection, so that each request has the current token.
    /// let connect = |mut request: Request<()>| {
    ///     request.headers_mut().insert("authorization", token.get().parse().expect("a header value"));
    ///     let status = if request.headers()["authorization"] == "fresh" { 200 } else { 401 };
    ///     let response = Response::builder().status(status).header("content-type", "text/event-stream");
    ///     std::future::ready(Ok::<_, Infallible>(response.body("data: hello\n\n".to_owned()).expect("a response")))
    /// };
    /// let mut client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
    /// while let Some(update) = client.next_update().await {
    ///     match update? {
    ///         // A token that is refused although it is fresh stops the client.
    ///         Update::Refused { cause: Cause::Status(401), .. } if token.get() == "expired" => {
    ///             token.set("fresh");
    ///             client.retry_now();
    ///         }
    ///         Update::Item(ItemBuf::Event(event)) => {
    ///             assert_eq!(event.data(), "hello");
    ///             client.handle().close();
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(client.cause(), Some(Cause::Closed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn retry_now(&mut self) {
        self.retry();
        if self.source.state() == State::Waiting {
            self.handle().reconnect_now();
        }
    }

    /// Overrides a refusal: the response is read as an event stream, whatever its status and type. It counts after
    /// [`Update::Refused`](super::Update::Refused), until the next call, if the body was not taken. The next update is
    /// [`Update::Connected`](super::Update::Connected).
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use http::{Request, Response};
    /// use sse_proto::adapters::client::{EventClient, Update};
    /// use sse_proto::client::{Cause, Policy};
    /// use sse_proto::ItemBuf;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// // A server that forgets the type.
    /// let connect = |_| async { Ok::<_, Infallible>(Response::new("data: hello\n\n".to_owned())) };
    /// let client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
    /// let mut client = client.with_policy(Policy::once());
    /// let mut data = Vec::new();
    /// while let Some(update) = client.next_update().await {
    ///     match update? {
    ///         Update::Refused { cause: Cause::NotEventStream, .. } => client.accept(),
    ///         Update::Item(ItemBuf::Event(event)) => data.push(event.into_data()),
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(data, ["hello"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn accept(&mut self) {
        if self.is_refused() {
            self.source.accept(self.now);
        }
    }

    /// Tells that trying again is futile: the client stops with the next call. The cause is that of the refusal or of the delay, if
    /// there is one, or else [`Cause::Failed`].
    pub fn give_up(&mut self) {
        self.source.give_up(self.now);
    }

    /// If the next request must not be sent, the current connection is the last one.
    pub(super) fn limit_attempts(&mut self) {
        let may_send = self.requests.may_send(self.source.last_event_id());
        self.source.set_max_attempts(if may_send { self.max_attempts } else { 0 });
    }

    fn is_refused(&self) -> bool {
        self.source.state() == State::Refused
    }
}

/// Shows lengths and states, but nothing that the peer sent.
impl<Q, C: Connect<Q>, S: Sleep> fmt::Debug for EventClient<Q, C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventClient")
            .field("source", &self.source)
            .field("is_connected", &self.body.is_some())
            .field("chunk_len", &self.chunk.len())
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}
