//! The events of a chunk, one after the other.

use core::fmt;

use crate::decode::decoder::Decoder;
use crate::decode::storage::Storage;
use crate::error::DecodeError;
use crate::event::borrowed::Event;
use crate::text::utf8_window::Utf8Window;

/// The events of a chunk, lent one after the other: made by [`Decoder::events`].
///
/// It can be dropped at any time: the cursor stands behind the last event then, and decoding goes on from there.
#[must_use = "it does nothing unless it is asked for the next event"]
pub struct Events<'d, 'i, S: Storage> {
    decoder: &'d mut Decoder<S>,
    input: &'d mut &'i [u8],
    validator: Utf8Window<'i>,
}

impl<S: Storage> Decoder<S> {
    /// The events of a chunk, one after the other: those of [`next_event`](Self::next_event), and the cursor moves as
    /// there.
    ///
    /// Where a chunk has many events this is the faster way, as the text of many is validated at once, up to 8 KiB ahead. In
    /// chunks of a few bytes `next_event` is a little faster.
    ///
    /// ```
    /// use sse_proto::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut data = Vec::new();
    /// for mut chunk in [&b"data: one\n\ndata: two\n\nda"[..], b"ta: three\n\n"] {
    ///     let mut events = decoder.events(&mut chunk);
    ///     while let Some(event) = events.next()? {
    ///         data.push(event.data().to_owned());
    ///     }
    /// }
    /// assert_eq!(data, ["one", "two", "three"]);
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    #[inline]
    pub const fn events<'d, 'i>(&'d mut self, input: &'d mut &'i [u8]) -> Events<'d, 'i, S> {
        Events { decoder: self, input, validator: Utf8Window::new() }
    }
}

impl<S: Storage> Events<'_, '_, S> {
    /// The next event; `None` if the chunk is used up. (An iterator could not lend it.)
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_event`]: call again to go on.
    #[inline]
    #[allow(clippy::should_implement_trait, reason = "an iterator cannot lend")]
    pub fn next(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        self.decoder.next_with(self.input, &mut self.validator)
    }

    /// The decoder, as far as it has come: for the last event ID and the reconnection time.
    #[must_use]
    pub const fn decoder(&self) -> &Decoder<S> {
        self.decoder
    }

    /// What is left of the chunk.
    #[must_use]
    pub const fn rest(&self) -> &[u8] {
        self.input
    }
}

/// Shows lengths and states, and nothing that the peer sent.
impl<S: Storage> fmt::Debug for Events<'_, '_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("decoder", self.decoder)
            .field("rest_len", &self.input.len())
            .finish_non_exhaustive()
    }
}
