//! reqwest-eventsource 0.6.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use reqwest_eventsource::retry::{Constant, DEFAULT_RETRY, ExponentialBackoff, RetryPolicy};
use reqwest_eventsource::{Error, Event, EventSource};
use sse_proto::adapters::Sleep;
use sse_proto::adapters::client::{ClientError, Connect, EventClient, Update};
use sse_proto::client::{Cause, Policy};
use sse_proto_ecosystem::Protocol;
use sse_proto_ecosystem::client::{Client, Library, Received};

use crate::scripted::{Response, Server, run};

#[allow(unreachable_pub)]
#[path = "../../../migrating/after_reqwest_eventsource.rs"]
mod after;
#[allow(unreachable_pub)]
#[path = "../../../migrating/before_reqwest_eventsource.rs"]
mod before;

/// Reconnects without a delay.
const AT_ONCE: Policy = Policy::new().with_max_delay(Duration::ZERO);

/// The client, with reqwest, for a request that is built here.
fn client(
    method: &str,
    url: &str,
    policy: Policy,
) -> EventClient<
    Bytes,
    impl Connect<
        Bytes,
        Body = Received,
        Error = io::Error,
        Future = BoxFuture<'static, io::Result<http::Response<Received>>>,
    >,
    impl Sleep,
> {
    let http = Client::new(Library::Reqwest, Protocol::Http1);
    let request = http::Request::builder().method(method).uri(url).body(Bytes::new()).expect("a request");
    let connect = move |request: http::Request<Bytes>| http.send(request);
    EventClient::new(request, connect, tokio::time::sleep).with_policy(policy)
}

/// What happens to a client until it ends, but for comments and the like.
async fn log(method: &str, url: &str, policy: Policy) -> Vec<String> {
    let mut client = client(method, url, policy);
    let mut log = Vec::new();
    while let Some(update) = client.next_update().await {
        log.push(match update {
            Ok(Update::Connected) => "connected".to_owned(),
            Ok(Update::Item(item)) => match item.as_item() {
                sse_proto::Item::Event(event) => event.data().to_owned(),
                _ => continue,
            },
            Ok(Update::Waiting { cause, .. }) => cause.to_string(),
            Ok(_) => continue,
            Err(error) => error.to_string(),
        });
    }
    log
}

/// The same for the other crate. Closes it after `limit` entries.
async fn log_before(mut source: EventSource, limit: usize) -> Vec<String> {
    let mut log = Vec::new();
    while let Some(event) = source.next().await {
        log.push(match event {
            Ok(Event::Open) => "connected".to_owned(),
            Ok(Event::Message(message)) => message.data,
            Err(error) => error.to_string(),
        });
        if log.len() == limit {
            source.close();
        }
    }
    log
}

fn ids(ids: &[Option<&str>]) -> Vec<Option<String>> {
    ids.iter().map(|id| id.map(str::to_owned)).collect()
}

#[test]
fn both_programs_do_the_same() {
    run(async {
        let responses = || {
            [
                Response::stream("retry: 1\nid: 1\ndata: a\n\nid: 2\ndata: cut"),
                Response::failing_stream("id: 2\ndata: b\n\n"),
                Response::new(204, "", ""),
            ]
        };
        let (before, after) = (Server::start(responses()), Server::start(responses()));
        assert_eq!(before::watch(&before.url).await.expect("no error"), ["a", "b"]);
        assert_eq!(after::watch(&after.url).await.expect("no error"), ["a", "b"]);
        let expected = ids(&[None, Some("1"), Some("2")]);
        assert_eq!((before.last_event_ids(), after.last_event_ids()), (expected.clone(), expected));

        let response = || [Response::new(200, "content-type: text/html\r\n", "<html>")];
        let (before, after) = (Server::start(response()), Server::start(response()));
        assert!(matches!(before::watch(&before.url).await, Err(Error::InvalidContentType(..))));
        let error = after::watch(&after.url).await.unwrap_err();
        assert_eq!(error.to_string(), "event stream closed: response is not an event stream");
    });
}

#[test]
fn what_is_an_error() {
    run(async {
        let responses = || [Response::stream("retry: 1\ndata: a\n\n"), Response::new(204, "", "")];
        let before = log_before(EventSource::get(&Server::start(responses()).url), usize::MAX).await;
        assert_eq!(before, ["connected", "a", "Stream ended", "Invalid status code: 204 No Content"]);
        let after = log("GET", &Server::start(responses()).url, AT_ONCE).await;
        assert_eq!(after, ["connected", "a", "stream ended"]);
        assert!(!Cause::Ended.is_error() && !Cause::NoContent.is_error());
    });
}

#[test]
fn the_last_event_id() {
    run(async {
        // The second stream has no ID; the ID of the third has no data.
        let responses = || {
            let stream = |text: &str| Response::stream(format!("retry: 1\n{text}"));
            [
                stream("id: 1\ndata: a\n\n"),
                stream("data: b\n\n"),
                stream("data: c\n\nid: 3\n\n"),
                Response::new(204, "", ""),
            ]
        };
        let (before, after) = (Server::start(responses()), Server::start(responses()));
        log_before(EventSource::get(&before.url), usize::MAX).await;
        log("GET", &after.url, AT_ONCE).await;
        assert_eq!(before.last_event_ids(), ids(&[None, Some("1"), Some(""), Some("")]));
        assert_eq!(after.last_event_ids(), ids(&[None, Some("1"), Some("1"), Some("3")]));
    });
}

#[test]
fn an_id_that_is_no_header() {
    run(async {
        let responses = || {
            [
                Response::stream("retry: 1\nid: \u{1}\ndata: a\n\n"),
                Response::stream("data: b\n\n"),
                Response::new(204, "", ""),
            ]
        };
        let (before, after) = (Server::start(responses()), Server::start(responses()));
        let log_before = log_before(EventSource::get(&before.url), usize::MAX).await;
        assert_eq!(log_before, ["connected", "a", "Stream ended", "Invalid `Last-Event-ID`: \u{1}"], "it has stopped");
        assert_eq!(
            log("GET", &after.url, AT_ONCE).await,
            ["connected", "a", "stream ended", "connected", "b", "stream ended"]
        );
        assert_eq!(after.last_event_ids(), ids(&[None, None, None]));
    });
}

#[test]
fn a_server_that_is_busy() {
    run(async {
        let responses = || {
            [Response::new(503, "retry-after: 7\r\n", ""), Response::stream("data: a\n\n"), Response::new(204, "", "")]
        };
        let before = log_before(EventSource::get(&Server::start(responses()).url), usize::MAX).await;
        assert_eq!(before, ["Invalid status code: 503 Service Unavailable"], "it has stopped");
        let after = log("GET", &Server::start(responses()).url, AT_ONCE).await;
        assert_eq!(after, ["response with status 503", "connected", "a", "stream ended"]);
        let server = Server::start(responses());
        let mut client = client("GET", &server.url, Policy::new());
        let time = loop {
            if let Some(Ok(Update::Waiting { time, .. })) = client.next_update().await {
                break time;
            }
        };
        assert!(time >= Duration::from_secs(7), "{time:?}");
    });
}

#[test]
fn the_greatest_number_of_attempts() {
    run(async {
        // A port at which nobody listens.
        let url = Server::start([]).url;
        let mut before = EventSource::get(&url);
        before.set_retry_policy(Box::new(Constant::new(Duration::from_millis(1), Some(3))));
        let log_before = log_before(before, 50).await;
        assert_eq!(log_before.len(), 50, "it continues until it is closed");
        let after = log("GET", &url, AT_ONCE.with_max_attempts(3)).await;
        assert_eq!(after.len(), 4, "{after:?}");
        assert!(after[..3].iter().all(|entry| entry == "connection failed"));
        assert!(after[3].starts_with("event stream closed: connection failed"), "{}", after[3]);
    });
}

#[test]
fn delays_that_the_server_asks_for() {
    run(async {
        let mut before = ExponentialBackoff::new(Duration::from_millis(300), 2.0, Some(Duration::from_secs(5)), None);
        assert_eq!(
            (DEFAULT_RETRY.start, DEFAULT_RETRY.factor, DEFAULT_RETRY.max_duration),
            (before.start, 2.0, before.max_duration)
        );
        for time in [Duration::ZERO, Duration::from_millis(u64::MAX)] {
            before.set_reconnection_time(time);
            assert_eq!(before.retry(&Error::StreamEnded, None), Some(time));
        }
        for (retry, least, greatest) in [
            ("0", Duration::from_millis(500), Duration::from_millis(750)),
            ("18446744073709551615", Duration::from_mins(1), Duration::from_mins(1)),
        ] {
            let server = Server::start([Response::stream(format!("retry: {retry}\ndata: a\n\n"))]);
            let mut client = client("GET", &server.url, Policy::new());
            let time = loop {
                if let Some(Ok(Update::Waiting { time, .. })) = client.next_update().await {
                    break time;
                }
            };
            assert!((least..=greatest).contains(&time), "{time:?}");
        }
    });
}

#[test]
fn a_post() {
    run(async {
        let responses =
            || [Response::stream("retry: 1\ndata: a\n\n"), Response::stream("data: b\n\n"), Response::new(204, "", "")];
        let (before, after) = (Server::start(responses()), Server::start(responses()));
        let request = reqwest_0_12::Client::new().post(&before.url);
        log_before(EventSource::new(request).expect("it can be cloned"), usize::MAX).await;
        assert_eq!(before.requests().len(), 3, "it is repeated");
        assert!(before.requests().iter().all(|request| request.method == "POST"));

        let mut once = client("POST", &after.url, AT_ONCE);
        assert_eq!(once.next().await.expect("an event").expect("no error").data(), "a");
        // The stream has ended, as that of a language model does.
        assert!(once.next().await.is_none());
        assert_eq!(once.cause(), Some(Cause::Ended));
        assert_eq!(after.requests().len(), 1);

        let server = Server::start(responses());
        let mut repeated = client("POST", &server.url, AT_ONCE).with_repeated_request();
        while let Some(event) = repeated.next().await {
            let _ = event.expect("no error");
        }
        assert_eq!(server.requests().len(), 3);
        let error = client("POST", &Server::start([]).url, AT_ONCE).next().await;
        assert!(matches!(error, Some(Err(ClientError::Closed { cause: Cause::Failed, .. }))));
    });
}
