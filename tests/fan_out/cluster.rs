//! Several processes, a log that they share, and clients that go from one to another, in random schedules. Only tasks that were woken
//! are polled, so that a lost wakeup shows as an event that is missing at the end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_util::StreamExt;
use sse_proto::adapters::Encoded;
use sse_proto::adapters::fan_out::FanOut;
use sse_proto::server::{History, Retention};
use sse_proto::{Decoder, Event};

use super::Counter;
use super::random::Random;
use super::simulated_log::{LogError, SimulatedLog, event, id, number};

type Body = Pin<Box<dyn Stream<Item = Result<Encoded, LogError>>>>;

struct Process {
    fan_out: FanOut,
    /// The number of the last event that its task has read from the shared log.
    read: usize,
    /// The same for snapshots, which are made in the middle of a poll.
    state: std::rc::Rc<std::cell::Cell<usize>>,
}

impl Process {
    fn start(log: &SimulatedLog, random: &mut Random) -> Self {
        let retention = Retention::default().with_max_events([0, 1, 2, 3, 5, 100][random.below(6)]);
        let read = log.appended();
        // Sometimes without the ID after which it begins.
        let history = match random.below(4) {
            0 => History::opaque(retention),
            _ => History::opaque_after(&id(read), retention).unwrap(),
        };
        Self { fan_out: FanOut::new(history), read, state: std::rc::Rc::new(std::cell::Cell::new(read)) }
    }

    /// Its task reads some events. Returns `false` if events are missing.
    fn read(&mut self, log: &SimulatedLog, events: usize) -> bool {
        if self.read < log.trimmed() {
            return false;
        }
        for _ in 0..events.min(log.appended() - self.read) {
            self.read += 1;
            // First the state, then the event.
            self.state.set(self.read);
            self.fan_out.send(&event(self.read)).unwrap();
        }
        true
    }
}

/// A client and what it has received.
#[derive(Default)]
struct Client {
    /// The number in its last event ID.
    last: Option<usize>,
    /// The number of the next event, if nothing is lost and nothing is doubled.
    next: Option<usize>,
    /// Whether the last thing that it has received was a gap.
    is_after_gap: bool,
    connection: Option<Connection>,
    events: usize,
    gaps: usize,
    snapshots: usize,
}

struct Connection {
    body: Body,
    woken: Arc<Counter>,
    /// How often it was woken when it was polled last; `None` if it has more.
    polled: Option<usize>,
}

impl Client {
    fn connect(&mut self, process: &Process, log: &SimulatedLog, with_snapshots: bool) {
        let last = self.last.map(id);
        let subscription = process.fan_out.subscribe_with(last.as_deref().map(str::as_bytes), log.clone());
        let body: Body = if with_snapshots {
            let state = std::rc::Rc::clone(&process.state);
            let snapshot = move |_| Event::new(&state.get().to_string()).with_type("snapshot").unwrap().to_event_buf();
            Box::pin(subscription.on_gap(snapshot))
        } else {
            Box::pin(subscription.map(|delivery| delivery.map(Encoded::from)))
        };
        self.connection = Some(Connection { body, woken: Arc::default(), polled: None });
        self.next = self.last.map(|last| last + 1);
        self.is_after_gap = false;
    }

    /// Polls its connection up to this number of times, if its task was woken.
    fn run(&mut self, log: &SimulatedLog, polls: usize) {
        for _ in 0..polls {
            let Some(connection) = &mut self.connection else { return };
            let woken = connection.woken.count();
            if connection.polled == Some(woken) {
                return;
            }
            let waker = Waker::from(Arc::clone(&connection.woken));
            match connection.body.as_mut().poll_next(&mut Context::from_waker(&waker)) {
                Poll::Ready(Some(Ok(encoded))) => {
                    connection.polled = None;
                    self.receive(&encoded, log);
                }
                Poll::Ready(Some(Err(LogError)) | None) => self.connection = None,
                Poll::Pending => connection.polled = Some(woken),
            }
        }
    }

    fn receive(&mut self, encoded: &Encoded, log: &SimulatedLog) {
        let mut decoder = Decoder::new();
        let event = decoder.next_event(&mut &encoded.as_bytes()[..]).unwrap().map(|event| event.to_event_buf());
        match event.as_ref().map(|event| (event.event_type(), event.data())) {
            Some(("gap", data)) => {
                // Counted only if there is no ID that the backlog could be asked for.
                assert!(data.is_empty() || self.last.is_none());
                self.check_gap(log);
                self.gaps += 1;
                self.is_after_gap = true;
            }
            Some(("snapshot", data)) => {
                self.check_gap(log);
                self.snapshots += 1;
                self.next = Some(data.parse::<usize>().unwrap() + 1);
            }
            Some((_, data)) => {
                let event: usize = data.parse().unwrap();
                assert_eq!(Some(event), number(decoder.last_event_id()));
                match self.next {
                    Some(next) if self.is_after_gap => assert!(event > next, "{event} > {next}: missing, not doubled"),
                    Some(next) => assert_eq!(event, next, "none is lost, none is doubled"),
                    None => {}
                }
                self.events += 1;
                (self.last, self.next, self.is_after_gap) = (Some(event), Some(event + 1), false);
            }
            None => {
                let last = number(decoder.last_event_id()).unwrap();
                if let Some(next) = self.next.filter(|_| !self.is_after_gap) {
                    assert_eq!(last + 1, next, "the ID of a snapshot");
                }
                (self.last, self.next, self.is_after_gap) = (Some(last), Some(last + 1), false);
            }
        }
    }

    /// There is a gap only if the shared log does not have the next event any more.
    fn check_gap(&self, log: &SimulatedLog) {
        if let Some(last) = self.last {
            assert!(!self.is_after_gap, "the oldest event follows");
            assert!(log.trimmed() > last, "no gap after {last}: only {} events are trimmed", log.trimmed());
        }
    }
}

/// What the schedules had in them.
#[derive(Debug, Default)]
struct Totals {
    events: usize,
    gaps: usize,
    snapshots: usize,
    pages: usize,
    restarts: usize,
}

fn run(seed: u64, totals: &mut Totals) {
    let mut random = Random(seed);
    let log = SimulatedLog::default();
    log.append(random.below(5));
    let with_snapshots = random.below(3) == 0;
    let is_trimmed = random.below(3) > 0;
    let mut processes: Vec<_> = (0..=random.below(3)).map(|_| Process::start(&log, &mut random)).collect();
    let mut clients: Vec<_> = (0..=random.below(4)).map(|_| Client::default()).collect();
    for _ in 0..random.below(300) {
        let process = random.below(processes.len());
        let client = random.below(clients.len());
        match random.below(16) {
            0..=2 => log.append(1 + random.below(3)),
            3 if is_trimmed && log.appended() > 0 => log.trim(1 + random.below(8)),
            4..=6 => {
                let events = 1 + random.below(4);
                if !processes[process].read(&log, events) {
                    restart(&mut processes[process], &log, &mut random);
                    totals.restarts += 1;
                }
            }
            7 if random.below(8) == 0 => {
                restart(&mut processes[process], &log, &mut random);
                totals.restarts += 1;
            }
            8 => clients[client].connection = None,
            9..=10 if clients[client].connection.is_none() => {
                clients[client].connect(&processes[process], &log, with_snapshots);
            }
            11 if log.open_requests() > 0 => log.read(random.below(log.open_requests()), 1 + random.below(4)),
            12..=13 if log.open_requests() > 0 => {
                let request = random.below(log.open_requests());
                if random.below(16) == 0 {
                    log.answer_with(request, Err(LogError));
                } else {
                    log.answer(request, 1 + random.below(4));
                }
            }
            _ => {
                let polls = 1 + random.below(6);
                clients[client].run(&log, polls);
            }
        }
    }
    finish(&log, &mut processes, &mut clients, with_snapshots, &mut random);
    for client in &clients {
        let missing = client.next.filter(|next| *next != log.appended() + 1);
        assert_eq!(missing, None, "of {}", log.appended());
        totals.events += client.events;
        totals.gaps += client.gaps;
        totals.snapshots += client.snapshots;
    }
    totals.pages += log.requested();
}

fn restart(process: &mut Process, log: &SimulatedLog, random: &mut Random) {
    process.fan_out.close();
    *process = Process::start(log, random);
}

/// Everything that is under way arrives, in a random order. Nothing more is appended.
fn finish(
    log: &SimulatedLog,
    processes: &mut [Process],
    clients: &mut [Client],
    with_snapshots: bool,
    random: &mut Random,
) {
    for process in &mut *processes {
        if !process.read(log, usize::MAX) {
            restart(process, log, random);
        }
    }
    let mut idle_rounds = 0;
    for round in 0.. {
        assert!(round < 100_000, "it does not come to an end");
        let client = random.below(clients.len());
        let client = &mut clients[client];
        if client.connection.is_none() {
            let process = random.below(processes.len());
            client.connect(&processes[process], log, with_snapshots);
        }
        client.run(log, 1);
        if log.open_requests() > 0 && random.below(3) == 0 {
            log.answer(random.below(log.open_requests()), 1 + random.below(4));
        }
        let is_idle = |client: &Client| {
            client.connection.as_ref().is_some_and(|connection| connection.polled == Some(connection.woken.count()))
        };
        idle_rounds = if clients.iter().all(is_idle) && log.open_requests() == 0 { idle_rounds + 1 } else { 0 };
        if idle_rounds > 3 {
            break;
        }
    }
}

#[test]
fn nothing_is_lost_or_doubled_between_processes() {
    let schedules: u64 = std::env::var("RANDOM_SCHEDULES").map_or(4000, |n| n.parse().unwrap());
    let mut totals = Totals::default();
    for seed in 0..schedules {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(seed, &mut totals)));
        assert!(outcome.is_ok(), "seed {seed}");
    }
    println!("{totals:?}");
    let enough = usize::try_from(schedules / 20).unwrap();
    assert!(totals.events > 20 * enough && totals.pages > 20 * enough, "{totals:?}");
    assert!(totals.gaps > enough && totals.snapshots > enough && totals.restarts > enough, "{totals:?}");
}
