//! What the client sends.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex};

use http::{HeaderValue, Method, Request};
use sse_proto::adapters::client::{ClientError, EventClient, Update};
use sse_proto::client::{Cause, EventSource, Policy};
use sse_proto::{BytesDecoder, Limits};

use crate::script::*;

type Seen = Arc<Mutex<Vec<Request<&'static str>>>>;

/// A client whose requests are recorded.
fn recorded(request: Request<&'static str>, connections: impl IntoIterator<Item = Connection>) -> (Client, Seen) {
    let seen = Seen::default();
    let (mut server, recorded) = (server(connections, &Log::default()), Arc::clone(&seen));
    let connect: Server = Box::new(move |request| {
        recorded.lock().unwrap().push(request.clone());
        server(request)
    });
    (EventClient::new(request, connect, tokio::time::sleep as Timer).with_policy(plain()), seen)
}

fn events(client: &mut Client) -> Vec<Result<String, Error>> {
    run(async {
        let mut events = Vec::new();
        while let Some(event) = client.next_event().await {
            events.push(event.map(|event| event.data().to_owned()));
        }
        events
    })
}

fn header(request: &Request<&'static str>, name: &str) -> Vec<Vec<u8>> {
    request.headers().get_all(name).iter().map(|value| value.as_bytes().to_vec()).collect()
}

#[test]
fn the_template_is_kept_and_completed() {
    let request = Request::get("https://example.com/events?a=b")
        .header("authorization", "Bearer x")
        .header("x-list", "1")
        .header("x-list", "2")
        .extension(7_u8)
        .body("body")
        .unwrap();
    let (mut client, seen) = recorded(request, [failure(ErrorKind::Other), stream(vec![])]);
    assert!(events(&mut client).is_empty());
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    for request in &*seen {
        assert_eq!((request.method(), request.body()), (&Method::GET, &"body"));
        assert_eq!(request.uri(), "https://example.com/events?a=b");
        assert_eq!(request.extensions().get::<u8>(), Some(&7));
        assert_eq!(header(request, "authorization"), [b"Bearer x"]);
        assert_eq!(header(request, "x-list"), [b"1", b"2"]);
        assert_eq!(header(request, "accept"), [b"text/event-stream"]);
        assert_eq!(header(request, "cache-control"), [b"no-cache"]);
        assert_eq!(request.headers().len(), 5);
    }
    let request =
        Request::get("/").header("accept", "text/event-stream, application/json").header("cache-control", "a");
    let (mut client, seen) = recorded(request.body("").unwrap(), []);
    assert!(events(&mut client).is_empty());
    let seen = seen.lock().unwrap();
    assert_eq!(header(&seen[0], "accept"), [b"text/event-stream, application/json"]);
    assert_eq!(header(&seen[0], "cache-control"), [b"a"]);
}

#[test]
fn the_last_event_id_is_sent_as_utf_8() {
    let request = Request::get("/").header("last-event-id", HeaderValue::from_bytes("z\u{e9}ro".as_bytes()).unwrap());
    let bodies = ["id: é 🦀\ndata: a\n\n", "id: \u{1}\ndata: b\n\n", "id\ndata: c\n\n", "id: \t4 \ndata: d\n\n"];
    let connections = bodies.map(|body| stream(vec![bytes(body)]));
    let (mut client, seen) = recorded(request.body("").unwrap(), connections);
    assert_eq!(client.source().last_event_id(), "z\u{e9}ro");
    assert_eq!(events(&mut client).len(), 4);
    let ids: Vec<_> = seen.lock().unwrap().iter().map(|request| header(request, "last-event-id")).collect();
    let expected = [Some("zéro"), Some("é 🦀"), None, None, Some("\t4 ")];
    assert_eq!(ids, expected.map(|id| Vec::from_iter(id.map(|id| id.as_bytes().to_vec()))));
}

#[test]
fn the_last_event_id_of_the_template_is_the_first_one() {
    let template = || Request::get("/").header("last-event-id", "42").header("last-event-id", "43").body("").unwrap();
    let first_id = |client: Client, seen: Seen| {
        let mut client = client;
        assert!(events(&mut client).is_empty());
        let seen = seen.lock().unwrap();
        header(&seen[0], "last-event-id")
    };
    let (client, seen) = recorded(template(), []);
    assert_eq!(first_id(client, seen), [b"42"]);
    let source = || EventSource::with_decoder(BytesDecoder::new(), plain(), 0);
    let (client, seen) = recorded(template(), []);
    assert_eq!(first_id(client.with_source(source()).with_policy(plain()), seen), [b"42"]);
    let mut resuming = source();
    resuming.set_last_event_id("7").unwrap();
    let (client, seen) = recorded(template(), []);
    assert_eq!(first_id(client.with_source(resuming), seen), [b"7"]);
    // One that is no text is left where it is.
    let invalid = Request::get("/").header("last-event-id", HeaderValue::from_bytes(b"\xFF").unwrap());
    let (client, seen) = recorded(invalid.body("").unwrap(), []);
    assert_eq!(client.source().last_event_id(), "");
    assert_eq!(first_id(client, seen), [b"\xFF"]);
    // One that exceeds the limit of the decoder is not an ID for it.
    let small = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(1));
    let (client, seen) = recorded(template(), []);
    let client = client.with_source(EventSource::with_decoder(small, plain(), 0));
    assert_eq!(first_id(client, seen), Vec::<Vec<u8>>::new());
}

#[test]
fn limits_change_nothing_else() {
    let template = Request::get("/").header("last-event-id", "42").body("").unwrap();
    let client = recorded(template, []).0.with_policy(plain()).with_limits(Limits::new().with_max_event_bytes(2));
    assert_eq!(client.source().last_event_id(), "42");
    assert_eq!(client.source().reconnect().policy(), &plain());
    assert_eq!(client.source().decoder().limits().max_event_bytes, 2);
    assert_eq!(client.with_limits(Limits::new().with_max_event_bytes(1)).source().last_event_id(), "");
}

fn post() -> Request<&'static str> {
    Request::post("/").body("prompt").unwrap()
}

fn methods(seen: &Seen) -> Vec<Method> {
    seen.lock().unwrap().iter().map(|request| request.method().clone()).collect()
}

/// Whatever happens to it, and whatever the delay.
#[test]
fn a_post_is_sent_once() {
    let cases = || {
        [
            (stream(vec![bytes("data: a\n\n")]), Cause::Ended),
            (stream(vec![]), Cause::EndedEarly),
            (stream(vec![bytes("data: a\n\n"), Step::Error(ErrorKind::Other)]), Cause::Failed),
            (stream(vec![bytes("data: a\n\n"), Step::Forever]), Cause::TimedOut),
            (failure(ErrorKind::ConnectionRefused), Cause::Failed),
            (stream(vec![]).after(Step::Forever), Cause::TimedOut),
            (status(503, vec![]).with_header("retry-after", "1"), Cause::Status(503)),
            (status(404, vec![]), Cause::Status(404)),
            (status(204, vec![]), Cause::NoContent),
        ]
    };
    let policies =
        [plain(), immediate().with_idle_timeout(Some(SECOND)), Policy::browser().with_idle_timeout(Some(SECOND))];
    for policy in policies {
        for (connection, cause) in cases() {
            let (client, seen) = recorded(post(), [connection]);
            let mut client = client.with_policy(policy);
            let errors = events(&mut client).into_iter().filter(Result::is_err).count();
            assert_eq!((client.cause(), errors), (Some(cause), usize::from(cause.is_error())), "{policy:?}");
            assert_eq!(methods(&seen), [Method::POST], "{cause:?}, {policy:?}");
        }
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let (mut client, seen) = recorded(Request::builder().method(method).body("").unwrap(), [stream(vec![])]);
        assert_eq!(events(&mut client).len(), 1);
        assert_eq!(methods(&seen).len(), 1);
    }
    for method in ["GET", "HEAD", "OPTIONS"] {
        let (mut client, seen) = recorded(Request::builder().method(method).body("").unwrap(), [stream(vec![])]);
        assert_eq!(events(&mut client).len(), 0);
        assert_eq!(methods(&seen).len(), 2);
    }
}

#[test]
fn a_post_is_repeated_if_it_may_be() {
    let connections = [failure(ErrorKind::Other), status(503, vec![]), stream(vec![bytes("data: a\n\n")])];
    let (client, seen) = recorded(post(), connections);
    let mut client = client.with_repeated_request();
    assert_eq!(events(&mut client).len(), 1);
    assert_eq!(methods(&seen), vec![Method::POST; 4]);
    assert!(seen.lock().unwrap().iter().all(|request| *request.body() == "prompt"));
}

#[test]
fn a_post_is_resumed_with_get() {
    let get = || Request::get("/resumed").header("mcp-session-id", "s").body("").unwrap();
    let connections = [
        stream(vec![bytes("id: 1\ndata: a\n\n"), Step::Error(ErrorKind::Other)]),
        failure(ErrorKind::Other),
        status(503, vec![]),
        stream(vec![bytes("id: 2\ndata: b\n\n")]),
    ];
    let (client, seen) = recorded(post(), connections);
    let mut client = client.with_resume_request(get());
    assert_eq!(events(&mut client).into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(methods(&seen), [Method::POST, Method::GET, Method::GET, Method::GET, Method::GET]);
    for (request, id) in seen.lock().unwrap().iter().zip([None, Some("1"), Some("1"), Some("1"), Some("2")]) {
        assert_eq!(header(request, "last-event-id"), Vec::from_iter(id.map(|id| id.as_bytes().to_vec())));
        assert_eq!(header(request, "accept"), [b"text/event-stream"]);
        assert_eq!(header(request, "mcp-session-id").len(), usize::from(id.is_some()));
    }
    // Before the first stream, the POST is not repeated.
    for connection in [failure(ErrorKind::Other), status(503, vec![]), stream(vec![]).after(Step::Forever)] {
        let (client, seen) = recorded(post(), [connection]);
        let mut client = client.with_resume_request(get());
        assert_eq!(events(&mut client).len(), 1);
        assert_eq!(methods(&seen), [Method::POST]);
    }
    // Unless it may be.
    let (client, seen) = recorded(post(), [failure(ErrorKind::Other), stream(vec![bytes("id: 1\n\n")])]);
    let mut client = client.with_resume_request(get()).with_repeated_request();
    assert!(events(&mut client).is_empty());
    assert_eq!(methods(&seen), [Method::POST, Method::POST, Method::GET]);
    // The attempts are those of the policy.
    let failures = std::iter::repeat_with(|| failure(ErrorKind::Other)).take(9);
    let (client, seen) = recorded(post(), [stream(vec![bytes("id: 1\ndata: a\n\n")])].into_iter().chain(failures));
    let mut client = client.with_policy(plain().with_max_attempts(3)).with_resume_request(get());
    assert!(events(&mut client).pop().unwrap().is_err());
    assert_eq!(methods(&seen).len(), 4);
}

/// Without an ID, the server would take a resume request for one of another stream.
#[test]
fn a_stream_without_an_id_is_not_resumed() {
    let get = || Request::get("/resumed").header("last-event-id", "of the template").body("").unwrap();
    let policies = [plain(), immediate()].map(|policy| policy.with_idle_timeout(Some(SECOND)));
    for (text, has_id) in [
        ("", false),
        (": hi\n\n", false),
        ("data: a\n\n", false),
        ("id: 1\ndata: cut", false),
        ("id: 1\ndata: a\n\nid\ndata: b\n\n", false),
        ("id: \u{1}\ndata: a\n\n", false),
        ("id: 1\n\n", true),
        ("id: 1\ndata: a\n\ndata: b\n\n", true),
    ] {
        let ended = if text.contains("data: a\n\n") { Cause::Ended } else { Cause::EndedEarly };
        for (step, cause) in [
            (None, ended),
            (Some(Step::Error(ErrorKind::Other)), Cause::Failed),
            (Some(Step::Forever), Cause::TimedOut),
        ] {
            for policy in policies {
                let step = step.as_ref().map(|step| match step {
                    Step::Error(kind) => Step::Error(*kind),
                    _ => Step::Forever,
                });
                let steps = [bytes(text)].into_iter().chain(step).collect();
                let (client, seen) = recorded(post(), [stream(steps)]);
                let mut client = client.with_policy(policy).with_resume_request(get());
                let errors = events(&mut client).iter().filter(|event| event.is_err()).count();
                if has_id {
                    assert_eq!((client.cause(), errors), (Some(Cause::NoContent), 0), "{text:?}, {cause:?}");
                    assert_eq!(methods(&seen), [Method::POST, Method::GET]);
                    assert_eq!(header(&seen.lock().unwrap()[1], "last-event-id"), [b"1"]);
                } else {
                    let expected = (Some(cause), usize::from(cause.is_error()));
                    assert_eq!((client.cause(), errors), expected, "{text:?}");
                    assert_eq!(methods(&seen), [Method::POST], "{text:?}, {cause:?}");
                }
            }
        }
    }
}

/// The ID may be one that the application has, and it may be lost when the stream was resumed already.
#[test]
fn a_stream_is_resumed_as_long_as_there_is_an_id() {
    let get = || Request::get("/resumed").body("").unwrap();
    let connections =
        [stream(vec![]), stream(vec![bytes("id: 1\n\n")]), stream(vec![bytes("id\ndata: a\n\n")]), stream(vec![])];
    let template = Request::post("/").header("last-event-id", "0").body("").unwrap();
    let (client, seen) = recorded(template, connections);
    let mut client = client.with_resume_request(get());
    assert_eq!(events(&mut client).into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["a"]);
    assert_eq!(client.cause(), Some(Cause::Ended));
    let ids: Vec<_> = seen.lock().unwrap().iter().map(|request| header(request, "last-event-id")).collect();
    assert_eq!(ids, [[b"0"], [b"0"], [b"1"]]);

    // A forced reconnection is one, too.
    let (client, seen) = recorded(post(), [stream(vec![Step::Forever]), stream(vec![])]);
    let mut client = client.with_resume_request(get());
    run(async {
        assert!(matches!(client.next_update().await, Some(Ok(Update::Connected))));
        client.handle().reconnect_now();
        assert!(matches!(client.next_update().await, Some(Err(ClientError::Closed { cause: Cause::Failed, .. }))));
    });
    assert_eq!(methods(&seen), [Method::POST]);
}

#[test]
fn a_post_is_repeated_if_the_application_overrides_a_refusal() {
    let connections = [status(401, vec![]), status(401, vec![]), stream(vec![bytes("data: a\n\n")])];
    let (mut client, seen) = recorded(post(), connections);
    run(async {
        let mut refusals = 0;
        while let Some(update) = client.next_update().await {
            match update.unwrap() {
                Update::Refused { cause, will_retry, .. } => {
                    assert_eq!((cause, will_retry), (Cause::Status(401), false));
                    refusals += 1;
                    client.retry();
                    if refusals == 2 {
                        client.handle().reconnect_now();
                    }
                }
                Update::Waiting { time, .. } => assert_eq!(time.is_zero(), refusals == 2),
                _ => {}
            }
        }
    });
    assert_eq!((client.cause(), methods(&seen).len()), (Some(Cause::Ended), 3));
}

#[test]
fn a_post_is_not_repeated_by_a_forced_reconnection() {
    let (mut client, seen) = recorded(post(), [stream(vec![Step::Forever])]);
    client.handle().reconnect_now();
    run(async {
        assert!(matches!(client.next_update().await, Some(Ok(Update::Connected))), "it was not sent before");
        client.handle().reconnect_now();
        let error = client.next_update().await.unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Closed { cause: Cause::Failed, source: None, .. }), "{error:?}");
        assert!(client.next_update().await.is_none());
    });
    assert_eq!(methods(&seen), [Method::POST]);
}
