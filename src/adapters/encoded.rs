//! What a response body is made of.

use core::convert::Infallible;
use core::{error, fmt};

use bytes::Bytes;

use crate::{Comment, Event, EventBuf, EventBytes, Field, Token, Tokenizer};

/// Encoded events and comments, each of them whole.
///
/// A clone shares the memory: an event is encoded once for many bodies. [`From`] encodes an event or a comment; [`TryFrom`] takes
/// bytes that were encoded elsewhere, and checks that no block is cut.
///
/// ```
/// use bytes::Bytes;
/// use sse_proto::adapters::Encoded;
/// use sse_proto::{Comment, Event};
///
/// assert_eq!(Encoded::from(Event::new("hello")).as_bytes(), &b"data: hello\n\n"[..]);
/// assert_eq!(Encoded::from(Comment::KEEP_ALIVE).as_bytes(), &b":\n"[..]);
/// assert!(Encoded::try_from(Bytes::from("id: 7\ndata: hello\n\n")).is_ok());
/// assert!(Encoded::try_from(Bytes::from("id: 7\ndata: hel")).is_err());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Encoded {
    bytes: Bytes,
}

impl Encoded {
    /// The encoded bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Returns the encoded bytes.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// Takes bytes that this crate has encoded.
    #[cfg(feature = "fan-out")]
    pub(super) const fn from_encoder(bytes: Bytes) -> Self {
        Self { bytes }
    }
}

impl From<Event<'_>> for Encoded {
    fn from(event: Event<'_>) -> Self {
        Self { bytes: event.to_bytes() }
    }
}

impl From<Comment<'_>> for Encoded {
    fn from(comment: Comment<'_>) -> Self {
        Self { bytes: comment.to_bytes() }
    }
}

macro_rules! encodes_owned {
    ($($owned:ty),*) => {$(
        impl From<$owned> for Encoded {
            fn from(event: $owned) -> Self {
                Self { bytes: event.to_bytes() }
            }
        }
    )*};
}

encodes_owned!(EventBuf, &EventBuf, EventBytes, &EventBytes);

/// Takes bytes that were encoded elsewhere: by another process, or before they were stored. Linear in their length; does not copy.
///
/// It checks that they end where a block could begin, so that nothing that is sent afterwards becomes part of it. What the fields
/// are is not checked: the bytes are sent as they are.
impl TryFrom<Bytes> for Encoded {
    type Error = IncompleteBlock;

    fn try_from(bytes: Bytes) -> Result<Self, IncompleteBlock> {
        if ends_between_blocks(&bytes) { Ok(Self { bytes }) } else { Err(IncompleteBlock(())) }
    }
}

/// Whether a block could begin after these bytes, which begin between two blocks.
fn ends_between_blocks(mut input: &[u8]) -> bool {
    if !matches!(input.last(), None | Some(b'\r' | b'\n')) {
        return false;
    }
    let (mut tokenizer, mut is_between_blocks) = (Tokenizer::new(), true);
    // Afterwards U+FEFF is not a byte order mark, as in the middle of a stream.
    let _ = tokenizer.next_token(&mut &b":\n"[..]);
    while let Some(token) = tokenizer.next_token(&mut input) {
        is_between_blocks = match token {
            Token::BlankLine => true,
            Token::Value { field: Field::Comment, .. } => is_between_blocks,
            Token::Value { .. } => false,
        };
    }
    is_between_blocks
}

/// Shows the length, but not the bytes, which may be confidential.
impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded").field("len", &self.bytes.len()).finish()
    }
}

/// Bytes that end within a block, so that they cannot be sent alone: returned by `TryFrom<Bytes>` of [`Encoded`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IncompleteBlock(());

impl fmt::Display for IncompleteBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("incomplete block: the encoded bytes do not end with a blank line or a comment")
    }
}

impl error::Error for IncompleteBlock {}

/// What a stream may yield to become a response body: anything that converts into [`Encoded`], or a [`Result`] of it.
pub trait IntoEncoded {
    /// Why there is nothing to send. It ends the body.
    type Error;

    /// Encodes the event.
    ///
    /// # Errors
    ///
    /// Returns the error that the stream yielded.
    fn into_encoded(self) -> Result<Encoded, Self::Error>;
}

impl<T: Into<Encoded>> IntoEncoded for T {
    type Error = Infallible;

    fn into_encoded(self) -> Result<Encoded, Infallible> {
        Ok(self.into())
    }
}

impl<T: Into<Encoded>, E> IntoEncoded for Result<T, E> {
    type Error = E;

    fn into_encoded(self) -> Result<Encoded, E> {
        self.map(Into::into)
    }
}
