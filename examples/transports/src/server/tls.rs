//! TLS 1.3 with a self-signed certificate, which is made at the start.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::Result;
use crate::case::Version;

/// The names of this machine on loopback.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Returns what accepts connections of this version of HTTP, and the certificate that a client has to trust.
pub(super) fn acceptor(version: Version) -> Result<(TlsAcceptor, CertificateDer<'static>)> {
    let made = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned))?;
    let certificate = made.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()).into();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)?;
    config.alpn_protocols = vec![alpn(version).to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), certificate))
}

/// The name of the protocol that client and server agree on.
const fn alpn(version: Version) -> &'static [u8] {
    match version {
        Version::Http1 => b"http/1.1",
        Version::Http2 => b"h2",
    }
}
