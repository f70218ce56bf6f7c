//! A line that a chunk has cut: the position in it, and how it continues.
//!
//! Of a field name that is cut only the length is kept, because its bytes are known.

use crate::decode::tokenizer::{Token, Tokenizer};
use crate::field::Field;
use crate::text::line_end;

/// The position in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
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
    /// Continues anywhere but at the start of a line, in input that is not empty. Returns the next token, which is never a blank
    /// line; `None` if the next byte begins a line or a value, or the input is consumed.
    // A call costs more than the bytes of a small chunk.
    #[inline(always)]
    pub(crate) fn resume<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        match self.state {
            State::Value(field) => {
                let (bytes, ends_line) = self.rest_of_value(input);
                Some(Token::Value { field, bytes, ends_line })
            }
            _ => self.advance_to_value(input),
        }
    }

    /// Continues before the value, up to the value or to the start of a line. Returns a token only for a line without a colon,
    /// and for withheld bytes that turn out to belong to an unknown field.
    // A call costs as much as a byte of a name.
    #[inline(always)]
    pub(crate) fn advance_to_value<'i>(&mut self, input: &mut &'i [u8]) -> Option<Token<'i>> {
        while let [byte, rest @ ..] = *input {
            self.state = match (self.state, byte) {
                (State::Start(seen), _) => return self.byte_order_mark(input, seen),
                (State::LineStart, b'd') => State::Name(Field::Data, 1),
                (State::LineStart, b'e') => State::Name(Field::Event, 1),
                (State::LineStart, b'i') => State::Name(Field::Id, 1),
                (State::LineStart, b'r') => State::Name(Field::Retry, 1),
                (State::Name(field, seen), _) => match field.name().as_bytes().get(usize::from(seen)) {
                    Some(next) if next == byte => State::Name(field, seen + 1),
                    None if *byte == b':' => State::AfterColon(field),
                    // "Process the field […] using the whole line as the field name, and the empty string as the field value."
                    None if matches!(byte, b'\n' | b'\r') => {
                        self.end_line(input, input);
                        return Some(Token::Value { field, bytes: &[], ends_line: true });
                    }
                    _ => {
                        self.state = State::Value(Field::Other);
                        let bytes = field.name().as_bytes().get(..seen.into()).unwrap_or_default();
                        return Some(Token::Value { field: Field::Other, bytes, ends_line: false });
                    }
                },
                // "If value starts with a U+0020 SPACE character, remove it from value."
                (State::AfterColon(field), b' ') => State::Value(field),
                (State::AfterCr, b'\n') => State::LineStart,
                _ => break,
            };
            *input = rest;
            if self.state == State::LineStart {
                return None;
            }
        }
        if !input.is_empty() {
            self.state = match self.state {
                State::AfterCr => State::LineStart,
                State::AfterColon(field) => State::Value(field),
                state => state,
            };
        }
        None
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

    /// Continues within a value, in input that is not empty. Returns the next fragment, and whether it ends the line.
    // A call costs more than the bytes of a small chunk.
    #[inline(always)]
    pub(super) fn rest_of_value<'i>(&mut self, input: &mut &'i [u8]) -> (&'i [u8], bool) {
        let bytes = *input;
        let Some((value, end)) = line_end::far_line_end(bytes).and_then(|end| bytes.split_at_checked(end)) else {
            *input = &[];
            return (bytes, false);
        };
        self.end_line(input, end);
        (value, true)
    }

    /// Whether the next byte begins a line.
    #[inline]
    pub(crate) fn is_at_line_start(&self) -> bool {
        self.state == State::LineStart
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
}

/// "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM), if any."
const BOM: &[u8] = b"\xEF\xBB\xBF";
