//! Real connections on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use sse_proto::server::{History, Retention};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::case::{Protocol, Version};
use crate::server::{Listening, Site, Timeouts, bulk_router, listen, router};

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn serve(protocol: Protocol) -> (Site, Listening) {
    let site = Site::with_log(
        History::numbered(7, Retention::default()),
        Timeouts { long_poll: Duration::from_mins(1), keep_alive: Duration::from_secs(15) },
    );
    let listening = listen(LOOPBACK, protocol, router(site.clone()).merge(bulk_router(site.clone()))).await.unwrap();
    (site, listening)
}

enum Client {
    Http1(http1::SendRequest<Body>),
    Http2(http2::SendRequest<Body>),
}

impl Client {
    /// Connects. Aborting the task cuts a connection of HTTP/1.1.
    async fn connect(listening: &Listening, protocol: Protocol) -> (Self, JoinHandle<()>) {
        let stream = TcpStream::connect(listening.address()).await.unwrap();
        let Some(certificate) = listening.certificate() else { return Self::begin(stream, protocol).await };
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        for name in ["localhost", "::1"] {
            let stream = TcpStream::connect(listening.address()).await.unwrap();
            let connector = TlsConnector::from(Arc::new(config.clone()));
            connector.connect(ServerName::try_from(name).unwrap(), stream).await.expect(name);
        }
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
        let session = stream.get_ref().1;
        assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        assert_eq!(session.alpn_protocol() == Some(b"h2"), protocol.version == Version::Http2);
        Self::begin(stream, protocol).await
    }

    async fn begin<S>(stream: S, protocol: Protocol) -> (Self, JoinHandle<()>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TokioIo::new(stream);
        match protocol.version {
            Version::Http1 => {
                let (client, connection) = http1::handshake(stream).await.unwrap();
                (Self::Http1(client), tokio::spawn(async { _ = connection.await }))
            }
            Version::Http2 => {
                let (client, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
                (Self::Http2(client), tokio::spawn(async { _ = connection.await }))
            }
        }
    }

    async fn get(&mut self, path: &str) -> hyper::Result<Response<Incoming>> {
        let request = Request::get(format!("http://localhost{path}")).body(Body::empty()).unwrap();
        match self {
            Self::Http1(client) => client.send_request(request).await,
            Self::Http2(client) => client.send_request(request).await,
        }
    }
}

async fn until(condition: impl Fn() -> bool) {
    let wait = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it becomes true");
}

#[tokio::test]
async fn every_protocol_serves_all_routes() {
    for protocol in Protocol::ALL {
        let (site, listening) = serve(protocol).await;
        assert_eq!(listening.certificate().is_some(), protocol.tls);
        let (mut client, _connection) = Client::connect(&listening, protocol).await;
        let response = client.get("/api/news").await.unwrap();
        let version = if protocol.version == Version::Http2 { http::Version::HTTP_2 } else { http::Version::HTTP_11 };
        assert_eq!(response.version(), version);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, r#"{"data":[],"last":"7-0"}"#, "{protocol}");
        let body = client.get("/api/bulk?bytes=200000").await.unwrap().into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes().len(), 200_000);
        let mut events = client.get("/api/events").await.unwrap().into_body();
        assert_eq!(events.frame().await.unwrap().unwrap().into_data().unwrap(), "id: 7-0\n\n");
        site.send("a").unwrap();
        assert!(events.frame().await.unwrap().unwrap().into_data().unwrap().starts_with(b"id: 7-1\ndata: {"));
    }
}

#[tokio::test]
async fn a_client_that_is_gone_does_not_wait_any_more() {
    for protocol in Protocol::ALL {
        let (site, listening) = serve(protocol).await;
        for path in ["/api/updates?after=7-0", "/api/events"] {
            let (mut client, connection) = Client::connect(&listening, protocol).await;
            let request = tokio::spawn(async move { client.get(path).await?.into_body().collect().await });
            until(|| site.waiting() == 1).await;
            request.abort();
            connection.abort();
            until(|| site.waiting() == 0).await;
        }
    }
}

#[tokio::test]
async fn many_streams_share_a_connection_of_http2() {
    let (site, listening) = serve(Protocol::HTTP2).await;
    let (client, _connection) = Client::connect(&listening, Protocol::HTTP2).await;
    let Client::Http2(client) = client else { panic!("not HTTP/2") };
    let held: Vec<_> = (0..400)
        .map(|_| {
            let mut client = Client::Http2(client.clone());
            tokio::spawn(async move { client.get("/api/updates?after=7-0").await.unwrap().status() })
        })
        .collect();
    until(|| site.waiting() == 400).await;
    site.send("a").unwrap();
    for held in held {
        assert_eq!(held.await.unwrap(), 200);
    }
    assert_eq!(site.most_held(), 400);
}

#[tokio::test]
async fn a_failed_handshake_ends_no_other_connection() {
    let (_, listening) = serve(Protocol::HTTP2_TLS).await;
    let _silent = TcpStream::connect(listening.address()).await.unwrap();
    let mut wrong = TcpStream::connect(listening.address()).await.unwrap();
    wrong.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    drop(TcpStream::connect(listening.address()).await.unwrap());
    let (mut client, _connection) = Client::connect(&listening, Protocol::HTTP2_TLS).await;
    assert_eq!(client.get("/api/news").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let (_, listening) = serve(Protocol::HTTP1).await;
    for (protocol, option) in [(Protocol::HTTP1, "--port"), (Protocol::HTTP2_TLS, "--tls-port")] {
        let Err(error) = listen(listening.address(), protocol, Router::new()).await else { panic!("it listens") };
        let error = error.to_string();
        assert!(error.starts_with(&format!("cannot listen on {}: ", listening.address())), "{error}");
        assert!(error.ends_with(&format!("; choose another port with {option}")), "{error}");
    }
}

#[tokio::test]
async fn dropping_it_closes_the_port_and_the_connections() {
    let (site, listening) = serve(Protocol::HTTP1).await;
    let (mut client, _connection) = Client::connect(&listening, Protocol::HTTP1).await;
    let events = client.get("/api/events").await.unwrap().into_body();
    let address = listening.address();
    drop(listening);
    until(|| site.waiting() == 0).await;
    assert!(events.collect().await.is_err());
    TcpStream::connect(address).await.unwrap_err();
}
