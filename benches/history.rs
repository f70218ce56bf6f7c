//! Measures the log of a server with 1 to 100,000 readers. `HISTORY.md` contains the last figures.
//!
//! ```text
//! cargo bench --bench history                        everything
//! cargo bench --bench history -- --quick resume      roughly, and only names that contain `resume`
//! ```
//!
//! The log keeps 1,000 events and is full, so that each push evicts one. Time is per element: a pushed event, a reader that
//! resumes, or an event that one reader gets.

#![allow(missing_docs, reason = "`criterion_group!` generates undocumented items")]

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sse_proto::Event;
use sse_proto::server::{Cursor, History, Next, Resume, Retention};

const READERS: [usize; 4] = [1, 100, 10_000, 100_000];

/// The number of events in the log.
const EVENTS: usize = 1000;

/// Fewer operations than this are too short to be timed.
const FEW: usize = 1000;

#[derive(Clone, Copy)]
enum Kind {
    Numbered,
    Opaque,
}

const KINDS: [(Kind, &str); 2] = [(Kind::Numbered, "numbered"), (Kind::Opaque, "opaque")];

/// A log and the number of events that were pushed.
struct Server {
    log: History,
    pushed: usize,
    data: String,
    /// Opaque IDs, used in turn: each comes again only after its event was evicted.
    ids: Vec<String>,
}

impl Server {
    /// A full log.
    fn new(kind: Kind, epoch: u64) -> Self {
        let retention = Retention::default().with_max_events(EVENTS);
        let log = match kind {
            Kind::Numbered => History::numbered(epoch, retention),
            Kind::Opaque => History::opaque(retention),
        };
        // As long as a UUID.
        let ids = (0..2 * EVENTS).map(|number| format!("{number:036}")).collect();
        let mut server = Self { log, pushed: 0, data: "x".repeat(200), ids };
        for _ in 0..2 * EVENTS {
            server.push();
        }
        assert_eq!(server.log.len(), EVENTS);
        server
    }

    fn push(&mut self) {
        let now = Duration::from_millis(self.pushed as u64);
        let event = Event::new(&self.data);
        let is_numbered = self.log.epoch().is_some();
        let event = if is_numbered {
            event
        } else {
            event.with_id(&self.ids[self.pushed % self.ids.len()]).expect("a valid ID")
        };
        self.log.push(now, event).expect("an ID that is new");
        self.pushed += 1;
    }

    /// The ID of an event in the log, counted from the oldest one.
    fn id(&self, index: usize) -> String {
        let number = self.pushed - EVENTS + index;
        self.log
            .epoch()
            .map_or_else(|| self.ids[number % self.ids.len()].clone(), |epoch| format!("{epoch}-{}", number + 1))
    }
}

fn push(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history push");
    for (kind, name) in KINDS {
        for readers in READERS {
            let mut server = Server::new(kind, 1);
            let cursors = vec![server.log.live(); readers];
            server.push();
            assert!(
                cursors.iter().take(FEW).all(|cursor| read(&server.log, &mut cursor.clone()) == 1),
                "each gets the event"
            );
            group.throughput(Throughput::Elements(FEW as u64));
            group.bench_function(BenchmarkId::new(name, readers), |bencher| {
                bencher.iter(|| (0..FEW).for_each(|_| server.push()));
            });
        }
    }
}

fn resume(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history resume");
    for (kind, name) in KINDS {
        let server = Server::new(kind, 1);
        resume_all(
            &mut group,
            name,
            &server.log,
            |reader| server.id(reader % EVENTS),
            |reader| EVENTS - 1 - reader % EVENTS,
        );
    }
    // After a restart, all come with IDs of the time before.
    let (before, after) = (Server::new(Kind::Numbered, 1), Server::new(Kind::Numbered, 2));
    resume_all(&mut group, "after a restart", &after.log, |reader| before.id(reader % EVENTS), |_| EVENTS);
}

/// `expected`: how many events each reader gets.
fn resume_all(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    log: &History,
    id: impl Fn(usize) -> String,
    expected: impl Fn(usize) -> usize,
) {
    for readers in READERS {
        let ids: Vec<_> = (0..readers).map(&id).collect();
        for (reader, id) in ids.iter().enumerate().take(EVENTS) {
            let (Resume::From(mut cursor) | Resume::Gone(mut cursor)) = log.resume(Some(id)) else {
                panic!("{id:?} starts live")
            };
            assert_eq!(read(log, &mut cursor), expected(reader));
        }
        let times = (FEW / readers).max(1);
        group.throughput(Throughput::Elements((readers * times) as u64));
        group.bench_function(BenchmarkId::new(name, readers), |bencher| {
            bencher.iter(|| {
                for _ in 0..times {
                    for id in &ids {
                        _ = black_box(log.resume(Some(id)));
                    }
                }
            });
        });
    }
}

/// Each event goes to all readers before the next one.
fn next(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("history next");
    for (kind, name) in KINDS {
        let Server { log, .. } = Server::new(kind, 1);
        for readers in READERS {
            let cursors = vec![log.oldest(); readers];
            let events = (FEW / readers).max(1);
            let reads = (readers * events) as u64;
            assert_eq!(read_events(&log, &mut cursors.clone(), events), reads);
            group.throughput(Throughput::Elements(reads));
            group.bench_function(BenchmarkId::new(name, readers), |bencher| {
                bencher.iter_batched_ref(
                    || cursors.clone(),
                    |cursors| read_events(&log, cursors, events),
                    BatchSize::LargeInput,
                );
            });
        }
    }
}

/// Returns the number of reads that gave an event.
fn read_events(log: &History, cursors: &mut [Cursor], events: usize) -> u64 {
    let mut reads = 0;
    for _ in 0..events {
        for cursor in &mut *cursors {
            if let Next::Event(bytes) = log.next(cursor) {
                black_box(bytes.as_slice());
                reads += 1;
            }
        }
    }
    reads
}

/// Reads until the reader is up to date. Returns the number of events, after checking that they are the newest ones in order.
fn read(log: &History, cursor: &mut Cursor) -> usize {
    let mut all = log.oldest();
    let mut expected = Vec::new();
    while let Next::Event(bytes) = log.next(&mut all) {
        expected.push(bytes);
    }
    let mut read = Vec::new();
    while let Next::Event(bytes) = log.next(cursor) {
        read.push(bytes);
    }
    assert!(log.next(cursor) == Next::UpToDate && expected.ends_with(&read));
    read.len()
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = push, resume, next
}
criterion_main!(benches);
