//! The borrowed event.

use core::fmt;

use crate::error::InvalidEvent;
use crate::field::Field;
use crate::text::line_end;

/// An event: its type, its data, and the `id` and `retry` fields of its block.
///
/// The same type comes out of a decoder and goes into the encoder. Whatever holds one can be encoded: what an event
/// stream cannot carry is refused when the event is made. It borrows all its text and is cheap to copy; `EventBuf` is the
/// owned form.
///
/// ```
/// use sse_proto::Event;
///
/// let event = Event::new("hello\nworld").with_type("greeting")?.with_id("7")?;
/// assert_eq!(event.to_string(), "event: greeting\nid: 7\ndata: hello\ndata: world\n\n");
///
/// assert!(Event::new("hello").with_id("7\ndata: injected").is_err());
/// # Ok::<(), sse_proto::InvalidEvent>(())
/// ```
///
/// # Equality
///
/// Two events are equal if a receiver sees the same: an absent type equals `message`. Data is compared as given; a
/// receiver sees each CR and CRLF of it as LF.
#[derive(Clone, Copy)]
#[must_use]
#[allow(clippy::struct_field_names, reason = "`event type` is the specification's word")]
pub struct Event<'a> {
    /// Empty: the block has no `event` field.
    event_type: &'a str,
    /// None: the block has no `data` field, so nothing is dispatched.
    data: Option<&'a str>,
    id: Option<&'a str>,
    retry: Option<u64>,
}

impl<'a> Event<'a> {
    /// An event of type `message` with this data.
    ///
    /// Any text will do. CR, LF and CRLF in it are line ends, which the receiver sees as LF.
    #[inline]
    pub const fn new(data: &'a str) -> Self {
        Self { data: Some(data), ..Self::without_data() }
    }

    /// A block that dispatches no event, since it has no data: its `id` and its `retry` count all the same.
    ///
    /// Use it to tell the client a reconnection time, or how far it has come. With nothing in it, it is encoded as
    /// nothing.
    ///
    /// ```
    /// # use sse_proto::Event;
    /// assert_eq!(Event::without_data().with_retry(3000).to_string(), "retry: 3000\n\n");
    /// assert_eq!(Event::without_data().to_string(), "");
    /// ```
    #[inline]
    pub const fn without_data() -> Self {
        Self { event_type: "", data: None, id: None, retry: None }
    }

    /// Sets the event type. An empty one stands for `message`, as no type does.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR or LF.
    #[inline]
    pub fn with_type(self, event_type: &'a str) -> Result<Self, InvalidEvent> {
        check_type(event_type)?;
        Ok(Self { event_type, ..self })
    }

    /// Sets the `id` field: the last event ID from this event on. The empty one resets it.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR or LF, or NUL, which would make the receiver ignore it.
    #[inline]
    pub fn with_id(self, id: &'a str) -> Result<Self, InvalidEvent> {
        check_id(id)?;
        Ok(Self { id: Some(id), ..self })
    }

    /// Sets the `retry` field: the reconnection time in milliseconds.
    #[inline]
    pub const fn with_retry(self, milliseconds: u64) -> Self {
        Self { retry: Some(milliseconds), ..self }
    }

    /// The event type; `message` if the block has no `event` field or an empty one.
    #[inline]
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        // "If the event type buffer has a value other than the empty string, change the type of the newly created event
        // to equal the value of the event type buffer."
        if self.event_type.is_empty() { "message" } else { self.event_type }
    }

    /// The data; empty if there is none.
    #[inline]
    #[must_use]
    pub const fn data(&self) -> &'a str {
        match self.data {
            Some(data) => data,
            None => "",
        }
    }

    /// Whether there is data, be it empty. A decoder lends no event without.
    #[inline]
    #[must_use]
    pub const fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// The `id` field of this block, if it has one. The last event ID in force is on the decoder, for it outlives the
    /// event.
    #[inline]
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// The `retry` field of this block in milliseconds, if it has one.
    #[inline]
    #[must_use]
    pub const fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// The type as it stands in the block; empty if it does not.
    #[inline]
    pub(crate) const fn type_field(&self) -> &'a str {
        self.event_type
    }

    /// An event out of parts that are known to be valid: a decoder's, or another event's.
    #[inline]
    pub(crate) const fn from_parts(
        event_type: &'a str,
        data: Option<&'a str>,
        id: Option<&'a str>,
        retry: Option<u64>,
    ) -> Self {
        Self { event_type, data, id, retry }
    }
}

impl PartialEq for Event<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.event_type(), self.data, self.id, self.retry) == (other.event_type(), other.data, other.id, other.retry)
    }
}

impl Eq for Event<'_> {}

impl core::hash::Hash for Event<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (self.event_type(), self.data, self.id, self.retry).hash(state);
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event_type", &self.event_type())
            .field("data", &self.data)
            .field("id", &self.id)
            .field("retry", &self.retry)
            .finish()
    }
}

/// Refuses an id that no event stream could have set.
#[inline]
pub(crate) fn check_id(id: &str) -> Result<(), InvalidEvent> {
    forbidden_in_id(id).map_or(Ok(()), |position| Err(forbidden(Field::Id, id, position)))
}

#[inline]
fn check_type(event_type: &str) -> Result<(), InvalidEvent> {
    forbidden_in_type(event_type).map_or(Ok(()), |position| Err(forbidden(Field::Event, event_type, position)))
}

// The searches are not inlined, so that those who make an event are, and the event need not be in memory.

#[inline(never)]
fn forbidden_in_id(id: &str) -> Option<usize> {
    if line_end::has_no_control(id.as_bytes()) {
        return None;
    }
    let nul = id.bytes().position(|byte| byte == 0);
    [nul, line_end::line_end(id.as_bytes())].into_iter().flatten().min()
}

#[inline(never)]
fn forbidden_in_type(event_type: &str) -> Option<usize> {
    line_end::line_end(event_type.as_bytes())
}

#[inline]
fn forbidden(field: Field, value: &str, position: usize) -> InvalidEvent {
    let found = value.as_bytes().get(position).copied().unwrap_or_default().into();
    InvalidEvent::Forbidden { field, found, position }
}
