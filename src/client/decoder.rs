//! What an event source needs of its decoder.

use core::time::Duration;

#[cfg(feature = "bytes")]
use crate::decode::bytes_decoder::BytesDecoder;
use crate::decode::decoder::Decoder;
use crate::decode::end_of_stream::EndOfStream;
use crate::decode::storage::Storage;
use crate::error::InvalidLastEventId;

/// The decoder of an [`EventSource`](crate::client::EventSource): a [`Decoder`] or a `BytesDecoder`.
///
/// Sealed: no other type can implement it.
pub trait StreamDecoder: Sealed {}

/// What all decoders have in common.
#[allow(unnameable_types, unreachable_pub, reason = "sealed: used in this crate only")]
pub trait Sealed {
    /// As [`Decoder::last_event_id`].
    fn last_event_id(&self) -> &str;
    /// As [`Decoder::set_last_event_id`].
    fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidLastEventId>;
    /// As [`Decoder::reconnection_time`].
    fn reconnection_time(&self) -> Option<Duration>;
    /// As [`Decoder::end_of_stream`].
    fn end_of_stream(&mut self) -> EndOfStream;
}

impl<S: Storage> StreamDecoder for Decoder<S> {}

impl<S: Storage> Sealed for Decoder<S> {
    fn last_event_id(&self) -> &str {
        self.last_event_id()
    }

    fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidLastEventId> {
        self.set_last_event_id(id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time()
    }

    fn end_of_stream(&mut self) -> EndOfStream {
        self.end_of_stream()
    }
}

#[cfg(feature = "bytes")]
impl StreamDecoder for BytesDecoder {}

#[cfg(feature = "bytes")]
impl Sealed for BytesDecoder {
    fn last_event_id(&self) -> &str {
        self.last_event_id()
    }

    fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidLastEventId> {
        self.set_last_event_id(id)
    }

    fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time()
    }

    fn end_of_stream(&mut self) -> EndOfStream {
        self.end_of_stream()
    }
}
