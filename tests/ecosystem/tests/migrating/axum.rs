//! `Sse` of axum 0.8.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{FutureExt, StreamExt, stream};
use http_body_util::BodyExt;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::stream::EventStreamExt;
use sse_proto::{Comment, Decoder, EventBuf, InvalidEvent};

use crate::scripted::run;

#[allow(unreachable_pub)]
#[path = "../../../migrating/after_axum.rs"]
mod after;
#[allow(unreachable_pub)]
#[path = "../../../migrating/after_axum_broadcast.rs"]
mod after_broadcast;
#[allow(unreachable_pub)]
#[path = "../../../migrating/before_axum.rs"]
mod before;
#[allow(unreachable_pub)]
#[path = "../../../migrating/before_axum_broadcast.rs"]
mod before_broadcast;

/// Starts a server.
async fn serve(service: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async { axum::serve(listener, service).await });
    address
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// What is sent for one event of axum.
fn sent(event: Event) -> Vec<u8> {
    let body = Sse::new(stream::iter([Ok::<_, Infallible>(event)])).into_response().into_body();
    body.collect().now_or_never().expect("ready").expect("no error").to_bytes().into()
}

fn data_of(mut body: &[u8]) -> Vec<String> {
    let (mut decoder, mut data) = (Decoder::new(), Vec::new());
    while let Some(event) = decoder.next_event(&mut body).expect("it fits") {
        data.push(event.data().to_owned());
    }
    data
}

fn panics(f: impl FnOnce()) -> bool {
    panic::catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn both_programs_do_the_same() {
    run(async {
        let (mut heads, mut bodies) = (Vec::new(), Vec::new());
        for service in [before::service(), after::service()] {
            let response =
                http().get(format!("http://{}/count", serve(service).await)).send().await.expect("a response");
            heads.push((response.status(), response.headers().clone()));
            let events = response.bytes_stream().event_stream().map(|event| EventBuf::from(event.expect("no error")));
            bodies.push(events.collect::<Vec<_>>().await);
        }
        assert_eq!(bodies[0].len(), 3);
        assert_eq!((bodies[0][2].event_type(), bodies[0][2].id(), bodies[0][2].data()), ("number", Some("3"), "3"));
        assert_eq!(bodies[0], bodies[1]);
        assert_eq!(heads[0].0, heads[1].0);
        for name in ["content-type", "cache-control"] {
            assert_eq!(heads[0].1[name], heads[1].1[name]);
        }
        assert_eq!(
            heads.iter().map(|head| head.1.contains_key("x-accel-buffering")).collect::<Vec<_>>(),
            [false, true]
        );
    });
}

#[test]
fn values_that_do_not_fit() {
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let panicked = [
        panics(|| drop(Event::default().id("1\n2"))),
        panics(|| drop(Event::default().id("\0"))),
        panics(|| drop(Event::default().event("a\rb"))),
        panics(|| drop(Event::default().comment("a\nb"))),
        panics(|| drop(Event::default().data("a").data("b"))),
        panics(|| drop(Event::default().event("a").event("b"))),
        // No runtime.
        panics(|| drop(Sse::new(stream::pending::<Result<Event, Infallible>>()).keep_alive(KeepAlive::default()))),
    ];
    panic::set_hook(quiet);
    assert_eq!(panicked, [true; 7]);

    for id in ["1\n2", "\0"] {
        assert!(matches!(EventBuf::new("").with_id(id), Err(InvalidEvent::Forbidden { .. })));
    }
    assert!(EventBuf::new("").with_type("a\rb").is_err());
    assert_eq!(Comment::new("a\nb").to_string(), ": a\n: b\n");
    assert_eq!(
        EventBuf::new("a").with_type("a").and_then(|event| event.with_type("b")).expect("valid").event_type(),
        "b"
    );
    drop(
        EventBody::new(stream::pending::<EventBuf>())
            .with_keep_alive(Duration::from_secs(15), |_| std::future::pending()),
    );
}

#[test]
fn data() {
    for (text, before, after) in [
        ("a\r\nb", &["a\n\nb"][..], &["a\nb"][..]),
        ("", &[], &[""]),
        ("a\nb\rc", &["a\nb\nc"], &["a\nb\nc"]),
        (" a\n", &[" a\n"], &[" a\n"]),
    ] {
        assert_eq!(data_of(&sent(Event::default().data(text))), before, "{text:?}");
        assert_eq!(data_of(&EventBuf::new(text).to_bytes()), after, "{text:?}");
    }
}

#[test]
fn keep_alives() {
    run(async {
        let interval = KeepAlive::new().interval(Duration::from_millis(1));
        let mut before =
            Sse::new(stream::pending::<Result<Event, Infallible>>()).keep_alive(interval).into_response().into_body();
        assert_eq!(before.frame().await.unwrap().unwrap().into_data().unwrap(), ":\n\n");
        let body = EventBody::new(stream::pending::<EventBuf>());
        let mut after =
            body.with_keep_alive(Duration::ZERO, tokio::time::sleep).into_response().into_body().boxed_unsync();
        assert_eq!(after.frame().await.unwrap().unwrap().into_data().unwrap(), ":\n");
    });
}

#[test]
fn a_shutdown() {
    run(async {
        let events = stream::iter([EventBuf::new("a")]).chain(stream::pending());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let mut body = EventBody::new(events).until(stopped);
        assert_eq!(body.next().await.unwrap().unwrap(), "data: a\n\n");
        stop.send(()).unwrap();
        assert!(body.next().await.is_none(), "a clean end, although the stream has none");
    });
}

/// The first event with data that a client gets which reconnects after one that it has seen, and what was posted in between.
async fn after_reconnecting(service: Router) -> String {
    let (url, http) = (format!("http://{}/news", serve(service).await), http());
    let post = async |text: &'static str| {
        let response = http.post(&url).body(text).send().await.expect("a response");
        assert_eq!(response.status(), 202);
    };
    let get = |id: Option<String>| {
        let request = id.into_iter().fold(http.get(&url), |request, id| request.header("last-event-id", id));
        async { request.send().await.expect("a response").bytes_stream().event_stream() }
    };
    let mut events = get(None).await;
    post("a").await;
    let first = events.next().await.expect("an event").expect("no error");
    assert_eq!(first.data(), "a");
    drop(events);

    post("b").await;
    let mut events = get(first.id().map(str::to_owned)).await;
    post("c").await;
    events.next().await.expect("an event").expect("no error").data().to_owned()
}

#[test]
fn a_client_that_reconnects() {
    run(async {
        assert_eq!(after_reconnecting(before_broadcast::service()).await, "c", "one is lost");
        assert_eq!(after_reconnecting(after_broadcast::service()).await, "b");
    });
}
