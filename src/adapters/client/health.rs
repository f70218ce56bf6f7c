//! How long a stream has been open.

use core::future::Future;
use core::task::{Context, Poll};
use core::time::Duration;

use super::timer::Timer;
use crate::adapters::Sleep;

/// Measures [`Policy::healthy_after`](crate::client::Policy::healthy_after), unless an event proves before that the stream is
/// healthy.
///
/// When the time has elapsed, the clock of the client does not advance at once: the time of the last activity would remain where
/// it was, and the idle timeout would seem to elapse early. It advances with the next activity.
pub(super) struct Health<F> {
    timer: Timer<F>,
    state: State,
}

enum State {
    Unknown,
    /// The stream was open for the required time. The clock is at least here.
    Since(Duration),
    /// The stream has delivered an event.
    Proven,
}

impl<F: Future<Output = ()>> Health<F> {
    pub(super) const fn new() -> Self {
        Self { timer: Timer::new(), state: State::Unknown }
    }

    /// The next stream has not proved anything.
    pub(super) fn reset(&mut self) {
        self.timer.disarm();
        self.state = State::Unknown;
    }

    /// The stream has delivered an event.
    pub(super) fn prove(&mut self) {
        self.timer.disarm();
        self.state = State::Proven;
    }

    /// Measures on, while nothing arrives. Called with the time at which the stream was opened, the first time.
    pub(super) fn watch(
        &mut self,
        cx: &mut Context<'_>,
        sleep: &mut impl Sleep<Future = F>,
        now: Duration,
        healthy_after: Duration,
    ) {
        if matches!(self.state, State::Unknown) && !self.timer.is_armed() {
            if healthy_after.is_zero() {
                self.state = State::Since(now);
                return;
            }
            self.timer.arm(sleep, now, healthy_after);
        }
        self.poll(cx, sleep);
    }

    /// Returns the least time that has passed, if the stream was open for long enough.
    pub(super) fn elapsed(&mut self, cx: &mut Context<'_>, sleep: &mut impl Sleep<Future = F>) -> Option<Duration> {
        self.poll(cx, sleep);
        if let State::Since(time) = self.state { Some(time) } else { None }
    }

    fn poll(&mut self, cx: &mut Context<'_>, sleep: &mut impl Sleep<Future = F>) {
        if let Poll::Ready(time) = self.timer.poll(cx, sleep) {
            self.state = State::Since(time);
        }
    }
}
