//! What `Reconnect` and `EventSource` have in common, for tests that apply to both.

use std::time::Duration;

use sse_proto::Decoder;
use sse_proto::client::{EventSource, Reconnect, Response, State, Step, Verdict};

use super::reference_client::ReferenceClient;

/// An event source that exists with every set of features.
#[cfg(feature = "alloc")]
pub type Source = EventSource;
#[cfg(not(feature = "alloc"))]
pub type Source = EventSource<sse_proto::FixedDecoder<1024, 256>>;

#[cfg(feature = "alloc")]
pub fn new_decoder() -> Decoder {
    Decoder::new()
}

#[cfg(not(feature = "alloc"))]
pub fn new_decoder() -> sse_proto::FixedDecoder<1024, 256> {
    Decoder::with_fixed_buffers()
}

/// A response that opens the stream.
pub fn event_stream() -> Response {
    Response::new(200).with_content_types(["text/event-stream"])
}

/// A client, with or without a decoder.
pub trait Client: Clone + PartialEq + std::fmt::Debug {
    fn step(&mut self, now: Duration) -> Step;
    fn handle_response(&mut self, now: Duration, response: Response) -> Verdict;
    fn accept(&mut self, now: Duration);
    fn retry(&mut self, now: Duration);
    fn handle_end(&mut self, now: Duration);
    fn handle_failure(&mut self, now: Duration);
    fn give_up(&mut self, now: Duration);
    fn set_max_attempts(&mut self, max_attempts: u32);
    fn reconnect_now(&mut self, now: Duration);
    fn close(&mut self);
    /// A comment arrives.
    fn comment(&mut self, now: Duration);
    /// An event arrives.
    fn event(&mut self, now: Duration);
    /// A `retry` field arrives, which an event source takes note of only while it is open.
    fn retry_field(&mut self, now: Duration, time: Duration);
    fn reconnect(&self) -> &Reconnect;

    fn state(&self) -> State {
        self.reconnect().state()
    }
}

macro_rules! forward {
    () => {
        fn step(&mut self, now: Duration) -> Step {
            self.step(now)
        }
        fn handle_response(&mut self, now: Duration, response: Response) -> Verdict {
            self.handle_response(now, response)
        }
        fn accept(&mut self, now: Duration) {
            self.accept(now);
        }
        fn retry(&mut self, now: Duration) {
            self.retry(now);
        }
        fn handle_end(&mut self, now: Duration) {
            self.handle_end(now);
        }
        fn handle_failure(&mut self, now: Duration) {
            self.handle_failure(now);
        }
        fn give_up(&mut self, now: Duration) {
            self.give_up(now);
        }
        fn set_max_attempts(&mut self, max_attempts: u32) {
            self.set_max_attempts(max_attempts);
        }
        fn reconnect_now(&mut self, now: Duration) {
            self.reconnect_now(now);
        }
        fn close(&mut self) {
            self.close();
        }
    };
}

impl Client for Reconnect {
    forward!();

    fn comment(&mut self, now: Duration) {
        self.handle_bytes(now);
    }

    fn event(&mut self, now: Duration) {
        self.handle_event(now);
    }

    fn retry_field(&mut self, now: Duration, time: Duration) {
        self.handle_bytes(now);
        self.set_reconnection_time(time);
    }

    fn reconnect(&self) -> &Reconnect {
        self
    }
}

impl Client for Source {
    forward!();

    fn comment(&mut self, now: Duration) {
        assert_eq!(self.next_event(now, &mut &b":\n"[..]), Ok(None));
    }

    fn event(&mut self, now: Duration) {
        let is_open = self.state() == State::Open;
        let mut input = &b"data\n\n"[..];
        assert_eq!(self.next_event(now, &mut input).unwrap().is_some(), is_open);
        assert!(input.is_empty());
    }

    fn retry_field(&mut self, now: Duration, time: Duration) {
        let field = format!("retry: {}\n", time.as_millis());
        assert_eq!(self.next_event(now, &mut field.as_bytes()), Ok(None));
    }

    fn reconnect(&self) -> &Reconnect {
        self.reconnect()
    }
}

#[cfg(feature = "bytes")]
impl Client for EventSource<sse_proto::BytesDecoder> {
    forward!();

    fn comment(&mut self, now: Duration) {
        assert_eq!(self.next_event(now, &mut bytes::Bytes::from_static(b":\n")), Ok(None));
    }

    fn event(&mut self, now: Duration) {
        let is_open = self.state() == State::Open;
        let mut input = bytes::Bytes::from_static(b"data\n\n");
        assert_eq!(self.next_event(now, &mut input).unwrap().is_some(), is_open);
        assert!(input.is_empty());
    }

    fn retry_field(&mut self, now: Duration, time: Duration) {
        let field = format!("retry: {}\n", time.as_millis());
        assert_eq!(self.next_event(now, &mut field.into()), Ok(None));
    }

    fn reconnect(&self) -> &Reconnect {
        self.reconnect()
    }
}

/// What can happen to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    Step,
    Response { status: u16, is_event_stream: bool, retry_after: Option<Duration> },
    Accept,
    Retry,
    End,
    Failure,
    GiveUp,
    ReconnectNow,
    Close,
    Comment,
    Event,
    RetryField(Duration),
}

impl Input {
    /// A response that opens the stream.
    pub const STREAM: Self = Self::Response { status: 200, is_event_stream: true, retry_after: None };

    pub fn apply(self, client: &mut impl Client, now: Duration) {
        match self {
            Self::Step => _ = client.step(now),
            Self::Response { status, is_event_stream, retry_after } => {
                let _ = client.handle_response(now, response(status, is_event_stream, retry_after));
            }
            Self::Accept => client.accept(now),
            Self::Retry => client.retry(now),
            Self::End => client.handle_end(now),
            Self::Failure => client.handle_failure(now),
            Self::GiveUp => client.give_up(now),
            Self::ReconnectNow => client.reconnect_now(now),
            Self::Close => client.close(),
            Self::Comment => client.comment(now),
            Self::Event => client.event(now),
            Self::RetryField(time) => client.retry_field(now, time),
        }
    }

    /// The same to a client and to the reference, which must agree.
    pub fn apply_to_both(self, client: &mut impl Client, reference: &mut ReferenceClient, now: Duration) {
        match self {
            Self::Step => {
                let step = client.step(now);
                assert_eq!(step, reference.step(now, step), "{self:?} at {now:?}");
            }
            Self::Response { status, is_event_stream, retry_after } => {
                let response = response(status, is_event_stream, retry_after);
                let (state, verdict) = (client.state(), client.handle_response(now, response));
                let expected = reference.handle_response(now, response);
                assert_eq!(expected.is_some(), state == State::Connecting);
                assert!(expected.is_none_or(|expected| expected == verdict), "{self:?}: {verdict:?}, not {expected:?}");
            }
            _ => self.apply(client, now),
        }
        match self {
            Self::Step | Self::Response { .. } => {}
            Self::Accept => reference.accept(now),
            Self::Retry => reference.retry(now),
            Self::End => reference.handle_end(now),
            Self::Failure => reference.handle_failure(now),
            Self::GiveUp => reference.give_up(now),
            Self::ReconnectNow => reference.reconnect_now(now),
            Self::Close => reference.close(),
            Self::Comment => reference.handle_bytes(now),
            Self::Event => reference.handle_event(now),
            Self::RetryField(time) => {
                reference.handle_bytes(now);
                // It takes effect before the next input.
                reference.set_reconnection_time(time);
            }
        }
        assert_agree(client, reference, self);
    }
}

pub fn assert_agree(client: &impl Client, reference: &ReferenceClient, last: impl std::fmt::Debug) {
    let client = client.reconnect();
    let found = (client.state(), client.attempts(), client.connections());
    assert_eq!(found, (reference.state(), reference.attempts(), reference.connections()), "after {last:?}");
}

fn response(status: u16, is_event_stream: bool, retry_after: Option<Duration>) -> Response {
    let content_type = if is_event_stream { "text/event-stream" } else { "text/html" };
    Response::new(status).with_content_types([content_type]).with_retry_after(retry_after)
}
