//! The errors of a client.

use core::error;
use core::fmt;

use crate::DecodeError;
use crate::client::Cause;

/// An error of an [`EventClient`](super::EventClient).
///
/// Its message includes that of the error that it contains, so [`source`](core::error::Error::source) is what caused that one, if
/// anything did.
///
/// `C` is the error of the connecting function, `B` that of the body. It implements [`Error`](core::error::Error) if both do;
/// `Box<dyn Error>` and `anyhow::Error` don't: convert them with [`std::io::Error::other`] where they arise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientError<C, B> {
    /// An event exceeded a limit and is skipped. The next event follows.
    Decode(DecodeError),
    /// The client has stopped because something went wrong. `None` follows.
    #[non_exhaustive]
    Closed {
        /// Why it stopped. [`Cause::is_error`] is `true`.
        cause: Cause,
        /// The error of the connecting function or of the body, if there was one and no [`Update::Waiting`](super::Update::Waiting)
        /// had it.
        source: Option<TransportError<C, B>>,
    },
}

impl<C: fmt::Display, B: fmt::Display> fmt::Display for ClientError<C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(error) => error.fmt(f),
            Self::Closed { cause, source: None } => write!(f, "event stream closed: {cause}"),
            Self::Closed { cause, source: Some(source) } => write!(f, "event stream closed: {cause}: {source}"),
        }
    }
}

impl<C: error::Error + 'static, B: error::Error + 'static> error::Error for ClientError<C, B> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Decode(error) => error.source(),
            Self::Closed { source, .. } => source.as_ref().and_then(error::Error::source),
        }
    }
}

/// An error of what an [`EventClient`](super::EventClient) is built on, as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a response is awaited, then its body is received")]
pub enum TransportError<C, B> {
    /// The connecting function has failed.
    Connect(C),
    /// The body of the response has failed.
    Body(B),
}

/// As the error that it contains.
impl<C: fmt::Display, B: fmt::Display> fmt::Display for TransportError<C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => error.fmt(f),
            Self::Body(error) => error.fmt(f),
        }
    }
}

impl<C: error::Error + 'static, B: error::Error + 'static> error::Error for TransportError<C, B> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Connect(error) => error.source(),
            Self::Body(error) => error.source(),
        }
    }
}
