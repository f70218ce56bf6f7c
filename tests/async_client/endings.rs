//! How a client stops, and what it tells then.

use std::error::Error as _;
use std::io::{self, ErrorKind};

use http_body_util::BodyExt;
use sse_proto::adapters::client::{ClientError, EventClient, TransportError};
use sse_proto::client::{Cause, Policy};

use crate::nested_error::{Handshake, messages};
use crate::script::*;

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

/// A server that redirects or sends a page instead of the stream, when the client resumes. What it sends is not decoded, and the
/// application can still resume later.
#[test]
fn a_server_that_changes_its_answer_ends_the_client() {
    let body = || vec![bytes("id: 8\ndata: b\n\n")];
    for (answer, cause) in [
        (status(302, body()).with_header("location", "https://example.org/").with_header("content-type", EVENTS), 302),
        (status(403, body()).with_header("content-type", EVENTS), 403),
        (status(200, body()).with_header("content-type", "text/html"), 200),
        (status(200, body()).with_header("content-type", EVENTS).with_header("content-type", "text/html"), 200),
        (status(200, body()), 200),
    ] {
        let cause = if cause == 200 { Cause::NotEventStream } else { Cause::Status(cause) };
        let log = Log::default();
        let mut client = client(plain(), [stream(vec![bytes("id: 7\ndata: a\n\n")]), answer], &log);
        run(async {
            assert_eq!(client.next_event().await.unwrap().unwrap().data(), "a");
            let error = client.next_event().await.unwrap().unwrap_err();
            assert!(matches!(error, ClientError::Closed { cause: found, .. } if found == cause), "{error:?}");
            assert!(client.next_event().await.is_none());
        });
        assert_eq!(client.source().last_event_id(), "7");
        let expected = ["connect after \"\"", "body dropped", "connect after \"7\""];
        assert_eq!(log.take(), expected, "the body is there for its message");
    }
}

const EVENTS: &str = "text/event-stream";

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
    assert!(error.source().is_none(), "its message has that of the connecting function");
    let ClientError::Closed { cause: Cause::Failed, source: Some(source), .. } = error else { panic!("{error:?}") };
    assert!(matches!(&source, TransportError::Connect(error) if error.kind() == ErrorKind::HostUnreachable));
    assert_eq!(source.to_string(), "host unreachable");
    assert!(source.source().is_none(), "it stands for the error that it contains");
    assert!(run(refused.next_event()).is_none());

    // The error is that of the connection that was lost last.
    let connections = [failure(ErrorKind::ConnectionRefused), status(503, vec![bytes("busy")])];
    let mut busy = client(plain().with_max_attempts(1), connections, &log);
    let error = run(busy.next_event()).unwrap().unwrap_err();
    assert!(matches!(error, ClientError::Closed { cause: Cause::Status(503), source: None, .. }), "{error:?}");
    assert_eq!(run(busy.take_body().unwrap().collect()).unwrap().to_bytes(), "busy");
}

/// Its message includes that of the error of the connecting function, so its source is what is below that one.
#[test]
fn a_report_that_follows_the_sources_says_nothing_twice() {
    let connect = |_| std::future::ready(Err::<http::Response<String>, _>(Handshake::new()));
    let client = EventClient::new(http::Request::new(()), connect, tokio::time::sleep);
    let error = run(client.with_policy(Policy::once()).next_event()).unwrap().unwrap_err();
    assert_eq!(messages(&error), ["event stream closed: connection failed: handshake", "reset"]);
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
