//! Owned events at the price of borrowed ones: slices of the caller's chunks. And the encoder in the words of `bytes`.
//!
//! The way of an event: if it lies whole in the chunk, one slice of the chunk is taken from its first value to the end of
//! its last, made text as a whole, and the fields are ranges of it. If not, it was kept by the decoder, and what was kept
//! is taken over or copied.

use alloc::string::String;
use core::fmt;
use core::ops::Range;
use core::time::Duration;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::block::Block;
use crate::decoder::{Complete, Decoder, Limits};
use crate::encoder::Encoder;
use crate::error::{DecodeError, InvalidEvent};
use crate::event::{Comment, Event};
use crate::heap::{Heap, KEPT};
use crate::lines::Lines;

/// An owned event: `Send`, `'static`, cheap to clone; where it lay whole in a chunk, a slice of the chunk.
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
    data: Range<usize>,
    event_type: Range<usize>,
    id: Option<Range<usize>>,
    has_data: bool,
    retry: Option<u64>,
    is_shared: bool,
}

impl EventBytes {
    /// The event, borrowed.
    #[inline]
    pub fn as_event(&self) -> Event<'_> {
        let id = self.id.clone().map(|id| self.part(id));
        Event::from_parts(self.part(self.event_type.clone()), self.has_data.then(|| self.data()), id, self.retry)
    }

    /// The event type, as [`Event::event_type`].
    #[inline]
    #[must_use]
    pub fn event_type(&self) -> &str {
        if self.event_type.is_empty() { "message" } else { self.part(self.event_type.clone()) }
    }

    /// The data, as [`Event::data`].
    #[inline]
    #[must_use]
    pub fn data(&self) -> &str {
        self.part(self.data.clone())
    }

    /// The data as a slice of the same memory: no copy. It keeps alive what the event keeps alive.
    #[must_use]
    pub fn data_bytes(&self) -> Bytes {
        self.text.as_bytes().slice(self.data.clone())
    }

    /// The `id` field, as [`Event::id`].
    #[inline]
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.clone().map(|id| self.part(id))
    }

    /// The `retry` field in milliseconds, as [`Event::retry`].
    #[inline]
    #[must_use]
    pub const fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// Whether this event is a slice of its chunk and so keeps all of that alive; else it has memory of its own, of just its
    /// size.
    #[inline]
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.is_shared
    }

    /// The event in memory of its own, of just its size: one copy, if it shares a chunk.
    #[must_use]
    pub fn detach(self) -> Self {
        if self.is_shared { Self::from(self.as_event()) } else { self }
    }

    #[inline]
    fn part(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default()
    }

    /// An event that is kept.
    fn keep(block: &mut Block<Heap>) -> Self {
        let event = block.lend();
        // Small ones are copied, so that the decoder stays warm. It does not keep the memory of large ones anyway.
        if event.data().len() <= KEPT {
            return Self::from(event);
        }
        let names = String::from(event.type_field()) + event.id().unwrap_or_default();
        let (type_len, has_id, retry) = (event.type_field().len(), event.id().is_some(), event.retry());
        Self::own(block.kept.take_data(), &names, type_len, has_id, retry)
    }

    /// An event that has its data in this string, and its names behind it.
    fn own(mut text: String, names: &str, type_len: usize, has_id: bool, retry: Option<u64>) -> Self {
        let data = 0..text.len();
        text.reserve_exact(names.len());
        text.push_str(names);
        text.shrink_to_fit();
        let type_end = data.end + type_len;
        let id = has_id.then_some(type_end..text.len());
        let text = ByteString::from(text);
        Self { text, event_type: data.end..type_end, data, id, has_data: true, retry, is_shared: false }
    }

    /// The event in these lines of the chunk, if all between is text.
    #[inline]
    fn share(block: &mut Block<Heap>, lines: &Lines<'_>, chunk: &Bytes) -> Option<Self> {
        let data = place(lines.data?, chunk)?;
        let mut all = data.clone();
        let mut name = |part: Option<&[u8]>| {
            let Some(part) = part else { return Some(None) };
            let part = place(part, chunk)?;
            all = all.start.min(part.start)..all.end.max(part.end);
            Some(Some(part))
        };
        let (event_type, id) = (name(lines.event_type)?, name(lines.id)?);
        let text = ByteString::try_from(chunk.slice(all.clone())).ok()?;
        let within = |part: Range<usize>| part.start - all.start..part.end - all.start;
        let id = id.map(within);
        if let Some(id) = &id {
            block.kept.set_last_event_id(text.get(id.clone())?);
        }
        Some(Self {
            data: within(data),
            event_type: event_type.map_or(0..0, within),
            id,
            has_data: true,
            retry: block.take_retry_of_event(),
            is_shared: true,
            text,
        })
    }
}

/// Where in the chunk a part of it lies. (The value of a field without a colon lies nowhere.)
#[inline]
fn place(part: &[u8], chunk: &Bytes) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(chunk.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= chunk.len()).then_some(start..end)
}

impl From<Event<'_>> for EventBytes {
    /// Copies: one allocation of just the size.
    fn from(event: Event<'_>) -> Self {
        let (event_type, id) = (event.type_field(), event.id());
        let mut text = String::with_capacity(event.data().len() + event_type.len() + id.map_or(0, str::len));
        text.push_str(event.data());
        text.push_str(event_type);
        text.push_str(id.unwrap_or_default());
        let type_start = event.data().len();
        let id_start = type_start + event_type.len();
        Self {
            data: 0..type_start,
            event_type: type_start..id_start,
            id: id.map(|_| id_start..text.len()),
            has_data: event.has_data(),
            retry: event.retry(),
            is_shared: false,
            text: ByteString::from(text),
        }
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

/// Decodes an event stream whose chunks are [`Bytes`] into [`EventBytes`]: a [`Decoder`] that gives owned events.
///
/// All that is said of [`Decoder`] holds here, too: the same events, limits and errors, in any chunking.
///
/// ```
/// use bytes::Bytes;
/// use sse_proto::SharedDecoder;
///
/// let mut decoder = SharedDecoder::new();
/// let mut data = Vec::new();
/// for mut chunk in [Bytes::from("data: hel"), Bytes::from("lo\n\ndata: bye\n\n")] {
///     while let Some(event) = decoder.next_event(&mut chunk)? {
///         data.push(event.data().to_owned());
///     }
/// }
/// assert_eq!(data, ["hello", "bye"]);
/// # Ok::<(), sse_proto::DecodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharedDecoder {
    decoder: Decoder,
}

impl SharedDecoder {
    /// A decoder with the default [`Limits`].
    #[must_use]
    pub const fn new() -> Self {
        Self { decoder: Decoder::new() }
    }

    /// A decoder with these limits.
    #[must_use]
    pub const fn with_limits(limits: Limits) -> Self {
        Self { decoder: Decoder::with_limits(limits) }
    }

    /// The next event of the stream; `None` if the input is used up: bring the next chunk. The input moves past what was
    /// consumed.
    ///
    /// # Errors
    ///
    /// As [`Decoder::next_event`].
    #[inline]
    pub fn next_event(&mut self, input: &mut Bytes) -> Result<Option<EventBytes>, DecodeError> {
        let mut rest: &[u8] = input;
        self.decoder.block.end_loan();
        if let [byte] = *rest {
            if self.decoder.take_byte(byte) {
                *input = Bytes::new();
                return Ok(None);
            }
        }
        let complete = match self.decoder.go_on(&mut rest) {
            Ok(true) => self.decoder.advance(&mut rest, |block, lines| EventBytes::share(block, lines, input)),
            Ok(false) => Ok(None),
            Err(error) => Err(error),
        };
        let consumed = input.len() - rest.len();
        let event = match complete {
            Ok(Some(Complete::Here(event))) => Ok(Some(event)),
            Ok(Some(Complete::Kept)) => Ok(Some(EventBytes::keep(&mut self.decoder.block))),
            Ok(None) => Ok(None),
            Err(error) => Err(self.decoder.block.kept.error(error)),
        };
        if let Ok(None) = event {
            // It is used up, and even so it would keep its memory alive.
            *input = Bytes::new();
        } else {
            input.advance(consumed);
        }
        event
    }

    /// As [`Decoder::end_of_stream`].
    pub fn end_of_stream(&mut self) -> bool {
        self.decoder.end_of_stream()
    }

    /// As [`Decoder::dispatch_incomplete`].
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event).
    pub fn dispatch_incomplete(&mut self) -> Result<Option<EventBytes>, DecodeError> {
        Ok(self.decoder.dispatch_incomplete()?.map(EventBytes::from))
    }

    /// As [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// As [`Decoder::set_last_event_id`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn set_last_event_id(&mut self, id: &str) -> Result<(), InvalidEvent> {
        self.decoder.set_last_event_id(id)
    }

    /// As [`Decoder::limits`].
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.decoder.limits()
    }

    /// As [`Decoder::shrink_to_fit`].
    pub fn shrink_to_fit(&mut self) {
        self.decoder.shrink_to_fit();
    }

    /// As [`Decoder::reconnection_time`].
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder.reconnection_time()
    }
}

/// The encoded item is read as it is encoded, without being put together before.
impl Buf for Encoder<'_> {
    fn remaining(&self) -> usize {
        self.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.chunk()
    }

    fn advance(&mut self, n: usize) {
        self.advance(n);
    }
}

impl Event<'_> {
    /// The encoded event in memory of its own, of just its size: encode once, send to many.
    ///
    /// ```
    /// use sse_proto::Event;
    ///
    /// let wire = Event::new("hello").to_bytes();
    /// assert_eq!(wire, &b"data: hello\n\n"[..]);
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut buffer = alloc::vec::Vec::new();
        self.encode_into(&mut buffer);
        Bytes::from(buffer.into_boxed_slice())
    }

    /// Appends the encoded event to any [`BufMut`](bytes::BufMut).
    ///
    /// A sink of fixed size panics if it does not have [`encoded_len`](Self::encoded_len) bytes left, as it does for
    /// whatever is put into it.
    pub fn encode_into_buf(&self, buffer: &mut impl bytes::BufMut) {
        buffer.put(self.encode());
    }
}

impl Comment<'_> {
    /// The encoded comment in memory of its own.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        let mut buffer = alloc::vec::Vec::new();
        self.encode_into(&mut buffer);
        Bytes::from(buffer.into_boxed_slice())
    }

    /// Appends the encoded comment to any [`BufMut`](bytes::BufMut), as [`Event::encode_into_buf`].
    pub fn encode_into_buf(&self, buffer: &mut impl bytes::BufMut) {
        buffer.put(self.encode());
    }
}
