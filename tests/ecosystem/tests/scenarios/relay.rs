//! The relay of `examples/relay` between a real upstream and a real client: the bytes are equal, and dropped events are gone.

#[path = "../../../../examples/relay/relay.rs"]
mod lossless;

use std::{io, mem};

use bytes::Bytes;
use futures_util::stream;
use futures_util::{StreamExt, TryStreamExt};
use http_body_util::BodyExt;
use lossless::Relay;
use sse_proto::headers::MIME_TYPE;
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Request, Server};
use sse_proto_ecosystem::stream::{Seen, frames, sample};
use sse_proto_ecosystem::{BoxError, Protocol};

const EVENTS: usize = 120;
const LIMIT: usize = 1 << 16;

fn response(body: Served) -> http::Response<Served> {
    http::Response::builder().header("content-type", MIME_TYPE).body(body).expect("a valid response")
}

/// The path of the request is the size of the frames.
fn upstream(request: &Request) -> http::Response<Served> {
    let size = request.uri().path()[1..].parse().expect("the path is a number");
    response(Served::frames(frames(sample(EVENTS).0, size)))
}

/// The query of the request is the type that is dropped.
fn relay(request: &Request, client: &Client, upstream: &str) -> http::Response<Served> {
    let url = format!("{upstream}{}", &request.uri().path()[1..]);
    let get = client.send(http::Request::get(url).body(Bytes::new()).expect("a valid request"));
    let relay = Relay::new(request.uri().query().map(ToOwned::to_owned), LIMIT);
    let chunks = async move { Ok::<_, io::Error>(get.await?.into_body().into_data_stream()) };
    let chunks = stream::once(chunks).try_flatten().map(Some).chain(stream::iter([None]));
    let relayed = chunks.scan(Some(relay), |relay, chunk| {
        let mut output = Vec::new();
        let result = match chunk {
            Some(Ok(chunk)) => relay.as_mut().map_or(Ok(()), |relay| relay.relay(&chunk, &mut output)),
            Some(Err(error)) => Err(error),
            None => relay.take().map_or(Ok(()), |relay| relay.finish(&mut output)),
        };
        async move { Some(result.map(|()| Bytes::from(mem::take(&mut output)))) }
    });
    // HTTP/1.1 servers take an empty frame for the end.
    response(Served::frames(relayed.try_filter(|bytes| std::future::ready(!bytes.is_empty()))))
}

#[test]
fn lossless_relay() {
    scenario::run("lossless relay", async |figures| {
        let (original, expected) = sample(EVENTS);
        let dropped = expected.iter().filter(|seen| seen.event_type == "type-1").count();
        assert!(dropped > 0);
        for (of_upstream, of_relay, of_client, protocol) in [
            (server::Library::Axum, server::Library::Hyper, client::Library::Reqwest, Protocol::Http1),
            (server::Library::Hyper, server::Library::Actix, client::Library::Hyper, Protocol::Http2),
            (server::Library::Actix, server::Library::Axum, client::Library::Reqwest, Protocol::Http2Tls),
        ] {
            let upstream = Server::start(of_upstream, protocol, |request| upstream(&request))?;
            let relay = {
                let (client, url) = (Client::new(of_client, protocol), upstream.url());
                Server::start(of_relay, protocol, move |request| relay(&request, &client, &url))?
            };
            let client = Client::new(of_client, protocol);
            for size in [1, 7, 1460, usize::MAX] {
                let relayed = receive(&client, &format!("{}{size}", relay.url())).await?;
                assert_eq!(relayed, original, "{of_relay:?}, {size}: the bytes are equal");
                figures.bytes += relayed.len() as u64;
                figures.events += EVENTS as u64;

                let filtered = receive(&client, &format!("{}{size}?type-1", relay.url())).await?;
                let seen = decode(filtered.clone())?;
                let expected = expected.iter().filter(|seen| seen.event_type != "type-1");
                assert!(seen.iter().eq(expected), "{of_relay:?}, {size}: the other events are the same");
                figures.bytes += filtered.len() as u64;
                figures.events += seen.len() as u64;
                figures.connections += 2;
            }
        }
        figures.note = format!("{dropped} of {EVENTS} events dropped on purpose");
        Ok(())
    });
}

async fn receive(client: &Client, url: &str) -> Result<Bytes, BoxError> {
    let response = client.send(http::Request::get(url).body(Bytes::new())?).await?;
    Ok(response.into_body().collect().await?.to_bytes())
}

fn decode(mut bytes: Bytes) -> Result<Vec<Seen>, BoxError> {
    let (mut decoder, mut seen) = (sse_proto::BytesDecoder::new(), Vec::new());
    while let Some(event) = decoder.next_event(&mut bytes)? {
        seen.push(Seen::from(&event));
    }
    Ok(seen)
}
