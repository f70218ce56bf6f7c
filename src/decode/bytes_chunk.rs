//! A chunk of `Bytes` and its events.

use core::fmt;
use core::iter::FusedIterator;

use bytes::Bytes;

use crate::decode::bytes_decoder::BytesDecoder;
use crate::decode::bytes_window::BytesWindow;
use crate::error::DecodeError;
use crate::event::event_bytes::EventBytes;
#[cfg(feature = "stream")]
use crate::event::item::ItemBuf;

/// A chunk while its events are taken: what is left of it, and what is known of its text.
#[derive(Default)]
pub struct BytesChunk {
    rest: Bytes,
    window: BytesWindow,
}

impl BytesChunk {
    /// A chunk of which nothing is left.
    #[must_use]
    pub const fn new() -> Self {
        Self { rest: Bytes::new(), window: BytesWindow::new() }
    }

    /// What is left of the chunk.
    #[inline]
    #[must_use]
    pub const fn rest(&self) -> &Bytes {
        &self.rest
    }

    /// Returns what is left of the chunk.
    #[must_use]
    pub fn into_rest(self) -> Bytes {
        self.rest
    }
}

/// Shows the length of what is left, and nothing of its content.
impl fmt::Debug for BytesChunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesChunk").field("rest_len", &self.rest.len()).finish_non_exhaustive()
    }
}

#[cfg(feature = "stream")]
impl BytesChunk {
    /// The next chunk, where this one is used up.
    #[inline]
    pub(crate) fn replace(&mut self, chunk: Bytes) {
        self.rest = chunk;
    }
}

impl From<Bytes> for BytesChunk {
    #[inline]
    fn from(chunk: Bytes) -> Self {
        Self { rest: chunk, window: BytesWindow::new() }
    }
}

/// The events of a chunk, one after the other: made by [`BytesDecoder::iter_events`].
///
/// It can be dropped at any time: the chunk stands behind the last event then, and decoding goes on from there.
#[must_use = "it does nothing unless it is asked for the next event"]
pub struct BytesEvents<'d> {
    decoder: &'d mut BytesDecoder,
    chunk: &'d mut BytesChunk,
}

impl BytesEvents<'_> {
    /// The decoder, as far as it has come: for the last event ID and the reconnection time.
    #[must_use]
    pub const fn decoder(&self) -> &BytesDecoder {
        self.decoder
    }

    /// What is left of the chunk.
    #[must_use]
    pub const fn rest(&self) -> &Bytes {
        self.chunk.rest()
    }
}

impl Iterator for BytesEvents<'_> {
    type Item = Result<EventBytes, DecodeError>;

    /// The next event, or the error of one that broke a limit, after which the next follows; `None` if the chunk is used up.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.decoder.next_with(&mut self.chunk.rest, &mut self.chunk.window)
    }
}

impl FusedIterator for BytesEvents<'_> {}

/// Shows lengths and states, and nothing that the peer sent.
impl fmt::Debug for BytesEvents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BytesEvents").field("decoder", self.decoder).field("chunk", self.chunk).finish()
    }
}

impl BytesDecoder {
    /// The events of a chunk, one after the other: those of [`next_event`](Self::next_event), and the chunk moves as there.
    /// The faster way where a chunk has many, as the text of many is validated at once.
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

    /// The next event of the chunk, where the next block can begin.
    #[cfg(feature = "stream")]
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn next_of(&mut self, chunk: &mut BytesChunk) -> Option<Result<EventBytes, DecodeError>> {
        self.next_between_blocks(&mut chunk.rest, &mut chunk.window)
    }

    /// The next item of the chunk; `None` if it is used up.
    #[cfg(feature = "stream")]
    pub(crate) fn next_item_of(&mut self, chunk: &mut BytesChunk) -> Result<Option<ItemBuf<EventBytes>>, DecodeError> {
        self.next_item(&mut chunk.rest)
    }
}
