//! Sends a request over a connection that may be used again: hyper on the sockets of a [`Network`].
//!
//! A pool, as that of hyper-util, is not used on purpose: it opens a connection in advance if the one that is about to be free is
//! not free yet. That is right for a client with many requests, but the number of connections would depend on chance.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::{http1, http2};
use hyper::header::{CONNECTION, HOST, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use super::plain::{request_length, response_length};
use super::recorder::{Open, Recorder};
use crate::Result;
use crate::case::{Protocol, Version};
use crate::wire::{Network, Tap};

/// The body of a request: a GET has none.
pub(crate) type RequestBody = Empty<Bytes>;

/// A connection to the server, or how to get one. With HTTP/1.1 it has one request at a time.
pub(crate) struct Http {
    network: Arc<Network>,
    address: SocketAddr,
    version: Version,
    tls: Option<TlsConnector>,
    /// Whether a connection is used for more than one request.
    keep_alive: bool,
    connection: Mutex<Option<Sender>>,
}

/// A connection that can send a request.
enum Sender {
    Http1(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<RequestBody>),
}

impl Sender {
    /// Waits until a request can be sent. Returns `false` if the connection is closed.
    async fn is_usable(&mut self) -> bool {
        match self {
            Self::Http1(sender) => sender.ready().await.is_ok(),
            Self::Http2(sender) => sender.ready().await.is_ok(),
        }
    }
}

trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

impl Http {
    /// With TLS the certificate is the only one that is trusted. A client resumes its sessions, as they all do.
    pub(crate) fn new(
        network: Arc<Network>,
        address: SocketAddr,
        protocol: Protocol,
        certificate: &CertificateDer<'static>,
        keep_alive: bool,
    ) -> Result<Arc<Self>> {
        let tls = if protocol.tls { Some(connector(protocol.version, certificate)?) } else { None };
        let connection = Mutex::new(None);
        Ok(Arc::new(Self { network, address, version: protocol.version, tls, keep_alive, connection }))
    }

    /// Returns a GET request.
    pub(crate) fn request(&self, path: &str) -> Result<Request<()>> {
        let mut request = Request::new(());
        match self.version {
            Version::Http1 => {
                *request.uri_mut() = path.parse()?;
                request.headers_mut().insert(HOST, HeaderValue::try_from(self.address.to_string())?);
                if !self.keep_alive {
                    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
            }
            Version::Http2 => {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                *request.uri_mut() = format!("{scheme}://{}{path}", self.address).parse()?;
            }
        }
        Ok(request)
    }

    /// Sends a request, and returns its response.
    pub(crate) async fn send(
        &self,
        request: Request<RequestBody>,
        recorder: &Arc<Recorder>,
    ) -> Result<Response<Received>, SendError> {
        let open = recorder.request();
        let mut sender = match self.sender().await {
            Ok(sender) => sender,
            Err(error) => {
                open.withdraw();
                return Err(error);
            }
        };
        open.sent_headers(request_length(&request, self.address));
        let response = match &mut sender {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        }
        .map_err(SendError::Send)?;
        if self.keep_alive
            && let Sender::Http1(_) = sender
        {
            *self.connection.lock().await = Some(sender);
        }
        open.received_headers(response_length(&response));
        Ok(response.map(|body| Received { body, open }))
    }

    /// Returns the connection if it can be used, or a new one.
    async fn sender(&self) -> Result<Sender, SendError> {
        // Clients that share a connection wait here until it is open.
        let mut connection = self.connection.lock().await;
        if let Some(mut sender) = connection.take()
            && sender.is_usable().await
        {
            if let Sender::Http2(sender) = &sender {
                *connection = Some(Sender::Http2(sender.clone()));
            }
            return Ok(sender);
        }
        let sender = self.connect().await?;
        if self.keep_alive
            && let Sender::Http2(sender) = &sender
        {
            *connection = Some(Sender::Http2(sender.clone()));
        }
        Ok(sender)
    }

    async fn connect(&self) -> Result<Sender, SendError> {
        let socket = self.network.connect(self.address).await.map_err(SendError::Connect)?;
        let stream: Box<dyn Transport> = match &self.tls {
            None => Box::new(socket),
            Some(tls) => {
                let name = ServerName::IpAddress(self.address.ip().into());
                Box::new(tls.connect(name, socket).await.map_err(SendError::Connect)?)
            }
        };
        match self.version {
            Version::Http1 => {
                let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(SendError::Send)?;
                tokio::spawn(connection);
                Ok(Sender::Http1(sender))
            }
            Version::Http2 => {
                let stream = TokioIo::new(Tap::new(stream, Arc::clone(self.network.tapped())));
                let (sender, connection) =
                    http2::handshake(TokioExecutor::new(), stream).await.map_err(SendError::Send)?;
                tokio::spawn(connection);
                Ok(Sender::Http2(sender))
            }
        }
    }
}

fn connector(version: Version, certificate: &CertificateDer<'static>) -> Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![match version {
        Version::Http1 => b"http/1.1".to_vec(),
        Version::Http2 => b"h2".to_vec(),
    }];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The body of a response. The request is open until it is dropped.
#[derive(Debug)]
pub(crate) struct Received {
    body: Incoming,
    open: Open,
}

impl Body for Received {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            self.open.received_body(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// There is no connection.
    Connect(io::Error),
    /// The connection has failed.
    Send(hyper::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "cannot connect: {error}"),
            Self::Send(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SendError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Connect(error) => Some(error),
            Self::Send(error) => error.source(),
        }
    }
}
