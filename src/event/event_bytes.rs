//! The owned event that may share the memory of the caller's chunk.
//!
//! An event that lies whole in a chunk, with at most one line per field, shares the memory of the chunk, or of a copy of a window
//! of it, and its values are ranges of that text. Any other event has its text in its own allocation.

use alloc::string::String;
use alloc::sync::Arc;
use core::ops::Range;
use core::time::Duration;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::event::borrowed::{Event, LastEventId};
use crate::event::event_buf::EventBuf;
use crate::event::value_ranges::ValueRanges;
use crate::text::append::append_text;

/// An owned event, mostly a slice of the chunk that it was decoded from: `Send`, `'static`, and cheap to clone.
///
/// # Memory
///
/// ```text
/// chunk    [ data: one\n\n | event: e\ndata: two\n\n | dat ]   one reference while the decoder reads it
///                    ^^^           ^         ^^^
/// events         first        second: type and data            one reference each; the last one frees the chunk
/// ```
///
/// An event that shares its chunk keeps the whole chunk allocated. An event that is cut by chunks, has several lines of a field,
/// or is not valid UTF-8, is copied. (With the feature `simdutf8`, text of which more than one byte in 32 is not ASCII is copied,
/// too: by [`iter_events`](crate::BytesDecoder::iter_events) up to 8 KiB at once, which the events in it share, otherwise each
/// event on its own.) Sharing costs nothing if events are dropped before the next chunk. Events that are stored for longer should
/// be [unshared](Self::unshare); [`is_shared`](Self::is_shared) says whether that would free memory.
///
/// ```
/// use bytes::Bytes;
/// use sse_proto::BytesDecoder;
///
/// let mut chunk = Bytes::from("data: hello\n\ndata: bye\n\n");
/// let event = BytesDecoder::new().next_event(&mut chunk)?.expect("a whole event");
/// assert_eq!(event.data(), "hello");
/// assert!(event.is_shared());
/// assert!(!event.unshare().is_shared());
/// assert_eq!(&chunk[..], b"data: bye\n\n");
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct EventBytes {
    text: ByteString,
    ranges: ValueRanges,
    /// The last event ID of an earlier block, if it is not in the text. One word, as events are moved often.
    inherited_id: Option<Arc<String>>,
}

impl EventBytes {
    /// The event, borrowed.
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        let ranges = &self.ranges;
        let id = match ranges.id() {
            Some(id) => LastEventId::Own(self.part(id)),
            None => LastEventId::Inherited(self.inherited_id()),
        };
        let data = ranges.data().map(|data| self.part(data));
        Event::from_parts(self.part(ranges.event_type()), data, id, ranges.retry())
    }

    /// The event type, as [`Event::event_type`].
    #[inline]
    #[must_use]
    pub fn event_type(&self) -> &str {
        match self.part(self.ranges.event_type()) {
            "" => "message",
            event_type => event_type,
        }
    }

    /// The data, as [`Event::data`].
    #[inline]
    #[must_use]
    pub fn data(&self) -> &str {
        self.ranges.data().map_or("", |data| self.part(data))
    }

    /// Whether the block has a `data` field, as [`Event::has_data`].
    #[inline]
    #[must_use]
    pub fn has_data(&self) -> bool {
        self.ranges.data().is_some()
    }

    /// The data as a slice of the same memory, without a copy. It keeps allocated what the event keeps allocated.
    #[must_use]
    pub fn data_bytes(&self) -> Bytes {
        self.text.as_bytes().slice(self.ranges.data().unwrap_or_default())
    }

    /// The data, without a copy; empty if there is none. It is valid UTF-8, and keeps allocated what the event kept allocated.
    ///
    /// ```
    /// use sse_proto::{EventBuf, EventBytes};
    ///
    /// let event = EventBytes::from(EventBuf::new("hello").with_id("7")?);
    /// assert_eq!(event.into_data(), "hello");
    /// # Ok::<(), sse_proto::InvalidEvent>(())
    /// ```
    #[must_use]
    pub fn into_data(self) -> Bytes {
        let Range { start, end } = self.ranges.data().unwrap_or_default();
        let mut data = self.text.into_bytes();
        data.truncate(end);
        data.advance(start.min(data.len()));
        data
    }

    /// The `id` field, as [`Event::id`].
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.ranges.id().map(|id| self.part(id))
    }

    /// The last event ID, as [`Event::last_event_id`].
    #[inline]
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.id().unwrap_or_else(|| self.inherited_id())
    }

    /// The `event` field, as [`Event::event_field`].
    #[inline]
    #[must_use]
    pub fn event_field(&self) -> Option<&str> {
        Some(self.part(self.ranges.event_type())).filter(|event_type| !event_type.is_empty())
    }

    /// The reconnection time, as [`Event::retry`].
    #[inline]
    #[must_use]
    pub fn retry(&self) -> Option<Duration> {
        self.ranges.retry().map(Duration::from_millis)
    }

    /// Whether this event shares the memory of its chunk, or of a copy of a part of it, and keeps all of that allocated. If not,
    /// its text is in its own allocation.
    #[inline]
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.ranges.are_shared()
    }

    /// Returns the event with its text in its own allocation: copied, at its exact size, if the event
    /// [is shared](Self::is_shared), else unchanged.
    pub fn unshare(self) -> Self {
        if self.is_shared() { Self::from(self.as_event()) } else { self }
    }

    /// The last event ID of an earlier block.
    #[inline]
    fn inherited_id(&self) -> &str {
        match &self.inherited_id {
            Some(id) => id,
            None => self.part(self.ranges.last_event_id()),
        }
    }

    #[inline]
    fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// An event whose values lie in this text, which others share.
    // Avoids moving the event, which costs as much as finding it.
    #[inline(always)]
    pub(crate) const fn shared(text: ByteString, ranges: ValueRanges, inherited_id: Option<Arc<String>>) -> Self {
        Self { text, ranges: ranges.shared(), inherited_id }
    }

    /// An event whose values lie in this text, which it owns alone.
    pub(crate) const fn from_text(text: ByteString, ranges: ValueRanges) -> Self {
        Self { text, ranges, inherited_id: None }
    }

    /// The same event with the last event ID of an earlier block, which is not in its text.
    #[inline]
    pub(crate) fn with_inherited_id(self, inherited_id: Option<Arc<String>>) -> Self {
        Self { inherited_id, ..self }
    }
}

/// A copy of the text that can be shared.
pub(crate) fn copied(text: &str) -> ByteString {
    let mut copy = String::with_capacity(text.len());
    append_text(&mut copy, text);
    ByteString::from(copy)
}

impl From<Event<'_>> for EventBytes {
    /// Copies into one allocation of exactly the size of the text.
    #[inline]
    fn from(event: Event<'_>) -> Self {
        let (event_type, id) = (event.event_field().unwrap_or_default(), event.last_event_id());
        let mut text = String::with_capacity(event.data().len() + event_type.len() + id.len());
        append_text(&mut text, event.data());
        if !event_type.is_empty() || !id.is_empty() {
            text.push_str(event_type);
            text.push_str(id);
        }
        Self::from_text(ByteString::from(text), ranges(&event))
    }
}

impl From<EventBuf> for EventBytes {
    /// Takes over the text of the event, with its capacity, without a copy.
    fn from(event: EventBuf) -> Self {
        let (text, ranges) = event.into_parts();
        Self::from_text(ByteString::from(text), ranges)
    }
}

impl From<&EventBuf> for EventBytes {
    /// Copies into one allocation of exactly the size of the text.
    fn from(event: &EventBuf) -> Self {
        Self::from(event.as_event())
    }
}

impl From<EventBytes> for EventBuf {
    /// Copies into one allocation of exactly the size of the text.
    fn from(event: EventBytes) -> Self {
        Self::from(event.as_event())
    }
}

impl From<&EventBytes> for EventBuf {
    /// Copies into one allocation of exactly the size of the text.
    fn from(event: &EventBytes) -> Self {
        Self::from(event.as_event())
    }
}

/// A block without data, as [`Event::without_data`].
impl Default for EventBytes {
    fn default() -> Self {
        Self::from(EventBuf::without_data())
    }
}

impl PartialEq<EventBuf> for EventBytes {
    fn eq(&self, other: &EventBuf) -> bool {
        self.as_event() == other.as_event()
    }
}

impl PartialEq<EventBytes> for EventBuf {
    fn eq(&self, other: &EventBytes) -> bool {
        self.as_event() == other.as_event()
    }
}

/// Where the values of the event are in a text of its data, its type and its ID, without gaps.
#[inline]
pub(crate) fn ranges(event: &Event<'_>) -> ValueRanges {
    let data = event.has_data().then_some(event.data().len());
    let event_type = event.event_field().unwrap_or_default();
    ValueRanges::in_a_row(data, event_type.len(), event.last_event_id().len(), event.id().is_some())
        .with_retry(event.retry_milliseconds())
}
