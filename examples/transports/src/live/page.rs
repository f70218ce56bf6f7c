//! The files of the page. They are part of the program, and load nothing from elsewhere.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::sync::watch;

/// Path, type, content.
const FILES: [(&str, &str, &str); 8] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/page.css", CSS, include_str!("page/page.css")),
    ("/main.js", JAVASCRIPT, include_str!("page/main.js")),
    ("/pane.js", JAVASCRIPT, include_str!("page/pane.js")),
    ("/requests.js", JAVASCRIPT, include_str!("page/requests.js")),
    ("/streams.js", JAVASCRIPT, include_str!("page/streams.js")),
    ("/timeline.js", JAVASCRIPT, include_str!("page/timeline.js")),
    ("/ways.js", JAVASCRIPT, include_str!("page/ways.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The page may load its own files and connect to its own server, and nothing else. Its icon is an empty `data:` URL.
const POLICY: &str =
    "default-src 'self'; img-src data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Where the page is, with each protocol.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Addresses {
    pub(super) http1: String,
    pub(super) http2: String,
}

/// Returns the routes of the page. Until the addresses are known, the route that tells them answers 503.
pub(super) fn router(addresses: watch::Receiver<Option<Addresses>>) -> Router {
    let mut router = Router::new().route("/addresses", get(tell)).with_state(addresses);
    for (path, content_type, content) in FILES {
        let headers = [
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        router = router.route(path, get(async move || (headers, content)));
    }
    router
}

async fn tell(State(addresses): State<watch::Receiver<Option<Addresses>>>) -> Response {
    match addresses.borrow().clone() {
        Some(addresses) => Json(addresses).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
