//! Everything that an event stream carries, not its events alone.

#[cfg(feature = "alloc")]
use alloc::{string::String, vec::Vec};

use crate::event::borrowed::Event;
use crate::event::comment::Comment;
#[cfg(feature = "alloc")]
use crate::event::event_buf::EventBuf;

/// A part of an event stream, in the order of completion: returned by [`Decoder::next_item`](crate::Decoder::next_item).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "the grammar of event streams has no other production")]
pub enum Item<'a> {
    /// An event.
    Event(Event<'a>),
    /// A block without data, which dispatches no event: its type, its `id` and its `retry`, at least one of them.
    Block(Event<'a>),
    /// A line that is a comment.
    Comment(Comment<'a>),
    /// A line that is neither a field nor a comment, as received, without its line end.
    Ignored(&'a [u8]),
}

/// An owned [`Item`], with events of type `E`.
#[cfg(feature = "alloc")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[allow(clippy::exhaustive_enums, reason = "the grammar of event streams has no other production")]
pub enum ItemBuf<E = EventBuf> {
    /// An event.
    Event(E),
    /// A block without data, which dispatches no event: its type, its `id` and its `retry`, at least one of them.
    Block(E),
    /// The text of a line that is a comment.
    Comment(String),
    /// A line that is neither a field nor a comment, as received, without its line end.
    Ignored(Vec<u8>),
}

#[cfg(feature = "alloc")]
impl<E> ItemBuf<E> {
    /// The item, borrowed.
    ///
    /// ```
    /// use sse_proto::{Event, Item, ItemBuf};
    ///
    /// let item: ItemBuf = Item::Event(Event::new("hello")).into();
    /// assert_eq!(item.as_item(), Item::Event(Event::new("hello")));
    /// ```
    pub fn as_item<'a>(&'a self) -> Item<'a>
    where
        &'a E: Into<Event<'a>>,
    {
        match self {
            Self::Event(event) => Item::Event(event.into()),
            Self::Block(block) => Item::Block(block.into()),
            Self::Comment(text) => Item::Comment(Comment::new(text)),
            Self::Ignored(line) => Item::Ignored(line),
        }
    }
}

#[cfg(feature = "alloc")]
impl<'a, E: From<Event<'a>>> From<Item<'a>> for ItemBuf<E> {
    /// Copies the item.
    fn from(item: Item<'a>) -> Self {
        match item {
            Item::Event(event) => Self::Event(event.into()),
            Item::Block(block) => Self::Block(block.into()),
            Item::Comment(comment) => Self::Comment(comment.text().into()),
            Item::Ignored(line) => Self::Ignored(line.into()),
        }
    }
}
