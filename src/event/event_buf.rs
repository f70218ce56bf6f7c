//! The owned event.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::event::borrowed::{Event, LastEventId};

/// An owned [`Event`]: what to keep of one, or to send to another thread.
///
/// All its text is in one allocation of exactly its size, however large the decoder's buffers were.
///
/// ```
/// use sse_proto::{Event, EventBuf};
///
/// let kept: EventBuf = Event::new("hello").with_id("7")?.to_event_buf();
/// assert_eq!(kept.data(), "hello");
/// assert_eq!(kept.id(), Some("7"));
/// assert_eq!(kept, Event::new("hello").with_id("7")?);
/// assert_eq!(kept.into_data(), "hello");
/// # Ok::<(), sse_proto::InvalidEvent>(())
/// ```
#[derive(Clone)]
pub struct EventBuf {
    /// The data, the event type, the last event ID.
    text: String,
    data_len: usize,
    id_len: usize,
    has_data: bool,
    /// Whether the ID is that of the event's own block.
    has_id: bool,
    retry: Option<u64>,
}

impl EventBuf {
    /// The event, borrowed.
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        let (data, names) = self.text.split_at_checked(self.data_len).unwrap_or_default();
        let (event_type, id) = names.split_at_checked(names.len() - self.id_len).unwrap_or_default();
        let id = if self.has_id { LastEventId::Own(id) } else { LastEventId::Inherited(id) };
        Event::from_parts(event_type, self.has_data.then_some(data), id, self.retry)
    }

    /// The event type, as [`Event::event_type`].
    #[must_use]
    pub fn event_type(&self) -> &str {
        self.as_event().event_type()
    }

    /// The data, as [`Event::data`].
    #[must_use]
    pub fn data(&self) -> &str {
        self.as_event().data()
    }

    /// The `id` field, as [`Event::id`].
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.as_event().id()
    }

    /// The last event ID, as [`Event::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.as_event().last_event_id()
    }

    /// The `event` field, as [`Event::event_field`].
    #[must_use]
    pub fn event_field(&self) -> Option<&str> {
        self.as_event().event_field()
    }

    /// The reconnection time, as [`Event::retry`].
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.as_event().retry()
    }

    /// The data, without a copy.
    #[must_use]
    pub fn into_data(self) -> String {
        let mut text = self.text;
        text.truncate(self.data_len);
        text
    }
}

impl Event<'_> {
    /// Copies the event into an owned one: one allocation.
    #[must_use]
    pub fn to_event_buf(&self) -> EventBuf {
        let (event_type, id) = (self.event_field().unwrap_or_default(), self.last_event_id());
        let mut text = String::with_capacity(self.data().len() + event_type.len() + id.len());
        text.push_str(self.data());
        text.push_str(event_type);
        text.push_str(id);
        EventBuf {
            text,
            data_len: self.data().len(),
            id_len: id.len(),
            has_data: self.has_data(),
            has_id: self.id().is_some(),
            retry: self.retry_milliseconds(),
        }
    }
}

impl From<Event<'_>> for EventBuf {
    fn from(event: Event<'_>) -> Self {
        event.to_event_buf()
    }
}

impl PartialEq for EventBuf {
    fn eq(&self, other: &Self) -> bool {
        self.as_event() == other.as_event()
    }
}

impl Eq for EventBuf {}

impl PartialEq<Event<'_>> for EventBuf {
    fn eq(&self, other: &Event<'_>) -> bool {
        self.as_event() == *other
    }
}

impl PartialEq<EventBuf> for Event<'_> {
    fn eq(&self, other: &EventBuf) -> bool {
        *self == other.as_event()
    }
}

impl core::hash::Hash for EventBuf {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_event().hash(state);
    }
}

impl fmt::Debug for EventBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_event().fmt(f)
    }
}
