//! Responses that are refused, and what the application does with them.

use std::io::ErrorKind;

use http_body_util::BodyExt;
use sse_proto::adapters::client::Update;
use sse_proto::client::{Policy, State};

use crate::script::*;

/// Runs a client that is refused, and acts on each refusal.
fn refused(policy: Policy, connections: Vec<Connection>, act: fn(&mut Client)) -> Vec<String> {
    let log = Log::default();
    let mut client = client(policy, connections, &log);
    run(async {
        while let Some(update) = client.next_update().await {
            let is_refused = matches!(update, Ok(Update::Refused { .. }));
            log.push(describe(update));
            if is_refused {
                assert!(client.response().is_some());
                assert_eq!(client.source().state(), State::Refused);
                act(&mut client);
            }
        }
    });
    log.push(format!("{:?}", client.cause().unwrap()));
    log.take()
}

#[test]
fn a_refusal_can_be_overridden() {
    let connections = || vec![status(404, vec![bytes("data: a\n\n")]), status(503, vec![bytes("data: b\n\n")])];
    let refusal = "refused: response with status 404, will retry: false";
    let second = "refused: response with status 503, will retry: true";
    let last = "refused: response with status 204: the server asks to stop, will retry: false";
    let connect = "connect after \"\"";

    let lines = refused(plain(), connections(), |_| ());
    let error = "error: event stream closed: response with status 404";
    assert_eq!(lines, [connect, refusal, error, "Status(404)"]);

    let lines = refused(plain(), connections(), |client| {
        client.retry();
        if client.source().reconnect().connections() == 3 {
            client.give_up();
        }
    });
    let waiting = "waiting 3s: response with status 404, attempt 1";
    let again = "waiting 3s: response with status 503, attempt 2";
    let expected = [connect, refusal, "body dropped", waiting, connect, second, "body dropped", again, connect, last];
    assert_eq!(lines[..10], expected);
    assert_eq!(lines[10..], ["body dropped", "NoContent"]);

    let lines = refused(plain().with_max_attempts(0), connections(), Client::retry);
    assert_eq!(lines, [connect, refusal, error, "Status(404)"], "the policy allows no attempt");

    let lines = refused(plain(), connections(), |client| {
        if client.source().reconnect().connections() < 3 {
            client.accept();
        }
    });
    let stream = |data| ["connected", data, "body dropped", "waiting 3s: stream ended, attempt 1", connect];
    let expected = [&[connect, refusal][..], &stream("event a"), &[second], &stream("event b")].concat();
    assert_eq!(lines, [&expected[..], &[last, "body dropped", "NoContent"]].concat());

    let lines = refused(plain(), connections(), |client| {
        if client.source().reconnect().connections() < 3 {
            client.handle().reconnect_now();
        }
    });
    let expected = [connect, refusal, "body dropped", connect, second, "body dropped", connect, last, "body dropped"];
    assert_eq!(lines, [&expected[..], &["NoContent"]].concat());

    let lines = refused(plain(), connections(), Client::retry_now);
    let at_once = "waiting 0ns: response with status 404, attempt 1";
    let again = "waiting 0ns: response with status 503, attempt 2";
    let expected = [connect, refusal, "body dropped", at_once, connect, second, "body dropped", again, connect, last];
    assert_eq!(lines[..10], expected);
    // The attempts count.
    let lines = refused(plain().with_max_attempts(1), connections(), Client::retry_now);
    let error = "error: event stream closed: response with status 503";
    let futile = "refused: response with status 503, will retry: false";
    assert_eq!(lines, [connect, refusal, "body dropped", at_once, connect, futile, error, "Status(503)"]);

    let lines = refused(plain(), vec![status(503, vec![])], Client::give_up);
    let error = "error: event stream closed: response with status 503";
    assert_eq!(lines, [connect, second, error, "Status(503)"]);

    let lines = refused(plain(), connections(), |client| client.handle().close());
    assert_eq!(lines, [connect, refusal, "body dropped", "Closed"]);
}

#[test]
fn the_body_of_a_refused_response_can_be_read_before_the_decision() {
    let connections = [status(503, vec![bytes("busy")]), status(200, vec![bytes("data: a\n\n")])];
    let mut client = client(plain(), connections, &Log::default());
    run(async {
        assert!(matches!(client.next_update().await, Some(Ok(Update::Refused { .. }))));
        assert_eq!(client.take_body().unwrap().collect().await.unwrap().to_bytes(), "busy");
        assert!(client.take_body().is_none());
        assert!(matches!(client.next_update().await, Some(Ok(Update::Waiting { .. }))));
        // A response whose body was taken cannot be received.
        assert!(matches!(client.next_update().await, Some(Ok(Update::Refused { .. }))));
        let _body = client.take_body().unwrap();
        client.accept();
        let line = describe(client.next_update().await.unwrap());
        assert_eq!(line, "waiting 3s: connection failed, attempt 2");
    });
}

#[test]
fn overriding_where_there_is_no_refusal_does_nothing() {
    let log = Log::default();
    let override_all = |client: &mut Client| {
        client.retry();
        client.retry_now();
        client.accept();
        assert!(client.take_body().is_none());
    };
    let mut client = client(plain(), [failure(ErrorKind::Other), stream(vec![bytes("data: a\n\n")])], &log);
    run(async {
        override_all(&mut client);
        while let Some(update) = client.next_update().await {
            let is_refused = matches!(update, Ok(Update::Refused { .. }));
            log.push(describe(update));
            if !is_refused {
                override_all(&mut client);
            }
        }
    });
    let lines = log.take();
    let expected = all(plain(), [failure(ErrorKind::Other), stream(vec![bytes("data: a\n\n")])]);
    assert_eq!(lines, expected[..expected.len() - 1]);
}
