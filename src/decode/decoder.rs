//! The decoder: its public API and its state between chunks. The loops over a chunk are in `next_event` and `items`.

use core::fmt;
use core::time::Duration;

use crate::decode::block::Block;
use crate::decode::end_of_stream::{CutLine, EndOfStream, Incomplete};
#[cfg(feature = "alloc")]
use crate::decode::heap::Heap;
use crate::decode::ignored::Ignored;
use crate::decode::limits::Limits;
use crate::decode::storage::{Buffer, Fixed, Storage, TextBuffer};
use crate::decode::tokenizer::Tokenizer;
use crate::error::{DecodeError, InvalidLastEventId};
use crate::event::borrowed::{Event, check_id};
use crate::field::Field;

/// Decodes an event stream into borrowed [`Event`]s. What has to be buffered, such as an event that is split over chunks, is on the
/// heap, or in the decoder itself ([`FixedDecoder`]).
///
/// ```
/// # #[cfg(feature = "alloc")] {
/// use sse_proto::Decoder;
///
/// let mut decoder = Decoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["event: greeting\nid: 7\nda", "ta: hello\n", "\ndata: bye\n\n"] {
///     let mut input = chunk.as_bytes();
///     loop {
///         match decoder.next_event(&mut input) {
///             Ok(Some(event)) => {
///                 let (id, event_type) = (event.last_event_id(), event.event_type());
///                 seen.push(format!("{id} {event_type} {}", event.data()));
///             }
///             Ok(None) => break,
///             Err(error) => eprintln!("an event was skipped: {error}"),
///         }
///     }
/// }
/// assert_eq!(seen, ["7 greeting hello", "7 message bye"]);
/// # }
/// ```
///
/// # Input
///
/// [`next_event`](Self::next_event) takes a cursor that the caller owns, and moves it past what was consumed. The bytes may be
/// cut anywhere. An empty chunk is a no-op.
///
/// # Output
///
/// Each call returns one event, on the event's final byte: the end of the blank line that
/// [dispatches](https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage) it. The event borrows the decoder
/// and, where its lines lie entirely in the chunk, the chunk. `None` means that more input is needed. A block without data gives
/// no event; its `id` and `retry` take effect ([`last_event_id`](Self::last_event_id),
/// [`reconnection_time`](Self::reconnection_time)). Invalid UTF-8 becomes U+FFFD and is counted
/// ([`utf8_replacements`](Self::utf8_replacements)); lines that are neither a field nor a comment are ignored and counted
/// ([`ignored`](Self::ignored)). [`next_item`](Self::next_item) returns blocks without data, comments and ignored lines, too.
///
/// # End of stream
///
/// [`end_of_stream`](Self::end_of_stream) drops an incomplete event, as
/// [HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) requires, reports
/// what was left, and makes the decoder ready for the next connection.
///
/// # Limits
///
/// What is buffered counts: the data with its line feeds, the event type, the ID of the block, the current last event ID, and the
/// unfinished line. It is decoded as it arrives, and counts as text: U+FFFD in place of invalid UTF-8 counts three bytes, and a
/// character that a chunk has cut counts when it is whole. Comments and ignored lines are dropped as they arrive and count
/// nothing, unless [`next_item`](Self::next_item) collects them; ignored lines then count as received. An event type or an ID
/// of more than 128 KiB exceeds the limits whatever they are. The error names the first line that exceeds a limit. The outcome
/// does not depend on chunk boundaries. See [`Limits`].
///
/// # After an error
///
/// The only error is a limit that was exceeded. The rest of that event is skipped in constant memory, and decoding continues with
/// the next event. The `id` and `retry` of the skipped event still take effect, so that a client that resumes is not sent it
/// again; unless the `id` itself is what is too large. Call again with the same cursor; a loop that leaves on an error loses the
/// rest of the chunk.
///
/// # Complexity
///
/// Linear in the bytes, whatever the chunks. No allocation in steady state: of the buffers of an event, at most 4 KiB each stay
/// allocated from the next call on, and that of the last event ID ([`shrink_to_fit`](Self::shrink_to_fit) frees what is unused).
/// An event of one `data` line that lies entirely in a chunk is not copied.
///
/// # Equality
///
/// Two decoders are equal if their states are. Equal decoders behave equally; the converse does not hold.
#[derive(Clone, PartialEq)]
pub struct Decoder<#[cfg(feature = "alloc")] S: Storage = Heap, #[cfg(not(feature = "alloc"))] S: Storage> {
    pub(crate) tokenizer: Tokenizer,
    pub(crate) block: Block<S>,
}

// Derived, it would require `Eq` of the private buffers. Each part of the state is a number, text or an enum.
impl<S: Storage> Eq for Decoder<S> {}

/// A decoder without an allocator: `DATA` bytes for the data of an event, and `FIELD` bytes each for its type, its ID, an
/// unfinished `event` or `id` line, and the last event ID. Input, output and the end of a stream are those of [`Decoder`].
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
///
/// # Limits
///
/// The sizes of the buffers. What counts is the value alone, without the name of the field: an ID of `FIELD` bytes fits. The line
/// feeds between lines of data count. A `retry` of any length is not buffered, nor is a comment or an ignored line, unless
/// [`next_item`](Decoder::next_item) collects it: then it may have `FIELD` bytes. The outcome does not depend on chunk boundaries:
/// an event that would not fit is refused even if it lies entirely in the input.
///
/// # After an error
///
/// An event that does not fit is an error that names the buffer ([`Limit`](crate::Limit)). Decoding continues with the next
/// event.
///
/// # Complexity
///
/// That of [`Decoder`]; for each event, the last event ID is validated again, and so is what was buffered. All memory is in the
/// decoder itself.
pub type FixedDecoder<const DATA: usize, const FIELD: usize> = Decoder<Fixed<DATA, FIELD>>;

#[cfg(feature = "alloc")]
impl Decoder {
    /// Returns a decoder with the default [`Limits`]. It does not allocate.
    #[must_use]
    pub const fn new() -> Self {
        Self::with_limits(Limits::new())
    }

    /// Returns a decoder with these limits.
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
    /// Returns a decoder with fixed buffers. Their sizes are its limits.
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
    /// Returns the next event of the stream; `None` if more input is needed. For all events of a chunk
    /// [`events`](Self::events) is faster.
    ///
    /// # Errors
    ///
    /// [`DecodeError::EventTooLarge`] if an event exceeds a limit, once for each such event. Call again with the same cursor
    /// to continue.
    #[inline]
    pub fn next_event<'d, 'i: 'd>(&'d mut self, input: &mut &'i [u8]) -> Result<Option<Event<'d>>, DecodeError> {
        self.next_with(input, None)
    }

    /// Ends the stream: drops an incomplete event and makes the decoder ready for the next stream. The last event ID and the
    /// reconnection time stay; the buffers are freed. Returns what the stream left.
    ///
    /// "If the file ends in the middle of an event, before the final empty line, the incomplete event is not dispatched."
    ///
    /// ```
    /// # use sse_proto::{FixedDecoder, Incomplete};
    /// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// assert_eq!(decoder.next_event(&mut &b"data: hel"[..])?, None);
    /// assert_eq!(decoder.end_of_stream().incomplete, Incomplete::CutLine);
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    pub fn end_of_stream(&mut self) -> EndOfStream {
        let mut next = Self::empty(self.block.pending.max_event_bytes);
        next.block.reconnection_time = self.block.reconnection_time.of_next_stream();
        next.block.pending.take_last_event_id(&mut self.block.pending);
        let incomplete = self.incomplete();
        let ended = core::mem::replace(self, next);
        let utf8_replacements = ended.block.utf8_replacements();
        let mut ignored = ended.block.ignored;
        ignored.end_line();
        EndOfStream { incomplete, ignored, utf8_replacements }
    }

    /// What there is of a block whose blank line has not arrived: what would be lost if the stream ended here.
    ///
    /// ```
    /// # use sse_proto::{FixedDecoder, Incomplete};
    /// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// for (chunk, expected) in [
    ///     ("data: a", Incomplete::CutLine),
    ///     ("\n", Incomplete::Lines),
    ///     ("id: 1", Incomplete::CutLine),
    ///     ("2\n\n", Incomplete::Nothing),
    /// ] {
    ///     decoder.next_event(&mut chunk.as_bytes())?;
    ///     assert_eq!(decoder.incomplete(), expected);
    /// }
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    #[must_use]
    pub fn incomplete(&self) -> Incomplete {
        if self.tokenizer.field_of_line().is_some_and(|field| !matches!(field, Field::Comment | Field::Other)) {
            Incomplete::CutLine
        } else if self.block.is_incomplete() {
            Incomplete::Lines
        } else {
            Incomplete::Nothing
        }
    }

    /// Dispatches an incomplete event as if its blank line had arrived: for peers that omit it at the end of a stream. Returns
    /// `None` if there is no such event. `cut_line` says whether an unfinished line counts.
    ///
    /// Call it before [`end_of_stream`](Self::end_of_stream), and only if such a peer is expected: the specification drops the
    /// event, which may have been cut short.
    ///
    /// ```
    /// # use sse_proto::{CutLine, FixedDecoder};
    /// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// assert_eq!(decoder.next_event(&mut &b"data: [DONE]\nid: 12"[..])?, None);
    /// assert_eq!(decoder.dispatch_incomplete(CutLine::Discard)?.map(|event| event.data()), Some("[DONE]"));
    /// assert_eq!(decoder.last_event_id(), "", "the ID was cut");
    /// assert!(!decoder.end_of_stream().is_incomplete());
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). Call again after an error, so that the `id` of that event takes effect.
    pub fn dispatch_incomplete(&mut self, cut_line: CutLine) -> Result<Option<Event<'_>>, DecodeError> {
        self.discard_cut_line(cut_line);
        // The first ends the line, or belongs to a CR before it; the second is the blank line. Without an unfinished line
        // the first is the blank line already.
        self.next_event(&mut &b"\n\n"[..])
    }

    /// The [last event ID](https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id):
    /// that of the last block with an `id` that was dispatched, over all streams so far; empty if there is none. A client sends
    /// it as `Last-Event-ID` when it reconnects. While an event is borrowed, [`Event::last_event_id`] has it.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.block.pending.last_event_id.as_str()
    }

    /// Sets the last event ID: for a client that resumes where an earlier one stopped. An `id` that the stream sends, also in
    /// the current block, replaces it at its blank line.
    ///
    /// Some IDs that it accepts cannot be sent, such as one with another control character: check
    /// [`last_event_id_value`](crate::headers::last_event_id_value) before the first request.
    ///
    /// ```
    /// # use sse_proto::FixedDecoder;
    /// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// decoder.set_last_event_id("7")?;
    /// let event = decoder.next_event(&mut &b"data: x\n\n"[..])?.expect("a whole event");
    /// assert_eq!((event.id(), event.last_event_id()), (None, "7"));
    /// assert!(decoder.set_last_event_id("8\n").is_err());
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidLastEventId`] if it contains CR, LF or NUL, which no event stream could have set, or if it exceeds the limits
    /// together with what is buffered of the current event. The last event ID is unchanged then.
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidLastEventId> {
        check_id(id).map_err(InvalidLastEventId::of_event)?;
        self.block.release();
        self.block.decode_joined();
        let max_bytes = self.block.pending.room_for_last_event_id();
        if id.len() > max_bytes {
            return Err(InvalidLastEventId::TooLong { len: id.len(), max_bytes });
        }
        self.block.pending.set_last_event_id(id);
        Ok(())
    }

    /// The reconnection time that the stream has set, by the last valid `retry` field over all streams so far
    /// ([specification](https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-reconnection-time)).
    ///
    /// It is what the server sent, from 0 to `u64::MAX` milliseconds: clamp it before waiting, so that 0 does not spin and a
    /// huge value does not wait for ever.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use sse_proto::FixedDecoder;
    /// # let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// decoder.next_event(&mut &b"retry: 18446744073709551615\n"[..])?;
    /// let time = decoder.reconnection_time().unwrap_or(Duration::from_secs(3));
    /// let wait = time.clamp(Duration::from_millis(500), Duration::from_secs(60));
    /// assert_eq!(wait, Duration::from_secs(60));
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.block.reconnection_time.get().map(Duration::from_millis)
    }

    /// The lines of this stream that were ignored so far.
    #[inline]
    #[must_use]
    pub const fn ignored(&self) -> &Ignored {
        &self.block.ignored
    }

    /// How many ill-formed sequences of UTF-8 were replaced by U+FFFD in this stream so far, in the values of `data`, `event` and
    /// `id` fields, whether or not an event came of them, and in the comments that [`next_item`](Self::next_item) has collected.
    /// What is dropped because of a limit does not count.
    ///
    /// ```
    /// # use sse_proto::FixedDecoder;
    /// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// let event = decoder.next_event(&mut &b"data: caf\xE9\n\n"[..])?.expect("a whole event");
    /// assert_eq!(event.data(), "caf\u{FFFD}");
    /// assert_eq!(decoder.utf8_replacements(), 1);
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn utf8_replacements(&self) -> u64 {
        self.block.utf8_replacements()
    }

    /// Frees the unused capacity that is kept between events: four buffers of at most 4 KiB each, if an event was buffered, and the
    /// unused part of that of the last event ID. For many connections that are idle.
    pub fn shrink_to_fit(&mut self) {
        self.block.release();
        self.block.pending.shrink_to_fit();
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits { max_event_bytes: self.block.pending.max_event_bytes }
    }

    /// Drops an unfinished line that does not count.
    pub(crate) fn discard_cut_line(&mut self, cut_line: CutLine) {
        self.block.release();
        if let Some(field) = self.tokenizer.field_of_line() {
            if cut_line == CutLine::Discard || matches!(field, Field::Id | Field::Retry) {
                self.tokenizer.discard_line();
                self.block.discard_line();
            }
        }
    }

    const fn empty(max_event_bytes: usize) -> Self {
        Self { tokenizer: Tokenizer::new(), block: Block::new(max_event_bytes) }
    }
}

/// Shows lengths and states, but nothing that the peer sent.
impl<S: Storage> fmt::Debug for Decoder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = &self.block.pending;
        f.debug_struct("Decoder")
            .field("limits", &self.limits())
            .field("incomplete", &self.incomplete())
            .field("buffered_len", &(pending.max_event_bytes - pending.free))
            .field("last_event_id_len", &pending.last_event_id.len())
            .field("reconnection_time", &self.reconnection_time())
            .field("ignored_lines", &self.ignored().lines())
            .field("utf8_replacements", &self.utf8_replacements())
            .finish_non_exhaustive()
    }
}
