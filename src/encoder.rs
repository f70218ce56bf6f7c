//! Events and comments to bytes, in one canonical form: LF; one space after the colon, always; `event`, `id`, `retry`,
//! `data`; each line of a value that may have many behind a prefix of its own.
//!
//! What is encoded was checked when it was made, so nothing here can fail but the caller's sink.
//!
//! Two ways lead to the same bytes: [`Item::pieces`] hands them all to a sink that takes everything, the fast way;
//! [`Encoder`] hands them out as the sink has room, and remembers where it stands.

use core::fmt;

#[cfg(feature = "alloc")]
use crate::append::append;
use crate::error::BufferTooSmall;
use crate::event::{Comment, Event};
use crate::scan;

impl<'a> Event<'a> {
    /// The encoded event, to be taken piece by piece.
    #[inline]
    #[must_use]
    pub fn encode(&self) -> Encoder<'a> {
        Encoder::new(Item::event(self))
    }

    /// The exact number of bytes that the encoded event has. Linear in the data.
    #[inline]
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        Item::event(self).len()
    }

    /// Appends the encoded event; the buffer grows once, if it must.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode_into(&self, buffer: &mut alloc::vec::Vec<u8>) {
        Item::event(self).append_to(buffer);
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
    Item { text: None, end: "", ..Item::event(event) }.pieces(|piece| sink.write_str(piece))
}

/// The encoded event, so that `write!` puts it into any [`fmt::Write`].
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Item::event(self).pieces(|piece| f.write_str(piece))
    }
}

impl<'a> Comment<'a> {
    /// The encoded comment, to be taken piece by piece.
    #[inline]
    #[must_use]
    pub fn encode(&self) -> Encoder<'a> {
        Encoder::new(Item::comment(self))
    }

    /// The exact number of bytes that the encoded comment has. Linear in the text.
    #[inline]
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        Item::comment(self).len()
    }

    /// Appends the encoded comment; the buffer grows once, if it must.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode_into(&self, buffer: &mut alloc::vec::Vec<u8>) {
        Item::comment(self).append_to(buffer);
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
        Item::comment(self).pieces(|piece| f.write_str(piece))
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
    item: Item<'a>,
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

    fn new(item: Item<'a>) -> Self {
        let mut lines = Lines { rest: item.text };
        let line = lines.next().unwrap_or_default();
        let remaining = item.len();
        let mut new = Self { item, lines, line, part: Part::Event, place: Place::Prefix, taken: 0, remaining };
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
        let item = &self.item;
        let (prefix, value) = match self.part {
            Part::Event => (EVENT, item.event_type),
            Part::Id => (ID, item.id),
            Part::Retry => (RETRY, item.retry.as_ref().map(Decimal::as_str)),
            Part::Text => (item.prefix, item.text.map(|_| self.line)),
            Part::End => return item.end,
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

// "One space after the colon, always": the receiver removes one, so a leading space of the value survives.
const EVENT: &str = "event: ";
const ID: &str = "id: ";
const RETRY: &str = "retry: ";
pub(crate) const DATA: &str = "data: ";

/// What an event and a comment have in common: fields of one line each, then a text of many, then an end.
#[derive(Clone, Copy, Debug)]
struct Item<'a> {
    event_type: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<Decimal>,
    prefix: &'static str,
    text: Option<&'a str>,
    end: &'static str,
}

impl<'a> Item<'a> {
    #[inline]
    fn event(event: &Event<'a>) -> Self {
        let item = Self {
            event_type: Some(event.type_field()).filter(|event_type| !event_type.is_empty()),
            id: event.id(),
            retry: event.retry().map(Decimal::new),
            prefix: DATA,
            text: event.has_data().then_some(event.data()),
            end: "\n",
        };
        match (item.event_type, item.id, item.retry, item.text) {
            (None, None, None, None) => Self { end: "", ..item },
            _ => item,
        }
    }

    #[inline]
    fn comment(comment: &Comment<'a>) -> Self {
        let prefix = if comment.text().is_empty() { ":" } else { ": " };
        Self { event_type: None, id: None, retry: None, prefix, text: Some(comment.text()), end: "" }
    }

    /// Hands all pieces, in order, to a sink that takes them whole.
    #[inline]
    fn pieces<E>(&self, mut put: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
        let retry = self.retry.as_ref().map(Decimal::as_str);
        for (prefix, value) in [(EVENT, self.event_type), (ID, self.id), (RETRY, retry)] {
            if let Some(value) = value {
                put(prefix)?;
                put(value)?;
                put("\n")?;
            }
        }
        for line in (Lines { rest: self.text }) {
            put(self.prefix)?;
            put(line)?;
            put("\n")?;
        }
        put(self.end)
    }

    #[inline]
    fn len(&self) -> usize {
        let mut len = 0;
        let counted: Result<(), core::convert::Infallible> = self.pieces(|piece| {
            len += piece.len();
            Ok(())
        });
        counted.map_or(0, |()| len)
    }

    #[cfg(feature = "alloc")]
    #[inline]
    fn append_to(&self, buffer: &mut alloc::vec::Vec<u8>) {
        let retry = self.retry.as_ref().map(Decimal::as_str);
        let fields = [(EVENT, self.event_type), (ID, self.id), (RETRY, retry)];
        let len = |(prefix, value): (&str, Option<&str>)| value.map_or(0, |value| prefix.len() + value.len() + 1);
        let mut lines = Lines { rest: self.text };
        // Nearly all data is one line, and then one search is enough.
        let first = lines.next_by(scan::far_line_end);
        // Else the line ends are counted, which is faster than to look for them; a CRLF counts as two, so a few bytes too many
        // may be asked for.
        let rest = lines.rest.unwrap_or_default();
        let more = lines.rest.map_or(0, |_| 1 + scan::count_line_ends(rest.as_bytes())) * (self.prefix.len() + 1);
        let text = len((self.prefix, first)) + more + rest.len();
        buffer.reserve(fields.map(len).iter().sum::<usize>() + text + self.end.len());
        // Each prefix by itself, so that its length is known where it is copied.
        for (prefix, value) in fields {
            if let Some(value) = value {
                put(buffer, prefix, value);
            }
        }
        match self.prefix {
            DATA => put_lines(buffer, DATA, first, lines),
            prefix => put_lines(buffer, prefix, first, lines),
        }
        buffer.extend_from_slice(self.end.as_bytes());
    }
}

#[cfg(feature = "alloc")]
#[inline(always)]
#[allow(clippy::inline_always, reason = "the prefix is a constant then")]
fn put_lines<'a>(buffer: &mut alloc::vec::Vec<u8>, prefix: &str, first: Option<&'a str>, rest: Lines<'a>) {
    if let Some(line) = first {
        put(buffer, prefix, line);
        for line in rest {
            put(buffer, prefix, line);
        }
    }
}

#[cfg(feature = "alloc")]
#[inline(always)]
#[allow(clippy::inline_always, reason = "the prefix is a constant then")]
fn put(buffer: &mut alloc::vec::Vec<u8>, prefix: &str, value: &str) {
    buffer.extend_from_slice(prefix.as_bytes());
    append(buffer, value.as_bytes());
    buffer.push(b'\n');
}

/// The lines of a text: cut at each CR, LF and CRLF, at least one, and one after the last line end.
#[derive(Clone, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) rest: Option<&'a str>,
}

impl<'a> Lines<'a> {
    /// The next line, which ends where `line_end` says.
    #[inline]
    fn next_by(&mut self, line_end: impl Fn(&[u8]) -> Option<usize>) -> Option<&'a str> {
        let text = self.rest.take()?;
        let Some((line, rest)) = line_end(text.as_bytes()).and_then(|end| text.split_at_checked(end)) else {
            return Some(text);
        };
        self.rest = rest.strip_prefix("\r\n").or_else(|| rest.get(1..));
        Some(line)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        self.next_by(scan::line_end)
    }
}

/// A number in base ten.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    digits: [u8; Self::MAX_LEN],
    len: usize,
}

impl Decimal {
    /// The digits of the largest `u64`.
    const MAX_LEN: usize = 20;

    fn new(mut number: u64) -> Self {
        let mut decimal = Self { digits: [b'0'; Self::MAX_LEN], len: 0 };
        for digit in decimal.digits.iter_mut().rev() {
            *digit += u8::try_from(number % 10).unwrap_or_default();
            decimal.len += 1;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        decimal
    }

    fn as_str(&self) -> &str {
        let digits = self.digits.get(Self::MAX_LEN - self.len..).unwrap_or_default();
        core::str::from_utf8(digits).unwrap_or_default()
    }
}
