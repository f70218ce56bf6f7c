//! Events and comments to bytes, in one canonical form.
//!
//! What is encoded was checked when it was made, so nothing here can fail but the caller's sink.
//!
//! Two ways lead to the same bytes: [`Item::pieces`] hands them all to a sink that takes everything, the fast way;
//! [`Encoder`] hands them out as the sink has room, and remembers where it stands.

use core::fmt;

use crate::encode::canonical::{CanonicalForm, Decimal, EVENT, ID, Lines, RETRY};
#[cfg(feature = "alloc")]
use crate::encode::into_vec::{append_comment, append_event};
use crate::error::BufferTooSmall;
use crate::event::borrowed::Event;
use crate::event::comment::Comment;

impl<'a> Event<'a> {
    /// The encoded event, to be taken piece by piece.
    #[inline]
    #[must_use]
    pub fn encode(&self) -> Encoder<'a> {
        Encoder::new(CanonicalForm::event(self))
    }

    /// The exact number of bytes that the encoded event has. Linear in the data.
    #[inline]
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        CanonicalForm::event(self).len()
    }

    /// Appends the encoded event; the buffer grows once, if it must.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode_into(&self, buffer: &mut alloc::vec::Vec<u8>) {
        append_event(buffer, self);
    }

    /// Writes the encoded event to the start of `buffer` and returns its length.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] if it does not fit; nothing was written then. [`encode`](Self::encode) serves a buffer
    /// of any size.
    #[inline]
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        self.encode().fill(buffer)
    }
}

/// Writes the fields of one line each: the event without its data and its end.
pub(crate) fn write_head(event: &Event<'_>, sink: &mut impl fmt::Write) -> fmt::Result {
    CanonicalForm { text: None, end: "", ..CanonicalForm::event(event) }.pieces(|piece| sink.write_str(piece))
}

/// The encoded event, so that `write!` puts it into any [`fmt::Write`].
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CanonicalForm::event(self).pieces(|piece| f.write_str(piece))
    }
}

impl<'a> Comment<'a> {
    /// The encoded comment, to be taken piece by piece.
    #[inline]
    #[must_use]
    pub fn encode(&self) -> Encoder<'a> {
        Encoder::new(CanonicalForm::comment(self))
    }

    /// The exact number of bytes that the encoded comment has. Linear in the text.
    #[inline]
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        CanonicalForm::comment(self).len()
    }

    /// Appends the encoded comment; the buffer grows once, if it must.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode_into(&self, buffer: &mut alloc::vec::Vec<u8>) {
        append_comment(buffer, self);
    }

    /// Writes the encoded comment to the start of `buffer` and returns its length.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] if it does not fit; nothing was written then.
    #[inline]
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        self.encode().fill(buffer)
    }
}

/// The encoded comment, so that `write!` puts it into any [`fmt::Write`].
impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CanonicalForm::comment(self).pieces(|piece| f.write_str(piece))
    }
}

/// The bytes of one encoded item, taken as the sink has room for them.
///
/// The words are those of the `Buf` trait: [`remaining`](Self::remaining), [`chunk`](Self::chunk),
/// [`advance`](Self::advance). Nothing is allocated and nothing can fail. Making one is linear in the item, for the
/// length must be known; taking its bytes costs what they cost, into a buffer of any size.
///
/// ```
/// use sse_proto::Event;
///
/// let mut encoder = Event::new("hello").encode();
/// let (mut wire, mut small) = (Vec::new(), [0; 4]);
/// while encoder.remaining() > 0 {
///     let n = encoder.copy_to(&mut small);
///     wire.extend_from_slice(&small[..n]);
/// }
/// assert_eq!(wire, b"data: hello\n\n");
/// ```
#[derive(Clone, Debug)]
pub struct Encoder<'a> {
    form: CanonicalForm<'a>,
    /// The lines of the item's text after the current one.
    lines: Lines<'a>,
    line: &'a str,
    part: Part,
    place: Place,
    /// How much was taken of what stands at that place.
    taken: usize,
    remaining: usize,
}

impl<'a> Encoder<'a> {
    /// The number of bytes that are still to be taken.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.remaining
    }

    /// The next bytes, as many as lie together; empty only if none remain.
    #[inline]
    #[must_use]
    pub fn chunk(&self) -> &[u8] {
        self.piece().as_bytes().get(self.taken..).unwrap_or_default()
    }

    /// Takes the next `n` bytes, or all that remain if these are fewer.
    pub fn advance(&mut self, n: usize) {
        let mut left = n.min(self.remaining);
        self.remaining -= left;
        loop {
            let there = self.chunk().len();
            if left < there || self.part == Part::Nothing {
                self.taken += left;
                return;
            }
            left -= there;
            self.next_piece();
        }
    }

    /// Copies as many of the next bytes as fit, takes them, and returns their number: less than `buffer.len()` only if
    /// nothing remains.
    pub fn copy_to(&mut self, buffer: &mut [u8]) -> usize {
        let mut copied = 0;
        while let Some(room) = buffer.get_mut(copied..).filter(|room| !room.is_empty() && self.remaining > 0) {
            let chunk = self.chunk();
            let n = chunk.len().min(room.len());
            if let (Some(from), Some(to)) = (chunk.get(..n), room.get_mut(..n)) {
                to.copy_from_slice(from);
            }
            self.advance(n);
            copied += n;
        }
        copied
    }

    fn new(form: CanonicalForm<'a>) -> Self {
        let mut lines = Lines { rest: form.text };
        let line = lines.next().unwrap_or_default();
        let remaining = form.len();
        let mut new = Self { form, lines, line, part: Part::Event, place: Place::Prefix, taken: 0, remaining };
        new.advance(0); // past the parts that the item does not have
        new
    }

    fn fill(mut self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let needed = self.remaining;
        if needed > buffer.len() {
            return Err(BufferTooSmall { needed, available: buffer.len() });
        }
        Ok(self.copy_to(buffer))
    }

    /// What stands at the current place; empty if the item does not have the part.
    fn piece(&self) -> &str {
        let form = &self.form;
        let (prefix, value) = match self.part {
            Part::Event => (EVENT, form.event_type),
            Part::Id => (ID, form.id),
            Part::Retry => (RETRY, form.retry.as_ref().map(Decimal::as_str)),
            Part::Text => (form.prefix, form.text.map(|_| self.line)),
            Part::End => return form.end,
            Part::Nothing => return "",
        };
        match (value, self.place) {
            (None, _) => "",
            (_, Place::Prefix) => prefix,
            (Some(value), Place::Value) => value,
            (_, Place::LineEnd) => "\n",
        }
    }

    fn next_piece(&mut self) {
        self.taken = 0;
        (self.part, self.place) = match (self.part, self.place) {
            (Part::End | Part::Nothing, place) => (Part::Nothing, place),
            (part, Place::Prefix) => (part, Place::Value),
            (part, Place::Value) => (part, Place::LineEnd),
            (Part::Event, Place::LineEnd) => (Part::Id, Place::Prefix),
            (Part::Id, Place::LineEnd) => (Part::Retry, Place::Prefix),
            (Part::Retry, Place::LineEnd) => (Part::Text, Place::Prefix),
            (Part::Text, Place::LineEnd) => match self.lines.next() {
                Some(line) => {
                    self.line = line;
                    (Part::Text, Place::Prefix)
                }
                None => (Part::End, Place::Prefix),
            },
        };
    }
}

/// The parts of an encoded item, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Event,
    Id,
    Retry,
    /// Data, or a comment: a line at a time.
    Text,
    End,
    Nothing,
}

/// The pieces of a line, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Prefix,
    Value,
    LineEnd,
}
