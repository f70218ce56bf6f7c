//! The events of a body.

use core::borrow::BorrowMut;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use bytes::Buf;
use futures_core::Stream;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::BytesDecoder;
use crate::adapters::stream::EventStream;

/// A [`Stream`] of the events of a body: returned by [`EventBodyExt::into_events`].
///
/// The data frames of the body are the chunks; trailers are dropped and empty frames are skipped ([`BodyChunks`]). Output, end of
/// stream, limits, what follows an error, and complexity are those of [`EventStream`].
pub type BodyEvents<B, D = BytesDecoder> = EventStream<BodyChunks<B>, D>;

/// Adds [`into_events`](Self::into_events) to every [`Body`]: that of a response, or of a request.
///
/// ```
/// use std::pin::pin;
///
/// use futures_util::StreamExt;
/// use http_body::Body;
/// use sse_proto::Error;
/// use sse_proto::adapters::body::EventBodyExt;
///
/// async fn receive<B: Body>(response: http::Response<B>) -> Result<Vec<String>, Error<B::Error>> {
///     let mut events = pin!(response.into_body().into_events());
///     let mut data = Vec::new();
///     while let Some(event) = events.next().await {
///         match event {
///             Ok(event) => data.push(event.data().to_owned()),
///             Err(Error::Decode(error)) => eprintln!("an event was skipped: {error}"),
///             Err(error @ Error::Source(_)) => return Err(error),
///         }
///     }
///     Ok(data)
/// }
/// # use futures_util::FutureExt;
/// # let response = http::Response::new(http_body_util::Full::new(&b"data: one\n\ndata: two\n\n"[..]));
/// # assert_eq!(receive(response).now_or_never().expect("ready")?, ["one", "two"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It does not look at the status and the headers. See [`is_event_stream`](crate::headers::is_event_stream): an error page has no
/// events either.
pub trait EventBodyExt: Body + Sized {
    /// Returns the events of this body, with a new decoder.
    fn into_events(self) -> BodyEvents<Self> {
        EventStream::new(BodyChunks::new(self))
    }

    /// Returns the events of this body, with this decoder, which may be a `&mut BytesDecoder` that outlives the body.
    ///
    /// The decoder continues where it is. After an earlier connection, call [`BytesDecoder::end_of_stream`] first.
    ///
    /// ```
    /// use futures_util::{FutureExt, StreamExt};
    /// use http_body_util::Full;
    /// use sse_proto::adapters::body::EventBodyExt;
    /// use sse_proto::{BytesDecoder, Limits};
    ///
    /// let mut decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(5));
    /// for body in ["id: 1\ndata: one\n\ndata: much too long\n\n", "data: two\n\n"] {
    ///     let events = Full::new(body.as_bytes()).into_events_with(&mut decoder);
    ///     let data = events.map(|event| event.map(|event| event.data().len())).collect::<Vec<_>>();
    ///     assert_eq!(data.now_or_never().expect("ready")[0].as_ref().ok(), Some(&3));
    ///     decoder.end_of_stream();
    /// }
    /// assert_eq!(decoder.last_event_id(), "1");
    /// ```
    fn into_events_with<D: BorrowMut<BytesDecoder>>(self, decoder: D) -> BodyEvents<Self, D> {
        EventStream::with_decoder(BodyChunks::new(self), decoder)
    }
}

impl<B: Body> EventBodyExt for B {}

pin_project! {
    /// A [`Stream`] of the data of a [`Body`]: what an [`EventStream`] reads.
    ///
    /// Trailers are dropped and empty frames are skipped. It is `Unpin` and `Send` if the body is, and never boxes it. After an
    /// error the body decides whether anything follows.
    #[must_use = "streams do nothing unless they are polled"]
    pub struct BodyChunks<B> {
        #[pin]
        body: B,
    }
}

impl<B: Body> BodyChunks<B> {
    /// Returns the data of this body.
    pub const fn new(body: B) -> Self {
        Self { body }
    }
}

impl<B> BodyChunks<B> {
    /// Returns the body.
    pub const fn get_ref(&self) -> &B {
        &self.body
    }

    /// Returns the body. Frames that are taken from it are missing here.
    pub const fn get_mut(&mut self) -> &mut B {
        &mut self.body
    }

    /// Returns the body, pinned. Frames that are taken from it are missing here.
    #[must_use]
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut B> {
        self.project().body
    }

    /// Returns the body.
    pub fn into_inner(self) -> B {
        self.body
    }
}

impl<B: Body> Stream for BodyChunks<B> {
    type Item = Result<B::Data, B::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.project().body;
        loop {
            match ready!(body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.has_remaining() => return Poll::Ready(Some(Ok(data))),
                    Ok(_) | Err(_) => {}
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Shows nothing of the body.
impl<B> fmt::Debug for BodyChunks<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyChunks").finish_non_exhaustive()
    }
}
