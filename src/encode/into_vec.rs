//! Events and comments to bytes, appended to a vector: the fast way of servers, which encode into the same buffer again and
//! again.
//!
//! Nearly all data is one line, and then one search and one copy are enough: that much is inlined where the event is made.
//! All else stands apart, and takes a copy of the event, so that the event itself need not be in memory.

use alloc::vec::Vec;

use crate::encode::canonical::{CanonicalForm, DATA, Decimal, EVENT, ID, RETRY};
use crate::event::borrowed::Event;
use crate::event::comment::Comment;
use crate::text::append::{append, append_many};
use crate::text::line_end;

/// Appends the encoded event; the vector grows once, if it must.
#[inline]
pub(crate) fn append_event(to: &mut Vec<u8>, event: &Event<'_>) {
    let has_names = event.event_field().is_some() || event.id().is_some() || event.retry_milliseconds().is_some();
    if !event.has_data() {
        if has_names {
            append_names(to, *event, "\n".len());
            to.push(b'\n');
        }
        return;
    }
    let data = event.data();
    if data.len() >= LONG && append_long(to, *event, data) {
        return;
    }
    if line_end::far_line_end(data.as_bytes()).is_some() {
        append_lines(to, *event, data);
        return;
    }
    let len = DATA.len() + data.len() + "\n\n".len();
    if has_names {
        append_names(to, *event, len);
    } else {
        to.reserve(len);
    }
    to.extend_from_slice(DATA.as_bytes());
    append(to, data.as_bytes());
    to.extend_from_slice(b"\n\n");
}

/// Appends the encoded comment; the vector grows once, if it must.
pub(crate) fn append_comment(to: &mut Vec<u8>, comment: &Comment<'_>) {
    let text = comment.text();
    let (prefix, next) = if text.is_empty() { (":", "") } else { (": ", "\n: ") };
    to.reserve(prefix.len() + len_of_lines(next, text) + "\n".len());
    to.extend_from_slice(prefix.as_bytes());
    append_joined(to, next, text);
    to.push(b'\n');
}

/// Reserves room for the fields of one line each, and for so many bytes more, and appends the fields.
#[inline(never)]
fn append_names(to: &mut Vec<u8>, event: Event<'_>, more: usize) {
    let event_type = event.event_field();
    let (event_type, id) = (event_type.map(str::as_bytes), event.id().map(str::as_bytes));
    let retry = event.retry_milliseconds().map(Decimal::new);
    let retry = retry.as_ref().map(Decimal::as_bytes);
    let len = |prefix: &str, value: Option<&[u8]>| value.map_or(0, |value| prefix.len() + value.len() + "\n".len());
    to.reserve(len(EVENT, event_type) + len(ID, id) + len(RETRY, retry) + more);
    // PerValue prefix by itself, so that its length is known where it is copied.
    append_field(to, EVENT, event_type);
    append_field(to, ID, id);
    append_field(to, RETRY, retry);
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "the prefix is a constant then")]
fn append_field(to: &mut Vec<u8>, prefix: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        to.extend_from_slice(prefix.as_bytes());
        append(to, value);
        to.push(b'\n');
    }
}

/// An event whose data is long, if it is one line and there is memory for it: each piece is copied while it is at hand. False:
/// nothing was appended.
#[inline(never)]
fn append_long(to: &mut Vec<u8>, event: Event<'_>, data: &str) -> bool {
    let start = to.len();
    let len = DATA.len() + data.len() + "\n\n".len();
    let names_len = CanonicalForm { text: None, end: "", ..CanonicalForm::event(&event) }.len();
    if to.capacity() - start < names_len + len {
        return false;
    }
    append_names(to, event, len);
    to.extend_from_slice(DATA.as_bytes());
    for piece in data.as_bytes().chunks(PIECE) {
        if line_end::far_line_end(piece).is_some() {
            to.truncate(start);
            return false;
        }
        append_many(to, piece);
    }
    to.extend_from_slice(b"\n\n");
    true
}

/// From here on data is long.
const LONG: usize = 2 * PIECE;

/// What is searched is still at hand when it is copied.
const PIECE: usize = 16 * 1024;

/// An event whose data has many lines.
#[inline(never)]
fn append_lines(to: &mut Vec<u8>, event: Event<'_>, data: &str) {
    const NEXT: &str = "\ndata: ";
    append_names(to, event, DATA.len() + len_of_lines(NEXT, data) + "\n\n".len());
    to.extend_from_slice(DATA.as_bytes());
    append_joined(to, NEXT, data);
    to.extend_from_slice(b"\n\n");
}

/// The length of the lines of a text with this, a line feed and more, between them; or a little more, for a CRLF counts as two
/// line ends: to count them is faster than to look for them.
fn len_of_lines(between: &str, text: &str) -> usize {
    text.len() + line_end::count_line_ends(text.as_bytes()) * between.len().saturating_sub("\n".len())
}

/// Appends the lines of a text with this between them.
#[inline(always)]
#[allow(clippy::inline_always, reason = "what stands between them is a constant then")]
fn append_joined(to: &mut Vec<u8>, between: &str, text: &str) {
    // As `Lines`, but of bytes, which can be cut anywhere.
    let mut rest = text.as_bytes();
    while let Some((line, end)) = line_end::line_end(rest).and_then(|end| rest.split_at_checked(end)) {
        append(to, line);
        to.extend_from_slice(between.as_bytes());
        rest = match end {
            [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
            [] => end,
        };
    }
    append(to, rest);
}

#[cfg(test)]
mod tests {
    use super::{LONG, PIECE};
    use crate::event::borrowed::Event;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use core::time::Duration;

    /// Wherever its line ends are, and whether or not there is memory for it.
    #[test]
    fn appends_long_data() {
        for len in [LONG - 1, LONG, LONG + 1, 3 * PIECE] {
            for end in [None, Some(0), Some(PIECE - 1), Some(PIECE), Some(LONG - 2), Some(len - 1)] {
                let mut data = String::from("x").repeat(len);
                if let Some(end) = end {
                    data.replace_range(end..=end, "\r");
                }
                let event = Event::new(&data)
                    .with_type("type")
                    .unwrap()
                    .with_id("1")
                    .unwrap()
                    .with_retry(Duration::from_millis(u64::MAX));
                let expected = event.to_string();
                for capacity in [0, 10, 3 + expected.len() - 1, 3 + expected.len(), 2 * expected.len()] {
                    let mut buffer = Vec::with_capacity(capacity);
                    buffer.extend_from_slice(b"abc");
                    event.encode_into(&mut buffer);
                    assert_eq!(buffer.split_at(3), (&b"abc"[..], expected.as_bytes()), "{len}, {end:?}, {capacity}");
                }
            }
        }
    }
}
