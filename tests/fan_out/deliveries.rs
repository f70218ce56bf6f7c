//! What subscribers get, as long as nothing is missing.

use std::hash::Hash;

use sse_proto::adapters::fan_out::{Delivery, FanOut, NoBacklog, Page, Subscription, WithBacklog};
use sse_proto::server::{History, Rejected, Retention};
use sse_proto::{Event, EventBuf};

use super::{at_most, bytes, next, numbered, opaque, poll, read, send, send_id};

#[test]
fn a_new_client_is_sent_the_id_from_which_it_can_resume() {
    let fan_out = numbered(Retention::default());
    assert_eq!(read(&mut fan_out.subscribe(None)), ["7-0", "pending"]);
    // Also if an event comes first, and whatever was evicted.
    let [mut first, mut second] = [None, Some(&b""[..])].map(|id| fan_out.subscribe(id));
    send(&fan_out, "x");
    assert_eq!(read(&mut first), ["7-0", "7-1 x", "pending"]);
    assert_eq!(read(&mut second), ["7-0", "7-1 x", "pending"]);
    assert_eq!(read(&mut fan_out.subscribe(None)), ["7-1", "pending"]);
    assert_eq!(read(&mut fan_out.subscribe(Some(b"7-1"))), ["pending"], "it has the ID");

    let fan_out = opaque(at_most(1));
    assert_eq!(read(&mut fan_out.subscribe(None)), ["a", "pending"]);
    send_id(&fan_out, "b");
    send_id(&fan_out, "c");
    assert_eq!(read(&mut fan_out.subscribe(None)), ["c", "pending"]);
    let fan_out = FanOut::new(History::opaque(Retention::default()));
    let mut subscription = fan_out.subscribe(None);
    assert_eq!(next(&mut subscription), "pending", "there is no ID");
    send_id(&fan_out, "b");
    assert_eq!(read(&mut subscription), ["b b", "pending"]);
}

#[test]
fn replayed_and_live_events_are_one_sequence() {
    for fan_out in [numbered(Retention::default()), opaque(Retention::default())] {
        let is_numbered = fan_out.with_history(|history| history.epoch().is_some());
        let ids = if is_numbered { ["7-0", "7-1", "7-2", "7-3", "7-4"] } else { ["a", "b", "c", "d", "e"] };
        let send = |number: usize| {
            let event = EventBuf::new(ids[number]).with_id(ids[number]).unwrap();
            assert_eq!(fan_out.send(&event).unwrap().number(), number as u64);
        };
        send(1);
        send(2);
        let mut subscriptions: Vec<_> = ids[..3].iter().map(|id| fan_out.subscribe(Some(id.as_bytes()))).collect();
        send(3);
        // Half of them are read now.
        for (last, subscription) in subscriptions.iter_mut().enumerate() {
            let expected = &ids[last + 1];
            assert_eq!(next(subscription), format!("{expected} {expected}"));
        }
        send(4);
        for (last, subscription) in subscriptions.iter_mut().enumerate() {
            let mut expected: Vec<_> = ids[last + 2..].iter().map(|id| format!("{id} {id}")).collect();
            expected.push("pending".to_owned());
            assert_eq!(read(subscription), expected);
        }
        assert_eq!(fan_out.last_event_id().as_deref(), Some(ids[4]));
    }
}

#[test]
fn an_event_is_encoded_once() {
    let fan_out = numbered(Retention::default());
    let mut subscriptions = [(); 5].map(|()| fan_out.subscribe(None));
    for subscription in &mut subscriptions {
        assert_eq!(read(subscription), ["7-0", "pending"]);
    }
    let position = fan_out.send(Event::new("hello").with_type("note").unwrap()).unwrap();
    let in_log = fan_out.with_history(|history| history.get(position).unwrap().clone());
    assert_eq!(in_log, &b"event: note\nid: 7-1\ndata: hello\n\n"[..]);
    let mut late = fan_out.subscribe(Some(b"7-0"));
    for subscription in subscriptions.iter_mut().chain([&mut late]) {
        assert_eq!(bytes(poll(subscription)).as_ptr(), in_log.as_ptr());
    }
}

#[test]
fn clones_share_the_log() {
    let fan_out = numbered(Retention::default());
    let clone = fan_out.clone();
    let mut subscription = clone.subscribe(None);
    drop(clone);
    send(&fan_out, "x");
    assert_eq!(read(&mut subscription), ["7-0", "7-1 x", "pending"]);
    drop(fan_out);
    assert_eq!(next(&mut subscription), "pending", "nobody has closed it");
}

#[test]
fn a_rejected_event_is_sent_to_nobody_and_wakes_nobody() {
    let fan_out = opaque(Retention::default().with_max_bytes(100));
    let mut subscription = fan_out.subscribe(Some(b"a"));
    let woken = super::wakers::poll_pending(&mut subscription);
    assert_eq!(fan_out.send(Event::new("x")), Err(Rejected::MissingId));
    assert_eq!(fan_out.send(&super::event("a")), Err(Rejected::Duplicate));
    let long = "x".repeat(100);
    assert!(matches!(
        fan_out.send(Event::new(&long).with_id("b").unwrap()),
        Err(Rejected::TooLarge { len: 114, max_bytes: 100, .. })
    ));
    assert_eq!((woken.count(), next(&mut subscription)), (0, "pending".to_owned()));
    send_id(&fan_out, "b");
    assert_eq!((woken.count(), next(&mut subscription)), (0, "b b".to_owned()), "polled with another waker since");
}

#[test]
fn all_can_be_sent_to_another_thread() {
    fn check<T: Send + Sync + Unpin + 'static>(_: &T) {}
    fn check_closure<F, B>(_: &F, _: fn(F) -> Subscription<B>)
    where
        Subscription<B>: Send + Sync + Unpin,
    {
    }
    let fan_out = numbered(Retention::default());
    check(&fan_out);
    check(&fan_out.subscribe(None));
    check::<Subscription<NoBacklog>>(&fan_out.subscribe(None));
    let not_unpin = std::marker::PhantomPinned;
    let backlog = move |_: String| {
        let _ = &not_unpin;
        async { Ok::<_, std::io::Error>(Page::Events(Vec::new())) }
    };
    check_closure(&backlog, |backlog| -> Subscription<WithBacklog<_>> {
        numbered(Retention::default()).subscribe_with(None, backlog)
    });
    check(&fan_out.subscribe(None).on_gap(|_| Event::new("")));
}

#[test]
fn what_is_delivered_can_be_compared() {
    fn check<T: Clone + Eq + Hash>() {}
    check::<Delivery>();
    check::<Page>();
}

#[test]
fn debug_shows_no_content() {
    let fan_out = opaque(Retention::default());
    fan_out.send(Event::new("secret").with_id("secret").unwrap()).unwrap();
    let mut subscription = fan_out.subscribe(Some(b"a"));
    let texts = [
        format!("{fan_out:?}"),
        format!("{subscription:?}"),
        format!("{:?}", poll(&mut subscription)),
        format!("{:?}", subscription.on_gap(|_| Event::new("secret"))),
        format!("{:?}", Page::Gone(vec![super::event("secret")])),
    ];
    for text in &texts {
        assert!(!text.contains("secret") && !text.contains("115, 101"), "{text}");
    }
    assert!(texts[0].contains("subscribers: 1") && texts[0].contains("len: 1"), "{}", texts[0]);
    assert_eq!(texts[1], "Subscription { has_ended: false, .. }");
    assert_eq!(texts[3], "OnGap { subscription: Subscription { has_ended: false, .. }, .. }");
    assert_eq!(texts[4], "Gone { len: 1 }");
}
