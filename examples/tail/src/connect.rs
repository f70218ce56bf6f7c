//! The connection: ureq under the client.

use std::io::{self, ErrorKind, Read};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use sse_proto::adapters::io::ConnectRequest;
use sse_proto::client::Response;
use sse_proto::headers;
use ureq::http::Uri;
use ureq::{Agent, BodyReader, Proxy};

use crate::options::Options;

/// The body of a response, and its type for messages.
pub(crate) struct Body {
    pub(crate) content_type: String,
    reader: BodyReader<'static>,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// Returns an agent that returns responses of every status.
pub(crate) fn agent(url: &Uri) -> Agent {
    // The proxy that the environment names does not reach the servers of this machine.
    let proxy = if is_loopback(url) { None } else { Proxy::try_from_env() };
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects_will_error(false)
        .proxy(proxy)
        .user_agent(concat!("sse-tail/", env!("CARGO_PKG_VERSION")))
        .build()
        .new_agent()
}

/// Sends a request and returns its response, within the timeout. An error of the kind `InvalidInput` stops the client.
pub(crate) fn connect(agent: &Agent, options: &Options, request: &ConnectRequest<'_>) -> io::Result<(Response, Body)> {
    let is_overridden = |name: &str| options.headers.iter().any(|(other, _)| other == name);
    let mut get = agent.get(&options.url);
    for (name, value) in request.headers().filter(|(name, _)| !is_overridden(name)) {
        get = get.header(name, value);
    }
    for (name, value) in &options.headers {
        get = get.header(name, value);
    }
    let get = get
        .config()
        .timeout_connect(request.timeout())
        .timeout_recv_response(request.timeout())
        .timeout_per_read(request.timeout())
        .timeout_per_write(request.timeout())
        .build();
    let response = get.call().map_err(io_error)?;

    let headers = response.headers();
    let retry_after = headers.get("retry-after").and_then(|value| retry_after(value.as_bytes()));
    let head = Response::new(response.status().as_u16())
        .with_content_types(headers.get_all("content-type"))
        .with_retry_after(retry_after);
    let content_type = headers.get("content-type").map_or(&b"none"[..], |value| value.as_bytes());
    let content_type = String::from_utf8_lossy(content_type).into_owned();
    Ok((head, Body { content_type, reader: response.into_body().into_reader() }))
}

/// What is wrong with the command line or the environment stays wrong. A certificate that is not valid does not: the server may
/// get another one, the clock may be set, and the portal of a public network comes first only once.
fn io_error(error: ureq::Error) -> io::Error {
    match error {
        ureq::Error::BadUri(_)
        | ureq::Error::Http(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::Pem(_)
        | ureq::Error::Tls(_)
        | ureq::Error::TlsRequired => io::Error::new(ErrorKind::InvalidInput, error),
        error => error.into_io(),
    }
}

/// `Retry-After` in seconds, or as a date.
fn retry_after(value: &[u8]) -> Option<Duration> {
    let date = || httpdate::parse_http_date(str::from_utf8(value).ok()?.trim()).ok();
    let until = |date: SystemTime| date.duration_since(SystemTime::now()).unwrap_or_default();
    headers::retry_after(value).or_else(|| date().map(until))
}

fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    address
        .map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_may_be_a_date() {
        assert_eq!(retry_after(b"120"), Some(Duration::from_mins(2)));
        assert_eq!(retry_after(b"Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        let hour = Duration::from_hours(1);
        let date = httpdate::fmt_http_date(SystemTime::now() + 2 * hour);
        assert!(retry_after(date.as_bytes()).is_some_and(|time| time > hour && time <= 2 * hour), "{date}");
        assert_eq!(retry_after(b"soon"), None);
    }

    #[test]
    fn what_stays_wrong_is_invalid_input() {
        for error in [ureq::Error::BadUri(String::new()), ureq::Error::InvalidProxyUrl, ureq::Error::Tls("")] {
            assert_eq!(io_error(error).kind(), ErrorKind::InvalidInput);
        }
        let bad_certificate = io::Error::from(ErrorKind::InvalidData).into();
        for error in [ureq::Error::HostNotFound, ureq::Error::ConnectionFailed, bad_certificate] {
            assert_ne!(io_error(error).kind(), ErrorKind::InvalidInput);
        }
    }

    #[test]
    fn loopback_hosts() {
        for (url, expected) in [
            ("http://localhost:80/", true),
            ("http://127.1.2.3/", true),
            ("http://[::1]:8080/", true),
            ("http://example.com/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
