//! Counts the instructions of each adapter next to those of the core for the same work, with valgrind. `ADAPTERS.md` contains the
//! last counts.
//!
//! ```text
//! cargo bench --all-features --bench adapters               counts
//! cargo bench --all-features --bench adapters -- --write    counts and writes the file
//! ```
//!
//! Each chunk has one event, and the source is pending after each chunk, as with a server that sends an event now and then.

mod callgrind;
mod fixtures;

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write as _;
use std::future::{Pending, Ready, pending, ready};
use std::hint::black_box;
use std::path::Path;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{env, fs};

use bytes::{Bytes, BytesMut};
use fixtures::{Cut, Fixture, Sample};
use futures_util::{Stream, StreamExt};
use http::{Request, Response};
use http_body::{Body, Frame};
use sse_proto::adapters::body::{EventBody, EventBodyExt};
use sse_proto::adapters::client::EventClient;
use sse_proto::adapters::codec::EventCodec;
use sse_proto::adapters::fan_out::FanOut;
use sse_proto::adapters::stream::EventStreamExt;
use sse_proto::client::{EventSource, Policy};
use sse_proto::server::{History, Next, Retention};
use sse_proto::{BytesChunk, BytesDecoder, Event};
use tokio_util::codec::Decoder as _;

/// The measured work: a group, and what does it. The first of a group is the core, to which the others are compared.
const WORK: [(&str, &[&str]); 4] = [
    ("receive", &["BytesDecoder", "EventStream", "BodyEvents", "EventCodec"]),
    ("receive, reconnecting", &["EventSource", "EventClient"]),
    ("send", &["to_bytes", "EventBody", "EventBody with keep-alive"]),
    ("send to 100", &["History", "FanOut"]),
];

const FIXTURES: [&str; 3] = ["tiny", "openai-chat", "mcp"];

/// Enough for many events; valgrind is slow.
const SAMPLE_BYTES: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--run", name, work, passes] => run(name, work, passes.parse()?),
        ["--write"] => count_all(true),
        [] => count_all(false),
        _ => Err("usage: [--write]".into()),
    }
}

/// The code whose instructions valgrind counts.
fn run(name: &str, work: &str, passes: u32) -> Result<(), Box<dyn Error>> {
    let fixture = fixtures::named(name).ok_or("no such fixture")?;
    let input = Input::new(&fixture)?;
    for _ in 0..passes {
        let events = input.run(work)?;
        if events != input.events.len() {
            return Err(format!("{work} has {events} of {} events", input.events.len()).into());
        }
    }
    Ok(())
}

fn count_all(write: bool) -> Result<(), Box<dyn Error>> {
    let mut table = HEAD.to_owned();
    for name in FIXTURES {
        let events = Input::new(&fixtures::named(name).ok_or("no such fixture")?)?.events.len();
        for (group, ways) in WORK {
            let mut core = None;
            for way in ways {
                let count = i64::try_from(callgrind::count(&[name, way])? / events)?;
                let core = *core.get_or_insert(count);
                let row = format!("| {name} | {group} | `{way}` | {count} | {} |", count - core);
                println!("{row}");
                writeln!(table, "{row}")?;
            }
        }
    }
    if write {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/ADAPTERS.md"), table)?;
    }
    Ok(())
}

/// What is received, in chunks of one event, and the same events to be sent: without IDs, as a numbered log gives its own.
struct Input {
    chunks: Vec<Bytes>,
    events: Vec<Event<'static>>,
}

impl Input {
    fn new(fixture: &Fixture) -> Result<Self, Box<dyn Error>> {
        let sample: Sample<'_> = fixture.sample(SAMPLE_BYTES);
        let mut stream = Bytes::copy_from_slice(sample.stream);
        let chunks = Cut::Blocks.chunks(&sample).map(|chunk| stream.split_to(chunk.len())).collect();
        let events = sample.events.iter().map(|sent| {
            let mut event = Event::new(sent.data.clone().leak());
            if let Some(event_type) = sent.type_field() {
                event = event.with_type(event_type.to_owned().leak())?;
            }
            Ok(event)
        });
        Ok(Self { chunks, events: events.collect::<Result<_, Box<dyn Error>>>()? })
    }

    /// Returns the number of events.
    fn run(&self, work: &str) -> Result<usize, Box<dyn Error>> {
        Ok(match work {
            "BytesDecoder" => self.decode(),
            "EventStream" => count_ready(self.source().map(Ok::<_, Infallible>).event_stream()),
            "BodyEvents" => count_ready(self.source().into_events()),
            "EventCodec" => self.decode_codec()?,
            "EventSource" => self.receive()?,
            "EventClient" => self.receive_client()?,
            "to_bytes" => {
                for event in &self.events {
                    black_box(event.to_bytes());
                }
                self.events.len()
            }
            "EventBody" => count_ready(EventBody::new(self.sent())),
            "EventBody with keep-alive" => {
                let sleep = |_: Duration| -> Pending<()> { pending() };
                count_ready(EventBody::new(self.sent()).with_keep_alive(Duration::from_secs(15), sleep))
            }
            "History" => self.push()?,
            "FanOut" => self.fan_out()?,
            _ => return Err("no such work".into()),
        })
    }

    #[inline(never)]
    fn decode(&self) -> usize {
        let (mut decoder, mut events) = (BytesDecoder::new(), 0);
        for chunk in &self.chunks {
            let mut chunk = BytesChunk::from(chunk.clone());
            events += decoder.iter_events(&mut chunk).map(black_box).count();
        }
        events
    }

    #[inline(never)]
    fn decode_codec(&self) -> Result<usize, Box<dyn Error>> {
        let (mut codec, mut events) = (EventCodec::new(), 0);
        let mut buffer = BytesMut::with_capacity(8 * 1024);
        for chunk in &self.chunks {
            // What `FramedRead` does: it reads into its buffer.
            buffer.extend_from_slice(chunk);
            while let Some(event) = codec.decode(&mut buffer)? {
                let _ = black_box(event);
                events += 1;
            }
        }
        Ok(events)
    }

    #[inline(never)]
    fn receive(&self) -> Result<usize, Box<dyn Error>> {
        let now = Duration::ZERO;
        let mut source = EventSource::with_decoder(BytesDecoder::new(), Policy::once(), 0);
        source.accept(now);
        let mut events = 0;
        for chunk in &self.chunks {
            let _ = black_box(source.step(now));
            let mut chunk = chunk.clone();
            while let Some(event) = source.next_event(now, &mut chunk)? {
                let _ = black_box(event);
                events += 1;
            }
        }
        Ok(events)
    }

    #[inline(never)]
    fn receive_client(&self) -> Result<usize, Box<dyn Error>> {
        let connect = |_: Request<()>| -> Ready<Result<Response<Source<Bytes>>, Infallible>> {
            let response = Response::builder().header("content-type", "text/event-stream").body(self.source());
            ready(Ok(response.unwrap_or_default()))
        };
        let sleep = |_: Duration| -> Pending<()> { pending() };
        let request = Request::get("http://localhost/").body(())?;
        Ok(count_ready(EventClient::new(request, connect, sleep).with_policy(Policy::once())))
    }

    #[inline(never)]
    fn push(&self) -> Result<usize, Box<dyn Error>> {
        let mut history = History::<Bytes>::numbered(0, Retention::default());
        let mut cursors = vec![history.live(); SUBSCRIBERS];
        let mut events = 0;
        for event in &self.events {
            history.push(Duration::ZERO, *event)?;
            for cursor in &mut cursors {
                while let Next::Event(bytes) = history.next(cursor) {
                    black_box(bytes.clone());
                    events += 1;
                }
            }
        }
        Ok(events / SUBSCRIBERS)
    }

    #[inline(never)]
    fn fan_out(&self) -> Result<usize, Box<dyn Error>> {
        let fan_out = FanOut::new(History::numbered(0, Retention::default()));
        let mut subscriptions: Vec<_> = (0..SUBSCRIBERS).map(|_| fan_out.subscribe(None)).collect();
        let mut cx = Context::from_waker(Waker::noop());
        let mut deliveries = 0;
        let mut poll_all = || {
            for subscription in &mut subscriptions {
                while let Poll::Ready(Some(delivery)) = subscription.poll_next_unpin(&mut cx) {
                    let _ = black_box(delivery);
                    deliveries += 1;
                }
            }
        };
        // Each subscriber is first sent an ID.
        poll_all();
        for event in &self.events {
            fan_out.send(*event)?;
            poll_all();
        }
        Ok((deliveries - SUBSCRIBERS) / SUBSCRIBERS)
    }

    fn source(&self) -> Source<Bytes> {
        Source::new(self.chunks.clone())
    }

    fn sent(&self) -> Source<Event<'static>> {
        Source::new(self.events.clone())
    }
}

const SUBSCRIBERS: usize = 100;

/// Yields items, and is pending after each.
#[derive(Default)]
struct Source<T> {
    items: std::vec::IntoIter<T>,
    is_pending: bool,
}

impl<T> Source<T> {
    fn new(items: Vec<T>) -> Self {
        Self { items: items.into_iter(), is_pending: false }
    }
}

impl<T: Unpin> Stream for Source<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        self.is_pending = !self.is_pending;
        if self.is_pending { Poll::Ready(self.items.next()) } else { Poll::Pending }
    }
}

impl Body for Source<Bytes> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_next(cx).map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
    }
}

/// Polls until the end, and returns the number of items.
#[inline(never)]
fn count_ready(stream: impl Stream) -> usize {
    let (mut stream, mut items) = (pin!(stream), 0);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        match stream.as_mut().poll_next(&mut cx) {
            Poll::Ready(Some(item)) => {
                black_box(item);
                items += 1;
            }
            Poll::Ready(None) => return items,
            Poll::Pending => {}
        }
    }
}

const HEAD: &str = "\
# The cost of the adapters

Written by `cargo bench --all-features --bench adapters -- --write`: instructions per event, counted by valgrind, with one event per
chunk and a source that is pending after each. The first of each group is the core, which does the same work without a stream, a body
or a task; the last column is the difference. `send to 100` is one event that 100 subscribers receive.

| fixture | work | by | per event | above the core |
|---|---|---|--:|--:|
";
