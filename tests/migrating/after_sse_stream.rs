use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body::Body;
use sse_proto::adapters::body::{EventBody, EventBodyExt};
use sse_proto::{Error, EventBuf};

/// A client: the ID and the data of each event.
pub async fn read<B>(response: http::Response<B>) -> Result<Vec<(String, String)>, Error<B::Error>>
where
    B: Body + Unpin,
{
    let mut events = response.into_body().into_events();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let event = event?;
        seen.push((event.last_event_id().to_owned(), event.data().to_owned()));
    }
    Ok(seen)
}

/// A server: each text is an event with a number.
pub fn respond(texts: impl Stream<Item = String> + Send + 'static) -> http::Response<impl Body<Data = Bytes>> {
    let events = texts.enumerate().map(|(number, text)| {
        // An error ends the body. Here there is none: both values are valid.
        EventBuf::new(text).with_type("text")?.with_id(&number.to_string())
    });
    EventBody::new(events).with_keep_alive(Duration::from_secs(15), tokio::time::sleep).into_response()
}
