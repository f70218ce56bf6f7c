//! What the client returns, in which order.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use http_body_util::BodyExt;
use sse_proto::adapters::client::{ClientError, TransportError};
use sse_proto::client::{Cause, EventSource, Policy};
use sse_proto::{BytesDecoder, CutLine, EventBuf, Limits};

use crate::script::*;

#[test]
fn everything_happens_in_order() {
    let lines = all(
        plain(),
        [
            failure(ErrorKind::ConnectionRefused),
            status(503, vec![bytes("overloaded")]).with_header("retry-after", "7"),
            stream(vec![bytes(": hi\nid: 1\ndata: a\n\nid: 2\nda"), Step::Yield, bytes("ta: b")]),
            stream(vec![bytes("id: 2\ndata: b\n\ndata: cu"), Step::Error(ErrorKind::ConnectionReset)]),
            stream(vec![]),
            stream(vec![Step::Yield, Step::Trailers, bytes(""), Step::Trailers]),
        ],
    );
    let expected = [
        "connect after \"\"",
        "waiting 3s: connection failed, attempt 1, connect: ConnectionRefused",
        "connect after \"\"",
        "refused: response with status 503, will retry: true",
        "body dropped",
        "waiting 7s: response with status 503, attempt 2",
        "connect after \"\"",
        "connected",
        "comment hi",
        "event a",
        "body dropped",
        "waiting 3s: stream ended, attempt 1",
        "connect after \"1\"",
        "connected",
        "event b",
        "body dropped",
        "waiting 3s: connection failed, attempt 1, body: ConnectionReset",
        "connect after \"2\"",
        "connected",
        "body dropped",
        "waiting 3s: stream ended before an event arrived, attempt 2",
        "connect after \"2\"",
        "connected",
        "body dropped",
        "waiting 3s: stream ended before an event arrived, attempt 3",
        "connect after \"2\"",
        "refused: response with status 204: the server asks to stop, will retry: false",
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
            for end in [None, Some(ErrorKind::ConnectionReset)] {
                let mut is_first = true;
                let connect = |request: http::Request<()>| {
                    let id = request.headers().get("last-event-id").map_or("0", |id| id.to_str().unwrap());
                    let seen: usize = id.parse().unwrap();
                    let rest = NUMBERED[seen..].concat().into_bytes();
                    let sent = if std::mem::take(&mut is_first) { &rest[..cut] } else { &rest[..] };
                    let steps = sent.chunks(size).map(bytes).chain(end.map(Step::Error)).collect();
                    let status = if seen == NUMBERED.len() && rest.len() == sent.len() { 204 } else { 200 };
                    let head = http::Response::builder().status(status).header("content-type", "text/event-stream");
                    std::future::ready(Ok::<_, io::Error>(head.body(Body::new(steps, &Log::default())).unwrap()))
                };
                let request = http::Request::get("/").body(()).unwrap();
                let client = sse_proto::adapters::client::EventClient::new(request, connect, tokio::time::sleep);
                let mut client = client.with_policy(immediate());
                let mut data = Vec::new();
                run(async {
                    while let Some(event) = client.next_event().await {
                        data.push(event.unwrap().into_data());
                    }
                });
                assert_eq!(data, ["a", "b\nb", "c"], "cut at {cut}, chunks of {size}, {end:?}");
                assert_eq!(client.cause(), Some(Cause::NoContent));
            }
        }
    }
}

#[test]
fn updates_are_all_that_a_stream_carries() {
    for end in [None, Some(ErrorKind::ConnectionReset)] {
        let text = bytes(": a\nid: 1\n\nHTML\ndata: b\n\n{\"error\": \"overloa");
        let log = Log::default();
        let steps = [text].into_iter().chain(end.map(Step::Error)).collect();
        let mut client = client(Policy::once(), [stream(steps)], &log);
        let lines: Vec<_> = run(async {
            use futures_core::FusedStream;
            use futures_util::StreamExt;

            let mut updates = client.updates();
            let lines = updates.by_ref().map(describe).collect().await;
            assert!(updates.is_terminated() && updates.next().await.is_none());
            lines
        });
        let block = format!("block {:?}", EventBuf::without_data().with_id("1").unwrap());
        let block = block.replace("EventBuf", "EventBytes");
        let expected = ["connected", "comment a", &block, "ignored HTML", "event b"];
        assert_eq!(lines[..5], expected, "{end:?}");
        assert_eq!(lines[5], "ignored {\\\"error\\\": \\\"overloa");
        assert_eq!(lines.len(), 6 + usize::from(end.is_some()));
        assert_eq!(client.source().last_stream().ignored.lines(), 2);
        assert_eq!(client.source().last_event_id(), "1");
    }
}

#[test]
fn a_refused_response_is_an_error_and_can_be_read() {
    for (connection, message) in [
        (status(404, vec![]), "event stream closed: response with status 404"),
        (status(301, vec![]), "event stream closed: response with status 301"),
        (status(500, vec![]), "event stream closed: response with status 500"),
        (status(200, vec![]), "event stream closed: response is not an event stream"),
        (
            stream(vec![]).with_header("content-type", "application/json"),
            "event stream closed: response is not an event stream",
        ),
    ] {
        let (head, _) = connection.result.unwrap();
        let steps = vec![bytes("rea"), Step::Yield, bytes("son")];
        let connection = Connection { before: None, result: Ok((head.header("x-reason", "r"), steps)) };
        let log = Log::default();
        let mut client = client(plain().with_retry_statuses(false), [connection], &log);
        assert!(client.take_body().is_none() && client.response().is_none());
        run(async {
            let error = client.next_event().await.unwrap().unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(error.source().is_none());
            let ClientError::Closed { cause, .. } = error else { panic!("{error}") };
            assert!(cause.is_error());
            assert_eq!(client.cause(), Some(cause));
            assert!(client.next_event().await.is_none(), "once");
            assert_eq!(client.response().unwrap().headers["x-reason"], "r");
            let reason = client.take_body().unwrap().collect().await.unwrap().to_bytes();
            assert_eq!(reason, "reason");
            assert!(client.take_body().is_none() && client.next_event().await.is_none());
        });
        assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);
    }
}

#[test]
fn no_content_is_the_end_without_an_error() {
    let log = Log::default();
    let mut client = client(plain(), [], &log);
    assert!(run(client.next_event()).is_none());
    assert_eq!(client.cause(), Some(Cause::NoContent));
    assert!(client.take_body().is_none() && client.response().is_none());
    assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);
}

#[test]
fn a_client_that_connects_once_tells_whether_all_went_well() {
    let end = |steps: Vec<Step>| all(Policy::once(), [stream(steps)]).split_off(2);
    assert_eq!(end(vec![bytes("data: a\n\n")]), ["event a", "body dropped", "Ended"]);
    let early = ["body dropped", "error: event stream closed: stream ended before an event arrived", "EndedEarly"];
    assert_eq!(end(vec![]), early);
    assert_eq!(end(vec![bytes("data: a\n")]), early);
    let lines = end(vec![bytes("data: a\n\n"), Step::Error(ErrorKind::ConnectionReset)]);
    let message = "error: event stream closed: connection failed: connection reset";
    assert_eq!(lines, ["event a", "body dropped", message, "Failed"]);
    let lines = all(Policy::once(), [failure(ErrorKind::ConnectionRefused)]);
    let message = "error: event stream closed: connection failed: connection refused";
    assert_eq!(lines, ["connect after \"\"", message, "Failed"]);
}

#[test]
fn a_client_that_gives_up_has_the_last_error() {
    let log = Log::default();
    let connections = [failure(ErrorKind::ConnectionRefused), failure(ErrorKind::HostUnreachable)];
    let mut refused = client(plain().with_max_attempts(1), connections, &log);
    let error = run(refused.next_event()).unwrap().unwrap_err();
    let source = error.source().unwrap().downcast_ref::<TransportError<io::Error, io::Error>>().unwrap();
    assert!(matches!(source, TransportError::Connect(error) if error.kind() == ErrorKind::HostUnreachable));
    assert_eq!(source.to_string(), "host unreachable");
    assert!(source.source().is_none(), "it stands for the error that it contains");
    assert!(matches!(error, ClientError::Closed { cause: Cause::Failed, .. }));
    assert!(run(refused.next_event()).is_none());

    // The error is that of the connection that was lost last.
    let connections = [failure(ErrorKind::ConnectionRefused), status(503, vec![bytes("busy")])];
    let mut busy = client(plain().with_max_attempts(1), connections, &log);
    let error = run(busy.next_event()).unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Closed { cause: Cause::Status(503), source: None, .. }), "{error:?}");
    assert_eq!(run(busy.take_body().unwrap().collect()).unwrap().to_bytes(), "busy");
}

#[test]
fn a_loss_without_a_delay_is_announced() {
    let browser = Policy::browser().with_reconnection_time(std::time::Duration::ZERO);
    for policy in [immediate(), browser] {
        let connections = [
            failure(ErrorKind::ConnectionRefused),
            failure(ErrorKind::HostUnreachable),
            stream(vec![bytes("retry: 0\ndata: a\n\ndata: b"), Step::Error(ErrorKind::ConnectionReset)]),
            stream(vec![]),
            stream(vec![bytes("data: c\n\n")]),
        ];
        let expected = [
            "connect after \"\"",
            "waiting 0ns: connection failed, attempt 1, connect: ConnectionRefused",
            "connect after \"\"",
            "waiting 0ns: connection failed, attempt 2, connect: HostUnreachable",
            "connect after \"\"",
            "connected",
            "event a",
            "body dropped",
            "waiting 0ns: connection failed, attempt 1, body: ConnectionReset",
            "connect after \"\"",
            "connected",
            "body dropped",
            "waiting 0ns: stream ended before an event arrived, attempt 2",
            "connect after \"\"",
            "connected",
            "event c",
            "body dropped",
            "waiting 0ns: stream ended, attempt 1",
            "connect after \"\"",
            "refused: response with status 204: the server asks to stop, will retry: false",
            "body dropped",
            "NoContent",
        ];
        assert_eq!(all(policy, connections), expected);
    }
}

#[test]
fn futile_errors_stop_the_client() {
    let is_futile = |error: &io::Error| error.kind() == ErrorKind::InvalidInput;
    let log = Log::default();
    let connections = [failure(ErrorKind::ConnectionRefused), failure(ErrorKind::InvalidInput)];
    let mut connecting = client(plain(), connections, &log).with_futile_errors(is_futile);
    let error = run(connecting.next_event()).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "event stream closed: connection failed: invalid input parameter");
    assert!(run(connecting.next_event()).is_none());
    assert_eq!(log.take().len(), 2, "connections");
    // An error of the body is one like others.
    let receiving = client(plain(), [stream(vec![Step::Error(ErrorKind::InvalidInput)])], &log);
    let lines = follow(receiving.with_futile_errors(is_futile), &log);
    assert_eq!(lines[3], "waiting 3s: connection failed, attempt 1, body: InvalidInput");
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
                    let steps = [bytes(body)].into_iter().chain(end.map(Step::Error)).collect();
                    let client = client(Policy::once(), [stream(steps)], &Log::default());
                    match cut_line {
                        Some(cut_line) => client.with_incomplete_events(cut_line),
                        None => client,
                    }
                };
                let expected: Vec<_> = match (cut_line, end) {
                    (Some(_), None) => expected.to_vec(),
                    _ => discard.iter().copied().filter(|line| *line != "event b").collect(),
                };
                let mut client = new();
                let found = run(async {
                    let mut found = Vec::new();
                    while let Some(Ok(update)) = client.next_update().await {
                        found.push(describe(Ok(update)));
                    }
                    found
                });
                assert_eq!(found[1..], expected, "{body:?}, {cut_line:?}, {end:?}");
                assert_eq!(client.source().last_event_id(), "");
                let has_event = expected.iter().any(|line| line.starts_with("event"));
                let cause = match end {
                    Some(_) => Cause::Failed,
                    None if has_event => Cause::Ended,
                    None => Cause::EndedEarly,
                };
                assert_eq!(client.source().reconnect().state(), sse_proto::client::State::Closed);
                assert_eq!(client.cause(), Some(cause), "{body:?}, {cut_line:?}, {end:?}");
                let mut client = new();
                let events = run(async {
                    let mut events = Vec::new();
                    while let Some(Ok(event)) = client.next_event().await {
                        events.push(format!("event {}", event.data()));
                    }
                    events
                });
                let expected: Vec<_> = expected.iter().copied().filter(|line| line.starts_with("event")).collect();
                assert_eq!(events, expected);
            }
        }
    }
}

#[test]
fn an_event_that_exceeds_a_limit_is_skipped() {
    let limited = |body: &str| {
        let decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(3));
        let source = EventSource::with_decoder(decoder, Policy::once(), 0);
        client(Policy::once(), [stream(vec![bytes(body)])], &Log::default()).with_source(source)
    };
    run(async {
        let mut client = limited("data: one\n\ndata: three\n\ndata: two\n\n");
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "one");
        let error = client.next_event().await.unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Decode(_)) && error.to_string().starts_with("event too large"), "{error}");
        assert_eq!(error.source().unwrap().to_string(), error.to_string());
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "two");
        assert!(client.next_event().await.is_none());

        let mut client = limited("id: 1\ndata: three").with_incomplete_events(CutLine::Process);
        assert!(matches!(client.next_event().await, Some(Err(ClientError::Decode(_)))));
        assert!(client.next_event().await.is_none());
        assert_eq!((client.cause(), client.source().last_event_id()), (Some(Cause::Ended), "1"));
    });
}

#[test]
fn debug_shows_no_payload() {
    let log = Log::default();
    let steps = vec![bytes("id: secret\nevent: secret\ndata: secret\n\ndata: secret")];
    let mut client = client(plain(), [stream(steps).with_header("x", "secret")], &log);
    assert_eq!(run(client.next_event()).unwrap().unwrap().data(), "secret");
    let text = format!("{client:?} {:?}", client.handle());
    assert!(text.starts_with("EventClient { source: EventSource") && !text.contains("secret"), "{text}");
    assert!(text.contains("is_connected: true, chunk_len: 12, cause: None"), "{text}");
    assert!(text.ends_with(" ClientHandle { .. }"), "{text}");
}
