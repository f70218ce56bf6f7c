//! Servers shut down with open streams: the shutdown completes, the streams end cleanly, and the clients resume at the next server.

use std::time::Duration;

use sse_proto_ecosystem::follow::policy;
use sse_proto_ecosystem::followers::Followers;
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Socket, url};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::time;

/// How many clients of each library.
const EACH: usize = 5;
const EVENTS: u64 = 300;
const PER_SECOND: u32 = 500;
const RESTARTS: usize = 2;
/// Far less than the age of a response, which is not limited.
const LIMIT: Duration = Duration::from_secs(4);

#[test]
fn shutdown() {
    scenario::run("shutdown with open streams", async |figures| {
        let mut notes = Vec::new();
        for library in server::Library::ALL {
            let (mut slowest, mut failures) = (Duration::ZERO, 0);
            for protocol in Protocol::ALL {
                let (site, socket) = (Site::new(), Socket::bind()?);
                let mut instance = site.next_instance();
                let mut server = socket.serve(library, protocol, instance.handler())?;
                let mut followers = Followers::default();
                for _ in 0..EACH {
                    followers.start_all(protocol, &url(protocol, socket.address()), policy())?;
                }
                followers.wait_until_ready().await;
                let clients = followers.len();

                let publish = site.publish(1..=EVENTS, PER_SECOND);
                let restart = async {
                    for _ in 0..RESTARTS {
                        time::sleep(Duration::from_millis(100)).await;
                        site.wait_for_subscribers(clients).await;
                        figures.bytes += server.counts().bytes();
                        instance.stop();
                        slowest = slowest.max(server.shut_down(LIMIT).await?);
                        instance = site.next_instance();
                        server = socket.serve(library, protocol, instance.handler())?;
                    }
                    Ok::<_, BoxError>(server)
                };
                let (published, server) = tokio::join!(publish, restart);
                published?;
                let server = server?;
                site.publish_end()?;
                for followed in followers.join(1..=EVENTS, figures).await? {
                    failures += followed.failures;
                    let what = format!("{library:?}, {protocol:?}: {:?}", followed.causes);
                    assert!(followed.connections > RESTARTS as u64, "{what}");
                    // actix-web does not tell a client of HTTP/2 to go away, so it connects to the old server again.
                    let is_told = library != server::Library::Actix || !protocol.is_http2();
                    let is_clean = followed.causes.keys().all(|cause| cause.starts_with("stream ended"));
                    assert!(is_clean || !is_told, "{what}");
                }
                figures.bytes += server.counts().bytes();
            }
            notes.push(format!("{library:?} was down after at most {slowest:.0?}, {failures} attempts failed"));
        }
        figures.note = notes.join(", ");
        Ok(())
    });
}
