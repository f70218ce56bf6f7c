//! Measures one log with 1 to 100,000 subscribers. `FAN_OUT.md` contains the last figures.
//!
//! ```text
//! cargo bench --bench fan_out --features fan-out                        everything
//! cargo bench --bench fan_out --features fan-out -- --quick send        roughly, and only names that contain `send`
//! ```
//!
//! The log keeps 1,000 events and is full. A round sends one event, which wakes all subscribers, and polls each of them twice: to the
//! event, and until it waits again. Time is per subscriber and event, the sending included; `send` is the part of the sender.

#![allow(missing_docs, reason = "`criterion_group!` generates undocumented items")]

use std::convert::Infallible;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use futures_core::Stream;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::fan_out::{Delivery, FanOut, Page};
use sse_proto::server::{History, Retention};
use sse_proto::{Event, EventBuf};

const SUBSCRIBERS: [usize; 6] = [1, 10, 100, 1000, 10_000, 100_000];

/// The number of events in the log.
const EVENTS: usize = 1000;

/// Fewer reads than this are too short to be timed.
const FEW: usize = 1000;

/// A task of an executor: it is woken, and counts how often.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A server, its subscribers, and a task for each of them.
struct Server<S> {
    fan_out: FanOut,
    data: String,
    is_numbered: bool,
    sent: usize,
    subscribers: Vec<(S, Waker)>,
    tasks: Vec<Arc<Task>>,
}

impl<S: Stream + Unpin> Server<S> {
    fn new(history: History<bytes::Bytes>, subscribers: usize, subscribe: impl Fn(&FanOut, &[u8]) -> S) -> Self {
        let is_numbered = history.epoch().is_some();
        let fan_out = FanOut::new(history);
        let (tasks, data) = ((0..subscribers).map(|_| Arc::default()).collect(), "x".repeat(200));
        let mut server = Self { fan_out, data, is_numbered, sent: 0, subscribers: Vec::new(), tasks };
        for _ in 0..2 * EVENTS {
            server.send();
        }
        let last_event_id = server.fan_out.last_event_id().expect("an event was sent");
        for task in &server.tasks {
            let subscriber = subscribe(&server.fan_out, last_event_id.as_bytes());
            server.subscribers.push((subscriber, Waker::from(Arc::clone(task))));
        }
        assert_eq!(server.poll(), 0, "all are up to date");
        server
    }

    fn send(&mut self) {
        self.sent += 1;
        let now = Duration::from_millis(self.sent as u64);
        if self.is_numbered {
            self.fan_out.send_at(now, Event::new(&self.data)).expect("a valid event");
        } else {
            // As long as a UUID.
            let id = format!("{:036}", self.sent);
            let event = Event::new(&self.data).with_id(&id).expect("a valid ID");
            self.fan_out.send_at(now, event).expect("a new ID");
        }
    }

    /// Polls each subscriber until it waits. Returns the number of items.
    fn poll(&mut self) -> usize {
        let mut items = 0;
        for (subscriber, waker) in &mut self.subscribers {
            let mut cx = Context::from_waker(waker);
            while let Poll::Ready(item) = Pin::new(&mut *subscriber).poll_next(&mut cx) {
                black_box(item.expect("the log is not closed"));
                items += 1;
            }
        }
        items
    }

    /// Sends one event to all.
    fn round(&mut self) -> usize {
        self.send();
        self.poll()
    }

    /// Checks a round: each is woken once and gets one item.
    fn verify(mut self) -> Self {
        for _ in 0..3 {
            let before: usize = self.tasks.iter().map(|task| task.0.load(Ordering::Relaxed)).sum();
            assert_eq!(self.round(), self.tasks.len());
            let after: usize = self.tasks.iter().map(|task| task.0.load(Ordering::Relaxed)).sum();
            assert_eq!(after - before, self.tasks.len());
        }
        self
    }
}

fn retention() -> Retention {
    Retention::default().with_max_events(EVENTS)
}

fn round(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out round");
    for subscribers in SUBSCRIBERS {
        let rounds = (FEW / subscribers).max(1);
        group.throughput(Throughput::Elements((rounds * subscribers) as u64));

        let subscribe = |fan_out: &FanOut, id: &[u8]| fan_out.subscribe(Some(id));
        let mut server = Server::new(History::numbered(7, retention()), subscribers, subscribe).verify();
        group.bench_function(BenchmarkId::new("subscription", subscribers), |bencher| {
            bencher.iter(|| (0..rounds).map(|_| server.round()).sum::<usize>());
        });

        let backlog = |_: String| async { Ok::<_, Infallible>(Page::Events(Vec::<EventBuf>::new())) };
        let subscribe = |fan_out: &FanOut, id: &[u8]| fan_out.subscribe_with(Some(id), backlog);
        let mut server = Server::new(History::opaque(retention()), subscribers, subscribe).verify();
        group.bench_function(BenchmarkId::new("subscription with a backlog", subscribers), |bencher| {
            bencher.iter(|| (0..rounds).map(|_| server.round()).sum::<usize>());
        });

        let subscribe = |fan_out: &FanOut, id: &[u8]| Box::pin(EventBody::new(fan_out.subscribe(Some(id))));
        let mut server = Server::new(History::numbered(7, retention()), subscribers, subscribe).verify();
        group.bench_function(BenchmarkId::new("EventBody", subscribers), |bencher| {
            bencher.iter(|| (0..rounds).map(|_| server.round()).sum::<usize>());
        });
    }
}

/// The sender alone: encoding, and waking all subscribers, which are polled outside of the measured time.
fn send(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out send");
    for subscribers in SUBSCRIBERS {
        let subscribe = |fan_out: &FanOut, id: &[u8]| fan_out.subscribe(Some(id));
        let mut server = Server::new(History::numbered(7, retention()), subscribers, subscribe).verify();
        group.throughput(Throughput::Elements(subscribers as u64));
        group.bench_function(BenchmarkId::new("subscription", subscribers), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut time = Duration::ZERO;
                for _ in 0..rounds {
                    let start = Instant::now();
                    server.send();
                    time += start.elapsed();
                    server.poll();
                }
                time
            });
        });
    }
}

/// Clients that come with an ID of the log, get 10 events, and are gone.
fn subscribe(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out subscribe");
    let server = Server::new(History::numbered(7, retention()), 0, |fan_out, id| fan_out.subscribe(Some(id)));
    let id = format!("7-{}", server.sent - 10);
    let mut cx = Context::from_waker(Waker::noop());
    let mut run = || {
        let mut subscription = server.fan_out.subscribe(Some(id.as_bytes()));
        let mut events = 0;
        while let Poll::Ready(Some(Delivery::Event(event))) = Pin::new(&mut subscription).poll_next(&mut cx) {
            black_box(event.as_bytes());
            events += 1;
        }
        events
    };
    assert_eq!(run(), 10);
    group.throughput(Throughput::Elements(1));
    group.bench_function("replay of 10 events", |bencher| bencher.iter(&mut run));
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = round, send, subscribe
}
criterion_main!(benches);
