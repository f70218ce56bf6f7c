//! A session of the asynchronous client: a connecting function that does what a script says, and timers of a simulated clock.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use sse_proto::adapters::client::{EventClient, TransportError, Update};
use sse_proto::client::{Cause, EventSource, Policy};
use sse_proto::{BytesDecoder, ItemBuf};

use crate::clock::Clock;

pub(crate) const NAME: &str = "a session of the asynchronous client";

/// What the server does with each request.
const SCRIPT: &[Answer] = &[
    Answer::NotMade,
    Answer::Silent,
    Answer::Unavailable,
    Answer::Stream(&[Part::Data("retry: 1000\n\n: hi\nid: 1\nda"), Part::Data("ta: a\n\nid: 2\nda"), Part::Error]),
    Answer::Stream(&[Part::Data("id: 2\ndata: b\n\n:\n"), Part::Silence]),
    Answer::Stream(&[Part::Data("id: 3\ndata: c\r"), Part::Data("\n\r\n"), Part::Data("data: incomplete")]),
    Answer::NoContent,
];

/// What the client says happened, and when, in milliseconds.
const EXPECTED: &[(u64, &str)] = &[
    (0, "waiting 3000 ms for attempt 1: connection failed: Connect(\"not made\")"),
    // The timeout of a connection without a response.
    (48_000, "waiting 6000 ms for attempt 2: connection timed out"),
    (54_000, "refused: response with status 503"),
    // The difference of two dates.
    (54_000, "waiting 20000 ms for attempt 3: response with status 503"),
    (74_000, "connected"),
    (74_000, "block"),
    (74_000, "comment: hi"),
    (74_000, "event 1: a"),
    (74_000, "waiting 1000 ms for attempt 1: connection failed: Body(\"cut\")"),
    (75_000, "connected"),
    (75_000, "event 2: b"),
    (75_000, "comment: "),
    // The idle timeout.
    (120_000, "waiting 1000 ms for attempt 1: connection timed out"),
    (121_000, "connected"),
    (121_000, "event 3: c"),
    (121_000, "waiting 1000 ms for attempt 1: stream ended"),
    (122_000, "refused: response with status 204: the server asks to stop"),
];

const LAST_EVENT_IDS: &[&str] = &["", "", "", "", "1", "2", "3"];

/// Runs the session, and returns how many streams were decoded.
pub(crate) fn run() -> usize {
    let clock = Clock::default();
    let ids = Rc::new(RefCell::new(Vec::new()));
    let (log, cause) = clock.run(session(clock.clone(), Rc::clone(&ids)));
    let expected: Vec<_> =
        EXPECTED.iter().map(|(time, what)| (Duration::from_millis(*time), (*what).to_owned())).collect();
    assert_eq!(log, expected);
    assert_eq!(cause, Some(Cause::NoContent));
    assert_eq!(*ids.borrow(), LAST_EVENT_IDS);
    3
}

async fn session(clock: Clock, ids: Rc<RefCell<Vec<String>>>) -> (Vec<(Duration, String)>, Option<Cause>) {
    let (mut script, connecting) = (SCRIPT.iter(), clock.clone());
    let connect = |request: Request<()>| {
        let id = request.headers().get("last-event-id").map_or("", |id| id.to_str().expect("an ID of the script"));
        ids.borrow_mut().push(id.to_owned());
        script.next().expect("the client has stopped").response(connecting.clone())
    };
    let policy = Policy::new().with_jitter_percent(0).with_idle_timeout(Some(Duration::from_secs(45)));
    let source = EventSource::with_decoder(BytesDecoder::new(), policy, 0);
    let request = Request::get("/events").body(()).expect("a request");
    let mut client = EventClient::new(request, connect, |time| clock.sleep(time)).with_source(source);
    let mut log = Vec::new();
    while let Some(update) = client.next_update().await {
        log.push((clock.now(), text(update.expect("the server asks the client to stop"))));
    }
    (log, client.cause())
}

fn text(update: Update<&'static str, &'static str>) -> String {
    match update {
        Update::Connected => "connected".to_owned(),
        Update::Refused { cause, .. } => format!("refused: {cause}"),
        Update::Item(ItemBuf::Event(event)) => format!("event {}: {}", event.id().unwrap_or_default(), event.data()),
        Update::Item(ItemBuf::Block(_)) => "block".to_owned(),
        Update::Item(ItemBuf::Comment(comment)) => format!("comment: {comment}"),
        Update::Waiting { time, cause, attempt, error, .. } => {
            let error = error.map_or_else(String::new, |error: TransportError<_, _>| format!(": {error:?}"));
            format!("waiting {} ms for attempt {attempt}: {cause}{error}", time.as_millis())
        }
        update => panic!("{update:?}"),
    }
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    NotMade,
    /// No response.
    Silent,
    /// 503, and a date after which to try again.
    Unavailable,
    Stream(&'static [Part]),
    NoContent,
}

impl Answer {
    async fn response(self, clock: Clock) -> Result<Response<Script>, &'static str> {
        let response = match self {
            Self::NotMade => return Err("not made"),
            Self::Silent => {
                clock.sleep(Duration::MAX).await;
                unreachable!("the client has a timeout");
            }
            Self::Unavailable => Response::builder()
                .status(503)
                .header("date", "Fri, 31 Dec 1999 23:59:50 GMT")
                .header("retry-after", "Sat, 01 Jan 2000 00:00:10 GMT"),
            Self::Stream(_) => Response::builder().header("content-type", "text/event-stream"),
            Self::NoContent => Response::builder().status(204),
        };
        let parts = if let Self::Stream(parts) = self { parts } else { &[] };
        Ok(response.body(Script { parts: parts.iter().copied().collect() }).expect("a response"))
    }
}

#[derive(Clone, Copy, Debug)]
enum Part {
    Data(&'static str),
    Error,
    /// Nothing comes any more.
    Silence,
}

/// The body of a response.
struct Script {
    parts: VecDeque<Part>,
}

impl Body for Script {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let Some(part) = self.parts.pop_front() else { return Poll::Ready(None) };
        match part {
            Part::Data(data) => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(data.as_bytes()))))),
            Part::Error => Poll::Ready(Some(Err("cut"))),
            Part::Silence => {
                // However often it is polled.
                self.parts.push_front(part);
                Poll::Pending
            }
        }
    }
}
