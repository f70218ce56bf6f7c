//! Asynchronous streams: a [`Stream`] of chunks becomes a [`Stream`] of events, on any runtime or none.

use alloc::boxed::Box;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use bytes::Bytes;
use futures_core::{FusedStream, Stream};

use crate::{BytesChunk, BytesDecoder, EndOfStream, Error, EventBytes};

/// The events of a stream of chunks.
///
/// Made by [`EventStreamExt::event_stream`], or by [`new`](Self::new) for streams that are `Unpin`. It is `Send` if the stream
/// of chunks is, and asks for no more.
///
/// # Items
///
/// Events as they are complete. An error of the stream of chunks is given as it is; whether anything follows is up to
/// that stream. An event that broke a limit is an error, and the next event follows.
///
/// # End
///
/// After the end of the stream of chunks it gives `None`, again and again; what was incomplete is dropped.
/// [`end_of_stream`](Self::end_of_stream) gives the decoder for the next connection, with the last event ID and the
/// reconnection time. Nothing is lost if the future of an item is dropped.
///
/// # Complexity
///
/// As [`BytesDecoder`]. Never more than one chunk is held, and a copy of 8 KiB of it.
///
/// ```
/// use bytes::Bytes;
/// use futures_core::Stream;
/// use sse_proto::adapters::stream::EventStreamExt;
///
/// # struct Chunks(std::vec::IntoIter<&'static str>);
/// # impl Stream for Chunks {
/// #     type Item = Result<Bytes, std::io::Error>;
/// #     fn poll_next(
/// #         mut self: std::pin::Pin<&mut Self>,
/// #         _: &mut std::task::Context<'_>,
/// #     ) -> std::task::Poll<Option<Self::Item>> {
/// #         std::task::Poll::Ready(self.0.next().map(|chunk| Ok(chunk.into())))
/// #     }
/// # }
/// # let response = Chunks(vec!["id: 7\ndata: hel", "lo\n\ndata: bye\n\n"].into_iter());
/// # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
/// let mut events = response.event_stream();
/// let mut data = Vec::new();
/// // With an async runtime: `while let Some(event) = events.next().await`.
/// while let std::task::Poll::Ready(Some(event)) = std::pin::Pin::new(&mut events).poll_next(&mut cx) {
///     data.push(event?.data().to_owned());
/// }
/// assert_eq!(data, ["hello", "bye"]);
/// assert_eq!(events.last_event_id(), "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "streams do nothing unless they are polled"]
pub struct EventStream<S> {
    stream: S,
    decoder: BytesDecoder,
    chunk: BytesChunk,
    ended: bool,
}

impl<S> EventStream<S> {
    /// The events of this stream, with a new decoder.
    pub const fn new(stream: S) -> Self {
        Self::with_decoder(stream, BytesDecoder::new())
    }

    /// The events of this stream, with this decoder: one with other limits, or one that has seen earlier connections.
    pub const fn with_decoder(stream: S, decoder: BytesDecoder) -> Self {
        Self { stream, decoder, chunk: BytesChunk::new(), ended: false }
    }

    /// Makes signs of life visible: see [`Heartbeats`].
    pub const fn heartbeats(self) -> Heartbeats<S> {
        Heartbeats { events: self }
    }

    /// The decoder, which knows the last event ID and the reconnection time.
    pub const fn decoder(&self) -> &BytesDecoder {
        &self.decoder
    }

    /// The decoder, to set the last event ID, or to give back memory while the stream is idle.
    pub const fn decoder_mut(&mut self) -> &mut BytesDecoder {
        &mut self.decoder
    }

    /// The last event ID in force, as [`Decoder::last_event_id`](crate::Decoder::last_event_id).
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// The reconnection time, as [`Decoder::reconnection_time`](crate::Decoder::reconnection_time).
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    /// Ends the stream here, whether it has ended, has failed or could go on: gives the decoder, ready for the next
    /// connection, and whether an incomplete event was dropped.
    #[must_use]
    pub fn end_of_stream(mut self) -> (BytesDecoder, EndOfStream) {
        let end = self.decoder.end_of_stream();
        (self.decoder, end)
    }
}

impl<S, B, E> EventStream<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Into<Bytes>,
{
    /// The next event of the chunk at hand; `None` if it is used up.
    #[inline]
    fn next_in_chunk(&mut self) -> Option<Result<EventBytes, Error<E>>> {
        if self.chunk.rest().is_empty() {
            return None;
        }
        self.decoder.next_of(&mut self.chunk).map(|event| event.map_err(Error::Decode))
    }

    /// Waits for the next chunk, and goes on with it to where the next block can begin, or to the end of an event that was kept:
    /// most chunks of a long event do not come so far, and are never moved.
    #[inline]
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Option<EventBytes>, Error<E>>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        Poll::Ready(match ready!(Pin::new(&mut self.stream).poll_next(cx)) {
            Some(Ok(chunk)) => {
                let mut chunk = chunk.into();
                if self.decoder.take_tiny(&chunk) {
                    return Poll::Ready(Some(Ok(None)));
                }
                let event = if self.decoder.is_between_blocks() {
                    self.decoder.skip_keep_alives(&mut chunk);
                    Ok(None)
                } else {
                    self.decoder.resume(&mut chunk).map_err(Error::Decode)
                };
                if !chunk.is_empty() {
                    self.chunk.replace(chunk);
                }
                Some(event)
            }
            Some(Err(error)) => Some(Err(Error::Source(error))),
            None => {
                self.ended = true;
                None
            }
        })
    }
}

impl<S, B, E> Stream for EventStream<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Into<Bytes>,
{
    type Item = Result<EventBytes, Error<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let events = self.get_mut();
        loop {
            if let Some(event) = events.next_in_chunk() {
                return Poll::Ready(Some(event));
            }
            match ready!(events.poll_chunk(cx)) {
                Some(Ok(None)) => {}
                Some(Ok(Some(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<S, B, E> FusedStream for EventStream<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Into<Bytes>,
{
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

/// The events of a stream of chunks, and a sign for each chunk that completed none: what an idle time-out needs to see.
///
/// Comments, which servers send as keep-alives, give no events; nor does a part of a long event. Both show that the
/// connection lives.
#[derive(Debug)]
#[must_use = "streams do nothing unless they are polled"]
pub struct Heartbeats<S> {
    events: EventStream<S>,
}

impl<S> Heartbeats<S> {
    /// The events alone, from here on.
    pub fn into_events(self) -> EventStream<S> {
        self.events
    }
}

impl<S, B, E> Stream for Heartbeats<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Into<Bytes>,
{
    type Item = Result<Signal, Error<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let events = &mut self.get_mut().events;
        if let Some(event) = events.next_in_chunk() {
            return Poll::Ready(Some(event.map(Signal::Event)));
        }
        Poll::Ready(match ready!(events.poll_chunk(cx)) {
            Some(Ok(Some(event))) => Some(Ok(Signal::Event(event))),
            Some(Ok(None)) => {
                Some(events.next_in_chunk().map_or(Ok(Signal::Heartbeat), |event| event.map(Signal::Event)))
            }
            Some(Err(error)) => Some(Err(error)),
            None => None,
        })
    }
}

impl<S, B, E> FusedStream for Heartbeats<S>
where
    S: Stream<Item = Result<B, E>> + Unpin,
    B: Into<Bytes>,
{
    fn is_terminated(&self) -> bool {
        self.events.ended
    }
}

/// What a stream of chunks has brought.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a chunk completes an event, or it does not")]
pub enum Signal {
    /// An event.
    Event(EventBytes),
    /// A chunk that completed no event.
    Heartbeat,
}

/// Gives any stream of chunks its events: `response.bytes_stream().event_stream()`.
pub trait EventStreamExt: Stream + Sized {
    /// The events of this stream. It is put into a box, once, since not every stream can be moved; for one that can,
    /// [`EventStream::new`] does without.
    fn event_stream<B, E>(self) -> EventStream<Pin<Box<Self>>>
    where
        Self: Stream<Item = Result<B, E>>,
        B: Into<Bytes>,
    {
        EventStream::new(Box::pin(self))
    }
}

impl<S: Stream> EventStreamExt for S {}
