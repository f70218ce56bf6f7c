//! Sleeping functions that are counted.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use sse_proto::adapters::Sleep;
use tokio::time::sleep;

/// Counts the calls of a function that sleeps, and the timers that exist.
#[derive(Clone, Default)]
pub struct Timers {
    pub calls: Rc<Cell<usize>>,
    pub existing: Rc<Cell<usize>>,
    pub times: Rc<RefCell<Vec<Duration>>>,
}

impl Timers {
    pub fn sleep(&self) -> impl Sleep + use<> {
        struct Existing(Rc<Cell<usize>>);
        impl Drop for Existing {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let timers = self.clone();
        move |time| {
            timers.calls.set(timers.calls.get() + 1);
            timers.existing.set(timers.existing.get() + 1);
            timers.times.borrow_mut().push(time);
            let existing = Existing(timers.existing.clone());
            async move {
                sleep(time).await;
                drop(existing);
            }
        }
    }

    pub fn counts(&self) -> (usize, usize) {
        (self.calls.get(), self.existing.get())
    }
}
