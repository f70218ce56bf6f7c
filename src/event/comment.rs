//! Comments.

/// A comment. Receivers ignore it; it serves as a keep-alive, or as a note for people.
///
/// Any text is valid; each of its lines gets its own colon. The empty comment is the smallest keep-alive, `:\n`. No blank line
/// follows, which would make some clients dispatch an event.
///
/// ```
/// use sse_proto::Comment;
///
/// assert_eq!(Comment::KEEP_ALIVE.to_string(), ":\n");
/// assert_eq!(Comment::new("still\nhere").to_string(), ": still\n: here\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Comment<'a> {
    text: &'a str,
}

impl<'a> Comment<'a> {
    /// The empty comment.
    pub const KEEP_ALIVE: Self = Self { text: "" };

    /// Returns a comment with this text.
    #[inline]
    pub const fn new(text: &'a str) -> Self {
        Self { text }
    }

    /// The text.
    #[inline]
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }
}
