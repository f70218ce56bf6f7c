//! Closing, dropping, and the age of events.

use std::time::Duration;

use futures_core::FusedStream;
use sse_proto::adapters::fan_out::Delivery;
use sse_proto::server::Retention;
use sse_proto::{Event, EventBuf};

use super::wakers::poll_pending;
use super::{at_most, next, numbered, poll, read, send};

#[test]
fn after_closing_all_get_what_is_in_the_log_and_end() {
    let fan_out = numbered(Retention::default());
    send(&fan_out, "x");
    let mut waits = fan_out.subscribe(Some(b"7-1"));
    let mut behind = fan_out.subscribe(Some(b"7-0"));
    let mut new = fan_out.subscribe(None);
    let woken = poll_pending(&mut waits);
    assert!(!fan_out.is_closed());
    fan_out.close();
    fan_out.close();
    assert!(fan_out.is_closed());
    assert_eq!(woken.count(), 1);
    assert_eq!(read(&mut waits), ["end"]);
    assert_eq!(read(&mut behind), ["7-1 x", "end"]);
    assert_eq!(read(&mut new), ["7-1", "end"]);
    assert_eq!(read(&mut fan_out.subscribe(Some(b"7-0"))), ["7-1 x", "end"], "later ones, too");
    assert_eq!(read(&mut fan_out.subscribe(Some(b"6-0"))), ["gap", "7-1 x", "end"]);

    // Sent afterwards: an ended subscription has ended.
    let mut late = fan_out.subscribe(Some(b"7-1"));
    send(&fan_out, "y");
    assert_eq!(read(&mut late), ["7-2 y", "end"]);
    assert!(waits.is_terminated() && behind.is_terminated());
    assert_eq!(next(&mut waits), "end");
    assert_eq!(next(&mut behind), "end");
}

#[test]
fn it_is_not_terminated_before_the_end_was_returned() {
    let fan_out = numbered(Retention::default());
    let mut subscription = fan_out.subscribe(None).on_gap(|_| Event::new(""));
    fan_out.close();
    assert_eq!(next(&mut subscription), "7-0");
    assert!(!subscription.is_terminated() && !subscription.get_ref().is_terminated());
    assert_eq!(next(&mut subscription), "end");
    assert!(subscription.is_terminated());
}

#[test]
fn dropping_unsubscribes() {
    let fan_out = numbered(Retention::default());
    assert_eq!(fan_out.subscribers(), 0);
    let mut subscriptions: Vec<_> = (0..10).map(|_| fan_out.subscribe(Some(b"7-0"))).collect();
    let woken: Vec<_> = subscriptions.iter_mut().map(poll_pending).collect();
    assert_eq!(fan_out.subscribers(), 10);
    // The fourth, the first and the eighth.
    for index in [3, 0, 5] {
        drop(subscriptions.remove(index));
    }
    assert_eq!(fan_out.subscribers(), 7);
    let mut more = fan_out.subscribe(Some(b"7-0"));
    let more_woken = poll_pending(&mut more);
    send(&fan_out, "x");
    let counts: Vec<_> = woken.iter().map(|woken| woken.count()).collect();
    assert_eq!(counts, [0, 1, 1, 0, 1, 1, 1, 0, 1, 1]);
    assert_eq!(more_woken.count(), 1);
    drop((more, subscriptions));
    assert_eq!(fan_out.subscribers(), 0);
}

#[test]
fn old_events_are_evicted() {
    let second = Duration::from_secs(1);
    let fan_out = numbered(Retention::default().with_max_age(Some(second)));
    fan_out.send_at(second, Event::new("x")).unwrap();
    fan_out.send_at(2 * second, Event::new("y")).unwrap();
    fan_out.evict_at(3 * second);
    assert_eq!(fan_out.with_history(sse_proto::server::History::len), 1);
    let mut slow = fan_out.subscribe(Some(b"7-1"));
    fan_out.send_at(4 * second, &EventBuf::new("z")).unwrap();
    assert_eq!(read(&mut slow), ["gap 1", "7-3 z", "pending"]);
    // By the clock. These events are sent within an hour.
    let fan_out = numbered(Retention::default().with_max_age(Some(3600 * second)));
    for _ in 0..3 {
        send(&fan_out, "x");
    }
    fan_out.evict();
    assert_eq!(fan_out.with_history(sse_proto::server::History::len), 3);
    let fan_out = numbered(Retention::default().with_max_age(Some(Duration::ZERO)));
    send(&fan_out, "x");
    std::thread::sleep(Duration::from_millis(2));
    fan_out.evict();
    assert_eq!(fan_out.with_history(sse_proto::server::History::len), 0, "the clock advances");
}

/// A reader that has read everything has missed nothing.
#[test]
fn eviction_is_no_gap_for_those_who_have_read() {
    let fan_out = numbered(at_most(0));
    let mut subscription = fan_out.subscribe(Some(b"7-0"));
    assert_eq!(next(&mut subscription), "pending");
    send(&fan_out, "x");
    assert!(matches!(poll(&mut subscription), std::task::Poll::Ready(Some(Delivery::Gap { missed: Some(1), .. }))));
    assert_eq!(read(&mut subscription), ["7-1", "pending"], "it is told where it is");
    assert_eq!(read(&mut fan_out.subscribe(Some(b"7-1"))), ["pending"]);
}
