use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::StreamExt;

/// The type and the data of each event, and the last event ID.
pub async fn read(response: reqwest::Response) -> Result<(Vec<String>, String), reqwest::Error> {
    let mut events = response.bytes_stream().eventsource();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => seen.push(format!("{}: {}", event.event, event.data)),
            Err(EventStreamError::Transport(error)) => return Err(error),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok((seen, events.last_event_id().to_owned()))
}
