//! The long way through a chunk, which can do all: in the line and the block where the last chunk ended.
//!
//! What can be known of a line before it is taken, and is worth it, goes by a short way of its own: a value that goes on, many
//! lines of data, much of a long line. None of them must know more than its own case.

use crate::decode::decoder::Decoder;
use crate::decode::join_lines;
use crate::decode::storage::{Buffer, Storage};
use crate::decode::tokenizer::Token;
use crate::error::TooLarge;
use crate::field::Field;
use crate::text::utf8;
use crate::text::utf8_window::{PerValue, Validator};

impl<S: Storage> Decoder<S> {
    /// The long way, which can do all: goes on in the line and the block where the last chunk ended. True: its event was
    /// dispatched; else the input is used up, or the next block can begin.
    #[inline(never)]
    pub(crate) fn resume<'i>(
        &mut self,
        input: &mut &'i [u8],
        validator: &mut impl Validator<'i>,
    ) -> Result<bool, TooLarge> {
        if self.tokenizer.field_of_value() == Some(Field::Comment) && self.block.is_empty() {
            self.skip_comments(input);
            return Ok(false);
        }
        // A copy, whose address is told to none: so it stays in registers.
        let mut rest = *input;
        let gone_on = self.resume_line(&mut rest, validator);
        let dispatched = match gone_on {
            Ok(()) if rest.is_empty() || self.block.is_empty() => Ok(false),
            Ok(()) => self.resume_block(&mut rest),
            Err(error) => Err(error),
        };
        *input = rest;
        dispatched
    }

    /// Goes past comments and blank lines, if nothing of the block is kept.
    #[inline]
    pub(crate) fn skip_comments(&mut self, input: &mut &[u8]) {
        if self.tokenizer.skip_comments(input) {
            self.block.dispatch_nothing();
        }
    }

    /// To where a line can begin, or to the end of the input.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `go_on`")]
    fn resume_line<'i>(&mut self, input: &mut &'i [u8], validator: &mut impl Validator<'i>) -> Result<(), TooLarge> {
        while !input.is_empty() && !self.tokenizer.is_at_line_start() {
            let Some(field) = self.tokenizer.field_of_value() else {
                let mut left = *input;
                let token = self.tokenizer.approach(&mut left);
                *input = left;
                if let Some(Token::Value { field, bytes, ends_line }) = token {
                    self.block.take(field, bytes, ends_line)?;
                }
                continue;
            };
            let left = *input;
            let is_long = self.block.pending.data.len() >= MUCH;
            if is_long && left.len() >= PIECE {
                let (gone_on, rest) = self.resume_long_value(left);
                *input = rest;
                gone_on?;
                continue;
            }
            let (bytes, ends_line) = self.tokenizer.rest_of_value(input, is_long);
            if self.block.can_extend_data(bytes.len()) {
                let text = if self.block.is_pending_text() { validator.known(bytes, left) } else { None };
                self.block.extend_data(bytes, text, ends_line);
            } else {
                self.block.take(field, bytes, ends_line)?;
            }
        }
        Ok(())
    }

    /// From the start of a line to the end of the block, or of the input. True: its event was dispatched.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `go_on`")]
    fn resume_block(&mut self, input: &mut &[u8]) -> Result<bool, TooLarge> {
        while !input.is_empty() {
            if self.block.has_data() && join_lines::may_be_many(input) {
                let (gathered, rest) = self.join_lines(None, input);
                *input = rest;
                gathered?;
                continue;
            }
            match self.tokenizer.line(input) {
                Some(Token::Value { field: Field::Data, bytes, ends_line })
                    if self.begin_data(bytes, ends_line, &mut PerValue) => {}
                Some(Token::Value { field, bytes, ends_line }) => self.block.take(field, bytes, ends_line)?,
                Some(Token::BlankLine) => return self.block.dispatch(false),
                None => {}
            }
        }
        Ok(false)
    }

    /// Goes on in a value, as far as the input has more than a piece of it. What is long is searched, validated and copied, one
    /// after the other; by pieces that are small enough, all but the first find their bytes at hand. And what is left of the
    /// input, which is given back, not borrowed, so that the callers can keep theirs in registers.
    #[inline(never)]
    fn resume_long_value<'i>(&mut self, input: &'i [u8]) -> (Result<(), TooLarge>, &'i [u8]) {
        let mut left = input;
        while let (Some(field), Some(piece)) = (self.tokenizer.field_of_value(), left.get(..PIECE)) {
            let piece = utf8::whole_characters(piece);
            let mut rest = piece;
            let (bytes, ends_line) = self.tokenizer.rest_of_value(&mut rest, true);
            left = left.get(piece.len() - rest.len()..).unwrap_or_default();
            if self.block.can_extend_data(bytes.len()) {
                self.block.extend_data(bytes, None, ends_line);
            } else if let Err(error) = self.block.take(field, bytes, ends_line) {
                return (Err(error), left);
            }
        }
        (Ok(()), left)
    }

    /// Begins a line of data that is to be kept, most often since the chunk ends in it, if there is room and memory for it.
    /// False: it is not for the short way.
    #[inline(never)]
    pub(crate) fn begin_data<'i>(
        &mut self,
        bytes: &'i [u8],
        ends_line: bool,
        validator: &mut impl Validator<'i>,
    ) -> bool {
        let text = if ends_line { None } else { validator.known(bytes, bytes) };
        self.block.add_data_line(bytes, text, ends_line)
    }
}

/// From here on data is so long that its line is not likely to end soon.
const MUCH: usize = 1024;

/// The most of a long line that is taken at a time.
const PIECE: usize = 16 * 1024;
