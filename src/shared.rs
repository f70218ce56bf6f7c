//! The decoder that gives owned events, and the encoder, in the words of `bytes`.

use core::time::Duration;

use bytes::{Buf, Bytes};

use crate::decoder::{Advanced, Decoder, Limits};
use crate::encoder::Encoder;
use crate::error::{DecodeError, InvalidEvent};
use crate::event::{Comment, Event};
use crate::event_bytes::{EventBytes, Places, consume};

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
        if self.go_on(input)? {
            return self.next_at_line_start(input);
        }
        // It is used up, and even so it would keep its memory alive.
        *input = Bytes::new();
        Ok(None)
    }

    /// Goes on in the line where the last chunk ended. True if a line can begin then; else the input is used up.
    #[inline]
    pub(crate) fn go_on(&mut self, input: &mut Bytes) -> Result<bool, DecodeError> {
        self.decoder.block.end_loan();
        let mut rest: &[u8] = input;
        if let [byte] = *rest {
            if self.decoder.take_byte(byte) {
                return Ok(false);
            }
        }
        let gone_on = self.decoder.go_on(&mut rest);
        let consumed = input.len() - rest.len();
        input.advance(consumed);
        gone_on.map_err(|error| self.decoder.block.kept.error(error))
    }

    /// The next event, where a line can begin; `None` if the input is used up. What is used up does not keep its memory alive.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn next_at_line_start(&mut self, input: &mut Bytes) -> Result<Option<EventBytes>, DecodeError> {
        self.decoder.block.end_loan();
        let mut rest: &[u8] = input;
        self.decoder.skip_keep_alives(&mut rest);
        let (advanced, lines) = self.decoder.advance(&mut rest);
        let consumed = input.len() - rest.len();
        let block = &mut self.decoder.block;
        let dispatched = match advanced {
            Ok(Advanced::Here) => {
                if let Some(found) = Places::of_ascii(block, &lines, input) {
                    return Ok(Some(EventBytes::cut(input, found, consumed)));
                }
                if let Some(event) = EventBytes::shared_or_copied(block, &lines, input) {
                    consume(input, consumed);
                    return Ok(Some(event));
                }
                block.dispatch_looked_at(lines)
            }
            Ok(Advanced::Kept) => Ok(true),
            Ok(Advanced::UsedUp) => Ok(false),
            Err(error) => Err(error),
        };
        consume(input, consumed);
        match dispatched {
            Ok(true) => Ok(Some(EventBytes::keep(block))),
            Ok(false) => Ok(None),
            Err(error) => Err(block.kept.error(error)),
        }
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
