//! Keep-alives keep a quiet connection open, through an idle timeout of the client and of a proxy. Without them it is lost, and
//! resumed.

use std::time::Duration;

use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::figures::Figures;
use sse_proto_ecosystem::follow::{client, follow, policy};
use sse_proto_ecosystem::proxy::{Cut, Proxy, Style};
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server, url};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::time;

const IDLE: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_millis(2500);

#[test]
fn idle() {
    scenario::run("keep-alive through an idle timeout of 1 s", async |figures| {
        let mut runs = Vec::new();
        for library in server::Library::ALL {
            for protocol in Protocol::ALL {
                for keep_alive in [Duration::from_millis(100), Duration::from_mins(1)] {
                    for behind_proxy in [true, false] {
                        runs.push(tokio::spawn(run(library, protocol, keep_alive, behind_proxy)));
                    }
                }
            }
        }
        for run in runs {
            figures.add(&run.await??);
        }
        figures.note = "half of them without keep-alives".to_owned();
        Ok(())
    });
}

async fn run(
    library: server::Library,
    protocol: Protocol,
    keep_alive: Duration,
    behind_proxy: bool,
) -> Result<Figures, BoxError> {
    let mut figures = Figures::default();
    let site = Site::new().with_keep_alive(keep_alive);
    let server = Server::start(library, protocol, site.handler())?;
    let cut = if behind_proxy { Cut::WhenIdle(IDLE) } else { Cut::Never };
    let proxy = Proxy::start(server.address(), cut, Style::Alternate).await?;
    let of_client = if behind_proxy { client::Library::Reqwest } else { client::Library::Hyper };
    let http = Client::new(of_client, protocol);
    let policy = if behind_proxy { policy() } else { policy().with_idle_timeout(Some(IDLE)) };
    let following = tokio::spawn(follow(client(&http, &url(protocol, proxy.address()), policy)?));
    site.wait_for_subscribers(1).await;
    site.send(1, "")?;
    time::sleep(QUIET).await;
    site.send(2, "")?;
    site.publish_end()?;
    let followed = following.await??;
    let what = format!("{library:?}, {protocol:?}, {keep_alive:?}, proxy {behind_proxy}: {followed:?}");
    if keep_alive < IDLE {
        assert_eq!(followed.connections, 1, "{what}");
    } else {
        assert!(followed.connections > 1, "{what}");
        assert!(behind_proxy || followed.causes.keys().eq(["connection timed out"]), "{what}");
    }
    followed.count(1..=2, &mut figures);
    figures.bytes = proxy.bytes();
    Ok(figures)
}
