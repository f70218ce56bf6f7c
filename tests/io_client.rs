//! The blocking client with servers and readers that fail as real ones do. No test depends on how long something takes: where the
//! client really sleeps, the order and the number of what happens are asserted.
#![cfg(feature = "std")]

use std::cell::Cell;
use std::collections::VecDeque;
use std::error::Error;
use std::io::{self, ErrorKind, Read};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

#[path = "support/counting.rs"]
mod counting;
#[path = "support/nested_error.rs"]
mod nested_error;

use nested_error::{Handshake, messages};
use sse_proto::adapters::io::{ClientError, ClientHandle, ConnectRequest, EventClient, Update};
use sse_proto::client::{Cause, EventSource, Policy, Response, State};
use sse_proto::{CutLine, Decoder, ItemBuf, Limits};

const HOUR: Duration = Duration::new(3600, 0);

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// What one read does.
enum Step {
    Bytes(Vec<u8>),
    Error(ErrorKind),
    /// Runs the function, then as the step it returns.
    Then(Box<dyn FnOnce() -> Self>),
}

fn bytes(bytes: impl AsRef<[u8]>) -> Step {
    Step::Bytes(bytes.as_ref().to_vec())
}

/// A body that does these steps, then ends.
struct Body {
    steps: VecDeque<Step>,
    log: Log,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.steps.pop_front() {
            None => Ok(0),
            Some(Step::Error(kind)) => Err(kind.into()),
            Some(Step::Bytes(bytes)) => {
                let (now, later) = bytes.split_at(bytes.len().min(buffer.len()));
                buffer[..now.len()].copy_from_slice(now);
                if !later.is_empty() {
                    self.steps.push_front(Step::Bytes(later.to_vec()));
                }
                Ok(now.len())
            }
            Some(Step::Then(run)) => {
                let next = run();
                self.steps.push_front(next);
                self.read(buffer)
            }
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.log.push("body dropped");
    }
}

fn stream() -> Response {
    Response::new(200).with_content_types(["text/event-stream"])
}

/// Delays of at most a millisecond.
fn quick() -> Policy {
    Policy::default().with_min_delay(Duration::ZERO).with_max_delay(Duration::from_millis(1)).with_idle_timeout(None)
}

/// No delays.
fn immediate() -> Policy {
    quick().with_max_delay(Duration::ZERO)
}

type Connection = io::Result<(Response, Vec<Step>)>;
type Connect = Box<dyn FnMut(&ConnectRequest<'_>) -> io::Result<(Response, Body)>>;

/// A server that answers with these connections, then with 204.
fn server(connections: impl IntoIterator<Item = Connection>, log: &Log) -> Connect {
    let (mut connections, log) = (connections.into_iter().collect::<Vec<_>>().into_iter(), log.clone());
    Box::new(move |request| {
        log.push(format!("connect after {:?}", request.last_event_id()));
        let (response, steps) = connections.next().unwrap_or_else(|| Ok((Response::new(204), Vec::new())))?;
        Ok((response, Body { steps: steps.into(), log: log.clone() }))
    })
}

fn describe(update: Result<Update, ClientError>) -> String {
    match update {
        Ok(Update::Connected) => "connected".to_owned(),
        Ok(Update::Item(ItemBuf::Event(event))) => format!("event {}", event.data()),
        Ok(Update::Item(ItemBuf::Block(block))) => format!("block {block:?}"),
        Ok(Update::Item(ItemBuf::Comment(text))) => format!("comment {text}"),
        Ok(Update::Item(ItemBuf::Ignored(line))) => format!("ignored {}", line.escape_ascii()),
        Ok(Update::Waiting { time, cause, attempt, error, .. }) => {
            assert!(!time.is_zero());
            let error = error.map(|error| format!(", {:?}", error.kind())).unwrap_or_default();
            format!("waiting: {cause}, attempt {attempt}{error}")
        }
        Ok(update) => panic!("{update:?}"),
        Err(error) => format!("error: {error}"),
    }
}

/// All that happens to a client of this server.
fn run(policy: Policy, connections: impl IntoIterator<Item = Connection>) -> Vec<String> {
    let log = Log::default();
    let mut client = EventClient::new(policy, server(connections, &log));
    while let Some(update) = client.next_update() {
        log.push(describe(update));
    }
    assert!(client.next_update().is_none() && client.next().is_none(), "fused");
    log.push(format!("{:?}", client.cause().unwrap()));
    log.take()
}

#[test]
fn everything_happens_in_order() {
    let lines = run(
        quick(),
        [
            Err(ErrorKind::ConnectionRefused.into()),
            Ok((Response::new(503).with_retry_after(Some(HOUR)), vec![bytes("overloaded")])),
            Ok((stream(), vec![bytes(": hi\nid: 1\ndata: a\n\nid: 2\nda"), bytes("ta: b")])),
            Ok((stream(), vec![bytes("id: 2\ndata: b\n\ndata: cu"), Step::Error(ErrorKind::ConnectionReset)])),
            Ok((stream(), vec![])),
            Ok((stream(), vec![])),
        ],
    );
    let expected = [
        "connect after \"\"",
        "waiting: connection failed, attempt 1, ConnectionRefused",
        "connect after \"\"",
        "body dropped",
        "waiting: response with status 503, attempt 2",
        "connect after \"\"",
        "connected",
        "comment hi",
        "event a",
        "body dropped",
        "waiting: stream ended, attempt 1",
        "connect after \"1\"",
        "connected",
        "event b",
        "body dropped",
        "waiting: connection failed, attempt 1, ConnectionReset",
        "connect after \"2\"",
        "connected",
        "body dropped",
        "waiting: stream ended before an event arrived, attempt 2",
        "connect after \"2\"",
        "connected",
        "body dropped",
        "waiting: stream ended before an event arrived, attempt 3",
        "connect after \"2\"",
        "body dropped",
        "NoContent",
    ];
    assert_eq!(lines, expected);
}

const NUMBERED: [&str; 3] =
    ["id: 1\ndata: a\n\n", "id: 2\r\ndata: b\r\ndata: b\r\n\r\n", "id: 3\nevent: x\ndata: c\n\n"];

/// Wherever the connection is lost, and however the bytes arrive, the server is asked for exactly what is missing.
#[test]
fn no_event_is_lost_or_doubled_wherever_the_connection_ends() {
    let whole = NUMBERED.concat().into_bytes();
    for cut in 0..=whole.len() {
        for size in [1, 2, 3, 7, 1000] {
            for end in [None, Some(ErrorKind::ConnectionReset), Some(ErrorKind::UnexpectedEof)] {
                let mut requests = Vec::new();
                let mut client = EventClient::new(immediate(), |request: &ConnectRequest<'_>| {
                    requests.push(request.last_event_id().to_owned());
                    let seen: usize = request.last_event_id().parse().unwrap_or(0);
                    let is_first = requests.len() == 1;
                    if !is_first && seen == NUMBERED.len() {
                        return Ok((Response::new(204), Body { steps: VecDeque::new(), log: Log::default() }));
                    }
                    let rest = NUMBERED[seen..].concat().into_bytes();
                    let sent = if is_first { &rest[..cut] } else { &rest[..] };
                    let steps = sent.chunks(size).map(bytes).chain(end.map(Step::Error)).collect();
                    Ok((stream(), Body { steps, log: Log::default() }))
                });
                let data: Vec<_> = client.by_ref().map(|event| event.unwrap().into_data()).collect();
                assert_eq!(data, ["a", "b\nb", "c"], "cut at {cut}, chunks of {size}, {end:?}");
                assert_eq!(client.cause(), Some(Cause::NoContent));
            }
        }
    }
}

#[test]
fn requests_have_the_headers_of_the_source() {
    let mut source = EventSource::new(immediate().with_idle_timeout(Some(HOUR)), 0);
    source.set_last_event_id("zero").unwrap();
    let mut bodies = ["id: é\ndata: a\n\n", "id: \u{1}\ndata: b\n\n", "id\ndata: c\n\n"].into_iter();
    let mut requests = Vec::new();
    let mut client = EventClient::with_source(source, |request: &ConnectRequest<'_>| {
        assert_eq!(request.timeout(), Some(HOUR));
        let headers = request.headers().map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)));
        requests.push((headers.collect::<Vec<_>>(), request.last_event_id().to_owned()));
        Ok(bodies.next().map_or((Response::new(204), &b""[..]), |body| (stream(), body.as_bytes())))
    });
    assert_eq!(client.by_ref().filter_map(Result::ok).count(), 3);
    drop(client);
    let ids = requests.iter().map(|(headers, id)| (headers.get(2).map(String::as_str), id.as_str()));
    let expected =
        [(Some("last-event-id: zero"), "zero"), (Some("last-event-id: é"), "é"), (None, "\u{1}"), (None, "")];
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    for (headers, _) in &requests {
        assert_eq!(headers[..2], ["accept: text/event-stream", "cache-control: no-cache"]);
    }
}

#[test]
fn read_errors_of_each_kind() {
    for kind in [ErrorKind::Interrupted, ErrorKind::TimedOut, ErrorKind::WouldBlock] {
        let mut steps = vec![Step::Error(kind), bytes("data: a"), Step::Error(kind), Step::Error(kind), bytes("b\n\n")];
        steps.push(Step::Error(kind));
        let lines = run(Policy::once().with_idle_timeout(None), [Ok((stream(), steps))]);
        assert_eq!(lines, ["connect after \"\"", "connected", "event ab", "body dropped", "Ended"], "{kind}");
    }
    for kind in [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof, ErrorKind::InvalidData, ErrorKind::Other] {
        let steps = vec![bytes("data: a\n\ndata: b"), Step::Error(kind), bytes("c\n\n")];
        let lines = run(quick(), [Ok((stream(), steps))]);
        let waiting = format!("waiting: connection failed, attempt 1, {kind:?}");
        assert_eq!(lines[2..5], ["event a", "body dropped", &waiting], "{kind}");
    }
}

#[test]
fn updates_are_all_that_a_stream_carries() {
    for end in [None, Some(ErrorKind::ConnectionReset)] {
        let text = bytes(": a\nid: 1\n\nHTML\ndata: b\n\n{\"error\": \"overloa");
        let steps = [text].into_iter().chain(end.map(Step::Error)).collect();
        let log = Log::default();
        let mut client = EventClient::new(Policy::once(), server([Ok((stream(), steps))], &log));
        let lines: Vec<_> = client.updates().map(describe).collect();
        let block = format!("block {:?}", sse_proto::EventBuf::without_data().with_id("1").unwrap());
        let expected =
            ["connected", "comment a", &block, "ignored HTML", "event b", "ignored {\\\"error\\\": \\\"overloa"];
        assert_eq!(lines[..6], expected, "{end:?}");
        assert_eq!(lines.len(), 6 + usize::from(end.is_some()));
        assert_eq!(client.source().last_stream().ignored.lines(), 2);
        assert_eq!(client.source().last_event_id(), "1");
    }
}

#[test]
fn a_refused_response_is_an_error_and_its_body_can_be_read() {
    let json = Response::new(200).with_content_types(["application/json"]);
    for (response, message) in [
        (Response::new(404), "event stream closed: response with status 404"),
        (Response::new(301), "event stream closed: response with status 301"),
        (Response::new(500), "event stream closed: response with status 500"),
        (json, "event stream closed: response is not an event stream"),
    ] {
        let log = Log::default();
        let policy = quick().with_retry_statuses(false);
        let mut client = EventClient::new(policy, server([Ok((response, vec![bytes("rea"), bytes("son")]))], &log));
        assert!(client.take_body().is_none());
        let error = client.next().unwrap().unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.source().is_none());
        let ClientError::Closed { cause, .. } = error else { panic!("{error}") };
        assert!(cause.is_error());
        assert_eq!(client.cause(), Some(cause));
        assert!(client.next().is_none(), "once");
        let mut reason = String::new();
        client.take_body().unwrap().read_to_string(&mut reason).unwrap();
        assert_eq!(reason, "reason");
        assert!(client.take_body().is_none());
        assert!(client.next().is_none());
        assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);
    }
}

/// Its message includes that of the error of the connecting function, so its source is what is below that one.
#[test]
fn a_report_that_follows_the_sources_says_nothing_twice() {
    let connect = |_: &ConnectRequest<'_>| Err::<(Response, Body), _>(io::Error::other(Handshake::new()));
    let error = EventClient::new(Policy::once(), connect).next().unwrap().unwrap_err();
    assert_eq!(messages(&error), ["event stream closed: connection failed: handshake", "reset"]);
}

/// Also if the next connection follows at once.
#[test]
fn what_a_stream_left_is_known_when_its_loss_is_reported() {
    for policy in [quick(), immediate()] {
        let steps = vec![bytes("HTML\n")];
        let mut client = EventClient::new(policy, server([Ok((stream(), steps))], &Log::default()));
        assert!(client.updates().any(|update| matches!(update, Ok(Update::Waiting { .. }))));
        assert_eq!(client.source().last_stream().ignored.first_line(), b"HTML");
    }
}

#[test]
fn no_content_is_the_end_without_an_error() {
    let log = Log::default();
    let mut client = EventClient::new(quick(), server([], &log));
    assert!(client.next().is_none());
    assert_eq!(client.cause(), Some(Cause::NoContent));
    assert!(client.take_body().is_none());
    assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);
}

#[test]
fn a_client_that_connects_once_tells_whether_all_went_well() {
    let end = |steps: Vec<Step>| run(Policy::once(), [Ok((stream(), steps))]).split_off(2);
    assert_eq!(end(vec![bytes("data: a\n\n")]), ["event a", "body dropped", "Ended"]);
    let early = ["body dropped", "error: event stream closed: stream ended before an event arrived", "EndedEarly"];
    assert_eq!(end(vec![]), early);
    assert_eq!(end(vec![bytes("data: a\n")]), early);
    let lines = end(vec![bytes("data: a\n\n"), Step::Error(ErrorKind::ConnectionReset)]);
    let message = "error: event stream closed: connection failed: connection reset";
    assert_eq!(lines, ["event a", "body dropped", message, "Failed"]);
    let lines = run(Policy::once(), [Err(ErrorKind::ConnectionRefused.into())]);
    let message = "error: event stream closed: connection failed: connection refused";
    assert_eq!(lines, ["connect after \"\"", message, "Failed"]);
}

#[test]
fn a_client_that_gives_up_has_the_last_error() {
    let refused = |kind: ErrorKind| Connection::Err(kind.into());
    let log = Log::default();
    let connections = [refused(ErrorKind::ConnectionRefused), refused(ErrorKind::HostUnreachable)];
    let mut client = EventClient::new(quick().with_max_attempts(1), server(connections, &log));
    let error = client.next().unwrap().unwrap_err();
    let ClientError::Closed { cause: Cause::Failed, source: Some(source), .. } = error else { panic!("{error:?}") };
    assert_eq!(source.kind(), ErrorKind::HostUnreachable);
    assert!(client.next().is_none());

    // The error is that of the connection that was lost last.
    let unavailable = Ok((Response::new(503), vec![bytes("busy")]));
    let connections = [refused(ErrorKind::ConnectionRefused), unavailable];
    let mut client = EventClient::new(quick().with_max_attempts(1), server(connections, &log));
    let error = client.next().unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Closed { cause: Cause::Status(503), source: None, .. }), "{error:?}");
    assert_eq!(io::read_to_string(client.take_body().unwrap()).unwrap(), "busy");
}

#[test]
fn a_loss_without_a_delay_is_announced() {
    let browser = Policy::browser().with_reconnection_time(Duration::ZERO);
    for policy in [immediate(), browser] {
        let log = Log::default();
        let connections = [
            Err(ErrorKind::ConnectionRefused.into()),
            Err(ErrorKind::HostUnreachable.into()),
            Ok((stream(), vec![bytes("retry: 0\ndata: a\n\ndata: b"), Step::Error(ErrorKind::ConnectionReset)])),
            Ok((stream(), vec![])),
            Ok((stream(), vec![bytes("data: c\n\n")])),
        ];
        let mut client = EventClient::new(policy, server(connections, &log));
        while let Some(update) = client.next_update() {
            match update {
                Ok(Update::Waiting { time, cause, attempt, error, .. }) => {
                    assert!(time.is_zero());
                    log.push(format!("{cause}, attempt {attempt}, {:?}", error.map(|error| error.kind())));
                }
                update => log.push(describe(update)),
            }
        }
        let expected = [
            "connect after \"\"",
            "connection failed, attempt 1, Some(ConnectionRefused)",
            "connect after \"\"",
            "connection failed, attempt 2, Some(HostUnreachable)",
            "connect after \"\"",
            "connected",
            "event a",
            "body dropped",
            "connection failed, attempt 1, Some(ConnectionReset)",
            "connect after \"\"",
            "connected",
            "body dropped",
            "stream ended before an event arrived, attempt 2, None",
            "connect after \"\"",
            "connected",
            "event c",
            "body dropped",
            "stream ended, attempt 1, None",
            "connect after \"\"",
            "body dropped",
        ];
        assert_eq!(log.take(), expected);
        assert_eq!(client.cause(), Some(Cause::NoContent));
    }
}

#[test]
fn a_forced_reconnection_is_not_announced_as_a_loss() {
    let log = Log::default();
    let connections = [
        Err(ErrorKind::ConnectionRefused.into()),
        Ok((stream(), vec![bytes("data: a\n\n")])),
        Ok((stream(), vec![bytes("data: b\n\n")])),
    ];
    let mut client = EventClient::new(immediate(), server(connections, &log));
    assert!(matches!(client.next_update(), Some(Ok(Update::Waiting { cause: Cause::Failed, .. }))));
    for data in ["event a", "event b"] {
        client.handle().reconnect_now();
        assert_eq!(client.next_update().map(describe).unwrap(), "connected");
        assert_eq!(client.next_update().map(describe).unwrap(), data);
    }
    client.handle().reconnect_now();
    assert!(client.next_update().is_none());
    assert_eq!(client.cause(), Some(Cause::NoContent));
}

#[test]
fn a_client_that_reconnects_without_a_delay_can_be_closed() {
    let handle = OnceLock::<ClientHandle>::new();
    let mut connections = 0;
    let mut client = EventClient::new(immediate().with_max_attempts(u32::MAX), |_: &ConnectRequest<'_>| {
        connections += 1;
        if connections == 1000 {
            handle.get().unwrap().close();
        }
        Err::<(Response, &[u8]), _>(ErrorKind::ConnectionRefused.into())
    });
    handle.set(client.handle()).unwrap();
    assert!(client.next().is_none());
    assert_eq!(client.cause(), Some(Cause::Closed));
    drop(client);
    assert_eq!(connections, 1000);
}

#[test]
fn the_connecting_function_can_stop_the_client() {
    for kind in [ErrorKind::InvalidInput, ErrorKind::Unsupported] {
        let log = Log::default();
        let refused = Err(ErrorKind::ConnectionRefused.into());
        let mut client = EventClient::new(quick(), server([refused, Err(kind.into())], &log));
        let error = client.next().unwrap().unwrap_err();
        let ClientError::Closed { cause: Cause::Failed, source: Some(source), .. } = error else { panic!("{error}") };
        assert_eq!(source.kind(), kind);
        assert!(client.next().is_none());
        assert_eq!(log.take().len(), 2, "connections");
        // An error of the reader with this kind is one like others.
        let lines = run(quick(), [Ok((stream(), vec![Step::Error(kind)]))]);
        assert_eq!(lines[3], format!("waiting: connection failed, attempt 1, {kind:?}"));
    }
}

#[test]
fn requests_know_the_number_of_the_attempt() {
    let connections: [Connection; 6] = [
        Err(ErrorKind::ConnectionRefused.into()),
        Ok((stream(), vec![])),
        Ok((stream(), vec![bytes("data: a\n\n")])),
        Ok((stream(), vec![bytes("data: b\n\n")])),
        Ok((stream(), vec![])),
        Ok((Response::new(503), vec![])),
    ];
    let log = Log::default();
    let mut connect = server(connections, &log);
    let mut attempts = Vec::new();
    let mut client = EventClient::new(quick(), |request: &ConnectRequest<'_>| {
        attempts.push(request.attempt());
        connect(request)
    });
    while let Some(event) = client.next() {
        if event.unwrap().data() == "b" {
            client.handle().reconnect_now();
        }
    }
    drop(client);
    // The fourth follows a stream that was healthy, the fifth was forced.
    assert_eq!(attempts, [0, 1, 2, 1, 0, 1, 2]);
}

/// An incomplete event is dispatched if the client is told to, and if the body has ended without an error.
#[test]
fn incomplete_events() {
    for (body, discard, process) in [
        ("data: a\n\ndata: b\n", &["event a", "event b"][..], &["event a", "event b"][..]),
        ("data: b", &[], &["event b"]),
        ("data: b\n: cu", &["comment cu", "event b"], &["comment cu", "event b"]),
        ("data: b\nNO", &["ignored NO", "event b"], &["ignored NO", "event b"]),
        ("data: b\nid: 1", &["event b"], &["event b"]),
        ("data: a\n\n", &["event a"], &["event a"]),
        ("", &[], &[]),
    ] {
        for (cut_line, expected) in
            [(None, &[][..]), (Some(CutLine::Discard), discard), (Some(CutLine::Process), process)]
        {
            for end in [None, Some(ErrorKind::ConnectionReset)] {
                let new = || {
                    let steps =
                        [bytes(body)].into_iter().filter(|_| !body.is_empty()).chain(end.map(Step::Error)).collect();
                    let client = EventClient::new(Policy::once(), server([Ok((stream(), steps))], &Log::default()));
                    match cut_line {
                        Some(cut_line) => client.with_incomplete_events(cut_line),
                        None => client,
                    }
                };
                let is_incomplete = |line: &&str| *line == "event b";
                let expected: Vec<_> = match (cut_line, end) {
                    (Some(_), None) => expected.to_vec(),
                    _ => discard.iter().copied().filter(|line| !is_incomplete(line)).collect(),
                };
                let mut client = new();
                let found = client.updates().filter_map(Result::ok).map(|update| describe(Ok(update)));
                assert_eq!(found.skip(1).collect::<Vec<_>>(), expected, "{body:?}, {cut_line:?}, {end:?}");
                assert_eq!(client.source().last_event_id(), "");
                let has_event = expected.iter().any(|line| line.starts_with("event"));
                let cause = match end {
                    Some(_) => Cause::Failed,
                    None if has_event => Cause::Ended,
                    None => Cause::EndedEarly,
                };
                assert_eq!(client.cause(), Some(cause), "{body:?}, {cut_line:?}");
                let events = new().filter_map(Result::ok).map(|event| format!("event {}", event.data()));
                let expected = expected.iter().copied().filter(|line| line.starts_with("event"));
                assert_eq!(events.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
            }
        }
    }
}

#[test]
fn an_incomplete_event_that_exceeds_a_limit_is_an_error() {
    let decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(3));
    let source = EventSource::with_decoder(decoder, Policy::once(), 0);
    let steps = vec![bytes("id: 1\ndata: three")];
    let client = EventClient::with_source(source, server([Ok((stream(), steps))], &Log::default()));
    let mut client = client.with_incomplete_events(CutLine::Process);
    assert!(matches!(client.next(), Some(Err(ClientError::Decode(_)))));
    assert!(client.next().is_none());
    assert_eq!((client.cause(), client.source().last_event_id()), (Some(Cause::Ended), "1"));
}

#[test]
fn an_event_that_exceeds_a_limit_is_skipped() {
    let steps = vec![bytes("data: one\n\ndata: three\n\ndata: two\n\n")];
    let client = EventClient::new(Policy::once(), server([Ok((stream(), steps))], &Log::default()));
    let mut client = client.with_limits(Limits::default().with_max_event_bytes(3));
    assert_eq!(client.next().unwrap().unwrap().data(), "one");
    let error = client.next().unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Decode(_)));
    assert!(error.to_string().starts_with("event too large"), "{error}");
    assert!(error.source().is_none());
    assert_eq!(client.next().unwrap().unwrap().data(), "two");
    assert!(client.next().is_none());
}

/// An ID that fits in an event of the new limit is kept; a longer one would be refused as that of an event, too.
#[test]
fn limits_change_nothing_else() {
    let mut source = EventSource::new(Policy::once(), 0);
    source.set_last_event_id("seven").unwrap();
    let client = EventClient::with_source(source, server([], &Log::default()));
    let client = client.with_limits(Limits::new().with_max_event_bytes(5));
    assert_eq!(client.source().last_event_id(), "seven");
    assert_eq!(client.source().reconnect().policy(), &Policy::once());
    assert_eq!(client.source().decoder().limits().max_event_bytes, 5);
    assert_eq!(client.with_limits(Limits::new().with_max_event_bytes(4)).source().last_event_id(), "");
}

/// Closes or reconnects the client from another thread while it sleeps for an hour.
#[test]
fn a_sleeping_client_is_woken() {
    let policy = quick().with_min_delay(HOUR).with_max_delay(HOUR);
    let log = Log::default();
    let connections = [Ok((stream(), vec![bytes("data: a\n\n")])), Ok((stream(), vec![bytes("data: b\n\n")]))];
    let mut client = EventClient::new(policy, server(connections, &log));
    let handle = client.handle();
    let mut waits = 0;
    while let Some(update) = client.next_update() {
        if let Ok(Update::Waiting { time, attempt, .. }) = &update {
            assert_eq!((*time, *attempt), (HOUR, 1), "a forced reconnection counts as no failure");
            waits += 1;
            let (handle, wait) = (handle.clone(), waits);
            // The client usually sleeps by then. If it does not yet, it must not begin to.
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(20));
                if wait == 1 { handle.reconnect_now() } else { handle.close() }
            });
        }
        log.push(describe(update));
    }
    let one = |data| ["connect after \"\"", "connected", data, "body dropped", "waiting: stream ended, attempt 1"];
    assert_eq!(log.take(), [one("event a"), one("event b")].concat());
    assert_eq!(client.cause(), Some(Cause::Closed));
}

/// Runs a client whose first body calls the function on another thread during a read, which then does this step. The policy allows
/// no attempt: a loss would end it.
fn during_a_read(act: fn(&ClientHandle), step: Step) -> Vec<String> {
    let log = Log::default();
    let handle = Arc::new(OnceLock::<ClientHandle>::new());
    let (shared, seen) = (Arc::clone(&handle), log.clone());
    let read = Step::Then(Box::new(move || {
        seen.push("read");
        thread::spawn(move || act(shared.get().unwrap())).join().unwrap();
        step
    }));
    let steps = vec![bytes("data: a\n\n"), Step::Error(ErrorKind::TimedOut), read, bytes("data: no\n\n")];
    let mut client = EventClient::new(quick().with_max_attempts(0), server([Ok((stream(), steps))], &log));
    handle.set(client.handle()).unwrap();
    while let Some(update) = client.next_update() {
        log.push(describe(update));
    }
    log.push(format!("{:?}", client.cause().unwrap()));
    assert_eq!(client.source().reconnect().attempts(), 0, "no failure");
    log.take()
}

#[test]
fn a_read_is_followed_by_what_was_asked_for() {
    let steps = || {
        [
            Step::Error(ErrorKind::TimedOut),
            Step::Error(ErrorKind::ConnectionReset),
            bytes("data: no\n\ndata: no\n\n"),
            bytes(": no\nNO\nNO"),
            bytes(""),
        ]
    };
    let start = ["connect after \"\"", "connected", "event a", "read", "body dropped"];
    for step in steps() {
        assert_eq!(during_a_read(ClientHandle::close, step), [&start[..], &["Closed"]].concat());
    }
    for step in steps() {
        let again = ["connect after \"\"", "body dropped", "NoContent"];
        assert_eq!(during_a_read(ClientHandle::reconnect_now, step), [&start[..], &again].concat());
    }
}

/// Runs a client whose connecting function calls the function the first time, then returns the outcome. The policy allows no
/// attempt.
fn during_a_connect(act: fn(&ClientHandle), outcome: Connection) -> Vec<String> {
    let log = Log::default();
    let handle = Arc::new(OnceLock::<ClientHandle>::new());
    let shared = Arc::clone(&handle);
    let mut connect = server([outcome], &log);
    let mut is_first = true;
    let mut client = EventClient::new(quick().with_max_attempts(0), move |request: &ConnectRequest<'_>| {
        if std::mem::take(&mut is_first) {
            act(shared.get().unwrap());
        }
        connect(request)
    });
    handle.set(client.handle()).unwrap();
    while let Some(update) = client.next_update() {
        log.push(describe(update));
    }
    log.push(format!("{:?}", client.cause().unwrap()));
    assert_eq!(client.source().reconnect().attempts(), 0, "no failure");
    log.take()
}

#[test]
fn a_connection_is_followed_by_what_was_asked_for() {
    let outcomes = || {
        let error = Err(ErrorKind::ConnectionRefused.into());
        [Ok((stream(), vec![bytes("data: no\n\n")])), Ok((Response::new(404), vec![])), error]
    };
    for outcome in outcomes() {
        let dropped = &["body dropped"][..usize::from(outcome.is_ok())];
        let expected = [&["connect after \"\""], dropped, &["Closed"]].concat();
        assert_eq!(during_a_connect(ClientHandle::close, outcome), expected);
    }
    for outcome in outcomes() {
        let dropped = &["body dropped"][..usize::from(outcome.is_ok())];
        let again = ["connect after \"\"", "body dropped", "NoContent"];
        let expected = [&["connect after \"\""], dropped, &again].concat();
        assert_eq!(during_a_connect(ClientHandle::reconnect_now, outcome), expected);
    }
}

#[test]
fn a_closed_client_returns_nothing_more() {
    let log = Log::default();
    let steps = vec![bytes("data: a\n\ndata: b\n\ndata: c\n\n")];
    let mut client = EventClient::new(quick(), server([Ok((stream(), steps))], &log));
    assert_eq!(client.next().unwrap().unwrap().data(), "a");
    client.handle().close();
    client.handle().reconnect_now();
    for _ in 0..3 {
        assert!(client.next().is_none() && client.next_update().is_none());
        assert_eq!(client.cause(), Some(Cause::Closed));
        assert!(client.take_body().is_none());
        assert_eq!(client.source().reconnect().state(), State::Closed);
    }
    assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);

    let mut client = EventClient::new(quick(), server([], &log));
    client.handle().close();
    assert!(client.next().is_none());
    assert_eq!(log.take(), Vec::<String>::new(), "it does not connect");
}

#[test]
fn a_forced_reconnection_drops_what_was_not_returned() {
    let log = Log::default();
    let first = vec![bytes("id: 1\ndata: a\n\nid: 2\ndata: b\n\n")];
    let connections = [Ok((stream(), first)), Ok((stream(), vec![bytes("id: 2\ndata: b\n\n")]))];
    let mut client = EventClient::new(quick(), server(connections, &log));
    assert_eq!(client.next().unwrap().unwrap().data(), "a");
    client.handle().reconnect_now();
    assert_eq!(client.next().unwrap().unwrap().data(), "b");
    assert_eq!(log.take(), ["connect after \"\"", "body dropped", "connect after \"1\""]);
}

const SHORT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_millis(20);

fn after(time: Duration, step: Step) -> Step {
    Step::Then(Box::new(move || {
        thread::sleep(time);
        step
    }))
}

#[test]
fn the_idle_timeout_ends_a_silent_connection() {
    let silent = vec![after(LONG, Step::Error(ErrorKind::TimedOut)), bytes("data: no\n\n")];
    let lines = run(quick().with_idle_timeout(Some(SHORT)), [Ok((stream(), silent))]);
    assert_eq!(lines[1..4], ["connected", "body dropped", "waiting: connection timed out, attempt 1"]);
}

/// Readers and connecting functions have errors of their own for a timeout.
#[test]
fn an_error_after_the_idle_timeout_is_a_timeout() {
    for kind in [ErrorKind::Other, ErrorKind::ConnectionAborted] {
        for body in ["data: a\n\n", "data: a\n\ncut"] {
            let steps = || vec![bytes(body), after(LONG, Step::Error(kind))];
            let lines = run(quick().with_idle_timeout(Some(SHORT)), [Ok((stream(), steps()))]);
            let waiting = format!("waiting: connection timed out, attempt 1, {kind:?}");
            assert!(lines.contains(&waiting), "{lines:?}");
            let lines = run(Policy::once().with_idle_timeout(Some(SHORT)), [Ok((stream(), steps()))]);
            assert_eq!(lines.last().unwrap(), "TimedOut");
            // Without a delay, the next connection has not failed.
            let policy = immediate().with_idle_timeout(Some(SHORT)).with_max_attempts(1);
            let mut client = EventClient::new(policy, server([Ok((stream(), steps()))], &Log::default()));
            assert_eq!(client.by_ref().map(Result::unwrap).count(), 1);
            assert_eq!(client.cause(), Some(Cause::NoContent));
        }
    }
}

/// Has nothing, and says so at once.
struct NonBlocking<'a> {
    kind: ErrorKind,
    reads: &'a Cell<u32>,
}

impl Read for NonBlocking<'_> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.reads.set(self.reads.get() + 1);
        Err(self.kind.into())
    }
}

#[test]
fn a_reader_that_does_not_block_is_polled() {
    for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
        let reads = Cell::new(0);
        let policy = Policy::once().with_idle_timeout(Some(Duration::from_millis(50)));
        let connect = |_: &ConnectRequest<'_>| Ok((stream(), NonBlocking { kind, reads: &reads }));
        let mut client = EventClient::new(policy, connect);
        let error = client.next().unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Closed { cause: Cause::TimedOut, .. }), "{error}");
        // One each 5 ms, and room for a condition variable that wakes early.
        assert!((1..=40).contains(&reads.get()), "{} reads", reads.get());
    }
}

#[test]
fn a_client_that_polls_can_be_closed() {
    let reads = Cell::new(0);
    let connect = |_: &ConnectRequest<'_>| Ok((stream(), NonBlocking { kind: ErrorKind::WouldBlock, reads: &reads }));
    let mut client = EventClient::new(quick(), connect);
    let handle = client.handle();
    let thread = thread::spawn(move || handle.close());
    assert!(client.next().is_none());
    assert_eq!(client.cause(), Some(Cause::Closed));
    thread.join().unwrap();
}

/// The reader decides: bytes that it returns late have arrived.
#[test]
fn bytes_that_arrive_late_count() {
    let steps = vec![after(LONG, bytes("data: a\n\n")), after(LONG, bytes(":\n")), after(LONG, bytes("data: b\n\n"))];
    let lines = run(Policy::once().with_idle_timeout(Some(SHORT)), [Ok((stream(), steps))]);
    assert_eq!(lines[1..], ["connected", "event a", "comment ", "event b", "body dropped", "Ended"]);
}

#[test]
fn a_slow_consumer_does_not_lose_its_connection() {
    let log = Log::default();
    let steps = ["data: a\n\n", "data: b\n\ndata: c\n\n", ":\n", "data: d\n\n"].map(bytes).into();
    let mut client = EventClient::new(quick().with_idle_timeout(Some(SHORT)), server([Ok((stream(), steps))], &log));
    for expected in ["connected", "event a", "event b", "event c", "comment ", "event d"] {
        assert_eq!(client.next_update().map(describe).unwrap(), expected);
        thread::sleep(LONG);
    }
    assert_eq!(log.take(), ["connect after \"\""]);
}

/// The time that the caller spends between two calls does not count, also if the next read has nothing.
#[test]
fn a_slow_consumer_does_not_run_into_the_idle_timeout() {
    let idle = Duration::from_millis(100);
    let steps = vec![bytes("data: a\n\n"), Step::Error(ErrorKind::Interrupted), bytes("data: b\n\n")];
    let policy = Policy::once().with_idle_timeout(Some(idle));
    let mut client = EventClient::new(policy, server([Ok((stream(), steps))], &Log::default()));
    assert_eq!(client.next().unwrap().unwrap().data(), "a");
    thread::sleep(idle);
    let start = Instant::now();
    let next = client.next().unwrap();
    // Unless the machine stalls for as long within the call.
    assert!(next.is_ok_and(|event| event.data() == "b") || start.elapsed() >= idle);
}

#[test]
fn a_response_that_does_not_arrive_is_a_timeout() {
    let lines = |idle: Option<Duration>, time: Duration, kind: ErrorKind| {
        let mut connections = 0;
        let mut client =
            EventClient::new(quick().with_idle_timeout(idle).with_max_attempts(1), |_: &ConnectRequest<'_>| {
                connections += 1;
                thread::sleep(time);
                Err::<(Response, &[u8]), _>(kind.into())
            });
        let lines: Vec<_> = client.updates().map(describe).collect();
        assert_eq!(connections, 2);
        lines
    };
    let timed_out = lines(Some(SHORT), LONG, ErrorKind::TimedOut);
    assert_eq!(timed_out[0], "waiting: connection timed out, attempt 1, TimedOut");
    assert_eq!(timed_out[1], "error: event stream closed: connection timed out: timed out");
    let failed = lines(None, Duration::ZERO, ErrorKind::TimedOut);
    assert_eq!(failed[0], "waiting: connection failed, attempt 1, TimedOut");
}

/// Without a delay, the timeout of a connection is followed by the next one at once: it must not count as two failures.
#[test]
fn each_connection_counts_once() {
    let mut connections = 0;
    let policy = immediate().with_idle_timeout(Some(SHORT)).with_max_attempts(3);
    let mut client = EventClient::new(policy, |_: &ConnectRequest<'_>| {
        connections += 1;
        thread::sleep(LONG);
        Err::<(Response, &[u8]), _>(ErrorKind::TimedOut.into())
    });
    assert!(client.next().unwrap().is_err());
    assert!(client.next().is_none());
    assert_eq!(connections, 4);
}

/// A reader that is not honest about what it has read.
struct Liar(u32);

impl Read for Liar {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        Ok(if self.0 > 3 { 0 } else { usize::MAX })
    }
}

#[test]
fn a_reader_that_claims_too_much_does_no_harm() {
    let mut client = EventClient::new(Policy::once(), |_: &ConnectRequest<'_>| Ok((stream(), Liar(0))));
    assert!(matches!(client.next(), Some(Err(ClientError::Closed { cause: Cause::EndedEarly, .. }))));
}

/// The same bytes, for ever or a number of times.
struct Repeat {
    bytes: &'static [u8],
    times: usize,
}

impl Read for Repeat {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.times == 0 {
            return Ok(0);
        }
        self.times -= 1;
        buffer[..self.bytes.len()].copy_from_slice(self.bytes);
        Ok(self.bytes.len())
    }
}

/// The allocations for 10,000 events, and the number of connections that brought them, `reads` times two events each.
fn allocations(reads: usize) -> (usize, usize) {
    let bytes = b"data: b\ndata: c\n\n: keep-alive\n\nid: 12\nevent: x\ndata: a\n\ndata: cu";
    let mut connections = 0;
    let mut client = EventClient::new(immediate(), |_: &ConnectRequest<'_>| {
        connections += 1;
        Ok((stream(), Repeat { bytes, times: reads }))
    });
    assert_eq!(client.by_ref().take(10).flatten().count(), 10);
    let ((), counts) = counting::count(|| {
        for _ in 0..10_000 {
            drop(client.next().unwrap().unwrap());
        }
    });
    drop(client);
    (counts.allocations, connections)
}

#[test]
fn an_event_is_one_allocation() {
    assert_eq!(allocations(usize::MAX), (10_000, 1));
    // At the end of a stream the decoder frees its two buffers for the data of an event that is cut.
    let (allocations, connections) = allocations(100);
    assert_eq!(connections, 51);
    assert!(allocations <= 10_000 + 2 * connections, "{allocations}");
}

#[test]
fn the_buffer_is_allocated_once() {
    let (client, counts) =
        counting::count(|| EventClient::new(immediate(), |_: &ConnectRequest<'_>| Ok((Response::new(204), &b""[..]))));
    assert!(counts.allocations <= 2 && (16 << 10..=(16 << 10) + 128).contains(&counts.held), "{counts:?}");
    drop(client);
}

#[test]
fn a_client_can_be_moved_and_its_handle_shared() {
    fn is_send<T: Send>(_: &T) {}
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let client = EventClient::new(quick(), |_: &ConnectRequest<'_>| Ok((Response::new(204), &b""[..])));
    is_send(&client);
    is_shared(&client.handle());
}

#[test]
fn debug_shows_no_payload() {
    let log = Log::default();
    let steps = vec![bytes("id: secret\nevent: secret\ndata: secret\n\ndata: secret")];
    let mut client = EventClient::new(quick(), server([Ok((stream(), steps))], &log));
    assert_eq!(client.next().unwrap().unwrap().data(), "secret");
    let text = format!("{client:?} {:?}", client.handle());
    assert!(text.starts_with("EventClient { source: EventSource") && !text.contains("secret"), "{text}");
    assert!(text.contains("is_connected: true, cause: None"), "{text}");
    assert!(text.ends_with(" ClientHandle { .. }"), "{text}");
}
