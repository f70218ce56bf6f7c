//! The sessions of `tests/sessions.rs` with the asynchronous client as the driver: a server with a `History`, all that goes wrong with
//! connections, and an application that pauses, closes, reconnects and overrides. No event is lost and none is doubled.
//!
//! `SESSIONS=1000000` sets the number of sessions, and `SEED=7` runs one alone.

mod body;
mod server;

use std::cell::RefCell;
use std::env;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use sse_proto::adapters::client::{ClientError, ClientHandle, EventClient, Update};
use sse_proto::client::{EventSource, Policy};
use sse_proto::{BytesDecoder, EventBytes, ItemBuf};
use tokio::time::{Instant, sleep};

use crate::network::checker::Checker;
use crate::network::client::Action;
use crate::network::server::Server;
use crate::network::{Failure, Fault, Faults, MIN_EVENTS, MIN_FAULTS, Mistake, policies};
use crate::script;
use crate::support::random::Random;

type Shared = Rc<RefCell<World>>;

/// The server, the network, and what the application has seen.
#[allow(clippy::struct_excessive_bools, reason = "states that do not depend on each other")]
struct World {
    random: Random,
    mistake: Option<Mistake>,
    start: Instant,
    policy: Policy,
    server: Server,
    checker: Checker,
    faults: Faults,
    /// The number of faults after which no more happen.
    faults_to_come: u64,
    max_chunk: usize,
    max_latency: usize,
    as_updates: bool,
    handle: Option<ClientHandle>,
    /// What the application does when the client returns next, when it waits, and when it was refused.
    next_action: Option<Action>,
    at_next_wait: Option<Action>,
    at_refusal: Option<AtRefusal>,
    /// How long the application is busy before it polls again.
    pause: Duration,
    empty_bodies: usize,
    abandoned: usize,
    /// The server has sent an ID that cannot be a header.
    has_unsendable_id: bool,
    requests: u64,
    last_request: Option<Duration>,
    /// The application causes the next request, not the client.
    is_forced: bool,
    /// The application has received everything.
    is_finished: bool,
    failure: Option<Failure>,
}

#[derive(Clone, Copy)]
enum AtRefusal {
    Close,
    Reconnect,
    Retry,
    Accept,
}

impl World {
    fn new(seed: u64, mistake: Option<Mistake>) -> Self {
        let mut random = Random(seed);
        Self {
            mistake,
            start: Instant::now(),
            policy: policies::random(&mut random),
            server: Server::new(&mut random, mistake),
            checker: Checker::new(),
            faults: Faults::new(),
            faults_to_come: MIN_FAULTS + random.below(6) as u64,
            max_chunk: [1, 7, 16, 64, 64, 64, 256, 256, 256, 1000, 1000, 1000][random.below(12)],
            max_latency: [1, 20, 200][random.below(3)],
            as_updates: random.below(4) > 0,
            handle: None,
            next_action: None,
            at_next_wait: None,
            at_refusal: None,
            pause: Duration::ZERO,
            empty_bodies: 0,
            abandoned: 0,
            has_unsendable_id: false,
            requests: 0,
            last_request: None,
            is_forced: true,
            is_finished: false,
            failure: None,
            random,
        }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn ensure(&mut self, condition: bool, what: &str) {
        if !condition && self.failure.is_none() {
            self.failure = Some(Failure::Client(what.to_owned()));
        }
    }

    fn fail(&mut self, result: Result<(), Failure>) {
        if let Err(failure) = result {
            self.failure.get_or_insert(failure);
        }
    }

    fn act(&mut self, action: Action) {
        self.is_forced = true;
        let handle = self.handle.as_ref().expect("a client");
        match action {
            Action::Close => handle.close(),
            Action::Reconnect => handle.reconnect_now(),
        }
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.random.below(values.len())]
    }

    fn has_faults_to_come(&self) -> bool {
        self.faults.total() < self.faults_to_come
    }

    fn event(&mut self, event: &EventBytes) {
        let result = self.checker.event(event.event_type(), event.data(), event.last_event_id());
        self.fail(result);
    }

    /// The client has this last event ID, so nothing after it may be lost.
    fn knows(&mut self, last_event_id: &str) {
        if !self.checker.has_place() {
            if let Some(index) = self.server.index_of(last_event_id) {
                self.checker.joins(index + 1);
            }
        }
    }
}

/// More polls than any session takes.
const MAX_POLLS: u32 = 1_000_000;

/// Runs the session with this seed to its end.
async fn session(seed: u64, mistake: Option<Mistake>) -> Result<World, Failure> {
    let world = Rc::new(RefCell::new(World::new(seed, mistake)));
    let mut last_event_id = String::new();
    for _ in 0..10_000 {
        let id = one_client(&world, &last_event_id).await;
        {
            let mut world = world.borrow_mut();
            if let Some(failure) = world.failure.take() {
                return Err(failure);
            }
            if world.is_finished {
                break;
            }
            (world.at_next_wait, world.at_refusal, world.next_action) = (None, None, None);
            (world.abandoned, world.is_forced, world.handle) = (0, true, None);
        }
        last_event_id = id;
        sleep(Duration::from_secs(1)).await;
    }
    let world = Rc::try_unwrap(world).map_err(|_| Failure::Client("the client leaves something".to_owned()))?;
    Ok(world.into_inner())
}

/// An application with one client, until it has received everything or the client stops. Returns the last event ID.
async fn one_client(world: &Shared, last_event_id: &str) -> String {
    let (mut source, as_updates) = {
        let mut world = world.borrow_mut();
        let seed = world.random.next();
        (EventSource::with_decoder(BytesDecoder::new(), world.policy, seed), world.as_updates)
    };
    source.set_last_event_id(last_event_id).expect("an ID that was received");
    let shared = Rc::clone(world);
    let connect = move |request| server::connect(Rc::clone(&shared), &request);
    let mut client = EventClient::new(http::Request::new(()), connect, sleep).with_source(source);
    world.borrow_mut().handle = Some(client.handle());
    for _ in 0..MAX_POLLS {
        let poll = poll_fn(|cx| {
            Poll::Ready(if as_updates {
                client.poll_update(cx)
            } else {
                use futures_core::Stream;
                let event = std::pin::Pin::new(&mut client).poll_next(cx);
                event.map(|event| event.map(|event| event.map(|event| Update::Item(ItemBuf::Event(event)))))
            })
        });
        let poll = poll.await;
        let is_pending = poll.is_pending();
        match poll {
            Poll::Pending | Poll::Ready(Some(Err(ClientError::Closed { .. }))) => {}
            Poll::Ready(None) => break,
            Poll::Ready(Some(Ok(update))) => match update {
                Update::Item(ItemBuf::Event(event)) => world.borrow_mut().event(&event),
                Update::Waiting { time, attempt, .. } => {
                    let mut world = world.borrow_mut();
                    let Policy { max_delay, max_attempts, .. } = world.policy;
                    world.ensure(time <= max_delay && (1..=max_attempts).contains(&attempt), "the policy");
                }
                Update::Refused { .. } => {
                    let at_refusal = world.borrow_mut().at_refusal.take();
                    match at_refusal {
                        Some(AtRefusal::Retry) => client.retry(),
                        Some(AtRefusal::Accept) => client.accept(),
                        Some(AtRefusal::Close) => world.borrow_mut().act(Action::Close),
                        Some(AtRefusal::Reconnect) => world.borrow_mut().act(Action::Reconnect),
                        None => {}
                    }
                }
                _ => {}
            },
            Poll::Ready(Some(Err(error))) => panic!("{error:?}"),
        }
        let pause = {
            let mut world = world.borrow_mut();
            world.knows(client.source().last_event_id());
            if world.failure.is_some() || world.is_finished {
                return String::new();
            }
            if let Some(action) = world.next_action.take() {
                world.act(action);
                continue;
            }
            let waits = client.source().state() == sse_proto::client::State::Waiting;
            if let (true, Some(action)) = (waits && is_pending, world.at_next_wait) {
                world.at_next_wait = None;
                world.faults.count(match action {
                    Action::Close => Fault::CloseWaiting,
                    Action::Reconnect => Fault::ReconnectWaiting,
                });
                world.act(action);
                continue;
            }
            // Now and then the application is busy with something else.
            let is_busy = world.random.below(if is_pending { 8 } else { 200 }) == 0;
            let busy = Duration::from_millis(if is_busy { world.random.below(3000) as u64 } else { 0 });
            std::mem::take(&mut world.pause) + busy
        };
        if !pause.is_zero() {
            sleep(pause).await;
        } else if is_pending {
            // Until the client wakes the task.
            let mut has_waited = false;
            poll_fn(|_| if std::mem::replace(&mut has_waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
        }
    }
    let is_over = client.cause().is_some();
    world.borrow_mut().ensure(is_over, "the session ends");
    if world.borrow().has_faults_to_come() {
        world.borrow_mut().faults.count(Fault::CloseClosed);
        client.handle().reconnect_now();
        client.handle().close();
        let is_none = client.next_update().await.is_none() && client.next_event().await.is_none();
        world.borrow_mut().ensure(is_none, "nothing follows the end");
    }
    client.source().last_event_id().to_owned()
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn nothing_is_lost_or_doubled_under_any_cuts() {
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SESSIONS").unwrap_or(2000),
    };
    let (mut faults, mut events, mut requests, mut gaps, mut time) = (Faults::new(), 0, 0, 0, Duration::ZERO);
    for seed in seeds.clone() {
        let world = script::run(session(seed, None)).unwrap_or_else(|failure| panic!("SEED={seed}: {failure:?}"));
        assert!(world.checker.events >= MIN_EVENTS && world.faults.total() >= MIN_FAULTS, "SEED={seed}");
        faults.add(&world.faults);
        events += world.checker.events;
        requests += world.requests;
        gaps += world.checker.gaps;
        time += world.last_request.unwrap_or_default();
    }
    println!(
        "{} sessions, {events} events, {requests} requests in {} hours, {} faults by kind: {faults}; gaps signalled: {gaps}; \
         lost 0, doubled 0",
        seeds.end - seeds.start,
        time.as_secs() / 3600,
        faults.total()
    );
    if seeds.end - seeds.start >= 1000 {
        let absent: Vec<_> = Fault::ALL.iter().filter(|fault| faults.of(**fault) == 0).collect();
        assert!(absent.is_empty(), "these faults do not happen: {absent:?}");
        assert!(gaps > 0);
    }
}

/// Sessions with a mistake fail, each with the failure that the mistake causes.
#[test]
fn mistakes_are_found() {
    for (mistake, is_expected) in [
        (Mistake::ClientForgetsId, (|failure| matches!(failure, Failure::Lost { .. })) as fn(&Failure) -> bool),
        (Mistake::LogReplaysInclusively, |failure| matches!(failure, Failure::Doubled { .. })),
        (Mistake::ServerHidesGaps, |failure| matches!(failure, Failure::Lost { .. })),
    ] {
        let failures = (0..200).filter_map(|seed| script::run(session(seed, Some(mistake))).err());
        let failures: Vec<_> = failures.collect();
        let others: Vec<_> = failures.iter().filter(|failure| !is_expected(failure)).collect();
        assert!(others.is_empty(), "{mistake:?}: {others:?}");
        assert!(failures.len() > 40, "{mistake:?}: {} of 200 sessions fail", failures.len());
    }
}
