//! The timers of a runtime.

use core::future::Future;
use core::time::Duration;

/// A function that sleeps: how an adapter uses the timers of any runtime. Implemented for every closure and function with the
/// signature `FnMut(Duration) -> impl Future<Output = ()>`, such as `tokio::time::sleep`.
///
/// ```
/// use std::time::Duration;
/// use sse_proto::adapters::Sleep;
///
/// fn takes_a_timer(_: impl Sleep) {}
///
/// takes_a_timer(tokio::time::sleep);
/// takes_a_timer(|_: Duration| std::future::pending());
/// ```
///
/// In a browser it is `gloo_timers::future::sleep`; with async-io `|time| async move { Timer::after(time).await; }`. Implement it
/// for a type of your own to give the type a name.
///
/// An adapter that takes a `Sleep` reads no clock: time is what these futures have measured.
pub trait Sleep {
    /// Completes when the time has elapsed. It must not complete earlier. Dropping it cancels the timer.
    type Future: Future<Output = ()>;

    /// Returns a future that completes after this time.
    fn sleep(&mut self, time: Duration) -> Self::Future;
}

impl<F, T> Sleep for F
where
    F: FnMut(Duration) -> T,
    T: Future<Output = ()>,
{
    type Future = T;

    fn sleep(&mut self, time: Duration) -> T {
        self(time)
    }
}
