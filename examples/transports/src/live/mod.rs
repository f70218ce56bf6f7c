//! A page for a browser that shows short polling, long polling and `EventSource` side by side, and an endless feed for it.

mod page;

use std::io::Write;
use std::net::Ipv4Addr;
use std::time::Duration;

use crate::Result;
use crate::case::{LONG_POLL_TIMEOUT, Protocol};
use crate::options::Live;
use crate::server::{self, Site, Timeouts, listen, publish_forever};
use page::Addresses;

/// A long poll is answered so soon that the page can tell one that is held from one that waits for a connection.
const TIMEOUTS: Timeouts = Timeouts { long_poll: LONG_POLL_TIMEOUT, keep_alive: Duration::from_secs(15) };

/// Serves the page until Ctrl-C.
pub(crate) fn run(options: Live) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(options))
}

async fn serve(Live { port, tls_port, seed }: Live) -> Result<()> {
    let site = Site::new(TIMEOUTS);
    // Known only when both ports are open: a port of 0 is chosen by the system.
    let (publish_addresses, addresses) = tokio::sync::watch::channel(None);
    let routes = server::router(site.clone()).merge(page::router(addresses));
    let at = |port| (Ipv4Addr::LOCALHOST, port).into();
    let http1 = listen(at(port), Protocol::HTTP1, routes.clone()).await?;
    let http2 = listen(at(tls_port), Protocol::HTTP2_TLS, routes).await?;
    let addresses =
        Addresses { http1: format!("http://{}/", http1.address()), http2: format!("https://{}/", http2.address()) };
    announce(&addresses)?;
    publish_addresses.send_replace(Some(addresses));
    tokio::select! {
        failed = publish_forever(&site, seed) => failed,
        stopped = crate::stopped() => stopped,
    }
}

fn announce(Addresses { http1, http2 }: &Addresses) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "HTTP/1.1         {http1}   the browser opens six connections at most: of seven more streams, some wait"
    )?;
    writeln!(out, "HTTP/2 over TLS  {http2}  all streams share one connection")?;
    writeln!(
        out,
        "The browser warns of the certificate of the second address: it is self-signed, and made at each start."
    )?;
    writeln!(out, "Ctrl-C ends the server.")?;
    Ok(out.flush()?)
}
