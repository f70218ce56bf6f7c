//! The kinds of lines of an event stream.

use core::fmt;

/// The kind of a line of an event stream: a comment, one of the four known fields, or another field.
///
/// Field names are case-sensitive
/// ([HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the specification has no others: \"Otherwise: The field is ignored.\"")]
pub enum Field {
    /// A line that starts with a colon.
    Comment,
    /// `data`: a line of the event's data.
    Data,
    /// `event`: the event type.
    Event,
    /// `id`: sets the last event ID.
    Id,
    /// `retry`: the reconnection time in milliseconds.
    Retry,
    /// A field with another name, which the specification ignores.
    Other,
}

impl Field {
    /// The field name as it appears in the stream; empty for [`Comment`](Self::Comment) and [`Other`](Self::Other).
    ///
    /// ```
    /// # use sse_proto::Field;
    /// assert_eq!(Field::Event.name(), "event");
    /// assert_eq!(Field::Comment.name(), "");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Event => "event",
            Self::Id => "id",
            Self::Retry => "retry",
            Self::Comment | Self::Other => "",
        }
    }
}

/// The field name, `comment` or `unknown field`, for use in messages.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Comment => "comment",
            Self::Other => "unknown field",
            known => known.name(),
        })
    }
}
