//! The encoding methods of the owned events: those of `Event`.

use alloc::vec::Vec;
use core::fmt;

use crate::encode::encoder::Encoder;
use crate::error::BufferTooSmall;
use crate::event::event_buf::EventBuf;
#[cfg(feature = "bytes")]
use crate::event::event_bytes::EventBytes;

macro_rules! encodes_as_event {
    ($owned:ty) => {
        impl $owned {
            /// Returns an encoder that yields the encoded event in pieces of any size, as
            /// [`Event::encode`](crate::Event::encode).
            #[inline]
            pub fn encode(&self) -> Encoder<'_> {
                self.as_event().encode()
            }

            /// The exact length of the encoded event in bytes, as [`Event::encoded_len`](crate::Event::encoded_len). Linear in
            /// the length of the data.
            #[inline]
            #[must_use]
            pub fn encoded_len(&self) -> usize {
                self.as_event().encoded_len()
            }

            /// Appends the encoded event to `buffer`, which is reallocated at most once, as
            /// [`Event::encode_into`](crate::Event::encode_into).
            #[inline]
            pub fn encode_into(&self, buffer: &mut Vec<u8>) {
                self.as_event().encode_into(buffer);
            }

            /// Writes the encoded event to the start of `buffer` and returns its length, as
            /// [`Event::encode_to_slice`](crate::Event::encode_to_slice).
            ///
            /// # Errors
            ///
            /// Returns [`BufferTooSmall`] and writes nothing if the event does not fit.
            #[inline]
            pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
                self.as_event().encode_to_slice(buffer)
            }
        }

        /// Writes the encoded event, as `Display` of [`Event`](crate::Event) does.
        impl fmt::Display for $owned {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.as_event().fmt(f)
            }
        }
    };
}

encodes_as_event!(EventBuf);
#[cfg(feature = "bytes")]
encodes_as_event!(EventBytes);
