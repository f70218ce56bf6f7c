//! The event source for `Bytes`, which returns owned events.

use core::time::Duration;

use bytes::Bytes;

use crate::client::event_source::EventSource;
use crate::decode::bytes_decoder::BytesDecoder;
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
        let event = self.decoder.next_event(input)?;
        if event.is_some() {
            self.reconnect.handle_event(now);
        }
        Ok(event)
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
        let item = self.decoder.next_item(input)?;
        if let Some(ItemBuf::Event(_)) = item {
            self.reconnect.handle_event(now);
        }
        Ok(item)
    }
}
