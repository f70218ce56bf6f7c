//! Why a log does not accept an event.

use core::{error, fmt};

/// An event that a [`History`](super::History) does not accept. Nothing was stored, nothing was evicted, and no number was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejected {
    /// The ID is in the log or was evicted last, or, in a numbered log, its number is not above the last one.
    Duplicate,
    /// The ID is not the next one of a numbered log.
    OutOfOrder,
    /// The event has no ID, and the log has opaque IDs, which it cannot make up.
    MissingId,
    /// The ID is empty, which resets the client's last event ID: the client could not resume after this event.
    EmptyId,
    /// A client cannot send the ID back unchanged as the value of an HTTP header: it contains a control character other than
    /// TAB, or begins or ends with a space or a TAB.
    UnsendableId,
    /// The encoded event alone exceeds [`Retention::max_bytes`](super::Retention::max_bytes).
    #[non_exhaustive]
    TooLarge {
        /// The length of the encoded event in bytes.
        len: usize,
        /// The maximum of the log.
        max_bytes: usize,
    },
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate => f.write_str("duplicate event ID: the log has, or had, an event with this ID"),
            Self::OutOfOrder => f.write_str("event ID out of order: a numbered log accepts only its next ID"),
            Self::MissingId => f.write_str("missing event ID: a log with opaque IDs does not assign any"),
            Self::EmptyId => f.write_str("empty event ID: it would reset the client's last event ID"),
            Self::UnsendableId => {
                f.write_str("unsendable event ID: a client cannot send it back unchanged as an HTTP header value")
            }
            Self::TooLarge { len, max_bytes } => {
                write!(
                    f,
                    "event too large: its encoded length in bytes is {len}, the maximum of the log is {max_bytes}"
                )
            }
        }
    }
}

impl error::Error for Rejected {}
