//! Tokens to events. What must be kept from one chunk to the next is kept here, and nothing else is.
//!
//! The way of a value: [`Tokenizer`] cuts it out of the chunk. If its line lies whole in the chunk and is the first of
//! its field, it is only looked at ([`Lines`]) and lent, in place, with the event. If not (a second `data` line, a line
//! that spans chunks, invalid UTF-8), it is copied, once, to where its field is kept. When the chunk ends before the
//! event does, what was only looked at is copied there too.
//!
//! Rule 1: what is held is decided before it is held ([`Decoder::room`]), by a sum that depends on the bytes of the
//! stream alone and not on how they were cut.
//! Rule 2: an event is made when it is asked for. Nothing queues.

use core::str;
use core::time::Duration;

use crate::error::{DecodeError, InvalidEvent, Limit};
use crate::event::{Event, check_id};
use crate::field::Field;
#[cfg(feature = "alloc")]
use crate::storage::Heap;
use crate::storage::{Fixed, Storage, Text};
use crate::tokenizer::{Token, Tokenizer};
use crate::utf8::Utf8;

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
/// and the unfinished line, in bytes of text. Comments and unknown fields are dropped while they arrive and count
/// nothing. See [`Limits`].
///
/// # After an error
///
/// The only error is a limit that was broken. The rest of that event is skipped in constant memory and decoding goes on
/// with the next. The `id` and `retry` of the skipped event still count, so a client that resumes is not sent it again.
///
/// # Complexity
///
/// Linear in the bytes, whatever the chunks. A warm decoder does not allocate: what it keeps allocated between events
/// are at most five buffers of 4 KiB; an event of one `data` line that lies whole in a chunk is not copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoder<#[cfg(feature = "alloc")] S: Storage = Heap, #[cfg(not(feature = "alloc"))] S: Storage> {
    tokenizer: Tokenizer,
    max_event_bytes: usize,
    /// In milliseconds.
    reconnection_time: Option<u64>,
    last_event_id: S::Name,
    // What is kept of the current block. Empty between events.
    block: Block,
    has_data: bool,
    has_id: bool,
    has_retry: bool,
    data: S::Data,
    event_type: S::Name,
    id: S::Name,
    // What is kept of the current line. Empty between lines.
    line: Line,
    line_utf8: Utf8,
    line_id: S::Name,
    line_retry: u64,
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

/// How far the current block has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    /// It goes on.
    Open,
    /// It broke a limit; what is left of it is skipped.
    Skipped,
    /// Its event was lent, and text of it is kept here until the next call.
    Lent,
}

/// How far the current line has come, if it comes in fragments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Nothing of its value was taken.
    Start,
    /// The value goes on.
    Begun,
    /// The value cannot count any more; what is left of it is dropped.
    Ignored,
}

/// The values that lie whole in the current chunk: looked at, not yet kept.
#[derive(Clone, Copy, Default)]
struct Lines<'i> {
    data: Option<&'i str>,
    event_type: Option<&'i str>,
    id: Option<&'i str>,
}

impl Lines<'_> {
    fn len(&self) -> usize {
        [self.data, self.event_type, self.id].iter().flatten().map(|text| text.len()).sum()
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
    /// The next event of the stream; `None` if the input is used up: bring the next chunk.
    ///
    /// # Errors
    ///
    /// [`DecodeError::EventTooLarge`] if an event breaks a limit, once for each such event. Call again with the same
    /// cursor to go on.
    #[inline]
    pub fn next_event<'d, 'i: 'd>(&'d mut self, input: &mut &'i [u8]) -> Result<Option<Event<'d>>, DecodeError> {
        if self.block == Block::Lent {
            self.close_block();
        }
        let mut lines = Lines::default();
        let has_id = loop {
            match self.tokenizer.next_token(input) {
                Some(Token::Value { field, bytes, ends_line }) => {
                    if let Err(error) = self.take_value(&mut lines, field, bytes, ends_line) {
                        self.skip_block(&lines);
                        return Err(error);
                    }
                }
                Some(Token::BlankLine) => {
                    let has_id = self.commit_id(&lines);
                    if self.block == Block::Open && (self.has_data || lines.data.is_some()) {
                        break has_id;
                    }
                    // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty
                    // string and return."
                    self.close_block();
                    lines = Lines::default();
                }
                None => {
                    self.keep_lines(&lines);
                    return Ok(None);
                }
            }
        };
        let retry = if self.has_retry { self.reconnection_time } else { None };
        self.has_retry = false;
        if self.has_data || self.event_type.len() > 0 {
            self.block = Block::Lent;
        }
        let id = if has_id { Some(lines.id.unwrap_or_else(|| self.last_event_id.as_str())) } else { None };
        Ok(Some(Event::from_parts(
            lines.event_type.unwrap_or_else(|| self.event_type.as_str()),
            Some(lines.data.unwrap_or_else(|| self.data.as_str())),
            id,
            retry,
        )))
    }

    /// The stream has ended: drops an incomplete event and makes the decoder ready for the next stream. The last event
    /// ID and the reconnection time stay.
    ///
    /// True: an incomplete event was dropped. "If the file ends in the middle of an event, before the final empty line,
    /// the incomplete event is not dispatched."
    pub fn end_of_stream(&mut self) -> bool {
        let dropped = match self.block {
            Block::Skipped => true,
            Block::Lent => self.tokenizer.is_in_field(),
            Block::Open => self.has_data || self.has_id || self.event_type.len() > 0 || self.tokenizer.is_in_field(),
        };
        let mut ended = Self { reconnection_time: self.reconnection_time, ..Self::empty(self.max_event_bytes) };
        core::mem::swap(&mut ended.last_event_id, &mut self.last_event_id);
        *self = ended;
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
    /// As [`next_event`](Self::next_event).
    pub fn dispatch_incomplete(&mut self) -> Result<Option<Event<'_>>, DecodeError> {
        // The first ends the line, or belongs to a CR before it; the second is the blank line. Without an unfinished line
        // the first is the blank line already.
        self.next_event(&mut &b"\n\n"[..])
    }

    /// The last event ID in force: that of the last block with an `id`, over all streams so far; empty if there was
    /// none. What a client sends as `Last-Event-ID` when it reconnects.
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.last_event_id.as_str()
    }

    /// Sets the last event ID: for a client that goes on where an earlier one stopped.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR, LF or NUL, which no event stream could have set;
    /// [`InvalidEvent::TooLong`] if it alone would break the limits.
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidEvent> {
        check_id(id)?;
        let max_bytes = self.max_event_bytes.min(S::Name::MAX_LEN);
        if id.len() > max_bytes {
            return Err(InvalidEvent::TooLong { len: id.len(), max_bytes });
        }
        self.last_event_id.clear();
        self.last_event_id.push_str(id, 0);
        Ok(())
    }

    /// The reconnection time that the stream has set, by the last valid `retry` field over all streams so far.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.reconnection_time.map(Duration::from_millis)
    }

    /// The limits.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        Limits { max_event_bytes: self.max_event_bytes }
    }

    const fn empty(max_event_bytes: usize) -> Self {
        Self {
            tokenizer: Tokenizer::new(),
            max_event_bytes,
            reconnection_time: None,
            last_event_id: S::Name::EMPTY,
            block: Block::Open,
            has_data: false,
            has_id: false,
            has_retry: false,
            data: S::Data::EMPTY,
            event_type: S::Name::EMPTY,
            id: S::Name::EMPTY,
            line: Line::Start,
            line_utf8: Utf8::new(),
            line_id: S::Name::EMPTY,
            line_retry: 0,
        }
    }

    /// "Process the field", whole or in part.
    #[inline]
    fn take_value<'i>(
        &mut self,
        lines: &mut Lines<'i>,
        field: Field,
        bytes: &'i [u8],
        ends_line: bool,
    ) -> Result<(), DecodeError> {
        match field {
            Field::Comment | Field::Other => return Ok(()),
            Field::Retry => {
                self.take_retry(bytes, ends_line);
                return Ok(());
            }
            Field::Data | Field::Event if self.block == Block::Skipped => {
                if ends_line {
                    self.line = Line::Start;
                }
                return Ok(());
            }
            Field::Data | Field::Event | Field::Id => {}
        }
        let whole = if ends_line && self.line == Line::Start { str::from_utf8(bytes).ok() } else { None };
        let taken = match whole {
            Some(text) => self.take_line(lines, field, text),
            None => self.take_part(lines, field, bytes, ends_line),
        };
        // An id that is too long even for a skipped block is only ignored: one error an event.
        if self.block == Block::Skipped { Ok(()) } else { taken }
    }

    /// A line that lies whole in the chunk, and is valid UTF-8.
    #[inline]
    fn take_line<'i>(&mut self, lines: &mut Lines<'i>, field: Field, text: &'i str) -> Result<(), DecodeError> {
        match field {
            Field::Data if self.has_data || lines.data.is_some() => {
                self.begin_data(lines)?;
                self.push(lines, field, text)?;
            }
            Field::Data => {
                self.room(lines, field, text.len())?;
                lines.data = Some(text);
            }
            // "Set the event type buffer to the field value."
            Field::Event => {
                self.event_type.clear();
                lines.event_type = None;
                self.room(lines, field, text.len())?;
                lines.event_type = Some(text);
            }
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
            // Otherwise, ignore the field."
            _ => {
                let nul = text.bytes().position(|byte| byte == 0);
                self.room(lines, field, nul.unwrap_or(text.len()))?;
                if nul.is_none() {
                    self.id.clear();
                    self.has_id = false;
                    lines.id = Some(text);
                }
            }
        }
        Ok(())
    }

    /// A line that spans chunks, or that is not valid UTF-8: a piece of it, up to its end if that is here.
    fn take_part(
        &mut self,
        lines: &mut Lines<'_>,
        field: Field,
        bytes: &[u8],
        ends_line: bool,
    ) -> Result<(), DecodeError> {
        let mut taken = Ok(());
        if self.line == Line::Start {
            self.line = Line::Begun;
            match field {
                Field::Data => taken = self.begin_data(lines),
                Field::Event => {
                    self.event_type.clear();
                    lines.event_type = None;
                }
                _ => {}
            }
        }
        if self.line == Line::Begun && taken.is_ok() {
            let nul = if field == Field::Id { bytes.iter().position(|&byte| byte == 0) } else { None };
            let mut utf8 = self.line_utf8;
            taken = utf8.decode(bytes.get(..nul.unwrap_or(bytes.len())).unwrap_or_default(), |text| {
                self.push(lines, field, text)
            });
            if taken.is_ok() && (ends_line || nul.is_some()) {
                taken = utf8.finish(|text| self.push(lines, field, text));
            }
            self.line_utf8 = utf8;
            if nul.is_some() {
                self.line = Line::Ignored;
            }
        }
        if taken.is_err() {
            self.line = Line::Ignored;
        }
        if self.line == Line::Ignored {
            self.line_utf8 = Utf8::new();
            self.line_id.clear();
        }
        if ends_line {
            if field == Field::Id && self.line == Line::Begun {
                core::mem::swap(&mut self.id, &mut self.line_id);
                self.line_id.clear();
                self.id.shrink();
                self.has_id = true;
                lines.id = None;
            }
            self.event_type.shrink();
            self.line = Line::Start;
        }
        taken
    }

    /// "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and
    /// set the event stream's reconnection time to that integer. Otherwise, ignore the field."
    fn take_retry(&mut self, bytes: &[u8], ends_line: bool) {
        if self.line == Line::Start {
            self.line_retry = 0;
        }
        if self.line != Line::Ignored && !bytes.is_empty() {
            let number = bytes.iter().try_fold(self.line_retry, |number, byte| {
                let digit = byte.wrapping_sub(b'0');
                if digit > 9 { None } else { number.checked_mul(10)?.checked_add(digit.into()) }
            });
            self.line = if number.is_some() { Line::Begun } else { Line::Ignored };
            self.line_retry = number.unwrap_or_default();
        }
        if ends_line {
            if self.line == Line::Begun {
                self.reconnection_time = Some(self.line_retry);
                self.has_retry = true;
            }
            self.line = Line::Start;
            self.line_retry = 0;
        }
    }

    /// A line of data begins, and it will be kept.
    fn begin_data(&mut self, lines: &mut Lines<'_>) -> Result<(), DecodeError> {
        if let Some(first) = lines.data.take() {
            self.keep_data(first);
        }
        // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data
        // buffer", and at last "remove the last character from the data buffer": so a LF between two lines.
        if self.has_data {
            self.push(lines, Field::Data, "\n")?;
        }
        self.has_data = true;
        Ok(())
    }

    /// Appends to what is kept of a field's value, if there is room.
    fn push(&mut self, lines: &Lines<'_>, field: Field, text: &str) -> Result<(), DecodeError> {
        self.room(lines, field, text.len())?;
        if field != Field::Data {
            self.relieve(text.len());
        }
        let spare = self.spare(field, text.len());
        match field {
            Field::Data => self.data.push_str(text, spare),
            Field::Event => self.event_type.push_str(text, spare),
            _ => self.line_id.push_str(text, spare),
        }
        Ok(())
    }

    /// Whether a field's value may grow by so many bytes.
    #[inline]
    fn room(&self, lines: &Lines<'_>, field: Field, more: usize) -> Result<(), DecodeError> {
        let data = self.data.len() + lines.data.map_or(0, str::len);
        let (len, limit, max_bytes) = match field {
            Field::Data => (data, S::LIMITS.0, S::Data::MAX_LEN),
            Field::Event => (self.event_type.len(), S::LIMITS.1, S::Name::MAX_LEN),
            _ => (self.line_id.len(), S::LIMITS.1, S::Name::MAX_LEN),
        };
        if len.saturating_add(more) > max_bytes {
            return Err(DecodeError::EventTooLarge { field, limit, max_bytes });
        }
        let names = [&self.last_event_id, &self.event_type, &self.id, &self.line_id];
        let held = self.data.len() + names.map(Text::len).iter().sum::<usize>() + lines.len();
        if held.saturating_add(more) > self.max_event_bytes {
            let (limit, max_bytes) = (Limit::MaxEventBytes, self.max_event_bytes);
            return Err(DecodeError::EventTooLarge { field, limit, max_bytes });
        }
        Ok(())
    }

    /// How much memory the text of a field may take beyond its length when it grows by so many bytes, for all that is
    /// held to stay below the limit.
    fn spare(&self, field: Field, more: usize) -> usize {
        let names = self.names_held();
        let others = match field {
            Field::Data => names + self.data.len(),
            Field::Event => names - self.event_type.held() + self.event_type.len() + self.data.held(),
            _ => names - self.line_id.held() + self.line_id.len() + self.data.held(),
        };
        self.max_event_bytes.saturating_sub(others.saturating_add(more)).max(SMALL)
    }

    /// A name will take so many bytes more: what the data has taken beyond its length may stand in the way. (A name is
    /// given back what it has too much when its line ends.)
    fn relieve(&mut self, more: usize) {
        if (self.names_held() + self.data.held()).saturating_add(more) > self.max_event_bytes {
            self.data.shrink();
        }
    }

    fn names_held(&self) -> usize {
        [&self.last_event_id, &self.event_type, &self.id, &self.line_id].map(Text::held).iter().sum()
    }

    /// The chunk ends before the block does: what was looked at must be kept.
    fn keep_lines(&mut self, lines: &Lines<'_>) {
        if let Some(data) = lines.data {
            self.keep_data(data);
        }
        if let Some(event_type) = lines.event_type {
            self.relieve(event_type.len());
            self.event_type.push_str(event_type, SMALL);
        }
        self.keep_id(lines);
    }

    fn keep_data(&mut self, data: &str) {
        let spare = self.spare(Field::Data, data.len());
        self.data.push_str(data, spare);
        self.has_data = true;
    }

    fn keep_id(&mut self, lines: &Lines<'_>) {
        if let Some(id) = lines.id {
            self.relieve(id.len());
            self.id.push_str(id, SMALL);
            self.has_id = true;
        }
    }

    /// "Set the last event ID string of the event source to the value of the last event ID buffer." Whether the block has
    /// an id.
    #[inline]
    fn commit_id(&mut self, lines: &Lines<'_>) -> bool {
        if let Some(id) = lines.id {
            self.last_event_id.clear();
            self.relieve(id.len());
            self.last_event_id.push_str(id, SMALL);
            return true;
        }
        let has_id = self.has_id;
        if has_id {
            core::mem::swap(&mut self.last_event_id, &mut self.id);
            self.id.clear();
            self.has_id = false;
        }
        has_id
    }

    fn skip_block(&mut self, lines: &Lines<'_>) {
        self.close_block();
        self.block = Block::Skipped;
        self.keep_id(lines);
    }

    /// "Set the data buffer and the event type buffer to the empty string."
    fn close_block(&mut self) {
        self.block = Block::Open;
        self.has_data = false;
        self.has_retry = false;
        self.data.clear();
        self.event_type.clear();
    }
}

/// What a text may take beyond its length in any case, so that it does not grow byte by byte.
const SMALL: usize = 64;
