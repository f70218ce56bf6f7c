//! 10,000 deliveries a second, summed over 200 connections; and as many as there can be.

use std::time::Instant;

use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::figures::Figures;
use sse_proto_ecosystem::follow::{client, policy};
use sse_proto_ecosystem::followers::Followers;
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol, scenario};

const CONNECTIONS: usize = 200;
const EVENTS: u64 = 200;
/// For each connection.
const PER_SECOND: u32 = 50;

#[test]
fn throughput() {
    scenario::run("10,000 deliveries a second", async |figures| {
        let paced = run(Some(PER_SECOND), figures).await?;
        let at_once = run(None, figures).await?;
        figures.note = format!("{paced} a second when 10,000 were sent, {at_once} a second when all were sent at once");
        Ok(())
    });
}

/// Returns how many events a second were received.
async fn run(per_second: Option<u32>, figures: &mut Figures) -> Result<u128, BoxError> {
    let site = Site::new();
    let server = Server::start(server::Library::Hyper, Protocol::Http1, site.handler())?;
    let http = Client::new(client::Library::Hyper, Protocol::Http1);
    let mut followers = Followers::default();
    for _ in 0..CONNECTIONS {
        followers.start(client(&http, &server.url(), policy())?);
    }
    followers.wait_until_ready().await;

    let start = Instant::now();
    if let Some(per_second) = per_second {
        site.publish(1..=EVENTS, per_second).await?;
    } else {
        for number in 1..=EVENTS {
            site.send(number, "")?;
        }
    }
    site.publish_end()?;
    for followed in followers.join(1..=EVENTS, figures).await? {
        assert_eq!(followed.connections, 1, "{:?}", followed.causes);
    }
    figures.bytes += server.counts().bytes();
    Ok(u128::from(EVENTS) * CONNECTIONS as u128 * 1000 / start.elapsed().as_millis())
}
