//! The decoder for `Bytes`, which returns owned events.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::decode::borrowed_fields::BorrowedFields;
use crate::decode::bytes_event::{self, InheritedId};
use crate::decode::bytes_window::{BytesWindow, Source};
use crate::decode::decoder::Decoder;
use crate::decode::end_of_stream::{CutLine, EndOfStream, Incomplete};
use crate::decode::ignored::Ignored;
use crate::decode::limits::Limits;
use crate::decode::next_event::{FirstLine, Progress};
use crate::error::{DecodeError, InvalidLastEventId, TooLarge};
use crate::event::event_bytes::EventBytes;
use crate::event::item::{Item, ItemBuf};
use crate::event::value_ranges::ValueRanges;
use crate::text::utf8;
use crate::text::utf8_window::PerValue;

/// Decodes an event stream whose chunks are [`Bytes`] into [`EventBytes`]: a [`Decoder`] that returns owned events.
///
/// Input, output, limits and errors are those of [`Decoder`]. An event shares memory with others of its chunk, or has its own
/// allocation ([`EventBytes::is_shared`]).
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
#[derive(Clone, Default)]
pub struct BytesDecoder {
    decoder: Decoder,
    inherited_id: InheritedId,
}

impl BytesDecoder {
    /// Returns a decoder with the default [`Limits`]. It does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self::from_decoder(Decoder::new())
    }

    /// Returns a decoder with these limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self::from_decoder(Decoder::with_limits(limits))
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

    /// Returns the next event. A chunk that is consumed releases its memory.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn next_with(
        &mut self,
        input: &mut Bytes,
        window: &mut BytesWindow,
    ) -> Option<Result<EventBytes, DecodeError>> {
        if self.take_tiny(input) {
            window.consume(input, input.len());
            return None;
        }
        if !self.is_between_blocks() {
            let event = self.resume(input).transpose();
            window.consume(input, 0);
            if event.is_some() {
                return event;
            }
        }
        self.next_between_blocks(input, window)
    }

    /// The fast path for chunks of a few bytes, as [`Decoder::take_tiny`].
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of a few bytes")]
    pub(crate) fn take_tiny(&mut self, chunk: &[u8]) -> bool {
        self.decoder.take_tiny(chunk)
    }

    /// Whether the next byte begins a line, and nothing of the block is buffered.
    #[inline]
    pub(crate) fn is_between_blocks(&self) -> bool {
        self.decoder.is_between_blocks()
    }

    /// Skips keep-alives between blocks. The input must be contiguous.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn skip_keep_alives(&mut self, input: &mut impl Buf) {
        let mut rest = input.chunk();
        let len = rest.len();
        self.decoder.skip_keep_alives(&mut rest);
        let consumed = len - rest.len();
        // Most chunks begin with none and are not modified.
        if consumed > 0 {
            input.advance(consumed);
        }
    }

    /// Continues the line and the block in which the last chunk ended. Returns the event of the block if it is complete.
    /// Otherwise the input is consumed, or the next block can begin. The input must be contiguous.
    #[inline(never)]
    pub(crate) fn resume(&mut self, input: &mut impl Buf) -> Result<Option<EventBytes>, DecodeError> {
        let mut rest = input.chunk();
        let len = rest.len();
        let dispatched = self.decoder.resume(&mut rest, &mut PerValue);
        let consumed = len - rest.len();
        input.advance(consumed);
        self.take_dispatched(dispatched)
    }

    /// Returns the next event, from the start of a block; `None` if more input is needed. A chunk that is consumed releases its
    /// memory.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn next_between_blocks(
        &mut self,
        input: &mut Bytes,
        window: &mut BytesWindow,
    ) -> Option<Result<EventBytes, DecodeError>> {
        self.decoder.block.release();
        let mut rest: &[u8] = input;
        self.decoder.skip_keep_alives(&mut rest);
        let start = input.len() - rest.len();
        let (advanced, fields) = match self.decoder.first_data(&mut rest, &mut PerValue) {
            Ok(FirstLine::WholeEvent(data)) => {
                (Ok(Progress::InChunk), BorrowedFields { data: Some(data), ..self.decoder.block.no_fields() })
            }
            Ok(FirstLine::Data(data)) => self.decoder.advance(&mut rest, Some(data), &mut PerValue),
            Ok(FirstLine::Other) => self.decoder.advance(&mut rest, None, &mut PerValue),
            Err(error) => (Err(error), self.decoder.block.no_fields()),
        };
        let event = start..input.len() - rest.len();
        if matches!(advanced, Ok(Progress::InChunk)) {
            let source = window.source(input, event.clone());
            if source != Source::Separate {
                let at = if let Source::Window(at) = source { at } else { 0 };
                let bytes = input.get(event.clone()).unwrap_or_default();
                if let Some(ranges) = ranges(&fields, bytes, at) {
                    return Some(Ok(self.share(window.take(source, input, event), ranges)));
                }
            }
        }
        let next = self.next_unshared(advanced, &fields, input, event.clone(), window);
        window.consume(input, event.end);
        next.transpose()
    }

    /// Returns the event whose values are these ranges of `text`.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    fn share(&mut self, text: ByteString, ranges: ValueRanges) -> EventBytes {
        let id = ranges.id().and_then(|id| text.get(id));
        let ranges = ranges.with_retry(self.decoder.block.commit_in_chunk(id));
        let inherited_id = if id.is_some() { None } else { self.inherited_id() };
        EventBytes::shared(text, ranges, inherited_id)
    }

    /// The last event ID, for events without an ID of their own.
    #[inline]
    fn inherited_id(&mut self) -> Option<Arc<String>> {
        self.inherited_id.of(self.decoder.last_event_id())
    }

    /// Returns the next event if it does not come from a window or own its chunk. Not inlined, so that events that do are not
    /// moved through memory.
    #[inline(never)]
    fn next_unshared(
        &mut self,
        advanced: Result<Progress, TooLarge>,
        fields: &BorrowedFields<'_>,
        chunk: &Bytes,
        event: Range<usize>,
        window: &BytesWindow,
    ) -> Result<Option<EventBytes>, DecodeError> {
        let dispatched = match advanced {
            Ok(Progress::InChunk) => {
                let bytes = chunk.get(event.clone()).unwrap_or_default();
                if let Some(mut ranges) = ranges(fields, bytes, 0) {
                    if let Some(text) = window.share_separately(chunk, event) {
                        return Ok(Some(self.share(text, ranges)));
                    }
                    let values = ranges.trim();
                    let contiguous = bytes.get(values).filter(|values| fields.are_most_of(values.len()));
                    if let Some(text) = contiguous.and_then(utf8::from_utf8) {
                        let id = ranges.id().and_then(|id| text.get(id));
                        let ranges = ranges.with_retry(self.decoder.block.commit_in_chunk(id));
                        let inherited_id = if id.is_some() { None } else { self.inherited_id() };
                        return Ok(Some(EventBytes::copied(text, ranges, inherited_id)));
                    }
                }
                match fields.text(utf8::from_utf8) {
                    Some(text) => {
                        return Ok(Some(self.inherited_id.copy(self.decoder.block.dispatch_in_chunk(text))));
                    }
                    None => self.decoder.block.dispatch_borrowed(*fields),
                }
            }
            Ok(Progress::Buffered) => Ok(true),
            Ok(Progress::NeedsInput) => Ok(false),
            Err(error) => Err(error),
        };
        self.take_dispatched(dispatched)
    }

    /// Returns the event from the buffers, if one was dispatched.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    fn take_dispatched(&mut self, dispatched: Result<bool, TooLarge>) -> Result<Option<EventBytes>, DecodeError> {
        let block = &mut self.decoder.block;
        let error = match dispatched {
            Ok(true) => match bytes_event::take(block, &mut self.inherited_id) {
                Ok(event) => return Ok(Some(event)),
                Err(error) => error,
            },
            Ok(false) => return Ok(None),
            Err(error) => error,
        };
        Err(block.pending.error(error))
    }

    /// Returns the next item, as [`Decoder::next_item`], in its own allocation; `None` if more input is needed. Advances the
    /// input past what was consumed.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_item`].
    pub fn next_item(&mut self, input: &mut Bytes) -> Result<Option<ItemBuf<EventBytes>>, DecodeError> {
        let mut rest: &[u8] = input;
        let copy = |item| match item {
            Item::Event(event) => ItemBuf::Event(self.inherited_id.copy(event)),
            Item::Block(block) => ItemBuf::Block(self.inherited_id.copy(block)),
            Item::Comment(_) | Item::Ignored(_) => ItemBuf::from(item),
        };
        let item = self.decoder.next_item(&mut rest).map(|item| item.map(copy));
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
        Ok(self.decoder.dispatch_incomplete(cut_line)?.map(|event| self.inherited_id.copy(event)))
    }

    /// As [`Decoder::ignored`].
    #[must_use]
    pub const fn ignored(&self) -> &Ignored {
        self.decoder.ignored()
    }

    /// As [`Decoder::utf8_replacements`].
    #[must_use]
    pub const fn utf8_replacements(&self) -> u64 {
        self.decoder.utf8_replacements()
    }

    const fn from_decoder(decoder: Decoder) -> Self {
        Self { decoder, inherited_id: InheritedId::new() }
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
}

impl PartialEq for BytesDecoder {
    fn eq(&self, other: &Self) -> bool {
        self.decoder == other.decoder
    }
}

/// Shows what [`Decoder`] shows.
impl fmt::Debug for BytesDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decoder.fmt(f)
    }
}

/// The ranges of these fields in a text that contains `bytes` at the position `at`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a call would move the event through memory")]
fn ranges(fields: &BorrowedFields<'_>, bytes: &[u8], at: usize) -> Option<ValueRanges> {
    ValueRanges::of(fields.data?, fields.event_type, fields.id, bytes, at)
}

#[cfg(all(test, feature = "stream"))]
mod tests {
    use super::BytesDecoder;
    use bytes::Bytes;

    #[test]
    fn keep_alives_at_the_start_of_a_chunk_are_skipped() {
        let mut decoder = BytesDecoder::new();
        assert!(matches!(decoder.next_event(&mut Bytes::from("\n")), Ok(None)));
        for (chunk, rest) in [("data", "data"), (": x\n\ndata", "data"), (": x\n\n", ""), (": x", "")] {
            let mut chunk = Bytes::from(chunk);
            decoder.skip_keep_alives(&mut chunk);
            assert_eq!(chunk, rest);
        }
    }
}
