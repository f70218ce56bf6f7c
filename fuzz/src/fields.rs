//! Events constructed from arbitrary bytes.

use std::time::Duration;

use sse_proto::{Event, InvalidEvent};

use crate::input::Input;
use crate::support::cases::CASES;
use crate::support::reference::{Outcome, Seen};

/// The fields of an event, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    pub(crate) data: Option<String>,
    pub(crate) event_type: String,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<u64>,
}

/// Separates the texts. It is never part of UTF-8.
const SEPARATOR: u8 = 0xFF;

impl Fields {
    /// Input: data, event type and id; then `retry`, eight bytes; then a byte whose bits say which of data, id and retry are
    /// present.
    pub(crate) fn take(input: &mut Input<'_>) -> Self {
        let [present] = input.take();
        let retry = u64::from_le_bytes(input.take());
        let mut texts = input.0.splitn(3, |&byte| byte == SEPARATOR).map(String::from_utf8_lossy);
        let mut text = || texts.next().unwrap_or_default().into_owned();
        let (data, event_type, id) = (text(), text(), text());
        let has = |bit| present & bit != 0;
        Self { data: has(1).then_some(data), event_type, id: has(2).then_some(id), retry: has(4).then_some(retry) }
    }

    /// The event, or the error if a value is rejected.
    pub(crate) fn event(&self) -> Result<Event<'_>, InvalidEvent> {
        let event = self.data.as_deref().map_or(Event::without_data(), Event::new).with_type(&self.event_type)?;
        let event = if let Some(id) = &self.id { event.with_id(id)? } else { event };
        Ok(self.retry.map_or(event, |retry| event.with_retry(Duration::from_millis(retry))))
    }

    /// What a receiver of the event sees, if it is sent `times` times.
    pub(crate) fn received(&self, times: usize) -> Seen {
        let last_event_id = self.id.clone().unwrap_or_default();
        let event_type = if self.event_type.is_empty() { "message" } else { &self.event_type };
        let outcome = self.data.as_deref().map(|data| Outcome::Event {
            event_type: event_type.to_owned(),
            data: data.replace("\r\n", "\n").replace('\r', "\n"),
            id: self.id.clone(),
            retry: self.retry,
            last_event_id: last_event_id.clone(),
            after: 0,
        });
        let outcomes = outcome.map_or_else(Vec::new, |outcome| vec![outcome; times]);
        Seen { outcomes, last_event_id, reconnection_time: self.retry, ..Seen::default() }
    }
}

/// The events of the case table, and its streams as each of the texts, in the form of [`Fields::take`].
pub(crate) fn seeds() -> impl Iterator<Item = Vec<u8>> {
    let events = CASES.iter().flat_map(|case| {
        let retry = case.reconnection_time.unwrap_or_default();
        let input = move |&(event_type, data, id): &(&str, &str, &str)| {
            [data.as_bytes(), event_type.as_bytes(), id.as_bytes()]
                .join(&SEPARATOR)
                .into_iter()
                .chain(retry.to_le_bytes())
        };
        case.events.iter().map(input).map(|input| input.chain([7]).collect())
    });
    let streams = CASES.iter().map(|case| [&[case.stream; 3].join(&SEPARATOR)[..], &[0; 8], &[3]].concat());
    events.chain(streams)
}
