use futures_util::StreamExt;
use reqwest_eventsource::{Error, Event, EventSource};

/// All texts of a server, until it says that there are no more.
pub async fn watch(url: &str) -> Result<Vec<String>, Error> {
    let mut source = EventSource::get(url);
    let mut texts = Vec::new();
    while let Some(event) = source.next().await {
        match event {
            Ok(Event::Open) => println!("connected"),
            Ok(Event::Message(message)) => texts.push(message.data),
            // 204: the server asks to stop.
            Err(Error::InvalidStatusCode(status, _)) if status == 204 => break,
            // These are not tried again.
            Err(error @ (Error::InvalidStatusCode(..) | Error::InvalidContentType(..))) => return Err(error),
            // All others are, also the routine end of a stream.
            Err(error) => println!("{error}"),
        }
    }
    Ok(texts)
}
