//! The server's side of a connection that lasts: a log of encoded events that clients resume from.
