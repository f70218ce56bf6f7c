//! The client, `Reconnect` and `EventSource`: what the standard requires of it, what the policy adds, and what must not disturb it.

#[path = "../support/counting.rs"]
mod counting;
mod model;
mod responses;
mod states;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod text;
mod times;

use std::time::Duration;

use sse_proto::client::{Cause, EventSource, Policy, Reconnect, Response, State, Step, Verdict};
use support::client::{Client, Input, Source, event_stream, new_decoder};

/// A moment or a time, in milliseconds.
const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The default policy without jitter.
const EXACT: Policy = Policy::new().with_jitter_percent(0);

const STATES: [State; 5] = [State::Connecting, State::Refused, State::Open, State::Waiting, State::Closed];

fn new_source(policy: Policy) -> Source {
    EventSource::with_decoder(new_decoder(), policy, 0)
}

/// A client whose stream has been open since 0.
fn opened<C: Client>(mut client: C) -> C {
    assert!(matches!(client.step(ms(0)), Step::Connect { .. }));
    assert_eq!(client.handle_response(ms(0), event_stream()), Verdict::Open);
    client
}

/// A client that has come into this state at 0. Refused: by a 404; waiting: after a failure; closed: by the application.
fn in_state<C: Client>(mut client: C, state: State) -> C {
    assert!(matches!(client.step(ms(0)), Step::Connect { .. }));
    match state {
        State::Connecting => {}
        State::Refused => {
            assert_eq!(client.handle_response(ms(0), Response::new(404)), Verdict::Close(Cause::Status(404)));
        }
        State::Open => client = opened(client),
        State::Waiting => client.handle_failure(ms(0)),
        State::Closed => client.close(),
        _ => panic!("not a state that this test knows: {state:?}"),
    }
    assert_eq!(client.state(), state);
    client
}

/// Everything that can happen to a client.
const INPUTS: [Input; 13] = [
    Input::Step,
    Input::STREAM,
    Input::Response { status: 404, is_event_stream: false, retry_after: None },
    Input::Response { status: 503, is_event_stream: false, retry_after: Some(ms(1000)) },
    Input::Accept,
    Input::Retry,
    Input::End,
    Input::Failure,
    Input::GiveUp,
    Input::ReconnectNow,
    Input::Close,
    Input::Comment,
    Input::Event,
];

/// The test of a property of `Reconnect` and of `EventSource` over each decoder.
macro_rules! clients {
    ($(#[$attribute:meta])* fn $name:ident($new:ident) $body:block) => {
        $(#[$attribute])*
        #[test]
        fn $name() {
            fn check<C: crate::support::client::Client>($new: impl Fn(sse_proto::client::Policy) -> C) $body
            check(|policy| sse_proto::client::Reconnect::new(policy, 0));
            check(crate::new_source);
            #[cfg(feature = "bytes")]
            check(|policy| {
                sse_proto::client::EventSource::with_decoder(sse_proto::BytesDecoder::new(), policy, 0)
            });
        }
    };
}
use clients;
