//! Code of the application that calls back into the fan-out, above all wakers, as those of some executors do. Under a lock they would
//! wait for ever.

use std::fmt::{self, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_core::{FusedStream, Stream};
use sse_proto::adapters::fan_out::{FanOut, Subscription};
use sse_proto::server::Retention;

use super::{Counter, next, numbered, read, send, within};

const LIMIT: Duration = Duration::from_secs(30);

/// Polls a subscription that is up to date, and returns its waker.
pub(crate) fn poll_pending<S: Stream + Unpin>(stream: &mut S) -> Arc<Counter> {
    let woken = Arc::new(Counter::default());
    poll_pending_with(stream, &Waker::from(Arc::clone(&woken)));
    woken
}

pub(crate) fn poll_pending_with<S: Stream + Unpin>(stream: &mut S, waker: &Waker) {
    assert!(Pin::new(stream).poll_next(&mut Context::from_waker(waker)).is_pending());
}

/// Runs a function when it is woken.
struct OnWake<F: Fn()>(F);

impl<F: Fn() + Send + Sync + 'static> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// Holds a subscription until the last of its clones is dropped, as the waker of a task does.
struct Holds {
    _subscription: Mutex<Subscription>,
}

impl Wake for Holds {
    fn wake(self: Arc<Self>) {}
}

fn subscription(fan_out: &FanOut) -> Subscription {
    fan_out.subscribe(fan_out.last_event_id().map(String::into_bytes).as_deref())
}

#[test]
fn a_waker_may_use_the_fan_out_and_poll_its_subscription() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let polled = Arc::new(Mutex::new((subscription(&fan_out), Vec::new())));
        let waker = {
            let (fan_out, polled) = (fan_out.clone(), Arc::clone(&polled));
            Waker::from(Arc::new(OnWake(move || {
                let (subscription, events) = &mut *polled.lock().unwrap();
                events.extend(read(subscription));
                let others = [(); 2].map(|()| fan_out.subscribe(None));
                events.push(format!("{} subscribers", fan_out.subscribers()));
                drop(others);
                if fan_out.last_event_id().as_deref() == Some("7-1") {
                    send(&fan_out, "sent by a waker");
                }
            })))
        };
        poll_pending_with(&mut polled.lock().unwrap().0, &waker);
        send(&fan_out, "x");
        let (subscription, events) = &mut *polled.lock().unwrap();
        assert_eq!(*events, ["7-1 x", "pending", "3 subscribers"]);
        assert_eq!(next(subscription), "7-2 sent by a waker");
    });
}

/// Or a task that runs at once would find nothing, and wait for the next event.
#[test]
fn what_a_task_is_woken_for_is_there() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let mut subscription = subscription(&fan_out);
        let found = Arc::new(Mutex::new(Vec::new()));
        let waker = {
            let (fan_out, found) = (fan_out.clone(), Arc::clone(&found));
            Waker::from(Arc::new(OnWake(move || {
                found.lock().unwrap().push((fan_out.last_event_id(), fan_out.is_closed()));
            })))
        };
        for _ in 0..2 {
            poll_pending_with(&mut subscription, &waker);
            send(&fan_out, "x");
            assert!(next(&mut subscription).ends_with(" x"));
        }
        poll_pending_with(&mut subscription, &waker);
        fan_out.close();
        let id = |id: &str| Some(id.to_owned());
        assert_eq!(*found.lock().unwrap(), [(id("7-1"), false), (id("7-2"), false), (id("7-2"), true)]);
    });
}

#[test]
fn a_waker_that_is_replaced_may_drop_a_subscription() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let mut waits = subscription(&fan_out);
        let held = Waker::from(Arc::new(Holds { _subscription: Mutex::new(subscription(&fan_out)) }));
        poll_pending_with(&mut waits, &held);
        drop(held);
        assert_eq!(fan_out.subscribers(), 2);
        poll_pending_with(&mut waits, Waker::noop());
        assert_eq!(fan_out.subscribers(), 1);
    });
}

#[test]
fn a_waker_that_is_left_may_drop_a_subscription() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let mut waits = subscription(&fan_out);
        let held = Waker::from(Arc::new(Holds { _subscription: Mutex::new(subscription(&fan_out)) }));
        poll_pending_with(&mut waits, &held);
        drop(held);
        drop(waits);
        assert_eq!(fan_out.subscribers(), 0);
    });
}

#[test]
fn a_waker_that_is_woken_may_drop_a_subscription() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let mut waits = subscription(&fan_out);
        let held = Waker::from(Arc::new(Holds { _subscription: Mutex::new(subscription(&fan_out)) }));
        poll_pending_with(&mut waits, &held);
        drop(held);
        send(&fan_out, "x");
        assert_eq!(fan_out.subscribers(), 1);
    });
}

/// The panic reaches the sender. Tasks that were not woken find the event when they are polled.
#[test]
fn a_waker_that_panics_loses_no_event() {
    let fan_out = numbered(Retention::default());
    let mut subscriptions = [(); 3].map(|()| subscription(&fan_out));
    for subscription in &mut subscriptions {
        poll_pending_with(subscription, &Waker::from(Arc::new(OnWake(|| panic!("on purpose")))));
    }
    let sending = fan_out.clone();
    std::thread::spawn(move || send(&sending, "x")).join().unwrap_err();
    for subscription in &mut subscriptions {
        assert_eq!(read(subscription), ["7-1 x", "pending"]);
    }
    let woken = subscriptions.each_mut().map(poll_pending);
    send(&fan_out, "y");
    assert_eq!(woken.map(|woken| woken.count()), [1; 3]);
}

/// A task with several subscriptions, and one that polls for other reasons, as a timer.
#[test]
fn a_subscription_waits_once_however_often_it_is_polled() {
    let fan_out = numbered(Retention::default());
    let woken = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut subscriptions = [(); 3].map(|()| subscription(&fan_out));
    for _ in 0..10 {
        for subscription in &mut subscriptions {
            poll_pending_with(subscription, &waker);
        }
    }
    // This waker, `woken`, and one clone for each subscription.
    assert_eq!(Arc::strong_count(&woken), 2 + 3);
    send(&fan_out, "x");
    assert_eq!((woken.count(), Arc::strong_count(&woken)), (3, 2));
    send(&fan_out, "y");
    assert_eq!(woken.count(), 3, "nobody waits");
    let mut cx = Context::from_waker(&waker);
    for mut subscription in subscriptions {
        for _ in 0..2 {
            assert!(matches!(Pin::new(&mut subscription).poll_next(&mut cx), Poll::Ready(Some(_))));
        }
        poll_pending_with(&mut subscription, &waker);
    }
    assert_eq!(Arc::strong_count(&woken), 2, "dropped subscriptions do not wait");
}

/// A subscription that is owned by the function is dropped when the function returns, still under the lock.
#[test]
fn a_subscription_may_be_dropped_while_the_log_is_locked() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let mut owned = subscription(&fan_out);
        poll_pending_with(&mut owned, Waker::noop());
        assert_eq!(fan_out.with_history(move |history| (owned.is_terminated(), history.len())), (false, 0));
        assert_eq!(fan_out.subscribers(), 0);
    });
}

/// A writer of a log, which asks the fan-out for more or takes long.
struct Asks(FanOut, String);

impl Write for Asks {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        assert!(!self.0.is_closed());
        self.1.push_str(text);
        Ok(())
    }
}

#[test]
fn debug_is_written_while_the_log_is_not_locked() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default());
        let mut written = Asks(fan_out.clone(), String::new());
        write!(written, "{fan_out:?}").unwrap();
        assert!(written.1.starts_with("FanOut {"), "{}", written.1);
    });
}

/// A panic in code of the application, which may run under the lock, must not end the service.
#[test]
fn a_poisoned_lock_is_taken_over() {
    let fan_out = numbered(Retention::default());
    let mut subscription = subscription(&fan_out);
    let poisoning = fan_out.clone();
    std::thread::spawn(move || poisoning.with_history(|_| panic!("on purpose"))).join().unwrap_err();
    send(&fan_out, "x");
    assert_eq!(read(&mut subscription), ["7-1 x", "pending"]);
}
