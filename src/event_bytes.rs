//! Owned events at the price of borrowed ones: slices of the caller's chunks.
//!
//! The way of an event: if it lies whole in the chunk, and the text there is ASCII or nearly, it shares the memory of the chunk,
//! and its fields are ranges of that (see `shared_blocks`). Other text is copied. An event that does not lie whole in the
//! chunk was kept by the decoder, and what was kept is taken over or copied.

use alloc::string::String;
use core::fmt;
use core::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;

use crate::block::Block;
use crate::error::TooLarge;
use crate::event::Event;
use crate::heap::Heap;
use crate::lines::Lines;

/// An owned event: `Send`, `'static`, cheap to clone; where it lay whole in a chunk of text that is ASCII, or nearly, a slice
/// of the chunk.
///
/// # What it keeps alive
///
/// An event that shares its chunk keeps the whole chunk allocated, for as long as it lives. Most events are used and
/// dropped before the next one comes, and then sharing costs nothing. Whoever keeps events should
/// [`detach`](Self::detach) them; [`is_shared`](Self::is_shared) says whether that would free something.
///
/// ```
/// use bytes::Bytes;
/// use sse_proto::SharedDecoder;
///
/// let mut chunk = Bytes::from("data: hello\n\ndata: bye\n\n");
/// let event = SharedDecoder::new().next_event(&mut chunk)?.expect("a whole event");
/// assert_eq!(event.data(), "hello");
/// assert!(event.is_shared());
/// assert!(!event.detach().is_shared());
/// assert_eq!(&chunk[..], b"data: bye\n\n");
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct EventBytes {
    text: ByteString,
    places: Places,
    memory: Memory,
}

impl EventBytes {
    /// The event, borrowed.
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        let id = self.places.id.clone().map(|id| self.part(id));
        Event::from_parts(
            self.part(self.places.event_type.clone()),
            self.places.data.clone().map(|data| self.part(data)),
            id,
            self.places.retry,
        )
    }

    /// The event type, as [`Event::event_type`].
    #[inline]
    #[must_use]
    pub fn event_type(&self) -> &str {
        if self.places.event_type.is_empty() { "message" } else { self.part(self.places.event_type.clone()) }
    }

    /// The data, as [`Event::data`].
    #[inline]
    #[must_use]
    pub fn data(&self) -> &str {
        self.places.data.clone().map_or("", |data| self.part(data))
    }

    /// The data as a slice of the same memory: no copy. It keeps alive what the event keeps alive.
    #[must_use]
    pub fn data_bytes(&self) -> Bytes {
        self.text.as_bytes().slice(self.places.data.clone().unwrap_or_default())
    }

    /// The `id` field, as [`Event::id`].
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.places.id.clone().map(|id| self.part(id))
    }

    /// The `retry` field in milliseconds, as [`Event::retry`].
    #[inline]
    #[must_use]
    pub const fn retry(&self) -> Option<u64> {
        self.places.retry
    }

    /// Whether this event is a slice of its chunk and so keeps all of that alive; else it has memory of its own, of just its
    /// size.
    #[inline]
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        matches!(self.memory, Memory::Chunk)
    }

    /// The event in memory of its own, of just its size: one copy, if it shares a chunk.
    #[must_use]
    pub fn detach(self) -> Self {
        if self.is_shared() { Self::from(self.as_event()) } else { self }
    }

    #[inline]
    fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// An event whose values lie in this text, a part of the chunk.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) const fn shared(text: ByteString, places: Places) -> Self {
        Self { text, places, memory: Memory::Chunk }
    }

    /// An event whose values lie in this text, which is copied.
    pub(crate) fn copied(text: &str, places: Places) -> Self {
        Self { text: ByteString::from(String::from(text)), places, memory: Memory::Own }
    }

    /// An event that was dispatched out of what is kept.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn keep(block: &mut Block<Heap>) -> Result<Self, TooLarge> {
        // Small ones are copied, so that the decoder stays warm. It does not keep the memory of large ones anyway.
        match block.kept.small_data() {
            Some(data) => Ok(Self::from(block.lend_with(data))),
            None => Self::keep_apart(block),
        }
    }

    /// Large ones, and those that are not text: their data is taken over.
    #[inline(never)]
    fn keep_apart(block: &mut Block<Heap>) -> Result<Self, TooLarge> {
        block.validate_data()?;
        let event = block.lend();
        let names = String::from(event.type_field()) + event.id().unwrap_or_default();
        let (type_len, has_id, retry) = (event.type_field().len(), event.id().is_some(), event.retry());
        Ok(Self::own(block.kept.take_data(), &names, type_len, has_id, retry))
    }

    /// An event that has its data in this string, and its names behind it.
    fn own(mut text: String, names: &str, type_len: usize, has_id: bool, retry: Option<u64>) -> Self {
        let data = 0..text.len();
        text.reserve_exact(names.len());
        text.push_str(names);
        text.shrink_to_fit();
        let type_end = data.end + type_len;
        let id = has_id.then_some(type_end..text.len());
        let places = Places { event_type: data.end..type_end, data: Some(data), id, retry };
        Self { text: ByteString::from(text), places, memory: Memory::Own }
    }
}

impl From<Event<'_>> for EventBytes {
    /// Copies: one allocation of just the size.
    #[inline]
    fn from(event: Event<'_>) -> Self {
        let (event_type, id) = (event.type_field(), event.id());
        let mut text = String::with_capacity(event.data().len() + event_type.len() + id.map_or(0, str::len));
        text.push_str(event.data());
        if !event_type.is_empty() || id.is_some() {
            text.push_str(event_type);
            text.push_str(id.unwrap_or_default());
        }
        let type_start = event.data().len();
        let id_start = type_start + event_type.len();
        let places = Places {
            data: event.has_data().then_some(0..type_start),
            event_type: type_start..id_start,
            id: id.map(|_| id_start..text.len()),
            retry: event.retry(),
        };
        Self { text: ByteString::from(text), places, memory: Memory::Own }
    }
}

impl fmt::Debug for EventBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_event().fmt(f)
    }
}

impl PartialEq for EventBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_event() == other.as_event()
    }
}

impl Eq for EventBytes {}

impl PartialEq<Event<'_>> for EventBytes {
    fn eq(&self, other: &Event<'_>) -> bool {
        self.as_event() == *other
    }
}

impl core::hash::Hash for EventBytes {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.as_event().hash(state);
    }
}

/// Whose memory the text is in.
///
/// As large as a register: events are moved often, and padding is dear to move.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Memory {
    Own,
    Chunk,
}

/// Where the fields are.
#[derive(Clone)]
pub(crate) struct Places {
    data: Option<Range<usize>>,
    event_type: Range<usize>,
    id: Option<Range<usize>>,
    retry: Option<u64>,
}

impl Places {
    /// Where the values of these lines are in these bytes, if all are.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn of(lines: &Lines<'_>, bytes: &[u8]) -> Option<Self> {
        let name = |part: Option<&[u8]>| match part {
            Some(part) => place(part, bytes).map(Some),
            None => Some(None),
        };
        let (event_type, id) = (name(lines.event_type)?, name(lines.id)?);
        Some(Self {
            data: Some(place(lines.data?, bytes)?),
            event_type: event_type.unwrap_or_default(),
            id,
            retry: None,
        })
    }

    /// The part of the bytes that has all values. They are in that now.
    #[inline]
    pub(crate) fn trim(&mut self) -> Range<usize> {
        let data = self.data.clone().unwrap_or_default();
        let id = self.id.clone().unwrap_or_else(|| data.clone());
        let event_type = if self.event_type.end > 0 { self.event_type.clone() } else { data.clone() };
        let start = data.start.min(id.start).min(event_type.start);
        let end = data.end.max(id.end).max(event_type.end);
        let within = |place: Range<usize>| place.start.saturating_sub(start)..place.end.saturating_sub(start);
        self.data = self.data.clone().map(within);
        self.id = self.id.clone().map(within);
        self.event_type = within(self.event_type.clone());
        start..end
    }

    /// The event is complete, and is text: its `retry` and its `id` count.
    #[inline]
    pub(crate) fn complete(&mut self, block: &mut Block<Heap>, lines: &Lines<'_>) {
        self.retry = block.take_retry_of_event();
        if let Some(id) = lines.id {
            block.kept.set_last_event_id(id);
        }
    }
}

/// Where in the bytes a part of them lies. (The value of a field without a colon lies nowhere.)
#[inline]
fn place(part: &[u8], bytes: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= bytes.len()).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::lines::Lines;

    /// What is copied in one piece begins with the first value and ends with the last.
    #[test]
    fn the_values_and_no_more() {
        let event = b"data: hello\nevent: a\nid: 12\n\n";
        let (data, event_type, id) = (&event[6..11], &event[19..20], &event[25..27]);
        for (lines, expected) in [
            (Lines { data: Some(data), ..Lines::default() }, 6..11),
            (Lines { data: Some(data), event_type: Some(event_type), ..Lines::default() }, 6..20),
            (Lines { data: Some(data), event_type: Some(event_type), id: Some(id), ..Lines::default() }, 6..27),
        ] {
            let mut places = Places::of(&lines, event).unwrap();
            assert_eq!(places.trim(), expected);
            assert_eq!(places.data, Some(0..5));
        }
    }
}
