//! Servers, clients, proxies and figures for the tests of this package.

pub mod body;
pub mod client;
pub mod figures;
pub mod follow;
pub mod followed;
pub mod followers;
pub mod gzip;
pub mod proxy;
pub mod ready;
pub mod scenario;
pub mod server;
pub mod site;
pub mod stream;
pub mod tls;

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// How HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum Protocol {
    /// HTTP/1.1 in cleartext.
    Http1,
    /// HTTP/2 in cleartext, with prior knowledge.
    Http2,
    /// HTTP/1.1 with TLS.
    Http1Tls,
    /// HTTP/2 with TLS, negotiated.
    Http2Tls,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Http1, Self::Http2, Self::Http1Tls, Self::Http2Tls];

    /// Whether it is HTTP/2.
    #[must_use]
    pub const fn is_http2(self) -> bool {
        matches!(self, Self::Http2 | Self::Http2Tls)
    }

    /// Whether it is encrypted.
    #[must_use]
    pub const fn is_tls(self) -> bool {
        matches!(self, Self::Http1Tls | Self::Http2Tls)
    }

    /// The scheme of its URLs.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        if self.is_tls() { "https" } else { "http" }
    }
}
