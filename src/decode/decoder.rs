//! Bytes to events: what a decoder is, and what it knows between chunks. How it goes through a chunk stands in `advance`.

use core::time::Duration;

use crate::decode::block::Block;
#[cfg(feature = "alloc")]
use crate::decode::heap::Heap;
use crate::decode::limits::Limits;
use crate::decode::storage::{Buffer, Fixed, Storage};
use crate::decode::tokenizer::Tokenizer;
use crate::error::{DecodeError, InvalidEvent};
use crate::event::borrowed::{Event, check_id};
use crate::text::utf8_window::PerValue;

/// Decodes an event stream into [`Event`]s, which it lends.
///
/// ```
/// use sse_proto::{Decoder, Event};
///
/// let mut decoder = Decoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["event: greeting\nid: 7\nda", "ta: hello\n", "\ndata: bye\n\n"] {
///     let mut input = chunk.as_bytes();
///     while let Some(event) = decoder.next_event(&mut input)? {
///         seen.push(event.to_event_buf());
///     }
/// }
/// assert_eq!(seen[0], Event::new("hello").with_type("greeting")?.with_id("7")?);
/// assert_eq!(seen[1], Event::new("bye"));
/// assert_eq!(decoder.last_event_id(), "7");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Input
///
/// [`next_event`](Self::next_event) takes a cursor, which the caller owns and which moves past what was consumed. The
/// bytes may be cut anywhere; an empty chunk is a no-op.
///
/// # Output
///
/// One event a call, with the byte that completes it. It borrows the decoder and, where a line lies whole in the chunk,
/// the chunk. `None` means that the chunk is used up. Utf8Window without data give no event; their `id` and `retry` can be
/// read from [`last_event_id`](Self::last_event_id) and [`reconnection_time`](Self::reconnection_time). Invalid UTF-8
/// becomes U+FFFD. For comments and unknown fields use a [`Tokenizer`].
///
/// # End of stream
///
/// [`end_of_stream`](Self::end_of_stream) drops an incomplete event, as the specification orders, and makes the decoder
/// ready for the next connection.
///
/// # Limits
///
/// What is held counts: the data with its line feeds, the event type, the id of the block, the last event ID in force,
/// and the unfinished line, in bytes as they came; what invalid UTF-8 is replaced with counts when the event is complete.
/// Comments and unknown fields are dropped while they arrive and count nothing. An event type or an id of more than
/// 128 KiB is too large whatever the limit. The outcome is the same in every chunking. See [`Limits`].
///
/// # After an error
///
/// The only error is a limit that was broken. The rest of that event is skipped in constant memory and decoding goes on
/// with the next. The `id` and `retry` of the skipped event still count, so a client that resumes is not sent it again.
///
/// # Complexity
///
/// Linear in the bytes, whatever the chunks. A warm decoder does not allocate: what it keeps allocated between events
/// are at most five buffers of 4 KiB ([`shrink_to_fit`](Self::shrink_to_fit) gives them back); an event of one `data` line
/// that lies whole in a chunk is not copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoder<#[cfg(feature = "alloc")] S: Storage = Heap, #[cfg(not(feature = "alloc"))] S: Storage> {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) block: Block<S>,
}

/// A decoder without an allocator: `DATA` bytes for the data of an event, four times `NAME` bytes for its type, its id,
/// an unfinished id and the last event ID.
///
/// What does not fit is an error that names the buffer, after which decoding goes on with the next event. The outcome
/// does not depend on the chunks: an event that would not fit is refused even if it lies whole in the input.
///
/// ```
/// use sse_proto::{Decoder, FixedDecoder};
///
/// static DECODER: FixedDecoder<256, 32> = Decoder::with_fixed_buffers();
///
/// let mut decoder = DECODER.clone();
/// let mut input = &b"data: hello\n\n"[..];
/// let event = decoder.next_event(&mut input)?.expect("a whole event");
/// assert_eq!(event.data(), "hello");
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
pub type FixedDecoder<const DATA: usize, const FIELD: usize> = Decoder<Fixed<DATA, FIELD>>;

#[cfg(feature = "alloc")]
impl Decoder {
    /// A decoder with the default [`Limits`]. It allocates nothing until it must.
    #[must_use]
    pub const fn new() -> Self {
        Self::empty(16 * 1024 * 1024)
    }

    /// A decoder with these limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self::empty(limits.max_event_bytes)
    }
}

#[cfg(feature = "alloc")]
impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl<const DATA: usize, const FIELD: usize> FixedDecoder<DATA, FIELD> {
    /// A decoder with fixed buffers. Their sizes are its limits.
    #[must_use]
    pub const fn with_fixed_buffers() -> Self {
        Self::empty(usize::MAX)
    }
}

impl<const DATA: usize, const FIELD: usize> Default for FixedDecoder<DATA, FIELD> {
    fn default() -> Self {
        Self::with_fixed_buffers()
    }
}

impl<S: Storage> Decoder<S> {
    /// The next event of the stream; `None` if the input is used up: bring the next chunk. For all events of a chunk
    /// [`events`](Self::events) is faster.
    ///
    /// # Errors
    ///
    /// [`DecodeError::EventTooLarge`] if an event breaks a limit, once for each such event. Call again with the same
    /// cursor to go on.
    #[inline]
    pub fn next_event<'d, 'i: 'd>(&'d mut self, input: &mut &'i [u8]) -> Result<Option<Event<'d>>, DecodeError> {
        self.next_with(input, &mut PerValue)
    }

    /// The stream has ended: drops an incomplete event and makes the decoder ready for the next stream. The last event
    /// ID and the reconnection time stay.
    ///
    /// True: an incomplete event was dropped. "If the file ends in the middle of an event, before the final empty line,
    /// the incomplete event is not dispatched."
    pub fn end_of_stream(&mut self) -> bool {
        let dropped = self.block.is_incomplete() || self.tokenizer.is_in_field();
        let mut next = Self::empty(self.block.pending.max_event_bytes);
        next.block.reconnection_time = self.block.reconnection_time.of_next_stream();
        next.block.pending.take_last_event_id(&mut self.block.pending);
        *self = next;
        dropped
    }

    /// Dispatches what there is of an incomplete event, as if the line end and the blank line that it lacks had come:
    /// for peers that forget them at the end of a stream. `None` if there is no such event. Call it before
    /// [`end_of_stream`](Self::end_of_stream), and only if such a peer is expected: the specification drops the event,
    /// for it may have been cut short.
    ///
    /// ```
    /// # use sse_proto::Decoder;
    /// let mut decoder = Decoder::new();
    /// assert!(decoder.next_event(&mut &b"data: [DONE]"[..])?.is_none());
    /// assert_eq!(decoder.dispatch_incomplete()?.map(|event| event.data()), Some("[DONE]"));
    /// assert!(!decoder.end_of_stream());
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). Call it again after one, for the `id` of that event to count.
    pub fn dispatch_incomplete(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        // The first ends the line, or belongs to a CR before it; the second is the blank line. Without an unfinished line
        // the first is the blank line already.
        self.next_event(&mut &b"\n\n"[..])
    }

    /// The last event ID in force: that of the last block with an `id`, over all streams so far; empty if there was
    /// none. What a client sends as `Last-Event-ID` when it reconnects.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.block.pending.last_event_id.as_str()
    }

    /// Sets the last event ID: for a client that goes on where an earlier one stopped. An `id` that the stream sends, also in
    /// the current block, replaces it at its blank line.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR, LF or NUL, which no event stream could have set;
    /// [`InvalidEvent::TooLong`] if it would break the limits, beside what is held of the current event. Nothing has changed
    /// then.
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidEvent> {
        check_id(id)?;
        self.block.release_event();
        let max_bytes = self.block.pending.room_for_last_event_id();
        if id.len() > max_bytes {
            return Err(InvalidEvent::TooLong { len: id.len(), max_bytes });
        }
        self.block.pending.set_last_event_id(id.as_bytes());
        Ok(())
    }

    /// The reconnection time that the stream has set, by the last valid `retry` field over all streams so far.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.block.reconnection_time.get().map(Duration::from_millis)
    }

    /// Gives back the memory that is kept allocated between events and holds nothing: at most five buffers of 4 KiB, and
    /// none if all events lay whole in their chunks. For connections that will be idle, where there are many.
    pub fn shrink_to_fit(&mut self) {
        self.block.release_event();
        self.block.pending.shrink_to_fit();
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits { max_event_bytes: self.block.pending.max_event_bytes }
    }

    const fn empty(max_event_bytes: usize) -> Self {
        Self { tokenizer: Tokenizer::new(), block: Block::new(max_event_bytes) }
    }
}
