//! The bodies of `http-body`: an event stream read from one, and written as one.
