//! The encoders: this crate in each of its ways, and its peers.
//!
//! All begin with borrowed text and construct an event from it, which is timed. Constructing one of ours checks its values.
//! Peers whose events are owned are also measured with events that are constructed beforehand ("prebuilt").

use std::fmt::Write as _;
use std::hint::black_box;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use std::vec::IntoIter;

use axum::response::IntoResponse as _;
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use sse_proto::{DataWriter, Event, InvalidEvent};
use tokio_util::codec::Encoder as _;

use super::owned::SseCore;
use crate::fixtures::Sent;
use crate::source::Ready;
use crate::timing::Pass;
use crate::verify::verify;

/// A way to encode.
pub struct Contender {
    pub name: &'static str,
    /// Encodes the events repeatedly and measures the time.
    run: Box<dyn Fn(&'static [Sent]) -> Run>,
}

type Run = Box<dyn FnMut(&mut Sink) -> Duration>;

/// Discards the encoded bytes, or collects them into a vector.
pub struct Sink(Option<Vec<u8>>);

impl Sink {
    #[inline]
    fn take(&mut self, bytes: &[u8]) {
        black_box(bytes);
        if let Some(all) = &mut self.0 {
            all.extend_from_slice(bytes);
        }
    }
}

/// Ours with a reused buffer, the peers, our other ways.
pub fn contenders() -> Vec<Contender> {
    vec![
        Contender::new("sse-proto", |sent| sent, into_reused_buffer),
        Contender::new("sse-stream", |sent| sent, |sent, (), sink| sse_stream(sent.map(sse_stream_event), sink)),
        Contender::new("russe", |sent| sent, |sent, buffer, sink| russe(sent.map(russe_event), buffer, sink)),
        Contender::new("axum", |sent| sent, axum),
        Contender::new("sse-stream, prebuilt", sse_stream_event, |events, (), sink| sse_stream(events, sink)),
        Contender::new("russe, prebuilt", russe_event, russe),
        Contender::new("fresh `Bytes`", |sent| sent, into_fresh_bytes),
        Contender::new("`write!`", |sent| sent, write),
        Contender::new("1 KiB at a time", |sent| sent, into_small_buffer),
        Contender::new("`DataWriter`", |sent| sent, data_writer),
    ]
}

/// Where the peers are among the results: after ours with default features and with `fast`.
pub const PEERS: Range<usize> = 2..7;
/// The peers that construct their events within the measured time, as we do.
pub const WHOLE_PEERS: Range<usize> = 2..5;

impl Contender {
    /// `B` is the reused buffer.
    fn new<E: Clone + 'static, B: Default + 'static>(
        name: &'static str,
        prepare: fn(&'static Sent) -> E,
        encode: fn(IntoIter<E>, &mut B, &mut Sink),
    ) -> Self {
        let run = move |sent: &'static [Sent]| {
            let events: Vec<E> = sent.iter().map(prepare).collect();
            let mut buffer = B::default();
            Box::new(move |sink: &mut Sink| {
                let events = events.clone().into_iter();
                let start = Instant::now();
                encode(events, &mut buffer, sink);
                start.elapsed()
            }) as Run
        };
        Self { name, run: Box::new(run) }
    }

    /// Decodes the encoded events with another decoder than ours, and compares them.
    pub fn verify(&self, sent: &'static [Sent]) -> Result<(), String> {
        let mut sink = Sink(Some(Vec::new()));
        (self.run)(sent)(&mut sink);
        verify::<Bytes, SseCore>([Bytes::from(sink.0.unwrap_or_default())].into_iter(), sent)
    }

    pub fn pass(&self, sent: &'static [Sent]) -> Pass<'static> {
        let mut run = (self.run)(sent);
        Box::new(move || run(&mut Sink(None)))
    }
}

/// Encodes an event once; an error if the encoder refuses it.
pub type Once = fn(&Sent) -> Result<Vec<u8>, String>;

/// Each encoder, for a single event with any values. The event is constructed as its documentation shows.
pub fn once() -> [(&'static str, Once); 4] {
    [("sse-proto", once_ours), ("sse-stream", once_sse_stream), ("russe", once_russe), ("axum", once_axum)]
}

fn once_ours(sent: &Sent) -> Result<Vec<u8>, String> {
    let event = try_event(sent, Event::new(&sent.data)).map_err(|error| error.to_string())?;
    let mut encoded = Vec::new();
    event.encode_into(&mut encoded);
    Ok(encoded)
}

fn once_sse_stream(sent: &Sent) -> Result<Vec<u8>, String> {
    sse_stream_event(sent).encode().map(Vec::from).map_err(|error| error.to_string())
}

fn once_russe(sent: &Sent) -> Result<Vec<u8>, String> {
    let mut encoded = BytesMut::new();
    russe::Encoder::default().encode(russe_event(sent), &mut encoded).map_err(|error| error.to_string())?;
    Ok(encoded.to_vec())
}

/// It has no errors.
#[allow(clippy::unnecessary_wraps, reason = "the type of all encoders")]
fn once_axum(sent: &Sent) -> Result<Vec<u8>, String> {
    let mut encoded = Vec::new();
    axum_body([axum_event(sent)].into_iter(), |bytes| encoded.extend_from_slice(bytes));
    Ok(encoded)
}

/// Constructs the event as users do, in the function that encodes it.
#[inline(always)]
#[allow(clippy::inline_always, reason = "users write this inline")]
pub fn event<'e>(sent: &'e Sent, event: Event<'e>) -> Event<'e> {
    try_event(sent, event).expect("a valid event")
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "users write this inline")]
fn try_event<'e>(sent: &'e Sent, event: Event<'e>) -> Result<Event<'e>, InvalidEvent> {
    let named = match sent.type_field() {
        Some(event_type) => event.with_type(event_type),
        None => Ok(event),
    };
    let event = match &sent.id {
        Some(id) => named.and_then(|event| event.with_id(id)),
        None => named,
    }?;
    Ok(if let Some(retry) = sent.retry { event.with_retry(Duration::from_millis(retry)) } else { event })
}

#[inline(never)]
fn into_reused_buffer(events: IntoIter<&'static Sent>, buffer: &mut Vec<u8>, sink: &mut Sink) {
    for sent in events {
        buffer.clear();
        event(sent, Event::new(&sent.data)).encode_into(buffer);
        sink.take(buffer);
    }
}

#[inline(never)]
fn into_fresh_bytes(events: IntoIter<&'static Sent>, (): &mut (), sink: &mut Sink) {
    for sent in events {
        sink.take(&event(sent, Event::new(&sent.data)).to_bytes());
    }
}

#[inline(never)]
fn write(events: IntoIter<&'static Sent>, buffer: &mut String, sink: &mut Sink) {
    for sent in events {
        buffer.clear();
        write!(buffer, "{}", event(sent, Event::new(&sent.data))).expect("writing to a `String` cannot fail");
        sink.take(buffer.as_bytes());
    }
}

struct Small([u8; 1024]);

impl Default for Small {
    fn default() -> Self {
        Self([0; 1024])
    }
}

#[inline(never)]
fn into_small_buffer(events: IntoIter<&'static Sent>, buffer: &mut Small, sink: &mut Sink) {
    for sent in events {
        let mut encoder = event(sent, Event::new(&sent.data)).encode();
        while encoder.remaining() > 0 {
            let n = encoder.copy_to(&mut buffer.0);
            sink.take(&buffer.0[..n]);
        }
    }
}

#[inline(never)]
fn data_writer(events: IntoIter<&'static Sent>, buffer: &mut String, sink: &mut Sink) {
    for sent in events {
        buffer.clear();
        let head = event(sent, Event::without_data());
        let mut writer = DataWriter::new(&mut *buffer, head).expect("writing to a `String` cannot fail");
        writer.write_str(&sent.data).and_then(|()| writer.finish()).expect("writing to a `String` cannot fail");
        sink.take(buffer.as_bytes());
    }
}

fn sse_stream_event(sent: &Sent) -> sse_stream::Sse {
    sse_stream::Sse {
        event: sent.type_field().map(str::to_owned),
        data: Some(sent.data.clone()),
        id: sent.id.clone(),
        retry: sent.retry,
    }
}

/// Returns new `Bytes`; there is no other way.
#[inline(never)]
fn sse_stream(events: impl Iterator<Item = sse_stream::Sse>, sink: &mut Sink) {
    for event in events {
        sink.take(&event.encode().expect("a valid event"));
    }
}

fn russe_event(sent: &Sent) -> russe::Event {
    russe::Event::Message(russe::Message {
        data: sent.data.clone().into(),
        event: sent.type_field().map(Into::into),
        retry: sent.retry.map(Duration::from_millis),
        id: sent.id.as_deref().map(Into::into),
    })
}

#[inline(never)]
fn russe(events: impl Iterator<Item = russe::Event>, buffer: &mut BytesMut, sink: &mut Sink) {
    for event in events {
        buffer.clear();
        russe::Encoder::default().encode(event, buffer).expect("a valid event");
        sink.take(buffer);
    }
}

/// The encoded bytes are only available from a response.
#[inline(never)]
fn axum(events: IntoIter<&'static Sent>, (): &mut (), sink: &mut Sink) {
    axum_body(events.map(axum_event), |bytes| sink.take(bytes));
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "users write this inline")]
fn axum_event(sent: &Sent) -> axum::response::sse::Event {
    let mut event = axum::response::sse::Event::default();
    if let Some(event_type) = sent.type_field() {
        event = event.event(event_type);
    }
    if let Some(id) = &sent.id {
        event = event.id(id);
    }
    if let Some(retry) = sent.retry {
        event = event.retry(Duration::from_millis(retry));
    }
    event.data(&sent.data)
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "the loop that is measured")]
fn axum_body(
    events: impl Iterator<Item = axum::response::sse::Event> + Unpin + Send + 'static,
    mut take: impl FnMut(&[u8]),
) {
    let mut body = axum::response::Sse::new(Ready(events)).into_response().into_body();
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut context) {
        take(&frame.ok().and_then(|frame| frame.into_data().ok()).expect("data"));
    }
}
