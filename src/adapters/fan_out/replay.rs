//! Replaying from a backlog until the local log has the last replayed event.
//!
//! The backlog may be ahead of the local log, which its reader fills, or behind it, if it was asked earlier. So the switch is made
//! at an event that both have: the last one that was delivered. The local log is looked at before each page is requested, and after
//! an empty one at each event that is sent.
//!
//! After an empty page, the event is the last one of the shared log and gets into the local log soon. The backlog is asked again only
//! if the local log may have evicted it since, or never gets it, because its reader began later: after one event is sent, after
//! two more, four more and so on, so that many clients that are ahead of a slow process do not overload the backlog.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use super::backlog::{Backlog, Page};
use super::delivery::Delivery;
use super::reader::{Look, NotYet, Reader};
use crate::EventBuf;
use crate::adapters::Encoded;

/// A client that reads from the backlog.
pub(super) struct Replay<F> {
    /// The ID of the last event that was delivered.
    id: String,
    page: vec::IntoIter<EventBuf>,
    next: NextPage<F>,
    /// How many events are to be sent before the backlog is asked again after an empty page.
    sends: u64,
}

/// What is done after the current page.
enum NextPage<F> {
    Look,
    Request(Pin<Box<F>>, NotYet),
    Wait(NotYet),
}

/// What a replay gives.
pub(super) enum Replayed<E> {
    Delivery(Delivery),
    /// Events are missing, and the backlog has none: the reader continues at the oldest event of the local log.
    Nothing,
    /// The reader continues in the local log.
    Live,
    /// The fan-out was closed.
    Closed,
    Error(E),
}

impl<F> Replay<F> {
    /// Replays what follows the event with this ID.
    pub(super) fn new(id: String) -> Self {
        Self { id, page: Vec::new().into_iter(), next: NextPage::Look, sends: 1 }
    }

    /// The ID of the last event that was delivered.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn poll<B: Backlog<Future = F>>(
        &mut self,
        cx: &mut Context<'_>,
        backlog: &B,
        reader: &mut Reader,
    ) -> Poll<Replayed<B::Error>>
    where
        F: Future<Output = Result<Page, B::Error>>,
    {
        loop {
            if let Some(event) = self.page.next() {
                event.id().unwrap_or_default().clone_into(&mut self.id);
                return Poll::Ready(Replayed::Delivery(Delivery::Event(Encoded::from(event))));
            }
            let look = match &mut self.next {
                NextPage::Look => reader.look(&self.id),
                NextPage::Wait(earlier) => {
                    let look = ready!(reader.poll_look(cx, &self.id, earlier, self.sends));
                    self.sends = self.sends.saturating_mul(2);
                    look
                }
                NextPage::Request(page, _) => {
                    let page = ready!(page.as_mut().poll(cx));
                    if let Some(replayed) = self.turn(page) {
                        return Poll::Ready(replayed);
                    }
                    continue;
                }
            };
            match look {
                Look::Found => return Poll::Ready(Replayed::Live),
                Look::Closed => return Poll::Ready(Replayed::Closed),
                Look::NotYet(now) => self.next = NextPage::Request(Box::pin(backlog.after(&self.id)), now),
            }
        }
    }

    /// Begins a page that has arrived.
    fn turn<E>(&mut self, page: Result<Page, E>) -> Option<Replayed<E>> {
        let requested = core::mem::replace(&mut self.next, NextPage::Look);
        let (mut events, is_gone) = match page {
            Ok(Page::Events(events)) => (events, false),
            Ok(Page::Gone(events)) => (events, true),
            Err(error) => return Some(Replayed::Error(error)),
        };
        // An event without an ID does not get into the local log either, and the next page could not be after it.
        events.retain(|event| event.id().is_some_and(|id| !id.is_empty() && id != self.id));
        let is_empty = events.is_empty();
        self.page = events.into_iter();
        match (is_gone, requested) {
            (true, _) if is_empty => Some(Replayed::Nothing),
            (true, _) => Some(Replayed::Delivery(Delivery::Gap { missed: None })),
            (false, NextPage::Request(_, earlier)) if is_empty => {
                self.next = NextPage::Wait(earlier);
                None
            }
            (false, _) => {
                self.sends = 1;
                None
            }
        }
    }
}
