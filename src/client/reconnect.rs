//! The state machine of a client: states and arithmetic, without a decoder.

use core::time::Duration;

use crate::client::backoff;
use crate::client::cause::Cause;
use crate::client::policy::Policy;
use crate::client::random::Random;
use crate::client::response::{Response, Verdict};
use crate::client::states::{self, Input, State};
use crate::client::step::Step;
use crate::client::time;

/// Decides when a client connects, waits and stops. It has no socket, no clock and no decoder.
///
/// [`EventSource`](crate::client::EventSource) combines it with a decoder. Use it alone to decode by other means: report bytes
/// ([`handle_bytes`](Self::handle_bytes)), events ([`handle_event`](Self::handle_event)) and reconnection times
/// ([`set_reconnection_time`](Self::set_reconnection_time)) as they arrive.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::client::{Cause, Policy, Reconnect, Response, Step, Verdict};
///
/// let second = Duration::from_secs(1);
/// let mut reconnect = Reconnect::new(Policy::default().with_jitter_percent(0), 0);
/// assert_eq!(reconnect.step(0 * second), Step::Connect { timeout: Some(300 * second) });
///
/// let response = Response::new(200).with_content_types(["text/event-stream"]);
/// assert_eq!(reconnect.handle_response(1 * second, response), Verdict::Open);
/// reconnect.handle_event(2 * second);
/// reconnect.handle_end(5 * second);
/// assert_eq!(reconnect.step(6 * second), Step::Wait { time: 2 * second, cause: Cause::Ended, attempt: 1 });
/// assert_eq!(reconnect.step(8 * second), Step::Connect { timeout: Some(300 * second) });
/// ```
///
/// # Input
///
/// One method for each thing that can happen. What does not fit the state is ignored: a response that arrives late, the end of a
/// connection that was given up. `now` is the time since an origin of the caller's choice, the same for all calls. A clock that
/// goes back is taken to stand still.
///
/// # Output
///
/// [`step`](Self::step). The delay is drawn when the connection is lost, so that asking again does not change it.
///
/// # End of stream
///
/// [`handle_end`](Self::handle_end) for a response that ends, [`handle_failure`](Self::handle_failure) for a connection that fails.
///
/// # Limits
///
/// Those of the [`Policy`].
///
/// # After an error
///
/// [`Step::Wait`] and [`Step::Closed`] have its [`Cause`].
///
/// # Complexity
///
/// Constant time and memory; does not allocate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconnect {
    policy: Policy,
    reconnection_time: Duration,
    random: Random,
    phase: Phase,
    /// Attempts to reconnect since the last healthy connection.
    attempts: u32,
    connections: u64,
    last_cause: Option<Cause>,
    /// The latest time that was reported.
    latest: Duration,
}

/// A state, and what belongs to it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// `since` is absent until the first step.
    Connecting {
        since: Option<Duration>,
    },
    Refused(Loss),
    Open {
        since: Duration,
        last_activity: Duration,
        has_event: bool,
    },
    Waiting {
        until: Duration,
        cause: Cause,
    },
    Closed(Cause),
}

/// How a connection was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Loss {
    cause: Cause,
    /// Whether the cause is temporary.
    is_temporary: bool,
    retry_after: Option<Duration>,
}

impl Loss {
    /// The application caused the transition.
    const BY_APPLICATION: Self = Self::new(Cause::Closed);

    const fn new(cause: Cause) -> Self {
        Self { cause, is_temporary: true, retry_after: None }
    }
}

impl Reconnect {
    /// Returns a client that is about to connect for the first time.
    ///
    /// The seed of the jitter should differ between clients, so that they do not reconnect at the same moment. It need not be
    /// secret. With `std` and without a crate for random numbers:
    ///
    /// ```
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// use sse_proto::client::{Policy, Reconnect};
    ///
    /// let reconnect = Reconnect::new(Policy::default(), RandomState::new().hash_one(0));
    /// ```
    #[must_use]
    pub const fn new(policy: Policy, seed: u64) -> Self {
        Self {
            policy,
            reconnection_time: policy.reconnection_time,
            random: Random::new(seed),
            phase: Phase::Connecting { since: None },
            attempts: 0,
            connections: 1,
            last_cause: None,
            latest: Duration::ZERO,
        }
    }

    /// Returns what to do next, after the timeouts and delays that have elapsed.
    pub fn step(&mut self, now: Duration) -> Step {
        let now = self.at(now);
        self.settle(now);
        match self.phase {
            Phase::Connecting { since } => Step::Connect { timeout: self.remaining(now, since.unwrap_or(now)) },
            Phase::Open { last_activity, .. } => Step::Receive { idle: self.remaining(now, last_activity) },
            Phase::Waiting { until, cause } => {
                Step::Wait { time: time::sub(until, now), cause, attempt: self.attempts }
            }
            Phase::Refused(Loss { cause, .. }) | Phase::Closed(cause) => Step::Closed(cause),
        }
    }

    /// Takes the response and returns what follows from it. A response that is not awaited changes nothing: the verdict is then
    /// that of the current state, such as `Open` while the stream is open.
    pub fn handle_response(&mut self, now: Duration, response: Response) -> Verdict {
        let now = self.at(now);
        if !matches!(self.phase, Phase::Connecting { .. }) {
            return self.verdict();
        }
        let loss = match Verdict::new(response, &self.policy) {
            Verdict::Open => {
                self.accept(now);
                return self.verdict();
            }
            Verdict::Retry(cause) => {
                Loss { is_temporary: self.may_try_again(), retry_after: response.retry_after, ..Loss::new(cause) }
            }
            Verdict::Close(cause) => {
                Loss { is_temporary: false, retry_after: response.retry_after, ..Loss::new(cause) }
            }
        };
        self.transition(Input::Refuse, now, loss);
        self.verdict()
    }

    /// Treats the response as an event stream, whatever its status and type: overrides the verdict, until the next step.
    pub fn accept(&mut self, now: Duration) {
        let now = self.at(now);
        self.transition(Input::Accept, now, Loss::BY_APPLICATION);
    }

    /// Treats the cause of the refusal as temporary: overrides the verdict, until the next step. The client waits as the policy
    /// says, and stops if it allows no further attempt.
    pub fn retry(&mut self, now: Duration) {
        let now = self.at(now);
        if let Phase::Refused(loss) = self.phase {
            self.lose(Input::Retry, now, loss);
        }
    }

    /// Reports that bytes arrived, comments included.
    pub fn handle_bytes(&mut self, now: Duration) {
        let now = self.at(now);
        if let Phase::Open { last_activity, .. } = &mut self.phase {
            *last_activity = now;
        }
    }

    /// Reports that an event arrived. The connection is healthy from then on.
    pub fn handle_event(&mut self, now: Duration) {
        let now = self.at(now);
        self.handle_bytes(now);
        if let Phase::Open { has_event, .. } = &mut self.phase {
            *has_event = true;
            self.attempts = 0;
        }
    }

    /// Reports that the response ended. Before a response, the connection has failed.
    pub fn handle_end(&mut self, now: Duration) {
        let now = self.at(now);
        let cause = match self.phase {
            Phase::Open { .. } if self.is_healthy(now) => Cause::Ended,
            Phase::Open { .. } => Cause::EndedEarly,
            _ => Cause::Failed,
        };
        self.lose(Input::Lose, now, Loss::new(cause));
    }

    /// Reports that the connection could not be made, or that it failed.
    pub fn handle_failure(&mut self, now: Duration) {
        let now = self.at(now);
        self.lose(Input::Lose, now, Loss::new(Cause::Failed));
    }

    /// Connects again at once, from every state but `Closed`. Drop the connection that there is: nothing of it may be reported any
    /// more. It is not counted as a failure, and the number of attempts so far stays.
    pub fn reconnect_now(&mut self, now: Duration) {
        let now = self.at(now);
        if self.is_healthy(now) {
            self.attempts = 0;
        }
        self.transition(Input::Reconnect, now, Loss::BY_APPLICATION);
    }

    /// Reports that trying again is futile: the client stops. The cause is that of the refusal or of the delay, if there is one, or
    /// else [`Cause::Failed`].
    ///
    /// [HTML, 9.2.3](https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model): "if res is a network
    /// error, then reestablish the connection, unless the user agent knows that to be futile, in which case the user agent may
    /// fail the connection."
    pub fn give_up(&mut self, now: Duration) {
        let now = self.at(now);
        let cause = match self.phase {
            Phase::Refused(Loss { cause, .. }) | Phase::Waiting { cause, .. } => cause,
            _ => Cause::Failed,
        };
        self.transition(Input::GiveUp, now, Loss::new(cause));
    }

    /// Stops the client. From then on all input is ignored.
    pub fn close(&mut self) {
        self.transition(Input::Close, Duration::ZERO, Loss::BY_APPLICATION);
    }

    /// Sets how many attempts are allowed from here on, as [`Policy::max_attempts`]. 0 makes the current connection the last one.
    ///
    /// It is for requests that may be repeated at some times only. See
    /// [POST requests that are resumed with GET](super#a-post-that-is-resumed-with-get).
    pub const fn set_max_attempts(&mut self, max_attempts: u32) {
        self.policy.max_attempts = max_attempts;
    }

    /// Sets the reconnection time, as a `retry` field does. It applies to delays that begin afterwards.
    pub const fn set_reconnection_time(&mut self, reconnection_time: Duration) {
        self.reconnection_time = reconnection_time;
    }

    /// The reconnection time that the server asked for last, or that of the policy. The delays are computed from it.
    #[must_use]
    pub const fn reconnection_time(&self) -> Duration {
        self.reconnection_time
    }

    /// The state, after the last input. Timeouts and delays that elapsed since then show with the next step.
    #[must_use]
    pub const fn state(&self) -> State {
        match self.phase {
            Phase::Connecting { .. } => State::Connecting,
            Phase::Refused(_) => State::Refused,
            Phase::Open { .. } => State::Open,
            Phase::Waiting { .. } => State::Waiting,
            Phase::Closed(_) => State::Closed,
        }
    }

    /// How many attempts to reconnect have been made, or are about to be made, since the last healthy connection.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The number of the current connection, counted from 1. It changes with each entry into [`State::Connecting`], so a driver
    /// that remembers it knows whether the connection it holds is still wanted.
    #[must_use]
    pub const fn connections(&self) -> u64 {
        self.connections
    }

    /// Why the last connection was lost. It outlives the delay, and it is known without one, when [`Step::Connect`] follows the
    /// loss at once. `None` if there was no connection before, or if the application dropped it
    /// ([`reconnect_now`](Self::reconnect_now)). The loss after which the client stops is not included: [`Step::Closed`] has it.
    #[must_use]
    pub const fn last_cause(&self) -> Option<Cause> {
        self.last_cause
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether the stream is open.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// Whether input is decoded. If there is any, it counts as activity.
    pub(crate) fn receives(&mut self, now: Duration, has_input: bool) -> bool {
        if has_input {
            self.handle_bytes(now);
        }
        self.is_open()
    }

    /// Updates the latest time and returns it.
    fn at(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        self.latest
    }

    /// Applies a pending verdict, timeouts and delays.
    fn settle(&mut self, now: Duration) {
        match self.phase {
            Phase::Refused(loss) if loss.is_temporary => self.lose(Input::Retry, now, loss),
            Phase::Refused(loss) => self.transition(Input::GiveUp, now, loss),
            // The time starts with the first step, not with the construction.
            Phase::Connecting { since: None } => self.phase = Phase::Connecting { since: Some(now) },
            Phase::Connecting { since: Some(since) } | Phase::Open { last_activity: since, .. } => {
                if self.remaining(now, since).is_some_and(|time| time.is_zero()) {
                    self.lose(Input::Lose, now, Loss::new(Cause::TimedOut));
                }
            }
            Phase::Waiting { .. } | Phase::Closed(_) => {}
        }
        if let Phase::Waiting { until, cause } = self.phase {
            if now >= until {
                self.transition(Input::Elapse, now, Loss::new(cause));
            }
        }
    }

    /// What is left of the idle timeout that started at `since`.
    fn remaining(&self, now: Duration, since: Duration) -> Option<Duration> {
        // A timeout of zero would elapse while the step is asked for, so that asking again gave another one.
        let timeout = self.policy.idle_timeout?.max(Duration::from_nanos(1));
        Some(time::sub(timeout, time::sub(now, since)))
    }

    fn is_healthy(&self, now: Duration) -> bool {
        match self.phase {
            Phase::Open { since, has_event, .. } => has_event || time::sub(now, since) >= self.policy.healthy_after,
            _ => false,
        }
    }

    const fn may_try_again(&self) -> bool {
        self.attempts < self.policy.max_attempts || self.policy.max_attempts == u32::MAX
    }

    /// Counts the attempt that follows a lost connection, or gives up. Does nothing if `input` does not fit the state.
    fn lose(&mut self, input: Input, now: Duration, loss: Loss) {
        if states::next(self.state(), input).is_none() {
            return;
        }
        let open_until = match self.phase {
            // The silence before a timeout does not make a connection healthy.
            Phase::Open { last_activity, .. } if loss.cause == Cause::TimedOut => last_activity,
            _ => now,
        };
        if self.is_healthy(open_until) {
            self.attempts = 0;
        }
        if self.may_try_again() {
            self.attempts = self.attempts.saturating_add(1);
            self.transition(input, now, loss);
        } else {
            self.transition(Input::GiveUp, now, loss);
        }
    }

    /// Enters the state that the input leads to, if any.
    fn transition(&mut self, input: Input, now: Duration, loss: Loss) {
        let Some(next) = states::next(self.state(), input) else { return };
        match (input, self.phase) {
            (Input::Lose | Input::Retry, _) => self.last_cause = Some(loss.cause),
            // A connection that is lost already cannot be dropped.
            (Input::Reconnect, phase) if !matches!(phase, Phase::Waiting { .. }) => self.last_cause = None,
            _ => {}
        }
        self.phase = match next {
            State::Connecting => {
                self.connections = self.connections.saturating_add(1);
                Phase::Connecting { since: Some(now) }
            }
            State::Refused => Phase::Refused(loss),
            State::Open => Phase::Open { since: now, last_activity: now, has_event: false },
            State::Waiting => Phase::Waiting { until: time::add(now, self.delay(loss)), cause: loss.cause },
            State::Closed => Phase::Closed(loss.cause),
        };
    }

    /// Draws the delay before the next attempt. `Retry-After` counts for this attempt only.
    fn delay(&mut self, loss: Loss) -> Duration {
        match loss.retry_after {
            Some(requested) => backoff::retry_after(&self.policy, requested, &mut self.random),
            None => backoff::backoff(&self.policy, self.reconnection_time, self.attempts, &mut self.random),
        }
    }

    /// The verdict that the state stands for.
    const fn verdict(&self) -> Verdict {
        match self.phase {
            Phase::Open { .. } => Verdict::Open,
            Phase::Refused(Loss { cause, is_temporary: true, .. }) | Phase::Waiting { cause, .. } => {
                Verdict::Retry(cause)
            }
            Phase::Refused(Loss { cause, .. }) | Phase::Closed(cause) => Verdict::Close(cause),
            // Not reached: a response that is awaited is judged first.
            Phase::Connecting { .. } => Verdict::Retry(Cause::Failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::states::TRANSITIONS;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    const HOUR: Duration = Duration::from_secs(3600);
    const STATES: [State; 5] = [State::Connecting, State::Refused, State::Open, State::Waiting, State::Closed];

    fn in_state(state: State, policy: Policy) -> Reconnect {
        let mut reconnect = Reconnect::new(policy, 0);
        let _ = reconnect.step(Duration::ZERO);
        match state {
            State::Connecting => {}
            State::Refused => {
                let verdict = reconnect.handle_response(Duration::ZERO, Response::new(404));
                assert_eq!(verdict, Verdict::Close(Cause::Status(404)));
            }
            State::Open => reconnect.accept(Duration::ZERO),
            State::Waiting => reconnect.handle_failure(Duration::ZERO),
            State::Closed => reconnect.close(),
        }
        assert_eq!(reconnect.state(), state);
        reconnect
    }

    /// Does what the input stands for, by public methods. `None` if the state makes another input of it.
    fn input(reconnect: &mut Reconnect, input: Input) -> Option<()> {
        match input {
            Input::Accept => reconnect.accept(HOUR),
            Input::Refuse => _ = reconnect.handle_response(HOUR, Response::new(404)),
            Input::Lose => reconnect.handle_failure(HOUR),
            Input::Retry => reconnect.retry(HOUR),
            Input::GiveUp if reconnect.state() == State::Refused => _ = reconnect.step(HOUR),
            Input::GiveUp if matches!(reconnect.state(), State::Waiting | State::Closed) => reconnect.give_up(HOUR),
            Input::GiveUp => {
                reconnect.policy.max_attempts = 0;
                reconnect.handle_end(HOUR);
            }
            Input::Elapse if reconnect.state() == State::Refused => return None,
            Input::Elapse => _ = reconnect.step(HOUR),
            Input::Reconnect => reconnect.reconnect_now(HOUR),
            Input::Close => reconnect.close(),
        }
        Some(())
    }

    #[test]
    fn every_input_in_every_state_does_what_the_table_says() {
        const INPUTS: [Input; 8] = [
            Input::Accept,
            Input::Refuse,
            Input::Lose,
            Input::Retry,
            Input::GiveUp,
            Input::Elapse,
            Input::Reconnect,
            Input::Close,
        ];
        let policy = Policy::default().with_idle_timeout(None);
        let mut rows = 0;
        for from in STATES {
            for kind in INPUTS {
                let before = in_state(from, policy);
                let mut reconnect = before.clone();
                if input(&mut reconnect, kind).is_none() {
                    continue;
                }
                let expected = TRANSITIONS.iter().find(|row| (row.0, row.1) == (from, kind)).map(|row| row.2);
                assert_eq!(reconnect.state(), expected.unwrap_or(from), "{kind:?} in {from:?}");
                if expected.is_none() {
                    (reconnect.policy, reconnect.latest) = (policy, before.latest);
                    assert_eq!(reconnect, before, "{kind:?} in {from:?} is ignored");
                }
                rows += usize::from(expected.is_some());
            }
        }
        assert_eq!(rows, TRANSITIONS.len(), "each row was taken");
    }

    /// The table in the documentation, row by row.
    #[test]
    fn the_documentation_shows_the_table() {
        let documented = include_str!("mod.rs").lines().filter_map(|line| {
            let mut names =
                line.strip_prefix("//! | ")?.split('|').filter_map(|cell| cell.split('`').nth(1)).map(String::from);
            Some((names.next()?, names.next()?, names.next()?))
        });
        let rows = TRANSITIONS.map(|(from, input, to)| (format!("{from:?}"), format!("{input:?}"), format!("{to:?}")));
        assert_eq!(documented.collect::<Vec<_>>(), rows);
    }
}
