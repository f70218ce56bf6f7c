//! Tokens to events: the two loops over a chunk.
//!
//! [`whole_lines`](Decoder::whole_lines) decodes blocks that lie entirely in the chunk, with at most one line per field. Their
//! values stay in the chunk. It stops at the first line that is not so simple: one that the chunk cuts, a second one of its field,
//! an ID with NUL, or a value that may be beyond the limits.
//! [`buffered_lines`](Decoder::buffered_lines) continues such a block: it buffers the values, up to the blank line.
//! [`cut_line`](Decoder::cut_line) continues a line that the last chunk has cut. There is no queue: each call decodes one event.

use crate::decode::block::Line;
use crate::decode::cut_line::State;
use crate::decode::decoder::Decoder;
use crate::decode::fields::Fields;
use crate::decode::storage::Storage;
use crate::decode::tokenizer::Token;
use crate::error::{DecodeError, TooLarge};
use crate::event::borrowed::Event;
use crate::field::Field;
use crate::text::utf8_window::Utf8Window;

/// The next event of a chunk.
pub(crate) enum Found<'i> {
    /// It lies entirely in the chunk: its values, and the part of the chunk that has them.
    InChunk(Fields<'i>, &'i [u8]),
    /// It is buffered, and was dispatched.
    Buffered,
    /// More input is needed.
    Nothing,
}

impl<S: Storage> Decoder<S> {
    /// Returns the next event. `window` validates the values that lie in the input.
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn next_with<'d, 'i: 'd>(
        &'d mut self,
        input: &mut &'i [u8],
        window: Option<&mut Utf8Window<'i>>,
    ) -> Result<Option<Event<'d>>, DecodeError> {
        match self.find(input) {
            // At the end of the chunk no window is worth its cost.
            Ok(Found::InChunk(fields, event)) => self.in_chunk(fields, event, window.filter(|_| !input.is_empty())),
            Ok(Found::Buffered) => Ok(Some(self.block.event())),
            Ok(Found::Nothing) => Ok(None),
            Err(error) => Err(self.block.pending.error(error)),
        }
    }

    /// "Dispatch the event", for a block that lies entirely in the chunk. `event` is the part of the chunk that has it.
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn in_chunk<'d, 'i: 'd>(
        &'d mut self,
        fields: Fields<'i>,
        event: &'i [u8],
        window: Option<&mut Utf8Window<'i>>,
    ) -> Result<Option<Event<'d>>, DecodeError> {
        let values = match window {
            Some(window) => fields.text(event, window),
            None => fields.text(event, &mut Utf8Window::none()),
        };
        if let Some(values) = values {
            return Ok(Some(self.block.dispatch_in_chunk(values)));
        }
        match self.dispatch_buffered(fields) {
            Ok(true) => Ok(Some(self.block.event())),
            Ok(false) => Ok(None),
            Err(error) => Err(self.block.pending.error(error)),
        }
    }

    /// Finds the end of the next event, or consumes the input.
    // Keeps the fields in registers.
    #[inline(always)]
    pub(crate) fn find<'i>(&mut self, input: &mut &'i [u8]) -> Result<Found<'i>, TooLarge> {
        self.block.release();
        if !self.tokenizer.is_at_line_start() {
            self.cut_line(input)?;
        }
        while !input.is_empty() {
            if !self.block.is_empty() {
                if self.buffered_lines(input)? {
                    return Ok(Found::Buffered);
                }
            } else if let Some((fields, event)) = self.whole_lines(input)? {
                return Ok(Found::InChunk(fields, event));
            }
        }
        Ok(Found::Nothing)
    }

    /// Whether the next byte begins a block.
    #[cfg(feature = "stream")]
    #[inline]
    pub(crate) fn is_between_blocks(&self) -> bool {
        self.tokenizer.is_at_line_start() && self.block.is_empty()
    }

    /// Consumes what gives no event at the start of the input: the rest of a line that was cut, and keep-alives between blocks.
    #[cfg(feature = "stream")]
    #[inline(never)]
    pub(crate) fn skip(&mut self, input: &mut &[u8]) -> Result<(), TooLarge> {
        self.block.release();
        self.cut_line(input)?;
        let mut rest = *input;
        while matches!(rest, [b':' | b'\n', ..]) && self.is_between_blocks() {
            if let Some(Token::BlankLine) = self.tokenizer.line(&mut rest) {
                self.block.has_retry = false;
            }
        }
        *input = rest;
        Ok(())
    }

    /// Decodes the blocks that begin in this input, up to the end of the first one with data, whose values and bytes it returns.
    /// Stops after a line that makes it necessary to buffer the block.
    // Keeps the fields in registers.
    #[inline(always)]
    fn whole_lines<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<(Fields<'i>, &'i [u8])>, TooLarge> {
        // A copy whose address is passed to inlined functions only, so that it stays in registers.
        let mut rest = *input;
        let mut block = rest;
        let mut fields = Fields::NONE;
        let found = loop {
            if rest.is_empty() {
                let is_open = !fields.is_empty();
                break if is_open { self.block.take_all(fields).map(|()| None) } else { Ok(None) };
            }
            match self.tokenizer.line(&mut rest) {
                Some(Token::BlankLine) if fields.data.is_some() => {
                    let event = block.get(..block.len() - rest.len()).unwrap_or_default();
                    break Ok(Some((fields, event)));
                }
                Some(Token::BlankLine) => {
                    if fields.is_empty() {
                        self.block.has_retry = false;
                    } else {
                        if let Err(error) = self.dispatch_buffered(fields) {
                            break Err(error);
                        }
                        fields = Fields::NONE;
                    }
                    block = rest;
                }
                Some(Token::Value { field: Field::Comment, .. }) if fields.is_empty() => block = rest,
                None | Some(Token::Value { field: Field::Comment, .. }) => {}
                Some(Token::Value { field: Field::Data, bytes, ends_line: true })
                    if fields.is_empty() && self.has_room(Field::Data, bytes.len(), block.len() - rest.len()) =>
                {
                    fields.data = Some(bytes);
                    // Most events are one line of data.
                    if let [b'\n', after @ ..] = rest {
                        let event = block.get(..block.len() - after.len()).unwrap_or_default();
                        *input = after;
                        return Ok(Some((Fields { data: Some(bytes), event_type: None, id: None }, event)));
                    }
                }
                Some(Token::Value { field, bytes, ends_line: true })
                    if self.has_room(field, bytes.len(), block.len() - rest.len()) && fields.set(field, bytes) => {}
                Some(Token::Value { field, bytes, ends_line }) => {
                    let is_buffered = !matches!(field, Field::Retry | Field::Other);
                    let taken = if is_buffered { self.block.take_all(fields) } else { Ok(()) };
                    let next = self.block.take(field, bytes, ends_line);
                    let taken = taken.and(next);
                    if is_buffered {
                        break taken.map(|()| None);
                    }
                }
            }
        };
        *input = rest;
        found
    }

    /// Whether a value is certainly within the limits, if this many bytes of its block have been decoded: all of them count here,
    /// not the values alone.
    #[inline]
    fn has_room(&self, field: Field, len: usize, block_len: usize) -> bool {
        block_len <= self.block.pending.free
            && len <= if field == Field::Data { S::MAX_DATA_LEN } else { S::MAX_FIELD_LEN }
    }

    /// Continues the line that the last chunk has cut, up to the start of the next line or the end of the input.
    #[inline(never)]
    fn cut_line(&mut self, input: &mut &[u8]) -> Result<(), TooLarge> {
        while !input.is_empty() && !self.tokenizer.is_at_line_start() {
            let State::Value(field) = self.tokenizer.state else {
                if let Some(Token::Value { field, bytes, ends_line }) = self.tokenizer.advance_to_value(input) {
                    self.block.take(field, bytes, ends_line)?;
                }
                continue;
            };
            let (bytes, ends_line) = self.tokenizer.rest_of_value(input);
            match field {
                Field::Data => self.block.take_data(bytes, ends_line)?,
                Field::Comment if self.block.line == Line::Start => {}
                _ => self.block.take(field, bytes, ends_line)?,
            }
        }
        Ok(())
    }

    /// Continues the block, which is buffered, from the start of a line. Returns `true` if its event was dispatched. Otherwise the
    /// input is consumed, or the next block begins.
    #[inline(never)]
    fn buffered_lines(&mut self, input: &mut &[u8]) -> Result<bool, TooLarge> {
        // A copy whose address is passed to inlined functions only, so that it stays in registers.
        let mut rest = *input;
        let dispatched = loop {
            if rest.is_empty() {
                break Ok(false);
            }
            let taken = match self.tokenizer.line(&mut rest) {
                Some(Token::Value { field: Field::Data, bytes, ends_line }) => self.block.take_data(bytes, ends_line),
                Some(Token::Value { field, bytes, ends_line }) => self.block.take(field, bytes, ends_line),
                Some(Token::BlankLine) => break Ok(self.block.dispatch(false)),
                None => Ok(()),
            };
            if let Err(error) = taken {
                break Err(error);
            }
        };
        *input = rest;
        dispatched
    }

    /// "Dispatch the event", for a block that lies in the chunk, but has no data or is not valid UTF-8.
    #[cold]
    pub(crate) fn dispatch_buffered(&mut self, fields: Fields<'_>) -> Result<bool, TooLarge> {
        let taken = self.block.take_all(fields);
        let is_dispatched = self.block.dispatch(false);
        taken.map(|()| is_dispatched)
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
