//! A self-signed certificate, made at the first use, and the configurations of TLS with it.

use std::sync::{Arc, OnceLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// The provider of cryptography.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    Arc::clone(PROVIDER.get_or_init(|| Arc::new(ring::default_provider())))
}

/// The certificate of 127.0.0.1, and its private key.
///
/// # Panics
///
/// If none can be made.
#[must_use]
pub fn certificate() -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    static CERTIFICATE: OnceLock<(CertificateDer<'static>, Vec<u8>)> = OnceLock::new();
    let (certificate, key) = CERTIFICATE.get_or_init(|| {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate can be made");
        (made.cert.der().clone(), made.signing_key.serialize_der())
    });
    (certificate.clone(), PrivatePkcs8KeyDer::from(key.clone()).into())
}

/// The configuration of a server.
///
/// # Panics
///
/// If the certificate does not fit, which no certificate of this module does.
#[must_use]
pub fn server_config(protocols: &[&str]) -> ServerConfig {
    let (certificate, key) = certificate();
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider supports them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key fits the certificate");
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}

/// The configuration of a client that trusts the certificate and nothing else.
///
/// # Panics
///
/// If the certificate is not valid, which no certificate of this module is.
#[must_use]
pub fn client_config(protocols: &[&str]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate().0).expect("a valid certificate");
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .expect("the provider supports them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}
