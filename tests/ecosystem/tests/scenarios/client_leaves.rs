//! A client goes away: the server drops the body when it has tried to send a keep-alive, if not before.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::BodyExt;
use sse_proto_ecosystem::Protocol;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::site::Site;

const KEEP_ALIVE: Duration = Duration::from_millis(200);

#[test]
fn client_leaves() {
    scenario::run("client leaves", async |figures| {
        let mut notes = Vec::new();
        for library in server::Library::ALL {
            let (mut slowest, mut frames_at_most) = (Duration::ZERO, 0);
            for protocol in Protocol::ALL {
                for of_client in client::Library::ALL {
                    let site = Site::new().with_keep_alive(KEEP_ALIVE);
                    let server = Server::start(library, protocol, site.handler())?;
                    let client = Client::new(of_client, protocol);
                    let response = client.send(http::Request::get(server.url()).body(Bytes::new())?).await?;
                    let mut body = response.into_body();
                    let first = body.frame().await.ok_or("the body has ended")??.into_data().unwrap_or_default();
                    assert_eq!(first, "id: 1-0\n\n");
                    assert_eq!(server.counts().open(), 1);
                    figures.connections += 1;
                    figures.events += 1;
                    figures.bytes += first.len() as u64;

                    let (start, frames) = (Instant::now(), server.counts().frames());
                    drop(body);
                    server.counts().wait_until_open(0).await;
                    site.wait_for_subscribers(0).await;
                    let frames = server.counts().frames() - frames;
                    // Another one may have been due before the client was gone.
                    assert!(frames <= 2, "{library:?}, {protocol:?}, {of_client:?}: {frames} keep-alives later");
                    slowest = slowest.max(start.elapsed());
                    frames_at_most = frames_at_most.max(frames);
                }
            }
            notes.push(format!("{library:?} noticed after at most {slowest:.0?} and {frames_at_most} keep-alives"));
        }
        figures.note = format!("one keep-alive every {KEEP_ALIVE:?}; {}", notes.join(", "));
        Ok(())
    });
}
