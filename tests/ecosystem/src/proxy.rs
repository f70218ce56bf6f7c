//! A proxy of TCP connections that cuts them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time;

/// When a proxy cuts a connection.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_enums)]
pub enum Cut {
    /// Never.
    Never,
    /// After this time.
    AfterTime(Duration),
    /// When nothing was sent in either direction for this time.
    WhenIdle(Duration),
    /// When this many bytes were sent to the client, a number that depends on the number of the connection, counted from 0.
    AfterBytes(fn(u64) -> u64),
}

/// How a proxy cuts a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums)]
pub enum Style {
    /// The connection ends as if it were complete.
    Close,
    /// The connection is reset.
    Reset,
    /// One after the other.
    Alternate,
}

/// A running proxy. Dropping it cuts all connections.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    cuts: AtomicU64,
    bytes: AtomicU64,
}

impl Proxy {
    /// Starts a proxy in front of a server.
    ///
    /// # Errors
    ///
    /// Those of the operating system.
    pub async fn start(upstream: SocketAddr, cut: Cut, style: Style) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, counts) = (listener.local_addr()?, Arc::<Counts>::default());
        let task = tokio::spawn(accept(listener, upstream, cut, style, Arc::clone(&counts)));
        Ok(Self { address, counts, task })
    }

    /// Its address.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has accepted.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// How many connections it has cut.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.counts.cuts.load(Ordering::Relaxed)
    }

    /// How many bytes it has sent to clients.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.counts.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, upstream: SocketAddr, cut: Cut, style: Style, counts: Arc<Counts>) {
    // Aborts the connections when this task is aborted.
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let number = counts.connections.fetch_add(1, Ordering::Relaxed);
        let reset = style == Style::Reset || style == Style::Alternate && number % 2 == 1;
        let counts = Arc::clone(&counts);
        connections.spawn(async move {
            // What either side breaks is seen by the other.
            let _ = relay(client, upstream, cut, number, reset, &counts).await;
        });
    }
}

async fn relay(
    mut client: TcpStream,
    upstream: SocketAddr,
    cut: Cut,
    number: u64,
    reset: bool,
    counts: &Counts,
) -> io::Result<()> {
    let mut server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let start = time::Instant::now();
    let mut left = if let Cut::AfterBytes(after) = cut { after(number) } else { u64::MAX };
    let (mut request, mut response) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
    let mut last = start;
    let is_cut = loop {
        let deadline = match cut {
            Cut::AfterTime(limit) => start + limit,
            Cut::WhenIdle(limit) => last + limit,
            Cut::Never | Cut::AfterBytes(_) => start + Duration::from_hours(1),
        };
        tokio::select! {
            () = time::sleep_until(deadline) => break true,
            len = client.read(&mut request) => match len? {
                0 => break false,
                len => server.write_all(&request[..len]).await?,
            },
            len = server.read(&mut response) => match len? {
                0 => break false,
                len => {
                    let sent = usize::try_from(left).unwrap_or(usize::MAX).min(len);
                    client.write_all(&response[..sent]).await?;
                    counts.bytes.fetch_add(sent as u64, Ordering::Relaxed);
                    left -= sent as u64;
                    if left == 0 {
                        break true;
                    }
                }
            },
        }
        last = time::Instant::now();
    };
    if is_cut {
        counts.cuts.fetch_add(1, Ordering::Relaxed);
        if reset {
            client.set_zero_linger()?;
        }
    }
    Ok(())
}
