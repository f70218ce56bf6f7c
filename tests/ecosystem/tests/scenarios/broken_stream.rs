//! A stream yields events and an error at once: the client sees that the response is incomplete. Over HTTP/1.1 it gets the events
//! first; over HTTP/2 the reset of the stream overtakes what the connection has not written.

use bytes::Bytes;
use futures_util::stream;
use http_body_util::BodyExt;
use sse_proto::EventBuf;
use sse_proto::adapters::body::EventBody;
use sse_proto_ecosystem::body::Served;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::{BoxError, Protocol, scenario};

#[test]
fn broken_stream() {
    scenario::run("broken stream", async |figures| {
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                for of_client in client::Library::ALL {
                    let server = Server::start(library, protocol, |_| {
                        let events = ["a", "b", "c"].map(|data| Ok(EventBuf::new(data)));
                        EventBody::new(stream::iter(events.into_iter().chain([Err("broken")])))
                            .into_response()
                            .map(Served::new)
                    })?;
                    let (received, result) = receive(&Client::new(of_client, protocol), server.url()).await;
                    let context = format!("{library:?}, {protocol:?}, {of_client:?}: {result:?}");
                    assert!(result.is_err(), "{context}");
                    figures.connections += 1;
                    figures.bytes += received.len() as u64;
                    if !protocol.is_http2() {
                        assert_eq!(String::from_utf8(received)?, "data: a\n\ndata: b\n\ndata: c\n\n", "{context}");
                        figures.events += 3;
                    }
                }
            }
        }
        Ok(())
    });
}

/// What arrives of a response, and how it ends.
async fn receive(client: &Client, url: String) -> (Vec<u8>, Result<(), BoxError>) {
    let mut received = Vec::new();
    let result = async {
        let mut body = client.send(http::Request::get(url).body(Bytes::new())?).await?.into_body();
        while let Some(frame) = body.frame().await {
            received.extend(frame?.into_data().unwrap_or_default());
        }
        Ok(())
    };
    let result = result.await;
    (received, result)
}
