//! Encodes events and comments in one canonical form.
//!
//! [`canonical`] splits an event or a comment into the pieces of its canonical form. [`encoder`] returns them a chunk at a time,
//! [`into_vec`] is the fast path that appends them to a `Vec<u8>`, and [`data_writer`] writes data lines while the data is
//! produced. [`bytes_buf`] is the `bytes` integration, and [`owned`] forwards the methods of owned events. All of them write the
//! same bytes.

#[cfg(feature = "bytes")]
pub(crate) mod bytes_buf;
pub(crate) mod canonical;
pub(crate) mod data_writer;
pub(crate) mod encoder;
#[cfg(feature = "alloc")]
pub(crate) mod into_vec;
#[cfg(feature = "alloc")]
mod owned;
