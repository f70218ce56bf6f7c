//! What a stream leaves at its end: an incomplete event, ignored lines.

use crate::decode::ignored::Ignored;

/// What a stream left at its end: returned by [`Decoder::end_of_stream`](crate::Decoder::end_of_stream).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EndOfStream {
    /// What was left of a block without a blank line. It was dropped.
    pub incomplete: Incomplete,
    /// The lines that were ignored.
    pub ignored: Ignored,
    /// How many ill-formed sequences of UTF-8 were replaced by U+FFFD, as
    /// [`Decoder::utf8_replacements`](crate::Decoder::utf8_replacements).
    pub utf8_replacements: u64,
}

impl EndOfStream {
    /// Whether the stream ended within an event, which was dropped.
    #[must_use]
    pub const fn is_incomplete(&self) -> bool {
        !matches!(self.incomplete, Incomplete::Nothing)
    }
}

/// What there is of a block whose blank line has not arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a line is complete or it is not")]
pub enum Incomplete {
    /// Nothing that would be lost if the stream ended here.
    ///
    /// Comments, ignored lines and `retry` fields take effect on their own, or have none.
    #[default]
    Nothing,
    /// Whole lines: only the blank line is missing.
    Lines,
    /// An unfinished line of a field, with or without whole lines before it.
    CutLine,
}

/// What [`Decoder::dispatch_incomplete`](crate::Decoder::dispatch_incomplete) does with an unfinished line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the line is processed or it is not")]
pub enum CutLine {
    /// Drops it. Only lines that were ended by a line end count.
    Discard,
    /// Processes it as if its line end had arrived: for peers that omit the last one. An `id` or `retry` field that is cut is
    /// dropped all the same, since a part of its value is a wrong value.
    Process,
}
