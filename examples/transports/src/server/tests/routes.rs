//! The routes, without a network.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use futures_util::{FutureExt, StreamExt};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sse_proto::server::{History, Retention};
use tokio::time::Instant;
use tower::ServiceExt;

use crate::server::{Route, Site, Timeouts, bulk_router, router};

const TIMEOUT: Duration = Duration::from_secs(20);
const TIMEOUTS: Timeouts = Timeouts { long_poll: TIMEOUT, keep_alive: Duration::from_secs(15) };

/// IDs that the log 7 has not issued.
const FOREIGN: [&str; 5] = ["6-1", "7-99", "x", "7-01", "%F0%9F%A6%80%FF"];

fn site(events: usize) -> Site {
    let site = Site::with_log(History::numbered(7, Retention::default().with_max_events(50)), TIMEOUTS);
    for number in 1..=events {
        site.send(&number.to_string()).unwrap();
    }
    site
}

async fn respond(site: &Site, path: &str, headers: &[(&'static str, &str)]) -> Response {
    let mut request = Request::get(path);
    for &(name, value) in headers {
        request = request.header(name, value);
    }
    let routes = router(site.clone()).merge(bulk_router(site.clone()));
    routes.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn get(site: &Site, path: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = respond(site, path, headers).await.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.into()).unwrap())
}

async fn poll(site: &Site, path: &str) -> Value {
    let (status, headers, body) = get(site, path, &[]).await;
    assert_eq!((status, &headers["content-type"]), (StatusCode::OK, &"application/json".parse().unwrap()), "{body}");
    serde_json::from_str(&body).unwrap()
}

/// The IDs and texts of an answer.
fn items(answer: &Value) -> Vec<(&str, &str)> {
    let data = answer["data"].as_array().unwrap();
    data.iter().map(|item| (item["id"].as_str().unwrap(), item["news"]["text"].as_str().unwrap())).collect()
}

/// What an event stream has sent so far.
fn sent(response: Response) -> String {
    let mut body = response.into_body().into_data_stream();
    let mut sent = Vec::new();
    while let Some(Some(part)) = body.next().now_or_never() {
        sent.extend_from_slice(&part.unwrap());
    }
    String::from_utf8(sent).unwrap()
}

#[tokio::test]
async fn a_new_client_loses_nothing_after_its_first_answer() {
    let site = site(0);
    for path in ["/api/news", "/api/news?after=", "/api/updates", "/api/updates?after="] {
        assert_eq!(poll(&site, path).await, json!({ "data": [], "last": "7-0" }), "{path}");
    }
    assert_eq!(sent(respond(&site, "/api/events", &[]).await), "id: 7-0\n\n");
    site.send("a").unwrap();
    for path in ["/api/news?after=7-0", "/api/updates?after=7-0"] {
        let answer = poll(&site, path).await;
        assert_eq!((items(&answer), &answer["last"]), (vec![("7-1", "a")], &json!("7-1")), "{path}");
    }
    let events = sent(respond(&site, "/api/events", &[("last-event-id", "7-0")]).await);
    assert!(events.starts_with("id: 7-1\ndata: {"), "{events}");
    assert_eq!(poll(&site, "/api/news").await, json!({ "data": [], "last": "7-1" }));
    assert_eq!(poll(&site, "/api/news?after=7-1").await, json!({ "data": [], "last": "7-1" }));
}

#[tokio::test]
async fn all_routes_send_the_same_news() {
    let site = site(3);
    let events = sent(respond(&site, "/api/events", &[("last-event-id", "7-1")]).await);
    let data: Vec<_> = events.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    let [two, three] = data[..] else { panic!("{events}") };
    assert_eq!(events, format!("id: 7-2\ndata: {two}\n\nid: 7-3\ndata: {three}\n\n"));
    for path in ["/api/news?after=7-1", "/api/updates?after=7-1"] {
        let answer = format!(r#"{{"data":[{{"id":"7-2","news":{two}}},{{"id":"7-3","news":{three}}}],"last":"7-3"}}"#);
        assert_eq!(get(&site, path, &[]).await.2, answer);
    }
}

#[tokio::test]
async fn a_known_etag_is_answered_without_a_body() {
    let site = site(2);
    for (known, status) in [
        (r#""7-2""#, 304),
        (r#"W/"7-2""#, 304),
        (r#""7-1", "7-2""#, 304),
        (r#""7-1""#, 200),
        (r#""6-2""#, 200),
        ("7-2", 200),
    ] {
        let (got, headers, body) = get(&site, "/api/news?after=7-2", &[("if-none-match", known)]).await;
        assert_eq!((got.as_u16(), body.is_empty()), (status, status == 304), "{known}");
        assert_eq!(
            (&headers["etag"], &headers["cache-control"]),
            (&"\"7-2\"".parse().unwrap(), &"no-cache".parse().unwrap())
        );
        assert_eq!(headers.contains_key("content-type"), status == 200);
    }
    site.send("news").unwrap();
    let (status, headers, _) = get(&site, "/api/news?after=7-2", &[("if-none-match", r#""7-2""#)]).await;
    assert_eq!((status.as_u16(), &headers["etag"]), (200, &"\"7-3\"".parse().unwrap()));
}

#[tokio::test]
async fn an_id_that_the_log_does_not_have_is_a_gap_on_every_route() {
    let site = site(60);
    // 10 was evicted last: a client that has it has missed nothing.
    for after in FOREIGN.into_iter().chain(["7-0", "7-9"]) {
        for route in ["news", "updates"] {
            let answer = poll(&site, &format!("/api/{route}?after={after}")).await;
            assert_eq!(answer["missed"], Value::Null, "{after}");
            assert!(answer.as_object().unwrap().contains_key("missed"), "{after}");
            assert_eq!((items(&answer).len(), items(&answer)[0].0, &answer["last"]), (50, "7-11", &json!("7-60")));
        }
        let events = sent(respond(&site, "/api/events", &[("last-event-id", after)]).await);
        assert!(events.starts_with("event: gap\ndata: \n\nid: 7-11\ndata: {"), "{events}");
    }
    let answer = poll(&site, "/api/news?after=7-10").await;
    assert_eq!((items(&answer).len(), answer.get("missed")), (50, None));
    assert_eq!(poll(&self::site(0), "/api/news?after=x").await, json!({ "data": [], "missed": null, "last": "7-0" }));
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_is_held_until_there_is_news() {
    let site = site(1);
    let (start, sender) = (Instant::now(), site.clone());
    let send = async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!((sender.held(), sender.waiting()), (2, 2));
        sender.send("a").unwrap();
        sender.send("b").unwrap();
    };
    let (one, other, ()) =
        tokio::join!(poll(&site, "/api/updates?after=7-1"), poll(&site, "/api/updates?after=7-1"), send);
    assert_eq!(
        (items(&one), &one["last"], start.elapsed()),
        (vec![("7-2", "a"), ("7-3", "b")], &json!("7-3"), Duration::from_secs(5))
    );
    assert_eq!(one, other);
    assert_eq!((site.held(), site.most_held(), site.waiting()), (0, 2, 0));
    assert_eq!((site.requests(Route::Updates), site.responses(Route::Updates)), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_is_answered_after_the_timeout() {
    let (site, start) = (site(1), Instant::now());
    assert_eq!(poll(&site, "/api/updates?after=7-1").await, json!({ "data": [], "last": "7-1" }));
    assert!((TIMEOUT..TIMEOUT + Duration::from_millis(2)).contains(&start.elapsed()));
    assert_eq!((site.held(), site.waiting()), (0, 0));
}

#[tokio::test]
async fn a_long_poll_whose_client_is_gone_is_dropped() {
    let site = site(0);
    let mut held = Box::pin(respond(&site, "/api/updates?after=7-0", &[]));
    assert!((&mut held).now_or_never().is_none());
    assert_eq!((site.held(), site.waiting()), (1, 1));
    drop(held);
    assert_eq!((site.held(), site.waiting()), (0, 0));
    assert_eq!((site.requests(Route::Updates), site.responses(Route::Updates)), (1, 0));
}

#[tokio::test]
async fn what_is_evicted_during_a_long_poll_is_counted() {
    let site = site(0);
    let mut held = Box::pin(poll(&site, "/api/updates?after=7-0"));
    assert!((&mut held).now_or_never().is_none());
    for number in 1..=53 {
        site.send(&number.to_string()).unwrap();
    }
    let answer = held.await;
    assert_eq!((items(&answer).len(), &answer["missed"]), (50, &json!(3)));
}

/// Two clients poll, short and long, while news are sent at any time and requests are given up at any time.
#[tokio::test(start_paused = true)]
async fn nothing_is_lost_or_doubled_between_two_polls() {
    let mut most = 0;
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (site, mut sent, mut received) = (site(0), 0, [0, 0]);
        let mut open = [None, None];
        let give = |received: &mut u64, answer: &Value| {
            for (id, text) in items(answer) {
                *received += 1;
                assert_eq!((id, text), (format!("7-{received}").as_str(), received.to_string().as_str()), "{seed}");
            }
            assert_eq!((&answer["last"], answer.get("missed")), (&json!(format!("7-{received}")), None), "{seed}");
        };
        for _ in 0..60 {
            let client = random.usize(..2);
            match random.u8(..8) {
                0..=2 => {
                    sent += 1;
                    site.send(&sent.to_string()).unwrap();
                }
                3 => open[client] = None,
                4 => tokio::time::advance(Duration::from_secs(random.u64(1..15))).await,
                _ => {
                    let route = if random.bool() { "news" } else { "updates" };
                    let (site, path) = (site.clone(), format!("/api/{route}?after=7-{}", received[client]));
                    let request = open[client].get_or_insert_with(|| async move { poll(&site, &path).await }.boxed());
                    if let Some(answer) = request.now_or_never() {
                        open[client] = None;
                        give(&mut received[client], &answer);
                    }
                }
            }
            // Fewer than the log keeps, so that nothing is missed.
            if sent - received[0].min(received[1]) >= 45 {
                break;
            }
        }
        for (client, request) in open.into_iter().enumerate() {
            if let Some(request) = request {
                give(&mut received[client], &request.await);
            }
            let rest = poll(&site, &format!("/api/news?after=7-{}", received[client])).await;
            give(&mut received[client], &rest);
        }
        assert_eq!(received, [sent, sent], "{seed}");
        most = most.max(sent);
    }
    assert!(most > 20, "{most}");
}

/// The same on several threads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_if_news_are_sent_while_a_poll_begins() {
    let site = Site::with_log(History::numbered(7, Retention::default().with_max_events(5000)), TIMEOUTS);
    let sender = site.clone();
    let send = tokio::task::spawn_blocking(move || {
        let mut random = fastrand::Rng::with_seed(1);
        for number in 1..=2000 {
            sender.send(&number.to_string()).unwrap();
            for _ in 0..random.u32(..200) {
                std::hint::spin_loop();
            }
        }
    });
    let mut received = 0_u64;
    while received < 2000 {
        let answer = poll(&site, &format!("/api/updates?after=7-{received}")).await;
        for (_, text) in items(&answer) {
            received += 1;
            assert_eq!(text, received.to_string());
        }
        assert_eq!(answer.get("missed"), None);
    }
    send.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_silent_event_stream_sends_keep_alives_and_is_one_request() {
    let site = site(1);
    let mut body = respond(&site, "/api/events", &[]).await.into_body().into_data_stream();
    for expected in ["id: 7-1\n\n", ":\n", ":\n"] {
        assert_eq!(body.next().await.unwrap().unwrap(), expected);
    }
    assert_eq!((site.requests(Route::Events), site.responses(Route::Events), site.waiting()), (1, 1, 1));
    drop(body);
    assert_eq!(site.waiting(), 0);
}

#[tokio::test]
async fn a_large_body_has_the_length_that_is_asked_for() {
    let site = site(0);
    for bytes in [0, 1, 65_535, 65_536, 65_537, 300_000] {
        let (status, headers, body) = get(&site, &format!("/api/bulk?bytes={bytes}"), &[]).await;
        assert_eq!((status, body.len()), (StatusCode::OK, bytes));
        assert_eq!(headers["content-length"], bytes.to_string());
    }
    for query in ["", "?bytes=", "?bytes=x", "?bytes=-1", "?bytes=99999999999999999999"] {
        assert_eq!(get(&site, &format!("/api/bulk{query}"), &[]).await.0, StatusCode::BAD_REQUEST, "{query}");
    }
}
