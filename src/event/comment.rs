//! Comments.

/// A comment, which receivers ignore: a note for people, or a sign of life for what lies between.
///
/// Any text will do; each of its lines gets a colon of its own. The empty comment is the smallest keep-alive, `:\n`.
/// No blank line follows, since that would make some clients dispatch.
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

    /// A comment with this text.
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
