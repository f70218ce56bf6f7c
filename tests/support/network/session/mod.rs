//! One session: an application that follows a stream, over as many connections and clients as it takes.

mod connect;
mod receive;

use std::time::Duration;

use sse_proto::client::{Cause, EventSource, Policy, Response, Step};

use crate::network::body::Body;
use crate::network::checker::{Checker, Failure};
use crate::network::client::{Action, Receive};
use crate::network::faults::{Fault, Faults};
use crate::network::server::Server;
use crate::network::{Mistake, policies};
use crate::support::random::Random;

/// A session has at least as many.
pub const MIN_EVENTS: u64 = 20;
pub const MIN_FAULTS: u64 = 3;

/// More than any session takes.
const MAX_STEPS: u32 = 1_000_000;

/// What a session was like.
#[derive(Clone, Debug)]
pub struct Report {
    pub events: u64,
    pub faults: Faults,
    pub gaps: u64,
    pub missed: u64,
    pub requests: u64,
    /// How much simulated time passed.
    pub time: Duration,
}

/// Runs the session with this seed to its end.
pub fn run<D: Receive>(seed: u64, mistake: Option<Mistake>) -> Result<Report, Failure> {
    let mut session = Session::<D>::new(Random(seed), mistake);
    for _ in 0..MAX_STEPS {
        if session.step()? {
            return Ok(session.report());
        }
    }
    Err(Failure::Stuck)
}

struct Session<D: Receive> {
    random: Random,
    mistake: Option<Mistake>,
    now: Duration,
    policy: Policy,
    source: EventSource<D>,
    server: Server,
    connection: Option<Connection>,
    checker: Checker,
    faults: Faults,
    /// The number of faults after which no more happen.
    faults_to_come: u64,
    as_items: bool,
    max_chunk: usize,
    max_latency: usize,
    /// How many of the next connections have an empty body.
    empty_bodies: usize,
    /// How many of the next requests the application abandons.
    abandoned: usize,
    at_next_wait: Option<Action>,
    /// What the response asked for that the client waits after.
    retry_after: Option<Duration>,
    /// The connection was lost in the last step.
    is_lost: bool,
    requests: u64,
    last_request: Option<Duration>,
    /// The application causes the next request, not the client.
    is_forced: bool,
}

/// A response that is being received.
struct Connection {
    body: Body,
    /// What happens after `bytes_left` more bytes.
    fault: Option<Fault>,
    bytes_left: usize,
}

impl<D: Receive> Session<D> {
    fn new(mut random: Random, mistake: Option<Mistake>) -> Self {
        let policy = policies::random(&mut random);
        Self {
            mistake,
            now: Duration::ZERO,
            policy,
            source: EventSource::with_decoder(D::new(), policy, random.next()),
            server: Server::new(&mut random, mistake),
            connection: None,
            checker: Checker::new(),
            faults: Faults::new(),
            faults_to_come: MIN_FAULTS + random.below(6) as u64,
            as_items: random.below(4) == 0,
            max_chunk: [1, 7, 16, 64, 64, 64, 256, 256, 256, 1000, 1000, 1000][random.below(12)],
            max_latency: [1, 20, 200][random.below(3)],
            empty_bodies: 0,
            abandoned: 0,
            at_next_wait: None,
            retry_after: None,
            is_lost: false,
            requests: 0,
            last_request: None,
            is_forced: true,
            random,
        }
    }

    fn report(self) -> Report {
        let Checker { events, gaps, missed, .. } = self.checker;
        Report { events, faults: self.faults, gaps, missed, requests: self.requests, time: self.now }
    }

    /// Does the next step. Returns `true` at the end of the session.
    fn step(&mut self) -> Result<bool, Failure> {
        let step = self.source.step(self.now);
        ensure(step == self.source.step(self.now), "a step is a level")?;
        if !matches!(step, Step::Receive { .. }) {
            self.connection = None;
        }
        let was_lost = core::mem::take(&mut self.is_lost);
        match step {
            Step::Connect { .. } => self.connect()?,
            Step::Receive { idle } => return self.receive(idle),
            Step::Wait { time, cause, attempt } => self.wait(time, cause, attempt, was_lost)?,
            Step::Closed(cause) => self.start_again(cause)?,
        }
        Ok(false)
    }

    /// Nothing arrives until the client gives up, or the network does.
    fn stay_silent(&mut self) -> Result<(), Failure> {
        if let Step::Connect { timeout: Some(limit) } | Step::Receive { idle: Some(limit) } = self.source.step(self.now)
        {
            return self.time_out(limit);
        }
        self.now += Duration::from_secs(3600);
        self.source.handle_failure(self.now);
        self.loses(Cause::Failed)
    }

    /// Time passes until the client gives up the connection: not a moment earlier.
    fn time_out(&mut self, limit: Duration) -> Result<(), Failure> {
        let state = self.source.reconnect().state();
        let moment = Duration::from_nanos(1);
        self.now += limit.saturating_sub(moment);
        let _ = self.source.step(self.now);
        ensure(self.source.reconnect().state() == state, "the client gave up too early")?;
        self.now += moment;
        self.loses(Cause::TimedOut)
    }

    /// Ensures that the client takes the connection for lost.
    fn loses(&mut self, expected: Cause) -> Result<(), Failure> {
        self.is_lost = true;
        match self.source.step(self.now) {
            Step::Wait { cause, .. } | Step::Closed(cause) => ensure(cause == expected, &format!("{cause:?}")),
            Step::Connect { .. } => ensure(policies::least_delay(&self.policy).is_zero(), "the client waits"),
            step @ Step::Receive { .. } => ensure(false, &format!("{step:?}")),
        }
    }

    fn wait(&mut self, time: Duration, cause: Cause, attempt: u32, was_lost: bool) -> Result<(), Failure> {
        let Policy { min_delay, max_delay, max_attempts, .. } = self.policy;
        ensure(!time.is_zero() && time <= max_delay && attempt >= 1 && attempt <= max_attempts, "the policy")?;
        if was_lost {
            let requested = self.retry_after.take().filter(|&requested| requested <= max_delay).unwrap_or_default();
            ensure(time >= requested.max(min_delay).min(max_delay), "the least delay")?;
        }
        self.retry_after = None;
        self.pass_late_bytes()?;
        let part = time / [1, 2, 3][self.random.below(3)];
        self.now += part;
        if let Some(action) = self.at_next_wait.take() {
            self.faults.count(match action {
                Action::Close => Fault::CloseWaiting,
                Action::Reconnect => Fault::ReconnectWaiting,
            });
            return self.act(action);
        }
        let rest = time.saturating_sub(part);
        if !rest.is_zero() {
            let step = self.source.step(self.now);
            ensure(step == Step::Wait { time: rest, cause, attempt }, "asking does not change the delay")?;
        }
        Ok(())
    }

    /// The client has stopped. The application starts another one, which continues where the first one stopped.
    fn start_again(&mut self, cause: Cause) -> Result<(), Failure> {
        (self.at_next_wait, self.retry_after, self.abandoned) = (None, None, 0);
        if self.faults.total() < self.faults_to_come && self.random.below(4) == 0 {
            self.faults.count(Fault::CloseClosed);
            self.pass_late_bytes()?;
            let response = Response::new(200).with_content_types(["text/event-stream"]);
            let _ = self.source.handle_response(self.now, response);
            self.source.accept(self.now);
            self.source.handle_end(self.now);
            self.source.close();
            self.source.reconnect_now(self.now);
            ensure(self.source.step(self.now) == Step::Closed(cause), "nothing follows the end")?;
        }
        self.now += Duration::from_secs(1);
        let mut next = EventSource::with_decoder(D::new(), self.policy, self.random.next());
        next.set_last_event_id(self.source.last_event_id()).expect("an ID that was received");
        self.source = next;
        self.is_forced = true;
        Ok(())
    }

    fn act(&mut self, action: Action) -> Result<(), Failure> {
        self.is_forced = true;
        action.apply(&mut self.source, self.now);
        match (action, self.source.step(self.now)) {
            (Action::Close, Step::Closed(_)) | (Action::Reconnect, Step::Connect { .. }) => Ok(()),
            (action, step) => ensure(false, &format!("{action:?}: {step:?}")),
        }
    }

    /// Bytes of an earlier connection, or of the body of an error, are passed to the client now and then.
    fn pass_late_bytes(&mut self) -> Result<(), Failure> {
        let bytes: &[u8] = match self.random.below(8) {
            0 => b"id: late\ndata: late\n\n",
            1 => b"data: late",
            _ => return Ok(()),
        };
        let mut events = 0;
        D::receive(&mut self.source, self.now, bytes, self.as_items, &mut None, &mut |_, _, _| events += 1);
        ensure(events == 0 && self.source.last_event_id() != "late", "late bytes give nothing")
    }

    /// The next fault, if there are any to come.
    fn draw_fault(&mut self) -> Option<Fault> {
        if self.faults.total() >= self.faults_to_come {
            return None;
        }
        match self.one_of(Fault::ALL) {
            // Not a fault of a connection.
            Fault::CloseClosed => Some(Fault::CloseConnecting),
            // As the client wants it: it would wait for the rest of time.
            Fault::RetryHuge if policies::is_unbounded(&self.policy) => Some(Fault::Refused),
            fault => Some(fault),
        }
    }

    /// How many bytes of a body arrive before this fault, or during it.
    fn draw_bytes(&mut self, fault: Option<Fault>) -> usize {
        let longest = if fault == Some(Fault::Slow) { 150 } else { self.one_of(&[50, 400, 400, 1000]) };
        self.random.below(longest)
    }

    fn pass(&mut self, max_millis: usize) {
        self.now += Duration::from_micros(1 + self.random.below(1000 * max_millis + 1) as u64);
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.random.below(values.len())]
    }
}

fn ensure(condition: bool, what: &str) -> Result<(), Failure> {
    if condition { Ok(()) } else { Err(Failure::Client(what.to_owned())) }
}
