//! What a client must know of a response.

use core::time::Duration;
use std::time::SystemTime;

use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::response::Parts;
use http::{HeaderMap, HeaderName};

use crate::client::Response;
use crate::headers;

/// Returns what the client must know of this response.
pub(super) fn head(parts: &Parts) -> Response {
    Response::new(parts.status.as_u16())
        .with_content_types(parts.headers.get_all(CONTENT_TYPE))
        .with_retry_after(retry_after(&parts.headers))
}

/// Returns how long the server asks to wait: a number of seconds, or the time from the `Date` of the response to a date. Both dates
/// are the server's, so no clock is read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Some(time) = headers.get(RETRY_AFTER).and_then(headers::retry_after) {
        return Some(time);
    }
    let (until, sent) = (date(headers, RETRY_AFTER)?, date(headers, DATE)?);
    Some(until.duration_since(sent).unwrap_or_default())
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn retry_after_is_a_time_or_the_difference_of_two_dates() {
        let (early, late) = ("Fri, 31 Dec 1999 23:59:00 GMT", "Sat, 01 Jan 2000 00:01:00 GMT");
        for (value, date, expected) in [
            ("120", Some(early), Some(120)),
            (" 7 ", None, Some(7)),
            (late, Some(early), Some(120)),
            (early, Some(late), Some(0)),
            (early, Some(early), Some(0)),
            (late, None, None),
            (late, Some("yesterday"), None),
            ("soon", Some(early), None),
            ("-1", Some(early), None),
            ("", Some(early), None),
            // The other formats of RFC 9110, 5.6.7.
            ("Saturday, 01-Jan-00 00:01:00 GMT", Some("Fri Dec 31 23:59:00 1999"), Some(120)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(value));
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_static(date));
            }
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{value}, {date:?}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
