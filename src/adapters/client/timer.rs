//! A timer on the logical clock of a client.

use alloc::boxed::Box;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use crate::adapters::Sleep;

/// A timer that is armed again and again. Its future is in a box that is allocated once.
pub(super) struct Timer<F> {
    future: Option<Pin<Box<Option<F>>>>,
    /// When it elapses, on the logical clock.
    end: Duration,
    /// What remains after the current future.
    rest: Duration,
}

/// A longer time is slept in parts of this length, as timers of some platforms have less than 32 bits for milliseconds.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

impl<F: Future<Output = ()>> Timer<F> {
    pub(super) const fn new() -> Self {
        Self { future: None, end: Duration::ZERO, rest: Duration::ZERO }
    }

    pub(super) fn is_armed(&self) -> bool {
        self.future.as_ref().is_some_and(|future| future.is_some())
    }

    /// Starts the timer. It elapses when `time` has been slept since now.
    pub(super) fn arm(&mut self, sleep: &mut impl Sleep<Future = F>, now: Duration, time: Duration) {
        self.end = now.saturating_add(time);
        self.rest = time;
        self.sleep(sleep);
    }

    /// Stops the timer and drops its future.
    pub(super) fn disarm(&mut self) {
        if let Some(future) = &mut self.future {
            future.set(None);
        }
    }

    /// Returns the time at which the timer has elapsed, and disarms it. A timer that is not armed never elapses.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, sleep: &mut impl Sleep<Future = F>) -> Poll<Duration> {
        let Some(future) = self.future.as_mut().and_then(|future| future.as_mut().as_pin_mut()) else {
            return Poll::Pending;
        };
        ready!(future.poll(cx));
        if self.rest.is_zero() {
            self.disarm();
            return Poll::Ready(self.end);
        }
        self.sleep(sleep);
        // The next part is polled with the next poll, so that one poll does not take part after part.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sleeps for the next part.
    fn sleep(&mut self, sleep: &mut impl Sleep<Future = F>) {
        let time = self.rest.min(LONGEST_SLEEP);
        self.rest = self.rest.saturating_sub(time);
        let sleeping = Some(sleep.sleep(time));
        match &mut self.future {
            Some(future) => future.set(sleeping),
            None => self.future = Some(Box::pin(sleeping)),
        }
    }
}
