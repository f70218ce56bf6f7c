//! What an event stream carries: events and comments, borrowed and owned, valid by construction.
//!
//! [`decode`](crate::decode) returns these types and [`encode`](crate::encode) takes them; the two folders meet only here. A
//! value that an event stream cannot carry is refused when it is set, so encoding cannot fail.
//!
//! [`borrowed`] has the `Event` that all others convert to and from, and the checks. [`event_buf`] owns its text; [`event_bytes`]
//! may share the text of a chunk, in which [`value_ranges`] locates its values. `owned` has what both have in common. [`comment`]
//! and [`item`] are the rest of what a stream carries.

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
