//! A stream that a test feeds item by item.
#![allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

/// The sending half. The receiving half is a stream that ends after [`close`](Self::close).
pub struct Feed<T>(Rc<Shared<T>>);

pub struct FeedStream<T>(Rc<Shared<T>>);

struct Shared<T> {
    items: RefCell<VecDeque<T>>,
    waker: RefCell<Option<Waker>>,
    is_closed: Cell<bool>,
    is_dropped: Cell<bool>,
    polls: Cell<usize>,
}

impl<T> Feed<T> {
    pub fn new() -> (Self, FeedStream<T>) {
        let shared = Rc::new(Shared {
            items: RefCell::default(),
            waker: RefCell::default(),
            is_closed: Cell::new(false),
            is_dropped: Cell::new(false),
            polls: Cell::new(0),
        });
        (Self(shared.clone()), FeedStream(shared))
    }

    pub fn push(&self, item: T) {
        self.0.items.borrow_mut().push_back(item);
        self.wake();
    }

    pub fn close(&self) {
        self.0.is_closed.set(true);
        self.wake();
    }

    /// Whether the stream was dropped.
    pub fn is_dropped(&self) -> bool {
        self.0.is_dropped.get()
    }

    /// How often the stream was polled.
    pub fn polls(&self) -> usize {
        self.0.polls.get()
    }

    fn wake(&self) {
        if let Some(waker) = self.0.waker.borrow_mut().take() {
            waker.wake();
        }
    }
}

impl<T> Stream for FeedStream<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.0.polls.set(self.0.polls.get() + 1);
        match self.0.items.borrow_mut().pop_front() {
            None if !self.0.is_closed.get() => {
                *self.0.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
            item => Poll::Ready(item),
        }
    }
}

impl<T> Drop for FeedStream<T> {
    fn drop(&mut self) {
        self.0.is_dropped.set(true);
    }
}
