use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::fan_out::FanOut;
use sse_proto::server::{History, Retention};
use sse_proto::{EventBuf, headers};

/// A service that sends each posted text to all clients.
pub fn service() -> Router {
    // The IDs of this log differ from those of the process before.
    let epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    let log = History::numbered(epoch.try_into().expect("before the year 500 million"), Retention::default());
    Router::new().route("/news", get(subscribe)).route("/news", post(publish)).with_state(FanOut::new(log))
}

async fn publish(State(news): State<FanOut>, text: String) -> StatusCode {
    match news.send(&EventBuf::new(text)) {
        Ok(_) => StatusCode::ACCEPTED,
        // It is longer than the whole log may be.
        Err(_) => StatusCode::PAYLOAD_TOO_LARGE,
    }
}

async fn subscribe(State(news): State<FanOut>, request: HeaderMap) -> impl IntoResponse {
    let last_event_id = request.get(headers::LAST_EVENT_ID).map(HeaderValue::as_bytes);
    EventBody::new(news.subscribe(last_event_id))
        .with_keep_alive(Duration::from_secs(15), tokio::time::sleep)
        .into_response()
}
