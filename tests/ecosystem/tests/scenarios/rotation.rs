//! Responses end after a maximum lifetime: clients resume, and nothing is lost or doubled.

use std::time::Duration;

use sse_proto_ecosystem::Protocol;
use sse_proto_ecosystem::follow::policy;
use sse_proto_ecosystem::followers::Followers;
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server};
use sse_proto_ecosystem::site::Site;

const EVENTS: u64 = 1000;
const PER_SECOND: u32 = 500;
const MAX_AGE: Duration = Duration::from_millis(100);

#[test]
fn rotation() {
    scenario::run("rotation", async |figures| {
        let site = Site::new().with_max_age(MAX_AGE);
        let (mut servers, mut followers) = (Vec::new(), Followers::default());
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                let server = Server::start(library, protocol, site.handler())?;
                followers.start_all(protocol, &server.url(), policy())?;
                servers.push(server);
            }
        }
        followers.wait_until_ready().await;
        site.publish(1..=EVENTS, PER_SECOND).await?;
        site.publish_end()?;
        let mut fewest = u64::MAX;
        for followed in followers.join(1..=EVENTS, figures).await? {
            assert!(followed.causes.keys().all(|cause| cause.starts_with("stream ended")), "{followed:?}");
            fewest = fewest.min(followed.connections);
        }
        assert!(fewest > 1, "a client connected {fewest} times");
        figures.bytes = servers.iter().map(|server| server.counts().bytes()).sum();
        figures.note = format!("each client connected at least {fewest} times, one response lasts {MAX_AGE:?}");
        Ok(())
    });
}
