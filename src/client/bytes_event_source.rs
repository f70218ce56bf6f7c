//! The event source for `Bytes`, which returns owned events.

use core::time::Duration;

use bytes::Bytes;

use crate::client::event_source::EventSource;
use crate::decode::bytes_decoder::BytesDecoder;
use crate::decode::end_of_stream::CutLine;
use crate::error::DecodeError;
use crate::event::event_bytes::EventBytes;
use crate::event::item::ItemBuf;

impl EventSource<BytesDecoder> {
    /// Returns the next event, as [`BytesDecoder::next_event`]; `None` if more input is needed, or if the stream is not open.
    ///
    /// # Errors
    ///
    /// As [`BytesDecoder::next_event`].
    pub fn next_event(&mut self, now: Duration, input: &mut Bytes) -> Result<Option<EventBytes>, DecodeError> {
        if !self.reconnect.receives(now, !input.is_empty()) {
            *input = Bytes::new();
        }
        let event = self.decoder.next_event(input);
        // An event that is too large has arrived, too, and its ID takes effect.
        if !matches!(event, Ok(None)) {
            self.reconnect.handle_event(now);
        }
        event
    }

    /// Returns the next item, as [`BytesDecoder::next_item`]; `None` if more input is needed, or if the stream is not open.
    ///
    /// # Errors
    ///
    /// As [`BytesDecoder::next_item`].
    pub fn next_item(&mut self, now: Duration, input: &mut Bytes) -> Result<Option<ItemBuf<EventBytes>>, DecodeError> {
        if !self.reconnect.receives(now, !input.is_empty()) {
            *input = Bytes::new();
        }
        let item = self.decoder.next_item(input);
        if matches!(item, Ok(Some(ItemBuf::Event(_))) | Err(DecodeError::EventTooLarge { .. })) {
            self.reconnect.handle_event(now);
        }
        item
    }

    /// Dispatches an incomplete event, as [`BytesDecoder::dispatch_incomplete`], for peers that omit the last blank line. Call it
    /// before [`handle_end`](Self::handle_end). `None` if there is no such event, or if the stream is not open.
    ///
    /// # Errors
    ///
    /// As [`BytesDecoder::dispatch_incomplete`].
    pub fn dispatch_incomplete(&mut self, now: Duration, cut_line: CutLine) -> Result<Option<EventBytes>, DecodeError> {
        if !self.reconnect.is_open() {
            return Ok(None);
        }
        let event = self.decoder.dispatch_incomplete(cut_line);
        if !matches!(event, Ok(None)) {
            self.reconnect.handle_event(now);
        }
        event
    }
}
