//! The server, without and with a network.

mod connections;
mod routes;
