//! The borrowed event.

use core::fmt;
use core::time::Duration;

use crate::error::InvalidEvent;
use crate::field::Field;
use crate::text::line_end;

/// An event: its type, its data, and the `id` and `retry` fields of its block.
///
/// A decoder returns this type and an encoder takes it. A value that an event stream cannot carry is refused when it is
/// set, so encoding cannot fail. An `Event` borrows all its text and is cheap to copy; [`EventBuf`] is the owned form.
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
/// Two events are equal if a receiver sees the same event: an absent type equals `message`, and an inherited
/// [`last_event_id`](Self::last_event_id) takes no part. Data is compared as given; a receiver sees each CR and CRLF in it
/// as LF.
///
/// # Interoperability
///
/// Every event that can be built is valid, and is decoded unchanged by clients that follow the standard. Some clients do not:
///
/// - Use IDs of visible ASCII. A client sends the last event ID back as a header: some strip spaces at both ends, some send
///   non-ASCII letters as Latin-1, and with U+2028 a JavaScript client fails to reconnect, each time.
/// - Send `id` and `retry` together with data, on the first event for example. Some clients (openai-python, httpx-sse)
///   dispatch an event for a block without data, and a consumer that parses its empty data as JSON fails. Others
///   (eventsource-parser, sseclient-py) ignore the ID of such a block.
/// - Keep [`with_retry`](Self::with_retry) below 2³¹ ms (24 days). Node.js reconnects after 1 ms otherwise.
/// - Send [`Comment::KEEP_ALIVE`](crate::Comment::KEEP_ALIVE) as keep-alive, which has no blank line. A comment with a blank
///   line after it makes openai-python fail if an ID was received before.
///
#[cfg_attr(feature = "alloc", doc = "[`EventBuf`]: crate::EventBuf")]
#[cfg_attr(
    not(feature = "alloc"),
    doc = "[`EventBuf`]: https://docs.rs/sse-proto/latest/sse_proto/struct.EventBuf.html"
)]
#[derive(Clone, Copy, Default)]
#[must_use]
#[allow(clippy::struct_field_names, reason = "`event type` is the specification's word")]
pub struct Event<'a> {
    /// Empty if the block has no `event` field.
    event_type: &'a str,
    /// `None` if the block has no `data` field, so that no event is dispatched.
    data: Option<&'a str>,
    /// The `id` field of the block, or else the last event ID of an earlier block. One place for both keeps the event at 64
    /// bytes.
    id: Option<&'a str>,
    own_fields: OwnFields,
}

/// Which of the fields `id` and `retry` the block has; `retry` in milliseconds. One enum, since each word of an event costs a store
/// when the event is returned, and most events have neither.
#[derive(Clone, Copy, Default)]
enum OwnFields {
    #[default]
    Neither,
    Retry(u64),
    Id,
    Both {
        retry: u64,
    },
}

impl OwnFields {
    #[inline]
    const fn new(has_id: bool, retry: Option<u64>) -> Self {
        match (has_id, retry) {
            (false, None) => Self::Neither,
            (false, Some(retry)) => Self::Retry(retry),
            (true, None) => Self::Id,
            (true, Some(retry)) => Self::Both { retry },
        }
    }

    #[inline]
    const fn has_id(self) -> bool {
        matches!(self, Self::Id | Self::Both { .. })
    }

    #[inline]
    const fn retry(self) -> Option<u64> {
        match self {
            Self::Neither | Self::Id => None,
            Self::Retry(retry) | Self::Both { retry } => Some(retry),
        }
    }
}

/// The last event ID of an event: set by the event's own block, or inherited from an earlier one.
#[derive(Clone, Copy)]
pub(crate) enum LastEventId<'a> {
    Own(&'a str),
    Inherited(&'a str),
}

impl<'a> Event<'a> {
    /// Returns an event of type `message` with this data.
    ///
    /// Any text is valid. CR, LF and CRLF in it are line ends, which the receiver sees as LF.
    #[inline]
    pub const fn new(data: &'a str) -> Self {
        Self { data: Some(data), ..Self::without_data() }
    }

    /// Returns a block without data. The receiver dispatches no event for it; its `id` and `retry` take effect.
    ///
    /// It sets the client's reconnection time or last event ID without an event. A block with nothing in it is encoded as nothing.
    ///
    /// A receiver discards the event type of a block without data. An event that carries a type and nothing else needs empty
    /// data: `Event::new("").with_type("ready")`.
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use sse_proto::Event;
    /// let retry = Event::without_data().with_retry(Duration::from_secs(3));
    /// assert_eq!(retry.to_string(), "retry: 3000\n\n");
    /// assert_eq!(Event::without_data().to_string(), "");
    /// ```
    #[inline]
    pub const fn without_data() -> Self {
        Self { event_type: "", data: None, id: None, own_fields: OwnFields::Neither }
    }

    /// Sets the event type. The empty type means `message`, as no type does. For a type or an ID that is a temporary value, use an
    /// `EventBuf`, which copies it.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR or LF.
    #[inline]
    pub fn with_type(self, event_type: &'a str) -> Result<Self, InvalidEvent> {
        check_type(event_type)?;
        Ok(Self { event_type, ..self })
    }

    /// Sets the `id` field: the last event ID from this event on. The empty ID resets it.
    ///
    /// Visible ASCII is safe everywhere. Some clients mangle or drop other IDs when they send them back as a header: spaces
    /// at both ends, letters that are not ASCII, U+2028.
    ///
    /// # Errors
    ///
    /// [`InvalidEvent::Forbidden`] if it contains CR or LF, or NUL, which would make the receiver ignore it.
    #[inline]
    pub fn with_id(self, id: &'a str) -> Result<Self, InvalidEvent> {
        check_id(id)?;
        Ok(Self { id: Some(id), own_fields: OwnFields::new(true, self.own_fields.retry()), ..self })
    }

    /// Sets the `retry` field: the reconnection time, in whole milliseconds.
    ///
    /// A fraction of a millisecond is rounded up, and a time beyond `u64::MAX` milliseconds becomes that. Clients clamp the
    /// value in different ways: Node.js reconnects after 1 ms if it is 2³¹ ms or more.
    #[inline]
    pub const fn with_retry(self, reconnection_time: Duration) -> Self {
        let retry = Some(whole_milliseconds(reconnection_time));
        Self { own_fields: OwnFields::new(self.own_fields.has_id(), retry), ..self }
    }

    /// The event type; `message` if the block has no `event` field or an empty one
    /// ([HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage)).
    #[inline]
    #[must_use]
    pub const fn event_type(&self) -> &'a str {
        // "If the event type buffer has a value other than the empty string, change the type of the newly created event
        // to equal the value of the event type buffer."
        if self.event_type.is_empty() { "message" } else { self.event_type }
    }

    /// The value of the `event` field; `None` if the block has no such field or an empty one.
    ///
    /// It tells `event: message` from no `event` field, which [`event_type`](Self::event_type) does not.
    #[inline]
    #[must_use]
    pub const fn event_field(&self) -> Option<&'a str> {
        if self.event_type.is_empty() { None } else { Some(self.event_type) }
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

    /// Whether the block has a `data` field, even if it is empty. A decoder returns no event without data unless it is asked
    /// for all items.
    #[inline]
    #[must_use]
    pub const fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// The `id` field of this event's own block, if it has one.
    #[inline]
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        if self.own_fields.has_id() { self.id } else { None }
    }

    /// The last event ID when this event was dispatched: its own [`id`](Self::id), or else the last one that an earlier
    /// block has set; empty if there is none. Browsers put it on each event as `lastEventId`.
    ///
    /// An inherited ID comes from a decoder alone. It takes no part in equality and is not encoded.
    #[inline]
    #[must_use]
    pub const fn last_event_id(&self) -> &'a str {
        match self.id {
            Some(id) => id,
            None => "",
        }
    }

    /// The `retry` field of this block: the reconnection time, if the block has set it.
    ///
    /// A server can send any number of milliseconds from 0 to `u64::MAX`. Clamp it before waiting.
    #[inline]
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        match self.retry_milliseconds() {
            Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
            None => None,
        }
    }

    /// The event without a last event ID of an earlier block.
    #[cfg(feature = "bytes")]
    #[inline]
    pub(crate) const fn without_inherited_id(self) -> Self {
        Self { id: self.id(), ..self }
    }

    /// Whether the block has an `event`, an `id` or a `retry` field.
    #[cfg(feature = "alloc")]
    #[inline]
    pub(crate) const fn has_other_fields(&self) -> bool {
        !(self.event_type.is_empty() && matches!(self.own_fields, OwnFields::Neither))
    }

    #[inline]
    pub(crate) const fn retry_milliseconds(&self) -> Option<u64> {
        self.own_fields.retry()
    }

    /// An event made of parts that are known to be valid: those of a decoder, or of another event.
    #[inline]
    pub(crate) const fn from_parts(
        event_type: &'a str,
        data: Option<&'a str>,
        id: LastEventId<'a>,
        retry: Option<u64>,
    ) -> Self {
        let (id, has_id) = match id {
            LastEventId::Own(id) => (id, true),
            LastEventId::Inherited(id) => (id, false),
        };
        Self { event_type, data, id: Some(id), own_fields: OwnFields::new(has_id, retry) }
    }
}

impl From<&Self> for Event<'_> {
    #[inline]
    fn from(event: &Self) -> Self {
        *event
    }
}

impl PartialEq for Event<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.event_type(), self.data, self.id(), self.retry_milliseconds())
            == (other.event_type(), other.data, other.id(), other.retry_milliseconds())
    }
}

impl Eq for Event<'_> {}

impl core::hash::Hash for Event<'_> {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (self.event_type(), self.data, self.id(), self.retry_milliseconds()).hash(state);
    }
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("event_type", &self.event_type())
            .field("data", &self.data)
            .field("id", &self.id())
            .field("last_event_id", &self.last_event_id())
            .field("retry", &self.retry())
            .finish()
    }
}

/// The whole milliseconds of a time, rounded up, saturating.
pub(crate) const fn whole_milliseconds(time: Duration) -> u64 {
    let fraction = time.subsec_nanos().div_ceil(1_000_000) as u64;
    time.as_secs().saturating_mul(1000).saturating_add(fraction)
}

/// Checks that an event stream can set this ID.
#[inline]
pub(crate) fn check_id(id: &str) -> Result<(), InvalidEvent> {
    forbidden_in_id(id).map_or(Ok(()), |position| Err(forbidden(Field::Id, id, position)))
}

#[inline]
pub(crate) fn check_type(event_type: &str) -> Result<(), InvalidEvent> {
    forbidden_in_type(event_type).map_or(Ok(()), |position| Err(forbidden(Field::Event, event_type, position)))
}

// The searches are not inlined, so that the functions that set a value are, and the event can stay in registers.

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
