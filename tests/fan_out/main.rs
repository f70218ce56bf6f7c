//! One log, many subscribers.
#![cfg(feature = "fan-out")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use sse_proto::adapters::Encoded;
use sse_proto::adapters::fan_out::{Delivery, FanOut};
use sse_proto::server::{History, Retention};
use sse_proto::{Decoder, Event, EventBuf};

mod backlog;
mod cluster;
mod cost;
mod deliveries;
mod endings;
mod gaps;
mod http_body;
mod runtime;
mod simulated_log;
mod threads;
mod wakers;
mod wakeups;

#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]
mod random;

/// A waker that counts.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Counter {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Polls with a waker that does nothing.
fn poll<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()))
}

/// What a poll gives, as text: what is sent, `gap 3`, `pending` or `end`.
fn next<S: Stream + Unpin>(stream: &mut S) -> String
where
    S::Item: Text,
{
    match poll(stream) {
        Poll::Ready(Some(item)) => item.text(),
        Poll::Ready(None) => "end".to_owned(),
        Poll::Pending => "pending".to_owned(),
    }
}

/// All that polls give until there is nothing more. The last one is `pending` or `end`.
fn read<S: Stream + Unpin>(stream: &mut S) -> Vec<String>
where
    S::Item: Text,
{
    let mut read = vec![next(stream)];
    while !matches!(read.last().unwrap().as_str(), "pending" | "end") {
        assert!(read.len() < 1000, "{read:?}");
        read.push(next(stream));
    }
    read
}

trait Text {
    fn text(self) -> String;
}

impl Text for Delivery {
    fn text(self) -> String {
        match self {
            Self::Event(encoded) => encoded.text(),
            Self::Gap { missed: None, .. } => "gap".to_owned(),
            Self::Gap { missed: Some(missed), .. } => format!("gap {missed}"),
        }
    }
}

/// The ID and the data of an event, its type and data if it has no ID, or the ID of a block without data.
impl Text for Encoded {
    fn text(self) -> String {
        let mut decoder = Decoder::new();
        let mut input = &self.as_bytes()[..];
        let event = decoder.next_event(&mut input).unwrap().map(|event| event.to_event_buf());
        assert!(input.is_empty(), "one block");
        match event {
            Some(event) if event.id().is_none() => format!("{}: {}", event.event_type(), event.data()),
            Some(event) => format!("{} {}", event.id().unwrap(), event.data()),
            None => decoder.last_event_id().to_owned(),
        }
    }
}

impl<T: Text, E: std::fmt::Display> Text for Result<T, E> {
    fn text(self) -> String {
        self.map_or_else(|error| format!("error {error}"), Text::text)
    }
}

/// A numbered log of the epoch 7.
fn numbered(retention: Retention) -> FanOut {
    FanOut::new(History::numbered(7, retention))
}

/// A log with the IDs of the application. It continues after the event `a`.
fn opaque(retention: Retention) -> FanOut {
    FanOut::new(History::opaque_after("a", retention).unwrap())
}

fn at_most(events: usize) -> Retention {
    Retention::default().with_max_events(events)
}

/// Sends an event that has no ID.
fn send(fan_out: &FanOut, data: &str) {
    fan_out.send(Event::new(data)).unwrap();
}

/// Sends an event whose ID is also its data.
fn send_id(fan_out: &FanOut, id: &str) {
    fan_out.send(&event(id)).unwrap();
}

fn event(id: &str) -> EventBuf {
    EventBuf::new(id).with_id(id).unwrap()
}

fn bytes(delivery: Poll<Option<Delivery>>) -> Bytes {
    match delivery {
        Poll::Ready(Some(Delivery::Event(encoded))) => encoded.into_bytes(),
        other => panic!("{other:?}"),
    }
}

/// Runs a test that might hang. It must not take longer than this.
fn within(time: Duration, test: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        test();
        sender.send(()).unwrap();
    });
    match receiver.recv_timeout(time) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it has not come to an end within {time:?}"),
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => {
            if let Err(panic) = thread.join() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}
