//! Everything in order: events, blocks without data, comments, ignored lines.
//!
//! A loop over tokens that buffers every value, without the fast paths of `next_event`.

use crate::decode::block::{Block, Line};
use crate::decode::decoder::Decoder;
use crate::decode::storage::{ByteBuffer, Storage};
use crate::decode::tokenizer::Token;
use crate::error::{DecodeError, TooLarge};
use crate::event::comment::Comment;
use crate::event::item::Item;
use crate::field::Field;
use crate::text::utf8;

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
    /// A comment or an ignored line is buffered until it is complete, counts towards the limits like the rest of the block, and may
    /// have at most 128 KiB, or `FIELD` bytes in a [`FixedDecoder`](crate::FixedDecoder). Use either this or
    /// [`next_event`](Self::next_event) for the whole of a stream: of a comment or an ignored line that begins under `next_event`,
    /// only the rest is returned. [`unfinished_item`](Self::unfinished_item) returns the line in which the stream ends.
    ///
    /// # Errors
    ///
    /// Those of [`next_event`](Self::next_event), and [`DecodeError::LineTooLarge`] if a comment or an ignored line exceeds a
    /// limit. The rest of that line is skipped, and its block continues. Call again with the same cursor.
    pub fn next_item<'d, 'i: 'd>(&'d mut self, input: &mut &'i [u8]) -> Result<Option<Item<'d>>, DecodeError> {
        let found = self.find_item(input)?;
        Ok(found.map(|found| self.item(found)))
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
        if self.block.line != Line::Other {
            return None;
        }
        self.tokenizer.discard_line();
        let is_complete = self.block.collect(field, &[], true).is_ok_and(|is_complete| is_complete);
        is_complete.then(|| self.item(FoundItem::Line(field)))
    }

    /// Finds the end of the next item, or consumes the input.
    pub(crate) fn find_item(&mut self, input: &mut &[u8]) -> Result<Option<FoundItem>, DecodeError> {
        self.block.release();
        while let Some(token) = self.tokenizer.next_token(input) {
            let taken = match token {
                Token::BlankLine if self.block.dispatch(true) => return Ok(Some(FoundItem::Block)),
                Token::BlankLine => Ok(()),
                Token::Value { field: field @ (Field::Comment | Field::Other), bytes, ends_line } => {
                    match self.block.collect(field, bytes, ends_line) {
                        Ok(true) => return Ok(Some(FoundItem::Line(field))),
                        Ok(false) => Ok(()),
                        Err(error) => Err(error),
                    }
                }
                Token::Value { field, bytes, ends_line } => self.block.take(field, bytes, ends_line),
            };
            if let Err(error) = taken {
                return Err(self.block.pending.error(error));
            }
        }
        Ok(None)
    }

    /// The item that was found.
    pub(crate) fn item(&self, found: FoundItem) -> Item<'_> {
        let line = self.block.pending.line.as_bytes();
        match found {
            FoundItem::Block if self.block.event().has_data() => Item::Event(self.block.event()),
            FoundItem::Block => Item::Block(self.block.event()),
            FoundItem::Line(Field::Comment) => Item::Comment(Comment::new(utf8::from_utf8(line).unwrap_or_default())),
            FoundItem::Line(_) => Item::Ignored(line),
        }
    }
}

/// An item that is buffered.
#[derive(Clone, Copy)]
pub(crate) enum FoundItem {
    /// A block, which was dispatched.
    Block,
    /// A comment or an ignored line, which is complete in [`Pending::line`](crate::decode::pending::Pending::line).
    Line(Field),
}

impl<S: Storage> Block<S> {
    /// Collects a comment or an ignored line, whole or a fragment of it. Returns whether it is complete in
    /// [`Pending::line`](crate::decode::pending::Pending::line). After an error the rest of the line is dropped; the block is not
    /// affected.
    fn collect(&mut self, field: Field, bytes: &[u8], ends_line: bool) -> Result<bool, TooLarge> {
        if field == Field::Other {
            self.ignored.take(bytes, ends_line);
        }
        self.pending.decode_joined(true);
        let collected = match field {
            _ if self.line == Line::Dropped => Ok(false),
            Field::Comment => self.pending.decode(field, bytes, ends_line).map(|()| true),
            _ => self.pending.append_line(field, bytes).map(|()| true),
        };
        self.line = match collected {
            Ok(true) if ends_line => Line::Collected,
            Ok(true) => Line::Other,
            _ if ends_line => Line::Start,
            _ => Line::Dropped,
        };
        collected.map(|is_collected| is_collected && ends_line).inspect_err(|_| self.pending.clear_line())
    }
}
