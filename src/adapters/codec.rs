//! A codec for `FramedRead` and `FramedWrite` of `tokio-util`: events over any `AsyncRead` and `AsyncWrite`.

use core::fmt;
use std::io;

use bytes::{BufMut, BytesMut};
use tokio_util::codec;

use crate::{BytesChunk, BytesDecoder, Comment, DecodeError, Encoder, Event, EventBuf, EventBytes, Limits};

/// A codec of events: a `Decoder` for `FramedRead`, and an `Encoder` for `FramedWrite`.
///
/// ```
/// use futures_util::{SinkExt, StreamExt};
/// use sse_proto::adapters::codec::EventCodec;
/// use sse_proto::{Comment, Event, EventBuf};
/// use tokio_util::codec::{FramedRead, FramedWrite};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let (server, client) = tokio::io::duplex(64);
/// let mut output = FramedWrite::new(server, EventCodec::new());
/// let mut events = FramedRead::new(client, EventCodec::new());
///
/// output.send(EventBuf::new("hello").with_id("7")?).await?;
/// output.send(Comment::KEEP_ALIVE).await?;
/// output.send(Event::new("bye")).await?;
/// SinkExt::<Event<'_>>::close(&mut output).await?;
///
/// let mut data = Vec::new();
/// while let Some(event) = events.next().await {
///     match event? {
///         Ok(event) => data.push(event.data().to_owned()),
///         Err(error) => eprintln!("an event was skipped: {error}"),
///     }
/// }
/// assert_eq!(data, ["hello", "bye"]);
/// assert_eq!(events.decoder().decoder().last_event_id(), "7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Input
///
/// The bytes of an event stream, after the head of a response: this is no HTTP client.
///
/// # Output
///
/// Each event as soon as its final byte was read. It shares the memory that was read, as with [`BytesDecoder`]. The encoder writes what
/// `encode_into` writes: it takes [`Event`], [`EventBuf`] and [`EventBytes`], owned or borrowed, and [`Comment`]; with the feature
/// `http-body`, `Encoded`, too. As items have several types, a call of the sink without an item names one of them:
/// `SinkExt::<Event<'_>>::close(&mut output)`.
///
/// # End of stream
///
/// At the end of the reader, an incomplete event is dropped, without an error. `framed.decoder().decoder()` says whether there was one
/// ([`BytesDecoder::incomplete`]), and has the last event ID.
///
/// The codec takes all bytes that were read out of the buffer of `FramedRead`. What is not decoded yet is in the codec: see
/// [`into_inner`](Self::into_inner).
///
/// # Limits
///
/// Those of the decoder: see [`Limits`] and [`with_limits`](Self::with_limits). What `FramedRead` has read at once, 8 KiB by
/// default, is held in addition.
///
/// # After an error
///
/// An item is itself a [`Result`]: a [`DecodeError`] means that an event exceeded a limit and is skipped. It is not an error of the
/// codec, after which `FramedRead` would end: the next event follows. The [`io::Error`] is one of the reader or the writer.
///
/// # Complexity
///
/// That of [`BytesDecoder`]; an event is encoded into the buffer of `FramedWrite` in linear time.
#[derive(Default)]
pub struct EventCodec {
    decoder: BytesDecoder,
    chunk: BytesChunk,
}

impl EventCodec {
    /// Returns a codec with a new decoder. It does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_decoder(BytesDecoder::new())
    }

    /// Returns a codec with a new decoder that has these limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self::with_decoder(BytesDecoder::with_limits(limits))
    }

    /// Returns a codec with this decoder, which continues where it is. After an earlier connection, call
    /// [`BytesDecoder::end_of_stream`] first.
    #[must_use]
    pub const fn with_decoder(decoder: BytesDecoder) -> Self {
        Self { decoder, chunk: BytesChunk::new() }
    }

    /// Returns the decoder, which has the last event ID, the reconnection time and the counters.
    #[must_use]
    pub const fn decoder(&self) -> &BytesDecoder {
        &self.decoder
    }

    /// Returns the decoder, to set the last event ID, to free memory while the stream is idle, or to dispatch an incomplete event
    /// at the end.
    pub const fn decoder_mut(&mut self) -> &mut BytesDecoder {
        &mut self.decoder
    }

    /// Returns the decoder, and the bytes that were taken from the reader and are not decoded yet.
    #[must_use]
    pub fn into_inner(self) -> (BytesDecoder, BytesChunk) {
        (self.decoder, self.chunk)
    }
}

impl codec::Decoder for EventCodec {
    type Item = Result<EventBytes, DecodeError>;
    type Error = io::Error;

    /// Returns the next event, or the error of one that exceeded a limit; `None` if more bytes are needed. Takes all bytes of
    /// `input`. Never fails.
    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        loop {
            if let Some(event) = self.decoder.iter_events(&mut self.chunk).next() {
                return Ok(Some(event));
            }
            if input.is_empty() {
                return Ok(None);
            }
            self.chunk = BytesChunk::from(input.split().freeze());
        }
    }

    /// As `decode`: an incomplete event is dropped, without an error.
    fn decode_eof(&mut self, input: &mut BytesMut) -> io::Result<Option<Self::Item>> {
        self.decode(input)
    }
}

macro_rules! encodes {
    ($($item:ty),*) => {$(
        /// Never fails.
        impl codec::Encoder<$item> for EventCodec {
            type Error = io::Error;

            fn encode(&mut self, item: $item, output: &mut BytesMut) -> io::Result<()> {
                put(item.encode(), output);
                Ok(())
            }
        }
    )*};
}

encodes!(Event<'_>, EventBuf, &EventBuf, EventBytes, &EventBytes, Comment<'_>);

/// Never fails.
#[cfg(feature = "http-body")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-body")))]
impl codec::Encoder<super::Encoded> for EventCodec {
    type Error = io::Error;

    fn encode(&mut self, item: super::Encoded, output: &mut BytesMut) -> io::Result<()> {
        output.extend_from_slice(item.as_bytes());
        Ok(())
    }
}

fn put(encoder: Encoder<'_>, output: &mut BytesMut) {
    output.reserve(encoder.remaining());
    output.put(encoder);
}

/// Shows the decoder and lengths, but nothing that the peer sent.
impl fmt::Debug for EventCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventCodec").field("decoder", &self.decoder).field("chunk", &self.chunk).finish()
    }
}
