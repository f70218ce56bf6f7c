//! Server-Sent Events: asks once. The client of this crate reconnects.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Empty;
use hyper::Request;
use hyper::header::{HeaderName, HeaderValue};
use sse_proto::adapters::client::{EventClient, Update};
use sse_proto::client::{EventSource, Policy};
use sse_proto::{BytesDecoder, ItemBuf};

use super::{Client, Phase, RequestBody};
use crate::Result;
use crate::feed::News;

/// As fast as the other ways after an interruption: 50 to 150 ms.
const POLICY: Policy = Policy::new()
    .with_reconnection_time(Duration::from_millis(50))
    .with_min_delay(Duration::from_millis(50))
    .with_backoff_factor(1)
    .with_jitter_percent(200);

/// Receives until the measurement stops.
pub(super) async fn run(client: Client) -> Result<()> {
    let Client { http, recorder, mut phases, priority, seed, .. } = client;
    let mut request = http.request("/api/events")?.map(|()| Empty::new());
    if let Some(priority) = priority {
        request.headers_mut().insert(HeaderName::from_static("priority"), HeaderValue::from_static(priority));
    }
    let connect = {
        let recorder = Arc::clone(&recorder);
        move |request: Request<RequestBody>| {
            let (http, recorder) = (Arc::clone(&http), Arc::clone(&recorder));
            async move { http.send(request, &recorder).await }
        }
    };
    let source = EventSource::with_decoder(BytesDecoder::new(), POLICY, seed);
    let mut events = EventClient::new(request, connect, tokio::time::sleep).with_source(source);
    loop {
        let update = tokio::select! {
            update = events.next_update() => update,
            _ = phases.wait_for(|phase| *phase == Phase::Stopping) => return Ok(()),
        };
        match update {
            Some(Ok(Update::Connected)) => {
                recorder.answered(false);
                recorder.ready();
            }
            Some(Ok(Update::Item(ItemBuf::Event(event)))) => {
                let news: News = serde_json::from_str(event.data())?;
                recorder.deliver([(event.last_event_id().to_owned(), news.sent_at)]);
            }
            Some(Ok(Update::Waiting { cause, error, .. })) => match error {
                Some(error) => recorder.failed(&error),
                None => recorder.failed(&cause),
            },
            // Comments, blocks without data.
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error.to_string().into()),
            None => return Err("the event stream has ended".into()),
        }
    }
}
