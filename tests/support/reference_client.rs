//! The client as the standard describes it (HTML, 9.2.3 "Processing model"), with the additions of [`Policy`]: the reference for
//! `Reconnect`. It has the standard's variables instead of a state, computes in nanoseconds, and draws no random numbers: it adopts a
//! delay that it is shown, if it lies within the bounds.

use std::time::Duration;

use sse_proto::client::{Cause, Policy, Response, State, Step, Verdict};

/// "The `readyState` attribute".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReadyState {
    Connecting,
    Open,
    Closed,
}

#[derive(Clone, Debug)]
pub struct ReferenceClient {
    policy: Policy,
    /// The latest time, as a clock that goes back is taken to stand still.
    now: u128,
    /// "A reconnection time, in milliseconds."
    reconnection_time: u128,
    ready_state: ReadyState,
    /// When "fetch request" began, while its response is awaited.
    fetch: Option<u128>,
    /// A response that is not an event stream.
    refusal: Option<Refusal>,
    delay: Option<Delay>,
    stream: Stream,
    /// Why the last connection was lost.
    cause: Cause,
    /// Attempts in a row without a healthy connection.
    attempts: u32,
    connections: u64,
}

#[derive(Clone, Copy, Debug)]
struct Refusal {
    is_temporary: bool,
    retry_after: Option<Duration>,
}

/// "Wait a delay equal to the reconnection time of the event source. Optionally, wait some more."
#[derive(Clone, Copy, Debug)]
struct Delay {
    began: u128,
    least: u128,
    most: u128,
    /// The length, once it is known.
    drawn: Option<u128>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Stream {
    announced: u128,
    last_bytes: u128,
    events: u64,
}

/// The end of time: the greatest `Duration`.
const END: u128 = Duration::MAX.as_nanos();

impl ReferenceClient {
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            now: 0,
            reconnection_time: policy.reconnection_time.as_nanos(),
            ready_state: ReadyState::Connecting,
            fetch: None,
            refusal: None,
            delay: None,
            stream: Stream::default(),
            cause: Cause::Closed,
            attempts: 0,
            connections: 1,
        }
    }

    /// What the client must say, if it says `seen`: of its random delay only the bounds are known.
    pub fn step(&mut self, now: Duration, seen: Step) -> Step {
        self.pass(now);
        self.take_refusal();
        if let ReadyState::Connecting = self.ready_state {
            if self.refusal.is_none() && self.delay.is_none() && self.fetch.is_none() {
                self.fetch = Some(self.now);
            }
        }
        self.time_out();
        self.adopt(seen);
        self.end_delay();
        let left = |since: u128| {
            let timeout = self.policy.idle_timeout?.as_nanos().max(1);
            Some(duration(timeout.saturating_sub(self.now - since)))
        };
        match (self.ready_state, self.delay) {
            (ReadyState::Connecting, None) => Step::Connect { timeout: left(self.fetch.expect("began")) },
            (ReadyState::Connecting, Some(delay)) => {
                let end = (delay.began + delay.drawn.expect("adopted")).min(END);
                Step::Wait { time: duration(end - self.now), cause: self.cause, attempt: self.attempts }
            }
            (ReadyState::Open, _) => Step::Receive { idle: left(self.stream.last_bytes) },
            (ReadyState::Closed, _) => Step::Closed(self.cause),
        }
    }

    /// The verdict, if a response is awaited.
    pub fn handle_response(&mut self, now: Duration, response: Response) -> Option<Verdict> {
        self.pass(now);
        if !self.awaits_response() {
            return None;
        }
        // "Otherwise, if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then fail the connection.
        // Otherwise, announce the connection".
        if response.status == 200 && response.is_event_stream {
            self.announce();
            return Some(Verdict::Open);
        }
        self.cause = match response.status {
            200 => Cause::NotEventStream,
            204 => Cause::NoContent,
            status => Cause::Status(status),
        };
        let is_temporary = [408, 425, 429].contains(&response.status) || response.status / 100 == 5;
        let is_temporary = is_temporary && self.policy.retry_statuses && self.has_attempts();
        self.refusal = Some(Refusal { is_temporary, retry_after: response.retry_after });
        Some(if is_temporary { Verdict::Retry(self.cause) } else { Verdict::Close(self.cause) })
    }

    pub fn accept(&mut self, now: Duration) {
        self.pass(now);
        if self.awaits_response() || self.refusal.is_some() {
            self.announce();
        }
    }

    pub fn retry(&mut self, now: Duration) {
        self.pass(now);
        if let Some(refusal) = &mut self.refusal {
            refusal.is_temporary = true;
            self.take_refusal();
        }
    }

    pub fn handle_bytes(&mut self, now: Duration) {
        self.pass(now);
        self.stream.last_bytes = self.now;
    }

    pub fn handle_event(&mut self, now: Duration) {
        self.handle_bytes(now);
        self.stream.events += 1;
        if self.ready_state == ReadyState::Open {
            self.attempts = 0;
        }
    }

    pub fn handle_end(&mut self, now: Duration) {
        self.pass(now);
        match self.ready_state {
            ReadyState::Open if self.is_healthy() => self.reestablish(Cause::Ended, None),
            ReadyState::Open => self.reestablish(Cause::EndedEarly, None),
            // "if res is a network error, then reestablish the connection"
            _ => self.handle_failure(now),
        }
    }

    pub fn handle_failure(&mut self, now: Duration) {
        self.pass(now);
        if self.ready_state == ReadyState::Open || self.awaits_response() {
            self.reestablish(Cause::Failed, None);
        }
    }

    pub fn reconnect_now(&mut self, now: Duration) {
        self.pass(now);
        if self.ready_state != ReadyState::Closed {
            if self.ready_state == ReadyState::Open && self.is_healthy() {
                self.attempts = 0;
            }
            self.connect();
        }
    }

    /// "unless the user agent knows that to be futile, in which case the user agent may fail the connection"
    pub fn give_up(&mut self, now: Duration) {
        self.pass(now);
        if self.refusal.is_some() || self.delay.is_some() {
            self.fail(self.cause);
        } else if self.ready_state != ReadyState::Closed {
            self.fail(Cause::Failed);
        }
    }

    pub fn close(&mut self) {
        if self.ready_state != ReadyState::Closed {
            self.fail(Cause::Closed);
        }
    }

    pub fn set_reconnection_time(&mut self, time: Duration) {
        self.reconnection_time = time.as_nanos();
    }

    pub fn state(&self) -> State {
        match self.ready_state {
            ReadyState::Connecting if self.refusal.is_some() => State::Refused,
            ReadyState::Connecting if self.delay.is_some() => State::Waiting,
            ReadyState::Connecting => State::Connecting,
            ReadyState::Open => State::Open,
            ReadyState::Closed => State::Closed,
        }
    }

    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    pub fn connections(&self) -> u64 {
        self.connections
    }

    fn pass(&mut self, now: Duration) {
        self.now = self.now.max(now.as_nanos());
    }

    fn awaits_response(&self) -> bool {
        self.ready_state == ReadyState::Connecting && self.refusal.is_none() && self.delay.is_none()
    }

    fn has_attempts(&self) -> bool {
        self.policy.max_attempts == u32::MAX || self.attempts < self.policy.max_attempts
    }

    fn is_healthy(&self) -> bool {
        self.was_healthy(self.now)
    }

    fn was_healthy(&self, time: u128) -> bool {
        self.stream.events > 0 || time - self.stream.announced >= self.policy.healthy_after.as_nanos()
    }

    /// "announce the connection"
    fn announce(&mut self) {
        (self.ready_state, self.fetch, self.refusal) = (ReadyState::Open, None, None);
        self.stream = Stream { announced: self.now, last_bytes: self.now, events: 0 };
    }

    /// "fail the connection"
    fn fail(&mut self, cause: Cause) {
        self.cause = cause;
        (self.ready_state, self.fetch, self.refusal, self.delay) = (ReadyState::Closed, None, None, None);
    }

    /// "reestablish the connection"
    fn reestablish(&mut self, cause: Cause, retry_after: Option<Duration>) {
        // A connection that timed out stood until its last bytes.
        let is_healthy = match cause {
            Cause::TimedOut => self.was_healthy(self.stream.last_bytes),
            _ => self.is_healthy(),
        };
        if self.ready_state == ReadyState::Open && is_healthy {
            self.attempts = 0;
        }
        if !self.has_attempts() {
            return self.fail(cause);
        }
        self.attempts = self.attempts.saturating_add(1);
        self.cause = cause;
        (self.ready_state, self.fetch, self.refusal) = (ReadyState::Connecting, None, None);
        let (min, max) = (self.policy.min_delay.as_nanos(), self.policy.max_delay.as_nanos());
        let requested = retry_after.map_or(self.reconnection_time, |time| time.as_nanos());
        let mut delay = requested.max(min);
        if retry_after.is_none() {
            for _ in 1..self.attempts {
                if self.policy.backoff_factor < 2 || delay == 0 || delay > max {
                    break;
                }
                delay *= u128::from(self.policy.backoff_factor);
            }
        }
        let delay = delay.min(max);
        let jitter = delay * u128::from(self.policy.jitter_percent) / 100;
        let (least, most) = if delay + jitter <= max {
            (delay, delay + jitter)
        } else {
            (max.saturating_sub(jitter).max(requested).max(min).min(max), max)
        };
        let drawn = (least == most).then_some(least);
        self.delay = Some(Delay { began: self.now, least, most, drawn });
    }

    fn connect(&mut self) {
        self.connections += 1;
        (self.ready_state, self.fetch, self.refusal, self.delay) = (ReadyState::Connecting, Some(self.now), None, None);
    }

    fn take_refusal(&mut self) {
        match self.refusal {
            Some(Refusal { is_temporary: true, retry_after }) => self.reestablish(self.cause, retry_after),
            Some(_) => self.fail(self.cause),
            None => {}
        }
    }

    fn time_out(&mut self) {
        let Some(timeout) = self.policy.idle_timeout else { return };
        let since = if self.ready_state == ReadyState::Open { Some(self.stream.last_bytes) } else { self.fetch };
        if since.is_some_and(|since| self.now - since >= timeout.as_nanos().max(1)) {
            self.reestablish(Cause::TimedOut, None);
        }
    }

    /// Learns the length of the delay from the first step after it began, which must be within the bounds.
    fn adopt(&mut self, seen: Step) {
        let Some(delay) = self.delay.as_mut().filter(|delay| delay.drawn.is_none()) else { return };
        let passed = self.now - delay.began;
        let drawn = match seen {
            Step::Wait { time, .. } => passed + time.as_nanos(),
            _ => passed.min(delay.most),
        };
        let is_cut = delay.began + drawn == END;
        assert!(delay.least <= drawn || is_cut, "{drawn} ns is shorter than {} ns", delay.least);
        assert!(drawn <= delay.most, "{drawn} ns is longer than {} ns", delay.most);
        delay.drawn = Some(drawn);
    }

    fn end_delay(&mut self) {
        if let Some(Delay { began, drawn: Some(drawn), .. }) = self.delay {
            if self.now >= (began + drawn).min(END) {
                self.connect();
            }
        }
    }
}

fn duration(nanos: u128) -> Duration {
    let seconds = u64::try_from(nanos / 1_000_000_000).expect("a duration");
    Duration::new(seconds, u32::try_from(nanos % 1_000_000_000).expect("less than a second"))
}
