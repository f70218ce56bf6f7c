//! A server process. Every request is answered with the event stream.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use http_body_util::{Either, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::fan_out::{FanOut, Page};
use sse_proto::headers::LAST_EVENT_ID;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;
use tokio::time;

use crate::follow::follow;
use crate::redis_log::RedisLog;
use crate::{Error, Result};

/// Proxies and clients close connections that are silent for longer, often after 30 or 60 s.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long the server waits after a connection that it could not accept.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the responses may take to end when the server is stopped.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until the standard input ends, on a port that it writes to the standard output. Then it ends the responses after the
/// last event that it has, and the clients go to another server.
pub(crate) async fn run(name: &str, redis_url: &str) -> Result<()> {
    let log = RedisLog::new(redis_url)?;
    let (sender, current) = watch::channel(None);
    let mut connections = JoinSet::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    say(format_args!("{LISTENING} {}", listener.local_addr()?));
    tokio::select! {
        () = follow(log.clone(), name, sender, || say(format_args!("{MISSED}"))) => {}
        () = accept(listener, &log, &current, &mut connections) => {}
        // Most servers wait for SIGTERM here.
        () = end_of_input() => {}
    }
    if let Some(fan_out) = &*current.borrow() {
        fan_out.close();
    }
    // A client that is too slow is cut off, and resumes elsewhere.
    let _ = time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    Ok(())
}

async fn accept(
    listener: TcpListener,
    log: &RedisLog,
    current: &watch::Receiver<Option<FanOut>>,
    connections: &mut JoinSet<Result<()>>,
) {
    loop {
        match listener.accept().await {
            Ok((connection, _)) => _ = connections.spawn(serve(connection, log.clone(), current.clone())),
            // Too many open files, for example. It passes.
            Err(_) => time::sleep(PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// An error here means that the client is gone, or that it must come again: it does in any case.
async fn serve(connection: TcpStream, log: RedisLog, current: watch::Receiver<Option<FanOut>>) -> Result<()> {
    // TCP must not delay an event until the previous one is acknowledged.
    connection.set_nodelay(true)?;
    let service = service_fn(|request| {
        let response = answer(&request, &log, current.borrow().as_ref());
        async { Ok::<_, Infallible>(response) }
    });
    let mut http = http1::Builder::new();
    // One response per connection, so that the connection ends with it.
    http.timer(TokioTimer::new()).keep_alive(false);
    Ok(http.serve_connection(TokioIo::new(connection), service).await?)
}

fn answer(
    request: &Request<Incoming>,
    log: &RedisLog,
    fan_out: Option<&FanOut>,
) -> Response<impl Body<Data = Bytes, Error = Error> + use<>> {
    // Redis has not answered since this server was started.
    let Some(fan_out) = fan_out else {
        let mut response = Response::new(Either::Right(Empty::new()));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    };
    let last_event_id = request.headers().get(LAST_EVENT_ID).map(HeaderValue::as_bytes);
    let log = log.clone();
    // If Redis cannot be reached, the response ends with an error, and the client tries again.
    let backlog = move |last_event_id: String| {
        let log = log.clone();
        async move { log.after(&last_event_id).await.inspect(say_page) }
    };
    let subscription = fan_out.subscribe_with(last_event_id, backlog);
    EventBody::new(subscription).with_keep_alive(KEEP_ALIVE, time::sleep).into_response().map(Either::Left)
}

const LISTENING: &str = "listening";
const REPLAYED: &str = "replayed";
const MISSED: &str = "missed";

/// Writes a line for [`Report`]. An error means that it is not read, which is no reason to stop.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

fn say_page(page: &Page) {
    let (Page::Events(events) | Page::Gone(events)) = page;
    say(format_args!("{REPLAYED} {}", events.len()));
}

/// What a server writes to its standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) address: Option<SocketAddr>,
    /// How many events were read from Redis for clients that resume.
    pub(crate) replayed: usize,
    /// How often the server itself has missed events.
    pub(crate) missed: usize,
}

impl Report {
    /// Adds a line.
    pub(crate) fn add(&mut self, line: &str) {
        let (what, value) = line.split_once(' ').unwrap_or((line, ""));
        match what {
            LISTENING => self.address = value.parse().ok(),
            REPLAYED => self.replayed += value.parse().unwrap_or(0),
            MISSED => self.missed += 1,
            _ => {}
        }
    }
}

/// Waits until the parent process has ended, or wants this one to.
async fn end_of_input() {
    let (sender, receiver) = oneshot::channel::<()>();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        drop(sender);
    });
    let _ = receiver.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_counts_lines() {
        let mut report = Report::default();
        for line in ["listening 127.0.0.1:80", "replayed 20", "replayed 3", "missed", "", "something else"] {
            report.add(line);
        }
        let address = "127.0.0.1:80".parse().ok();
        assert_eq!(report, Report { address, replayed: 23, missed: 1 });
    }
}
