//! The encoder, and the encoding methods of [`Event`] and [`Comment`].
//!
//! Events are checked when they are constructed, and any comment is valid, so only the caller's sink can fail.
//!
//! [`CanonicalForm::pieces`] passes all pieces to a sink that accepts everything. [`Encoder`] produces the same bytes as the
//! sink has room for them, and remembers its position.

use core::fmt;

use crate::encode::canonical::{CanonicalForm, Decimal, EVENT, ID, Lines, RETRY};
#[cfg(feature = "alloc")]
use crate::encode::into_vec::{append_comment, append_event};
use crate::error::BufferTooSmall;
use crate::event::borrowed::Event;
use crate::event::comment::Comment;

impl<'a> Event<'a> {
    /// Returns an encoder that yields the encoded event in pieces of any size.
    #[inline]
    pub fn encode(&self) -> Encoder<'a> {
        Encoder::new(CanonicalForm::event(self))
    }

    /// The exact length of the encoded event in bytes. Linear in the length of the data.
    #[inline]
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        CanonicalForm::event(self).len()
    }

    /// Appends the encoded event to `buffer`, which is reallocated at most once.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode_into(&self, buffer: &mut alloc::vec::Vec<u8>) {
        append_event(buffer, self);
    }

    /// Writes the encoded event to the start of `buffer` and returns its length.
    ///
    /// # Errors
    ///
    /// Returns [`BufferTooSmall`] and writes nothing if the event does not fit. [`encode`](Self::encode) works with a buffer of
    /// any size.
    #[inline]
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        self.encode().fill(buffer)
    }
}

/// Writes the single-line fields of the event: all but its data and its end.
pub(crate) fn write_head(event: &Event<'_>, sink: &mut impl fmt::Write) -> fmt::Result {
    CanonicalForm { text: None, end: "", ..CanonicalForm::event(event) }.pieces(|piece| sink.write_str(piece))
}

/// Writes the encoded event, so that `write!` encodes into any [`fmt::Write`].
impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CanonicalForm::event(self).pieces(|piece| f.write_str(piece))
    }
}

impl<'a> Comment<'a> {
    /// Returns an encoder that yields the encoded comment in pieces of any size.
    #[inline]
    pub fn encode(&self) -> Encoder<'a> {
        Encoder::new(CanonicalForm::comment(self))
    }

    /// The exact length of the encoded comment in bytes. Linear in the length of the text.
    #[inline]
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        CanonicalForm::comment(self).len()
    }

    /// Appends the encoded comment to `buffer`, which is reallocated at most once.
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn encode_into(&self, buffer: &mut alloc::vec::Vec<u8>) {
        append_comment(buffer, self);
    }

    /// Writes the encoded comment to the start of `buffer` and returns its length.
    ///
    /// # Errors
    ///
    /// Returns [`BufferTooSmall`] and writes nothing if the comment does not fit.
    #[inline]
    pub fn encode_to_slice(&self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        self.encode().fill(buffer)
    }
}

/// Writes the encoded comment, so that `write!` encodes into any [`fmt::Write`].
impl fmt::Display for Comment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CanonicalForm::comment(self).pieces(|piece| f.write_str(piece))
    }
}

/// The bytes of one encoded event or comment, read in pieces of any size.
///
/// The methods are those of the `Buf` trait: [`remaining`](Self::remaining), [`chunk`](Self::chunk),
/// [`advance`](Self::advance).
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
///
/// # Input
///
/// An event or a comment, which is valid by construction. It is borrowed.
///
/// # Output
///
/// The canonical form: LF; one space after the colon; `event`, `id`, `retry`, `data`; a prefix for each line of data or of a
/// comment. The pieces borrow from the event, or are static.
///
/// # End of stream
///
/// [`remaining`](Self::remaining) is 0 after the last byte of the event. The next one has an encoder of its own.
///
/// # Limits
///
/// None. Nothing is buffered.
///
/// # After an error
///
/// There are no errors.
///
/// # Complexity
///
/// Creating an encoder is linear in the length of the event or comment, because it computes the encoded length. Reading is linear
/// in the number of bytes read. It does not allocate.
#[derive(Clone)]
#[must_use = "an encoder does nothing unless it is read"]
pub struct Encoder<'a> {
    form: CanonicalForm<'a>,
    /// The lines of the text after the current one.
    lines: Lines<'a>,
    line: &'a str,
    part: Part,
    piece: Piece,
    /// How many bytes of the current piece were taken.
    taken: usize,
    remaining: usize,
}

impl<'a> Encoder<'a> {
    /// The number of bytes left.
    #[inline]
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.remaining
    }

    /// The next contiguous bytes; empty only if none are left.
    #[inline]
    #[must_use]
    pub fn chunk(&self) -> &[u8] {
        self.current_piece().as_bytes().get(self.taken..).unwrap_or_default()
    }

    /// Skips the next `n` bytes, or all that are left if these are fewer.
    pub fn advance(&mut self, n: usize) {
        let mut left = n.min(self.remaining);
        self.remaining -= left;
        loop {
            let available = self.chunk().len();
            if left < available || self.part == Part::Done {
                self.taken += left;
                return;
            }
            left -= available;
            self.next_piece();
        }
    }

    /// Copies the next bytes to the start of `buffer`, skips them, and returns their number. It is less than `buffer.len()` only
    /// if no bytes are left afterwards.
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
        let mut new = Self { form, lines, line, part: Part::Event, piece: Piece::Prefix, taken: 0, remaining };
        new.advance(0); // skips absent parts
        new
    }

    fn fill(mut self, buffer: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let needed = self.remaining;
        if needed > buffer.len() {
            return Err(BufferTooSmall { needed, available: buffer.len() });
        }
        Ok(self.copy_to(buffer))
    }

    /// The current piece; empty if its part is absent.
    fn current_piece(&self) -> &str {
        let form = &self.form;
        let (prefix, value) = match self.part {
            Part::Event => (EVENT, form.event_type),
            Part::Id => (ID, form.id),
            Part::Retry => (RETRY, form.retry.as_ref().map(Decimal::as_str)),
            Part::Text => (form.prefix, form.text.map(|_| self.line)),
            Part::End => return form.end,
            Part::Done => return "",
        };
        match (value, self.piece) {
            (None, _) => "",
            (_, Piece::Prefix) => prefix,
            (Some(value), Piece::Value) => value,
            (_, Piece::LineEnd) => "\n",
        }
    }

    fn next_piece(&mut self) {
        self.taken = 0;
        (self.part, self.piece) = match (self.part, self.piece) {
            (Part::End | Part::Done, piece) => (Part::Done, piece),
            (part, Piece::Prefix) => (part, Piece::Value),
            (part, Piece::Value) => (part, Piece::LineEnd),
            (Part::Event, Piece::LineEnd) => (Part::Id, Piece::Prefix),
            (Part::Id, Piece::LineEnd) => (Part::Retry, Piece::Prefix),
            (Part::Retry, Piece::LineEnd) => (Part::Text, Piece::Prefix),
            (Part::Text, Piece::LineEnd) => match self.lines.next() {
                Some(line) => {
                    self.line = line;
                    (Part::Text, Piece::Prefix)
                }
                None => (Part::End, Piece::Prefix),
            },
        };
    }
}

/// How many bytes are left, but not the bytes, which may be confidential.
impl fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("remaining", &self.remaining).finish_non_exhaustive()
    }
}

/// The parts of an encoded event or comment, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Event,
    Id,
    Retry,
    /// The data, or the text of a comment, one line at a time.
    Text,
    End,
    Done,
}

/// The pieces of a line, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Prefix,
    Value,
    LineEnd,
}
