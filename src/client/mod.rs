//! The client's side of a connection that lasts: when to connect, what to send, when to wait, and when to stop.
