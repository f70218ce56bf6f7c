//! The states of a client and the transitions between them, as one table. A client does nothing that is not in the table.

/// The state of a client.
///
/// The standard's [`readyState`](https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface) is
/// `CONNECTING` for `Connecting`, `Refused` and `Waiting`, `OPEN` for `Open`, and `CLOSED` for `Closed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// A request is to be sent, or its response is awaited.
    Connecting,
    /// The response is not an event stream. The verdict takes effect with the next step.
    Refused,
    /// The body of the response is being received.
    Open,
    /// The connection is lost. The client waits before it connects again.
    Waiting,
    /// The client has stopped.
    Closed,
}

/// What can happen to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The response is an event stream, or the application accepts it as one.
    Accept,
    /// The response is not an event stream.
    Refuse,
    /// The connection ended, failed or timed out, and the policy allows another attempt.
    Lose,
    /// A response that was refused is temporary, or the application overrides the verdict; the policy allows another attempt.
    Retry,
    /// A response was refused for good, the policy allows no further attempt, or the application knows that another is futile.
    GiveUp,
    /// The delay has elapsed.
    Elapse,
    /// The application forces a reconnection.
    Reconnect,
    /// The application closes the client.
    Close,
}

/// From which state an input leads to which. All other inputs are ignored.
pub(crate) const TRANSITIONS: [(State, Input, State); 19] = [
    // "announce the connection"
    (State::Connecting, Input::Accept, State::Open),
    (State::Connecting, Input::Refuse, State::Refused),
    // "reestablish the connection"
    (State::Connecting, Input::Lose, State::Waiting),
    // "fail the connection"
    (State::Connecting, Input::GiveUp, State::Closed),
    (State::Connecting, Input::Reconnect, State::Connecting),
    (State::Connecting, Input::Close, State::Closed),
    (State::Refused, Input::Accept, State::Open),
    (State::Refused, Input::Retry, State::Waiting),
    (State::Refused, Input::GiveUp, State::Closed),
    (State::Refused, Input::Reconnect, State::Connecting),
    (State::Refused, Input::Close, State::Closed),
    (State::Open, Input::Lose, State::Waiting),
    (State::Open, Input::GiveUp, State::Closed),
    (State::Open, Input::Reconnect, State::Connecting),
    (State::Open, Input::Close, State::Closed),
    (State::Waiting, Input::Elapse, State::Connecting),
    (State::Waiting, Input::GiveUp, State::Closed),
    (State::Waiting, Input::Reconnect, State::Connecting),
    (State::Waiting, Input::Close, State::Closed),
];

/// Returns the state that the input leads to, or `None` if it is ignored.
pub(crate) fn next(from: State, input: Input) -> Option<State> {
    TRANSITIONS.iter().find(|row| row.0 == from && row.1 == input).map(|row| row.2)
}
