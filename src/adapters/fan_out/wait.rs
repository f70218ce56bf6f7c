//! How a subscription waits for the next event.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use tokio::sync::futures::OwnedNotified;

use super::shared::{Shared, State};

/// The wait of one task. Its memory is allocated by the first wait and used again by the next ones.
#[derive(Default)]
pub(super) struct Wait {
    notified: Option<Pin<Box<OwnedNotified>>>,
    /// Whether a change since the last look completes the future.
    is_armed: bool,
}

impl Wait {
    /// Completes when `look` does, which is called under the lock, at first and after each change.
    pub(super) fn poll<T>(
        &mut self,
        cx: &mut Context<'_>,
        shared: &Shared,
        mut look: impl FnMut(&mut State) -> Poll<T>,
    ) -> Poll<T> {
        loop {
            let mut state = shared.lock();
            let looked = look(&mut state);
            if looked.is_ready() {
                self.is_armed = false;
                return looked;
            }
            // "The `OwnedNotified` future is guaranteed to receive wakeups from `notify_waiters()` as soon as it has been created". It
            // is made under the lock, so no change is in between.
            let notified = (!self.is_armed).then(|| Arc::clone(&shared.changed).notified_owned());
            drop(state);
            // The last future is dropped here, without the lock: it has a waker, which may run code of a runtime.
            match (notified, &mut self.notified) {
                (Some(notified), Some(place)) => place.set(notified),
                (Some(notified), place) => *place = Some(Box::pin(notified)),
                (None, _) => {}
            }
            self.is_armed = true;
            let Some(notified) = &mut self.notified else { return Poll::Pending };
            ready!(notified.as_mut().poll(cx));
            self.is_armed = false;
        }
    }
}
