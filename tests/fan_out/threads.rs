//! Senders and receivers on threads of their own.

use std::collections::BTreeMap;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use futures_core::Stream;
use sse_proto::adapters::fan_out::{Delivery, FanOut, Page, Subscription, WithBacklog};
use sse_proto::server::{History, Retention};
use sse_proto::{Decoder, Event};

use super::simulated_log::{event, id, number};
use super::{at_most, next, numbered, within};

const LIMIT: Duration = Duration::from_secs(60);
const SENDERS: u64 = 4;
const RECEIVERS: u64 = 6;
const EVENTS: u64 = 2000;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits on this thread for the next item.
fn block_on_next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut stream = pin!(stream);
    loop {
        match Pin::new(&mut stream).poll_next(&mut Context::from_waker(&waker)) {
            Poll::Ready(item) => return item,
            Poll::Pending => thread::park(),
        }
    }
}

/// Starts all senders. Each sends its events in order, and the last one closes the log.
fn send_all(fan_out: &FanOut) -> thread::JoinHandle<()> {
    let fan_out = fan_out.clone();
    thread::spawn(move || {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let fan_out = fan_out.clone();
                thread::spawn(move || {
                    for number in 0..EVENTS {
                        fan_out.send(Event::new(&format!("{sender} {number}"))).unwrap();
                        if number % 64 == 0 {
                            thread::yield_now();
                        }
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.join().unwrap();
        }
        fan_out.close();
    })
}

#[test]
fn nothing_is_lost_or_doubled_on_threads() {
    within(LIMIT, || {
        let fan_out = numbered(at_most(usize::MAX));
        let receivers: Vec<_> = (0..RECEIVERS)
            .map(|_| {
                let mut subscription = fan_out.subscribe(Some(b"7-0"));
                thread::spawn(move || {
                    let (mut count, mut of_senders) = (0, BTreeMap::new());
                    while let Some(delivery) = block_on_next(&mut subscription) {
                        let Delivery::Event(encoded) = delivery else { panic!("{delivery:?}") };
                        count += 1;
                        let mut decoder = Decoder::new();
                        let event = decoder.next_event(&mut &encoded.as_bytes()[..]).unwrap().unwrap();
                        assert_eq!(event.id(), Some(format!("7-{count}").as_str()));
                        let (sender, number) = event.data().split_once(' ').unwrap();
                        let next: &mut u64 = of_senders.entry(sender.to_owned()).or_default();
                        assert_eq!(number.parse(), Ok(*next));
                        *next += 1;
                    }
                    count
                })
            })
            .collect();
        send_all(&fan_out).join().unwrap();
        for receiver in receivers {
            assert_eq!(receiver.join().unwrap(), SENDERS * EVENTS);
        }
        assert_eq!(fan_out.subscribers(), 0);
    });
}

/// Two threads that meet again and again: one is about to wait when the other one sends or closes, now a little earlier, now later.
#[derive(Default)]
struct Meeting {
    round: AtomicUsize,
}

const ROUNDS: usize = 20_000;

impl Meeting {
    /// Runs `act` on a thread of its own for each round that `wait` begins.
    fn run(act: impl Fn(usize) + Send, wait: impl FnOnce(&dyn Fn(usize))) {
        let meeting = &Self::default();
        thread::scope(|scope| {
            let _end = EndOnDrop(meeting);
            scope.spawn(move || {
                for round in 1..=ROUNDS {
                    let mut spins = 0;
                    while meeting.round.load(Ordering::Acquire) < round {
                        spins += 1;
                        // The other one may need this processor.
                        if spins % 1000 == 0 {
                            thread::yield_now();
                        }
                        std::hint::spin_loop();
                    }
                    for _ in 0..round % 64 {
                        std::hint::spin_loop();
                    }
                    act(round);
                }
            });
            wait(&|round| meeting.round.store(round, Ordering::Release));
        });
    }
}

/// Lets the other thread come to its end if this one panics.
struct EndOnDrop<'a>(&'a Meeting);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.round.store(ROUNDS, Ordering::Release);
    }
}

/// No later event makes up for a wakeup that is lost.
#[test]
fn each_event_alone_wakes_its_receiver_on_threads() {
    within(LIMIT, || {
        let fan_out = numbered(at_most(1));
        let mut subscription = fan_out.subscribe(Some(b"7-0"));
        let act = |round: usize| assert_eq!(fan_out.send(Event::new("x")).unwrap().number(), round as u64);
        Meeting::run(act, |meet| {
            for round in 1..=ROUNDS {
                meet(round);
                let delivery = block_on_next(&mut subscription);
                assert!(matches!(delivery, Some(Delivery::Event(_))), "{delivery:?} in round {round}");
            }
        });
    });
}

#[test]
fn the_end_alone_wakes_its_receivers_on_threads() {
    within(LIMIT, || {
        let fan_outs: Vec<_> = (0..=ROUNDS).map(|_| numbered(at_most(1))).collect();
        Meeting::run(
            |round| fan_outs[round].close(),
            |meet| {
                for (round, fan_out) in fan_outs.iter().enumerate().skip(1) {
                    let mut subscription = fan_out.subscribe(Some(b"7-0"));
                    meet(round);
                    assert_eq!(block_on_next(&mut subscription), None, "round {round}");
                }
            },
        );
    });
}

/// The client has received more than the local log has, so the backlog has nothing for it. It is woken when the local log has caught up,
/// and by the event after that.
#[test]
fn a_client_between_replay_and_live_is_woken_on_threads() {
    within(LIMIT, || {
        let fan_out = FanOut::new(History::opaque_after(&id(0), at_most(2)).unwrap());
        let backlog = |_: String| std::future::ready(Ok::<_, std::io::Error>(Page::Events(Vec::new())));
        Meeting::run(
            |round| _ = fan_out.send(&event(round)).unwrap(),
            |meet| {
                let waker = Waker::from(Arc::new(Unpark(thread::current())));
                for round in (1..ROUNDS).step_by(2) {
                    let mut subscription = fan_out.subscribe_with(Some(id(round).as_bytes()), backlog);
                    assert!(subscription.is_replaying());
                    meet(round);
                    while subscription.is_replaying() {
                        let poll = Pin::new(&mut subscription).poll_next(&mut Context::from_waker(&waker));
                        assert!(poll.is_pending(), "{poll:?} in round {round}");
                        if subscription.is_replaying() {
                            thread::park();
                        }
                    }
                    meet(round + 1);
                    let Some(Ok(Delivery::Event(encoded))) = block_on_next(&mut subscription) else {
                        panic!("{round}")
                    };
                    assert!(encoded.as_bytes().starts_with(format!("id: {}\n", id(round + 1)).as_bytes()));
                }
            },
        );
    });
}

/// The log is much shorter than what is sent. What was received and what was missed are all events together.
#[test]
fn all_gaps_are_counted_on_threads() {
    within(LIMIT, || {
        let fan_out = numbered(Retention::default().with_max_events(8));
        let receivers: Vec<_> = (0..RECEIVERS)
            .map(|receiver| {
                let mut subscription = fan_out.subscribe(Some(b"7-0"));
                thread::spawn(move || {
                    let (mut events, mut missed_events) = (0, 0);
                    while let Some(delivery) = block_on_next(&mut subscription) {
                        match delivery {
                            Delivery::Event(_) => events += 1,
                            Delivery::Gap { missed, .. } => missed_events += missed.unwrap(),
                        }
                        if events % (receiver + 1) == 0 {
                            thread::yield_now();
                        }
                    }
                    (events, missed_events)
                })
            })
            .collect();
        send_all(&fan_out).join().unwrap();
        for receiver in receivers {
            let (events, missed) = receiver.join().unwrap();
            assert_eq!(events + missed, SENDERS * EVENTS, "{events} events, {missed} missed");
        }
    });
}

/// Subscriptions come and go while events are sent.
#[test]
fn subscribers_that_reconnect_get_everything_on_threads() {
    within(LIMIT, || {
        let fan_out = numbered(at_most(usize::MAX));
        let receivers: Vec<_> = (0..RECEIVERS)
            .map(|receiver| {
                let fan_out = fan_out.clone();
                thread::spawn(move || {
                    let mut got = 0;
                    loop {
                        let mut subscription = fan_out.subscribe(Some(format!("7-{got}").as_bytes()));
                        for _ in 0..=receiver {
                            let Some(delivery) = block_on_next(&mut subscription) else { return got };
                            got += 1;
                            let Delivery::Event(encoded) = delivery else { panic!("{delivery:?}") };
                            assert!(encoded.as_bytes().starts_with(format!("id: 7-{got}\n").as_bytes()));
                        }
                    }
                })
            })
            .collect();
        send_all(&fan_out).join().unwrap();
        for receiver in receivers {
            assert_eq!(receiver.join().unwrap(), SENDERS * EVENTS);
        }
    });
}

/// The local log keeps one event, and events are sent all the time. There is no gap, as the backlog has all events, whatever is sent
/// between two steps of a subscription.
#[test]
fn a_new_client_falls_back_to_the_backlog_on_threads() {
    within(LIMIT, || {
        let fan_out = FanOut::new(History::opaque_after(&id(0), at_most(1)).unwrap());
        let is_done = Arc::new(AtomicBool::new(false));
        let sender = {
            let (fan_out, is_done) = (fan_out.clone(), Arc::clone(&is_done));
            thread::spawn(move || {
                for number in 1.. {
                    fan_out.send(&event(number)).unwrap();
                    if is_done.load(Ordering::Relaxed) {
                        return;
                    }
                }
            })
        };
        let backlog = |last_event_id: String| {
            let last = number(&last_event_id).unwrap();
            std::future::ready(Ok::<_, std::io::Error>(Page::Events((last + 1..).take(2).map(event).collect())))
        };
        let check = |subscription: &mut Subscription<WithBacklog<_>>, what: &str| {
            for _ in 0..3 {
                let next = next(subscription);
                assert!(!next.starts_with("gap"), "{next}, {what}");
            }
        };
        for _ in 0..20_000 {
            let mut subscription = fan_out.subscribe_with(None, backlog);
            check(&mut subscription, "new");
            subscription.skip_to_live();
            check(&mut subscription, "skipped");
        }
        is_done.store(true, Ordering::Relaxed);
        sender.join().unwrap();
    });
}
