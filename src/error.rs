//! Errors, named after their cause: the peer's bytes, the caller's values, the caller's buffer.

use core::{error, fmt};

use crate::field::Field;

/// The peer exceeded a limit of the decoder.
///
/// Nothing else can fail: every byte sequence is a valid event stream. Decoding continues after this error: call again with the
/// same cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// An event exceeded a limit. The rest of it is skipped in constant memory; its `id` and `retry` still take effect, unless the
    /// ID is what exceeds the limit: then the last event ID is unchanged.
    #[non_exhaustive]
    EventTooLarge {
        /// The field whose value exceeded the limit.
        field: Field,
        /// The limit.
        limit: Limit,
        /// What the limit allows, in bytes.
        max_bytes: usize,
    },
    /// A comment or an ignored line that [`next_item`](crate::Decoder::next_item) collects exceeded a limit. The rest of the line
    /// is skipped; its block continues.
    #[non_exhaustive]
    LineTooLarge {
        /// [`Field::Comment`] or [`Field::Other`].
        field: Field,
        /// The limit.
        limit: Limit,
        /// What the limit allows, in bytes.
        max_bytes: usize,
    },
}

/// A [`DecodeError`] without its numbers, small enough to be returned in a register.
#[derive(Clone, Copy)]
pub(crate) struct TooLarge {
    pub(crate) field: Field,
    pub(crate) limit: Limit,
}

/// A limit of a decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::max_event_bytes`](crate::Limits::max_event_bytes): everything that a decoder buffers.
    MaxEventBytes,
    /// The fixed buffer of a [`FixedDecoder`](crate::FixedDecoder) for the data.
    DataBuffer,
    /// A buffer for one value other than data, that is, an event type, an ID, a comment or an ignored line: fixed in a
    /// [`FixedDecoder`](crate::FixedDecoder), at most 128 KiB in a `Decoder`.
    FieldBuffer,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventTooLarge { field, limit, max_bytes } => {
                write!(f, "event too large: its field `{field}` exceeds the {max_bytes}-byte limit of {limit}")
            }
            Self::LineTooLarge { field, limit, max_bytes } => {
                write!(f, "line too large: {field} exceeds the {max_bytes}-byte limit of {limit}")
            }
        }
    }
}

/// For messages: what the limit belongs to.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MaxEventBytes => "`Limits::max_event_bytes`",
            Self::DataBuffer => "the data buffer",
            Self::FieldBuffer => "the field buffer",
        })
    }
}

impl error::Error for DecodeError {}

/// The caller gave a value that an event stream cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidEvent {
    /// The value of a field that is one line contains a line end, or an ID contains NUL, which would make the receiver
    /// ignore it.
    #[non_exhaustive]
    Forbidden {
        /// The field.
        field: Field,
        /// What was found: CR, LF or NUL.
        found: char,
        /// Its position, in bytes from the start of the value.
        position: usize,
    },
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Forbidden { field, found, position } = self;
        let (allowed, found) = (allowed(*field), name(*found));
        write!(f, "invalid value for field `{field}`: expected {allowed}, found {found} at byte {position}")
    }
}

impl error::Error for InvalidEvent {}

/// The caller gave a last event ID that the decoder cannot take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidLastEventId {
    /// It contains CR, LF or NUL, which no event stream could have set.
    #[non_exhaustive]
    Forbidden {
        /// What was found: CR, LF or NUL.
        found: char,
        /// Its position, in bytes from the start of the ID.
        position: usize,
    },
    /// It exceeds the limits of the decoder, together with what is buffered of the current event.
    #[non_exhaustive]
    TooLong {
        /// The length of the ID in bytes.
        len: usize,
        /// The most that would fit.
        max_bytes: usize,
    },
}

impl InvalidLastEventId {
    /// What makes the ID of an event invalid.
    pub(crate) const fn of_event(error: InvalidEvent) -> Self {
        let InvalidEvent::Forbidden { found, position, .. } = error;
        Self::Forbidden { found, position }
    }
}

impl fmt::Display for InvalidLastEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Forbidden { found, position } => {
                write!(
                    f,
                    "invalid last event ID: expected {}, found {} at byte {position}",
                    allowed(Field::Id),
                    name(found)
                )
            }
            Self::TooLong { len, max_bytes } => {
                write!(f, "last event ID too long: its length in bytes is {len}, the maximum is {max_bytes}")
            }
        }
    }
}

impl error::Error for InvalidLastEventId {}

/// The caller's buffer is too small for the whole encoded event or comment. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BufferTooSmall {
    /// The number of bytes that the encoded form has.
    pub needed: usize,
    /// The number of bytes that the buffer has room for.
    pub available: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer too small: bytes needed: {}, available: {}", self.needed, self.available)
    }
}

impl error::Error for BufferTooSmall {}

/// An error of an adapter: its source of bytes failed, or an event exceeded a limit.
///
/// Its message includes that of the error that it contains, so [`source`](error::Error::source) is what caused that one, if
/// anything did: a report that follows the sources says nothing twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the source of bytes fails, or the decoder does, whose errors may grow")]
pub enum Error<E> {
    /// The source of bytes failed.
    Source(E),
    /// An event exceeded a limit. The stream continues with the next event.
    Decode(DecodeError),
}

impl<E> From<DecodeError> for Error<E> {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => write!(f, "reading the event stream failed: {error}"),
            Self::Decode(error) => error.fmt(f),
        }
    }
}

impl<E: error::Error + 'static> error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Source(error) => error.source(),
            Self::Decode(error) => error.source(),
        }
    }
}

/// What the value of a field may contain.
fn allowed(field: Field) -> &'static str {
    if field == Field::Id { "text without CR, LF and NUL" } else { "text without CR and LF" }
}

/// The name of a forbidden character: `{found:?}` would leave a panic of `core` in the program.
const fn name(found: char) -> &'static str {
    match found {
        '\r' => r"'\r'",
        '\n' => r"'\n'",
        '\0' => r"'\0'",
        _ => "another character",
    }
}
