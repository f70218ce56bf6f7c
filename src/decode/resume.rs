//! The slow path: continues the line and the block in which the last chunk ended, and buffers their values.
//!
//! It handles every case. Where it matters, it has fast paths of its own: for a value that continues from chunk to chunk, for
//! data of many lines, and for long values.

use crate::decode::decoder::Decoder;
use crate::decode::join_lines;
use crate::decode::storage::{Buffer, Storage};
use crate::decode::tokenizer::Token;
use crate::error::TooLarge;
use crate::field::Field;
use crate::text::utf8;
use crate::text::utf8_window::{PerValue, Validator};

impl<S: Storage> Decoder<S> {
    /// Continues the line and the block in which the last chunk ended. Returns `true` if the event of the block was dispatched.
    /// Otherwise the input is consumed, or nothing of the block is buffered.
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
        // A copy whose address is passed to inlined functions only, so that it stays in registers.
        let mut rest = *input;
        let resumed = self.resume_line(&mut rest, validator);
        let dispatched = match resumed {
            Ok(()) if rest.is_empty() || self.block.is_empty() => Ok(false),
            Ok(()) => self.resume_block(&mut rest),
            Err(error) => Err(error),
        };
        *input = rest;
        dispatched
    }

    /// Skips comments and blank lines, while nothing of the block is buffered.
    #[inline]
    pub(crate) fn skip_comments(&mut self, input: &mut &[u8]) {
        if self.tokenizer.skip_comments(input) {
            self.block.dispatch_empty();
        }
    }

    /// Continues the line up to its end or the end of the input.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `resume`")]
    fn resume_line<'i>(&mut self, input: &mut &'i [u8], validator: &mut impl Validator<'i>) -> Result<(), TooLarge> {
        while !input.is_empty() && !self.tokenizer.is_at_line_start() {
            let Some(field) = self.tokenizer.field_of_value() else {
                let mut left = *input;
                let token = self.tokenizer.advance_to_value(&mut left);
                *input = left;
                if let Some(Token::Value { field, bytes, ends_line }) = token {
                    self.block.take(field, bytes, ends_line)?;
                }
                continue;
            };
            let left = *input;
            let is_long = self.block.pending.data.len() >= LONG_DATA_LEN;
            if is_long && left.len() >= STEP_LEN {
                let (resumed, rest) = self.resume_long_value(left);
                *input = rest;
                resumed?;
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

    /// Continues the block from the start of a line up to its end or the end of the input. Returns `true` if its event was
    /// dispatched.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is the body of `resume`")]
    fn resume_block(&mut self, input: &mut &[u8]) -> Result<bool, TooLarge> {
        while !input.is_empty() {
            if self.block.has_data() && join_lines::is_worth_joining(input) {
                let (joined, rest) = self.join_lines(None, input);
                *input = rest;
                joined?;
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

    /// Continues a long value, in steps of [`STEP_LEN`] bytes, as long as the input has that many. A step is searched, then
    /// validated, then copied; it is short enough to stay in the cache meanwhile. Returns the rest of the input by value, so that
    /// callers can keep theirs in registers.
    #[inline(never)]
    fn resume_long_value<'i>(&mut self, input: &'i [u8]) -> (Result<(), TooLarge>, &'i [u8]) {
        let mut left = input;
        while let (Some(field), Some(step)) = (self.tokenizer.field_of_value(), left.get(..STEP_LEN)) {
            let step = utf8::whole_characters(step);
            let mut rest = step;
            let (bytes, ends_line) = self.tokenizer.rest_of_value(&mut rest, true);
            left = left.get(step.len() - rest.len()..).unwrap_or_default();
            if self.block.can_extend_data(bytes.len()) {
                self.block.extend_data(bytes, None, ends_line);
            } else if let Err(error) = self.block.take(field, bytes, ends_line) {
                return (Err(error), left);
            }
        }
        (Ok(()), left)
    }

    /// Buffers a line of data, whole or its first fragment, if it fits into the limits and the capacity. Returns `false`, and
    /// changes nothing, if not. Mostly called because the chunk ends within the line.
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

/// From this length on, the line end of buffered data is expected to be far away.
const LONG_DATA_LEN: usize = 1024;

/// The length of a step through a long value.
const STEP_LEN: usize = 16 * 1024;
