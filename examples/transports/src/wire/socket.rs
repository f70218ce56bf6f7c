//! A socket that counts its bytes and can be cut.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep_until};

use super::{Network, Outage};

/// How long a connection that is cut may take to use up its last bytes.
const LAST_BYTES: Duration = Duration::from_millis(80);

/// The most bytes that a connection transfers after the cut.
const MOST_LAST_BYTES: usize = 400;

/// How much is read at once while the rate is limited.
const PACED_READ: usize = 16 * 1024;

/// A connection of a [`Network`]: what lies below TLS.
pub(crate) struct Socket {
    stream: TcpStream,
    network: Arc<Network>,
    /// Each connection of a network has a number.
    number: u64,
    cut: Cut,
    /// Waits for the link.
    pacing: Option<Pin<Box<Sleep>>>,
    scratch: Vec<u8>,
}

/// When the connection ends.
enum Cut {
    /// Not yet.
    Pending(Pin<Box<dyn Future<Output = Outage> + Send>>),
    /// After this number of bytes, or at this time.
    Ending { bytes: usize, time: Pin<Box<Sleep>> },
    /// Now.
    Over,
}

impl Socket {
    /// Returns a connection that ends when `outage` does.
    pub(super) fn new(
        stream: TcpStream,
        network: Arc<Network>,
        number: u64,
        outage: impl Future<Output = Outage> + Send + 'static,
    ) -> Self {
        network.open.fetch_add(1, Relaxed);
        let cut = Cut::Pending(Box::pin(outage));
        Self { stream, network, number, cut, pacing: None, scratch: Vec::new() }
    }

    /// Returns how many bytes may still be transferred; `None` as long as the connection is not cut.
    fn last_bytes(&mut self, cx: &mut Context<'_>) -> io::Result<Option<usize>> {
        if let Cut::Pending(outage) = &mut self.cut {
            let Poll::Ready(outage) = outage.as_mut().poll(cx) else { return Ok(None) };
            let bytes = fastrand::Rng::with_seed(outage.seed ^ self.number).usize(..MOST_LAST_BYTES);
            self.cut = Cut::Ending { bytes, time: Box::pin(sleep_until(outage.start + LAST_BYTES)) };
        }
        if let Cut::Ending { bytes, time } = &mut self.cut {
            if *bytes > 0 && time.as_mut().poll(cx).is_pending() {
                return Ok(Some(*bytes));
            }
            self.cut = Cut::Over;
        }
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "the network was cut"))
    }

    fn transferred(&mut self, length: usize) {
        if let Cut::Ending { bytes, .. } = &mut self.cut {
            *bytes = bytes.saturating_sub(length);
        }
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(link) = &self.network.link else { return Poll::Ready(()) };
        loop {
            if let Some(pacing) = &mut self.pacing {
                ready!(pacing.as_mut().poll(cx));
                self.pacing = None;
            }
            let Some(time) = link.occupied_until() else { return Poll::Ready(()) };
            self.pacing = Some(Box::pin(sleep_until(time)));
        }
    }

    /// Reads at most this many bytes.
    fn poll_read_some(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>, most: usize) -> Poll<io::Result<usize>> {
        if most >= buf.remaining() {
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
            return Poll::Ready(Ok(buf.filled().len() - before));
        }
        self.scratch.resize(most, 0);
        let mut some = ReadBuf::new(&mut self.scratch);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut some))?;
        buf.put_slice(some.filled());
        Poll::Ready(Ok(some.filled().len()))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.network.open.fetch_sub(1, Relaxed);
    }
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let last = this.last_bytes(cx)?.unwrap_or(usize::MAX);
        ready!(this.poll_link(cx));
        let most = if this.network.link.is_some() { PACED_READ.min(last) } else { last };
        let length = ready!(this.poll_read_some(cx, buf, most))?;
        this.network.down.fetch_add(length as u64, Relaxed);
        if let Some(link) = &this.network.link {
            link.occupy(length);
        }
        this.transferred(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let most = this.last_bytes(cx)?.unwrap_or(usize::MAX).min(buf.len());
        let length = ready!(Pin::new(&mut this.stream).poll_write(cx, &buf[..most]))?;
        this.network.up.fetch_add(length as u64, Relaxed);
        this.transferred(length);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
