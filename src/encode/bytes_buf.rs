//! Encoding with `bytes`: the encoder as a `Buf`, events and comments as `Bytes` and into any `BufMut`.

use bytes::{Buf, Bytes};

use crate::encode::encoder::Encoder;
use crate::event::borrowed::Event;
use crate::event::comment::Comment;

/// The encoded item is read as it is encoded, without being put together before.
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
    /// The encoded event in memory of its own, of just its size: encode once, send to many.
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

    /// Appends the encoded event to any [`BufMut`](bytes::BufMut).
    ///
    /// A sink of fixed size panics if it does not have [`encoded_len`](Self::encoded_len) bytes left, as it does for
    /// whatever is put into it.
    pub fn encode_into_buf(&self, buffer: &mut impl bytes::BufMut) {
        buffer.put(self.encode());
    }
}

impl Comment<'_> {
    /// The encoded comment in memory of its own.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut buffer = alloc::vec::Vec::new();
        self.encode_into(&mut buffer);
        Bytes::from(buffer.into_boxed_slice())
    }

    /// Appends the encoded comment to any [`BufMut`](bytes::BufMut), as [`Event::encode_into_buf`].
    pub fn encode_into_buf(&self, buffer: &mut impl bytes::BufMut) {
        buffer.put(self.encode());
    }
}
