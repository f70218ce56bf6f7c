//! The program that serves the page, and what it has sent.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sse_proto::adapters::io::EventReader;
use tokio::io::{AsyncBufReadExt, BufReader as AsyncBufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

use super::chromium::LIMIT;

/// The server; killed when this is dropped.
pub(crate) struct Live {
    pub(crate) http1: SocketAddr,
    pub(crate) http2: SocketAddr,
    sent: Sent,
    /// Open as long as the server runs: it ends when it cannot print.
    _output: Lines<AsyncBufReader<ChildStdout>>,
    _process: Child,
}

/// The ID and the data of each event that the server has sent, in order.
type Sent = Arc<Mutex<Vec<(String, String)>>>;

impl Live {
    /// Starts the server, and a client of its own that receives everything from the first event on.
    pub(crate) async fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sse-proto-transports"))
            .args(["live", "--port", "0", "--tls-port", "0", "--seed", "7"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program");
        let mut lines = AsyncBufReader::new(process.stdout.take().expect("piped")).lines();
        let mut address = async |scheme: &str| {
            let line = timeout(LIMIT, lines.next_line()).await.expect("in time").expect("a pipe").expect("an address");
            let (_, rest) = line.split_once(scheme).unwrap_or_else(|| panic!("no {scheme} in `{line}`"));
            rest.split('/').next().and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("`{line}`"))
        };
        let (http1, http2) = (address("http://").await, address("https://").await);
        let sent = Sent::default();
        let receiver = Arc::clone(&sent);
        std::thread::spawn(move || receive(http1, &receiver));
        Self { http1, http2, sent, _output: lines, _process: process }
    }

    /// Returns the first events after this one, as many as this.
    pub(crate) async fn sent_after(&self, id: &str, number: usize) -> Vec<(String, String)> {
        let start = Instant::now();
        loop {
            let events = self.sent.lock().expect("not poisoned").clone();
            // The number of an event is what follows the dash; a client that starts before the first event has number 0.
            let after = events.iter().position(|(event, _)| event == id).map_or(0, |position| position + 1);
            assert!(after > 0 || id.ends_with("-0"), "{id} was never sent");
            if let Some(events) = events.get(after..after + number) {
                return events.to_vec();
            }
            assert!(start.elapsed() < LIMIT, "only {} events after {id}, not {number}", events.len() - after);
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Ends when the server does.
fn receive(address: SocketAddr, sent: &Mutex<Vec<(String, String)>>) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    // With HTTP/1.0 the body is not chunked.
    write!(stream, "GET /api/events HTTP/1.0\r\n\r\n").expect("the server reads");
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).expect("a header");
    }
    for event in EventReader::new(reader).map_while(Result::ok) {
        let event = (event.last_event_id().to_owned(), event.data().to_owned());
        sent.lock().expect("not poisoned").push(event);
    }
}
