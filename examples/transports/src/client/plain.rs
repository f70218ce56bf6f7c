//! The lengths of headers without compression.

use std::net::SocketAddr;

use hyper::header::{HOST, HeaderMap};
use hyper::{Request, Response};

/// The length of the request line and the headers, as HTTP/1.1 has them. HTTP/2 has no `host`, but the same as a field of its own.
pub(super) fn request_length<B>(request: &Request<B>, address: SocketAddr) -> u64 {
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let line = request.method().as_str().len() + " ".len() + path + " HTTP/1.1\r\n".len();
    let host = if request.headers().contains_key(HOST) { 0 } else { format!("host: {address}\r\n").len() };
    (line + host) as u64 + headers_length(request.headers())
}

pub(super) fn response_length<B>(response: &Response<B>) -> u64 {
    let reason = response.status().canonical_reason().unwrap_or_default().len();
    ("HTTP/1.1 200 \r\n".len() + reason) as u64 + headers_length(response.headers())
}

/// With the empty line at the end.
fn headers_length(headers: &HeaderMap) -> u64 {
    let lines = headers.iter().map(|(name, value)| name.as_str().len() + ": \r\n".len() + value.len());
    (lines.sum::<usize>() + "\r\n".len()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_the_length_that_http1_gives_them() {
        let request = Request::get("https://127.0.0.1:8080/api/news?after=7").header("accept", "x").body(()).unwrap();
        let text = "GET /api/news?after=7 HTTP/1.1\r\naccept: x\r\nhost: 127.0.0.1:8080\r\n\r\n";
        let address = ([127, 0, 0, 1], 8080).into();
        assert_eq!(request_length(&request, address), text.len() as u64);
        let response = Response::builder().status(304).header("etag", "\"7\"").body(()).unwrap();
        assert_eq!(response_length(&response), "HTTP/1.1 304 Not Modified\r\netag: \"7\"\r\n\r\n".len() as u64);
    }
}
