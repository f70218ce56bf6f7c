//! Real servers: one handler, served by axum, hyper or actix-web.

mod actix;
mod axum;
mod hyper;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, io};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time;

use crate::Protocol;
use crate::body::{Counts, Served};

/// A library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums)]
pub enum Library {
    /// axum 0.8.
    Axum,
    /// hyper 1, with hyper-util.
    Hyper,
    /// actix-web 4.
    Actix,
}

impl Library {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Axum, Self::Hyper, Self::Actix];
}

/// A request, with its whole body.
pub type Request = http::Request<Bytes>;

/// What answers each request.
pub type Handler = Arc<dyn Fn(Request) -> http::Response<Served> + Send + Sync>;

/// A listening socket, which outlives the servers that accept from it: a client that connects between two servers waits.
#[derive(Debug)]
pub struct Socket {
    listener: TcpListener,
    address: SocketAddr,
}

impl Socket {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn bind() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts a server that accepts from it.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn serve<H>(&self, library: Library, protocol: Protocol, handler: H) -> io::Result<Server>
    where
        H: Fn(Request) -> http::Response<Served> + Send + Sync + 'static,
    {
        let counts = Counts::new();
        let handler: Handler = {
            let counts = counts.clone();
            Arc::new(move |request| handler(request).map(|body| body.counted(&counts)))
        };
        let listener = self.listener.try_clone()?;
        let (stop, stopped) = oneshot::channel();
        let serve: BoxFuture<'static, io::Result<()>> = match library {
            Library::Axum => Box::pin(axum::serve(listener, protocol, handler, stopped)),
            Library::Hyper => Box::pin(hyper::serve(listener, protocol, handler, stopped)),
            Library::Actix => actix::serve(listener, protocol, handler, stopped)?,
        };
        Ok(Server { address: self.address, protocol, counts, stop: Some(stop), task: tokio::spawn(serve) })
    }
}

/// A running server. Dropping it aborts it.
pub struct Server {
    address: SocketAddr,
    protocol: Protocol,
    counts: Counts,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Starts a server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub fn start<H>(library: Library, protocol: Protocol, handler: H) -> io::Result<Self>
    where
        H: Fn(Request) -> http::Response<Served> + Send + Sync + 'static,
    {
        Socket::bind()?.serve(library, protocol, handler)
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of its root.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.protocol, self.address)
    }

    /// What the library has taken of the response bodies.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Shuts down gracefully, and returns how long that took.
    ///
    /// # Errors
    ///
    /// If it is not down within this time, or has failed.
    pub async fn shut_down(mut self, limit: Duration) -> io::Result<Duration> {
        let start = Instant::now();
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        time::timeout(limit, &mut self.task).await?.map_err(io::Error::other)??;
        Ok(start.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// The URL of the root of a server at this address.
#[must_use]
pub fn url(protocol: Protocol, address: SocketAddr) -> String {
    format!("{}://{address}/", protocol.scheme())
}
