use futures_util::StreamExt;
use sse_proto::Error;
use sse_proto::adapters::stream::EventStreamExt;

/// The type and the data of each event, and the last event ID.
pub async fn read(response: reqwest::Response) -> Result<(Vec<String>, String), reqwest::Error> {
    let mut events = response.bytes_stream().event_stream();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(format!("{}: {}", event.event_type(), event.data())),
            Err(Error::Source(error)) => return Err(error),
            // An event exceeded the limit. The next one follows.
            Err(Error::Decode(error)) => eprintln!("{error}"),
        }
    }
    Ok((seen, events.last_event_id().to_owned()))
}
