//! Whatever happens to a client, in any order and at any time, it does what the transcribed client does
//! (`tests/support/reference_client.rs`), and the events of each connection are those of the specification.
//!
//! An `EventSource` over each decoder and a `Reconnect` that is told what the first one decodes run side by side, and agree.

use std::time::Duration;

use sse_proto::client::{EventSource, Policy, Reconnect, State, Step};
use sse_proto::{BytesDecoder, Decoder, EndOfStream, Limits};

use crate::input::Input as Bytes;
use crate::seeds::streams;
use crate::support::client::{Input, assert_agree};
use crate::support::drive::{
    bytes_source_events, bytes_source_items_so_far, source_events, source_items_so_far, without_places,
};
use crate::support::reference::{self, Outcome, Seen};
use crate::support::reference_client::ReferenceClient;

/// Input: operations, then the limit of the decoder and the reader, and the policy.
///
/// An operation is a byte that says what happens, a byte that says when, and arguments.
pub fn check(input: &[u8]) {
    let mut input = Bytes(input);
    let [policy] = input.take();
    let [flags] = input.take();
    let mut operations = Operations(input.0);
    let mut session = Session::new(policies()[usize::from(policy) % policies().len()], flags);
    while let Some([kind, time]) = operations.take() {
        session.pass(time);
        match kind & 15 {
            0..=2 => session.step(),
            3 => {
                let [status, retry_after] = operations.take().unwrap_or_default();
                session.input(Input::Response {
                    status: STATUSES[usize::from(status & 15)],
                    is_event_stream: status & 16 != 0,
                    retry_after: (retry_after & 128 != 0).then_some(time_of(retry_after)),
                });
            }
            4 => session.input(Input::STREAM),
            5..=7 => session.receive(operations.take_slice()),
            8 => session.input(Input::End),
            9 => session.input(Input::Failure),
            10 => session.input(Input::Accept),
            11 => session.input(Input::Retry),
            12 => session.input(Input::ReconnectNow),
            13 => session.input(Input::Close),
            14 => session.set_last_event_id(&String::from_utf8_lossy(operations.take_slice())),
            _ => session.input(Input::GiveUp),
        }
    }
    session.step();
}

/// Each case on two connections, the first of which is cut, with each policy; and every operation after every other.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let connect = |stream: &[u8]| {
        let len = u8::try_from(stream.len().min(200)).expect("at most 200");
        [&[0, 9, 4, 1, 5, 4, len], &stream[..usize::from(len)], &[0, 3]].concat()
    };
    let of_streams = streams().enumerate().map(|(number, stream)| {
        let number = u8::try_from(number % 200).expect("less than 200");
        let first = connect(&stream[..stream.len() / 2]);
        let leave = [[8, 0], [9, 3], [12, 5], [0, 13]][usize::from(number) % 4];
        [first, leave.to_vec(), vec![0, 12, 0, 13], connect(stream), vec![8, 2, 0, 0, number, number]].concat()
    });
    let pairs = (0..16).flat_map(|first| (0..16).map(move |second| (first, second)));
    let of_pairs =
        pairs.map(|(first, second): (u8, u8)| vec![0, 3, first, 3, 7, 10, second, 4, 3, 131, 0, 12, first % 4, second]);
    of_streams.chain(of_pairs).collect()
}

const STATUSES: [u16; 16] = [200, 204, 301, 400, 401, 404, 408, 425, 429, 500, 502, 503, 599, 600, 100, 206];

/// In milliseconds.
const TIMES: [u64; 16] = [0, 0, 1, 3, 5, 12, 100, 499, 500, 3000, 6000, 30_000, 60_000, 300_000, 3_600_000, u64::MAX];

fn time_of(byte: u8) -> Duration {
    Duration::from_millis(TIMES[usize::from(byte & 15)])
}

fn policies() -> [Policy; 8] {
    let ms = Duration::from_millis;
    let exact = Policy::new().with_jitter_percent(0);
    [
        Policy::default(),
        exact,
        Policy::browser(),
        Policy::browser().with_idle_timeout(Some(ms(5))),
        Policy::once(),
        exact.with_max_attempts(2).with_healthy_after(ms(12)),
        exact.with_min_delay(ms(5)).with_max_delay(ms(100)).with_backoff_factor(3).with_max_attempts(u32::MAX),
        Policy::new().with_jitter_percent(200).with_idle_timeout(Some(ms(0))),
    ]
}

/// The rest of the operations.
struct Operations<'a>(&'a [u8]);

impl<'a> Operations<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    /// Bytes that follow their number.
    fn take_slice(&mut self) -> &'a [u8] {
        let [len] = self.take().unwrap_or_default();
        let (taken, rest) = self.0.split_at(usize::from(len).min(self.0.len()));
        self.0 = rest;
        taken
    }
}

struct Session {
    policy: Policy,
    now: Duration,
    source: EventSource,
    shared: EventSource<BytesDecoder>,
    alone: Reconnect,
    reference: ReferenceClient,
    limit: usize,
    /// Whether all items are read.
    items: bool,
    /// What the open stream has received, and what came out of it.
    received: Vec<u8>,
    outcomes: Vec<Outcome>,
    /// The last event ID when the stream was opened.
    first_id: String,
    /// Whether the application set the last event ID while the stream was open.
    is_id_set: bool,
    last_event_id: String,
    last_stream: EndOfStream,
}

impl Session {
    fn new(policy: Policy, flags: u8) -> Self {
        let limit = if flags & 1 == 0 { usize::MAX } else { usize::from(flags >> 2) };
        let limits = Limits::default().with_max_event_bytes(limit);
        let seed = u64::from(flags);
        let source = EventSource::with_decoder(Decoder::with_limits(limits), policy, seed);
        let shared = EventSource::with_decoder(BytesDecoder::with_limits(limits), policy, seed);
        let last_stream = source.last_stream().clone();
        Self {
            policy,
            now: Duration::ZERO,
            source,
            shared,
            alone: Reconnect::new(policy, seed),
            reference: ReferenceClient::new(policy),
            limit,
            items: flags & 2 != 0,
            received: Vec::new(),
            outcomes: Vec::new(),
            first_id: String::new(),
            is_id_set: false,
            last_event_id: String::new(),
            last_stream,
        }
    }

    /// The clock goes forward, or back.
    fn pass(&mut self, time: u8) {
        let by = time_of(time);
        self.now = if time & 128 == 0 { self.now.saturating_add(by) } else { self.now.saturating_sub(by) };
    }

    fn step(&mut self) {
        self.input(Input::Step);
        let before = (self.source.clone(), self.alone.clone());
        let step = self.source.step(self.now);
        assert_eq!([self.shared.step(self.now), self.alone.step(self.now)], [step; 2]);
        assert!(before.0 == self.source && before.1 == self.alone, "asking again changes nothing");
        if let Step::Wait { time, .. } = step {
            assert!(!time.is_zero() && time <= self.policy.max_delay, "{step:?}");
        }
    }

    fn input(&mut self, input: Input) {
        let (state, connection) = (self.source.state(), self.source.reconnect().connections());
        input.apply_to_both(&mut self.source, &mut self.reference, self.now);
        input.apply(&mut self.alone, self.now);
        input.apply(&mut self.shared, self.now);
        assert_eq!(self.source.reconnect(), &self.alone, "{input:?}");
        assert!(state != State::Closed || self.source.state() == State::Closed, "nothing follows the end");
        let after = self.source.state();
        // What a stream left remains until the next connection has a response, or is lost without one.
        if matches!(state, State::Connecting | State::Refused)
            && (state, connection) != (after, self.source.reconnect().connections())
        {
            self.last_stream = EndOfStream::default();
        }
        match (state, after) {
            (State::Open, State::Open) => {}
            (State::Open, _) => self.end_of_stream(),
            (_, State::Open) => self.open(),
            _ => {}
        }
        self.check();
    }

    fn open(&mut self) {
        self.received.clear();
        self.outcomes.clear();
        self.first_id.clone_from(&self.last_event_id);
        self.is_id_set = false;
    }

    fn receive(&mut self, chunk: &[u8]) {
        let was_open = self.source.state() == State::Open;
        let [seen, shared] = if self.items {
            [
                source_items_so_far(&mut self.source, self.now, &[chunk]),
                bytes_source_items_so_far(&mut self.shared, self.now, &[chunk]),
            ]
        } else {
            [
                source_events(&mut self.source, self.now, &[chunk]),
                bytes_source_events(&mut self.shared, self.now, &[chunk]),
            ]
        };
        assert_eq!(seen, shared);
        if !chunk.is_empty() {
            self.alone.handle_bytes(self.now);
            self.reference.handle_bytes(self.now);
        }
        let is_event = |outcome: &&Outcome| matches!(outcome, Outcome::Event { .. } | Outcome::TooLarge { .. });
        for _ in seen.outcomes.iter().filter(is_event) {
            self.alone.handle_event(self.now);
            self.reference.handle_event(self.now);
        }
        if let Some(time) = seen.reconnection_time.map(Duration::from_millis) {
            self.alone.set_reconnection_time(time);
            self.reference.set_reconnection_time(time);
        }
        if was_open {
            self.received.extend_from_slice(chunk);
            self.outcomes.extend(without_places(seen).outcomes);
            self.last_event_id = self.expected().last_event_id;
        } else {
            assert_eq!(seen.outcomes, [], "only an open stream gives anything");
        }
        self.check();
    }

    fn set_last_event_id(&mut self, id: &str) {
        let set = [self.source.set_last_event_id(id), self.shared.set_last_event_id(id)];
        assert_eq!(set[0], set[1]);
        let is_legal = !id.contains(['\r', '\n', '\0']);
        assert!(is_legal || set[0].is_err());
        if self.limit == usize::MAX {
            assert_eq!(set[0].is_ok(), is_legal);
        }
        if set[0].is_ok() {
            id.clone_into(&mut self.last_event_id);
            self.is_id_set = true;
        }
        self.check();
    }

    /// What the specification says of the open stream. The reference knows nothing of an ID that is set within a stream.
    fn expected(&self) -> Seen {
        let decode = if self.items { reference::decode_items } else { reference::decode_from };
        let mut expected = without_places(decode(&self.received, &self.first_id, self.limit));
        if self.is_id_set {
            self.source.last_event_id().clone_into(&mut expected.last_event_id);
        }
        expected
    }

    fn end_of_stream(&mut self) {
        self.last_stream = self.source.last_stream().clone();
        if self.is_id_set {
            return;
        }
        let mut expected = self.expected();
        assert_eq!(self.last_stream.incomplete, expected.incomplete);
        assert_eq!(self.last_stream.ignored.lines(), expected.ignored.0);
        assert_eq!(self.last_stream.ignored.first_line(), expected.ignored.1);
        if self.items {
            // Of the line in which the stream ended nobody asked for the item.
            let is_line = |outcome: &Outcome| {
                matches!(outcome, Outcome::Comment(_) | Outcome::Ignored(_) | Outcome::LineTooLarge { .. })
            };
            let is_asked_for = expected.outcomes.len() == self.outcomes.len();
            if !is_asked_for && expected.outcomes.last().is_some_and(is_line) {
                expected.outcomes.pop();
            }
        } else {
            assert_eq!(self.last_stream.utf8_replacements, expected.utf8_replacements);
        }
        assert_eq!(self.outcomes, expected.outcomes, "{:x?}", self.received);
    }

    /// What always holds.
    fn check(&self) {
        assert_agree(&self.source, &self.reference, "any input");
        assert_eq!(self.shared.reconnect().state(), self.source.reconnect().state());
        assert_eq!(self.source.last_event_id(), self.last_event_id);
        assert_eq!(self.shared.last_event_id(), self.last_event_id);
        assert_eq!([self.source.last_stream(), self.shared.last_stream()], [&self.last_stream; 2]);
        let headers: Vec<_> = self.source.request_headers().collect();
        assert!(headers.iter().all(|(_, value)| value.iter().all(|byte| !matches!(byte, 0..=8 | 10..=31 | 127))));
        let sent = headers.get(2).map(|header| header.1);
        let id = self.last_event_id.as_bytes();
        assert_eq!(sent, (!id.is_empty() && !self.source.omits_last_event_id()).then_some(id));
    }
}
