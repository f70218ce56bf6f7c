//! When a body sends a keep-alive.

use core::future::{self, Future, Pending};
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use pin_project_lite::pin_project;

use crate::adapters::Sleep;

/// The least interval between two keep-alives, 100 ms: a shorter one, such as zero, is raised to this.
pub const MIN_KEEP_ALIVE: Duration = Duration::from_millis(100);

/// In place of a function that sleeps: an [`EventBody`](super::EventBody) that sends no keep-alives.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NoKeepAlive;

/// Never completes.
impl Sleep for NoKeepAlive {
    type Future = Pending<()>;

    fn sleep(&mut self, _: Duration) -> Pending<()> {
        future::pending()
    }
}

pin_project! {
    /// Measures how long nothing was sent. The timer exists only while the body waits.
    pub(super) struct KeepAlive<K: Sleep> {
        sleep: K,
        interval: Option<Duration>,
        #[pin]
        timer: Option<K::Future>,
    }
}

impl KeepAlive<NoKeepAlive> {
    pub(super) const fn never() -> Self {
        Self { sleep: NoKeepAlive, interval: None, timer: None }
    }
}

impl<K: Sleep> KeepAlive<K> {
    pub(super) fn every(interval: Duration, sleep: K) -> Self {
        Self { sleep, interval: Some(interval.max(MIN_KEEP_ALIVE)), timer: None }
    }

    /// The time after which a keep-alive is sent.
    pub(super) const fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// Completes when the interval has elapsed since the first call after a reset or a completion.
    pub(super) fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(interval) = *this.interval else { return Poll::Pending };
        if this.timer.is_none() {
            this.timer.set(Some(this.sleep.sleep(interval)));
        }
        if let Some(timer) = this.timer.as_mut().as_pin_mut() {
            ready!(timer.poll(cx));
        }
        this.timer.set(None);
        Poll::Ready(())
    }

    /// Drops the timer.
    pub(super) fn reset(self: Pin<&mut Self>) {
        self.project().timer.set(None);
    }
}
