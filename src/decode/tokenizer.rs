//! Bytes to tokens: the line grammar of event streams, and nothing of what lines mean.
//!
//! Rule 1: no buffer. What must be remembered from one chunk to the next is in [`State`], a few bytes. A field name cut
//! in two is remembered by its length alone, for its bytes are known.
//! Rule 2: nothing waits. A CR ends its line at once; a LF that follows is swallowed when it comes.
//! Rule 3: each byte is looked at once for line ends, whatever the chunks.

use crate::field::Field;
use crate::text::line_end;

/// Splits an event stream into [`Token`]s, without any storage: the low layer, for relays, for values too large to
/// hold, and for those who want to see comments and unknown fields. [`Decoder`](crate::Decoder) stands on it.
///
/// # Input
///
/// [`next_token`](Self::next_token) takes a cursor, which the caller owns and which moves past what was consumed. `None`
/// means that the chunk is used up. An empty chunk is a no-op. The bytes may be cut anywhere.
///
/// # Output
///
/// A line that lies whole in the chunk is one token. A line cut in pieces comes as fragments of the same field, the
/// last of which says `ends_line`, so a value of any size passes in constant memory. Bytes are as they came: UTF-8 is not
/// checked. The byte order mark, the line ends, the colon and the one optional space after it are taken away.
///
/// A relay that must not change the stream calls [`next_piece`](Self::next_piece) instead, which returns the raw bytes of
/// each token too.
///
/// # End of stream
///
/// Start the next stream with a new tokenizer. What an unfinished line had not handed out is not part of the stream.
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
    /// A comment or a field, whole or in part.
    Value {
        /// What the line is.
        field: Field,
        /// The value, or the next fragment of it. For [`Field::Other`] the line as it came, name and colon included.
        bytes: &'i [u8],
        /// Whether the line ends here.
        ends_line: bool,
    },
    /// A blank line: the end of a block. "Dispatch the event."
    BlankLine,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum State {
    /// At the start of the stream, after this many bytes of a byte order mark.
    Start(u8),
    /// At the start of a line.
    LineStart,
    /// At the start of a line, after a CR: a LF belongs to it.
    AfterCr,
    /// After this many bytes of this field's name, none of which were handed out.
    Name(Field, u8),
    /// After the colon: one space is not part of the value.
    AfterColon(Field),
    /// In the value.
    Value(Field),
}

impl Default for State {
    fn default() -> Self {
        Self::Start(0)
    }
}

impl Tokenizer {
    /// A tokenizer at the start of a stream.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Start(0) }
    }

    /// The next token of the stream; `None` if the input is used up: bring the next chunk.
    ///
    /// The token borrows the input alone, except that the first bytes of an unknown field may come from a static
    /// string: bytes of an earlier chunk that could still have become a known name.
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

    /// The next token of input that is not empty, where a line can begin. After it another line can begin, or the input is
    /// used up. `None`: it is used up, and there was no value yet.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a quarter of the instructions of a small event: 301 against 225")]
    pub(crate) fn line<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        // "Collect the characters on the line before the first U+003A COLON character (:), and let field be that string." A name
        // is compared at once, if its first character is right; and those that most lines have go their own ways from here on,
        // so that the field need not be asked for again.
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
            let (token, rest) = self.unusual_line(input);
            *input = rest;
            return token;
        };
        self.value(field, value, input)
    }

    /// The value of a line that begins with this name and its colon: the rest of the input.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `line`")]
    pub(crate) fn value<'i>(&mut self, field: Field, value: &'i [u8], input: &mut &'i [u8]) -> Option<Token<'i>> {
        let line = line_end::line_end(value).and_then(|end| value.split_at_checked(end));
        let Some((value, end)) = line else {
            // The input ends in this line.
            let bytes = without_space(value);
            self.state = if value.is_empty() { State::AfterColon(field) } else { State::Value(field) };
            *input = &[];
            return if bytes.is_empty() { None } else { Some(Token::Value { field, bytes, ends_line: false }) };
        };
        // "If value starts with a U+0020 SPACE character, remove it from value." Only now: a space ends no line, and the
        // search need not wait for the answer.
        let bytes = without_space(value);
        let [b'\n', end @ ..] = end else {
            self.end_line(input, end);
            return Some(Token::Value { field, bytes, ends_line: true });
        };
        *input = end;
        Some(Token::Value { field, bytes, ends_line: true })
    }

    /// Whether a line can begin here.
    #[inline]
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.state == State::LineStart
    }

    /// The field in whose value the stream stands.
    #[inline]
    pub(crate) fn field_of_value(&self) -> Option<Field> {
        if let State::Value(field) = self.state { Some(field) } else { None }
    }

    /// In a value: whether this byte ends it.
    #[inline]
    pub(crate) fn end_value(&mut self, byte: u8) -> bool {
        self.state = match byte {
            b'\n' => State::LineStart,
            b'\r' => State::AfterCr,
            _ => return false,
        };
        true
    }

    /// Goes past comments and blank lines, in a comment or where a line can begin. True: there was a blank line.
    ///
    /// Keep-alives are nothing else, and they are most of what idle connections bring.
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

    /// Goes past a comment, as far as the input has it.
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

    /// Goes on where the line, or the stream, was left: the next token of the line, which is never a blank one, or `None`
    /// if a line can begin here or the input is used up. And what is left of the input.
    #[inline(never)]
    fn resume<'i>(&mut self, mut input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
        while !input.is_empty() {
            let token = match self.state {
                State::LineStart => break,
                State::Value(field) => {
                    let (bytes, ends_line) = self.rest_of_value(&mut input, false);
                    Some(Token::Value { field, bytes, ends_line })
                }
                _ => self.approach(&mut input),
            };
            if token.is_some() {
                return (token, input);
            }
        }
        (None, input)
    }

    /// Goes on before the value, in input that is not empty: up to the value, or to the start of a line. A token only if
    /// there is no value, or if bytes of an unknown field were withheld.
    #[inline]
    pub(crate) fn approach<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        while let [byte, rest @ ..] = *input {
            if !self.step(*byte) {
                break;
            }
            *input = rest;
            if self.state == State::LineStart {
                return None;
            }
        }
        if input.is_empty() { None } else { self.unusual_byte(input) }
    }

    /// Goes past a byte that is known before it comes: of a name, the colon, the space, the LF of a CRLF. At the start of a
    /// line: past the first byte of a name. False: it is not such a byte.
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

    /// Goes on before the value where the next byte is not the one that was expected.
    fn unusual_byte<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
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

    /// Goes past the line end at the start of `end`: a CR ends the line at once, a LF right after it belongs to it.
    #[inline]
    fn end_line<'i>(&mut self, input: &mut &'i [u8], end: &'i [u8]) {
        (*input, self.state) = match end {
            [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => (rest, State::LineStart),
            [b'\r', rest @ ..] if rest.is_empty() => (rest, State::AfterCr),
            [_, rest @ ..] => (rest, State::LineStart),
            [] => (end, self.state),
        };
    }

    /// A line that is not known by its first bytes: without a colon, of another field, or cut in its name. And what is left of
    /// the input.
    ///
    /// Here and below the input is taken and given back, not borrowed: so that those who are inlined can keep theirs in
    /// registers.
    #[cold]
    fn unusual_line<'i>(&mut self, input: &'i [u8]) -> (Option<Token<'i>>, &'i [u8]) {
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
        // From its first byte on, so that a line that lies whole in the chunk is one token.
        self.state = State::Value(Field::Other);
        self.resume(input)
    }

    /// In a value: the rest of it as far as the input has it, which is not empty; and whether its line ends here. The end is
    /// looked for far away at once, where the value is long already.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of a byte: 134 instructions against 107")]
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

    /// Goes on at the start of the stream. A byte order mark that is not complete is the start of an unknown field.
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

    /// The field of the unfinished line, as far as it is known; a line whose name is cut has the field that it may become.
    pub(crate) const fn field_of_line(&self) -> Option<Field> {
        match self.state {
            State::Name(field, _) | State::AfterColon(field) | State::Value(field) => Some(field),
            State::Start(_) | State::LineStart | State::AfterCr => None,
        }
    }

    /// The unfinished line is not processed: another line can begin here.
    pub(crate) fn discard_line(&mut self) {
        self.state = State::LineStart;
    }

    /// Whether the stream stands in a line that was begun and that may be a field the specification knows.
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

/// The bytes up to the value, in the first of these eight.
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
