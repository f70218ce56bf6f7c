//! What an event and a comment are on the wire, piece by piece: LF; one space after the colon, always; `event`, `id`,
//! `retry`, `data`; each line of a value that may have many behind a prefix of its own.

#[cfg(feature = "alloc")]
use crate::append::append;
use crate::event::{Comment, Event};
use crate::scan;

// "One space after the colon, always": the receiver removes one, so a leading space of the value survives.
pub(crate) const EVENT: &str = "event: ";
pub(crate) const ID: &str = "id: ";
pub(crate) const RETRY: &str = "retry: ";
pub(crate) const DATA: &str = "data: ";

/// What an event and a comment have in common: fields of one line each, then a text of many, then an end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'a> {
    pub(crate) event_type: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
    pub(crate) retry: Option<Decimal>,
    pub(crate) prefix: &'static str,
    pub(crate) text: Option<&'a str>,
    pub(crate) end: &'static str,
}

impl<'a> Item<'a> {
    #[inline]
    pub(crate) fn event(event: &Event<'a>) -> Self {
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
    pub(crate) fn comment(comment: &Comment<'a>) -> Self {
        let prefix = if comment.text().is_empty() { ":" } else { ": " };
        Self { event_type: None, id: None, retry: None, prefix, text: Some(comment.text()), end: "" }
    }

    /// Hands all pieces, in order, to a sink that takes them whole.
    #[inline]
    pub(crate) fn pieces<E>(&self, mut put: impl FnMut(&str) -> Result<(), E>) -> Result<(), E> {
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
    pub(crate) fn len(&self) -> usize {
        let mut len = 0;
        let counted: Result<(), core::convert::Infallible> = self.pieces(|piece| {
            len += piece.len();
            Ok(())
        });
        counted.map_or(0, |()| len)
    }

    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) fn append_to(&self, buffer: &mut alloc::vec::Vec<u8>) {
        let retry = self.retry.as_ref().map(Decimal::as_str);
        let fields = [(EVENT, self.event_type), (ID, self.id), (RETRY, retry)];
        let len = |(prefix, value): (&str, Option<&str>)| value.map_or(0, |value| prefix.len() + value.len() + 1);
        let mut lines = Lines { rest: self.text };
        // Nearly all data is one line, and then one search is enough.
        let first = lines.next_by(scan::far_line_end);
        // Else the line ends are counted, which is faster than to look for them; a CRLF counts as two, so a prefix too many may
        // be asked for.
        let rest = lines.rest.unwrap_or_default();
        let more = lines.rest.map_or(0, |_| (1 + scan::count_line_ends(rest.as_bytes())) * self.prefix.len() + 1);
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
pub(crate) struct Decimal {
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

    pub(crate) fn as_str(&self) -> &str {
        let digits = self.digits.get(Self::MAX_LEN - self.len..).unwrap_or_default();
        core::str::from_utf8(digits).unwrap_or_default()
    }
}
