use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};

/// A service that counts to three.
pub fn service() -> Router {
    Router::new().route("/count", get(count))
}

async fn count() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::iter(1..=3).map(|number| {
        let event = Event::default().event("number").id(number.to_string()).data(format!("{number}"));
        Ok(event)
    });
    Sse::new(events).keep_alive(KeepAlive::default().interval(Duration::from_secs(15)))
}
