//! Everything in order: events, blocks without data, comments, ignored lines.
//!
//! A loop over tokens that buffers every value, without the fast paths of `next_event`.

use crate::decode::collect::CollectedLine;
use crate::decode::decoder::Decoder;
use crate::decode::storage::{Buffer, Storage};
use crate::decode::tokenizer::Token;
use crate::error::{DecodeError, TooLarge};
use crate::event::comment::Comment;
use crate::event::item::Item;
use crate::field::Field;

impl<S: Storage> Decoder<S> {
    /// Returns the next event, block without data, comment or ignored line, in the order of completion; `None` if more input
    /// is needed. A comment within a block comes before the event of the block.
    ///
    /// ```
    /// use sse_proto::{Comment, Event, FixedDecoder, Item};
    ///
    /// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
    /// let mut input = &b"id: 5\n\n: ping\n\n{}\ndata: x\n\n"[..];
    /// assert_eq!(decoder.next_item(&mut input)?, Some(Item::Block(Event::without_data().with_id("5")?)));
    /// assert_eq!(decoder.next_item(&mut input)?, Some(Item::Comment(Comment::new("ping"))));
    /// assert_eq!(decoder.next_item(&mut input)?, Some(Item::Ignored(b"{}")));
    /// assert_eq!(decoder.next_item(&mut input)?, Some(Item::Event(Event::new("x"))));
    /// assert_eq!(decoder.next_item(&mut input)?, None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// A comment or an ignored line that is cut by a chunk is buffered until it is complete, counts towards the limits like
    /// the rest of the block, and may have at most 128 KiB, or `FIELD` bytes in a [`FixedDecoder`](crate::FixedDecoder).
    /// Use this or [`next_event`](Self::next_event) for the whole of a stream: of a line that begins under `next_event` it
    /// returns the rest alone. [`unfinished_item`](Self::unfinished_item) returns the line in which the stream ends.
    ///
    /// # Errors
    ///
    /// Those of [`next_event`](Self::next_event), and [`DecodeError::LineTooLarge`] if a comment or an ignored line exceeds a
    /// limit. The rest of that line is skipped, and its block continues. Call again with the same cursor.
    pub fn next_item<'d, 'i: 'd>(&'d mut self, input: &mut &'i [u8]) -> Result<Option<Item<'d>>, DecodeError> {
        self.block.release_borrowed();
        while let Some(token) = self.tokenizer.next_token(input) {
            match token {
                Token::BlankLine => match self.dispatch_block() {
                    Ok(true) => return Ok(Some(self.dispatched_item())),
                    Ok(false) => {}
                    Err(error) => return Err(self.block.pending.error(error)),
                },
                Token::Value { field: field @ (Field::Comment | Field::Other), bytes, ends_line } => {
                    if field == Field::Other {
                        self.block.ignored.take(bytes, ends_line);
                    }
                    match self.block.collect_line(field, bytes, ends_line) {
                        Ok(Some(line)) => return Ok(Some(self.collected_item(field, line))),
                        Ok(None) => {}
                        Err(error) => return Err(self.block.pending.error(error)),
                    }
                }
                Token::Value { field, bytes, ends_line } => {
                    if let Err(error) = self.block.take(field, bytes, ends_line) {
                        return Err(self.block.pending.error(error));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Returns the unfinished comment or ignored line, if the stream has ended in one that [`next_item`](Self::next_item) has
    /// collected. Call it before [`end_of_stream`](Self::end_of_stream).
    ///
    /// A JSON error object in place of a stream often lacks a line end: this returns it whole, where
    /// [`ignored`](Self::ignored) keeps the first bytes alone.
    ///
    /// ```
    /// use sse_proto::{FixedDecoder, Item};
    ///
    /// let mut decoder = FixedDecoder::<64, 64>::with_fixed_buffers();
    /// let error = b"{\"error\": {\"message\": \"overloaded\"}}";
    /// assert_eq!(decoder.next_item(&mut &error[..])?, None);
    /// assert_eq!(decoder.unfinished_item(), Some(Item::Ignored(error)));
    /// assert_eq!(decoder.unfinished_item(), None);
    /// # Ok::<(), sse_proto::DecodeError>(())
    /// ```
    pub fn unfinished_item(&mut self) -> Option<Item<'_>> {
        let field = self.tokenizer.field_of_line().filter(|field| matches!(field, Field::Comment | Field::Other))?;
        if !self.block.is_collecting() {
            return None;
        }
        self.tokenizer.discard_line();
        self.block.ignored.end_line();
        self.block.end_collected(field).then(|| self.collected_item(field, CollectedLine::Buffered))
    }

    fn dispatch_block(&mut self) -> Result<bool, TooLarge> {
        let dispatched = self.block.dispatch(true)?;
        if dispatched {
            self.block.validate_data()?;
        }
        Ok(dispatched)
    }

    fn dispatched_item(&self) -> Item<'_> {
        let event = self.block.dispatched_event();
        if event.has_data() { Item::Event(event) } else { Item::Block(event) }
    }

    fn collected_item<'d, 'i: 'd>(&'d self, field: Field, line: CollectedLine<'i>) -> Item<'d> {
        let buffer = &self.block.pending.line;
        match line {
            CollectedLine::Comment(text) => Item::Comment(Comment::new(text)),
            CollectedLine::Ignored(bytes) => Item::Ignored(bytes),
            CollectedLine::Buffered if field == Field::Comment => Item::Comment(Comment::new(buffer.as_str())),
            CollectedLine::Buffered => Item::Ignored(buffer.as_slice()),
        }
    }
}
