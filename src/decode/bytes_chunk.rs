//! A chunk of `Bytes`, and an iterator over its events.

use core::fmt;
use core::iter::FusedIterator;

use bytes::Bytes;

use crate::decode::bytes_decoder::BytesDecoder;
use crate::decode::bytes_window::BytesWindow;
use crate::error::DecodeError;
use crate::event::event_bytes::EventBytes;

/// A chunk of [`Bytes`] while its events are decoded: the rest of it, and the part of its text that is validated already.
///
/// It is created by `BytesChunk::from(bytes)` and advanced by [`BytesDecoder::iter_events`].
#[derive(Default)]
pub struct BytesChunk {
    pub(crate) rest: Bytes,
    pub(crate) window: BytesWindow,
}

impl BytesChunk {
    /// Returns an empty chunk.
    #[must_use]
    pub const fn new() -> Self {
        Self { rest: Bytes::new(), window: BytesWindow::new() }
    }

    /// The rest of the chunk, which is not decoded yet.
    #[inline]
    #[must_use]
    pub const fn rest(&self) -> &Bytes {
        &self.rest
    }

    /// Returns the rest of the chunk, which is not decoded yet.
    #[must_use]
    pub fn into_rest(self) -> Bytes {
        self.rest
    }
}

/// Shows the length of the rest, but nothing that the peer sent.
impl fmt::Debug for BytesChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesChunk").field("rest_len", &self.rest.len()).finish_non_exhaustive()
    }
}

impl From<Bytes> for BytesChunk {
    #[inline]
    fn from(chunk: Bytes) -> Self {
        Self { rest: chunk, window: BytesWindow::new() }
    }
}

/// An iterator over the events of a chunk: returned by [`BytesDecoder::iter_events`].
///
/// # Input
///
/// One chunk. The iterator can be dropped at any time: the chunk is then positioned after the last event that was returned, and
/// decoding continues from there.
///
/// # Output
///
/// The events of [`BytesDecoder::next_event`].
///
/// # End of stream
///
/// `None` is the end of the chunk. For the end of the stream call [`BytesDecoder::end_of_stream`].
///
/// # Limits
///
/// Those of the decoder.
///
/// # After an error
///
/// As [`BytesDecoder`]: the next item follows.
///
/// # Complexity
///
/// That of [`BytesDecoder`].
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct BytesEvents<'d> {
    decoder: &'d mut BytesDecoder,
    chunk: &'d mut BytesChunk,
}

impl BytesEvents<'_> {
    /// The decoder, in its state after the last event that was returned.
    #[must_use]
    pub const fn decoder(&self) -> &BytesDecoder {
        self.decoder
    }

    /// The rest of the chunk.
    #[must_use]
    pub const fn rest(&self) -> &Bytes {
        self.chunk.rest()
    }
}

impl Iterator for BytesEvents<'_> {
    type Item = Result<EventBytes, DecodeError>;

    /// Returns the next event, or the error of an event that exceeded a limit, after which decoding continues; `None` if the
    /// chunk is consumed.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.decoder.next_with(&mut self.chunk.rest, &mut self.chunk.window)
    }
}

impl FusedIterator for BytesEvents<'_> {}

/// Shows lengths and states, but nothing that the peer sent.
impl fmt::Debug for BytesEvents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesEvents").field("decoder", self.decoder).field("chunk", self.chunk).finish()
    }
}

impl BytesDecoder {
    /// Returns an iterator over the events of a chunk: those of [`next_event`](Self::next_event). It advances the chunk past
    /// what was consumed.
    ///
    /// It is faster than `next_event` where a chunk has many events, as the UTF-8 of up to 8 KiB is validated at once.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use sse_proto::{BytesChunk, BytesDecoder};
    ///
    /// let mut decoder = BytesDecoder::new();
    /// let mut chunk = BytesChunk::from(Bytes::from("data: one\n\ndata: two\n\n"));
    /// let events = decoder.iter_events(&mut chunk).collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(events[1].data(), "two");
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    #[inline]
    pub const fn iter_events<'d>(&'d mut self, chunk: &'d mut BytesChunk) -> BytesEvents<'d> {
        BytesEvents { decoder: self, chunk }
    }
}
