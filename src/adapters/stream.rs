//! Asynchronous streams: [`EventStream`] turns a [`Stream`] of chunks into a [`Stream`] of events, on any runtime or none.
//!
//! A stream of chunks is what an HTTP client returns as the body of a response: `response.bytes_stream()` of `reqwest`, or
//! `BodyExt::into_data_stream` of `http-body-util` for any `http_body::Body`.

use core::borrow::BorrowMut;
use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use bytes::Buf;
use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::{BytesChunk, BytesDecoder, DecodeError, EndOfStream, Error, EventBytes, Ignored, ItemBuf, Limits};

pin_project! {
    /// A [`Stream`] of the events of a stream of chunks.
    ///
    /// `S` is the stream of chunks. `D` is the decoder: an owned [`BytesDecoder`], or a `&mut BytesDecoder` that outlives the
    /// stream. `T` is what is returned: [`EventBytes`], an [`ItemBuf`] after [`items`](Self::items), or a [`Signal`] after
    /// [`heartbeats`](Self::heartbeats).
    ///
    /// It is `Unpin` and `Send` if `S` is, and never boxes it.
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::pin;
    ///
    /// use bytes::Bytes;
    /// use futures_core::Stream;
    /// use sse_proto::Error;
    /// use sse_proto::adapters::stream::EventStreamExt;
    ///
    /// async fn receive<E>(chunks: impl Stream<Item = Result<Bytes, E>>) -> Result<Vec<String>, Error<E>> {
    ///     let mut events = pin!(chunks.event_stream());
    ///     let mut data = Vec::new();
    ///     // With `StreamExt` of `futures-util` or `tokio-stream`: `while let Some(event) = events.next().await`.
    ///     while let Some(event) = poll_fn(|cx| events.as_mut().poll_next(cx)).await {
    ///         match event {
    ///             Ok(event) => data.push(event.data().to_owned()),
    ///             Err(Error::Decode(error)) => eprintln!("an event was skipped: {error}"),
    ///             Err(error @ Error::Source(_)) => return Err(error),
    ///         }
    ///     }
    ///     Ok(data)
    /// }
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
    /// # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// # let chunks = Chunks(vec!["data: hel", "lo\n\ndata: bye\n\n"].into_iter());
    /// # let std::task::Poll::Ready(received) = std::future::Future::poll(pin!(receive(chunks)), &mut cx) else { panic!() };
    /// # assert_eq!(received?, ["hello", "bye"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Input
    ///
    /// Chunks of any type that is a [`Buf`], cut anywhere; an empty chunk is a no-op. `Bytes` and `BytesMut` are not copied:
    /// events are slices of them, with the exceptions that [`EventBytes`] names. For `Vec<u8>`, map the chunks with `Bytes::from`
    /// (not copied) or `Cursor::new` (copied once). A chunk of several pieces is copied into one first.
    ///
    /// # Output
    ///
    /// Each event is returned as soon as the chunk with its final byte has arrived. [`items`](Self::items) returns blocks
    /// without data, comments and ignored lines, too, in order; [`heartbeats`](Self::heartbeats) makes keep-alives visible.
    ///
    /// # End of stream
    ///
    /// At the end of the stream of chunks it returns `None` from then on, and does not poll again: it is a [`FusedStream`].
    /// [`end_of_stream`](Self::end_of_stream) then returns the decoder for the next connection, and what the stream left.
    ///
    /// Polling is cancel-safe: nothing is lost if the future of an item is dropped. If the stream itself may be dropped, as by
    /// a timeout around the whole loop, pass a `&mut BytesDecoder` to [`with_decoder`](EventStream::with_decoder): it has the
    /// last event ID afterwards.
    ///
    /// A connection that is cut may show in two ways, depending on its transport: as an [`Error::Source`], or as a clean end whose
    /// [`EndOfStream`] is incomplete. A cut between two events shows only if the protocol above has an end of its own, as `[DONE]`.
    ///
    /// # Limits
    ///
    /// Those of the decoder: see [`Limits`] and [`with_limits`](EventStream::with_limits). The current chunk, and a copy of
    /// at most 8 KiB of it, are held in addition. There is no clock: for an idle timeout see
    /// [`heartbeats`](Self::heartbeats).
    ///
    /// # After an error
    ///
    /// - [`Error::Decode`]: an event exceeded a limit and is skipped. The next event follows, so this is not the end of the
    ///   stream.
    /// - [`Error::Source`]: an error of the stream of chunks, as it is. The next poll polls that stream again; whether
    ///   anything follows is up to it. Most end after an error, some return the same error for ever.
    ///
    /// So the loop that decodes all there is leaves on `Error::Source` alone. [`until_error`](Self::until_error) makes the
    /// first error of any kind the end.
    ///
    /// # Complexity
    ///
    /// That of [`BytesDecoder`].
    #[must_use = "streams do nothing unless they are polled"]
    pub struct EventStream<S, D = BytesDecoder, T = EventBytes> {
        #[pin]
        stream: S,
        decoder: D,
        chunk: BytesChunk,
        until_error: bool,
        ended: bool,
        output: PhantomData<fn() -> T>,
    }
}

/// A [`Stream`] of everything that a stream of chunks carries: returned by [`EventStream::items`].
pub type Items<S, D = BytesDecoder> = EventStream<S, D, ItemBuf<EventBytes>>;

/// A [`Stream`] of events and heartbeats: returned by [`EventStream::heartbeats`].
pub type Heartbeats<S, D = BytesDecoder> = EventStream<S, D, Signal>;

impl<S> EventStream<S> {
    /// Returns the events of this stream, with a new decoder.
    pub const fn new(stream: S) -> Self {
        Self::with_decoder(stream, BytesDecoder::new())
    }

    /// Returns the events of this stream, with a new decoder that has these limits.
    pub const fn with_limits(stream: S, limits: Limits) -> Self {
        Self::with_decoder(stream, BytesDecoder::with_limits(limits))
    }
}

impl<S, D: BorrowMut<BytesDecoder>> EventStream<S, D> {
    /// Returns the events of this stream, with this decoder, which may be a `&mut BytesDecoder`.
    ///
    /// The decoder continues where it is. After an earlier connection, call [`BytesDecoder::end_of_stream`] first, so that an
    /// incomplete event of that connection is dropped.
    pub const fn with_decoder(stream: S, decoder: D) -> Self {
        Self { stream, decoder, chunk: BytesChunk::new(), until_error: false, ended: false, output: PhantomData }
    }

    /// Returns everything in order: events, blocks without data, comments and ignored lines, as
    /// [`BytesDecoder::next_item`], each in its own allocation.
    ///
    /// Call it before the first event is polled: of a line that was decoded in part, only the rest is returned.
    pub fn items(self) -> Items<S, D> {
        self.with_output()
    }

    /// Returns events, and a [`Signal::Heartbeat`] for each chunk that completed none: for an idle timeout.
    ///
    /// Comments, which servers send as keep-alives, give no events; neither does a part of a long event. Both show that the
    /// connection is alive.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use bytes::Bytes;
    /// use futures_util::{StreamExt, stream};
    /// use sse_proto::adapters::stream::{EventStreamExt, Signal};
    /// use tokio::time::timeout;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    /// # runtime.block_on(async {
    /// let chunks = ["data: a\n\n", ": keep-alive\n", "data: b"].map(|chunk| Ok::<_, std::io::Error>(Bytes::from(chunk)));
    /// // A connection that is silent after the last chunk, but not closed.
    /// let chunks = stream::iter(chunks).chain(stream::pending());
    ///
    /// let (mut signals, mut seen) = (chunks.event_stream().heartbeats(), Vec::new());
    /// while let Ok(Some(signal)) = timeout(Duration::from_secs(30), signals.next()).await {
    ///     match signal? {
    ///         Signal::Event(event) => seen.push(event.data().to_owned()),
    ///         Signal::Heartbeat => seen.push("heartbeat".to_owned()),
    ///     }
    /// }
    /// assert_eq!(seen, ["a", "heartbeat", "heartbeat"]);
    /// # Ok::<(), sse_proto::Error<std::io::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn heartbeats(self) -> Heartbeats<S, D> {
        self.with_output()
    }
}

impl<S, D: BorrowMut<BytesDecoder>> Heartbeats<S, D> {
    /// Returns the events alone, from here on.
    pub fn into_events(self) -> EventStream<S, D> {
        self.with_output()
    }
}

impl<S, D: BorrowMut<BytesDecoder>, T> EventStream<S, D, T> {
    /// Makes the first error the end: it is returned, then `None` from then on.
    ///
    /// This includes events that exceed a limit, after which the stream would continue. The rest of the chunk is not decoded.
    pub fn until_error(mut self) -> Self {
        self.until_error = true;
        self
    }

    /// Returns the decoder.
    pub fn decoder(&self) -> &BytesDecoder {
        self.decoder.borrow()
    }

    /// Returns the decoder, to set the last event ID, to free memory while the stream is idle, or to dispatch an incomplete
    /// event at the end.
    pub fn decoder_mut(&mut self) -> &mut BytesDecoder {
        self.decoder.borrow_mut()
    }

    /// Returns the decoder of a pinned stream, as [`decoder_mut`](Self::decoder_mut).
    #[must_use]
    pub fn decoder_pin_mut(self: Pin<&mut Self>) -> &mut BytesDecoder {
        self.project().decoder.borrow_mut()
    }

    /// Returns the last event ID, as [`Decoder::last_event_id`](crate::Decoder::last_event_id).
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder().last_event_id()
    }

    /// Returns the reconnection time, as [`Decoder::reconnection_time`](crate::Decoder::reconnection_time).
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder().reconnection_time()
    }

    /// Returns the lines of this stream that were ignored so far, as [`Decoder::ignored`](crate::Decoder::ignored).
    #[must_use]
    pub fn ignored(&self) -> &Ignored {
        self.decoder().ignored()
    }

    /// Returns how many ill-formed sequences of UTF-8 were replaced so far, as
    /// [`Decoder::utf8_replacements`](crate::Decoder::utf8_replacements).
    #[must_use]
    pub fn utf8_replacements(&self) -> u64 {
        self.decoder().utf8_replacements()
    }

    /// Returns the stream of chunks.
    pub const fn get_ref(&self) -> &S {
        &self.stream
    }

    /// Returns the stream of chunks. Chunks that are taken from it are not decoded.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    /// Returns the stream of chunks, pinned. Chunks that are taken from it are not decoded.
    #[must_use]
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut S> {
        self.project().stream
    }

    /// Returns the stream of chunks, the decoder, and what is left of the current chunk, which is not decoded yet.
    pub fn into_inner(self) -> (S, D, BytesChunk) {
        (self.stream, self.decoder, self.chunk)
    }

    /// Ends the stream here, whether it has ended, has failed or could continue. Returns the decoder, ready for the next
    /// connection, and what the stream left ([`Decoder::end_of_stream`](crate::Decoder::end_of_stream)).
    ///
    /// A stream that is pinned cannot be moved: use [`decoder_pin_mut`](Self::decoder_pin_mut), or a decoder that is borrowed.
    #[must_use = "the decoder has the last event ID for the next connection"]
    pub fn end_of_stream(mut self) -> (D, EndOfStream) {
        let end = self.decoder_mut().end_of_stream();
        (self.decoder, end)
    }

    fn with_output<U>(self) -> EventStream<S, D, U> {
        let Self { stream, decoder, chunk, until_error, ended, output: _ } = self;
        // Without the validated text, which `items` does not use up.
        let chunk = BytesChunk::from(chunk.into_rest());
        EventStream { stream, decoder, chunk, until_error, ended, output: PhantomData }
    }
}

/// Polls until the stream returns an output.
// Each call would move the event through memory.
#[inline(always)]
fn poll_output<S, D, T, B, E>(
    events: Pin<&mut EventStream<S, D, T>>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<T, Error<E>>>>
where
    S: Stream<Item = Result<B, E>>,
    D: BorrowMut<BytesDecoder>,
    T: Output,
    B: Buf,
{
    let mut this = events.project();
    if *this.ended {
        return Poll::Ready(None);
    }
    let decoder: &mut BytesDecoder = this.decoder.borrow_mut();
    let mut is_new = false;
    loop {
        if !this.chunk.rest().is_empty() {
            if let Some(output) = T::next(decoder, this.chunk) {
                *this.ended = *this.until_error && output.is_err();
                return Poll::Ready(Some(output.map_err(Error::Decode)));
            }
        }
        if let Some(output) = T::of_no_event().filter(|_| is_new) {
            return Poll::Ready(Some(Ok(output)));
        }
        match ready!(this.stream.as_mut().poll_next(cx)) {
            Some(Ok(input)) => {
                if let Err(error) = T::begin(decoder, this.chunk, input) {
                    *this.ended = *this.until_error;
                    return Poll::Ready(Some(Err(Error::Decode(error))));
                }
                is_new = true;
            }
            Some(Err(error)) => {
                *this.ended = *this.until_error;
                return Poll::Ready(Some(Err(Error::Source(error))));
            }
            None => {
                *this.ended = true;
                return Poll::Ready(T::last(decoder).map(Ok));
            }
        }
    }
}

/// What an [`EventStream`] returns.
trait Output: Sized {
    /// Begins the next chunk. What gives no output may be consumed at once: it is not moved then.
    // A call would move the chunk through memory.
    #[inline(always)]
    fn begin(decoder: &mut BytesDecoder, chunk: &mut BytesChunk, mut input: impl Buf) -> Result<(), DecodeError> {
        let skipped = decoder.skip(&mut input);
        if input.has_remaining() {
            chunk.rest = input.copy_to_bytes(input.remaining());
        }
        skipped
    }

    /// The next one of the current chunk; `None` if all of it is consumed.
    fn next(decoder: &mut BytesDecoder, chunk: &mut BytesChunk) -> Option<Result<Self, DecodeError>>;

    /// What stands for a chunk that completed no event.
    fn of_no_event() -> Option<Self> {
        None
    }

    /// What is left at the end of the stream of chunks.
    fn last(_: &mut BytesDecoder) -> Option<Self> {
        None
    }
}

impl Output for EventBytes {
    // A call would move the event through memory.
    #[inline(always)]
    fn next(decoder: &mut BytesDecoder, chunk: &mut BytesChunk) -> Option<Result<Self, DecodeError>> {
        decoder.next_with(&mut chunk.rest, &mut chunk.window)
    }
}

impl Output for ItemBuf<EventBytes> {
    fn next(decoder: &mut BytesDecoder, chunk: &mut BytesChunk) -> Option<Result<Self, DecodeError>> {
        decoder.next_item(&mut chunk.rest).transpose()
    }

    fn begin(_: &mut BytesDecoder, chunk: &mut BytesChunk, mut input: impl Buf) -> Result<(), DecodeError> {
        chunk.rest = input.copy_to_bytes(input.remaining());
        Ok(())
    }

    fn last(decoder: &mut BytesDecoder) -> Option<Self> {
        decoder.unfinished_item()
    }
}

impl Output for Signal {
    fn next(decoder: &mut BytesDecoder, chunk: &mut BytesChunk) -> Option<Result<Self, DecodeError>> {
        decoder.next_with(&mut chunk.rest, &mut chunk.window).map(|event| event.map(Self::Event))
    }

    fn of_no_event() -> Option<Self> {
        Some(Self::Heartbeat)
    }
}

impl<S, D, B, E> Stream for EventStream<S, D>
where
    S: Stream<Item = Result<B, E>>,
    D: BorrowMut<BytesDecoder>,
    B: Buf,
{
    type Item = Result<EventBytes, Error<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_output(self, cx)
    }
}

impl<S, D, B, E> Stream for Items<S, D>
where
    S: Stream<Item = Result<B, E>>,
    D: BorrowMut<BytesDecoder>,
    B: Buf,
{
    type Item = Result<ItemBuf<EventBytes>, Error<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_output(self, cx)
    }
}

impl<S, D, B, E> Stream for Heartbeats<S, D>
where
    S: Stream<Item = Result<B, E>>,
    D: BorrowMut<BytesDecoder>,
    B: Buf,
{
    type Item = Result<Signal, Error<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_output(self, cx)
    }
}

impl<S, D, T> FusedStream for EventStream<S, D, T>
where
    Self: Stream,
{
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

/// Shows the decoder, lengths and states, but nothing that the peer sent.
impl<S, D: BorrowMut<BytesDecoder>, T> fmt::Debug for EventStream<S, D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("decoder", self.decoder())
            .field("chunk", &self.chunk)
            .field("until_error", &self.until_error)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// What a stream of chunks has brought: an item of [`EventStream::heartbeats`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a chunk completes an event, or it does not")]
pub enum Signal {
    /// An event.
    Event(EventBytes),
    /// A chunk that completed no event.
    Heartbeat,
}

/// Adds [`event_stream`](Self::event_stream) to every stream: `response.bytes_stream().event_stream()`.
pub trait EventStreamExt: Stream + Sized {
    /// Returns the events of this stream of chunks, with a new decoder: [`EventStream::new`].
    fn event_stream<B, E>(self) -> EventStream<Self>
    where
        Self: Stream<Item = Result<B, E>>,
        B: Buf,
    {
        EventStream::new(self)
    }

    /// Returns the events of this stream of chunks, with this decoder: [`EventStream::with_decoder`].
    ///
    /// With a decoder that is borrowed, the last event ID survives the stream:
    ///
    /// ```
    /// use std::future::poll_fn;
    /// use std::pin::pin;
    ///
    /// use bytes::Bytes;
    /// use futures_core::Stream;
    /// use sse_proto::BytesDecoder;
    /// use sse_proto::adapters::stream::EventStreamExt;
    ///
    /// /// Can be dropped at any time, as by a timeout: the decoder has the ID of the last event that was returned.
    /// async fn receive<E>(chunks: impl Stream<Item = Result<Bytes, E>>, decoder: &mut BytesDecoder) {
    ///     let mut events = pin!(chunks.event_stream_with(decoder));
    ///     while let Some(Ok(event)) = poll_fn(|cx| events.as_mut().poll_next(cx)).await {
    ///         println!("{}", event.data());
    ///     }
    /// }
    ///
    /// # struct Chunks(std::vec::IntoIter<&'static str>);
    /// # impl Stream for Chunks {
    /// #     type Item = Result<Bytes, std::io::Error>;
    /// #     fn poll_next(
    /// #         mut self: std::pin::Pin<&mut Self>,
    /// #         _: &mut std::task::Context<'_>,
    /// #     ) -> std::task::Poll<Option<Self::Item>> {
    /// #         match self.0.next() {
    /// #             Some(chunk) => std::task::Poll::Ready(Some(Ok(chunk.into()))),
    /// #             None => std::task::Poll::Pending,
    /// #         }
    /// #     }
    /// # }
    /// # let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// let mut decoder = BytesDecoder::new();
    /// # let chunks = Chunks(vec!["id: 7\ndata: hello\n\nid: 8\ndata: by"].into_iter());
    /// # {
    /// # let mut future = pin!(receive(chunks, &mut decoder));
    /// # assert!(std::future::Future::poll(future.as_mut(), &mut cx).is_pending());
    /// # }
    /// // After `receive` was dropped:
    /// decoder.end_of_stream();
    /// assert_eq!(decoder.last_event_id(), "7");
    /// ```
    fn event_stream_with<D, B, E>(self, decoder: D) -> EventStream<Self, D>
    where
        Self: Stream<Item = Result<B, E>>,
        D: BorrowMut<BytesDecoder>,
        B: Buf,
    {
        EventStream::with_decoder(self, decoder)
    }
}

impl<S: Stream> EventStreamExt for S {}
