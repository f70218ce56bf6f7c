//! Streams to send, and what must arrive.

use std::collections::BTreeMap;
use std::io;

use bytes::Bytes;
use futures_util::{Stream, stream};
use sse_proto::{Comment, Event, EventBuf, EventBytes};
use tokio::task;

use crate::figures::Figures;

/// What is compared of an event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs)]
pub struct Seen {
    /// The type.
    pub event_type: String,
    /// The data.
    pub data: String,
    /// The last event ID.
    pub last_event_id: String,
}

impl From<&EventBytes> for Seen {
    fn from(event: &EventBytes) -> Self {
        let (event_type, data) = (event.event_type().to_owned(), event.data().to_owned());
        Self { event_type, data, last_event_id: event.last_event_id().to_owned() }
    }
}

impl From<&EventBuf> for Seen {
    fn from(event: &EventBuf) -> Self {
        let (event_type, data) = (event.event_type().to_owned(), event.data().to_owned());
        Self { event_type, data, last_event_id: event.last_event_id().to_owned() }
    }
}

/// An encoded stream with events of every kind, comments, and all line ends, and the events that it carries.
///
/// # Panics
///
/// If a field is not valid, which none is.
#[must_use]
pub fn sample(events: usize) -> (Bytes, Vec<Seen>) {
    let (mut bytes, mut expected) = (b"\xEF\xBB\xBF".to_vec(), Vec::new());
    let mut last_event_id = String::new();
    for number in 0..events {
        let data = match number % 8 {
            0 => format!("{{\"number\": {number}}}"),
            1 => format!("{number}\nof two lines"),
            2 => format!("Grüße, 世界 🌍 {number}"),
            3 => String::new(),
            4 => format!("  spaces {number} "),
            5 => format!("long {number} {}", "x".repeat(number % 1000)),
            6 => format!("id: {number}\n\ndata: not a field"),
            _ => "\n".repeat(number % 5),
        };
        let (event_type, id) = (format!("type-{}", number % 3), format!("id-{number}"));
        let mut event = Event::new(&data);
        if number % 3 != 0 {
            event = event.with_type(&event_type).expect("a valid type");
        }
        if number % 5 != 4 {
            event = event.with_id(&id).expect("a valid ID");
            last_event_id.clone_from(&id);
        }
        let mut block = event.to_string();
        if number % 4 == 0 {
            block.insert_str(0, &Comment::new("a comment").to_string());
        }
        match number % 3 {
            0 => {}
            1 => block = block.replace('\n', "\r\n"),
            _ => block = block.replace('\n', "\r"),
        }
        bytes.extend_from_slice(block.as_bytes());
        expected.push(Seen { event_type: event.event_type().to_owned(), data, last_event_id: last_event_id.clone() });
    }
    (bytes.into(), expected)
}

/// Cuts an encoded stream into frames of this size. Between two frames the server may flush, so that each is sent alone.
pub fn frames(bytes: Bytes, size: usize) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::unfold(bytes, move |mut bytes| async move {
        task::yield_now().await;
        if bytes.is_empty() {
            return None;
        }
        let frame = bytes.split_to(size.min(bytes.len()));
        Some((Ok(frame), bytes))
    })
}

/// Which events of a numbered log have arrived at one client, and how often.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    arrived: BTreeMap<u64, u64>,
    disordered: u64,
}

impl Ledger {
    /// An event with this number has arrived.
    pub fn arrive(&mut self, number: u64) {
        if self.arrived.last_key_value().is_some_and(|(&last, _)| last > number) {
            self.disordered += 1;
        }
        *self.arrived.entry(number).or_default() += 1;
    }

    /// How many different events have arrived.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.arrived.len() as u64
    }

    /// Whether none has arrived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }

    /// Adds to the figures what has arrived of these numbers, and what has not.
    pub fn count(&self, numbers: impl IntoIterator<Item = u64>, figures: &mut Figures) {
        let all: u64 = self.arrived.values().sum();
        figures.events += all;
        figures.doubled += all - self.len();
        figures.disordered += self.disordered;
        let lost = numbers.into_iter().filter(|number| !self.arrived.contains_key(number)).collect::<Vec<_>>();
        if let (Some(first), Some(last)) = (lost.first(), lost.last()) {
            figures.missing.push(format!("one client missed {} events from {first} to {last}", lost.len()));
        }
        figures.lost += lost.len() as u64;
    }
}
