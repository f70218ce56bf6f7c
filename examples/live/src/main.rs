//! A real server, a real client, and a connection that is cut off in the middle of an event.
//!
//! ```sh
//! cargo run --release --manifest-path examples/live/Cargo.toml
//! ```
//!
//! hyper pushes events which this crate has encoded; ureq receives them and this crate decodes them as they arrive. The
//! first connection is cut off, the client waits the reconnection time and resumes after the last event ID, and in the
//! end every event must be there exactly once.
//!
//! That they arrive one by one is not a matter of timing: after an event the server sends nothing more, not even the
//! end, until the client has decoded it. If anything on the way held an event back, all would stand still until the time
//! limit.

use std::io::{self, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{future, mem, thread};

use http_body_util::channel::{Channel, Sender};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, http, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sse_proto::adapters::io::EventReader;
use sse_proto::headers::{LAST_EVENT_ID, MIME_TYPE, NO_CACHE, is_event_stream, last_event_id_value};
use sse_proto::{Comment, Decoder, Error, Event, EventBuf};
use tokio::{sync::watch, time};

/// The data of the events. Their ids count from 1.
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

/// The event in the middle of which the first connection ends.
const CUT: usize = 7;
/// How long the server rests before each event.
const PACE: Duration = Duration::from_millis(30);
/// What the server asks the client to wait before it reconnects, in milliseconds.
const RETRY: u64 = 150;
/// For all that the server does, and for each request of the client.
const TIME_LIMIT: Duration = Duration::from_secs(10);

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;
type Body = Channel<Bytes, io::Error>;

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
    let (sent, last_sent) = watch::channel(Instant::now());
    let (decoded, last_decoded) = watch::channel(0);

    let server = thread::spawn(|| serve(listener, Link { sent, last_decoded }));
    let mut client = Client { url, last_sent, decoded, received: Vec::new(), connections: 0, cuts: 0 };
    client.receive_all()?;
    server.join().map_err(|_| "the server panicked")??;
    client.verdict()
}

// The client.

struct Client {
    url: String,
    /// When the server sent the latest event, for show.
    last_sent: watch::Receiver<Instant>,
    /// Tells the server how many events were decoded, so that it continues.
    decoded: watch::Sender<usize>,
    received: Vec<EventBuf>,
    connections: usize,
    /// How many connections ended in the middle of an event.
    cuts: usize,
}

impl Client {
    /// Reconnects until all events are there.
    fn receive_all(&mut self) -> Result<()> {
        let mut decoder = Decoder::new();
        loop {
            decoder = self.receive(decoder)?;
            if self.received.len() >= DATA.len() {
                return Ok(());
            }
            let pause = decoder.reconnection_time().ok_or("the server has not said when to reconnect")?;
            println!("reconnecting in {pause:?}, to go on after event {}", decoder.last_event_id());
            thread::sleep(pause);
        }
    }

    /// Receives what one connection brings. The decoder knows what the earlier ones brought.
    fn receive(&mut self, decoder: Decoder) -> Result<Decoder> {
        self.connections += 1;
        let body = self.connect(decoder.last_event_id())?;
        let mut events = EventReader::with_decoder(BufReader::new(body), decoder);
        for event in events.by_ref() {
            match event {
                Ok(event) => self.take(event),
                Err(Error::Source(error)) => {
                    println!("cut off: {error}");
                    break;
                }
                Err(Error::Decode(error)) => return Err(error.into()),
            }
        }
        let (decoder, end) = events.end_of_stream();
        if end.is_incomplete() {
            println!("dropped an incomplete event");
            self.cuts += 1;
        }
        Ok(decoder)
    }

    /// Asks for the events after this one, and gives the body of the response.
    fn connect(&self, last_event_id: &str) -> Result<ureq::BodyReader<'static>> {
        // The server is on this machine, so no proxy that the environment may name.
        let agent = ureq::Agent::config_builder().timeout_global(Some(TIME_LIMIT)).proxy(None).build().new_agent();
        let mut request = agent.get(&self.url).header("accept", MIME_TYPE).header("cache-control", NO_CACHE);
        if let Some(id) = last_event_id_value(last_event_id) {
            // As bytes, since an id may have letters that are not ASCII.
            request = request.header(LAST_EVENT_ID, id.as_bytes());
        }
        let response = request.call()?;
        if !is_event_stream(response.headers().get_all("content-type")) {
            return Err(format!("not an event stream: {:?}", response.headers().get("content-type")).into());
        }
        Ok(response.into_body().into_reader())
    }

    fn take(&mut self, event: EventBuf) {
        let delay = self.last_sent.borrow().elapsed();
        println!("event {:>2}, {delay:>5.0?} after it was sent: {:?}", event.id().unwrap_or("?"), event.data());
        self.received.push(event);
        self.decoded.send_replace(self.received.len());
    }

    /// What was proved, if it was.
    fn verdict(&self) -> Result<String> {
        for ((id, data), event) in numbered_data().zip(&self.received) {
            let id = id.to_string();
            let expected = Event::new(data).with_id(&id)?;
            if *event != expected {
                return Err(format!("expected {expected:?}, found {event:?}").into());
            }
        }
        let (events, cuts, connections) = (self.received.len(), self.cuts, self.connections);
        if (events, cuts, connections) != (DATA.len(), 1, 2) {
            return Err(format!("found {events} events, {cuts} cuts, {connections} connections").into());
        }
        Ok(format!(
            "{events} events, each decoded before another byte was sent, {cuts} cut in the middle of an event, \
             {connections} connections: none lost, none doubled"
        ))
    }
}

fn numbered_data() -> impl Iterator<Item = (usize, &'static str)> {
    (1..).zip(DATA)
}

// The server.

/// What the server shares with the client besides the connection.
#[derive(Clone)]
struct Link {
    sent: watch::Sender<Instant>,
    last_decoded: watch::Receiver<usize>,
}

fn serve(listener: TcpListener, link: Link) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = async { time::timeout(TIME_LIMIT, accept(listener, link)).await };
    runtime.block_on(served).map_err(|_| "the server's time is up")?
}

/// Serves two connections, one after the other, and cuts off the first.
async fn accept(listener: TcpListener, link: Link) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    for cut in [Some(CUT), None] {
        let (connection, _) = listener.accept().await?;
        // An event must not wait until the one before is acknowledged by TCP.
        connection.set_nodelay(true)?;
        let service = service_fn(|request| future::ready(answer(&request, cut, link.clone())));
        let http = http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(connection), service);
        match http.await {
            Err(error) if cut.is_none() => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

fn answer(request: &Request<Incoming>, cut: Option<usize>, link: Link) -> http::Result<Response<Body>> {
    let seen = request.headers().get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or(0);
    let (sender, body) = Channel::new(1);
    tokio::spawn(push(sender, seen, cut, link));
    Response::builder().header("content-type", MIME_TYPE).header("cache-control", NO_CACHE).body(body)
}

/// Pushes the events that the client has not seen. An error means that the client is gone, so nobody need hear of it.
async fn push(mut body: Sender<Bytes, io::Error>, seen: usize, cut: Option<usize>, mut link: Link) -> Result<()> {
    let mut bytes = Vec::new();
    Event::without_data().with_retry(Duration::from_millis(RETRY)).encode_into(&mut bytes);
    for (id, data) in numbered_data().skip(seen) {
        Comment::KEEP_ALIVE.encode_into(&mut bytes);
        body.send_data(mem::take(&mut bytes).into()).await?;
        time::sleep(PACE).await;

        Event::new(data).with_id(&id.to_string())?.encode_into(&mut bytes);
        if cut == Some(id) {
            bytes.truncate(bytes.len() / 2);
            body.send_data(bytes.into()).await?;
            // With the error hyper drops what it has not written yet, so the half must have left.
            time::sleep(PACE).await;
            body.abort(io::Error::other("cut off on purpose"));
            return Ok(());
        }
        link.sent.send_replace(Instant::now());
        body.send_data(mem::take(&mut bytes).into()).await?;
        // What the proof rests on: until the client has decoded this event, not another byte is sent.
        link.last_decoded.wait_for(|&decoded| decoded >= id).await?;
    }
    Ok(())
}
