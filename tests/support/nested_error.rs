//! An error that has a source.

use std::error::Error;
use std::fmt;
use std::io;

/// The error of a handshake, because of a connection that was reset.
#[derive(Debug)]
pub(crate) struct Handshake(io::Error);

impl Handshake {
    pub(crate) fn new() -> Self {
        Self(io::Error::other("reset"))
    }
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("handshake")
    }
}

impl Error for Handshake {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// The messages of an error and of its sources.
pub(crate) fn messages(error: &dyn Error) -> Vec<String> {
    std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string).collect()
}
