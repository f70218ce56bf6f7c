//! Bytes to tokens: the line grammar of event streams. What a line means is decided elsewhere.
//!
//! Rule 1: no buffer. [`State`], a few bytes, is all that is kept between chunks. Of a field name that is split over chunks
//! only the length is kept, because its bytes are known.
//! Rule 2: no lookahead. A CR ends its line at once; a LF that follows it is skipped when it arrives.
//! Rule 3: each byte is searched for a line end at most once, whatever the chunks.

use crate::field::Field;
use crate::text::line_end;

/// Splits an event stream into [`Token`]s without buffering: for relays, for values too large to buffer, and for access to
/// comments and unknown fields. [`Decoder`](crate::Decoder) is built on it.
///
/// # Input
///
/// [`next_token`](Self::next_token) takes a cursor that the caller owns, and moves it past what was consumed. The bytes may be
/// cut anywhere. An empty chunk is a no-op.
///
/// # Output
///
/// `None` means that more input is needed. A line that lies entirely in the chunk is one token. A line that is split over chunks
/// is several fragments of the same field, the last of which has `ends_line` set, so a value of any size needs constant memory.
/// Values are bytes as received; UTF-8 is not validated. The byte order mark, the line ends, the colon, and the optional space
/// after it are removed.
///
/// A relay that must not change the stream calls [`next_piece`](Self::next_piece) instead, which also returns the raw bytes of
/// each token.
///
/// # End of stream
///
/// Start the next stream with a new tokenizer. If the last line is unfinished and ends before its value, no token is returned
/// for it.
///
/// # Complexity
///
/// Linear in the bytes, whatever the chunks. The size of this type is a few bytes. It never fails and never panics.
///
/// ```
/// use sse_proto::{Field, Token, Tokenizer};
///
/// let mut tokenizer = Tokenizer::new();
/// let mut chunk = &b": ping\ndata: hel"[..];
/// let value = |field, bytes, ends_line| Some(Token::Value { field, bytes, ends_line });
/// assert_eq!(tokenizer.next_token(&mut chunk), value(Field::Comment, b"ping", true));
/// assert_eq!(tokenizer.next_token(&mut chunk), value(Field::Data, b"hel", false));
/// assert_eq!(tokenizer.next_token(&mut chunk), None);
///
/// let mut chunk = &b"lo\r\n\r\n"[..];
/// assert_eq!(tokenizer.next_token(&mut chunk), value(Field::Data, b"lo", true));
/// assert_eq!(tokenizer.next_token(&mut chunk), Some(Token::BlankLine));
/// assert_eq!(tokenizer.next_token(&mut chunk), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tokenizer {
    state: State,
}

/// A line of the event stream, or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "the grammar of event streams has no other production")]
pub enum Token<'i> {
    /// A comment, a field or an ignored line, whole or a fragment of it.
    Value {
        /// The kind of the line.
        field: Field,
        /// The value, or the next fragment of it. For [`Field::Other`] the whole line as received, with name and colon.
        bytes: &'i [u8],
        /// Whether the line ends after these bytes.
        ends_line: bool,
    },
    /// A blank line: the end of a block. "Dispatch the event."
    BlankLine,
}

/// The position in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// At the start of the stream, after this many bytes of a byte order mark.
    Start(u8),
    /// At the start of a line.
    LineStart,
    /// At the start of a line, after a CR at the end of a chunk. A LF here belongs to the CR.
    AfterCr,
    /// After this many bytes of this field's name. No token has returned them.
    Name(Field, u8),
    /// After the colon. A space here is not part of the value.
    AfterColon(Field),
    /// Within the value, or at its start if no space can precede it any more.
    Value(Field),
}

impl Default for State {
    fn default() -> Self {
        Self::Start(0)
    }
}

impl Tokenizer {
    /// Returns a tokenizer at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Start(0) }
    }

    /// Returns the next token of the stream; `None` if more input is needed.
    ///
    /// The token borrows from the input only. One exception: the first bytes of an unknown field may be a static string, if an
    /// earlier chunk ended in them and they could still have become a known name.
    #[inline]
    pub fn next_token<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        if self.state != State::LineStart {
            let (token, rest) = self.resume(input);
            *input = rest;
            if token.is_some() {
                return token;
            }
        }
        if input.is_empty() { None } else { self.line(input) }
    }

    /// Returns the next token of input that is not empty, at the start of a line. Afterwards the tokenizer is at the start of a
    /// line again, or the input is consumed. Returns `None` if the input ends before a value.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "saves a quarter of the instructions of a small event: 225 instead of 301")]
    pub(crate) fn line<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        // "Collect the characters on the line before the first U+003A COLON character (:), and let field be that string." A name
        // is compared in one step, after its first byte has matched. `data` and `event` return from their own arms, so that the
        // compiler knows the field in what follows.
        let known = match *input {
            [b'd', ..] => match input.strip_prefix(b"data:") {
                Some(value) => return self.value(Field::Data, value, input),
                None => None,
            },
            [b'e', ..] => match input.strip_prefix(b"event:") {
                Some(value) => return self.value(Field::Event, value, input),
                None => None,
            },
            // "If the line is empty (a blank line): Dispatch the event, as defined below."
            [b'\n', rest @ ..] => {
                *input = rest;
                return Some(Token::BlankLine);
            }
            // "If the line starts with a U+003A COLON character (:): Ignore the line."
            [b':', value @ ..] => Some((Field::Comment, value)),
            [b'i', ..] => input.strip_prefix(b"id:").map(|value| (Field::Id, value)),
            [b'r', ..] => input.strip_prefix(b"retry:").map(|value| (Field::Retry, value)),
            [b'\r', ..] => {
                self.end_line(input, input);
                return Some(Token::BlankLine);
            }
            _ => None,
        };
        let Some((field, value)) = known else {
            let (token, rest) = self.slow_line(input);
            *input = rest;
            return token;
        };
        self.value(field, value, input)
    }

    /// Returns the token of a line of `field`; `value` is the rest of the input after the colon.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `line`")]
    pub(crate) fn value<'i>(&mut self, field: Field, value: &'i [u8], input: &mut &'i [u8]) -> Option<Token<'i>> {
        let line = line_end::line_end(value).and_then(|end| value.split_at_checked(end));
        let Some((value, end)) = line else {
            // The input ends within this line.
            let bytes = without_space(value);
            self.state = if value.is_empty() { State::AfterColon(field) } else { State::Value(field) };
            *input = &[];
            return if bytes.is_empty() { None } else { Some(Token::Value { field, bytes, ends_line: false }) };
        };
        // "If value starts with a U+0020 SPACE character, remove it from value." After the search, which a space does not
        // affect, so that the search does not depend on this comparison.
        let bytes = without_space(value);
        let [b'\n', end @ ..] = end else {
            self.end_line(input, end);
            return Some(Token::Value { field, bytes, ends_line: true });
        };
        *input = end;
        Some(Token::Value { field, bytes, ends_line: true })
    }

    /// Whether the next byte begins a line.
    #[inline]
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.state == State::LineStart
    }

    /// The field whose value continues with the next byte.
    #[inline]
    pub(crate) fn field_of_value(&self) -> Option<Field> {
        if let State::Value(field) = self.state { Some(field) } else { None }
    }

    /// Takes a byte within a value. Returns whether it ends the line.
    #[inline]
    pub(crate) fn end_value(&mut self, byte: u8) -> bool {
        self.state = match byte {
            b'\n' => State::LineStart,
            b'\r' => State::AfterCr,
            _ => return false,
        };
        true
    }

    /// Skips comments and blank lines, from the start of a line or from within a comment. Returns whether there was a blank
    /// line.
    ///
    /// Keep-alives consist of nothing else, and idle connections receive little besides keep-alives.
    #[inline(never)]
    pub(crate) fn skip_comments(&mut self, input: &mut &[u8]) -> bool {
        let mut rest = *input;
        let mut is_blank = false;
        if self.state != State::LineStart {
            rest = self.skip_comment(rest);
        }
        while self.state == State::LineStart {
            match rest {
                [b'\n', after @ ..] => {
                    is_blank = true;
                    rest = after;
                }
                [b':', comment @ ..] => rest = self.skip_comment(comment),
                _ => break,
            }
        }
        *input = rest;
        is_blank
    }

    /// Skips a comment up to its line end, or to the end of the input. Returns the rest of the input.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `skip_comments`")]
    fn skip_comment<'i>(&mut self, comment: &'i [u8]) -> &'i [u8] {
        let Some((_, end)) = line_end::line_end(comment).and_then(|end| comment.split_at_checked(end)) else {
            self.state = State::Value(Field::Comment);
            return &[];
        };
        let mut rest = end;
        self.end_line(&mut rest, end);
        rest
    }

    /// Continues anywhere but at the start of a line. Returns the next token, which is never a blank line, or `None` if the next
    /// byte begins a line or the input is consumed; and the rest of the input.
    #[inline(never)]
    fn resume<'i>(&mut self, mut input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        while !input.is_empty() {
            let token = match self.state {
                State::LineStart => break,
                State::Value(field) => {
                    let (bytes, ends_line) = self.rest_of_value(&mut input, false);
                    Some(Token::Value { field, bytes, ends_line })
                }
                _ => self.advance_to_value(&mut input),
            };
            if token.is_some() {
                return (token, input);
            }
        }
        (None, input)
    }

    /// Continues before the value, in input that is not empty, up to the value or to the start of a line. Returns a token only
    /// for a line without a colon, and for withheld bytes that turn out to belong to an unknown field.
    #[inline]
    pub(crate) fn advance_to_value<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        while let [byte, rest @ ..] = *input {
            if !self.step(*byte) {
                break;
            }
            *input = rest;
            if self.state == State::LineStart {
                return None;
            }
        }
        if input.is_empty() { None } else { self.unexpected_byte(input) }
    }

    /// Takes a byte that the state predicts: the next byte of a name, the colon, the space, the LF of a CRLF; at the start of a
    /// line, the first byte of a name. Returns `false`, and changes nothing, for any other byte.
    #[inline]
    pub(crate) fn step(&mut self, byte: u8) -> bool {
        self.state = match (self.state, byte) {
            (State::Name(field, seen), _) => match name_and_colon(field).get(usize::from(seen)) {
                Some(b':') if byte == b':' => State::AfterColon(field),
                Some(next) if *next == byte => State::Name(field, seen + 1),
                _ => return false,
            },
            // "If value starts with a U+0020 SPACE character, remove it from value."
            (State::AfterColon(field), b' ') => State::Value(field),
            (State::AfterCr, b'\n') => State::LineStart,
            (State::LineStart, b'd') => State::Name(Field::Data, 1),
            (State::LineStart, b'e') => State::Name(Field::Event, 1),
            (State::LineStart, b'i') => State::Name(Field::Id, 1),
            (State::LineStart, b'r') => State::Name(Field::Retry, 1),
            (State::LineStart, b':') => State::AfterColon(Field::Comment),
            _ => return false,
        };
        true
    }

    /// Continues before the value with a byte that [`step`](Self::step) has not predicted.
    fn unexpected_byte<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        match self.state {
            State::LineStart | State::Value(_) => {}
            State::AfterColon(field) => self.state = State::Value(field),
            State::AfterCr => self.state = State::LineStart,
            State::Start(seen) => return self.byte_order_mark(input, seen),
            State::Name(field, seen) => {
                return self.end_without_colon(input).or_else(|| {
                    self.state = State::Value(Field::Other);
                    let withheld = field.name().as_bytes().get(..seen.into()).unwrap_or_default();
                    Some(Token::Value { field: Field::Other, bytes: withheld, ends_line: false })
                });
            }
        }
        None
    }

    /// "Otherwise, the string is not empty but does not contain a U+003A COLON character (:): Process the field […] using
    /// the whole line as the field name, and the empty string as the field value."
    fn end_without_colon<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        match (self.state, *input) {
            (State::Name(field, seen), [b'\n' | b'\r', ..]) if field.name().len() == usize::from(seen) => {
                self.end_line(input, input);
                Some(Token::Value { field, bytes: &[], ends_line: true })
            }
            _ => None,
        }
    }

    /// Moves the input past the line end at the start of `end`. A CR ends the line at once; a LF right after it belongs to it.
    #[inline]
    fn end_line<'i>(&mut self, input: &mut &'i [u8], end: &'i [u8]) {
        (*input, self.state) = match end {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => (rest, State::LineStart),
            [b'\r', rest @ ..] if rest.is_empty() => (rest, State::AfterCr),
            [_, rest @ ..] => (rest, State::LineStart),
            [] => (end, self.state),
        };
    }

    /// Returns the token of a line that does not start with a known name and a colon: a line without a colon, an unknown field,
    /// or a name cut by the end of the input; and the rest of the input.
    ///
    /// The input is passed and returned by value, here and in `resume`, so that inlined callers can keep theirs in registers.
    #[cold]
    fn slow_line<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        let mut rest = input;
        while let [byte, after @ ..] = rest {
            if !self.step(*byte) {
                break;
            }
            rest = after;
        }
        if rest.is_empty() {
            return (None, rest);
        }
        if let Some(token) = self.end_without_colon(&mut rest) {
            return (Some(token), rest);
        }
        // Start over from the first byte of the line, so that a line that lies entirely in the chunk is one token.
        self.state = State::Value(Field::Other);
        self.resume(input)
    }

    /// Continues within a value, in input that is not empty. Returns the rest of the value, as far as it is in the input, and
    /// whether its line ends. `is_long` selects the search for line ends that are likely to be far away.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of one byte: 107 instructions instead of 134")]
    pub(crate) fn rest_of_value<'i>(&mut self, input: &mut &'i [u8], is_long: bool) -> (&'i [u8], bool) {
        let bytes = *input;
        let end = if is_long { line_end::far_line_end(bytes) } else { line_end::line_end(bytes) };
        if let Some((bytes, end)) = end.and_then(|end| bytes.split_at_checked(end)) {
            self.end_line(input, end);
            return (bytes, true);
        }
        *input = &[];
        (bytes, false)
    }

    /// Continues at the start of the stream. An incomplete byte order mark is the start of an unknown field.
    #[cold]
    fn byte_order_mark<'i>(&mut self, input: &mut &'i [u8], seen: u8) -> Option<Token<'i>> {
        let (withheld, expected) = BOM.split_at_checked(seen.into())?;
        if let Some(rest) = input.strip_prefix(expected) {
            (*input, self.state) = (rest, State::LineStart);
        } else if expected.starts_with(input) {
            let seen_now = u8::try_from(input.len()).unwrap_or_default();
            (*input, self.state) = (&[], State::Start(seen + seen_now));
        } else if seen == 0 {
            self.state = State::LineStart;
        } else {
            self.state = State::Value(Field::Other);
            return Some(Token::Value { field: Field::Other, bytes: withheld, ends_line: false });
        }
        None
    }

    /// The field of the unfinished line, if any. For a cut name it is the field that the name may become.
    pub(crate) const fn field_of_line(&self) -> Option<Field> {
        match self.state {
            State::Name(field, _) | State::AfterColon(field) | State::Value(field) => Some(field),
            State::Start(_) | State::LineStart | State::AfterCr => None,
        }
    }

    /// Drops the unfinished line: the next byte begins a line.
    pub(crate) fn discard_line(&mut self) {
        self.state = State::LineStart;
    }

    /// Whether there is an unfinished line that is a field of the specification, or may become one.
    pub(crate) const fn is_in_field(&self) -> bool {
        matches!(
            self.state,
            State::Name(..)
                | State::AfterColon(Field::Data | Field::Event | Field::Id | Field::Retry)
                | State::Value(Field::Data | Field::Event | Field::Id | Field::Retry)
        )
    }
}

/// "If value starts with a U+0020 SPACE character, remove it from value."
#[inline]
pub(crate) const fn without_space(value: &[u8]) -> &[u8] {
    if let [b' ', rest @ ..] = value { rest } else { value }
}

/// The name and the colon, padded to eight bytes.
#[inline]
const fn name_and_colon(field: Field) -> [u8; 8] {
    match field {
        Field::Data => *b"data:   ",
        Field::Event => *b"event:  ",
        Field::Id => *b"id:     ",
        Field::Retry => *b"retry:  ",
        Field::Comment | Field::Other => *b":       ",
    }
}

/// "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
const BOM: &[u8] = b"\xEF\xBB\xBF";
