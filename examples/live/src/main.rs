//! A real server, a real client, and a connection that is cut in the middle of an event.
//!
//! ```sh
//! cargo run --release --manifest-path examples/live/Cargo.toml
//! ```
//!
//! The server is hyper and a [`History`]: it sends the events after the last event ID of the request. The client is ureq and an
//! [`EventClient`]: it receives them, loses its connection, waits for the reconnection time, and resumes. At the end every event
//! must have arrived exactly once.
//!
//! That events arrive one by one is not a matter of timing: after an event the server sends nothing more, not even the end, until
//! the client has decoded it. If anything in between held an event back, both would wait until the time limit.

use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use std::{future, io, thread};

use http_body_util::channel::{Channel, Sender};
use hyper::body::{Bytes, Incoming};
use hyper::http::HeaderValue;
use hyper::{Request, Response, http, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sse_proto::adapters::io::{EventClient, Update};
use sse_proto::client::{self, Policy};
use sse_proto::headers::{LAST_EVENT_ID, MIME_TYPE, NO_CACHE};
use sse_proto::server::{Cursor, History, Next, Resume, Retention};
use sse_proto::{Comment, Event, EventBuf, ItemBuf};
use tokio::{sync::watch, time};
use ureq::Agent;

/// The data of the events. Their IDs are `1-1`, `1-2` and so on.
const DATA: [&str; 12] = [
    "one line",
    "two\nlines",
    "Grüße, 世界 🌍",
    "",
    "  spaces on both sides  ",
    "{\"delta\": \"Straße\", \"index\": 0}",
    "Ὀδυσσεύς 🦀 is cut off before he has come home,\nand sent again",
    "id: 99\n\ndata: not a field, and no end of the event\n",
    "\n",
    ": not a comment",
    "tab\there, next line\u{85}here, no line end\u{2028}anywhere",
    "the last",
];

/// The number of the log, with which its IDs begin.
const EPOCH: u64 = 1;
/// The event in the middle of which the first connection ends.
const CUT: usize = 7;
/// How long the server waits before each event.
const PACE: Duration = Duration::from_millis(30);
/// The reconnection time that the server asks for.
const RETRY: Duration = Duration::from_millis(150);
/// For all that the server does, and for each request of the client.
const TIME_LIMIT: Duration = Duration::from_secs(10);

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    match run() {
        Ok(proved) => {
            println!("proved: {proved}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("not proved: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let (decoded, last_decoded) = watch::channel(0);
    let server = thread::spawn(move || serve(listener, &last_decoded));
    let proved = receive(&url, &decoded)?;
    server.join().map_err(|_| "the server panicked")??;
    Ok(proved)
}

/// The client: receives all events, and returns what was proved, if it was. Sets `decoded` to the number of events that were
/// decoded, so that the server continues.
fn receive(url: &str, decoded: &watch::Sender<usize>) -> Result<String> {
    // The server is on this machine, so no proxy that the environment may name.
    let agent = Agent::config_builder().timeout_global(Some(TIME_LIMIT)).proxy(None).build().new_agent();
    let policy = Policy::default().with_min_delay(Duration::ZERO).with_max_attempts(3);
    let mut client = EventClient::new(policy, |request| {
        let get = request.headers().fold(agent.get(url), |get, (name, value)| get.header(name, value));
        let response = get.call().map_err(ureq::Error::into_io)?;
        let content_types = response.headers().get_all("content-type");
        let head = client::Response::new(response.status().as_u16()).with_content_types(content_types);
        Ok((head, response.into_body().into_reader()))
    });
    let (mut events, mut cuts) = (Vec::new(), 0);
    while events.len() < DATA.len() {
        match client.next_update().ok_or("the server asked the client to stop")?? {
            Update::Item(ItemBuf::Event(event)) => {
                println!("event {}: {:?}", event.last_event_id(), event.data());
                events.push(event);
                decoded.send_replace(events.len());
            }
            Update::Waiting { time, cause, .. } => {
                let source = client.source();
                cuts += usize::from(source.last_stream().is_incomplete());
                println!("{cause}: reconnecting in {time:.0?}, to resume after event {}", source.last_event_id());
            }
            _ => {}
        }
    }
    let numbered = |(number, data)| EventBuf::new(data).with_id(&format!("{EPOCH}-{number}"));
    let expected = (1..).zip(DATA).map(numbered).collect::<Result<Vec<_>, _>>()?;
    let connections = client.source().reconnect().connections();
    if (&events, cuts, connections) != (&expected, 1, 2) {
        return Err(format!("found {cuts} cuts, {connections} connections, and these events: {events:?}").into());
    }
    Ok(format!(
        "{} events, each decoded before another byte was sent, {cuts} cut in the middle of an event, {connections} connections: \
         none lost, none doubled",
        events.len()
    ))
}

/// The server: serves two connections, one after the other, and cuts the first.
fn serve(listener: TcpListener, last_decoded: &watch::Receiver<usize>) -> Result<()> {
    let mut history = History::numbered(EPOCH, Retention::default());
    for data in DATA {
        history.push(Duration::ZERO, Event::new(data))?;
    }
    let history = Arc::new(history);
    listener.set_nonblocking(true)?;
    let connections = async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        for cut in [Some(CUT), None] {
            let (connection, _) = listener.accept().await?;
            // TCP must not delay an event until the previous one is acknowledged.
            connection.set_nodelay(true)?;
            let answer = |request| future::ready(answer(&request, &history, cut, last_decoded.clone()));
            let mut http = http1::Builder::new();
            http.keep_alive(false);
            // One of the connections is cut, and the client leaves the other. Whether all events arrived is for the client to say.
            let _ = http.serve_connection(TokioIo::new(connection), service_fn(answer)).await;
        }
        Ok(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async { time::timeout(TIME_LIMIT, connections).await });
    served.map_err(|_| "the server exceeded the time limit")?
}

fn answer(
    request: &Request<Incoming>,
    history: &Arc<History<Bytes>>,
    cut: Option<usize>,
    last_decoded: watch::Receiver<usize>,
) -> http::Result<Response<Channel<Bytes, io::Error>>> {
    let cursor = match history.resume_bytes(request.headers().get(LAST_EVENT_ID).map(HeaderValue::as_bytes)) {
        Resume::From(cursor) => cursor,
        // A new client gets all events. So does one with an unknown ID, and the run then finds that events are doubled.
        Resume::Live(_) | Resume::Gone(_) => history.oldest(),
    };
    let (sender, body) = Channel::new(1);
    tokio::spawn(push(sender, Arc::clone(history), cursor, cut, last_decoded));
    Response::builder().header("content-type", MIME_TYPE).header("cache-control", NO_CACHE).body(body)
}

/// Sends the events from the cursor on. An error means that the client is gone, so it is ignored.
async fn push(
    mut body: Sender<Bytes, io::Error>,
    history: Arc<History<Bytes>>,
    mut cursor: Cursor,
    cut: Option<usize>,
    mut last_decoded: watch::Receiver<usize>,
) -> Result<()> {
    let mut number = *last_decoded.borrow();
    body.send_data(Event::without_data().with_retry(RETRY).to_string().into()).await?;
    while let Next::Event(event) = history.next(&mut cursor) {
        number += 1;
        body.send_data(Comment::KEEP_ALIVE.to_string().into()).await?;
        time::sleep(PACE).await;
        if cut == Some(number) {
            body.send_data(event.slice(..event.len() / 2)).await?;
            // On an error hyper drops what it has not written yet, so it gets time to write the half.
            time::sleep(PACE).await;
            body.abort(io::Error::other("cut on purpose"));
            return Ok(());
        }
        body.send_data(event.clone()).await?;
        // The proof depends on this: until the client has decoded the event, not another byte is sent.
        last_decoded.wait_for(|&decoded| decoded >= number).await?;
    }
    Ok(())
}
