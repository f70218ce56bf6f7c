//! Keep-alives keep a quiet connection open, through an idle timeout of the client and of a proxy. Without them it is lost, and
//! resumed.

use std::sync::Mutex;
use std::time::Duration;

use sse_proto_ecosystem::client::{self, Client};
use sse_proto_ecosystem::figures::Figures;
use sse_proto_ecosystem::follow::{client, follow, policy};
use sse_proto_ecosystem::proxy::{Cut, Proxy, Style};
use sse_proto_ecosystem::ready::Ready;
use sse_proto_ecosystem::scenario;
use sse_proto_ecosystem::server::{self, Server, url};
use sse_proto_ecosystem::site::Site;
use sse_proto_ecosystem::{BoxError, Protocol};
use tokio::time;

const IDLE: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_millis(2500);

/// A machine that stands still for so long may let an idle timeout elapse, whatever is sent.
const STALL: Duration = Duration::from_millis(300);
const ATTEMPTS: usize = 10;

#[test]
fn idle() {
    scenario::run("keep-alive through an idle timeout of 1 s", async |figures| {
        for attempt in 1..=ATTEMPTS {
            let stalls = tokio::spawn(longest_stall());
            let result = run_all().await;
            let stall = {
                stalls.abort();
                *LONGEST_STALL.lock().expect("no thread panics")
            };
            match result {
                Ok(runs) => {
                    figures.add(&runs);
                    figures.note = format!("half of them without keep-alives; attempt {attempt}");
                    return Ok(());
                }
                Err(error) if stall < STALL || attempt == ATTEMPTS => {
                    return Err(format!("{error}; the longest stall was {stall:.0?}").into());
                }
                Err(_) => {}
            }
        }
        Ok(())
    });
}

static LONGEST_STALL: Mutex<Duration> = Mutex::new(Duration::ZERO);

/// Measures how late a task is run.
async fn longest_stall() {
    *LONGEST_STALL.lock().expect("no thread panics") = Duration::ZERO;
    loop {
        let due = time::Instant::now() + Duration::from_millis(20);
        time::sleep_until(due).await;
        let mut longest = LONGEST_STALL.lock().expect("no thread panics");
        *longest = longest.max(due.elapsed());
    }
}

async fn run_all() -> Result<Figures, BoxError> {
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
    let mut figures = Figures::default();
    for run in runs {
        figures.add(&run.await??);
    }
    Ok(figures)
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
    let (client, ready) = (client(&http, &url(protocol, proxy.address()), policy)?, Ready::new());
    let following = {
        let ready = ready.clone();
        tokio::spawn(async move { follow(client, &ready).await })
    };
    ready.wait_for(1).await;
    site.send(1, "")?;
    time::sleep(QUIET).await;
    site.send(2, "")?;
    site.publish_end()?;
    let followed = following.await??;
    let what = format!("{library:?}, {protocol:?}, {keep_alive:?}, proxy {behind_proxy}: {followed:?}");
    if keep_alive < IDLE {
        check(followed.connections == 1, &what)?;
    } else {
        check(followed.connections > 1, &what)?;
        check(behind_proxy || followed.causes.keys().eq(["connection timed out"]), &what)?;
    }
    followed.count(1..=2, &mut figures);
    figures.bytes = proxy.bytes();
    Ok(figures)
}

fn check(holds: bool, what: &str) -> Result<(), BoxError> {
    if holds { Ok(()) } else { Err(what.into()) }
}
