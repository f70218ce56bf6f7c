//! What is compared.

use std::fmt;
use std::time::Duration;

use crate::feed::Rate;

/// How long a client that polls waits from one request to the next.
///
/// The feeds and this interval are faster than usual ones by the same factor, so that a run takes seconds.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// How long the server holds a request of a long poll before it answers that there is nothing new.
pub(crate) const LONG_POLL_TIMEOUT: Duration = Duration::from_secs(1);

/// How long an event stream is silent before the server sends a keep-alive.
pub(crate) const KEEP_ALIVE: Duration = Duration::from_millis(500);

/// How long no connection can be opened after a cut.
pub(crate) const OUTAGE: Duration = Duration::from_millis(200);

/// A way in which news reach a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// Short polling, each request on a new connection.
    ShortNew,
    /// Short polling on a connection that stays open.
    Short,
    /// The same with `ETag`: the answer to a request that finds nothing new is 304, without a body.
    ShortEtag,
    /// Long polling.
    Long,
    /// Server-Sent Events.
    Sse,
}

impl Way {
    pub(crate) const ALL: [Self; 5] = [Self::ShortNew, Self::Short, Self::ShortEtag, Self::Long, Self::Sse];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ShortNew => "short polling, new connections",
            Self::Short => "short polling, keep-alive",
            Self::ShortEtag => "short polling, ETag",
            Self::Long => "long polling",
            Self::Sse => "SSE",
        })
    }
}

/// The version of HTTP, and whether there is TLS below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Protocol {
    pub(crate) version: Version,
    pub(crate) tls: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Version {
    Http1,
    Http2,
}

impl Protocol {
    pub(crate) const HTTP1: Self = Self { version: Version::Http1, tls: false };
    pub(crate) const HTTP1_TLS: Self = Self { version: Version::Http1, tls: true };
    pub(crate) const HTTP2: Self = Self { version: Version::Http2, tls: false };
    pub(crate) const HTTP2_TLS: Self = Self { version: Version::Http2, tls: true };
    pub(crate) const ALL: [Self; 4] = [Self::HTTP1, Self::HTTP1_TLS, Self::HTTP2, Self::HTTP2_TLS];
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match (self.version, self.tls) {
            (Version::Http1, false) => "HTTP/1.1",
            (Version::Http1, true) => "HTTP/1.1, TLS",
            (Version::Http2, false) => "HTTP/2",
            (Version::Http2, true) => "HTTP/2, TLS",
        })
    }
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Case {
    pub(crate) way: Way,
    pub(crate) protocol: Protocol,
    pub(crate) rate: Rate,
    pub(crate) clients: usize,
    /// Whether all connections are cut in the middle, and the network is down for a while.
    pub(crate) cut: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, protocol, rate, clients, cut } = self;
        write!(f, "{way}, {protocol}, {rate} feed, {clients} client{}", if *clients == 1 { "" } else { "s" })?;
        if *cut { f.write_str(", cut") } else { Ok(()) }
    }
}

/// Which cases a run measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// For CI: every way, over HTTP/1.1 and over HTTP/2 with TLS, with and without cuts.
    Short,
    /// Enough for the conclusions, in less than two minutes.
    Default,
    /// All combinations.
    Full,
}

impl Selection {
    /// Which combinations are measured, in a sentence or two.
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::Short => {
                "All ways with the steady feed and 7 clients, over HTTP/1.1 and over HTTP/2 with TLS, with and without a cut."
            }
            Self::Default => {
                "All ways with 100 clients: each feed over HTTP/1.1, and the steady feed over each protocol. \
                 The steady feed also with 1, 6 and 7 clients, and with 100 clients and a cut, \
                 over HTTP/1.1 and over HTTP/2 with TLS."
            }
            Self::Full => {
                "All combinations of ways, protocols and feeds with 1, 6, 7 and 100 clients, with and without a cut."
            }
        }
    }
}
