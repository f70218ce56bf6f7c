//! hyper 1 with hyper-util: both versions of HTTP, and graceful shutdown.

use std::convert::Infallible;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::server::Handler;
use crate::{Protocol, tls};

/// The TLS of a server, if the protocol has it.
pub(super) fn acceptor(protocol: Protocol) -> Option<TlsAcceptor> {
    let protocols: &[&str] = if protocol.is_http2() { &["h2"] } else { &["http/1.1"] };
    protocol.is_tls().then(|| TlsAcceptor::from(Arc::new(tls::server_config(protocols))))
}

pub(super) async fn serve(
    listener: TcpListener,
    protocol: Protocol,
    handler: Handler,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let acceptor = acceptor(protocol);
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => accepted?.0,
        };
        stream.set_nodelay(true)?;
        let (acceptor, handler, watcher) = (acceptor.clone(), Arc::clone(&handler), graceful.watcher());
        tokio::spawn(async move {
            match acceptor {
                None => connection(stream, handler, watcher).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        connection(stream, handler, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// Serves one connection. What a client breaks is seen by the client.
async fn connection<S>(stream: S, handler: Handler, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = move |request: http::Request<Incoming>| {
        let handler = Arc::clone(&handler);
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            Ok::<_, Infallible>(handler(http::Request::from_parts(parts, body)))
        }
    };
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new());
    builder.http2().timer(TokioTimer::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service_fn(answer)).into_owned();
    let _ = watcher.watch(connection).await;
}
