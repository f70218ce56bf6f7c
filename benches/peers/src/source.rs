//! Sources of chunks for the contenders: iterators and streams that are always ready.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use futures_core::Stream;

/// A stream of the items of an iterator.
pub struct Ready<I>(pub I);

impl<I: Iterator + Unpin> Stream for Ready<I> {
    type Item = Result<I::Item, Infallible>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

/// Polls a stream to its end. Its source is always ready.
#[inline]
pub fn drain<S: Stream<Item = Result<T, E>>, T, E: std::fmt::Debug>(
    stream: S,
    mut take: impl FnMut(T),
) -> Result<(), String> {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(Ok(item))) => take(item),
            Poll::Ready(Some(Err(error))) => return Err(format!("{error:?}")),
            Poll::Ready(None) => return Ok(()),
            Poll::Pending => return Err("pending, though the source is ready".into()),
        }
    }
}

/// Ends the chunks early once the deadline has passed.
pub struct Deadline<I> {
    pub chunks: I,
    pub end: Instant,
    pub late: Arc<AtomicBool>,
}

impl<I: Iterator> Iterator for Deadline<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let late = self.late.load(Ordering::Relaxed) || Instant::now() > self.end;
        self.late.store(late, Ordering::Relaxed);
        if late { None } else { self.chunks.next() }
    }
}
