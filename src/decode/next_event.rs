//! Tokens to events: the next event of a chunk.
//!
//! [`Tokenizer`](crate::decode::tokenizer::Tokenizer) splits the chunk into lines, [`Block`] collects the fields, and the blank
//! line makes an event of them. There is no queue: each call decodes one event.
//!
//! This file has the fast paths for what most streams consist of: keep-alives ([`skip_keep_alives`](Decoder::skip_keep_alives)),
//! events of one line of data ([`first_data`](Decoder::first_data)), and other events that lie entirely in the chunk
//! ([`borrow_fields`](Decoder::borrow_fields)). [`resume`](Decoder::resume) is the slow path. It handles every case, and a fast
//! path falls back to it at any line, so each fast path handles one case only.

use crate::decode::block::Block;
use crate::decode::borrowed_fields::{BorrowedFields, BorrowedText};
use crate::decode::decoder::Decoder;
use crate::decode::join_lines;
use crate::decode::storage::Storage;
use crate::decode::tokenizer::Token;
use crate::error::{DecodeError, TooLarge};
use crate::event::borrowed::Event;
use crate::field::Field;
use crate::text::utf8;
use crate::text::utf8_window::Validator;

/// The first line of an event, as returned by [`first_data`](Decoder::first_data).
pub(crate) enum FirstLine<'i> {
    /// A line of data, and a blank line after it: the whole event.
    WholeEvent(&'i [u8]),
    /// A line of data, which is not buffered.
    Data(&'i [u8]),
    /// No borrowed line: the line is another one and was not consumed, or it was buffered, or the input ends before its value.
    Other,
}

/// Where [`advance`](Decoder::advance) has stopped.
#[derive(Clone, Copy)]
pub(crate) enum Progress {
    /// At the end of an event that lies entirely in the chunk. Its fields are borrowed.
    InChunk,
    /// At the end of an event that is buffered and was dispatched.
    Buffered,
    /// At the end of the input.
    NeedsInput,
}

impl<S: Storage> Decoder<S> {
    /// Returns the next event. `validator` validates the values that lie in the input.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `next_event` and of `Events::next`")]
    pub(crate) fn next_with<'d, 'i: 'd>(
        &'d mut self,
        input: &mut &'i [u8],
        validator: &mut impl Validator<'i>,
    ) -> Result<Option<Event<'d>>, DecodeError> {
        if input.len() == 1 || !self.is_between_blocks() {
            if self.take_tiny(input) {
                *input = &[];
                return Ok(None);
            }
            if !self.is_between_blocks() {
                match self.resume(input, validator) {
                    Ok(true) => return self.dispatched_event(Ok(true)),
                    Ok(false) if input.is_empty() => return Ok(None),
                    Ok(false) => {}
                    Err(error) => return Err(self.block.pending.error(error)),
                }
            }
        }
        if self.skip_keep_alives(input) && input.is_empty() {
            return Ok(None);
        }
        let event = *input;
        let data = match self.first_data(input, validator) {
            Ok(FirstLine::WholeEvent(data)) => {
                let is_last_value = input.is_empty(); // a window of one value is not worth its cost
                let event_len = event.len() - input.len();
                let text =
                    if is_last_value { utf8::from_utf8(data) } else { validator.validate(data, event, event_len) };
                return match text {
                    Some(data) => {
                        Ok(Some(self.block.dispatch_in_chunk(BorrowedText { data, event_type: "", id: None })))
                    }
                    None => self.next_repaired(data),
                };
            }
            Ok(FirstLine::Data(data)) => Some(data),
            Ok(FirstLine::Other) => None,
            Err(error) => return Err(self.block.pending.error(error)),
        };
        if input.is_empty() && data.is_none() { Ok(None) } else { self.next_with_data(event, data, input, validator) }
    }

    /// Decodes the first line of the next event, if it is data and nothing of the block is buffered. Most events consist of one
    /// line of data.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "decodes most events")]
    pub(crate) fn first_data<'i>(
        &mut self,
        input: &mut &'i [u8],
        validator: &mut impl Validator<'i>,
    ) -> Result<FirstLine<'i>, TooLarge> {
        if !self.block.is_empty() {
            return Ok(FirstLine::Other);
        }
        let Some(value) = input.strip_prefix(b"data:") else { return Ok(FirstLine::Other) };
        match self.tokenizer.value(Field::Data, value, input) {
            Some(Token::Value { bytes, ends_line: true, .. }) if self.block.has_room_for_data(bytes.len()) => {
                if let [b'\n', rest @ ..] = *input {
                    *input = rest;
                    return Ok(FirstLine::WholeEvent(bytes));
                }
                if join_lines::is_worth_joining(input) {
                    let (joined, rest) = self.join_lines(Some(bytes), input);
                    *input = rest;
                    return joined.map(|()| FirstLine::Other);
                }
                Ok(FirstLine::Data(bytes))
            }
            Some(Token::Value { bytes, ends_line, .. }) => {
                if !self.begin_data(bytes, ends_line, validator) {
                    self.block.take(Field::Data, bytes, ends_line)?;
                }
                Ok(FirstLine::Other)
            }
            _ => Ok(FirstLine::Other),
        }
    }

    /// Returns the event of this data, which is not valid UTF-8.
    #[cold]
    fn next_repaired(&mut self, data: &[u8]) -> Result<Option<Event<'_>>, DecodeError> {
        let dispatched = self.block.dispatch_borrowed(BorrowedFields { data: Some(data), ..self.block.no_fields() });
        self.dispatched_event(dispatched)
    }

    /// Returns the next event, whose first line may be `data`. Not inlined, so that the paths of `next_with` that do not need it
    /// do not set up its stack frame.
    #[inline(never)]
    fn next_with_data<'d, 'i: 'd>(
        &'d mut self,
        event: &'i [u8],
        data: Option<&'i [u8]>,
        input: &mut &'i [u8],
        validator: &mut impl Validator<'i>,
    ) -> Result<Option<Event<'d>>, DecodeError> {
        let (advanced, fields) = self.advance(input, data, validator);
        let dispatched = match advanced {
            Ok(Progress::InChunk) => {
                let event_len = event.len() - input.len();
                let is_last_value = input.is_empty() && fields.is_data_only();
                let text = |value| {
                    if is_last_value { utf8::from_utf8(value) } else { validator.validate(value, event, event_len) }
                };
                match fields.text(text) {
                    Some(text) => return Ok(Some(self.block.dispatch_in_chunk(text))),
                    None => self.block.dispatch_borrowed(fields),
                }
            }
            Ok(Progress::Buffered) => Ok(true),
            Ok(Progress::NeedsInput) => Ok(false),
            Err(error) => Err(error),
        };
        self.dispatched_event(dispatched)
    }

    /// Returns the event from the buffers, if one was dispatched.
    #[inline]
    fn dispatched_event(&mut self, dispatched: Result<bool, TooLarge>) -> Result<Option<Event<'_>>, DecodeError> {
        let valid = match dispatched {
            Ok(true) => self.block.validate_data(),
            Ok(false) => return Ok(None),
            Err(error) => Err(error),
        };
        match valid {
            Ok(()) => Ok(Some(self.block.dispatched_event())),
            Err(error) => Err(self.block.pending.error(error)),
        }
    }

    /// Whether the next byte begins a line, and nothing of the block is buffered.
    #[inline]
    pub(crate) fn is_between_blocks(&self) -> bool {
        self.tokenizer.is_at_line_start() && self.block.is_empty()
    }

    /// Skips keep-alives at the start of a line. Returns whether there were any.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called before each event")]
    pub(crate) fn skip_keep_alives(&mut self, input: &mut &[u8]) -> bool {
        let found = matches!(input, [b':' | b'\n', ..]) && self.block.is_empty();
        if found {
            self.skip_comments(input);
        }
        found
    }

    /// Decodes to the end of the next event or of the input, from the start of a line. `data` is a line of data that precedes it.
    /// Returns the fields of the event, too, if they lie in the chunk ([`Progress::InChunk`]).
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn advance<'i>(
        &mut self,
        input: &mut &'i [u8],
        data: Option<&'i [u8]>,
        validator: &mut impl Validator<'i>,
    ) -> (Result<Progress, TooLarge>, BorrowedFields<'i>) {
        // A copy whose address is passed to inlined functions only, so that it stays in registers.
        let mut rest = *input;
        let mut fields = self.block.no_fields();
        if let Some(data) = data {
            Block::<S>::borrow(&mut fields, Field::Data, data);
        }
        let advanced = loop {
            if self.block.is_empty() {
                match self.borrow_fields(&mut rest, &mut fields, validator) {
                    Ok(None) if rest.is_empty() => break Ok(Progress::NeedsInput),
                    Ok(None) => {}
                    Ok(Some(advanced)) => break Ok(advanced),
                    Err(error) => break Err(error),
                }
            }
            let mut left = rest;
            let dispatched = self.resume(&mut left, validator);
            rest = left;
            match dispatched {
                Ok(true) => break Ok(Progress::Buffered),
                Ok(false) if !rest.is_empty() => fields = self.block.no_fields(),
                Ok(false) => break Ok(Progress::NeedsInput),
                Err(error) => break Err(error),
            }
        };
        *input = rest;
        (advanced, fields)
    }

    /// The fast path for events that lie entirely in the chunk and have at most one line per field. Returns `None` after a line
    /// that needs the slow path; the block is buffered then.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `advance`")]
    fn borrow_fields<'i>(
        &mut self,
        input: &mut &'i [u8],
        fields: &mut BorrowedFields<'i>,
        validator: &mut impl Validator<'i>,
    ) -> Result<Option<Progress>, TooLarge> {
        while !input.is_empty() {
            match self.tokenizer.line(input) {
                None | Some(Token::Value { field: Field::Comment, .. }) => {}
                Some(Token::Value { field: Field::Other, bytes, ends_line }) => {
                    self.block.ignored.take(bytes, ends_line);
                }
                Some(Token::Value { field: Field::Retry, bytes, ends_line }) => self.block.take_retry(bytes, ends_line),
                Some(Token::Value { field, bytes, ends_line: true }) if Block::<S>::borrow(fields, field, bytes) => {}
                Some(Token::Value { field, bytes, ends_line }) => {
                    if !fields.is_empty() {
                        self.block.buffer_fields(*fields);
                    }
                    if field == Field::Data && !ends_line && self.begin_data(bytes, ends_line, validator) {
                        return Ok(None);
                    }
                    return self.block.take(field, bytes, ends_line).map(|()| None);
                }
                Some(Token::BlankLine) if fields.data.is_some() => return Ok(Some(Progress::InChunk)),
                // The blank line of a keep-alive, or an extra one.
                Some(Token::BlankLine) if fields.is_empty() => self.block.dispatch_empty(),
                Some(Token::BlankLine) => {
                    self.block.dispatch_borrowed(*fields)?;
                    *fields = self.block.no_fields();
                }
            }
        }
        if !fields.is_empty() {
            self.block.buffer_fields(*fields);
        }
        Ok(Some(Progress::NeedsInput))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use crate::decode::decoder::Decoder;
    use crate::decode::storage::{Fixed, Storage};
    use crate::text::line_end::tests::searched;

    /// No byte is searched twice for a line end, whatever the chunks, and whether or not a limit is exceeded.
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
                let mut fixed: Decoder<Fixed<300, 30>> = Decoder::with_fixed_buffers();
                check(&mut fixed, &stream, size);
                #[cfg(feature = "alloc")]
                check(&mut Decoder::new(), &stream, size);
            }
        }
    }

    #[test]
    fn is_between_blocks() {
        let cases = [
            ("", false),
            ("\n", true),
            ("data", false),
            ("data: x", false),
            ("data: x\n", false),
            (":\r", false),
            (":\n", true),
        ];
        for (stream, expected) in cases {
            let mut decoder: Decoder<Fixed<10, 10>> = Decoder::with_fixed_buffers();
            decoder.next_event(&mut stream.as_bytes()).unwrap();
            assert_eq!(decoder.is_between_blocks(), expected, "{stream:?}");
        }
    }

    fn check<S: Storage>(decoder: &mut Decoder<S>, stream: &str, size: usize) {
        searched();
        for (number, mut chunk) in stream.as_bytes().chunks(size).enumerate() {
            if number % 2 == 0 {
                while !matches!(decoder.next_event(&mut chunk), Ok(None)) {}
            } else {
                let mut events = decoder.events(&mut chunk);
                while !matches!(events.next(), Ok(None)) {}
            }
        }
        let searched = searched();
        assert!(searched <= stream.len(), "{searched} of {} bytes in chunks of {size}", stream.len());
        assert!(searched > stream.len() / 2 || size == 1, "{searched} bytes: searches are not counted");
    }
}
