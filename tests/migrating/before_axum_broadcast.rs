use std::convert::Infallible;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use futures_util::{Stream, stream};
use tokio::sync::broadcast::{self, error::RecvError};

type News = broadcast::Sender<String>;

/// A service that sends each posted text to all clients.
pub fn service() -> Router {
    Router::new().route("/news", get(subscribe)).route("/news", post(publish)).with_state(broadcast::channel(1000).0)
}

async fn publish(State(news): State<News>, text: String) -> StatusCode {
    // An error means that there is no client. Who connects later does not get the text.
    let _ = news.send(text);
    StatusCode::ACCEPTED
}

async fn subscribe(State(news): State<News>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = stream::unfold(news.subscribe(), |mut texts| async {
        loop {
            match texts.recv().await {
                Ok(text) => return Some((Ok(Event::default().data(text)), texts)),
                // The client was too slow. It does not notice that texts are missing.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default())
}
