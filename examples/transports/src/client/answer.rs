//! The answers to a client that polls.

use http_body_util::{BodyExt, Empty};
use hyper::StatusCode;
use hyper::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::Client;
use crate::Result;
use crate::feed::News;

/// The body of an answer.
#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
    /// Whether the server does not have some events any more. It tells how many, or `null` if it does not know.
    #[serde(default, rename = "missed", deserialize_with = "is_present")]
    is_gap: bool,
    last: String,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    news: News,
}

/// For a key that may have any value.
fn is_present<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// What a client that polls remembers.
#[derive(Default)]
pub(super) struct Cursor {
    /// The ID of the last event; empty before the first answer.
    after: String,
    etag: Option<HeaderValue>,
}

impl Client {
    /// Sends one request, and records the answer.
    pub(super) async fn poll(&self, route: &str, cursor: &mut Cursor, with_etag: bool) -> Result<()> {
        let mut request = self.http.request(&format!("{route}?after={}", cursor.after))?;
        if let Some(etag) = cursor.etag.as_ref().filter(|_| with_etag) {
            request.headers_mut().insert(IF_NONE_MATCH, etag.clone());
        }
        let (head, body) = self.http.send(request.map(|()| Empty::new()), &self.recorder).await?.into_parts();
        let body = body.collect().await?.to_bytes();
        match head.status {
            StatusCode::NOT_MODIFIED if with_etag => {
                self.recorder.answered(true);
                return Ok(());
            }
            StatusCode::OK => {}
            status => return Err(format!("{route}: {status}: {}", String::from_utf8_lossy(&body)).into()),
        }
        let answer: Answer = serde_json::from_slice(&body)?;
        // No case is so long.
        if answer.is_gap {
            return Err(format!("{route}: the server has forgotten events after {}", cursor.after).into());
        }
        self.recorder.answered(answer.data.is_empty());
        self.recorder.deliver(answer.data.into_iter().map(|item| (item.id, item.news.sent_at)));
        cursor.after = answer.last;
        cursor.etag = head.headers.get(ETAG).cloned();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_noticed_whether_its_size_is_known_or_not() {
        for (missed, is_gap) in [("", false), (r#""missed":3,"#, true), (r#""missed":null,"#, true)] {
            let answer: Answer = serde_json::from_str(&format!(r#"{{"data":[],{missed}"last":"7-1"}}"#)).unwrap();
            assert_eq!((answer.is_gap, answer.last.as_str()), (is_gap, "7-1"), "{missed}");
        }
    }
}
