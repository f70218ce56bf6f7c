//! Adapters from the decoder and the encoder to the traits of I/O: `io` for blocking readers and writers, `stream` for
//! asynchronous streams.
//!
//! An adapter owns a decoder or borrows one. It adds no buffering of its own beyond the current chunk: events, limits and errors
//! are those of the decoder.

#[cfg(feature = "http-body")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-body")))]
pub mod body;
#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod client;
#[cfg(feature = "tokio-util-v0.7")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-util-v0.7")))]
pub mod codec;
#[cfg(feature = "http-body")]
mod encoded;
#[cfg(feature = "fan-out")]
#[cfg_attr(docsrs, doc(cfg(feature = "fan-out")))]
pub mod fan_out;
#[cfg(feature = "std")]
#[cfg_attr(docsrs, doc(cfg(feature = "std")))]
pub mod io;
#[cfg(feature = "std")]
mod io_client;
#[cfg(feature = "std")]
mod io_client_clock;
#[cfg(feature = "std")]
mod io_client_handle;
#[cfg(feature = "std")]
mod io_client_input;
#[cfg(feature = "std")]
mod io_client_request;
#[cfg(feature = "std")]
mod io_client_update;
#[cfg(feature = "std")]
mod io_data_writer;
#[cfg(feature = "http-body")]
mod sleep;
#[cfg(feature = "stream")]
#[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
pub mod stream;

#[cfg(feature = "http-body")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-body")))]
pub use encoded::{Encoded, IncompleteBlock, IntoEncoded};
#[cfg(feature = "http-body")]
#[cfg_attr(docsrs, doc(cfg(feature = "http-body")))]
pub use sleep::Sleep;
