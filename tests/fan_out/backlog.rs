//! Replaying from a log of another machine, step by step.

use std::task::Poll;

use futures_core::FusedStream;
use sse_proto::Event;
use sse_proto::adapters::fan_out::{Delivery, FanOut, Page, Subscription, WithBacklog};
use sse_proto::server::{History, Retention};

use super::simulated_log::{LogError, SimulatedLog, event, id};
use super::wakers::poll_pending;
use super::{at_most, next, poll, read};

/// A process that has read a part of the log.
struct Process {
    log: SimulatedLog,
    fan_out: FanOut,
    read: usize,
}

impl Process {
    /// A log of 10 events and a process that was started after some of them.
    fn started_after(number: usize, retention: Retention) -> Self {
        let log = SimulatedLog::default();
        log.append(10);
        let fan_out = FanOut::new(History::opaque_after(&id(number), retention).unwrap());
        Self { log, fan_out, read: number }
    }

    /// Reads up to this event.
    fn read_to(&mut self, number: usize) {
        while self.read < number {
            self.read += 1;
            self.fan_out.send(&event(self.read)).unwrap();
        }
    }

    fn subscribe(&self, last: usize) -> Subscription<WithBacklog<SimulatedLog>> {
        self.fan_out.subscribe_with(Some(id(last).as_bytes()), self.log.clone())
    }
}

/// The events that a client receives, from its backlog or from the log, and then `pending`.
fn events(numbers: std::ops::RangeInclusive<usize>) -> Vec<String> {
    numbers.map(|number| format!("{} {number}", id(number))).chain(["pending".to_owned()]).collect()
}

#[test]
fn pages_are_replayed_until_the_local_log_has_the_last_event() {
    let mut process = Process::started_after(7, Retention::default());
    process.read_to(10);
    let mut subscription = process.subscribe(2);
    assert!(subscription.is_replaying());
    let woken = poll_pending(&mut subscription);
    assert_eq!(process.log.asked_for(0), id(2));
    process.log.answer(0, 3);
    assert_eq!(woken.count(), 1);
    assert_eq!(read(&mut subscription), events(3..=5));
    process.log.answer(0, 3);
    // The last event of this page is in the local log, and so are the next ones.
    assert_eq!(read(&mut subscription), events(6..=10));
    assert!(!subscription.is_replaying());
    assert_eq!(process.log.requested(), 2);
    process.read_to(11);
    assert_eq!(read(&mut subscription), events(11..=11));
}

#[test]
fn the_backlog_is_not_asked_for_what_the_local_log_has() {
    let mut process = Process::started_after(7, Retention::default());
    assert_eq!(read(&mut process.subscribe(7)), ["pending"], "the ID that the process began after");
    let mut new = process.fan_out.subscribe_with(None, process.log.clone());
    let mut empty = process.fan_out.subscribe_with(Some(b""), process.log.clone());
    process.read_to(10);
    assert_eq!(read(&mut process.subscribe(8)), events(9..=10));
    let expected: Vec<_> = [id(7)].into_iter().chain(events(8..=10)).collect();
    assert_eq!(read(&mut new), expected);
    assert_eq!(read(&mut empty), expected);
    assert_eq!(process.log.requested(), 0);
}

/// This client comes from a process that was faster.
#[test]
fn a_client_that_is_ahead_waits_for_the_local_log() {
    let mut process = Process::started_after(3, Retention::default());
    let mut subscription = process.subscribe(10);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    let mut requests = Vec::new();
    for number in 4..=9 {
        let woken = poll_pending(&mut subscription);
        process.read_to(number);
        assert_eq!(woken.count(), 1);
        assert_eq!(next(&mut subscription), "pending");
        if process.log.open_requests() == 1 {
            requests.push(number);
            process.log.answer(0, 100);
        }
    }
    // After one event, two more, four more.
    assert_eq!(requests, [4, 6]);
    process.read_to(10);
    assert_eq!(next(&mut subscription), "pending");
    assert!(!subscription.is_replaying());
    process.log.append(1);
    process.read_to(11);
    assert_eq!(read(&mut subscription), events(11..=11));
    assert_eq!(process.log.requested(), 3);
}

/// It asks rarely only while all pages are empty.
#[test]
fn a_client_that_gets_a_page_begins_anew_to_wait() {
    let mut process = Process::started_after(3, Retention::default());
    let mut subscription = process.subscribe(10);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    assert_eq!(next(&mut subscription), "pending");
    process.log.append(1);
    process.read_to(4);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    assert_eq!(read(&mut subscription), events(11..=11));
    assert_eq!(process.log.asked_for(0), id(11));
    process.log.answer(0, 100);
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!(process.log.open_requests(), 0);
    process.read_to(5);
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!(process.log.open_requests(), 1, "after one event");
}

/// The page was empty when it was read. Meanwhile the local log has got the event and evicted it: no later event wakes the client.
#[test]
fn a_client_does_not_wait_for_what_was_evicted() {
    let mut process = Process::started_after(3, at_most(2));
    let mut subscription = process.subscribe(10);
    assert_eq!(next(&mut subscription), "pending");
    process.log.read(0, 100);
    process.log.append(3);
    process.read_to(13);
    process.log.answer(0, 100);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 2);
    assert_eq!(read(&mut subscription), events(11..=13));
}

/// As before, but after the client has waited for some time, so that it does not ask after each event.
#[test]
fn a_client_that_waits_is_not_overtaken() {
    let mut process = Process::started_after(3, at_most(1));
    let mut subscription = process.subscribe(10);
    // It asks now and after the events 4 and 6, and would ask again after the event 10.
    for number in [3, 4, 6] {
        process.read_to(number);
        assert_eq!(next(&mut subscription), "pending");
        process.log.answer(0, 100);
    }
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!(process.log.open_requests(), 0);
    process.read_to(7);
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!(process.log.open_requests(), 0, "nothing was evicted since");
    process.read_to(8);
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!(process.log.open_requests(), 1, "the local log may have had the event");
}

/// The process was started after the event, and does not know of it.
#[test]
fn a_local_log_that_never_gets_the_event_is_no_obstacle() {
    let process = Process::started_after(10, Retention::default());
    let fan_out = FanOut::new(History::opaque(Retention::default()));
    let mut subscription = fan_out.subscribe_with(Some(id(10).as_bytes()), process.log.clone());
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    let woken = poll_pending(&mut subscription);
    process.log.append(1);
    fan_out.send(&event(11)).unwrap();
    assert_eq!((woken.count(), next(&mut subscription)), (1, "pending".to_owned()));
    process.log.answer(0, 100);
    assert_eq!(read(&mut subscription), events(11..=11));
    assert!(!subscription.is_replaying());
}

#[test]
fn a_slow_client_falls_back_to_the_backlog() {
    let mut process = Process::started_after(3, at_most(2));
    let mut subscriptions = [
        // Up to date, by the ID that the process began after.
        process.subscribe(3),
        // New.
        process.fan_out.subscribe_with(None, process.log.clone()),
        process.fan_out.subscribe_with(None, process.log.clone()),
        // Replayed.
        process.subscribe(2),
    ];
    assert_eq!(read(&mut subscriptions[0]), ["pending"]);
    assert_eq!(read(&mut subscriptions[1]), [id(3), "pending".to_owned()]);
    assert_eq!(read(&mut subscriptions[3]), ["pending"]);
    process.log.answer(0, 1);
    assert_eq!(read(&mut subscriptions[3]), events(3..=3));
    process.read_to(8);
    for (number, subscription) in subscriptions.iter_mut().enumerate() {
        if number == 2 {
            // It was not polled before. Now the ID that it would be sent first is not in the log any more.
            assert_eq!(process.fan_out.last_event_id(), Some(id(8)));
        }
        assert_eq!(next(subscription), "pending", "{number}");
        assert!(subscription.is_replaying());
        assert_eq!(process.log.asked_for(0), id(3));
        process.log.answer(0, 2);
        assert_eq!(read(subscription), events(4..=5));
        process.log.answer(0, 2);
        assert_eq!(read(subscription), events(6..=8), "it is at 7, and switches");
    }
    // Again, from an event of the local log, whose ID is not in the first line.
    process.read += 1;
    let named = Event::new("9").with_type("id: x").unwrap().with_id("x-9").unwrap();
    process.fan_out.send(named).unwrap();
    let subscription = &mut subscriptions[0];
    assert_eq!(next(subscription), "x-9 9");
    process.read_to(10);
    process.fan_out.send(&event(11)).unwrap();
    process.fan_out.send(&event(12)).unwrap();
    assert_eq!(next(subscription), "pending");
    assert_eq!(process.log.asked_for(0), "x-9");
}

#[test]
fn what_the_shared_log_does_not_have_is_a_gap() {
    let mut process = Process::started_after(8, Retention::default());
    process.read_to(10);
    process.log.trim(5);
    for strange in ["7-1", "8-1", "strange", "1000-0"] {
        let mut subscription = process.fan_out.subscribe_with(Some(strange.as_bytes()), process.log.clone());
        assert_eq!(next(&mut subscription), "pending");
        assert_eq!(process.log.asked_for(0), strange);
        process.log.answer(0, 2);
        let expected: Vec<_> = ["gap".to_owned()].into_iter().chain(events(6..=7)).collect();
        assert_eq!(read(&mut subscription), expected);
        process.log.answer(0, 2);
        assert_eq!(read(&mut subscription), events(8..=10), "it is at 9, and switches");
    }
    // The last event that was trimmed is the client's.
    let mut subscription = process.subscribe(5);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    assert_eq!(read(&mut subscription), events(6..=10));
}

#[test]
fn without_any_event_in_the_shared_log_the_local_one_is_read() {
    let mut process = Process::started_after(8, Retention::default());
    process.log.trim(0);
    let mut subscription = process.subscribe(1);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    assert_eq!(read(&mut subscription), ["gap".to_owned(), id(8), "pending".to_owned()]);
    process.read_to(10);
    assert_eq!(read(&mut subscription), events(9..=10));
    let mut subscription = process.subscribe(1);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer(0, 100);
    let expected: Vec<_> = ["gap".to_owned()].into_iter().chain(events(9..=10)).collect();
    assert_eq!(read(&mut subscription), expected);
}

#[test]
fn a_snapshot_replaces_the_events_that_are_left() {
    let mut process = Process::started_after(8, at_most(2));
    process.read_to(10);
    process.log.trim(5);
    let mut body = process.subscribe(1).on_gap(|missed| {
        assert_eq!(missed, None);
        Event::new("10").with_type("state").unwrap()
    });
    assert_eq!(next(&mut body), "pending");
    process.log.answer(0, 3);
    assert_eq!(read(&mut body), ["state: 10".to_owned(), id(10), "pending".to_owned()]);
    assert!(!body.get_ref().is_replaying());
    // From there it is replayed if it is slow, also if it was not sent the ID.
    let mut skipped = process.subscribe(1);
    skipped.skip_to_live();
    process.log.append(5);
    process.read_to(15);
    assert_eq!(next(&mut body), "pending");
    assert_eq!(next(&mut skipped), "pending");
    for request in 0..2 {
        assert_eq!(process.log.asked_for(request), id(10));
    }
}

#[test]
fn a_new_client_gets_a_snapshot_first_and_asks_no_backlog() {
    let mut process = Process::started_after(8, Retention::default());
    process.read_to(9);
    let subscription = process.fan_out.subscribe_with(None, process.log.clone());
    let mut body = subscription.with_snapshot(|_| Event::new("9").with_type("state").unwrap());
    assert_eq!(read(&mut body), ["state: 9".to_owned(), id(9), "pending".to_owned()]);
    process.read_to(10);
    assert_eq!(read(&mut body), events(10..=10));
    // One that resumes gets no snapshot.
    let mut body = process.subscribe(9).with_snapshot(|_| Event::new("x"));
    assert_eq!(read(&mut body), events(10..=10));
}

#[test]
fn an_error_of_the_backlog_is_the_end() {
    let process = Process::started_after(8, Retention::default());
    let mut subscription = process.subscribe(1);
    assert_eq!(next(&mut subscription), "pending");
    process.log.answer_with(0, Err(LogError));
    assert!(!subscription.is_terminated());
    assert_eq!(poll(&mut subscription), Poll::Ready(Some(Err(LogError))));
    assert!(subscription.is_terminated());
    assert_eq!(read(&mut subscription), ["end"]);
    assert_eq!(process.log.requested(), 1);
    let mut body = process.subscribe(1).on_gap(|_| Event::new(""));
    assert_eq!(next(&mut body), "pending");
    assert!(!body.is_terminated());
    process.log.answer_with(0, Err(LogError));
    assert_eq!(read(&mut body), ["error of the log", "end"]);
    assert!(body.is_terminated());
}

/// Events that would make the client ask for the same page for ever.
#[test]
fn events_without_an_id_and_the_event_that_was_asked_for_are_skipped() {
    let process = Process::started_after(8, Retention::default());
    let mut subscription = process.subscribe(1);
    let without_id = || Event::new("x").to_event_buf();
    let with_empty_id = || Event::new("x").with_id("").unwrap().to_event_buf();
    assert_eq!(next(&mut subscription), "pending");
    let page = vec![event(1), without_id(), event(2), with_empty_id(), event(3), without_id()];
    process.log.answer_with(0, Ok(Page::Events(page)));
    assert_eq!(read(&mut subscription), events(2..=3));
    assert_eq!(process.log.asked_for(0), id(3));
    // As an empty page.
    process.log.answer_with(0, Ok(Page::Events(vec![event(3), without_id()])));
    assert_eq!(read(&mut subscription), ["pending"]);
    assert_eq!(process.log.open_requests(), 0);
    process.fan_out.send(&event(9)).unwrap();
    assert_eq!(read(&mut subscription), ["pending"]);
    process.log.answer_with(0, Ok(Page::Gone(vec![without_id()])));
    assert_eq!(read(&mut subscription), ["gap".to_owned(), format!("{} 9", id(9)), "pending".to_owned()]);
}

#[test]
fn closing_ends_a_replay_after_the_page() {
    let process = Process::started_after(8, Retention::default());
    let [mut idle, mut waits, mut requests, mut reads] = [1, 10, 1, 1].map(|last| process.subscribe(last));
    assert_eq!(next(&mut waits), "pending");
    process.log.answer(0, 100);
    let woken = poll_pending(&mut waits);
    assert_eq!(next(&mut reads), "pending");
    process.log.answer(0, 2);
    assert_eq!(next(&mut reads), format!("{} 2", id(2)));
    assert_eq!(next(&mut requests), "pending");

    process.fan_out.close();
    assert_eq!((woken.count(), read(&mut waits)), (1, vec!["end".to_owned()]));
    assert_eq!(read(&mut reads), [format!("{} 3", id(3)), "end".to_owned()]);
    assert_eq!(read(&mut requests), ["pending"]);
    process.log.answer(0, 1);
    assert_eq!(read(&mut requests), [format!("{} 2", id(2)), "end".to_owned()]);
    assert_eq!(read(&mut idle), ["end"]);
    assert_eq!(process.log.requested(), 3);
}

#[test]
fn dropping_cancels_the_request() {
    let process = Process::started_after(8, Retention::default());
    let mut subscription = process.subscribe(1);
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!((process.log.open_requests(), process.fan_out.subscribers()), (1, 1));
    drop(subscription);
    assert_eq!((process.log.open_requests(), process.fan_out.subscribers()), (0, 0));
    // So does skipping.
    let mut subscription = process.subscribe(1);
    assert_eq!(next(&mut subscription), "pending");
    subscription.skip_to_live();
    assert_eq!(process.log.open_requests(), 0);
    assert_eq!(read(&mut subscription), [id(8), "pending".to_owned()]);
}

/// Nothing is known that the backlog could be asked for.
#[test]
fn without_any_id_a_slow_client_is_told_of_a_gap() {
    let log = SimulatedLog::default();
    let fan_out = FanOut::new(History::opaque(at_most(1)));
    let mut subscription = fan_out.subscribe_with(None, log.clone());
    fan_out.send(&event(1)).unwrap();
    fan_out.send(&event(2)).unwrap();
    assert!(matches!(poll(&mut subscription), Poll::Ready(Some(Ok(Delivery::Gap { missed: Some(1), .. })))));
    assert_eq!(read(&mut subscription), events(2..=2));
    assert_eq!(log.requested(), 0);
}

#[test]
fn what_is_not_utf_8_is_passed_to_the_backlog() {
    let process = Process::started_after(8, Retention::default());
    let mut subscription = process.fan_out.subscribe_with(Some(b"a\xFF"), process.log.clone());
    assert_eq!(next(&mut subscription), "pending");
    assert_eq!(process.log.asked_for(0), "a\u{FFFD}");
}
