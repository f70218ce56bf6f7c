//! All that can go wrong, named by who erred: the peer's bytes, the caller's values, the caller's buffer. A leaf
//! (it needs the names of the fields, nothing else).

use core::{error, fmt};

use crate::field::Field;

/// The peer sent more than the decoder may hold.
///
/// Nothing else can fail: every byte sequence is an event stream. After this error the rest of the event is skipped in
/// constant memory and decoding goes on with the next one; its `id` and `retry` still count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeError {
    /// An event did not fit.
    EventTooLarge {
        /// The field whose value did not fit any more.
        field: Field,
        /// Which limit it was.
        limit: Limit,
        /// How much that limit allows, in bytes.
        max_bytes: usize,
    },
}

/// The same in brief, so that what may fail returns in a register.
#[derive(Clone, Copy)]
pub(crate) struct TooLarge {
    pub(crate) field: Field,
    pub(crate) limit: Limit,
}

/// Which limit an event broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// `Limits::max_event_bytes`: all that a decoder holds, in bytes of text.
    MaxEventBytes,
    /// The fixed buffer that a `FixedDecoder` has for the data.
    DataBuffer,
    /// The buffer for the event type, and for an id: fixed in a `FixedDecoder`, 128 KiB at most in a `Decoder`.
    FieldBuffer,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::EventTooLarge { field, limit, max_bytes } = self;
        let limit = match limit {
            Limit::MaxEventBytes => "`Limits::max_event_bytes`",
            Limit::DataBuffer => "the data buffer",
            Limit::FieldBuffer => "the buffer for names",
        };
        write!(f, "event too large: with its field `{field}` it needs more than the {max_bytes} bytes of {limit}")
    }
}

impl error::Error for DecodeError {}

/// The caller gave a value that an event stream cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidEvent {
    /// The value of a field that is one line contains a line end, or an id contains NUL, which would make the receiver
    /// ignore it.
    Forbidden {
        /// The field.
        field: Field,
        /// What was found: CR, LF or NUL.
        found: char,
        /// Where, in bytes from the start of the value.
        position: usize,
    },
    /// A last event ID does not fit what the decoder may hold, beside what it holds of the current event.
    TooLong {
        /// The length of the value in bytes.
        len: usize,
        /// The most that would fit.
        max_bytes: usize,
    },
}

impl fmt::Display for InvalidEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden { field, found, position } => {
                let allowed =
                    if *field == Field::Id { "text without CR, LF and NUL" } else { "text without CR and LF" };
                // `{found:?}` would leave a panic of `core` in the program.
                let found = match found {
                    '\r' => r"'\r'",
                    '\n' => r"'\n'",
                    '\0' => r"'\0'",
                    _ => "another character",
                };
                write!(f, "invalid value for field `{field}`: expected {allowed}, found {found} at byte {position}")
            }
            Self::TooLong { len, max_bytes } => {
                write!(f, "last event ID too long: expected at most {max_bytes} bytes, found {len}")
            }
        }
    }
}

impl error::Error for InvalidEvent {}

/// The caller's buffer cannot take the whole encoded item. Nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "two numbers say it all")]
pub struct BufferTooSmall {
    /// The bytes that are needed.
    pub needed: usize,
    /// The bytes that the buffer has.
    pub available: usize,
}

impl fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "buffer too small: expected at least {} bytes, found {}", self.needed, self.available)
    }
}

impl error::Error for BufferTooSmall {}

/// What an adapter can meet: an error of its source of bytes, or one of the decoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "bytes come, or they do not")]
pub enum Error<E> {
    /// The source of bytes failed.
    Source(E),
    /// An event broke a limit; the next one can be asked for.
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
            Self::Source(error) => Some(error),
            Self::Decode(error) => Some(error),
        }
    }
}
