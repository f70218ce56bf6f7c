//! The fast path for encoding into a `Vec<u8>`, for servers that reuse one buffer.
//!
//! Nearly all data is one short line, which takes one search and one copy. That case is inlined into the caller. The other cases
//! are separate functions that take the event by value, so that the compiler can keep the event in registers.

use alloc::vec::Vec;

use crate::encode::canonical::{DATA, Decimal, EVENT, ID, RETRY};
use crate::event::borrowed::Event;
use crate::event::comment::Comment;
use crate::text::append::append;
use crate::text::line_end;

/// Appends the encoded event. The vector is reallocated at most once.
#[inline]
pub(crate) fn append_event(to: &mut Vec<u8>, event: &Event<'_>) {
    if !event.has_data() {
        if event.has_other_fields() {
            append_fields(to, *event, "\n".len(), "");
            to.push(b'\n');
        }
        return;
    }
    let data = event.data();
    let len = DATA.len() + data.len() + "\n\n".len();
    if is_searched_while_copied(to, data.len(), len) || line_end::far_line_end(data.as_bytes()).is_some() {
        append_long(to, *event, data);
        return;
    }
    if event.has_other_fields() {
        append_fields(to, *event, len, "");
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
    let prefix = if text.is_empty() { ":" } else { ": " };
    reserve(to, prefix.len() + text.len() + "\n".len(), text.as_bytes(), "\n: ");
    to.extend_from_slice(prefix.as_bytes());
    append_lines(to, text, "\n: ", "\n");
}

/// Long data that fits is copied while it is searched: a second pass would read it from memory again.
#[inline]
fn is_searched_while_copied(to: &Vec<u8>, data_len: usize, encoded_len: usize) -> bool {
    data_len > PIECE && encoded_len <= to.capacity() - to.len()
}

/// Reserves room for the single-line fields and for `more` bytes, and for the prefixes of the lines of `data` after the first one.
/// Then appends the fields.
#[inline(never)]
fn append_fields(to: &mut Vec<u8>, event: Event<'_>, more: usize, data: &str) {
    let event_type = event.event_field();
    let (event_type, id) = (event_type.map(str::as_bytes), event.id().map(str::as_bytes));
    let retry = event.retry_milliseconds().map(Decimal::new);
    let retry = retry.as_ref().map(Decimal::as_bytes);
    let len = |prefix: &str, value: Option<&[u8]>| value.map_or(0, |value| prefix.len() + value.len() + "\n".len());
    let len = len(EVENT, event_type) + len(ID, id) + len(RETRY, retry) + more;
    reserve(to, len, data.as_bytes(), NEXT);
    // One call per prefix, so that its length is a constant when it is copied.
    append_field(to, EVENT, event_type);
    append_field(to, ID, id);
    append_field(to, RETRY, retry);
}

// Makes the prefix a constant.
#[inline(always)]
fn append_field(to: &mut Vec<u8>, prefix: &str, value: Option<&[u8]>) {
    if let Some(value) = value {
        to.extend_from_slice(prefix.as_bytes());
        append(to, value);
        to.push(b'\n');
    }
}

/// Appends an event whose data is long or has several lines.
#[inline(never)]
fn append_long(to: &mut Vec<u8>, event: Event<'_>, data: &str) {
    append_fields(to, event, DATA.len() + data.len() + "\n\n".len(), data);
    to.extend_from_slice(DATA.as_bytes());
    append_lines(to, data, NEXT, "\n\n");
}

/// Appends the lines of `text` joined by `between`, which begins with a line feed, then `end`. There is room for one line.
// Makes `between` a constant.
#[inline(always)]
fn append_lines(to: &mut Vec<u8>, text: &str, between: &str, end: &str) {
    // As `Lines`, but over bytes, which can be split anywhere.
    let mut rest = text.as_bytes();
    loop {
        let piece = rest.get(..PIECE).unwrap_or(rest);
        let found = line_end::line_end(piece).and_then(|at| rest.split_at_checked(at));
        if let Some((line, [b'\r', b'\n', after @ ..] | [_, after @ ..])) = found {
            append(to, line);
            reserve(to, between.len() + after.len() + end.len(), after, between);
            to.extend_from_slice(between.as_bytes());
            rest = after;
            continue;
        }
        append(to, piece);
        rest = rest.get(piece.len()..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
    }
    to.extend_from_slice(end.as_bytes());
}

/// Reserves room for `len` bytes. If there is less, also for the prefix of each line of `text` after the first one.
#[inline]
fn reserve(to: &mut Vec<u8>, len: usize, text: &[u8], between: &str) {
    if to.capacity() - to.len() < len {
        reserve_lines(to, len, text, between.len() - "\n".len());
    }
}

/// Counting bytes is faster than splitting lines. A CRLF counts as two line ends, so there may be more room than needed.
#[inline(never)]
fn reserve_lines(to: &mut Vec<u8>, len: usize, text: &[u8], prefix: usize) {
    to.reserve(len + line_end::count_line_ends(text) * prefix);
}

/// Between two lines of data.
const NEXT: &str = "\ndata: ";

/// The length of the pieces in which long text is searched: small enough to be in the cache when it is copied.
const PIECE: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::{PIECE, is_searched_while_copied};
    use crate::event::borrowed::Event;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use core::time::Duration;

    #[test]
    fn only_long_data_that_fits_is_searched_while_copied() {
        for (data_len, spare, expected) in [
            (PIECE + 1, PIECE + 9, true),
            (PIECE + 1, 2 * PIECE, true),
            (2 * PIECE, 3 * PIECE, true),
            (PIECE + 1, PIECE + 8, false),
            (PIECE, PIECE + 9, false),
            (10_000, 20_000, false),
            (5, 100, false),
            (5, 0, false),
        ] {
            let mut to = Vec::with_capacity(2 * PIECE + spare);
            to.resize(to.capacity() - spare, b'x');
            assert_eq!(is_searched_while_copied(&to, data_len, data_len + 8), expected, "{data_len}, {spare}");
        }
    }

    /// With a line end at any position or none, and with any spare capacity.
    #[test]
    fn appends_long_data() {
        for len in [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            for at in [0, PIECE - 2, PIECE - 1, PIECE, 2 * PIECE - 1, len - 1, len] {
                for end in ["\n", "\r", "\r\n", "\n\r"] {
                    let mut data = String::from("x").repeat(len);
                    data.insert_str(at.min(len), end);
                    check(&data);
                }
            }
            check(&String::from("x").repeat(len));
        }
    }

    fn check(data: &str) {
        let event = Event::new(data).with_type("type").unwrap().with_id("1").unwrap();
        let event = event.with_retry(Duration::from_millis(u64::MAX));
        let expected = event.to_string();
        for capacity in [0, 10, 3 + expected.len() - 1, 3 + expected.len(), 2 * expected.len()] {
            let mut buffer = Vec::with_capacity(capacity);
            buffer.extend_from_slice(b"abc");
            event.encode_into(&mut buffer);
            assert_eq!(buffer.split_at(3), (&b"abc"[..], expected.as_bytes()), "{}, {capacity}", data.len());
            assert!(capacity < 3 + expected.len() || buffer.capacity() == capacity, "reallocated without need");
        }
    }
}
