//! What subscribers and events cost in memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::fan_out::{FanOut, Page, Subscription};
use sse_proto::server::{History, Retention};
use sse_proto::{Event, EventBuf};

use super::counting::{count, so_far};
use super::{Counter, at_most, numbered, opaque, send, send_id};

const SUBSCRIBERS: usize = 1000;

/// Subscribers that are up to date and wait.
fn waiting(fan_out: &FanOut, waker: &Waker) -> Vec<Subscription> {
    let last_event_id = fan_out.last_event_id().unwrap();
    let mut subscriptions: Vec<_> =
        (0..SUBSCRIBERS).map(|_| fan_out.subscribe(Some(last_event_id.as_bytes()))).collect();
    assert_eq!(poll_all(&mut subscriptions, waker), 0);
    subscriptions
}

/// Polls each until it is pending. Returns the number of events.
fn poll_all<S: Stream + Unpin>(streams: &mut [S], waker: &Waker) -> usize {
    let mut cx = Context::from_waker(waker);
    let mut events = 0;
    for stream in streams {
        while let Poll::Ready(Some(_)) = Pin::new(&mut *stream).poll_next(&mut cx) {
            events += 1;
        }
    }
    events
}

#[test]
fn in_steady_state_only_the_event_is_allocated() {
    let fan_out = numbered(at_most(16));
    let woken = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut subscriptions = waiting(&fan_out, &waker);
    let mut send = || {
        fan_out.send(Event::new("hello").with_type("note").unwrap()).unwrap();
        poll_all(&mut subscriptions, &waker)
    };
    for _ in 0..40 {
        assert_eq!(send(), SUBSCRIBERS);
    }
    let before = woken.count();
    for _ in 0..40 {
        let (events, counts) = count(&mut send);
        assert_eq!(events, SUBSCRIBERS);
        // Its bytes, and their reference count when they are first shared.
        assert!(counts.allocations <= 2, "{counts:?}");
        assert!(counts.peak <= 128, "{counts:?}");
    }
    assert_eq!(woken.count() - before, 40 * SUBSCRIBERS, "each was woken for each event");
}

#[test]
fn with_a_backlog_nothing_is_allocated_either_while_it_is_not_read() {
    let fan_out = opaque(at_most(16));
    let backlog = |_: String| async { Ok::<_, std::io::Error>(Page::Events(Vec::new())) };
    let mut subscriptions: Vec<_> = (0..SUBSCRIBERS).map(|_| fan_out.subscribe_with(Some(b"a"), backlog)).collect();
    assert_eq!(poll_all(&mut subscriptions, Waker::noop()), 0);
    for number in 0..80 {
        let id = format!("id {number}");
        let (events, counts) = count(|| {
            send_id(&fan_out, &id);
            poll_all(&mut subscriptions, Waker::noop())
        });
        assert_eq!(events, SUBSCRIBERS);
        // The event before it is encoded, its bytes, and its ID in the map.
        assert!(number < 40 || counts.allocations <= 10, "{counts:?}");
    }
}

#[test]
fn an_idle_subscriber_takes_no_more_than_is_documented() {
    let fan_out = numbered(at_most(16));
    assert!(size_of::<Subscription>() <= 48, "{}", size_of::<Subscription>());
    let backlog = |_: String| async { Ok::<_, std::io::Error>(Page::Events(Vec::new())) };
    let with_backlog = fan_out.subscribe_with(None, backlog);
    assert!(size_of_val(&with_backlog) <= 88, "{}", size_of_val(&with_backlog));
    let on_gap = fan_out.subscribe(None).on_gap(|_| Event::new(""));
    assert!(size_of_val(&on_gap) <= 48, "{}", size_of_val(&on_gap));
    drop((with_backlog, on_gap));

    let woken = Arc::new(Counter::default());
    let waker = Waker::from(Arc::clone(&woken));
    let (subscriptions, counts) = count(|| {
        let mut subscriptions = waiting(&fan_out, &waker);
        for _ in 0..2 {
            fan_out.send(Event::new("x")).unwrap();
            assert_eq!(poll_all(&mut subscriptions, &waker), SUBSCRIBERS);
        }
        subscriptions
    });
    let heap = usize::try_from(counts.held).unwrap() - subscriptions.capacity() * size_of::<Subscription>();
    // What it waits with, and what is in the log.
    assert!(heap <= SUBSCRIBERS * 64 + 2000, "{heap} bytes, {counts:?}");
    assert_eq!(fan_out.subscribers(), SUBSCRIBERS);
}

/// Connections come and go while nothing is sent.
#[test]
fn subscribers_that_are_gone_take_no_memory() {
    let fan_out = numbered(Retention::default());
    let ((), counts) = count(|| {
        for _ in 0..10_000 {
            let mut subscription = fan_out.subscribe(Some(b"7-0"));
            super::wakers::poll_pending_with(&mut subscription, Waker::noop());
        }
        assert!(so_far().peak < 1000, "{:?}", so_far());
        let subscriptions = waiting(&fan_out, Waker::noop());
        drop(subscriptions);
        fan_out.send(Event::new("x")).unwrap();
    });
    assert!(counts.held < 1000, "{counts:?}");
}

/// A server does not poll a body whose client does not read. What is sent meanwhile is in the log, and nowhere else.
#[test]
fn clients_that_do_not_read_take_no_memory() {
    const KEPT: usize = 8;
    let fan_out = numbered(at_most(KEPT));
    let mut bodies: Vec<_> = (0..100).map(|_| EventBody::new(fan_out.subscribe(None))).collect();
    assert_eq!(poll_all(&mut bodies, Waker::noop()), 100, "the ID from which each can resume");
    let data = "x".repeat(1000);
    let ((), counts) = count(|| {
        for _ in 0..10_000 {
            send(&fan_out, &data);
        }
    });
    assert!(counts.peak < isize::try_from((KEPT + 1) * 1100 + 1000).unwrap(), "{counts:?}");
    let mut cx = Context::from_waker(Waker::noop());
    for body in &mut bodies {
        let Poll::Ready(Some(Ok(first))) = Pin::new(&mut *body).poll_next(&mut cx) else { panic!("a gap") };
        assert_eq!(first, "event: gap\ndata: 9992\n\n");
    }
    assert_eq!(poll_all(&mut bodies, Waker::noop()), 100 * KEPT);
}

/// Replayed events are encoded for one client, not shared. After a restart, all clients are replayed.
#[test]
fn a_client_that_was_replayed_keeps_none_of_the_events() {
    let fan_out = FanOut::new(History::opaque_after("large", at_most(16)).unwrap());
    let large = || EventBuf::new("x".repeat(100_000)).with_id("large").unwrap();
    let backlog = |_: String| async move { Ok::<_, std::io::Error>(Page::Events(vec![large()])) };
    let (subscriptions, counts) = count(|| {
        let mut subscriptions = [(); 3].map(|()| fan_out.subscribe_with(Some(b"old"), backlog));
        assert_eq!(poll_all(&mut subscriptions, Waker::noop()), 3);
        assert!(subscriptions.iter().all(|subscription| !subscription.is_replaying()));
        subscriptions
    });
    assert!(counts.peak >= 100_000 && counts.held < 1000, "{counts:?}");
    drop(subscriptions);
}
