//! What an event stream carries: events and comments, borrowed and owned, valid by construction.
//!
//! [`decode`](crate::decode) produces these types and [`encode`](crate::encode) consumes them; the two folders meet only
//! here. A value that an event stream cannot carry is refused when it is set, so encoding cannot fail.

pub(crate) mod borrowed;
pub(crate) mod comment;
#[cfg(feature = "alloc")]
pub(crate) mod event_buf;
#[cfg(feature = "bytes")]
pub(crate) mod event_bytes;
pub(crate) mod item;
#[cfg(feature = "alloc")]
mod owned;
#[cfg(feature = "bytes")]
pub(crate) mod value_ranges;
