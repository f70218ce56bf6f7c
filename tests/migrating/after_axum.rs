use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use futures_util::{StreamExt, stream};
use sse_proto::EventBuf;
use sse_proto::adapters::body::EventBody;

/// A service that counts to three.
pub fn service() -> Router {
    Router::new().route("/count", get(count))
}

async fn count() -> impl IntoResponse {
    let events = stream::iter(1..=3).map(|number| {
        // An error ends the response. Here there is none: both values are valid.
        EventBuf::new(format!("{number}")).with_type("number")?.with_id(&number.to_string())
    });
    EventBody::new(events).with_keep_alive(Duration::from_secs(15), tokio::time::sleep).into_response()
}
