//! Real clients: one function that sends a request, with reqwest or hyper; and the agent of ureq.

use std::io;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use ureq::tls::{RootCerts, TlsConfig};

use crate::{Protocol, tls};

/// A library with asynchronous requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum Library {
    /// reqwest 0.13.
    Reqwest,
    /// hyper 1, with hyper-util.
    Hyper,
}

impl Library {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Reqwest, Self::Hyper];
}

/// The client of hyper-util.
pub type HyperClient = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The body of a response of either library.
pub type Received = UnsyncBoxBody<Bytes, io::Error>;

/// What connects a client of the crate.
pub type Connecting =
    Box<dyn FnMut(http::Request<Bytes>) -> BoxFuture<'static, io::Result<http::Response<Received>>> + Send>;

/// A client of either library. A clone shares its connections.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums)]
pub enum Client {
    /// reqwest.
    Reqwest(reqwest::Client),
    /// hyper.
    Hyper(Box<HyperClient>),
}

impl Client {
    /// Returns a new client without connections.
    #[must_use]
    pub fn new(library: Library, protocol: Protocol) -> Self {
        match library {
            Library::Reqwest => Self::Reqwest(reqwest(protocol)),
            Library::Hyper => Self::Hyper(Box::new(hyper(protocol))),
        }
    }

    /// The function that connects a client of the crate.
    #[must_use]
    pub fn connecting(&self) -> Connecting {
        let client = self.clone();
        Box::new(move |request| client.send(request))
    }

    /// Sends a request.
    pub fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'static, io::Result<http::Response<Received>>> {
        match self.clone() {
            Self::Reqwest(client) => async move {
                let response =
                    client.execute(request.try_into().map_err(io::Error::other)?).await.map_err(io::Error::other)?;
                let response = http::Response::<reqwest::Body>::from(response);
                Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
            }
            .boxed(),
            Self::Hyper(client) => async move {
                let response = client.request(request.map(Full::new)).await.map_err(io::Error::other)?;
                Ok(response.map(|body| body.map_err(io::Error::other).boxed_unsync()))
            }
            .boxed(),
        }
    }
}

/// A client of reqwest. It decompresses gzip.
///
/// # Panics
///
/// If the configuration is wrong, which this one is not.
#[must_use]
pub fn reqwest(protocol: Protocol) -> reqwest::Client {
    let tls = tls::client_config(if protocol.is_http2() { &["h2"] } else { &["http/1.1"] });
    let builder = reqwest::Client::builder().no_proxy().tcp_nodelay(true).tls_backend_preconfigured(tls);
    let builder = match protocol {
        Protocol::Http1 | Protocol::Http1Tls => builder.http1_only(),
        Protocol::Http2 => builder.http2_prior_knowledge(),
        Protocol::Http2Tls => builder,
    };
    builder.build().expect("a valid configuration")
}

/// A client of hyper-util.
#[must_use]
pub fn hyper(protocol: Protocol) -> HyperClient {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls::client_config(&[])).https_or_http();
    let connector = if protocol.is_http2() {
        connector.enable_http2().wrap_connector(tcp)
    } else {
        connector.enable_http1().wrap_connector(tcp)
    };
    legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_only(protocol.is_http2())
        .build(connector)
}

/// An agent of ureq, which speaks HTTP/1.1 only.
///
/// # Panics
///
/// If the certificate is not valid, which ours is.
#[must_use]
pub fn ureq() -> ureq::Agent {
    let certificate = ureq::tls::Certificate::from_der(&tls::certificate().0).to_owned();
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(tls::provider())
        .root_certs(RootCerts::new_with_certs(&[certificate]))
        .build();
    ureq::Agent::config_builder().tls_config(tls).http_status_as_error(false).proxy(None).build().new_agent()
}
