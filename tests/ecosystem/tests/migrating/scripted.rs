//! A server on loopback that answers with scripted bytes, and a runtime with a time limit.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, Once};
use std::thread;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time;

/// The longest time of a test.
const LIMIT: Duration = Duration::from_mins(1);

/// Runs a test on a runtime of its own.
pub(crate) fn run(test: impl Future<Output = ()>) {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().expect("there is none"));
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async { time::timeout(LIMIT, test).await }).expect("the test exceeds its time limit");
    runtime.shutdown_background();
}

/// What a server answers: all bytes of the response, after which it closes the connection.
pub(crate) struct Response(Vec<u8>);

impl Response {
    pub(crate) fn new(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let mut bytes = format!("HTTP/1.1 {status} Status\r\nconnection: close\r\n{headers}\r\n").into_bytes();
        bytes.extend_from_slice(body.as_ref());
        Self(bytes)
    }

    /// An event stream.
    pub(crate) fn stream(body: impl AsRef<[u8]>) -> Self {
        Self::new(200, "content-type: text/event-stream\r\n", body)
    }

    /// An event stream whose connection fails at its end.
    pub(crate) fn failing_stream(body: impl AsRef<[u8]>) -> Self {
        let length = body.as_ref().len() + 1;
        Self::new(200, &format!("content-type: text/event-stream\r\ncontent-length: {length}\r\n"), body)
    }
}

/// What a server was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// `None` if the header is missing.
    pub(crate) last_event_id: Option<String>,
}

/// A server. After the last response it refuses connections.
pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts a server that answers one connection after the other.
    pub(crate) fn start(responses: impl IntoIterator<Item = Response>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/events", listener.local_addr().expect("it is bound"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (responses, log) = (responses.into_iter().collect::<Vec<_>>(), Arc::clone(&requests));
        thread::spawn(move || {
            for response in responses {
                let (mut stream, _) = listener.accept().expect("a connection");
                let request = read_request(&mut stream);
                log.lock().expect("not poisoned").push(request);
                // The client may be gone.
                let _ = stream.write_all(&response.0);
            }
        });
        Self { url, requests }
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("not poisoned").clone()
    }

    /// The `Last-Event-ID` of each request; `None` if the header was missing.
    pub(crate) fn last_event_ids(&self) -> Vec<Option<String>> {
        self.requests().into_iter().map(|request| request.last_event_id).collect()
    }
}

/// Reads a request to the end of its body.
fn read_request(stream: &mut TcpStream) -> Request {
    stream.set_read_timeout(Some(LIMIT)).expect("not zero");
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|len| len == 1) {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        Some(line[name.len() + 1..].trim().to_owned())
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
    let mut body = vec![0; length];
    let _ = stream.read_exact(&mut body);
    Request { method: head.split(' ').next().unwrap_or_default().to_owned(), last_event_id: header("last-event-id") }
}
