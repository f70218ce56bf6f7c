//! Each server cuts a stream into frames of every size; each client decodes the same events, over each protocol.

use std::io::BufReader;

use bytes::Bytes;
use futures_util::StreamExt;
use http::Version;
use http_body_util::BodyExt;
use sse_proto::adapters::io::EventReader;
use sse_proto::adapters::stream::EventStreamExt;
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Request, Server};
use sse_proto_ecosystem::stream::{Seen, frames, sample};
use sse_proto_ecosystem::{BoxError, Protocol};

const SIZES: [usize; 8] = [1, 2, 3, 7, 64, 1460, 16384, usize::MAX];

/// The path of the request is the size of the frames: small ones carry fewer events.
fn events(size: usize) -> usize {
    if size < 64 { 60 } else { 600 }
}

fn answer(request: &Request) -> http::Response<Served> {
    let size = request.uri().path()[1..].parse().expect("the path is a number");
    let body = Served::frames(frames(sample(events(size)).0, size));
    http::Response::builder().header("content-type", "text/event-stream").body(body).expect("a valid response")
}

#[test]
fn every_frame_size() {
    scenario::run("every frame size", async |figures| {
        let expected = SIZES.map(|size| (size, sample(events(size))));
        let mut pairs = 0;
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                let server = Server::start(library, protocol, |request| answer(&request))?;
                for of_client in client::Library::ALL {
                    let client = Client::new(of_client, protocol);
                    for (size, (bytes, expected)) in &expected {
                        let seen = receive(&client, &format!("{}{size}", server.url()), protocol).await?;
                        check(&seen, expected, &format!("{library:?}, {protocol:?}, {of_client:?}, {size}"))?;
                        figures.events += seen.len() as u64;
                        figures.bytes += bytes.len() as u64;
                        figures.connections += 1;
                    }
                    pairs += 1;
                }
                if !protocol.is_http2() {
                    let agent = client::ureq();
                    for (size, (bytes, expected)) in &expected {
                        let (agent, url) = (agent.clone(), format!("{}{size}", server.url()));
                        let seen = tokio::task::spawn_blocking(move || receive_blocking(&agent, &url)).await??;
                        check(&seen, expected, &format!("{library:?}, {protocol:?}, ureq, {size}"))?;
                        figures.events += seen.len() as u64;
                        figures.bytes += bytes.len() as u64;
                        figures.connections += 1;
                    }
                    pairs += 1;
                }
            }
        }
        figures.note = format!("{pairs} pairs of server and client, {} sizes", SIZES.len());
        Ok(())
    });
}

async fn receive(client: &Client, url: &str, protocol: Protocol) -> Result<Vec<Seen>, BoxError> {
    let response = client.send(http::Request::get(url).body(Bytes::new())?).await?;
    assert_eq!(response.version(), if protocol.is_http2() { Version::HTTP_2 } else { Version::HTTP_11 });
    let mut events = response.into_body().into_data_stream().event_stream();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        seen.push(Seen::from(&event?));
    }
    Ok(seen)
}

fn receive_blocking(agent: &ureq::Agent, url: &str) -> Result<Vec<Seen>, BoxError> {
    let response = agent.get(url).call()?;
    let mut seen = Vec::new();
    for event in EventReader::new(BufReader::new(response.into_body().into_reader())) {
        seen.push(Seen::from(&event?));
    }
    Ok(seen)
}

fn check(seen: &[Seen], expected: &[Seen], what: &str) -> Result<(), BoxError> {
    if seen == expected {
        return Ok(());
    }
    let first = seen.iter().zip(expected).position(|(seen, expected)| seen != expected);
    Err(format!("{what}: {} events of {}, the first difference at {first:?}", seen.len(), expected.len()).into())
}
