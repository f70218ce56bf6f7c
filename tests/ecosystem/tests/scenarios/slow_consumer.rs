//! A client that does not read: the server takes no more events than its buffers hold, the log evicts the rest, and the client is
//! told how many it has missed.

use bytes::Bytes;
use futures_util::StreamExt;
use sse_proto::adapters::body::EventBodyExt;
use sse_proto::server::Retention;
use sse_proto_ecosystem::Protocol;
use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::followed::Followed;
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::site::Site;
use tokio::task;

const EVENTS: u64 = 8_000;
const PADDING: usize = 4096;
/// What the log holds.
const MAX_BYTES: usize = 1 << 20;
/// What the library and the sockets of both sides may hold: half of what is sent.
const MAX_BUFFERED: u64 = EVENTS * PADDING as u64 / 2;

#[test]
fn slow_consumer() {
    scenario::run("slow consumer", async |figures| {
        let padding = "x".repeat(PADDING);
        let (mut taken_at_most, mut missed) = (0, 0);
        for library in server::Library::ALL {
            for (protocol, of_client) in
                [(Protocol::Http1, client::Library::Hyper), (Protocol::Http2, client::Library::Reqwest)]
            {
                let site = Site::with_retention(Retention::default().with_max_bytes(MAX_BYTES));
                let server = Server::start(library, protocol, site.handler())?;
                let client = Client::new(of_client, protocol);
                let response = client.send(http::Request::get(server.url()).body(Bytes::new())?).await?;

                for number in 1..=EVENTS {
                    site.send(number, &padding)?;
                    task::yield_now().await;
                    let in_log = site.fan_out().with_history(sse_proto::server::History::encoded_len);
                    assert!(in_log <= MAX_BYTES, "{library:?}, {protocol:?}: {in_log} bytes in the log");
                }
                let taken = server.counts().bytes();
                assert!(taken < MAX_BUFFERED, "{library:?}, {protocol:?}: {taken} bytes are buffered");
                taken_at_most = taken_at_most.max(taken);
                site.publish_end()?;

                let mut followed = Followed { connections: 1, ..Followed::default() };
                let mut events = response.into_body().into_events();
                while followed.event(&events.next().await.ok_or("the stream has ended")??)? {}
                assert!(followed.gaps > 0, "{library:?}, {protocol:?}");
                assert_eq!(followed.ledger.len() + followed.missed, EVENTS, "{library:?}, {protocol:?}");
                missed += followed.missed;
                followed.count([], figures);
                figures.bytes += server.counts().bytes();
            }
        }
        figures.note = format!("{missed} missed in the gaps; at most {taken_at_most} bytes buffered for a client");
        Ok(())
    });
}
