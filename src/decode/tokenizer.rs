//! Bytes to tokens: the line grammar of event streams. What a line means is decided elsewhere.
//!
//! This file has the lines that lie entirely in the chunk; [`cut_line`](crate::decode::cut_line) continues a line that a chunk
//! has cut.
//!
//! Rule 1: no buffer. [`State`], a few bytes, is all that is kept between chunks.
//! Rule 2: no lookahead. A CR ends its line at once; a LF that follows it is skipped when it arrives.
//! Rule 3: each byte is searched for a line end at most once, whatever the chunks.

use crate::decode::cut_line::State;
use crate::field::Field;
use crate::text::line_end;

/// Splits an event stream into [`Token`]s without buffering: for relays, for values too large to buffer, and for access to
/// comments and unknown fields. [`Decoder`](crate::Decoder) is built on it. The grammar of lines is that of
/// [HTML, 9.2.5](https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
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
/// # Limits
///
/// None. Nothing is buffered, so a line may have any length.
///
/// # After an error
///
/// There are no errors: all bytes are lines. What is neither a field nor a comment is [`Field::Other`].
///
/// # Complexity
///
/// Linear in the bytes, whatever the chunks. The size of this type is a few bytes.
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
    pub(super) state: State,
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

impl Tokenizer {
    /// Returns a tokenizer at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Start(0) }
    }

    /// Returns the next token of the stream; `None` if more input is needed.
    ///
    /// The token borrows from the input only. One exception: the first bytes of an unknown field may be a static string, if an
    /// earlier chunk ended in them and they could still have become a known name or a byte order mark.
    #[inline]
    pub fn next_token<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        while !input.is_empty() {
            let token = if self.state == State::LineStart { self.line(input) } else { self.resume(input) };
            if token.is_some() {
                return token;
            }
        }
        None
    }

    /// Returns the next token of input that is not empty, at the start of a line. Afterwards the tokenizer is at the start of a
    /// line again, or the input is consumed. Returns `None` if the input ends before a value.
    // Saves a quarter of the instructions of a small event: 225 instead of 301.
    #[inline(always)]
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
            [b':', value @ ..] => return self.value(Field::Comment, value, input),
            [b'i', ..] => input.strip_prefix(b"id:").map(|value| (Field::Id, value)),
            [b'r', ..] => input.strip_prefix(b"retry:").map(|value| (Field::Retry, value)),
            [b'\r', ..] => {
                self.end_line(input, input);
                return Some(Token::BlankLine);
            }
            _ => None,
        };
        let Some((field, value)) = known else {
            let (token, rest) = self.other_line(input);
            *input = rest;
            return token;
        };
        self.value(field, value, input)
    }

    /// Returns the token of a line of `field`; `value` is the rest of the input after the colon.
    // It is the body of `line`.
    #[inline(always)]
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

    /// Returns the token of a line that does not start with a known name and a colon: a line without a colon, an unknown field,
    /// or a name that the end of the input cuts. And the rest of the input: a cursor that is passed by value can stay in
    /// registers.
    #[cold]
    fn other_line<'i>(&mut self, line: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        let mut rest = line;
        let token = self.advance_to_value(&mut rest);
        if matches!(token, Some(Token::Value { field: Field::Data | Field::Event | Field::Id | Field::Retry, .. }))
            || rest.is_empty()
        {
            return (token, rest);
        }
        // From the first byte again, so that a line that lies entirely in the chunk is one token.
        rest = line;
        self.state = State::Value(Field::Other);
        (self.resume(&mut rest), rest)
    }

    /// Moves the input past the line end at the start of `end`. A CR ends the line at once; a LF right after it belongs to it.
    // "[…] with a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single U+000A LINE FEED (LF) character not
    // preceded by a U+000D CARRIAGE RETURN (CR) character, and a single U+000D CARRIAGE RETURN (CR) character not followed by a
    // U+000A LINE FEED (LF) character being the ways in which a line can end."
    #[inline]
    pub(super) fn end_line<'i>(&mut self, input: &mut &'i [u8], end: &'i [u8]) {
        (*input, self.state) = match end {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => (rest, State::LineStart),
            [b'\r', rest @ ..] if rest.is_empty() => (rest, State::AfterCr),
            [_, rest @ ..] => (rest, State::LineStart),
            [] => (end, self.state),
        };
    }
}

/// "If value starts with a U+0020 SPACE character, remove it from value."
#[inline]
const fn without_space(value: &[u8]) -> &[u8] {
    if let [b' ', rest @ ..] = value { rest } else { value }
}
