//! Accepts connections: cleartext or TLS, HTTP/1.1 or HTTP/2.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use super::tls;
use crate::Result;
use crate::case::{Protocol, Version};

/// A client that does not finish its handshake by then is disconnected.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The same for the head of a request, and for the time from one request to the next.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// More than there are clients: with HTTP/2 each has a stream of one connection. The default of hyper is 200.
const MAX_STREAMS: u32 = 1024;

/// How long nothing is accepted after an error such as too many open files.
const PAUSE: Duration = Duration::from_millis(50);

/// An open port. Dropping it closes the port and all connections.
pub(crate) struct Listening {
    address: SocketAddr,
    certificate: Option<CertificateDer<'static>>,
    connections: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Listening {
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate that clients have to trust; `None` without TLS.
    pub(crate) const fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificate.as_ref()
    }

    /// How many connections are open.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves these routes at this address. With port 0 the system chooses one.
///
/// With HTTP/2 and without TLS, clients begin with HTTP/2 ("prior knowledge").
pub(crate) async fn listen(address: SocketAddr, protocol: Protocol, routes: Router) -> Result<Listening> {
    let listener = TcpListener::bind(address).await.map_err(|error| cannot_listen(address, protocol, &error))?;
    let address = listener.local_addr()?;
    let (acceptor, certificate) = if protocol.tls { tls::acceptor(protocol.version).map(Some)? } else { None }.unzip();
    let connections = Arc::<AtomicUsize>::default();
    let task = tokio::spawn(accept(listener, acceptor, protocol.version, routes, Arc::clone(&connections)));
    Ok(Listening { address, certificate, connections, task })
}

fn cannot_listen(address: SocketAddr, protocol: Protocol, error: &io::Error) -> String {
    let option = if protocol.tls { "--tls-port" } else { "--port" };
    format!("cannot listen on {address}: {error}; choose another port with {option}")
}

async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    version: Version,
    routes: Router,
    open: Arc<AtomicUsize>,
) {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().max_concurrent_streams(MAX_STREAMS);
    let builder = match version {
        Version::Http1 => builder.http1_only(),
        Version::Http2 => builder.http2_only(),
    };
    // Aborts the connections when it is dropped.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, acceptor.clone(), builder.clone(), routes.clone()));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
        open.store(connections.len(), Ordering::Relaxed);
    }
}

/// Serves one connection. What breaks it is seen by the client, and ends no other connection.
async fn connection(stream: TcpStream, acceptor: Option<TlsAcceptor>, builder: Builder<TokioExecutor>, routes: Router) {
    // Without it, an event could wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    match acceptor {
        None => respond(stream, &builder, routes).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                respond(stream, &builder, routes).await;
            }
        }
    }
}

async fn respond<S>(stream: S, builder: &Builder<TokioExecutor>, routes: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _ = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes)).await;
}
