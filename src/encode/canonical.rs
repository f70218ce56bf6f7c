//! The canonical form of events and comments, as a sequence of pieces.
//!
//! Lines end with LF. One space always follows the colon. The fields are `event`, `id`, `retry` and `data`, in this order. Each
//! line of data, and of a comment, gets its own prefix.

use crate::event::borrowed::Event;
use crate::event::comment::Comment;
use crate::text::line_end;

// The receiver removes one space after the colon, so a leading space of the value survives.
pub(crate) const EVENT: &str = "event: ";
pub(crate) const ID: &str = "id: ";
pub(crate) const RETRY: &str = "retry: ";
pub(crate) const DATA: &str = "data: ";

/// An event or a comment: single-line fields, then a text of one or more lines, then an end.
#[derive(Clone, Copy)]
pub(crate) struct CanonicalForm<'a> {
    pub(crate) event_type: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
    pub(crate) retry: Option<Decimal>,
    pub(crate) prefix: &'static str,
    pub(crate) text: Option<&'a str>,
    pub(crate) end: &'static str,
}

impl<'a> CanonicalForm<'a> {
    #[inline]
    pub(crate) fn event(event: &Event<'a>) -> Self {
        let form = Self {
            event_type: event.event_field(),
            id: event.id(),
            retry: event.retry_milliseconds().map(Decimal::new),
            prefix: DATA,
            text: event.has_data().then_some(event.data()),
            end: "\n",
        };
        match (form.event_type, form.id, form.retry, form.text) {
            (None, None, None, None) => Self { end: "", ..form },
            _ => form,
        }
    }

    #[inline]
    pub(crate) fn comment(comment: &Comment<'a>) -> Self {
        let prefix = if comment.text().is_empty() { ":" } else { ": " };
        Self { event_type: None, id: None, retry: None, prefix, text: Some(comment.text()), end: "" }
    }

    /// Passes all pieces to `put`, in order, until it fails.
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
}

/// The lines of a text, split at each CR, LF and CRLF. There is always one after the last line end, which may be empty.
#[derive(Clone)]
pub(crate) struct Lines<'a> {
    pub(crate) rest: Option<&'a str>,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest.take()?;
        let Some((line, rest)) = line_end::line_end(text.as_bytes()).and_then(|end| text.split_at_checked(end)) else {
            return Some(text);
        };
        self.rest = rest.strip_prefix("\r\n").or_else(|| rest.get(1..));
        Some(line)
    }
}

/// The decimal digits of a number.
#[derive(Clone, Copy)]
pub(crate) struct Decimal {
    digits: [u8; Self::MAX_LEN],
    len: usize,
}

impl Decimal {
    /// The number of digits of `u64::MAX`.
    const MAX_LEN: usize = 20;

    pub(crate) fn new(mut number: u64) -> Self {
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

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.digits.get(Self::MAX_LEN - self.len..).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}
