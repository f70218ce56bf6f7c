//! The programs of the README that need an HTTP library, as they are written there.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse;
use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::rt::TokioExecutor;
use sse_proto::Event;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::client::EventClient;
use sse_proto::adapters::fan_out::FanOut;
use sse_proto::server::{History, Retention};
use sse_proto_ecosystem::{BoxError, scenario};
use tokio::net::TcpListener;
use tokio::time;

async fn events(State(fan_out): State<FanOut>, headers: HeaderMap) -> impl IntoResponse {
    let last_event_id = headers.get("last-event-id").map(HeaderValue::as_bytes);
    EventBody::new(fan_out.subscribe(last_event_id))
        .with_keep_alive(Duration::from_secs(15), tokio::time::sleep)
        .into_response()
}

fn send(fan_out: &FanOut) -> Result<(), BoxError> {
    // Anywhere: encodes the event once, and wakes every subscriber.
    fan_out.send(Event::new("hello"))?;
    Ok(())
}

async fn follow(url: String) -> Result<(), BoxError> {
    let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(url).body(Empty::<Bytes>::new())?;
    let mut client = EventClient::new(request, move |request| http.request(request), tokio::time::sleep);
    while let Some(event) = client.next_event().await {
        println!("{}", event?.data());
    }
    Ok(())
}

#[test]
fn readme() {
    scenario::run("readme", async |figures| {
        let fan_out = FanOut::new(History::numbered(7, Retention::default()));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let app = axum::Router::new().route("/", axum::routing::get(events)).with_state(fan_out.clone());
        tokio::spawn(async { axum::serve(listener, app).await });

        let follower = tokio::spawn(follow(url.clone()));
        while fan_out.subscribers() < 1 {
            assert!(!follower.is_finished(), "the client of the README has stopped");
            time::sleep(Duration::from_millis(5)).await;
        }
        send(&fan_out)?;
        // The same client, whose events are seen.
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http();
        let request = http::Request::get(url).header("last-event-id", "7-0").body(Empty::<Bytes>::new())?;
        let mut client = EventClient::new(request, move |request| http.request(request), time::sleep);
        assert_eq!(client.next_event().await.ok_or("the client has stopped")??.data(), "hello");
        assert!(!follower.is_finished(), "the client of the README has stopped");
        follower.abort();
        (figures.events, figures.connections) = (1, 2);
        Ok(())
    });
}

#[test]
fn the_readme_shows_this_code() {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("use "));
        lines.map(str::to_owned).collect()
    };
    let (readme, code) = (include_str!("../../../../README.md"), lines(include_str!("readme.rs")));
    let mut programs = 0;
    for block in readme.split("```rust,ignore\n").skip(1) {
        let (block, _) = block.split_once("```").expect("the end of the block");
        // Items and statements that stand apart are in different functions here.
        for part in block.split("\n\n").map(&lines).filter(|part| !part.is_empty()) {
            assert!(code.windows(part.len()).any(|window| window == part), "the README shows other code: {part:#?}");
            programs += 1;
        }
    }
    assert!(programs >= 3, "{programs}");
}
