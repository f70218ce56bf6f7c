//! The server: one log, read by cursor, behind three routes.
//!
//! | file | what |
//! |---|---|
//! | `site.rs` | the log, and what is counted |
//! | `publish.rs` | sends the feed |
//! | `api.rs` | the routes |
//! | `batch.rs` | what a client that polls is answered, made of the encoded events of the log |
//! | `listen.rs`, `tls.rs` | connections, HTTP/1.1 or HTTP/2, with or without TLS |
//! | `commands.rs` | the server in a process of its own: commands on its standard input |
//! | `process.rs` | the handle of such a process |

mod api;
mod batch;
mod commands;
mod listen;
mod process;
mod publish;
mod site;
#[cfg(test)]
mod tests;
mod tls;

use api::bulk_router;
pub(crate) use api::router;
pub(crate) use commands::{ServerFigures, serve};
pub(crate) use listen::{Listening, listen};
pub(crate) use process::Server;
pub(crate) use publish::{publish, publish_forever};
pub(crate) use site::{Route, Site, Timeouts};
