//! The routes.

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use headers::{CacheControl, ContentLength, ContentType, ETag, HeaderMapExt, IfNoneMatch};
use serde::Deserialize;
use sse_proto::adapters::body::EventBody;
use sse_proto::headers::LAST_EVENT_ID;

use super::batch::{Batch, ready};
use super::site::{Route, Site};
use crate::Result;

/// How much of a large body is sent at a time.
const PART: &[u8] = &[b'.'; 64 * 1024];

/// Returns the routes of the API.
pub(crate) fn router(site: Site) -> Router {
    Router::new()
        .route("/api/news", get(news))
        .route("/api/updates", get(updates))
        .route("/api/events", get(events))
        .with_state(site)
}

/// Returns the route of a download. Not for a server that others can reach: the client chooses the length.
pub(super) fn bulk_router(site: Site) -> Router {
    Router::new().route("/api/bulk", get(bulk)).with_state(site)
}

/// The query of a client that polls.
#[derive(Deserialize)]
struct After {
    /// The ID of the last event that the client has. Without it, or if it is empty, the client starts live.
    #[serde(default)]
    after: String,
}

/// Short polling: answers at once.
async fn news(
    State(site): State<Site>,
    Query(After { after }): Query<After>,
    request: HeaderMap,
) -> Result<Response, Failed> {
    site.count_request(Route::News);
    let batch = Batch::new(&after, ready(&mut site.subscribe(Some(after.as_bytes()))))?;
    let etag = format!("\"{}\"", batch.last()).parse::<ETag>();
    let is_known = match (&etag, request.typed_get::<IfNoneMatch>()) {
        (Ok(etag), Some(known)) => !known.precondition_passes(etag),
        _ => false,
    };
    let mut response = if is_known { StatusCode::NOT_MODIFIED.into_response() } else { json(&batch)? };
    response.headers_mut().typed_insert(CacheControl::new().with_no_cache());
    if let Ok(etag) = etag {
        response.headers_mut().typed_insert(etag);
    }
    site.count_response(Route::News);
    Ok(response)
}

/// Long polling: answers when there is news, or when there was none for some time.
///
/// One subscription is read before and after the wait, so an event that is sent in between is not lost. If the client is gone, the server
/// drops this future, and with it the subscription.
async fn updates(State(site): State<Site>, Query(After { after }): Query<After>) -> Result<Response, Failed> {
    site.count_request(Route::Updates);
    let mut subscription = site.subscribe(Some(after.as_bytes()));
    let mut deliveries = ready(&mut subscription);
    if deliveries.is_empty() {
        let _held = site.hold();
        if let Ok(Some(delivery)) = tokio::time::timeout(site.timeouts().long_poll, subscription.next()).await {
            deliveries.push(delivery);
            deliveries.extend(ready(&mut subscription));
        }
    }
    let mut response = json(&Batch::new(&after, deliveries)?)?;
    response.headers_mut().typed_insert(CacheControl::new().with_no_store());
    site.count_response(Route::Updates);
    Ok(response)
}

/// Server-Sent Events: answers once, and does not end.
///
/// `EventSource` in a browser cannot send a header with its first request, so `after` stands for it there. When it connects again, it sends
/// the header and the same `after`: the header is the newer one.
async fn events(
    State(site): State<Site>,
    Query(After { after }): Query<After>,
    request: HeaderMap,
) -> impl IntoResponse {
    site.count_request(Route::Events);
    let last_event_id = request.get(LAST_EVENT_ID).map_or(after.as_bytes(), header::HeaderValue::as_bytes);
    let body = EventBody::new(site.subscribe(Some(last_event_id)))
        .with_keep_alive(site.timeouts().keep_alive, tokio::time::sleep);
    site.count_response(Route::Events);
    body.into_response()
}

#[derive(Deserialize)]
struct Length {
    bytes: u64,
}

/// A body of any length, next to which events are measured.
async fn bulk(State(site): State<Site>, Query(Length { bytes }): Query<Length>) -> Response {
    site.count_request(Route::Bulk);
    let parts = stream::unfold(bytes, async |left| {
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(PART.len());
        let part = Bytes::from_static(&PART[..len]);
        (len > 0).then_some((Ok::<_, std::convert::Infallible>(part), left - len as u64))
    });
    let mut response = Body::from_stream(parts).into_response();
    response.headers_mut().typed_insert(ContentType::octet_stream());
    response.headers_mut().typed_insert(ContentLength(bytes));
    site.count_response(Route::Bulk);
    response
}

fn json(batch: &Batch) -> Result<Response> {
    let mut response = Body::from(batch.to_json()?).into_response();
    response.headers_mut().typed_insert(ContentType::json());
    Ok(response)
}

/// The answer to a request that fails because of an error of the server: an event of the log is not JSON, for example.
struct Failed(crate::Error);

impl From<crate::Error> for Failed {
    fn from(error: crate::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}
