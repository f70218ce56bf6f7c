//! The tasks that wait for the next event.
//!
//! A task waits once, however often it is polled: its subscription has a ticket. All wakers are taken out at once, in O(1), so that
//! they are woken after a lock is released. In steady state nothing is allocated: the list of wakers that were woken is used again.
//!
//! A waker is neither woken nor dropped here, but returned: both may run code of a runtime, which may drop or poll subscriptions.

use alloc::vec::Vec;
use core::mem;
use core::task::Waker;

/// The wakers of the tasks that wait.
pub(super) struct Waiters {
    slots: Vec<Slot>,
    /// The first unused slot, which refers to the next one.
    unused: Option<u32>,
    /// The number of the round, counted from 1: how many times all wakers were taken, and one.
    round: u64,
    /// An empty list for the next round.
    spare: Vec<Slot>,
}

/// Where a subscription waits. It is valid in one round; the default one is not valid in any.
#[derive(Default)]
pub(super) struct Ticket {
    round: u64,
    index: u32,
}

enum Slot {
    Waiting(Waker),
    Unused { next: Option<u32> },
}

/// All wakers of a round.
pub(super) struct Woken(Vec<Slot>);

/// Up to this capacity no memory is freed.
const SMALL_CAPACITY: usize = 16;

impl Waiters {
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), unused: None, round: 1, spare: Vec::new() }
    }

    /// Makes a task wait. Returns a waker to be dropped after the lock is released. O(1).
    #[must_use = "must be dropped after the lock is released"]
    pub(super) fn wait(&mut self, ticket: &mut Ticket, waker: &Waker) -> Option<Waker> {
        if let Some(Slot::Waiting(current)) = self.slot(ticket) {
            return if current.will_wake(waker) { None } else { Some(mem::replace(current, waker.clone())) };
        }
        let waiting = Slot::Waiting(waker.clone());
        let unused = self.unused.and_then(|index| Some((index, self.slots.get_mut(index as usize)?)));
        let index = if let Some((index, slot)) = unused {
            if let Slot::Unused { next } = mem::replace(slot, waiting) {
                self.unused = next;
            }
            Some(index)
        } else {
            let index = u32::try_from(self.slots.len()).ok();
            self.slots.push(waiting);
            index
        };
        // Without an index, after 2^32 waiting tasks, a task waits more than once.
        *ticket = index.map_or_else(Ticket::default, |index| Ticket { round: self.round, index });
        None
    }

    /// Makes a task wait no longer. Returns its waker, to be dropped after the lock is released. O(1).
    #[must_use = "must be dropped after the lock is released"]
    pub(super) fn leave(&mut self, ticket: &mut Ticket) -> Option<Waker> {
        let next = self.unused;
        let slot = self.slot(ticket)?;
        let Slot::Waiting(waker) = mem::replace(slot, Slot::Unused { next }) else { return None };
        self.unused = Some(mem::take(ticket).index);
        Some(waker)
    }

    /// Takes all wakers, to be woken after the lock is released. O(1).
    #[must_use = "must be woken after the lock is released"]
    pub(super) fn take(&mut self) -> Woken {
        self.round += 1;
        self.unused = None;
        Woken(mem::replace(&mut self.slots, mem::take(&mut self.spare)))
    }

    /// Takes a list back, to be used again, unless it is much longer than the number of subscriptions requires.
    pub(super) fn reuse(&mut self, Woken(list): Woken, subscribers: usize) {
        let is_oversized = list.capacity() > SMALL_CAPACITY.max(4 * subscribers);
        if list.is_empty() && !is_oversized && list.capacity() > self.spare.capacity() {
            self.spare = list;
        }
    }

    /// The slot of a ticket that is valid.
    fn slot(&mut self, ticket: &Ticket) -> Option<&mut Slot> {
        if ticket.round == self.round { self.slots.get_mut(ticket.index as usize) } else { None }
    }
}

impl Woken {
    /// Wakes all tasks. O(n).
    pub(super) fn wake(&mut self) {
        for slot in self.0.drain(..) {
            if let Slot::Waiting(waker) = slot {
                waker.wake();
            }
        }
    }

    /// Whether there is a list to be used again.
    pub(super) fn has_memory(&self) -> bool {
        self.0.capacity() > 0
    }
}
