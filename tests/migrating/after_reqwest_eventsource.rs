use bytes::Bytes;
use sse_proto::ItemBuf;
use sse_proto::adapters::client::{EventClient, Update};

/// All texts of a server, until it says that there are no more.
pub async fn watch(url: &str) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let http = reqwest::Client::new();
    let connect = move |request: http::Request<Bytes>| {
        let http = http.clone();
        async move { Ok::<_, reqwest::Error>(http::Response::from(http.execute(request.try_into()?).await?)) }
    };
    let request = http::Request::get(url).body(Bytes::new())?;
    let mut client = EventClient::new(request, connect, tokio::time::sleep);
    let mut texts = Vec::new();
    while let Some(update) = client.next_update().await {
        // An error is what the client stops for. It ends without one if the server asks it to stop.
        match update? {
            Update::Connected => println!("connected"),
            Update::Item(ItemBuf::Event(event)) => texts.push(event.data().to_owned()),
            Update::Waiting { time, cause, .. } => println!("{cause}, reconnecting in {time:?}"),
            _ => {}
        }
    }
    Ok(texts)
}
