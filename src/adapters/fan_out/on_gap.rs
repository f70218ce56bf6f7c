//! Snapshots in place of gaps, and for new clients.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};

use super::backlog::Backlog;
use super::delivery::Delivery;
use super::subscription::{NoBacklog, Subscription, WithBacklog};
use crate::adapters::Encoded;

/// A [`Stream`] of encoded events, with a snapshot in place of each gap: returned by [`Subscription::on_gap`] and
/// [`Subscription::with_snapshot`].
///
/// Its items are [`Encoded`], or `Result<Encoded, B::Error>` with a [`Backlog`]. In all else it is as [`Subscription`].
#[must_use = "streams do nothing unless they are polled"]
pub struct OnGap<L, F> {
    subscription: Subscription<L>,
    snapshot: F,
}

impl<L, F> OnGap<L, F> {
    pub(super) const fn new(subscription: Subscription<L>, snapshot: F) -> Self {
        Self { subscription, snapshot }
    }

    /// Returns the subscription.
    pub const fn get_ref(&self) -> &Subscription<L> {
        &self.subscription
    }
}

/// The function is not pinned.
impl<L, F> Unpin for OnGap<L, F> {}

impl<F, T> Stream for OnGap<NoBacklog, F>
where
    F: FnMut(Option<u64>) -> T,
    T: Into<Encoded>,
{
    type Item = Encoded;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Encoded>> {
        let Self { subscription, snapshot } = self.get_mut();
        if subscription.takes_snapshot() {
            subscription.skip_to_live();
            return Poll::Ready(Some(snapshot(None).into()));
        }
        Poll::Ready(ready!(Pin::new(&mut *subscription).poll_next(cx)).map(|delivery| match delivery {
            Delivery::Event(event) => event,
            Delivery::Gap { missed } => {
                subscription.skip_to_live();
                snapshot(missed).into()
            }
        }))
    }
}

impl<B, F, T> Stream for OnGap<WithBacklog<B>, F>
where
    B: Backlog,
    F: FnMut(Option<u64>) -> T,
    T: Into<Encoded>,
{
    type Item = Result<Encoded, B::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Encoded, B::Error>>> {
        let Self { subscription, snapshot } = self.get_mut();
        if subscription.takes_snapshot() {
            subscription.skip_to_live();
            return Poll::Ready(Some(Ok(snapshot(None).into())));
        }
        Poll::Ready(ready!(Pin::new(&mut *subscription).poll_next(cx)).map(|delivery| match delivery? {
            Delivery::Event(event) => Ok(event),
            Delivery::Gap { missed } => {
                subscription.skip_to_live();
                Ok(snapshot(missed).into())
            }
        }))
    }
}

impl<F, T> FusedStream for OnGap<NoBacklog, F>
where
    F: FnMut(Option<u64>) -> T,
    T: Into<Encoded>,
{
    fn is_terminated(&self) -> bool {
        self.subscription.is_terminated()
    }
}

impl<B, F, T> FusedStream for OnGap<WithBacklog<B>, F>
where
    B: Backlog,
    F: FnMut(Option<u64>) -> T,
    T: Into<Encoded>,
{
    fn is_terminated(&self) -> bool {
        self.subscription.is_terminated()
    }
}

/// Shows the state of the subscription.
impl<L, F> fmt::Debug for OnGap<L, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnGap").field("subscription", &self.subscription).finish_non_exhaustive()
    }
}
