//! A stream of events as a body.

use core::future::{Future, Pending};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use core::{fmt, mem};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use http_body::{Body, Frame};
use pin_project_lite::pin_project;

use super::keep_alive::{KeepAlive, NoKeepAlive};
use crate::adapters::{Encoded, IntoEncoded, Sleep};

pin_project! {
    /// A stream of events as the [`Body`] of a response. It is a [`Stream`] of [`Bytes`], too, for servers without `http-body`.
    ///
    /// `S` is the stream of events. `K` is the function that sleeps, after [`with_keep_alive`](Self::with_keep_alive). `U` is the
    /// future that ends the body, after [`until`](Self::until).
    ///
    /// It is `Unpin` and `Send` if its parts are, and never boxes them.
    ///
    /// ```
    /// use futures_util::{FutureExt, stream};
    /// use http_body_util::BodyExt;
    /// use sse_proto::adapters::Encoded;
    /// use sse_proto::adapters::body::EventBody;
    /// use sse_proto::{Comment, Event, EventBuf};
    ///
    /// let body = EventBody::new(stream::iter([
    ///     Encoded::from(Comment::new("connected")),
    ///     Encoded::from(Event::new("one")),
    ///     Encoded::from(EventBuf::new("two").with_id("2")?),
    /// ]));
    /// let sent = body.collect().now_or_never().expect("ready")?.to_bytes();
    /// assert_eq!(sent, ": connected\ndata: one\n\nid: 2\ndata: two\n\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Input
    ///
    /// A stream of anything that converts into [`Encoded`](crate::adapters::Encoded): [`EventBuf`](crate::EventBuf),
    /// [`EventBytes`](crate::EventBytes), [`Event`](crate::Event), [`Comment`](crate::Comment), `Encoded`, or a type of the
    /// application. Or of a [`Result`] of it: see [`IntoEncoded`]. For many clients that are sent the same events, make the stream
    /// one of `Encoded`: an event is then encoded once, and its bytes are shared.
    ///
    /// # Output
    ///
    /// One frame per item, never cut and never joined. A server that flushes when the body has nothing more to give sends each
    /// event at once. An item whose encoding is empty (an event without any field) is skipped. There are no trailers.
    ///
    /// # End of stream
    ///
    /// The body ends when the stream ends, after an error, or when the future of [`until`](Self::until) completes. It then drops
    /// the stream, the timer and that future, and returns `None` from then on: it is a [`FusedStream`], and
    /// [`is_end_stream`](Body::is_end_stream) returns `true`.
    ///
    /// If the client disconnects, the server drops the body, and the stream with it.
    ///
    /// # Limits
    ///
    /// Nothing is buffered: the stream is polled only when the server asks for the next frame, so a slow client slows the stream
    /// down. A stream that must not wait for a slow client needs a limit of its own.
    ///
    /// # After an error
    ///
    /// An error of the stream is returned once, then the body has ended. Servers cut the connection after an error, so that the
    /// client sees that the response is incomplete. What they have not written by then, they drop: hyper even frames that it took
    /// in the same poll. So a body that has returned frames is pending once, and wakes the task at once, before it returns the error.
    /// A client that reads slowly can still lose the last frames, and so can any client over HTTP/2, where the reset of the stream
    /// overtakes them. An error that the client is meant to read must be an event, after which the stream ends.
    ///
    /// # Complexity
    ///
    /// An event is encoded once, into one exactly sized allocation; `Encoded` is passed on without a copy. The keep-alive needs one
    /// timer for each time the body waits, not for each event.
    #[must_use = "bodies do nothing unless they are polled"]
    pub struct EventBody<S, K = NoKeepAlive, U = Pending<()>>
    where
        S: Stream,
        S::Item: IntoEncoded,
        K: Sleep,
    {
        // Not sent yet; empty if there is none.
        preamble: Bytes,
        // `None` after the end.
        #[pin]
        stream: Option<S>,
        #[pin]
        keep_alive: KeepAlive<K>,
        #[pin]
        until: Option<U>,
        // Whether the stream was polled.
        is_started: bool,
        // Whether the server may have frames that it has not written, as the body was not pending since.
        has_sent: bool,
        // The error of the stream, while the server writes.
        error: Option<<S::Item as IntoEncoded>::Error>,
    }
}

impl<S> EventBody<S>
where
    S: Stream,
    S::Item: IntoEncoded,
{
    /// Returns the body that sends this stream.
    pub const fn new(stream: S) -> Self {
        Self {
            preamble: Bytes::new(),
            stream: Some(stream),
            keep_alive: KeepAlive::never(),
            until: None,
            is_started: false,
            has_sent: false,
            error: None,
        }
    }
}

impl<S, U> EventBody<S, NoKeepAlive, U>
where
    S: Stream,
    S::Item: IntoEncoded,
{
    /// Sends a keep-alive, the comment `:\n`, whenever nothing was sent for `interval`, so that proxies and clients do not take
    /// the connection for dead. Most close connections after 30 to 60 s without bytes; 15 s is a common interval.
    ///
    /// `sleep` is how to wait on the runtime, as `tokio::time::sleep`: see [`Sleep`]. It is called when the body begins to wait,
    /// and its future is dropped when an event is sent. Time that the client takes to receive does not count. A shorter
    /// interval than [`MIN_KEEP_ALIVE`](super::MIN_KEEP_ALIVE) is raised to that.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use futures_util::{StreamExt, stream};
    /// use sse_proto::EventBuf;
    /// use sse_proto::adapters::body::EventBody;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// let events = stream::iter([EventBuf::new("hello")]).chain(stream::pending());
    /// let body = EventBody::new(events).with_keep_alive(Duration::from_secs(15), tokio::time::sleep);
    /// let sent = body.take(3).map(|bytes| bytes.unwrap()).collect::<Vec<_>>().await;
    /// assert_eq!(sent, ["data: hello\n\n", ":\n", ":\n"]);
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_keep_alive<K: Sleep>(self, interval: Duration, sleep: K) -> EventBody<S, K, U> {
        EventBody {
            preamble: self.preamble,
            stream: self.stream,
            keep_alive: KeepAlive::every(interval, sleep),
            until: self.until,
            is_started: self.is_started,
            has_sent: self.has_sent,
            error: self.error,
        }
    }
}

impl<S, K> EventBody<S, K>
where
    S: Stream,
    S::Item: IntoEncoded,
    K: Sleep,
{
    /// Ends the body when this future completes, whatever its output is: for a graceful shutdown, or to limit the age of
    /// connections. The end is a clean one between two frames, after which clients reconnect. A server polls no body whose client
    /// does not read, so such a response ends only with the server's own timeout for writes.
    ///
    /// It takes precedence over events that are ready, except over the first: a client that connects during a shutdown gets the ID
    /// that it resumes from. For several reasons, combine their futures:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use futures_util::future::{self, FutureExt};
    /// use futures_util::{StreamExt, stream};
    /// use sse_proto::EventBuf;
    /// use sse_proto::adapters::body::EventBody;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// let shutdown = future::pending::<()>().boxed();
    /// let max_age = tokio::time::sleep(Duration::from_secs(3600)).boxed();
    /// let events = stream::iter([EventBuf::new("hello")]).chain(stream::pending());
    /// let body = EventBody::new(events).until(future::select(shutdown, max_age));
    /// let sent = body.map(|bytes| bytes.unwrap()).collect::<Vec<_>>().await;
    /// assert_eq!(sent, ["data: hello\n\n"], "and it ended after an hour");
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn until<U: Future>(self, future: U) -> EventBody<S, K, U> {
        EventBody {
            preamble: self.preamble,
            stream: self.stream,
            keep_alive: self.keep_alive,
            until: Some(future),
            is_started: self.is_started,
            has_sent: self.has_sent,
            error: self.error,
        }
    }
}

impl<S, K, U> EventBody<S, K, U>
where
    S: Stream,
    S::Item: IntoEncoded,
    K: Sleep,
{
    /// Sends an event or a comment at once, before the first event of the stream: the reconnection time, as here, or a comment, so
    /// that the client sees that the response is not held back, even if it has missed nothing. A second one is sent after the first.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use futures_util::{FutureExt, stream};
    /// use http_body_util::BodyExt;
    /// use sse_proto::adapters::body::EventBody;
    /// use sse_proto::{Event, EventBuf};
    ///
    /// let events = stream::iter([EventBuf::new("hello")]);
    /// let body = EventBody::new(events).with_preamble(Event::without_data().with_retry(Duration::from_secs(5)));
    /// let sent = body.collect().now_or_never().expect("ready")?.to_bytes();
    /// assert_eq!(sent, "retry: 5000\n\ndata: hello\n\n");
    /// # Ok::<(), std::convert::Infallible>(())
    /// ```
    pub fn with_preamble(mut self, preamble: impl Into<Encoded>) -> Self {
        let bytes = preamble.into().into_bytes();
        self.preamble = if self.preamble.is_empty() { bytes } else { [self.preamble, bytes].concat().into() };
        self
    }

    /// Returns a response with this body, the status 200 and [`RESPONSE_HEADERS`](crate::headers::RESPONSE_HEADERS).
    pub fn into_response(self) -> http::Response<Self> {
        super::response(self)
    }

    /// Returns the stream of events; `None` after the end.
    #[must_use]
    pub const fn get_ref(&self) -> Option<&S> {
        self.stream.as_ref()
    }

    /// Returns the stream of events, pinned; `None` after the end. Events that are taken from it are not sent.
    #[must_use]
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Option<Pin<&mut S>> {
        self.project().stream.as_pin_mut()
    }

    fn end(self: Pin<&mut Self>) {
        let mut this = self.project();
        this.stream.set(None);
        this.keep_alive.reset();
        this.until.set(None);
    }
}

impl<S, K, U> Stream for EventBody<S, K, U>
where
    S: Stream,
    S::Item: IntoEncoded,
    K: Sleep,
    U: Future,
{
    type Item = Result<Bytes, <S::Item as IntoEncoded>::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let mut this = self.as_mut().project();
            if let Some(error) = this.error.take() {
                self.end();
                return Poll::Ready(Some(Err(error)));
            }
            let Some(stream) = this.stream.as_pin_mut() else { return Poll::Ready(None) };
            if !this.preamble.is_empty() {
                *this.has_sent = true;
                return Poll::Ready(Some(Ok(mem::take(this.preamble))));
            }
            let was_started = mem::replace(this.is_started, true);
            let is_over = |until: Pin<&mut U>| until.poll(cx).is_ready();
            if was_started && this.until.as_mut().as_pin_mut().is_some_and(is_over) {
                self.end();
                return Poll::Ready(None);
            }
            match stream.poll_next(cx) {
                Poll::Ready(Some(item)) => match item.into_encoded() {
                    Ok(event) if event.as_bytes().is_empty() => {}
                    Ok(event) => {
                        this.keep_alive.reset();
                        *this.has_sent = true;
                        return Poll::Ready(Some(Ok(event.into_bytes())));
                    }
                    Err(error) => {
                        *this.error = Some(error);
                        if mem::take(this.has_sent) {
                            // The server writes what it has.
                            cx.waker().wake_by_ref();
                            return Poll::Pending;
                        }
                    }
                },
                Poll::Ready(None) => {
                    self.end();
                    return Poll::Ready(None);
                }
                Poll::Pending if !was_started => {}
                Poll::Pending => {
                    let keep_alive = this.keep_alive.poll(cx);
                    *this.has_sent = keep_alive.is_ready();
                    return keep_alive.map(|()| Some(Ok(Bytes::from_static(KEEP_ALIVE))));
                }
            }
        }
    }
}

/// [`Comment::KEEP_ALIVE`](crate::Comment::KEEP_ALIVE), encoded.
const KEEP_ALIVE: &[u8] = b":\n";

impl<S, K, U> FusedStream for EventBody<S, K, U>
where
    S: Stream,
    S::Item: IntoEncoded,
    K: Sleep,
    U: Future,
{
    fn is_terminated(&self) -> bool {
        self.stream.is_none()
    }
}

impl<S, K, U> Body for EventBody<S, K, U>
where
    S: Stream,
    S::Item: IntoEncoded,
    K: Sleep,
    U: Future,
{
    type Data = Bytes;
    type Error = <S::Item as IntoEncoded>::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.poll_next(cx).map_ok(Frame::data)
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_none()
    }
}

/// Shows states, but nothing of the events.
impl<S, K, U> fmt::Debug for EventBody<S, K, U>
where
    S: Stream,
    S::Item: IntoEncoded,
    K: Sleep,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBody")
            .field("ended", &self.stream.is_none())
            .field("keep_alive", &self.keep_alive.interval())
            .finish_non_exhaustive()
    }
}
