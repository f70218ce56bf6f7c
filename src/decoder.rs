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

use core::time::Duration;
use core::{mem, str};

use crate::error::{DecodeError, InvalidEvent, Limit};
use crate::event::{Event, check_id};
use crate::field::Field;
#[cfg(feature = "alloc")]
use crate::storage::Heap;
use crate::storage::{Buffer, Fixed, Storage};
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
    last_event_id: S::Id,
    /// How many bytes are held in `last_event_id`, `data`, `event_type`, `id` and `line_id`.
    held: usize,
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
    data: Option<&'i [u8]>,
    event_type: Option<&'i [u8]>,
    id: Option<&'i [u8]>,
    /// The sum of their lengths.
    len: usize,
}

/// The values of a complete event: those that lie in the chunk, as text. The others are text where they are kept.
#[derive(Clone, Copy, Default)]
struct Texts<'i> {
    data: Option<&'i str>,
    event_type: Option<&'i str>,
    id: Option<&'i str>,
    has_id: bool,
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
        let Some(texts) = self.advance(input)? else { return Ok(None) };
        let retry = if self.has_retry { self.reconnection_time } else { None };
        self.has_retry = false;
        let id = if texts.has_id { Some(texts.id.unwrap_or_else(|| self.last_event_id.as_str())) } else { None };
        Ok(Some(Event::from_parts(
            texts.event_type.unwrap_or_else(|| self.event_type.as_str()),
            Some(texts.data.unwrap_or_else(|| self.data.as_str())),
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
        mem::swap(&mut ended.last_event_id, &mut self.last_event_id);
        ended.held = ended.last_event_id.len();
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
        self.set_id(id);
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
            last_event_id: S::Id::EMPTY,
            held: 0,
            block: Block::Open,
            has_data: false,
            has_id: false,
            has_retry: false,
            data: S::Data::EMPTY,
            event_type: S::Name::EMPTY,
            id: S::Name::EMPTY,
            line: Line::Start,
            line_id: S::Name::EMPTY,
            line_retry: 0,
        }
    }

    /// Goes on to the end of the next event, or of the input.
    #[inline]
    fn advance<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<Texts<'i>>, DecodeError> {
        if self.block == Block::Lent {
            self.close_block();
        }
        let mut lines = Lines::default();
        loop {
            match self.tokenizer.next_token(input) {
                Some(Token::Value { field, bytes, ends_line }) => {
                    if let Err(error) = self.take_value(&mut lines, field, bytes, ends_line) {
                        self.skip_block(&lines);
                        return Err(error);
                    }
                }
                Some(Token::BlankLine) => {
                    if let Some(texts) = self.dispatch(&lines)? {
                        return Ok(Some(texts));
                    }
                    lines = Lines::default();
                }
                None => {
                    self.keep_lines(&lines);
                    return Ok(None);
                }
            }
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
        let taken = if ends_line && self.line == Line::Start {
            self.take_line(lines, field, bytes)
        } else {
            self.take_part(lines, field, bytes, ends_line)
        };
        // An id that is too long even for a skipped block is only ignored: one error an event.
        if self.block == Block::Skipped { Ok(()) } else { taken }
    }

    /// A line that lies whole in the chunk.
    #[inline]
    fn take_line<'i>(&mut self, lines: &mut Lines<'i>, field: Field, bytes: &'i [u8]) -> Result<(), DecodeError> {
        match field {
            Field::Data if self.has_data || lines.data.is_some() => {
                self.begin_data(lines)?;
                return self.push(lines, field, bytes);
            }
            Field::Data => {
                self.room(lines, field, 0, bytes.len())?;
                lines.data = Some(bytes);
            }
            // "Set the event type buffer to the field value."
            Field::Event => {
                self.drop_type(lines);
                self.room(lines, field, 0, bytes.len())?;
                lines.event_type = Some(bytes);
            }
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value.
            // Otherwise, ignore the field."
            _ => {
                let nul = bytes.iter().position(|&byte| byte == 0);
                self.room(lines, field, 0, nul.unwrap_or(bytes.len()))?;
                if nul.is_some() {
                    return Ok(());
                }
                self.drop_id(lines);
                lines.id = Some(bytes);
            }
        }
        lines.len += bytes.len();
        Ok(())
    }

    /// A line that spans chunks: a piece of it, up to its end if that is here.
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
                Field::Event => self.drop_type(lines),
                _ => {}
            }
        }
        if self.line == Line::Begun && taken.is_ok() {
            let nul = if field == Field::Id { bytes.iter().position(|&byte| byte == 0) } else { None };
            taken = self.push(lines, field, nul.and_then(|nul| bytes.get(..nul)).unwrap_or(bytes));
            if nul.is_some() {
                self.line = Line::Ignored;
            }
        }
        if taken.is_err() {
            self.line = Line::Ignored;
        }
        if ends_line {
            if field == Field::Id && self.line == Line::Begun {
                self.drop_id(lines);
                mem::swap(&mut self.id, &mut self.line_id);
                self.id.shrink();
                self.has_id = true;
            }
            if field == Field::Event {
                self.event_type.shrink();
            }
        }
        if field == Field::Id && (ends_line || self.line == Line::Ignored) {
            self.held -= self.line_id.len();
            self.line_id.clear();
        }
        if ends_line {
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
        self.keep_data(lines);
        // "Append the field value to the data buffer, then append a single U+000A LINE FEED (LF) character to the data
        // buffer", and at last "remove the last character from the data buffer": so a LF between two lines.
        if self.has_data {
            self.push(lines, Field::Data, b"\n")?;
        }
        self.has_data = true;
        Ok(())
    }

    /// Appends to what is kept of a field's value, if there is room.
    fn push(&mut self, lines: &Lines<'_>, field: Field, bytes: &[u8]) -> Result<(), DecodeError> {
        let len = match field {
            Field::Data => self.data.len(),
            Field::Event => self.event_type.len(),
            _ => self.line_id.len(),
        };
        self.room(lines, field, len, bytes.len())?;
        self.keep(field, bytes);
        Ok(())
    }

    /// Whether a field's value, so far of this length, may grow by so many bytes.
    #[inline]
    fn room(&self, lines: &Lines<'_>, field: Field, len: usize, more: usize) -> Result<(), DecodeError> {
        let (limit, max_bytes) = match field {
            Field::Data => (S::LIMITS.0, S::Data::MAX_LEN),
            _ => (S::LIMITS.1, S::Name::MAX_LEN),
        };
        if max_bytes < usize::MAX && len.saturating_add(more) > max_bytes {
            return Err(DecodeError::EventTooLarge { field, limit, max_bytes });
        }
        if more > self.max_event_bytes.saturating_sub(self.held + lines.len) {
            let (limit, max_bytes) = (Limit::MaxEventBytes, self.max_event_bytes);
            return Err(DecodeError::EventTooLarge { field, limit, max_bytes });
        }
        Ok(())
    }

    /// Appends to what is kept of a field's value. (An id is kept in `line_id` while its line is not complete.)
    fn keep(&mut self, field: Field, bytes: &[u8]) {
        let more = bytes.len();
        match field {
            Field::Data => {
                if !self.data.has_room(more) {
                    self.data.grow(more, self.spare(self.data.held(), self.data.len() + more));
                }
                self.data.append(bytes);
            }
            Field::Event => {
                if !self.event_type.has_room(more) {
                    self.relieve(more);
                    let spare = self.spare(self.event_type.held(), self.event_type.len() + more);
                    self.event_type.grow(more, spare);
                }
                self.event_type.append(bytes);
            }
            _ => {
                if !self.line_id.has_room(more) {
                    self.relieve(more);
                    let spare = self.spare(self.line_id.held(), self.line_id.len() + more);
                    self.line_id.grow(more, spare);
                }
                self.line_id.append(bytes);
            }
        }
        self.held += more;
    }

    /// How much memory a buffer that has so much, and needs so much, may take beyond that for all to stay below the limit.
    fn spare(&self, has: usize, needs: usize) -> usize {
        self.max_event_bytes.saturating_sub(self.memory() - has + needs).max(SMALL)
    }

    /// A name will take so many bytes more: what the data has taken beyond its length may stand in the way. (A name is
    /// given back what it has too much when its line ends.)
    fn relieve(&mut self, more: usize) {
        if self.memory().saturating_add(more) > self.max_event_bytes {
            self.data.shrink();
        }
    }

    /// The memory of all buffers that have more than a little.
    fn memory(&self) -> usize {
        let names = [&self.event_type, &self.id, &self.line_id].map(Buffer::held);
        self.data.held() + self.last_event_id.held() + names.iter().sum::<usize>()
    }

    /// The chunk ends before the block does: what was looked at must be kept.
    fn keep_lines(&mut self, lines: &Lines<'_>) {
        let mut lines = *lines;
        self.keep_data(&mut lines);
        self.keep_type(&mut lines);
        self.keep_id(&mut lines);
    }

    fn keep_data(&mut self, lines: &mut Lines<'_>) {
        if let Some(data) = lines.data.take() {
            lines.len -= data.len();
            self.keep(Field::Data, data);
            self.has_data = true;
        }
    }

    fn keep_type(&mut self, lines: &mut Lines<'_>) {
        if let Some(event_type) = lines.event_type.take() {
            lines.len -= event_type.len();
            self.keep(Field::Event, event_type);
            self.event_type.shrink();
        }
    }

    fn keep_id(&mut self, lines: &mut Lines<'_>) {
        if let Some(id) = lines.id.take() {
            lines.len -= id.len();
            if !self.id.has_room(id.len()) {
                self.relieve(id.len());
                self.id.grow(id.len(), SMALL);
            }
            self.id.append(id);
            self.held += id.len();
            self.has_id = true;
        }
    }

    fn drop_type(&mut self, lines: &mut Lines<'_>) {
        lines.len -= lines.event_type.take().map_or(0, <[u8]>::len);
        self.held -= self.event_type.len();
        self.event_type.clear();
    }

    fn drop_id(&mut self, lines: &mut Lines<'_>) {
        lines.len -= lines.id.take().map_or(0, <[u8]>::len);
        self.held -= self.id.len();
        self.id.clear();
        self.has_id = false;
    }

    /// "Dispatch the event": the block is complete. `None` if it has no data, or was skipped.
    #[inline]
    fn dispatch<'i>(&mut self, lines: &Lines<'i>) -> Result<Option<Texts<'i>>, DecodeError> {
        let mut lines = *lines;
        let mut texts = Texts::default();
        let skipped = self.block == Block::Skipped;
        if lines.id.is_some() || self.has_id {
            match self.commit_id(&mut lines) {
                Ok(id) => (texts.id, texts.has_id) = (id, true),
                Err(error) if !skipped => {
                    self.close_block();
                    return Err(error);
                }
                Err(_) => {}
            }
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return."
        if skipped || !(self.has_data || lines.data.is_some()) {
            self.close_block();
            return Ok(None);
        }
        if let Some(text) = lines.data.and_then(|data| str::from_utf8(data).ok()) {
            texts.data = Some(text);
        } else {
            self.keep_data(&mut lines);
        }
        if let Some(text) = lines.event_type.and_then(|event_type| str::from_utf8(event_type).ok()) {
            texts.event_type = Some(text);
        } else {
            self.keep_type(&mut lines);
        }
        if self.has_data || self.event_type.len() > 0 {
            self.block = Block::Lent;
            self.validate(&lines).inspect_err(|_| self.close_block())?;
        }
        Ok(Some(texts))
    }

    /// Makes text of what is kept of the event type and the data.
    fn validate(&mut self, lines: &Lines<'_>) -> Result<(), DecodeError> {
        if !self.event_type.validate() {
            let len = self.event_type.len();
            let more = utf8::repaired_len(self.event_type.as_slice()) - len;
            self.room(lines, Field::Event, len, more)?;
            self.event_type.grow(more, SMALL);
            self.event_type.repair();
            self.held += more;
        }
        if !self.data.validate() {
            let len = self.data.len();
            let more = utf8::repaired_len(self.data.as_slice()) - len;
            self.room(lines, Field::Data, len, more)?;
            self.data.grow(more, SMALL);
            self.data.repair();
            self.data.validate();
            self.held += more;
        }
        Ok(())
    }

    /// "Set the last event ID string of the event source to the value of the last event ID buffer."
    fn commit_id<'i>(&mut self, lines: &mut Lines<'i>) -> Result<Option<&'i str>, DecodeError> {
        if let Some(id) = lines.id.and_then(|id| str::from_utf8(id).ok()) {
            lines.len -= id.len();
            lines.id = None;
            self.relieve(id.len());
            self.set_id(id);
            return Ok(Some(id));
        }
        self.keep_id(lines);
        self.has_id = false;
        if !self.id.validate() {
            let len = self.id.len();
            let more = utf8::repaired_len(self.id.as_slice()) - len;
            if let Err(error) = self.room(lines, Field::Id, len, more) {
                self.drop_id(lines);
                return Err(error);
            }
            self.relieve(more);
            self.id.grow(more, SMALL);
            self.id.repair();
            self.held += more;
        }
        self.held -= self.last_event_id.len();
        S::commit(&mut self.id, &mut self.last_event_id);
        Ok(None)
    }

    fn set_id(&mut self, id: &str) {
        self.held = self.held - self.last_event_id.len() + id.len();
        if self.last_event_id.held() > 0 {
            self.last_event_id.clear();
        }
        let more = id.len().saturating_sub(self.last_event_id.len());
        if !self.last_event_id.has_room(more) {
            self.last_event_id.grow(more, SMALL);
        }
        self.last_event_id.set(id);
    }

    fn skip_block(&mut self, lines: &Lines<'_>) {
        self.close_block();
        self.block = Block::Skipped;
        let mut lines = *lines;
        self.keep_id(&mut lines);
    }

    /// "Set the data buffer and the event type buffer to the empty string."
    fn close_block(&mut self) {
        self.block = Block::Open;
        self.has_data = false;
        self.has_retry = false;
        self.held -= self.data.len() + self.event_type.len();
        self.data.clear();
        self.event_type.clear();
    }
}

/// What a text may take beyond its length in any case, so that it does not grow byte by byte.
const SMALL: usize = 64;
