//! A response body of any type, as every server here takes it: as a [`Body`] and as a [`Stream`].

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::{fmt, io};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::watch;

use crate::BoxError;

/// A boxed response body. axum and hyper poll it as a body, actix-web as a stream.
pub struct Served {
    body: Box<dyn Both>,
    guard: Option<Guard>,
}

impl Served {
    /// Boxes a body that is also a stream, such as `EventBody`.
    pub fn new<B, E>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error = E> + Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        Self { body: Box::new(Original(Box::pin(body))), guard: None }
    }

    /// Boxes a stream of frames.
    pub fn frames(frames: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Self {
        Self { body: Box::new(Frames(Box::pin(frames))), guard: None }
    }

    /// A body that is sent at once.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::frames(futures_util::stream::iter([Ok(bytes)]))
    }

    /// Counts this body until it is dropped, and its bytes.
    #[must_use]
    pub fn counted(self, counts: &Counts) -> Self {
        counts.open.send_modify(|open| *open += 1);
        Self { guard: Some(Guard(counts.clone())), ..self }
    }

    fn count<T>(&self, polled: &Poll<Option<io::Result<T>>>, len: impl FnOnce(&T) -> usize) {
        if let (Some(Guard(counts)), Poll::Ready(Some(Ok(frame)))) = (&self.guard, polled) {
            counts.frames.fetch_add(1, Ordering::Relaxed);
            counts.bytes.fetch_add(len(frame) as u64, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

/// What a server has taken of all its bodies.
#[derive(Clone, Debug)]
pub struct Counts {
    open: watch::Sender<usize>,
    frames: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

impl Counts {
    /// Returns counts of nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { open: watch::Sender::new(0), frames: Arc::default(), bytes: Arc::default() }
    }

    /// How many bodies are not dropped yet.
    #[must_use]
    pub fn open(&self) -> usize {
        *self.open.borrow()
    }

    /// Waits until exactly this many bodies are open.
    pub async fn wait_until_open(&self, number: usize) {
        // It cannot fail: the sender is here.
        let _ = self.open.subscribe().wait_for(|&open| open == number).await;
    }

    /// How many frames the library took.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// How many bytes they had.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self::new()
    }
}

struct Guard(Counts);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
    }
}

impl Body for Served {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let polled = self.body.next_frame(cx);
        self.count(&polled, |frame| frame.data_ref().map_or(0, Bytes::len));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.hint()
    }
}

impl Stream for Served {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let polled = self.body.next_item(cx);
        self.count(&polled, Bytes::len);
        polled
    }
}

trait Both: Send {
    fn next_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>>;
    fn next_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>>;
    fn is_end(&self) -> bool;
    fn hint(&self) -> SizeHint;
}

struct Original<B>(Pin<Box<B>>);

impl<B, E> Both for Original<B>
where
    B: Body<Data = Bytes, Error = E> + Stream<Item = Result<Bytes, E>> + Send,
    E: Into<BoxError>,
{
    fn next_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.0.as_mut().poll_frame(cx).map_err(io::Error::other)
    }

    fn next_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.0.as_mut().poll_next(cx).map_err(io::Error::other)
    }

    fn is_end(&self) -> bool {
        self.0.is_end_stream()
    }

    fn hint(&self) -> SizeHint {
        Body::size_hint(self.0.as_ref().get_ref())
    }
}

struct Frames<S>(Pin<Box<S>>);

impl<S: Stream<Item = io::Result<Bytes>> + Send> Both for Frames<S> {
    fn next_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.next_item(cx).map_ok(Frame::data)
    }

    fn next_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.0.as_mut().poll_next(cx)
    }

    fn is_end(&self) -> bool {
        false
    }

    fn hint(&self) -> SizeHint {
        SizeHint::new()
    }
}
