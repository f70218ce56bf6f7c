//! A server that follows a script.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use sse_proto::ItemBuf;
use sse_proto::adapters::client::{ClientError, EventClient, TransportError, Update};
use sse_proto::client::{EventSource, Policy};

pub const SECOND: Duration = Duration::from_secs(1);
pub const HOUR: Duration = Duration::from_secs(3600);

/// Runs a future on a runtime whose clock is paused. A future that never ends, or that is polled without end, is an error.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let (mut future, mut polls) = (pin!(future), 0);
    let limited = poll_fn(move |cx| {
        polls += 1;
        assert!(polls < 5_000_000, "polled without end");
        future.as_mut().poll(cx)
    });
    runtime.block_on(async { tokio::time::timeout(200_000 * HOUR, limited).await.expect("it ends") })
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn push(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

/// What a body does next.
pub enum Step {
    Bytes(Vec<u8>),
    Error(ErrorKind),
    /// Nothing for this time.
    Wait(Duration),
    /// Nothing until the next poll, for which it wakes the task.
    Yield,
    Trailers,
    Forever,
    /// Runs the function, then does the step it returns.
    Then(Box<dyn FnOnce() -> Self + Send>),
}

pub fn bytes(bytes: impl AsRef<[u8]>) -> Step {
    Step::Bytes(bytes.as_ref().to_vec())
}

/// A body that does these steps, then ends.
pub struct Body {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<tokio::time::Sleep>>>,
    log: Log,
    ended: bool,
}

impl Body {
    pub fn new(steps: Vec<Step>, log: &Log) -> Self {
        Self { steps: steps.into(), sleep: None, log: log.clone(), ended: false }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        assert!(!self.ended, "polled after the end");
        loop {
            if let Some(sleep) = &mut self.sleep {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                self.sleep = None;
            }
            return Poll::Ready(match self.steps.pop_front() {
                None => {
                    self.ended = true;
                    None
                }
                Some(Step::Error(kind)) => {
                    self.ended = true;
                    Some(Err(kind.into()))
                }
                Some(Step::Bytes(bytes)) => Some(Ok(Frame::data(bytes.into()))),
                Some(Step::Trailers) => Some(Ok(Frame::trailers(HeaderMap::new()))),
                Some(Step::Wait(time)) => {
                    self.sleep = Some(Box::pin(tokio::time::sleep(time)));
                    continue;
                }
                Some(Step::Yield) => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::Forever) => {
                    self.steps.push_front(Step::Forever);
                    return Poll::Pending;
                }
                Some(Step::Then(run)) => {
                    let next = run();
                    self.steps.push_front(next);
                    continue;
                }
            });
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.log.push("body dropped");
    }
}

/// What the server does with a request.
pub struct Connection {
    pub before: Option<Step>,
    pub result: Result<(http::response::Builder, Vec<Step>), ErrorKind>,
}

impl Connection {
    /// Does this step before it answers.
    pub fn after(mut self, step: Step) -> Self {
        self.before = Some(step);
        self
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.result = self.result.map(|(head, steps)| (head.header(name, value), steps));
        self
    }
}

pub fn stream(steps: Vec<Step>) -> Connection {
    status(200, steps).with_header("content-type", "text/event-stream")
}

pub fn status(status: u16, steps: Vec<Step>) -> Connection {
    Connection { before: None, result: Ok((Response::builder().status(status), steps)) }
}

pub fn failure(kind: ErrorKind) -> Connection {
    Connection { before: None, result: Err(kind) }
}

type Connecting = Pin<Box<dyn Future<Output = io::Result<Response<Body>>> + Send>>;
pub type Server = Box<dyn FnMut(Request<&'static str>) -> Connecting + Send>;
pub type Timer = fn(Duration) -> tokio::time::Sleep;
pub type Client<S = Timer> = EventClient<&'static str, Server, S>;
pub type Error = ClientError<io::Error, io::Error>;

/// Logs that it is dropped.
struct PendingRequest(Log);

impl Drop for PendingRequest {
    fn drop(&mut self) {
        self.0.push("request dropped");
    }
}

/// A server that answers with these connections, then with 204.
pub fn server(connections: impl IntoIterator<Item = Connection>, log: &Log) -> Server {
    let (mut connections, log) = (connections.into_iter().collect::<Vec<_>>().into_iter(), log.clone());
    Box::new(move |request| {
        let id = request.headers().get("last-event-id").map_or(&b""[..], |id| id.as_bytes());
        log.push(format!("connect after {:?}", String::from_utf8_lossy(id)));
        let Connection { before, result } = connections.next().unwrap_or_else(|| status(204, Vec::new()));
        let log = log.clone();
        Box::pin(async move {
            let pending = PendingRequest(log.clone());
            if let Some(step) = before {
                let mut body = Body::new(vec![step], &Log::default());
                poll_fn(|cx| http_body::Body::poll_frame(Pin::new(&mut body), cx)).await;
            }
            std::mem::forget(pending);
            result.map(|(head, steps)| head.body(Body::new(steps, &log)).unwrap()).map_err(io::Error::from)
        })
    })
}

/// A client of this server.
pub fn client(policy: Policy, connections: impl IntoIterator<Item = Connection>, log: &Log) -> Client {
    let request = Request::get("/events").body("").unwrap();
    let source = EventSource::with_decoder(sse_proto::BytesDecoder::new(), policy, 0);
    EventClient::new(request, server(connections, log), tokio::time::sleep as Timer).with_source(source)
}

/// Delays of 3 s, without jitter.
pub fn plain() -> Policy {
    Policy::default().with_jitter_percent(0).with_backoff_factor(1)
}

/// No delays.
pub fn immediate() -> Policy {
    Policy::default().with_min_delay(Duration::ZERO).with_max_delay(Duration::ZERO).with_idle_timeout(None)
}

pub fn describe(update: Result<Update<io::Error, io::Error>, Error>) -> String {
    match update {
        Ok(Update::Connected) => "connected".to_owned(),
        Ok(Update::Refused { cause, will_retry, .. }) => format!("refused: {cause}, will retry: {will_retry}"),
        Ok(Update::Item(item)) => describe_item(&item, |event| event.data().to_owned()),
        Ok(Update::Waiting { time, cause, attempt, error, .. }) => {
            let error = match error {
                Some(TransportError::Connect(error)) => format!(", connect: {:?}", error.kind()),
                Some(TransportError::Body(error)) => format!(", body: {:?}", error.kind()),
                None => String::new(),
            };
            format!("waiting {time:?}: {cause}, attempt {attempt}{error}")
        }
        Ok(update) => panic!("{update:?}"),
        Err(error) => format!("error: {error}"),
    }
}

pub fn describe_item<E: std::fmt::Debug>(item: &ItemBuf<E>, data: impl Fn(&E) -> String) -> String {
    match item {
        ItemBuf::Event(event) => format!("event {}", data(event)),
        ItemBuf::Block(block) => format!("block {block:?}"),
        ItemBuf::Comment(text) => format!("comment {text}"),
        ItemBuf::Ignored(line) => format!("ignored {}", line.escape_ascii()),
    }
}

/// All that happens to this client, on the same log as what happens to the server.
pub fn follow<S: sse_proto::adapters::Sleep>(mut client: Client<S>, log: &Log) -> Vec<String> {
    run(async {
        while let Some(update) = client.next_update().await {
            log.push(describe(update));
        }
        assert!(client.next_update().await.is_none() && client.next_event().await.is_none(), "fused");
    });
    log.push(format!("{:?}", client.cause().unwrap()));
    log.take()
}

/// All that happens to a client of this server.
pub fn all(policy: Policy, connections: impl IntoIterator<Item = Connection>) -> Vec<String> {
    let log = Log::default();
    follow(client(policy, connections, &log), &log)
}
