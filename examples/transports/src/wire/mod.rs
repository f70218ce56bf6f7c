//! The network between the clients and the server: sockets that count bytes and can be cut.
//!
//! ```text
//!   HTTP  --- Tap ---  TLS  --- Socket ---  TCP
//!              |                  |
//!    HTTP/2: header blocks,     all bytes,
//!    bodies                     cuts, the limited link
//! ```

mod frames;
mod link;
mod socket;
mod tap;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::time::Instant;

use link::Link;
pub(crate) use socket::Socket;
pub(crate) use tap::{Tap, Tapped};

/// The network of one case.
#[derive(Debug)]
pub(crate) struct Network {
    up: AtomicU64,
    down: AtomicU64,
    opened: AtomicU64,
    open: AtomicU64,
    refused: AtomicU64,
    tapped: Arc<Tapped>,
    link: Option<Link>,
    outage: watch::Sender<Option<Outage>>,
}

/// All connections were cut.
#[derive(Clone, Copy, Debug)]
struct Outage {
    start: Instant,
    duration: Duration,
    seed: u64,
}

/// The receive buffers of a limited link: a larger one takes in a download faster than the link.
const LIMITED_RECEIVE_BUFFER: u32 = 128 * 1024;

impl Network {
    pub(crate) fn new() -> Arc<Self> {
        Self::with_link(None)
    }

    /// Returns a network over which all clients together receive no more than this.
    pub(crate) fn limited(bytes_per_second: u32) -> Arc<Self> {
        Self::with_link(Some(Link::new(bytes_per_second)))
    }

    fn with_link(link: Option<Link>) -> Arc<Self> {
        Arc::new(Self {
            up: AtomicU64::new(0),
            down: AtomicU64::new(0),
            opened: AtomicU64::new(0),
            open: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            tapped: Arc::default(),
            link,
            outage: watch::Sender::new(None),
        })
    }

    /// Opens a connection, unless the network is down.
    pub(crate) async fn connect(self: &Arc<Self>, address: SocketAddr) -> io::Result<Socket> {
        // Before the connection is opened, so that a cut in the meantime is one of this connection, too.
        let outage = self.outage();
        if self.is_down() {
            self.refused.fetch_add(1, Relaxed);
            return Err(io::Error::new(io::ErrorKind::NetworkUnreachable, "the network is down"));
        }
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if self.link.is_some() {
            socket.set_recv_buffer_size(LIMITED_RECEIVE_BUFFER)?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let number = self.opened.fetch_add(1, Relaxed);
        Ok(Socket::new(stream, Arc::clone(self), number, outage))
    }

    /// Cuts all connections: each transfers a few more bytes, a number that depends on the seed, so that some are cut within an
    /// event or an answer, and fails. Connections can be opened again after `duration`.
    pub(crate) fn cut(&self, seed: u64, duration: Duration) {
        self.outage.send_replace(Some(Outage { start: Instant::now(), duration, seed }));
    }

    fn is_down(&self) -> bool {
        self.outage.borrow().is_some_and(|outage| Instant::now() < outage.start + outage.duration)
    }

    /// Completes at the next cut.
    fn outage(&self) -> impl Future<Output = Outage> + Send + 'static {
        let mut receiver = self.outage.subscribe();
        async move {
            loop {
                if receiver.changed().await.is_err() {
                    // There is no cut any more.
                    std::future::pending::<()>().await;
                }
                if let Some(outage) = *receiver.borrow_and_update() {
                    return outage;
                }
            }
        }
    }

    /// Bytes from clients to the server, at the sockets.
    pub(crate) fn up(&self) -> u64 {
        self.up.load(Relaxed)
    }

    /// Bytes from the server to clients, at the sockets.
    pub(crate) fn down(&self) -> u64 {
        self.down.load(Relaxed)
    }

    /// Connections that were opened.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(Relaxed)
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> u64 {
        self.open.load(Relaxed)
    }

    /// Connections that could not be opened because the network was down.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Relaxed)
    }

    /// What HTTP/2 connections carried.
    pub(crate) const fn tapped(&self) -> &Arc<Tapped> {
        &self.tapped
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// A server that sends back what it receives.
    async fn echo() -> io::Result<SocketAddr> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    tokio::io::copy(&mut read, &mut write).await
                });
            }
        });
        Ok(address)
    }

    #[tokio::test]
    async fn bytes_and_connections_are_counted() -> io::Result<()> {
        let (address, network) = (echo().await?, Network::new());
        let mut first = network.connect(address).await?;
        let second = network.connect(address).await?;
        first.write_all(b"hello").await?;
        first.read_exact(&mut [0; 3]).await?;
        assert_eq!((network.up(), network.opened(), network.open(), network.refused()), (5, 2, 2, 0));
        assert!((3..=5).contains(&network.down()));
        drop((first, second));
        assert_eq!((network.opened(), network.open()), (2, 0));
        Ok(())
    }

    #[tokio::test]
    async fn a_cut_lets_a_few_bytes_through_and_ends_when_the_outage_does() -> io::Result<()> {
        let (address, network) = (echo().await?, Network::new());
        let mut received = Vec::new();
        for seed in 0..5 {
            let mut busy = network.connect(address).await?;
            let mut idle = network.connect(address).await?;
            busy.write_all(&[1; 1000]).await?;
            // The echo is under way.
            tokio::time::sleep(Duration::from_millis(20)).await;
            network.cut(seed, Duration::from_millis(100));
            let mut bytes = Vec::new();
            let error = busy.read_to_end(&mut bytes).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
            assert_eq!(busy.write(b"x").await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
            assert_eq!(
                network.connect(address).await.err().map(|error| error.kind()),
                Some(io::ErrorKind::NetworkUnreachable)
            );
            assert_eq!(idle.read_u8().await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
            received.push(bytes.len());
            tokio::time::sleep(Duration::from_millis(110)).await;
            let mut next = network.connect(address).await?;
            next.write_all(b"again").await?;
            next.read_exact(&mut [0; 5]).await?;
        }
        assert!(received.iter().all(|length| *length < 400), "{received:?}");
        assert!(received.iter().any(|length| *length > 0), "{received:?}");
        assert_eq!((network.opened(), network.refused(), network.open()), (15, 5, 0));
        Ok(())
    }

    #[tokio::test]
    async fn a_connection_that_is_opened_during_a_cut_is_cut() -> io::Result<()> {
        let (address, network) = (echo().await?, Network::new());
        let mut connecting = Box::pin(network.connect(address));
        assert!((&mut connecting).now_or_never().is_none(), "it takes more than a poll");
        network.cut(1, Duration::from_millis(1));
        let mut socket = connecting.await?;
        let read = tokio::time::timeout(Duration::from_secs(5), socket.read_u8()).await?;
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        Ok(())
    }

    #[tokio::test]
    async fn a_limited_network_is_slow() -> io::Result<()> {
        let (address, network) = (echo().await?, Network::limited(1_000_000));
        let mut socket = network.connect(address).await?;
        let start = Instant::now();
        let (mut read, mut write) = tokio::io::split(&mut socket);
        let mut received = vec![0; 200_000];
        let bytes = vec![0; 200_000];
        tokio::try_join!(write.write_all(&bytes), read.read_exact(&mut received))?;
        let elapsed = start.elapsed();
        assert!(elapsed >= Duration::from_millis(170), "{elapsed:?}");
        Ok(())
    }
}
