//! The decoder over `Bytes`, which gives owned events.

use core::ops::Range;
use core::time::Duration;

use bytes::{Buf, Bytes};

use crate::decode::borrowed_fields::Lines;
use crate::decode::bytes_event;
use crate::decode::bytes_window::{SharedBlocks, Source};
use crate::decode::decoder::Decoder;
use crate::decode::limits::Limits;
use crate::decode::next_event::{Advanced, FirstLine};
use crate::error::{DecodeError, InvalidEvent, TooLarge};
use crate::event::event_bytes::EventBytes;
use crate::event::value_ranges::Places;
use crate::text::utf8;
use crate::text::utf8_window::Each;

/// Decodes an event stream whose chunks are [`Bytes`] into [`EventBytes`]: a [`Decoder`] that gives owned events.
///
/// All that is said of [`Decoder`] holds here, too: the same events, limits and errors, in any chunking.
///
/// ```
/// use bytes::Bytes;
/// use sse_proto::SharedDecoder;
///
/// let mut decoder = SharedDecoder::new();
/// let mut data = Vec::new();
/// for mut chunk in [Bytes::from("data: hel"), Bytes::from("lo\n\ndata: bye\n\n")] {
///     while let Some(event) = decoder.next_event(&mut chunk)? {
///         data.push(event.data().to_owned());
///     }
/// }
/// assert_eq!(data, ["hello", "bye"]);
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedDecoder {
    decoder: Decoder,
}

impl SharedDecoder {
    /// A decoder with the default [`Limits`].
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: Decoder::new() }
    }

    /// A decoder with these limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self { decoder: Decoder::with_limits(limits) }
    }

    /// The next event of the stream; `None` if the input is used up: bring the next chunk. The input moves past what was
    /// consumed.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_event`].
    #[inline]
    pub fn next_event(&mut self, input: &mut Bytes) -> Result<Option<EventBytes>, DecodeError> {
        self.next_with(input, &mut SharedBlocks::none()).transpose()
    }

    /// The next event. What is used up does not keep its memory alive.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn next_with(
        &mut self,
        input: &mut Bytes,
        blocks: &mut SharedBlocks,
    ) -> Option<Result<EventBytes, DecodeError>> {
        if self.take_small(input) {
            blocks.consume(input, input.len());
            return None;
        }
        if !self.is_between_blocks() {
            let event = self.go_on(input).transpose();
            blocks.consume(input, 0);
            if event.is_some() {
                return event;
            }
        }
        self.next_between_blocks(input, blocks)
    }

    /// The shortest way: takes a chunk of a few bytes, if there is nothing to decide.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of a few bytes")]
    pub(crate) fn take_small(&mut self, chunk: &[u8]) -> bool {
        self.decoder.take_small(chunk)
    }

    /// Whether the next block can begin here.
    #[inline]
    pub(crate) fn is_between_blocks(&self) -> bool {
        self.decoder.is_between_blocks()
    }

    /// Goes past keep-alives, where the next block can begin.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn skip_keep_alives(&mut self, input: &mut Bytes) {
        let mut rest: &[u8] = input;
        self.decoder.skip_keep_alives(&mut rest);
        let consumed = input.len() - rest.len();
        // Most chunks have none, and need not be written to.
        if consumed > 0 {
            input.advance(consumed);
        }
    }

    /// Goes on in the line and the block where the last chunk ended: the event that was kept, if it ends here; else the input
    /// is used up, or the next block can begin.
    #[inline(never)]
    pub(crate) fn go_on(&mut self, input: &mut Bytes) -> Result<Option<EventBytes>, DecodeError> {
        let mut rest: &[u8] = input;
        let dispatched = self.decoder.go_on(&mut rest, &mut Each);
        let consumed = input.len() - rest.len();
        input.advance(consumed);
        self.keep(dispatched)
    }

    /// The next event, where the next block can begin; `None` if the input is used up. What is used up does not keep its
    /// memory alive.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn next_between_blocks(
        &mut self,
        input: &mut Bytes,
        blocks: &mut SharedBlocks,
    ) -> Option<Result<EventBytes, DecodeError>> {
        self.decoder.block.end_loan();
        let mut rest: &[u8] = input;
        self.decoder.skip_keep_alives(&mut rest);
        let start = input.len() - rest.len();
        let (advanced, lines) = match self.decoder.first_data(&mut rest, &mut Each) {
            Ok(FirstLine::DataAlone(data)) => {
                (Ok(Advanced::Here), Lines { data: Some(data), ..self.decoder.block.no_lines() })
            }
            Ok(FirstLine::Data(data)) => self.decoder.advance(&mut rest, Some(data), &mut Each),
            Ok(FirstLine::Other) => self.decoder.advance(&mut rest, None, &mut Each),
            Err(error) => (Err(error), self.decoder.block.no_lines()),
        };
        let event = start..input.len() - rest.len();
        if matches!(advanced, Ok(Advanced::Here)) {
            let source = blocks.source(input, event.clone());
            if source != Source::Apart {
                let at = if let Source::Block(at) = source { at } else { 0 };
                let bytes = input.get(event.clone()).unwrap_or_default();
                if let Some(places) = places(&lines, bytes, at) {
                    let places = places.with_retry(self.decoder.block.dispatch_in_place(lines.id));
                    return Some(Ok(EventBytes::shared(blocks.take(source, input, event), places)));
                }
            }
        }
        let next = self.next_apart(advanced, &lines, input, event.clone(), blocks);
        blocks.consume(input, event.end);
        next.transpose()
    }

    /// Apart, so that the events that are parts of their block or chunk need not be moved.
    #[inline(never)]
    fn next_apart(
        &mut self,
        advanced: Result<Advanced, TooLarge>,
        lines: &Lines<'_>,
        chunk: &Bytes,
        event: Range<usize>,
        blocks: &SharedBlocks,
    ) -> Result<Option<EventBytes>, DecodeError> {
        let block = &mut self.decoder.block;
        let dispatched = match advanced {
            Ok(Advanced::Here) => {
                let bytes = chunk.get(event.clone()).unwrap_or_default();
                if let Some(mut places) = places(lines, bytes, 0) {
                    if let Some(text) = blocks.share_apart(chunk, event) {
                        let places = places.with_retry(block.dispatch_in_place(lines.id));
                        return Ok(Some(EventBytes::shared(text, places)));
                    }
                    let values = places.trim();
                    let in_one_piece = bytes.get(values).filter(|values| lines.are_most_of(values.len()));
                    if let Some(text) = in_one_piece.and_then(utf8::text) {
                        let places = places.with_retry(block.dispatch_in_place(lines.id));
                        return Ok(Some(EventBytes::copied(text, places)));
                    }
                }
                if let Some(event) = block.event_looked_at(lines, utf8::text) {
                    return Ok(Some(EventBytes::from(event)));
                }
                block.dispatch_looked_at(*lines)
            }
            Ok(Advanced::Kept) => Ok(true),
            Ok(Advanced::UsedUp) => Ok(false),
            Err(error) => Err(error),
        };
        self.keep(dispatched)
    }

    /// The event out of what is kept, if it was dispatched.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    fn keep(&mut self, dispatched: Result<bool, TooLarge>) -> Result<Option<EventBytes>, DecodeError> {
        let block = &mut self.decoder.block;
        let error = match dispatched {
            Ok(true) => match bytes_event::take(block) {
                Ok(event) => return Ok(Some(event)),
                Err(error) => error,
            },
            Ok(false) => return Ok(None),
            Err(error) => error,
        };
        Err(block.kept.error(error))
    }

    /// As [`Decoder::end_of_stream`].
    pub fn end_of_stream(&mut self) -> bool {
        self.decoder.end_of_stream()
    }

    /// As [`Decoder::dispatch_incomplete`].
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn dispatch_incomplete(&mut self) -> Result<Option<EventBytes>, DecodeError> {
        Ok(self.decoder.dispatch_incomplete()?.map(EventBytes::from))
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
    /// As there.
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidEvent> {
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

/// Where the values of these lines are in a text that has these bytes at this place.
#[inline(always)]
#[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
fn places(lines: &Lines<'_>, bytes: &[u8], at: usize) -> Option<Places> {
    Places::of(lines.data?, lines.event_type, lines.id, bytes, at)
}

#[cfg(all(test, feature = "stream"))]
mod tests {
    use super::SharedDecoder;
    use bytes::Bytes;

    #[test]
    fn keep_alives_are_passed_before_a_chunk_is_taken() {
        let mut decoder = SharedDecoder::new();
        assert!(matches!(decoder.next_event(&mut Bytes::from("\n")), Ok(None)));
        for (chunk, rest) in [("data", "data"), (": x\n\ndata", "data"), (": x\n\n", ""), (": x", "")] {
            let mut chunk = Bytes::from(chunk);
            decoder.skip_keep_alives(&mut chunk);
            assert_eq!(chunk, rest);
        }
    }
}
