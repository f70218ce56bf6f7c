//! Adapters from the decoder and the encoder to the traits of I/O: `io` for blocking readers and writers, `stream` for
//! asynchronous streams.
//!
//! An adapter owns a decoder or borrows one. It adds no buffering of its own beyond the current chunk: events, limits and errors
//! are those of the decoder.

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

#[cfg(feature = "stream")]
#[cfg_attr(docsrs, doc(cfg(feature = "stream")))]
pub mod stream;
