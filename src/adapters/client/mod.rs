//! An asynchronous client that reconnects, over any HTTP client and on any runtime: [`EventClient`].

mod connect;
mod controls;
mod driver;
mod error;
mod event_client;
mod handle;
mod health;
mod losses;
mod output;
mod requests;
mod response;
mod streams;
mod timer;
mod update;

pub use connect::Connect;
pub use error::{ClientError, TransportError};
pub use event_client::{ErrorOf, EventClient, UpdateOf};
pub use handle::ClientHandle;
pub use update::Update;
