//! Clients that have missed events.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use sse_proto::Event;
use sse_proto::adapters::fan_out::{FanOut, Page};
use sse_proto::server::{History, Retention};

use super::{at_most, next, numbered, opaque, poll, read, send, send_id};

#[test]
fn a_slow_client_is_told_how_many_events_it_has_missed() {
    let fan_out = numbered(at_most(2));
    let mut slow = fan_out.subscribe(Some(b"7-0"));
    for data in ["u", "v", "w", "x", "y"] {
        send(&fan_out, data);
    }
    assert_eq!(read(&mut slow), ["gap 3", "7-4 x", "7-5 y", "pending"]);
}

#[test]
fn an_unknown_id_is_a_gap() {
    let fan_out = numbered(at_most(2));
    for data in ["w", "x", "y", "z"] {
        send(&fan_out, data);
    }
    for id in [&b"6-3"[..], b"7-1", b"7-5", b"7-03", b"strange", b"\xFF"] {
        assert_eq!(read(&mut fan_out.subscribe(Some(id))), ["gap", "7-3 y", "7-4 z", "pending"], "{id:?}");
    }
    assert_eq!(read(&mut fan_out.subscribe(Some(b"7-2"))), ["7-3 y", "7-4 z", "pending"], "evicted last");

    let fan_out = opaque(at_most(2));
    for id in ["b", "c", "d", "e"] {
        send_id(&fan_out, id);
    }
    assert_eq!(read(&mut fan_out.subscribe(Some(b"b"))), ["gap", "d d", "e e", "pending"]);
    assert_eq!(read(&mut fan_out.subscribe(Some(b"c"))), ["d d", "e e", "pending"]);
}

/// What a client may send, and what only a caller can pass that does not use an HTTP library.
#[test]
fn any_bytes_may_be_a_last_event_id() {
    let long = "7-".repeat(500_000);
    let ids = [
        &b"\0"[..],
        b"7-1\0",
        b"7-1\n",
        b"\r\nid: 7-1",
        b" ",
        b" 7-1",
        b"7-1 ",
        b"\xEF\xBB\xBF7-1",
        b"\xC3\x28",
        b"\xED\xA0\x80",
        b"7-\xFF1",
        long.as_bytes(),
    ];
    for bytes in ids {
        let fan_out = numbered(Retention::default());
        send(&fan_out, "x");
        send(&fan_out, "y");
        let mut subscription = fan_out.subscribe(Some(bytes));
        assert_eq!(read(&mut subscription), ["gap", "7-1 x", "7-2 y", "pending"]);

        let fan_out = opaque(at_most(1));
        send_id(&fan_out, "b");
        let asked = Rc::new(RefCell::new(Vec::new()));
        let backlog = |id: String| {
            let (is_known, gone) = (id == "b", Page::Gone(vec![super::event("a"), super::event("b")]));
            asked.borrow_mut().push(id);
            std::future::ready(Ok::<_, String>(if is_known { Page::Events(Vec::new()) } else { gone }))
        };
        let mut subscription = fan_out.subscribe_with(Some(bytes), &backlog);
        assert_eq!(read(&mut subscription), ["gap", "a a", "b b", "pending"]);
        assert_eq!(*asked.borrow(), [String::from_utf8_lossy(bytes)], "asked once, then read from the local log");
        // Slow, before anything was delivered: there may be no ID that could be encoded.
        let mut subscription = fan_out.subscribe_with(Some(bytes), &backlog);
        send_id(&fan_out, "c");
        send_id(&fan_out, "d");
        assert_eq!(read(&mut subscription)[..3], ["gap", "a a", "b b"]);
    }
}

/// From the next event, or, if there is none, from an ID that it is sent, the client resumes without a gap.
#[test]
fn a_client_is_told_of_a_gap_once() {
    let fan_out = numbered(Retention::default());
    assert_eq!(read(&mut fan_out.subscribe(Some(b"6-3"))), ["gap", "7-0", "pending"]);
    assert_eq!(read(&mut fan_out.subscribe(Some(b"7-0"))), ["pending"]);
    let fan_out = FanOut::new(History::opaque(Retention::default()));
    assert_eq!(read(&mut fan_out.subscribe(Some(b"x"))), ["gap", "pending"], "there is no ID");

    // Evicted between the subscription and its first poll: one gap, not two.
    let fan_out = numbered(at_most(1));
    let mut subscription = fan_out.subscribe(Some(b"6-3"));
    send(&fan_out, "x");
    send(&fan_out, "y");
    assert_eq!(read(&mut subscription), ["gap", "7-2 y", "pending"]);
}

#[test]
fn skipping_leads_to_the_end() {
    let fan_out = numbered(at_most(2));
    let mut subscription = fan_out.subscribe(Some(b"6-3"));
    for data in ["w", "x", "y"] {
        send(&fan_out, data);
    }
    assert_eq!(next(&mut subscription), "gap");
    subscription.skip_to_live();
    send(&fan_out, "z");
    assert_eq!(read(&mut subscription), ["7-3", "7-4 z", "pending"]);
    // Before the gap was returned.
    let mut subscription = fan_out.subscribe(Some(b"6-3"));
    subscription.skip_to_live();
    assert_eq!(read(&mut subscription), ["7-4", "pending"]);
}

/// The state is updated before the event is sent. A client that sums up deltas has the right sum if the snapshot is not older than
/// the place from which it reads on.
#[test]
fn a_snapshot_is_read_after_the_subscription_has_moved() {
    let fan_out = numbered(at_most(1));
    let state = Rc::new(Cell::new(0));
    let update = {
        let (state, fan_out) = (Rc::clone(&state), fan_out.clone());
        Rc::new(move || {
            state.set(state.get() + 1);
            send(&fan_out, &state.get().to_string());
        })
    };
    for _ in 0..3 {
        update();
    }
    // Something is sent just when the snapshot is made, before or after the state is read.
    for is_before in [false, true] {
        let expected = state.get() + u32::from(is_before);
        let mut body = fan_out.subscribe(Some(b"6-5")).on_gap({
            let (state, update) = (Rc::clone(&state), Rc::clone(&update));
            move |missed| {
                assert_eq!(missed, None);
                if is_before {
                    update();
                }
                let snapshot = state.get().to_string();
                if !is_before {
                    update();
                }
                Event::new(&snapshot).with_type("snapshot").unwrap().to_event_buf()
            }
        });
        assert_eq!(next(&mut body), format!("snapshot: {expected}"));
        let before_both = state.get() - 1;
        assert_eq!(
            next(&mut body),
            format!("7-{before_both}"),
            "it can resume where the snapshot was read at the earliest"
        );
        assert_eq!(read(&mut body), [format!("7-{} {}", state.get(), state.get()), "pending".to_owned()]);
    }
}

#[test]
fn a_snapshot_replaces_each_gap() {
    let fan_out = numbered(at_most(1));
    let gaps = Rc::new(Cell::new(0));
    let mut body = fan_out.subscribe(Some(b"7-0")).on_gap({
        let gaps = Rc::clone(&gaps);
        move |missed| {
            gaps.set(gaps.get() + missed.unwrap());
            Event::new("s")
        }
    });
    for expected in [1, 2] {
        assert!(poll(&mut body).is_pending());
        send(&fan_out, "x");
        send(&fan_out, "y");
        assert_eq!(next(&mut body), "message: s");
        assert_eq!(next(&mut body), format!("7-{}", 2 * expected));
        assert_eq!(gaps.get(), expected);
    }
}

#[test]
fn a_new_client_gets_a_snapshot_first() {
    let fan_out = numbered(at_most(2));
    send(&fan_out, "x");
    let state = Rc::new(Cell::new(1));
    let subscribe = |last_event_id| {
        let state = Rc::clone(&state);
        fan_out.subscribe(last_event_id).with_snapshot(move |missed| {
            let snapshot = format!("{} {missed:?}", state.get());
            Event::new(&snapshot).with_type("snapshot").unwrap().to_event_buf()
        })
    };
    for none in [None, Some(&b""[..])] {
        let mut body = subscribe(none);
        // Between the subscription and its first poll: the event is in the snapshot, and not sent once more.
        state.set(state.get() + 1);
        send(&fan_out, &state.get().to_string());
        let newest = fan_out.last_event_id().unwrap();
        assert_eq!(read(&mut body), [format!("snapshot: {} None", state.get()), newest, "pending".to_owned()]);
        send(&fan_out, "next");
        assert_eq!(next(&mut body), format!("{} next", fan_out.last_event_id().unwrap()));
    }

    // One that continues where it was gets none, and one that has missed events gets it in their place.
    let last = fan_out.last_event_id().unwrap();
    assert_eq!(read(&mut subscribe(Some(last.as_bytes()))), ["pending"]);
    let line = next(&mut subscribe(Some(b"6-1")));
    assert!(line.starts_with("snapshot: "), "{line}");
    // Also when nothing follows.
    fan_out.close();
    let mut body = subscribe(None);
    assert!(next(&mut body).starts_with("snapshot: "));
    assert_eq!(next(&mut body), last);
    assert_eq!(next(&mut body), "end");
}
