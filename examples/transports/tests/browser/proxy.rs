//! Between the browser and the server: counts connections and requests, and cuts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A proxy on a port of its own.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    connections: AtomicUsize,
    down: AtomicBool,
    cuts: watch::Sender<usize>,
    /// What the browser has sent on each connection.
    up: Mutex<Vec<Vec<u8>>>,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let proxy = Self { address: listener.local_addr().expect("bound"), shared: Arc::default() };
        let shared = Arc::clone(&proxy.shared);
        tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                // Before the task runs: it must not miss a cut until then.
                let cuts = shared.cuts.subscribe();
                // While the network is down, a connection is closed at once.
                if !shared.down.load(SeqCst) {
                    tokio::spawn(forward(browser, server, Arc::clone(&shared), cuts));
                }
            }
        });
        proxy
    }

    /// How many connections the browser has opened.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// How many requests without TLS begin like this.
    pub(crate) fn requests(&self, start: &str) -> usize {
        let up = self.shared.up.lock().expect("not poisoned");
        up.iter().map(|bytes| String::from_utf8_lossy(bytes).matches(start).count()).sum()
    }

    /// Closes all connections, and accepts no more until [`restore`](Self::restore).
    pub(crate) fn cut(&self) {
        self.shared.down.store(true, SeqCst);
        self.shared.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub(crate) fn restore(&self) {
        self.shared.down.store(false, SeqCst);
    }
}

async fn forward(mut browser: TcpStream, server: SocketAddr, shared: Arc<Shared>, mut cuts: watch::Receiver<usize>) {
    let number = {
        let mut up = shared.up.lock().expect("not poisoned");
        up.push(Vec::new());
        up.len() - 1
    };
    shared.connections.fetch_add(1, SeqCst);
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut from_browser, mut to_browser) = browser.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(len @ 1..) = from_browser.read(&mut buffer).await {
            shared.up.lock().expect("not poisoned")[number].extend_from_slice(&buffer[..len]);
            if to_server.write_all(&buffer[..len]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = up => {}
        _ = tokio::io::copy(&mut from_server, &mut to_browser) => {}
        _ = cuts.changed() => {}
    }
}
