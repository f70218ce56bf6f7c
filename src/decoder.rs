//! Tokens to events.
//!
//! The way of a byte: [`Tokenizer`] cuts its line out of the chunk, [`Block`] takes the line, and the blank line makes an
//! event of the block. Nothing queues: an event is made when it is asked for.

use core::time::Duration;

use crate::block::Block;
use crate::error::{DecodeError, InvalidEvent, TooLarge};
use crate::event::{Event, check_id};
use crate::field::Field;
#[cfg(feature = "alloc")]
use crate::heap::Heap;
use crate::lines::Lines;
use crate::storage::{Buffer, Fixed, Storage};
use crate::texts::{Each, Texts};
use crate::tokenizer::{Token, Tokenizer};
use crate::utf8;

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
/// the chunk. `None` means that the chunk is used up. Blocks without data give no event; their `id` and `retry` can be
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
    tokenizer: Tokenizer,
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
/// static DECODER: FixedDecoder<256, 32> = Decoder::fixed();
///
/// let mut decoder = DECODER.clone();
/// let mut input = &b"data: hello\n\n"[..];
/// let event = decoder.next_event(&mut input)?.expect("a whole event");
/// assert_eq!(event.data(), "hello");
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
pub type FixedDecoder<const DATA: usize, const NAME: usize> = Decoder<Fixed<DATA, NAME>>;

/// What a decoder may hold.
///
/// ```
/// use sse_proto::{Decoder, Limits};
///
/// let decoder = Decoder::with_limits(Limits::default().max_event_bytes(64 * 1024));
/// assert_eq!(decoder.limits().max_event_bytes, 64 * 1024);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Limits {
    /// The most text, in bytes, that a decoder holds at any moment: the data of the event with its line feeds, its type,
    /// its id, and the last event ID. 16 MiB by default, for images arrive in one event; `usize::MAX` is no limit.
    pub max_event_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_event_bytes: 16 * 1024 * 1024 }
    }
}

impl Limits {
    /// Sets [`max_event_bytes`](Self::max_event_bytes).
    #[must_use]
    pub const fn max_event_bytes(self, max_event_bytes: usize) -> Self {
        Self { max_event_bytes }
    }
}

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

impl<const DATA: usize, const NAME: usize> FixedDecoder<DATA, NAME> {
    /// A decoder with fixed buffers. Their sizes are its limits.
    #[must_use]
    pub const fn fixed() -> Self {
        Self::empty(usize::MAX)
    }
}

impl<const DATA: usize, const NAME: usize> Default for FixedDecoder<DATA, NAME> {
    fn default() -> Self {
        Self::fixed()
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
        self.next_with(input, &mut Each)
    }

    /// The stream has ended: drops an incomplete event and makes the decoder ready for the next stream. The last event
    /// ID and the reconnection time stay.
    ///
    /// True: an incomplete event was dropped. "If the file ends in the middle of an event, before the final empty line,
    /// the incomplete event is not dispatched."
    pub fn end_of_stream(&mut self) -> bool {
        let dropped = self.block.is_incomplete() || self.tokenizer.is_in_field();
        let mut next = Self::empty(self.block.kept.max_event_bytes);
        next.block.reconnection_time = self.block.reconnection_time.of_next_stream();
        next.block.kept.take_last_event_id(&mut self.block.kept);
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
        self.block.kept.last_event_id.as_str()
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
        self.block.end_loan();
        let max_bytes = self.block.kept.room_for_last_event_id();
        if id.len() > max_bytes {
            return Err(InvalidEvent::TooLong { len: id.len(), max_bytes });
        }
        self.block.kept.set_last_event_id(id.as_bytes());
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
        self.block.end_loan();
        self.block.kept.shrink_to_fit();
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits { max_event_bytes: self.block.kept.max_event_bytes }
    }

    const fn empty(max_event_bytes: usize) -> Self {
        Self { tokenizer: Tokenizer::new(), block: Block::new(max_event_bytes) }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `next_event` and of `Events::next`")]
    pub(crate) fn next_with<'d, 'i: 'd>(
        &'d mut self,
        input: &mut &'i [u8],
        texts: &mut impl Texts<'i>,
    ) -> Result<Option<Event<'d>>, DecodeError> {
        self.block.end_loan();
        if let [byte] = **input {
            if self.take_byte(byte) {
                *input = &[];
                return Ok(None);
            }
        }
        if !self.tokenizer.is_at_line_start() {
            *input = self.go_on_in_data(input);
            if input.is_empty() {
                return Ok(None);
            }
            match self.go_on(input) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(self.block.kept.error(error)),
            }
        }
        self.skip_keep_alives(input);
        let event = *input;
        let data = match self.first_data(input) {
            Ok(FirstLine::DataAlone(data)) => {
                // A block of one value is not worth it.
                let text = if input.is_empty() { utf8::text(data) } else { texts.text(data, event, event.len() - input.len()) };
                return match text {
                    Some(data) => Ok(Some(self.block.event_of_data(data))),
                    None => self.next_repaired(data),
                };
            }
            Ok(FirstLine::Data(data)) => Some(data),
            Ok(FirstLine::Other) => None,
            Err(error) => return Err(self.block.kept.error(error)),
        };
        if input.is_empty() && data.is_none() { Ok(None) } else { self.next_with_data(event, data, input, texts) }
    }

    /// The first line of the next event, if it is data and nothing of the block is kept: most events are just that.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is what most events come by")]
    pub(crate) fn first_data<'i>(&mut self, input: &mut &'i [u8]) -> Result<FirstLine<'i>, TooLarge> {
        if !self.block.is_empty() {
            return Ok(FirstLine::Other);
        }
        let Some(value) = input.strip_prefix(b"data:") else { return Ok(FirstLine::Other) };
        match self.tokenizer.value(Field::Data, value, input) {
            Some(Token::Value { bytes, ends_line: true, .. }) if self.block.has_room_for_data(bytes.len()) => {
                if let [b'\n', rest @ ..] = *input {
                    *input = rest;
                    return Ok(FirstLine::DataAlone(bytes));
                }
                Ok(FirstLine::Data(bytes))
            }
            Some(Token::Value { bytes, ends_line, .. }) => {
                self.block.take(Field::Data, bytes, ends_line).map(|()| FirstLine::Other)
            }
            _ => Ok(FirstLine::Other),
        }
    }

    /// The event of this data, which is not text.
    #[cold]
    fn next_repaired(&mut self, data: &[u8]) -> Result<Option<Event<'_>>, DecodeError> {
        let dispatched = self.block.dispatch_looked_at(Lines { data: Some(data), ..self.block.no_lines() });
        match dispatched {
            Ok(_) => Ok(Some(self.block.lend())),
            Err(error) => Err(self.block.kept.error(error)),
        }
    }

    /// The next event, which begins here: maybe with a line of data that was looked at. Apart, so that those who only go on
    /// in a line, or have data alone, need not prepare for all that this may need.
    #[inline(never)]
    fn next_with_data<'d, 'i: 'd>(
        &'d mut self,
        event: &'i [u8],
        data: Option<&'i [u8]>,
        input: &mut &'i [u8],
        texts: &mut impl Texts<'i>,
    ) -> Result<Option<Event<'d>>, DecodeError> {
        let (advanced, lines) = self.advance(input, data);
        let dispatched = match advanced {
            Ok(Advanced::Here) => {
                let event_len = event.len() - input.len();
                let by_itself = input.is_empty() && lines.has_no_names();
                let text = |value| if by_itself { utf8::text(value) } else { texts.text(value, event, event_len) };
                if let Some(event) = self.block.event_looked_at(&lines, text) {
                    return Ok(Some(event));
                }
                self.block.dispatch_looked_at(lines)
            }
            Ok(Advanced::Kept) => Ok(true),
            Ok(Advanced::UsedUp) => Ok(false),
            Err(error) => Err(error),
        };
        match dispatched {
            Ok(true) => Ok(Some(self.block.lend())),
            Ok(false) => Ok(None),
            Err(error) => Err(self.block.kept.error(error)),
        }
    }

    /// Whether a line can begin here.
    #[cfg(feature = "bytes")]
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.tokenizer.is_at_line_start()
    }

    /// Goes past keep-alives, if that is what comes where a line can begin.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is asked before each event")]
    pub(crate) fn skip_keep_alives(&mut self, input: &mut &[u8]) {
        if matches!(input, [b':' | b'\n', ..]) && self.block.is_empty() {
            self.skip_comments(input);
        }
    }

    /// Goes past comments and blank lines, if nothing of the block is kept.
    #[inline]
    fn skip_comments(&mut self, input: &mut &[u8]) {
        if self.tokenizer.skip_comments(input) {
            self.block.dispatch_nothing();
        }
    }

    /// The shortest way, for streams that come byte by byte: takes the byte, if there is nothing to decide.
    #[inline(never)]
    pub(crate) fn take_byte(&mut self, byte: u8) -> bool {
        match self.tokenizer.field_of_value() {
            None => self.tokenizer.step(byte),
            Some(_) if matches!(byte, b'\n' | b'\r') => false,
            Some(Field::Comment | Field::Other) => true,
            Some(Field::Data) if self.block.can_extend_data(1) => {
                self.block.extend_data(&[byte], false);
                true
            }
            Some(_) => false,
        }
    }

    /// The short way of a long value: goes on in a line of data, if there is room and memory for all the input has. Gives what
    /// is left of the input.
    #[inline(never)]
    pub(crate) fn go_on_in_data<'i>(&mut self, mut input: &'i [u8]) -> &'i [u8] {
        if self.tokenizer.field_of_value() == Some(Field::Data) && self.block.can_extend_data(input.len()) {
            let (bytes, ends_line) = self.tokenizer.rest_of_value(&mut input);
            self.block.extend_data(bytes, ends_line);
        }
        input
    }

    /// Goes on in the line, or the start of the stream, where the last chunk ended. True if a line can begin then; else the
    /// input is used up.
    #[inline(never)]
    pub(crate) fn go_on(&mut self, input: &mut &[u8]) -> Result<bool, TooLarge> {
        if self.tokenizer.field_of_value() == Some(Field::Comment) && self.block.is_empty() {
            self.skip_comments(input);
            return Ok(self.tokenizer.is_at_line_start());
        }
        while !input.is_empty() && !self.tokenizer.is_at_line_start() {
            let Some(field) = self.tokenizer.field_of_value() else {
                if let Some(Token::Value { field, bytes, ends_line }) = self.tokenizer.approach(input) {
                    self.block.take(field, bytes, ends_line)?;
                }
                continue;
            };
            let (bytes, ends_line) = self.tokenizer.rest_of_value(input);
            if !matches!(field, Field::Comment | Field::Other) {
                self.block.take(field, bytes, ends_line)?;
            }
            if !ends_line {
                return Ok(false);
            }
        }
        Ok(self.tokenizer.is_at_line_start())
    }

    /// Goes on to the end of the next event, or of the input, where a line can begin. And the lines of the event, if they
    /// are [`Here`](Advanced::Here).
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn advance<'i>(&mut self, input: &mut &'i [u8], data: Option<&'i [u8]>) -> (Result<Advanced, TooLarge>, Lines<'i>) {
        // A copy, whose address is told to none but those who are inlined: so it stays in registers.
        let mut rest = *input;
        let mut lines = self.block.no_lines();
        if let Some(data) = data {
            Block::<S>::look(&mut lines, Field::Data, data);
        }
        let advanced = loop {
            if self.block.is_empty() {
                match self.look_at_lines(&mut rest, &mut lines) {
                    Ok(None) => {}
                    Ok(Some(advanced)) => break Ok(advanced),
                    Err(error) => break Err(error),
                }
            }
            let mut left = rest;
            let dispatched = self.advance_kept(&mut left);
            rest = left;
            match dispatched {
                Ok(true) => break Ok(Advanced::Kept),
                Ok(false) if !rest.is_empty() => lines = self.block.no_lines(),
                Ok(false) => break Ok(Advanced::UsedUp),
                Err(error) => break Err(error),
            }
        };
        *input = rest;
        (advanced, lines)
    }

    /// The short way, for events that lie whole in the chunk, one line for each field. It leads into the long one, which
    /// can do all: that is `None`.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `advance`")]
    fn look_at_lines<'i>(&mut self, input: &mut &'i [u8], lines: &mut Lines<'i>) -> Result<Option<Advanced>, TooLarge> {
        while !input.is_empty() {
            match self.tokenizer.line(input) {
                None | Some(Token::Value { field: Field::Comment | Field::Other, .. }) => {}
                Some(Token::Value { field: Field::Retry, bytes, ends_line }) => self.block.take_retry(bytes, ends_line),
                Some(Token::Value { field, bytes, ends_line: true }) if Block::<S>::look(lines, field, bytes) => {}
                Some(Token::Value { field, bytes, ends_line }) => {
                    if !lines.is_empty() {
                        self.block.keep(*lines);
                    }
                    return self.block.take(field, bytes, ends_line).map(|()| None);
                }
                Some(Token::BlankLine) if lines.data.is_some() => return Ok(Some(Advanced::Here)),
                // After a keep-alive, or another blank line.
                Some(Token::BlankLine) if lines.is_empty() => self.block.dispatch_nothing(),
                Some(Token::BlankLine) => {
                    self.block.dispatch_looked_at(*lines)?;
                    *lines = self.block.no_lines();
                }
            }
        }
        if !lines.is_empty() {
            self.block.keep(*lines);
        }
        Ok(Some(Advanced::UsedUp))
    }

    /// The long way: something of the block is kept. True: its event was dispatched; else the input is used up, or nothing
    /// is kept any more.
    #[inline(never)]
    fn advance_kept(&mut self, input: &mut &[u8]) -> Result<bool, TooLarge> {
        // A copy, whose address is told to none: so it stays in registers.
        let mut rest = *input;
        let dispatched = loop {
            if rest.is_empty() {
                break Ok(false);
            }
            match self.tokenizer.line(&mut rest) {
                Some(Token::Value { field: Field::Data, bytes, ends_line: true })
                    if self.block.extend_data_by_line(bytes) => {}
                Some(Token::Value { field, bytes, ends_line }) => {
                    if let Err(error) = self.block.take(field, bytes, ends_line) {
                        break Err(error);
                    }
                }
                Some(Token::BlankLine) => break self.block.dispatch(),
                None => {}
            }
        };
        *input = rest;
        dispatched
    }
}

/// The first line of an event.
pub(crate) enum FirstLine<'i> {
    /// Data, and a blank line after it: that is the event.
    DataAlone(&'i [u8]),
    /// Data.
    Data(&'i [u8]),
    /// Another one, or none, or data that is kept.
    Other,
}

/// Where the stream stands.
pub(crate) enum Advanced {
    /// At the end of an event that lies whole in the chunk.
    Here,
    /// At the end of an event that is kept in the block, which can lend it.
    Kept,
    /// At the end of the input.
    UsedUp,
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::{Decoder, Fixed, Storage};
    use crate::scan::tests::searched;

    /// No byte is searched twice for a line end, whatever the chunks, and whether or not a limit is broken.
    #[test]
    fn no_byte_is_searched_twice() {
        let words =
            ["data: x", "data", "da", ": c", "id: 1", "event: e", "retry: 1", "\n", "\r", "\r\n", "\n\n", "unknown"];
        let mut stream = String::new();
        let mut number = 1_u64;
        for _ in 0..4000 {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            stream.push_str(words[usize::try_from(number >> 33).unwrap() % words.len()]);
        }
        let long = String::from("data: ") + &"x".repeat(100_000) + "\n\n";
        for stream in [stream, long] {
            for size in [1, 2, 3, 7, 16, 100, 1460, stream.len()] {
                let mut fixed: Decoder<Fixed<300, 30>> = Decoder::fixed();
                check(&mut fixed, &stream, size);
                #[cfg(feature = "alloc")]
                check(&mut Decoder::new(), &stream, size);
            }
        }
    }

    fn check<S: Storage>(decoder: &mut Decoder<S>, stream: &str, size: usize) {
        searched();
        for mut chunk in stream.as_bytes().chunks(size) {
            while !matches!(decoder.next_event(&mut chunk), Ok(None)) {}
        }
        let searched = searched();
        assert!(searched <= stream.len(), "{searched} of {} bytes in chunks of {size}", stream.len());
        assert!(searched > stream.len() / 2 || size == 1, "{searched}: the count counts");
    }
}
