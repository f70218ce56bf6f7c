//! The fast path for encoding into a `Vec<u8>`, for servers that reuse one buffer.
//!
//! Nearly all data is one line, which takes one search and one copy. That case is inlined into the caller. The other cases are
//! separate functions that take the event by value, so that the compiler can keep the event in registers.

use alloc::vec::Vec;

use crate::encode::canonical::{CanonicalForm, DATA, Decimal, EVENT, ID, RETRY};
use crate::event::borrowed::Event;
use crate::event::comment::Comment;
use crate::text::append::{append, append_many};
use crate::text::line_end;

/// Appends the encoded event. The vector is reallocated at most once.
#[inline]
pub(crate) fn append_event(to: &mut Vec<u8>, event: &Event<'_>) {
    if !event.has_data() {
        if event.has_other_fields() {
            append_fields(to, *event, "\n".len());
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
    if event.has_other_fields() {
        append_fields(to, *event, len);
    } else {
        to.reserve(len);
    }
    to.extend_from_slice(DATA.as_bytes());
    append(to, data.as_bytes());
    to.extend_from_slice(b"\n\n");
}

/// Appends the encoded comment. The vector is reallocated at most once.
pub(crate) fn append_comment(to: &mut Vec<u8>, comment: &Comment<'_>) {
    let text = comment.text();
    let (prefix, next) = if text.is_empty() { (":", "") } else { (": ", "\n: ") };
    to.reserve(prefix.len() + len_of_lines(next, text) + "\n".len());
    to.extend_from_slice(prefix.as_bytes());
    append_joined(to, next, text);
    to.push(b'\n');
}

/// Reserves room for the single-line fields and for `more` bytes, then appends the fields.
#[inline(never)]
fn append_fields(to: &mut Vec<u8>, event: Event<'_>, more: usize) {
    let event_type = event.event_field();
    let (event_type, id) = (event_type.map(str::as_bytes), event.id().map(str::as_bytes));
    let retry = event.retry_milliseconds().map(Decimal::new);
    let retry = retry.as_ref().map(Decimal::as_bytes);
    let len = |prefix: &str, value: Option<&[u8]>| value.map_or(0, |value| prefix.len() + value.len() + "\n".len());
    to.reserve(len(EVENT, event_type) + len(ID, id) + len(RETRY, retry) + more);
    // One call per prefix, so that its length is a constant when it is copied.
    append_field(to, EVENT, event_type);
    append_field(to, ID, id);
    append_field(to, RETRY, retry);
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "makes the prefix a constant")]
fn append_field(to: &mut Vec<u8>, prefix: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        to.extend_from_slice(prefix.as_bytes());
        append(to, value);
        to.push(b'\n');
    }
}

/// Appends an event with long data, copying each piece while it is in the cache. Returns `false`, and appends nothing, if the
/// data has more than one line or the vector's capacity is too small.
#[inline(never)]
fn append_long(to: &mut Vec<u8>, event: Event<'_>, data: &str) -> bool {
    let start = to.len();
    let len = DATA.len() + data.len() + "\n\n".len();
    let fields_len = CanonicalForm { text: None, end: "", ..CanonicalForm::event(&event) }.len();
    if to.capacity() - start < fields_len + len {
        return false;
    }
    append_fields(to, event, len);
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

/// From this length on, data is searched and copied in pieces.
const LONG: usize = 2 * PIECE;

/// The length of a piece: small enough to be in the cache when it is copied after it was searched.
const PIECE: usize = 16 * 1024;

/// Appends an event whose data has several lines.
#[inline(never)]
fn append_lines(to: &mut Vec<u8>, event: Event<'_>, data: &str) {
    const NEXT: &str = "\ndata: ";
    append_fields(to, event, DATA.len() + len_of_lines(NEXT, data) + "\n\n".len());
    to.extend_from_slice(DATA.as_bytes());
    append_joined(to, NEXT, data);
    to.extend_from_slice(b"\n\n");
}

/// An upper bound of the length of the lines of `text` joined by `between`, which begins with a line feed.
///
/// It is exact unless the text contains CRLF, which counts as two line ends. Counting bytes is faster than splitting lines.
fn len_of_lines(between: &str, text: &str) -> usize {
    text.len() + line_end::count_line_ends(text.as_bytes()) * between.len().saturating_sub("\n".len())
}

/// Appends the lines of `text` joined by `between`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "makes `between` a constant")]
fn append_joined(to: &mut Vec<u8>, between: &str, text: &str) {
    // As `Lines`, but over bytes, which can be split anywhere.
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

    /// With a line end at any position or none, and with any spare capacity.
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
