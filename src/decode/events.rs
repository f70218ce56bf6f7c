//! A cursor over the events of a chunk.

use core::fmt;

use crate::decode::decoder::Decoder;
use crate::decode::storage::Storage;
use crate::error::DecodeError;
use crate::event::borrowed::Event;
use crate::text::utf8_window::Utf8Window;

/// A cursor over the events of a chunk, which are borrowed one at a time: returned by [`Decoder::events`].
///
/// # Input
///
/// One chunk. The cursor can be dropped at any time: the input is then positioned after the last event that was returned, and
/// decoding continues from there.
///
/// # Output
///
/// The events of [`Decoder::next_event`].
///
/// # End of stream
///
/// `None` is the end of the chunk. For the end of the stream call [`Decoder::end_of_stream`].
///
/// # Limits
///
/// Those of the decoder.
///
/// # After an error
///
/// As [`Decoder`]: call [`next`](Self::next) again.
///
/// # Complexity
///
/// That of [`Decoder`].
#[must_use = "it does nothing unless `next` is called"]
pub struct Events<'d, 'i, S: Storage> {
    decoder: &'d mut Decoder<S>,
    input: &'d mut &'i [u8],
    window: Utf8Window<'i>,
}

impl<S: Storage> Decoder<S> {
    /// Returns a cursor over the events of a chunk: those of [`next_event`](Self::next_event), with the same effect on `input`.
    ///
    /// It is faster than `next_event` where a chunk has many events, as the UTF-8 of up to 8 KiB is validated at once; in
    /// chunks of a few bytes it is a little slower.
    ///
    /// ```
    /// # #[cfg(feature = "alloc")] {
    /// use sse_proto::Decoder;
    ///
    /// let mut decoder = Decoder::new();
    /// let mut data = Vec::new();
    /// for mut chunk in [&b"data: one\n\ndata: two\n\nda"[..], b"ta: three\n\n"] {
    ///     let mut events = decoder.events(&mut chunk);
    ///     loop {
    ///         match events.next() {
    ///             Ok(Some(event)) => data.push(event.data().to_owned()),
    ///             Ok(None) => break,
    ///             Err(error) => eprintln!("an event was skipped: {error}"),
    ///         }
    ///     }
    /// }
    /// assert_eq!(data, ["one", "two", "three"]);
    /// # }
    /// ```
    #[inline]
    pub const fn events<'d, 'i>(&'d mut self, input: &'d mut &'i [u8]) -> Events<'d, 'i, S> {
        Events { window: Utf8Window::of(input), decoder: self, input }
    }
}

impl<S: Storage> Events<'_, '_, S> {
    /// Returns the next event; `None` if more input is needed.
    ///
    /// The event borrows the cursor, so this is not an [`Iterator`].
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_event`]. Call again to continue.
    #[inline]
    #[allow(clippy::should_implement_trait, reason = "the items of an iterator cannot borrow it")]
    pub fn next(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        self.decoder.next_with(self.input, Some(&mut self.window))
    }

    /// The decoder, in its state after the last event that was returned.
    #[must_use]
    pub const fn decoder(&self) -> &Decoder<S> {
        self.decoder
    }

    /// The rest of the chunk.
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
