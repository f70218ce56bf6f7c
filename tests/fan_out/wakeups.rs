//! Lost wakeups: all schedules of a few operations, with wakers that count.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use sse_proto::adapters::fan_out::{FanOut, Subscription};
use sse_proto::server::Retention;

use super::{Counter, Text, numbered, send};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Send,
    /// A subscriber, and the waker of which of its tasks.
    Poll(usize, usize),
    Drop(usize),
    Subscribe(usize),
    Close,
}

use Operation::{Close, Drop, Poll as PollWith, Send, Subscribe};

const OPERATIONS: [Operation; 8] =
    [Send, PollWith(0, 0), PollWith(0, 1), PollWith(1, 0), Drop(0), Drop(1), Subscribe(0), Close];

/// The length of a schedule.
const LENGTH: u32 = 6;

struct Subscriber {
    subscription: Subscription,
    wakers: [Arc<Counter>; 2],
    /// The number of the last event that it has received.
    got: u64,
    /// The task that waits, and how often it was woken before.
    waits: Option<(usize, usize)>,
    has_ended: bool,
}

impl Subscriber {
    fn new(fan_out: &FanOut, sent: u64) -> Self {
        let subscription = fan_out.subscribe(Some(format!("7-{sent}").as_bytes()));
        Self { subscription, wakers: Default::default(), got: sent, waits: None, has_ended: false }
    }

    fn poll(&mut self, task: usize, sent: u64) {
        let waker = Waker::from(Arc::clone(&self.wakers[task]));
        match Pin::new(&mut self.subscription).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(Some(delivery)) => {
                self.got += 1;
                assert_eq!(delivery.text(), format!("7-{} x", self.got));
                self.waits = None;
            }
            Poll::Ready(None) => {
                assert!(self.has_ended || self.got == sent, "{} of {sent}", self.got);
                (self.waits, self.has_ended) = (None, true);
            }
            Poll::Pending => self.waits = Some((task, self.wakers[task].count())),
        }
    }

    /// Whether the task that waits was woken.
    fn is_woken(&self) -> bool {
        self.waits.is_none_or(|(task, before)| self.wakers[task].count() > before)
    }

    /// A task that waits is woken if there is something to get, and only then.
    fn check(&self, sent: u64, is_closed: bool) {
        let has_more = self.got < sent || is_closed && !self.has_ended;
        if let Some((task, before)) = self.waits {
            assert_eq!(self.wakers[task].count() - before, usize::from(has_more), "task {task}");
        }
    }
}

fn run(schedule: &[Operation]) {
    let fan_out = numbered(Retention::default());
    let (mut sent, mut is_closed) = (0, false);
    let mut subscribers = [(); 2].map(|()| Some(Subscriber::new(&fan_out, 0)));
    for operation in schedule {
        match *operation {
            Send => {
                send(&fan_out, "x");
                sent += 1;
            }
            PollWith(number, task) => {
                if let Some(subscriber) = &mut subscribers[number] {
                    subscriber.poll(task, sent);
                }
            }
            Drop(number) => {
                if let Some(Subscriber { subscription, wakers, .. }) = subscribers[number].take() {
                    drop(subscription);
                    assert!(wakers.iter().all(|waker| Arc::strong_count(waker) == 1), "it waits no longer");
                }
            }
            Subscribe(number) => subscribers[number] = Some(Subscriber::new(&fan_out, sent)),
            Close => {
                fan_out.close();
                is_closed = true;
            }
        }
        for subscriber in subscribers.iter().flatten() {
            // A task that was not polled after a send is woken once, also if more is sent.
            subscriber.check(sent, is_closed);
        }
        assert_eq!(fan_out.subscribers(), subscribers.iter().flatten().count());
    }
    // Now an executor runs all tasks that were woken, or were never polled to the end.
    for subscriber in subscribers.iter_mut().flatten() {
        while subscriber.is_woken() && !subscriber.has_ended {
            subscriber.poll(0, sent);
        }
        assert_eq!(subscriber.has_ended, is_closed);
        assert!(is_closed || subscriber.got == sent, "{} of {sent}", subscriber.got);
    }
}

#[test]
fn no_wakeup_is_lost_in_any_schedule() {
    let mut schedules = 0;
    for number in 0..OPERATIONS.len().pow(LENGTH) {
        let digit = |place: u32| number / OPERATIONS.len().pow(place) % OPERATIONS.len();
        let schedule: Vec<_> = (0..LENGTH).map(|place| OPERATIONS[digit(place)]).collect();
        let outcome = std::panic::catch_unwind(|| run(&schedule));
        assert!(outcome.is_ok(), "{schedule:?}");
        schedules += 1;
    }
    assert_eq!(schedules, 262_144);
}
