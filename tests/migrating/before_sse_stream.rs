use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body::Body;
use sse_stream::{KeepAlive, Sse, SseBody, SseStream, Timer};

/// A client: the ID and the data of each event.
pub async fn read<B>(response: http::Response<B>) -> Result<Vec<(String, String)>, sse_stream::Error>
where
    B: Body + Unpin,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let mut blocks = SseStream::new(response.into_body());
    let (mut seen, mut last_event_id) = (Vec::new(), String::new());
    while let Some(block) = blocks.next().await {
        let block = block?;
        if let Some(id) = block.id {
            last_event_id = id;
        }
        if let Some(data) = block.data {
            seen.push((last_event_id.clone(), data));
        }
    }
    Ok(seen)
}

/// A server: each text is an event with a number.
pub fn respond(texts: impl Stream<Item = String> + Send + 'static) -> http::Response<impl Body<Data = Bytes>> {
    let blocks = texts
        .enumerate()
        .map(|(number, text)| Ok::<_, Infallible>(Sse::default().event("text").id(number.to_string()).data(text)));
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    http::Response::builder()
        .header("content-type", "text/event-stream")
        .header("cache-control", "no-cache")
        .body(SseBody::<_, TokioTimer>::new_keep_alive(blocks, keep_alive))
        .expect("valid headers")
}

pin_project_lite::pin_project! {
    struct TokioTimer {
        #[pin]
        sleep: tokio::time::Sleep,
    }
}

impl Future for TokioTimer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

impl Timer for TokioTimer {
    fn from_duration(time: Duration) -> Self {
        Self { sleep: tokio::time::sleep(time) }
    }

    fn reset(self: Pin<&mut Self>, instant: std::time::Instant) {
        self.project().sleep.reset(instant.into());
    }
}
