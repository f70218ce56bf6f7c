//! What the client returns, in which order.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use sse_proto::adapters::client::{ClientError, Update};
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
            assert!(!updates.is_terminated());
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

/// Also if the next connection follows at once.
#[test]
fn what_a_stream_left_is_known_when_its_loss_is_reported() {
    for policy in [plain(), immediate()] {
        let mut client = client(policy, [stream(vec![bytes("HTML\n")])], &Log::default());
        run(async { while !matches!(client.next_update().await.expect("a loss"), Ok(Update::Waiting { .. })) {} });
        assert_eq!(client.source().last_stream().ignored.first_line(), b"HTML");
    }
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
        assert!(error.source().is_none());
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
