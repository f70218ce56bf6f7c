//! The response around a body.

use http::{HeaderName, HeaderValue, Response};

use crate::headers::RESPONSE_HEADERS;

/// Returns a response with this body, the status 200 and [`RESPONSE_HEADERS`], for a body that is not an
/// [`EventBody`](super::EventBody): one that wraps it, for example.
///
/// ```
/// use http_body_util::Full;
/// use sse_proto::adapters::body::response;
///
/// let response = response(Full::new(&b"data: hello\n\n"[..]));
/// assert_eq!(response.status(), 200);
/// assert_eq!(response.headers()["content-type"], "text/event-stream");
/// assert_eq!(response.headers()["cache-control"], "no-cache");
/// assert_eq!(response.headers()["x-accel-buffering"], "no");
/// assert_eq!(response.headers().len(), 3);
/// ```
pub fn response<B>(body: B) -> Response<B> {
    let mut response = Response::new(body);
    for &(name, value) in RESPONSE_HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
