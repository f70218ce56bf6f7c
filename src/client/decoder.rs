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

macro_rules! stream_decoder {
    ($decoder:ty $(, $storage:ident)?) => {
        impl$(<$storage: Storage>)? StreamDecoder for $decoder {}

        impl$(<$storage: Storage>)? Sealed for $decoder {
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
    };
}

stream_decoder!(Decoder<S>, S);
#[cfg(feature = "bytes")]
stream_decoder!(BytesDecoder);
