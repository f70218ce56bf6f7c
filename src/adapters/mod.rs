//! Adapters from the core to the I/O of other libraries. Each is an optional feature.
//!
//! | module | feature | |
//! |---|---|---|
//! | `io` | `std` | blocking readers and writers; a client for programs that have a thread |
//! | `stream` | `stream` | a stream of chunks as a stream of events |
//! | `body` | `http-body` | the body of a response as a stream of events, and a stream of events as the body of a response |
//! | `client` | `client` | an asynchronous client that reconnects, over any HTTP client |
//! | `fan_out` | `fan-out` | one log, many subscribers, on one machine or many |
//! | `codec` | `tokio-util-v0.7` | `FramedRead` and `FramedWrite` of `tokio-util` |
//!
//! They run on any runtime. What needs a timer takes a function that sleeps. An adapter adds no buffering of its own beyond the current
//! chunk: events, limits and errors are those of the core. `benches/ADAPTERS.md` has what each costs.

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
