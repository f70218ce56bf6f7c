//! The owned event.

use alloc::string::String;
use core::time::Duration;

use crate::error::InvalidEvent;
use crate::event::borrowed::{Event, LastEventId, check_id, check_type, whole_milliseconds};
#[cfg(feature = "bytes")]
use crate::event::value_ranges::ValueRanges;

/// An owned [`Event`]: to be kept, sent to another thread, or built from values that do not live long.
///
/// All its text is in one allocation, with the last event ID that it may have inherited. It has the getters and the encoding
/// methods of [`Event`].
///
/// ```
/// use sse_proto::{Event, EventBuf};
///
/// let built = EventBuf::new("hello").with_id(&7.to_string())?;
/// assert_eq!((built.data(), built.id()), ("hello", Some("7")));
/// assert_eq!(built.to_string(), "id: 7\ndata: hello\n\n");
///
/// let copied: EventBuf = Event::new("hello").with_id("7")?.to_event_buf();
/// assert_eq!(copied, built);
/// assert_eq!(copied.into_data(), "hello");
/// # Ok::<(), sse_proto::InvalidEvent>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
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
    /// Returns an event of type `message` with this data, as [`Event::new`]. A `String` is taken over without a copy.
    pub fn new(data: impl Into<String>) -> Self {
        let text = data.into();
        Self { data_len: text.len(), text, has_data: true, ..Self::without_data() }
    }

    /// Returns a block without data, as [`Event::without_data`]. It does not allocate, and is also the default.
    pub const fn without_data() -> Self {
        Self { text: String::new(), data_len: 0, id_len: 0, has_data: false, has_id: false, retry: None }
    }

    /// Sets the event type, as [`Event::with_type`]. The text is reallocated at most once.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR or LF.
    pub fn with_type(mut self, event_type: &str) -> Result<Self, InvalidEvent> {
        check_type(event_type)?;
        self.text.reserve_exact(event_type.len());
        let id_start = self.id_start();
        self.text.replace_range(self.data_len..id_start, event_type);
        Ok(self)
    }

    /// Sets the `id` field, as [`Event::with_id`]. The text is reallocated at most once.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR, LF or NUL.
    pub fn with_id(mut self, id: &str) -> Result<Self, InvalidEvent> {
        check_id(id)?;
        self.text.truncate(self.id_start());
        self.text.reserve_exact(id.len());
        self.text.push_str(id);
        (self.id_len, self.has_id) = (id.len(), true);
        Ok(self)
    }

    /// Sets the `retry` field: the reconnection time, as [`Event::with_retry`].
    pub const fn with_retry(mut self, reconnection_time: Duration) -> Self {
        self.retry = Some(whole_milliseconds(reconnection_time));
        self
    }

    /// Where the ID starts, and the event type ends.
    fn id_start(&self) -> usize {
        self.text.len() - self.id_len
    }

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

    /// Whether the block has a `data` field, as [`Event::has_data`].
    #[must_use]
    pub const fn has_data(&self) -> bool {
        self.has_data
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

    /// The data, without a copy; empty if there is none. The capacity is that of the event's text.
    #[must_use]
    pub fn into_data(self) -> String {
        let mut text = self.text;
        text.truncate(self.data_len);
        text
    }

    /// The text, and where the values are in it.
    #[cfg(feature = "bytes")]
    pub(crate) fn into_parts(self) -> (String, ValueRanges) {
        let data = self.has_data.then_some(self.data_len);
        let type_len = self.id_start() - self.data_len;
        (self.text, ValueRanges::in_a_row(data, type_len, self.id_len, self.has_id).with_retry(self.retry))
    }
}

impl Event<'_> {
    /// Copies the event into an owned one: one allocation of exactly the size of its text.
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
    /// Copies, as [`Event::to_event_buf`].
    fn from(event: Event<'_>) -> Self {
        event.to_event_buf()
    }
}
