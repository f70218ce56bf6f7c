//! What a client returns: events, or all that happens.

use core::time::Duration;

use bytes::Bytes;

use super::update::Update;
use crate::client::EventSource;
use crate::{BytesDecoder, CutLine, DecodeError, EventBytes, ItemBuf};

/// The event source of a client.
pub(super) type Source = EventSource<BytesDecoder>;

/// What a client whose updates are `U` returns.
pub(super) trait Output<U>: Sized {
    /// Decodes the next one; `None` if the chunk is consumed.
    fn next(source: &mut Source, now: Duration, chunk: &mut Bytes) -> Result<Option<Self>, DecodeError>;

    /// The next one of those in which a body ends. An incomplete event is dispatched if `cut_line` says how.
    fn last(source: &mut Source, now: Duration, cut_line: Option<CutLine>) -> Result<Option<Self>, DecodeError>;

    /// Returns the update, as an error if the caller does not want to know of connections and delays.
    fn report(update: U) -> Result<Self, U>;

    fn is_event(&self) -> bool;
}

impl<U> Output<U> for EventBytes {
    fn next(source: &mut Source, now: Duration, chunk: &mut Bytes) -> Result<Option<Self>, DecodeError> {
        source.next_event(now, chunk)
    }

    fn last(source: &mut Source, now: Duration, cut_line: Option<CutLine>) -> Result<Option<Self>, DecodeError> {
        match cut_line {
            Some(cut_line) => source.dispatch_incomplete(now, cut_line),
            None => Ok(None),
        }
    }

    fn report(update: U) -> Result<Self, U> {
        Err(update)
    }

    fn is_event(&self) -> bool {
        true
    }
}

impl<C, B> Output<Self> for Update<C, B> {
    fn next(source: &mut Source, now: Duration, chunk: &mut Bytes) -> Result<Option<Self>, DecodeError> {
        Ok(source.next_item(now, chunk)?.map(Self::Item))
    }

    fn last(source: &mut Source, now: Duration, cut_line: Option<CutLine>) -> Result<Option<Self>, DecodeError> {
        if let Some(item) = source.decoder_mut().unfinished_item() {
            return Ok(Some(Self::Item(item)));
        }
        let event = <EventBytes as Output<Self>>::last(source, now, cut_line)?;
        Ok(event.map(|event| Self::Item(ItemBuf::Event(event))))
    }

    fn report(update: Self) -> Result<Self, Self> {
        Ok(update)
    }

    fn is_event(&self) -> bool {
        matches!(self, Self::Item(ItemBuf::Event(_)))
    }
}
