//! A runtime of one task whose time is simulated: it advances to the next timer whenever the task waits for nothing else.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// A task that has not ended after this number of polls never ends.
const MAX_POLLS: u32 = 10_000;

#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    timers: Rc<RefCell<Timers>>,
}

#[derive(Debug, Default)]
struct Timers {
    now: Duration,
    /// When those that are waited for elapse.
    pending: Vec<(Duration, Waker)>,
}

impl Clock {
    /// The time since the clock was made.
    pub(crate) fn now(&self) -> Duration {
        self.timers.borrow().now
    }

    pub(crate) fn sleep(&self, time: Duration) -> Timer {
        Timer { until: self.now().saturating_add(time), clock: self.clone() }
    }

    pub(crate) fn run<T>(&self, task: impl Future<Output = T>) -> T {
        let mut task = pin!(task);
        let was_woken = Arc::new(WasWoken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&was_woken));
        for _ in 0..MAX_POLLS {
            if let Poll::Ready(output) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
                return output;
            }
            if !was_woken.0.swap(false, Ordering::Relaxed) {
                self.advance();
            }
        }
        panic!("the task did not end after {MAX_POLLS} polls");
    }

    /// Advances to the first timer. A timer that was dropped may be among them: it wakes the task for nothing.
    fn advance(&self) {
        let mut timers = self.timers.borrow_mut();
        let first =
            timers.pending.iter().map(|(until, _)| *until).min().expect("the task waits for nothing that comes");
        timers.now = timers.now.max(first);
        timers.pending.retain(|(until, waker)| {
            if *until <= first {
                waker.wake_by_ref();
            }
            *until > first
        });
    }
}

#[derive(Debug)]
pub(crate) struct Timer {
    until: Duration,
    clock: Clock,
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut timers = self.clock.timers.borrow_mut();
        if timers.now >= self.until {
            return Poll::Ready(());
        }
        timers.pending.push((self.until, cx.waker().clone()));
        Poll::Pending
    }
}

struct WasWoken(AtomicBool);

impl Wake for WasWoken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}
