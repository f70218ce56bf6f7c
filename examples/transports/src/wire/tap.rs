//! What passes between HTTP and TLS.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frames::{FrameCounter, Frames};

/// What all taps have counted.
#[derive(Debug, Default)]
pub(crate) struct Tapped {
    headers_up: AtomicU64,
    headers_down: AtomicU64,
    data_down: AtomicU64,
    /// `SETTINGS_ENABLE_PUSH` of the clients, plus one.
    enable_push: AtomicU64,
}

impl Tapped {
    pub(crate) fn headers_up(&self) -> u64 {
        self.headers_up.load(Relaxed)
    }

    pub(crate) fn headers_down(&self) -> u64 {
        self.headers_down.load(Relaxed)
    }

    pub(crate) fn data_down(&self) -> u64 {
        self.data_down.load(Relaxed)
    }

    /// What the client said of server push, if it said something.
    pub(crate) fn enable_push(&self) -> Option<u64> {
        self.enable_push.load(Relaxed).checked_sub(1)
    }
}

/// A connection over which HTTP/2 is spoken.
pub(crate) struct Tap<T> {
    inner: T,
    up: FrameCounter,
    down: FrameCounter,
    tapped: Arc<Tapped>,
}

impl<T> Tap<T> {
    pub(crate) const fn new(inner: T, tapped: Arc<Tapped>) -> Self {
        Self { inner, up: FrameCounter::client(), down: FrameCounter::server(), tapped }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Tap<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        let Frames { headers, data, .. } = this.down.seen();
        this.down.add(&buf.filled()[before..]);
        this.tapped.headers_down.fetch_add(this.down.seen().headers - headers, Relaxed);
        this.tapped.data_down.fetch_add(this.down.seen().data - data, Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Tap<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let length = ready!(Pin::new(&mut this.inner).poll_write(cx, buf))?;
        let headers = this.up.seen().headers;
        this.up.add(&buf[..length]);
        let seen = this.up.seen();
        this.tapped.headers_up.fetch_add(seen.headers - headers, Relaxed);
        if let Some(enable_push) = seen.enable_push {
            this.tapped.enable_push.store(u64::from(enable_push) + 1, Relaxed);
        }
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
