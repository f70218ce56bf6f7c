//! How the clients of this run reach the servers: what a load balancer, a proxy and a cable are elsewhere.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::BodyExt;
use http_body_util::channel::{Channel, Sender};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;
use tokio::sync::watch;

use crate::{Error, Result};

/// Less than an event that is cut, so that the rest of it is still in the server when the server is killed.
const RECEIVE_BUFFER: u32 = 16 * 1024;

/// The way to the servers. A clone is the same one.
#[derive(Clone)]
pub(crate) struct Network {
    servers: Arc<Mutex<Vec<SocketAddr>>>,
    connections: Arc<AtomicUsize>,
    hold: watch::Sender<Hold>,
}

/// Whether bytes pass from the servers to the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hold {
    Open,
    /// After this many bytes no more pass.
    After(usize),
    Closed,
}

impl Network {
    pub(crate) fn new(servers: impl IntoIterator<Item = SocketAddr>) -> Self {
        let servers = servers.into_iter().collect();
        Self {
            servers: Arc::new(Mutex::new(servers)),
            connections: Arc::default(),
            hold: watch::Sender::new(Hold::Open),
        }
    }

    /// The servers to which clients connect from now on, one after the other. Nobody removes a server that has died: a client that
    /// is sent there tries again.
    pub(crate) fn set_servers(&self, servers: impl IntoIterator<Item = SocketAddr>) {
        *self.servers.lock().unwrap_or_else(PoisonError::into_inner) = servers.into_iter().collect();
    }

    /// Sends the request to the next server.
    pub(crate) async fn send<B>(self, mut request: Request<B>) -> Result<Response<Channel<Bytes, Error>>>
    where
        B: Body<Data: Send, Error: Into<Error>> + Send + 'static,
    {
        let address = self.next_server()?;
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        let connection = TokioIo::new(socket.connect(address).await?);
        let (mut sender, connection) =
            http1::Builder::new().max_buf_size(RECEIVE_BUFFER as usize).handshake(connection).await?;
        // It ends with the body.
        tokio::spawn(connection);
        request.headers_mut().insert(HOST, HeaderValue::try_from(address.to_string())?);
        let response = sender.send_request(request).await?;
        Ok(response.map(|body| {
            let (sender, channel) = Channel::new(1);
            tokio::spawn(self.forward(body, sender));
            channel
        }))
    }

    /// Lets this many more bytes pass to all clients together, and then none until [`open`](Self::open).
    pub(crate) fn hold_after(&self, bytes: usize) {
        self.hold.send_replace(Hold::After(bytes));
    }

    /// Waits until the bytes of [`hold_after`](Self::hold_after) have passed.
    pub(crate) async fn held(&self) {
        // It has a sender: this one.
        let _ = self.hold.subscribe().wait_for(|&hold| hold == Hold::Closed).await;
    }

    pub(crate) fn open(&self) {
        self.hold.send_replace(Hold::Open);
    }

    fn next_server(&self) -> Result<SocketAddr> {
        let servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = self.connections.fetch_add(1, Ordering::Relaxed);
        Ok(*servers.get(turn % servers.len().max(1)).ok_or("there is no server")?)
    }

    async fn forward(self, mut body: Incoming, mut client: Sender<Bytes, Error>) {
        let mut hold = self.hold.subscribe();
        while let Some(frame) = body.frame().await {
            let passed = match frame {
                Ok(frame) => {
                    let len = frame.data_ref().map_or(0, Bytes::len);
                    let passed = client.send(frame).await;
                    self.count(len);
                    passed
                }
                Err(error) => return client.abort(error.into()),
            };
            if passed.is_err() || hold.wait_for(|&hold| hold != Hold::Closed).await.is_err() {
                return;
            }
        }
    }

    fn count(&self, len: usize) {
        self.hold.send_if_modified(|hold| {
            let Hold::After(bytes) = *hold else { return false };
            *hold = if bytes > len { Hold::After(bytes - len) } else { Hold::Closed };
            true
        });
    }
}
