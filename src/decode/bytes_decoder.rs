//! The decoder for `Bytes`, which returns owned events.

use core::fmt;
use core::time::Duration;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::decode::bytes_event::{self, InheritedId};
use crate::decode::bytes_window::{BytesWindow, Source};
use crate::decode::decoder::Decoder;
use crate::decode::end_of_stream::{CutLine, EndOfStream, Incomplete};
use crate::decode::fields::Fields;
use crate::decode::ignored::Ignored;
use crate::decode::limits::Limits;
use crate::decode::next_event::Found;
use crate::error::{DecodeError, InvalidLastEventId};
use crate::event::event_bytes::EventBytes;
use crate::event::item::{Item, ItemBuf};
use crate::event::value_ranges::ValueRanges;

/// Decodes an event stream whose chunks are [`Bytes`] into [`EventBytes`]: a [`Decoder`] that returns owned events.
///
/// ```
/// use bytes::Bytes;
/// use sse_proto::BytesDecoder;
///
/// let mut decoder = BytesDecoder::new();
/// let mut data = Vec::new();
/// for mut chunk in [Bytes::from("data: hel"), Bytes::from("lo\n\ndata: bye\n\n")] {
///     loop {
///         match decoder.next_event(&mut chunk) {
///             Ok(Some(event)) => data.push(event.data().to_owned()),
///             Ok(None) => break,
///             Err(error) => eprintln!("an event was skipped: {error}"),
///         }
///     }
/// }
/// assert_eq!(data, ["hello", "bye"]);
/// ```
///
/// # Input
///
/// [`next_event`](Self::next_event) takes a chunk by reference and advances it past what was consumed. The bytes may be cut
/// anywhere. An empty chunk is a no-op.
///
/// # Output
///
/// The events of [`Decoder`]. An event shares the memory of its chunk where it can, or has its own allocation: see
/// [`EventBytes`], [`EventBytes::is_shared`].
///
/// # End of stream
///
/// As [`Decoder`]: [`end_of_stream`](Self::end_of_stream).
///
/// # Limits
///
/// Those of [`Decoder`]. Events that the caller keeps are not counted, nor are the chunks that they keep alive.
///
/// # After an error
///
/// As [`Decoder`]: call again with the same chunk.
///
/// # Complexity
///
/// Linear in the bytes, whatever the chunks. An event that is not a slice of its chunk takes one allocation.
#[derive(Clone, Default)]
pub struct BytesDecoder {
    decoder: Decoder,
    inherited_id: InheritedId,
}

impl BytesDecoder {
    /// Returns a decoder with the default [`Limits`]. It does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: Decoder::new(), inherited_id: InheritedId(None) }
    }

    /// Returns a decoder with these limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self { decoder: Decoder::with_limits(limits), inherited_id: InheritedId(None) }
    }

    /// Returns the next event of the stream; `None` if more input is needed. Advances the input past what was consumed. For all
    /// events of a chunk [`iter_events`](Self::iter_events) is faster.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_event`].
    #[inline]
    pub fn next_event(&mut self, input: &mut Bytes) -> Result<Option<EventBytes>, DecodeError> {
        self.next_with(input, &mut BytesWindow::none()).transpose()
    }

    /// Returns the next item, as [`Decoder::next_item`], in its own allocation; `None` if more input is needed. Advances the
    /// input past what was consumed.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_item`].
    pub fn next_item(&mut self, input: &mut Bytes) -> Result<Option<ItemBuf<EventBytes>>, DecodeError> {
        let mut rest: &[u8] = input;
        let found = self.decoder.find_item(&mut rest);
        self.inherited_id.update(&mut self.decoder.block.pending);
        let copy = |found| match self.decoder.item(found) {
            Item::Event(event) => ItemBuf::Event(self.inherited_id.copy(event)),
            Item::Block(block) => ItemBuf::Block(self.inherited_id.copy(block)),
            item => ItemBuf::from(item),
        };
        let item = found.map(|found| found.map(copy));
        let consumed = input.len() - rest.len();
        input.advance(consumed);
        if input.is_empty() {
            *input = Bytes::new();
        }
        item
    }

    /// As [`Decoder::unfinished_item`], in its own allocation.
    pub fn unfinished_item(&mut self) -> Option<ItemBuf<EventBytes>> {
        self.decoder.unfinished_item().map(ItemBuf::from)
    }

    /// As [`Decoder::end_of_stream`].
    pub fn end_of_stream(&mut self) -> EndOfStream {
        self.decoder.end_of_stream()
    }

    /// As [`Decoder::incomplete`].
    #[must_use]
    pub fn incomplete(&self) -> Incomplete {
        self.decoder.incomplete()
    }

    /// As [`Decoder::dispatch_incomplete`].
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn dispatch_incomplete(&mut self, cut_line: CutLine) -> Result<Option<EventBytes>, DecodeError> {
        self.decoder.discard_cut_line(cut_line);
        self.next_event(&mut Bytes::from_static(b"\n\n"))
    }

    /// As [`Decoder::ignored`].
    #[must_use]
    pub const fn ignored(&self) -> &Ignored {
        self.decoder.ignored()
    }

    /// As [`Decoder::utf8_replacements`].
    #[must_use]
    pub fn utf8_replacements(&self) -> u64 {
        self.decoder.utf8_replacements()
    }

    /// As [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// As [`Decoder::set_last_event_id`].
    ///
    /// # Errors
    ///
    /// As [`Decoder::set_last_event_id`].
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidLastEventId> {
        self.decoder.set_last_event_id(id)
    }

    /// As [`Decoder::limits`].
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.decoder.limits()
    }

    /// As [`Decoder::shrink_to_fit`].
    pub fn shrink_to_fit(&mut self) {
        self.decoder.shrink_to_fit();
    }

    /// As [`Decoder::reconnection_time`].
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }

    /// Returns the next event. A chunk that is consumed releases its memory.
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn next_with(
        &mut self,
        input: &mut Bytes,
        window: &mut BytesWindow,
    ) -> Option<Result<EventBytes, DecodeError>> {
        let mut rest: &[u8] = input;
        let found = self.decoder.find(&mut rest);
        self.inherited_id.update(&mut self.decoder.block.pending);
        let consumed = input.len() - rest.len();
        let next = match found {
            Ok(Found::InChunk(fields, event)) => {
                let range = consumed - event.len()..consumed;
                let source = window.source(input, &range);
                let at = if let Source::Window(at) = source { at } else { 0 };
                let data = fields.data.filter(|_| source != Source::Copy);
                match data.and_then(|data| ValueRanges::of(data, fields.event_type, fields.id, event, at)) {
                    Some(ranges) => return Some(Ok(self.share(window.take(source, input, &range), ranges))),
                    None => self.copy(fields, event),
                }
            }
            Ok(Found::Nothing) => {
                window.consume(input, consumed);
                return None;
            }
            Ok(Found::Buffered) => Ok(Some(self.take_buffered())),
            Err(error) => Err(self.decoder.block.pending.error(error)),
        };
        window.consume(input, consumed);
        next.transpose()
    }

    /// Consumes what gives no event at the start of the input.
    #[cfg(feature = "stream")]
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn skip(&mut self, input: &mut impl Buf) -> Result<(), DecodeError> {
        let chunk = input.chunk();
        if matches!(chunk, [b'd' | b'e' | b'i', ..]) && self.decoder.is_between_blocks() {
            return Ok(());
        }
        let mut rest = chunk;
        let skipped = self.decoder.skip(&mut rest);
        let consumed = chunk.len() - rest.len();
        input.advance(consumed);
        skipped.map_err(|error| self.decoder.block.pending.error(error))
    }

    /// The event that was buffered and dispatched, in its own allocation.
    #[inline(never)]
    fn take_buffered(&mut self) -> EventBytes {
        bytes_event::take(&mut self.decoder.block, &mut self.inherited_id)
    }

    /// Returns the event whose values are these ranges of `text`.
    // A call would move the event through memory.
    #[inline(always)]
    fn share(&mut self, text: ByteString, ranges: ValueRanges) -> EventBytes {
        let id = ranges.id().and_then(|id| text.get(id));
        let ranges = ranges.with_retry(self.decoder.block.commit_in_chunk(id));
        let inherited_id = if id.is_some() { None } else { self.inherited_id.of(self.decoder.last_event_id()) };
        EventBytes::shared(text, ranges, inherited_id)
    }

    /// Returns the event, which lies in the chunk, in its own allocation.
    #[inline(never)]
    fn copy<'i>(&mut self, fields: Fields<'i>, event: &'i [u8]) -> Result<Option<EventBytes>, DecodeError> {
        let event = self.decoder.in_chunk(fields, event, None)?;
        Ok(event.map(|event| self.inherited_id.copy(event)))
    }
}

impl PartialEq for BytesDecoder {
    fn eq(&self, other: &Self) -> bool {
        self.decoder == other.decoder
    }
}

impl Eq for BytesDecoder {}

/// Shows what [`Decoder`] shows.
impl fmt::Debug for BytesDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decoder.fmt(f)
    }
}
