//! A proxy cuts every connection, in the middle of events: nothing is lost or doubled over many reconnections.

use std::time::Duration;

use sse_proto_ecosystem::figures::Figures;
use sse_proto_ecosystem::follow::policy;
use sse_proto_ecosystem::followers::Followers;
use sse_proto_ecosystem::proxy::{Cut, Proxy, Style};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server, url};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol};

/// After 2 s, as some proxies do; all the time there are events.
#[test]
fn cut_after_time() {
    scenario::run("connections cut after 2 s", async |figures| {
        let cut = Cut::AfterTime(Duration::from_secs(2));
        run(figures, |_| cut, 1500, 300, 2).await?;
        Ok(())
    });
}

/// After a number of bytes that differs each time: in the head of a response, in a chunk, in a record of TLS, in a frame of HTTP/2,
/// in each place of an event.
#[test]
fn cut_after_bytes() {
    let after: fn(u64) -> u64 = |number| 2000 + number * 97 % 1201;
    // The handshake must get through, and a whole record: up to 16 KiB.
    let after_of_tls: fn(u64) -> u64 = |number| 20_000 + number * 97 % 1201;
    scenario::run("connections cut after some bytes", async |figures| {
        let cut = |protocol: Protocol| Cut::AfterBytes(if protocol.is_tls() { after_of_tls } else { after });
        let in_events = run(figures, cut, 1000, 500, 4).await?;
        assert!(in_events > 0, "no cut was in the middle of an event");
        Ok(())
    });
}

async fn run(
    figures: &mut Figures,
    cut: impl Fn(Protocol) -> Cut,
    events: u64,
    per_second: u32,
    at_least: u64,
) -> Result<u64, BoxError> {
    let (site, mut servers, mut followers) = (Site::new(), Vec::new(), Followers::default());
    let padding = "x".repeat(40);
    for library in server::Library::ALL {
        for protocol in Protocol::ALL {
            let server = Server::start(library, protocol, site.handler())?;
            let proxy = Proxy::start(server.address(), cut(protocol), Style::Alternate).await?;
            followers.start_all(protocol, &url(protocol, proxy.address()), policy())?;
            servers.push((server, proxy));
        }
    }
    followers.wait_until_ready().await;
    site.publish_padded(1..=events, &padding, per_second).await?;
    site.publish_end()?;
    let mut in_events = 0;
    for followed in followers.join(1..=events, figures).await? {
        assert!(followed.connections >= at_least, "{followed:?}");
        in_events += followed.incomplete;
    }
    figures.bytes = servers.iter().map(|(_, proxy)| proxy.bytes()).sum();
    let cuts: u64 = servers.iter().map(|(_, proxy)| proxy.cuts()).sum();
    figures.note = format!("{cuts} cuts, {in_events} streams ended in the middle of an event");
    Ok(in_events)
}
