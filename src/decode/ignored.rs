//! The number of ignored lines, and the start of the first one.

use core::fmt;

use crate::text::utf8;

/// The lines of an event stream that were ignored, because they are neither a field nor a comment.
///
/// An event stream has no errors: "Otherwise: The field is ignored." So an HTML page, a JSON error object or a compressed body
/// in place of a stream looks like a stream without events. This type tells them apart: it has the number of ignored lines and
/// the first bytes of the first one. A line counts as soon as it is known to be neither a field nor a comment; names are
/// compared literally, so `Data: x`, ` data: x` and `data : x` are ignored, too.
///
/// Its size is constant, and it costs nothing where no line is ignored. It has the start of the first line only:
/// [`next_item`](crate::Decoder::next_item), or `next_update` of a client, returns all of them, from the first to the last byte.
/// Joined with `\n`, those of a JSON object can be parsed.
///
/// ```
/// use sse_proto::{FixedDecoder, Limits};
///
/// let mut decoder = FixedDecoder::<64, 16>::with_fixed_buffers();
/// let mut input = &b"{\"error\": {\"message\": \"overloaded\"}}"[..];
/// assert_eq!(decoder.next_event(&mut input), Ok(None));
/// assert_eq!(decoder.ignored().lines(), 1);
/// assert_eq!(decoder.ignored().first_line(), b"{\"error\": {\"message\": \"overloaded\"}}");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Ignored {
    lines: u64,
    first: [u8; Self::MAX_FIRST_LEN],
    first_len: u8,
    /// Whether the stream is within an ignored line.
    in_line: bool,
}

impl Ignored {
    /// The most bytes of the first ignored line that are kept: 46.
    pub const MAX_FIRST_LEN: usize = 46;

    pub(crate) const fn new() -> Self {
        Self { lines: 0, first: [0; Self::MAX_FIRST_LEN], first_len: 0, in_line: false }
    }

    /// The number of ignored lines, an unfinished one included.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// The first [`MAX_FIRST_LEN`](Self::MAX_FIRST_LEN) bytes of the first ignored line, as received; empty if there is none.
    #[must_use]
    pub fn first_line(&self) -> &[u8] {
        self.first.get(..self.first_len.into()).unwrap_or_default()
    }

    /// Counts an ignored line, whole or a fragment of it.
    #[cold]
    pub(crate) fn take(&mut self, bytes: &[u8], ends_line: bool) {
        if !self.in_line {
            self.lines = self.lines.saturating_add(1);
        }
        if self.lines == 1 {
            let free = self.first.get_mut(self.first_len.into()..).unwrap_or_default();
            for (slot, byte) in free.iter_mut().zip(bytes) {
                *slot = *byte;
                self.first_len += 1;
            }
        }
        self.in_line = !ends_line;
    }

    /// Ends an ignored line, if the stream is within one: the rest of it is not passed to [`take`](Self::take).
    pub(crate) fn end_line(&mut self) {
        self.in_line = false;
    }
}

impl Default for Ignored {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows the first line as text.
#[allow(clippy::missing_fields_in_debug, reason = "`in_line` is a state of the decoder")]
impl fmt::Debug for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first_line = self.first_line();
        let is_cut = first_line.len() == Self::MAX_FIRST_LEN;
        let text = utf8::from_utf8(if is_cut { utf8::whole_characters(first_line) } else { first_line });
        let mut debug = f.debug_struct("Ignored");
        debug.field("lines", &self.lines);
        match text {
            Some(text) => debug.field("first_line", &text),
            None => debug.field("first_line", &first_line),
        };
        debug.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Ignored;
    use std::format;

    #[test]
    fn first_line_does_not_depend_on_fragments() {
        let line = b"a line that is longer than `MAX_FIRST_LEN`, by several bytes";
        for size in 1..=line.len() {
            let mut ignored = Ignored::new();
            for piece in line.chunks(size) {
                ignored.take(piece, false);
                assert_eq!(ignored.lines(), 1);
            }
            ignored.take(b"", true);
            ignored.take(b"second", true);
            assert_eq!((ignored.lines(), ignored.first_line()), (2, &line[..Ignored::MAX_FIRST_LEN]), "{size}");
        }
    }

    #[test]
    fn debug_shows_text_as_text() {
        let mut ignored = Ignored::new();
        ignored.take("<html> \u{AC00}".as_bytes(), true);
        assert_eq!(format!("{ignored:?}"), r#"Ignored { lines: 1, first_line: "<html> 가" }"#);
        let mut ignored = Ignored::new();
        ignored.take(b"\x1F\x8B", true);
        assert_eq!(format!("{ignored:?}"), "Ignored { lines: 1, first_line: [31, 139] }");
    }

    #[test]
    fn debug_shows_a_cut_line_up_to_its_last_whole_character() {
        let start = "a".repeat(Ignored::MAX_FIRST_LEN - 2);
        let mut ignored = Ignored::new();
        ignored.take(format!("{start}\u{AC00}").as_bytes(), true);
        assert_eq!(format!("{ignored:?}"), format!("Ignored {{ lines: 1, first_line: {start:?} }}"));
        // The line itself ends within a character, so it is not text.
        let mut ignored = Ignored::new();
        ignored.take(b"a\xEA\xB0", true);
        assert_eq!(format!("{ignored:?}"), "Ignored { lines: 1, first_line: [97, 234, 176] }");
    }
}
