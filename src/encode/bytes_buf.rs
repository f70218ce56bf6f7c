//! `bytes` integration: [`Encoder`] as a [`Buf`]; events and comments as [`Bytes`] and into any `BufMut`.

use bytes::{Buf, BufMut, Bytes};

use crate::encode::encoder::Encoder;
use crate::error::BufferTooSmall;
use crate::event::borrowed::Event;
use crate::event::comment::Comment;
use crate::event::event_buf::EventBuf;
use crate::event::event_bytes::EventBytes;

/// The bytes are produced as they are read, without an intermediate buffer.
impl Buf for Encoder<'_> {
    fn remaining(&self) -> usize {
        self.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.chunk()
    }

    fn advance(&mut self, n: usize) {
        self.advance(n);
    }
}

impl Event<'_> {
    /// Returns the encoded event in its own, exactly sized allocation. Clones share it, so an event is encoded once for many
    /// receivers.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// let wire = Event::new("hello").to_bytes();
    /// assert_eq!(wire, &b"data: hello\n\n"[..]);
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut buffer = alloc::vec::Vec::new();
        self.encode_into(&mut buffer);
        Bytes::from(buffer.into_boxed_slice())
    }

    /// Appends the encoded event to any [`BufMut`]. A buffer that grows, such as `BytesMut`, has room for it.
    ///
    /// # Errors
    ///
    /// Returns [`BufferTooSmall`] and writes nothing if [`remaining_mut`](BufMut::remaining_mut) is less than
    /// [`encoded_len`](Self::encoded_len).
    pub fn encode_into_buf(&self, buffer: &mut impl BufMut) -> Result<(), BufferTooSmall> {
        put(self.encode(), buffer)
    }
}

macro_rules! encodes_as_event {
    ($owned:ty) => {
        impl $owned {
            /// Returns the encoded event in its own, exactly sized allocation, as [`Event::to_bytes`].
            #[must_use]
            pub fn to_bytes(&self) -> Bytes {
                self.as_event().to_bytes()
            }

            /// Appends the encoded event to any [`BufMut`], as [`Event::encode_into_buf`].
            ///
            /// # Errors
            ///
            /// Returns [`BufferTooSmall`] and writes nothing if the event does not fit.
            pub fn encode_into_buf(&self, buffer: &mut impl BufMut) -> Result<(), BufferTooSmall> {
                self.as_event().encode_into_buf(buffer)
            }
        }
    };
}

encodes_as_event!(EventBuf);
encodes_as_event!(EventBytes);

impl Comment<'_> {
    /// Returns the encoded comment in its own, exactly sized allocation.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut buffer = alloc::vec::Vec::new();
        self.encode_into(&mut buffer);
        Bytes::from(buffer.into_boxed_slice())
    }

    /// Appends the encoded comment to any [`BufMut`]. A buffer that grows, such as `BytesMut`, has room for it.
    ///
    /// # Errors
    ///
    /// Returns [`BufferTooSmall`] and writes nothing if [`remaining_mut`](BufMut::remaining_mut) is less than
    /// [`encoded_len`](Self::encoded_len).
    pub fn encode_into_buf(&self, buffer: &mut impl BufMut) -> Result<(), BufferTooSmall> {
        put(self.encode(), buffer)
    }
}

/// Appends what is left of the encoder, or nothing.
fn put(encoder: Encoder<'_>, buffer: &mut impl BufMut) -> Result<(), BufferTooSmall> {
    let (needed, available) = (encoder.remaining(), buffer.remaining_mut());
    if needed > available {
        return Err(BufferTooSmall { needed, available });
    }
    buffer.put(encoder);
    Ok(())
}
