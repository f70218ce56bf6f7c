//! The log.

use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::encode::canonical::{EVENT, ID};
use crate::event::borrowed::{Event, LastEventId};
use crate::server::cursor::{Cursor, LogId, Next, Position, Resume};
use crate::server::ids::Ids;
use crate::server::rejected::Rejected;
use crate::server::retention::Retention;

/// A bounded log of encoded events, read by [`Cursor`]. See the [module documentation](super).
///
/// `B` holds the bytes of one event: `Vec<u8>`, `Box<[u8]>`, `Arc<[u8]>` or `bytes::Bytes`. The last two can be cloned without a
/// copy and written after a lock is released. [`AsRef`] must return the bytes that [`From`] was given.
///
/// ```
/// use core::time::Duration;
/// use sse_proto::Event;
/// use sse_proto::server::{History, Next, Rejected, Resume, Retention};
///
/// let mut history: History = History::numbered(7, Retention::default());
/// let first = history.push(Duration::ZERO, Event::new("a"))?;
/// history.push(Duration::from_secs(1), Event::new("b"))?;
/// assert_eq!(history.id(first), Some("7-1"));
///
/// let Resume::From(mut cursor) = history.resume(Some("7-1")) else { panic!() };
/// assert_eq!(history.next(&mut cursor), Next::Event(&b"id: 7-2\ndata: b\n\n".to_vec()));
/// assert_eq!(history.next(&mut cursor), Next::UpToDate);
/// # Ok::<(), Rejected>(())
/// ```
///
/// # Input
///
/// Events ([`push`](Self::push)), and the last event ID of a client that connects ([`resume`](Self::resume)). `now` is the time
/// since any origin, the same for all calls; it counts only if the log evicts by age.
///
/// # Output
///
/// A [`Cursor`] for each reader, and by it the encoded events, each once and in order ([`next`](Self::next)). Where events are
/// missing, [`Next::Gone`] says how many.
///
/// # End of stream
///
/// A log has no end. [`Next::UpToDate`] is the end of what was pushed so far: the same cursor reads what is pushed later.
///
/// # Limits
///
/// The [`Retention`]: number, bytes and age of events, the first two finite by default. [Memory](super#memory) says what is needed
/// besides.
///
/// # After an error
///
/// An event that is [`Rejected`] changes nothing.
///
/// # Complexity
///
/// See [Cost](super#cost). A reader costs its cursor; reading does not allocate.
pub struct History<B = Vec<u8>> {
    log: LogId,
    retention: Retention,
    ids: Ids,
    entries: VecDeque<Entry<B>>,
    /// The number of the oldest event in the log, or of the next one if the log is empty.
    oldest: u64,
    /// The total length of the encoded events.
    encoded_len: usize,
}

/// An event in the log.
struct Entry<B> {
    bytes: B,
    /// When it was pushed.
    time: Duration,
    /// Where its ID is in the bytes.
    id_start: usize,
    id_len: usize,
}

impl<B: AsRef<[u8]>> Entry<B> {
    fn id(&self) -> Option<&str> {
        let id = self.bytes.as_ref().get(self.id_start..)?.get(..self.id_len)?;
        core::str::from_utf8(id).ok()
    }
}

/// From this capacity on, memory is freed when few events are left.
const SMALL_CAPACITY: usize = 16;

impl<B> History<B> {
    /// Returns an empty log that gives its events the IDs `epoch-1`, `epoch-2` and so on. Does not allocate.
    ///
    /// The epoch must differ from that of every earlier log whose IDs clients may still have, so that a restarted server does not
    /// take them for its own: the start time of the server in milliseconds, for example.
    ///
    /// `B` is not inferred: name the type, as in `let history: History = History::numbered(..)` or `History::<Bytes>::numbered(..)`.
    #[must_use]
    pub fn numbered(epoch: u64, retention: Retention) -> Self {
        Self::new(Ids::numbered(epoch), retention)
    }

    /// Returns an empty log of events that have IDs of the application's own. Does not allocate.
    ///
    /// An ID must not be used twice. A log notices that only if the ID is in the log or was evicted last.
    #[must_use]
    pub fn opaque(retention: Retention) -> Self {
        Self::new(Ids::opaque(), retention)
    }

    /// Returns an empty log of events that have IDs of the application's own, which continues after the event with this ID: a client
    /// that has received exactly that event has missed nothing. For a log that is filled from a database, or after a restart.
    ///
    /// # Errors
    ///
    /// Returns [`Rejected`] if a client could not send the ID.
    pub fn opaque_after(last_event_id: &str, retention: Retention) -> Result<Self, Rejected> {
        Ok(Self::new(Ids::opaque_after(last_event_id)?, retention))
    }

    fn new(ids: Ids, retention: Retention) -> Self {
        Self { log: LogId::new(), retention, ids, entries: VecDeque::new(), oldest: 1, encoded_len: 0 }
    }

    /// Returns where a client begins to read that sends this last event ID.
    ///
    /// | last event ID | result |
    /// |---|---|
    /// | `None` or empty | [`Live`](Resume::Live) at the end; send it [`last_event_id`](Self::last_event_id) |
    /// | of an event in the log | [`From`](Resume::From) after this event; for the newest one, this is the end |
    /// | of the event that was evicted last, or the ID of [`opaque_after`](Self::opaque_after) | [`From`](Resume::From) at the oldest event: the client has missed nothing |
    /// | `epoch-0`, while a numbered log has evicted nothing | [`From`](Resume::From) at the first event |
    /// | anything else | [`Gone`](Resume::Gone) at the oldest event |
    ///
    /// O(1) in a numbered log, O(log n) in a log with opaque IDs. Does not allocate.
    pub fn resume(&self, last_event_id: Option<&str>) -> Resume {
        // HTML, 9.2.3: "If the `EventSource` object's last event ID string is not the empty string", it is sent.
        let Some(id) = last_event_id.filter(|id| !id.is_empty()) else { return Resume::Live(self.live()) };
        let next = self.ids.number(id).and_then(|number| number.checked_add(1));
        match next.filter(|next| (self.oldest..=self.end()).contains(next)) {
            Some(next) => Resume::From(self.cursor(next)),
            None => Resume::Gone(self.oldest()),
        }
    }

    /// Returns where a client begins to read that sends this value of the header `Last-Event-ID`, as [`resume`](Self::resume).
    ///
    /// The value is UTF-8, which many HTTP libraries do not accept in a string, but only as bytes. A value that is not UTF-8 is an
    /// ID that is not in the log.
    pub fn resume_bytes(&self, last_event_id: Option<&[u8]>) -> Resume {
        match last_event_id.map(core::str::from_utf8) {
            Some(Err(_)) => Resume::Gone(self.oldest()),
            Some(Ok(id)) => self.resume(Some(id)),
            None => self.resume(None),
        }
    }

    /// Returns a cursor at the end of the log: its reader gets what is pushed from now on.
    #[must_use]
    pub fn live(&self) -> Cursor {
        self.cursor(self.end())
    }

    /// Returns a cursor at the oldest event of the log: its reader gets all that is in the log.
    #[must_use]
    pub const fn oldest(&self) -> Cursor {
        self.cursor(self.oldest)
    }

    /// Returns the next event and moves the cursor past it.
    ///
    /// A reader whose next event was evicted gets [`Next::Gone`] once, with the exact number of events that it has missed, and
    /// continues with the oldest event in the log. A cursor of another log is treated in the same way, but without a number.
    ///
    /// O(1). Does not allocate.
    pub fn next(&self, cursor: &mut Cursor) -> Next<'_, B> {
        if cursor.log != self.log {
            *cursor = self.oldest();
            return Next::Gone { missed: None };
        }
        if let Some(missed) = self.oldest.checked_sub(cursor.next).filter(|&missed| missed > 0) {
            cursor.next = self.oldest;
            return Next::Gone { missed: Some(missed) };
        }
        match self.entry(cursor.next) {
            Some(entry) => {
                cursor.next += 1;
                Next::Event(&entry.bytes)
            }
            None => Next::UpToDate,
        }
    }

    /// The encoded event at this position, if it is in the log. O(1).
    #[must_use]
    pub fn get(&self, position: Position) -> Option<&B> {
        self.entry_at(position).map(|entry| &entry.bytes)
    }

    /// The number of events in the log.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no event in the log.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The total length of the encoded events in the log, in bytes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.encoded_len
    }

    /// How much the log keeps.
    #[must_use]
    pub const fn retention(&self) -> Retention {
        self.retention
    }

    /// The epoch of a numbered log; `None` if the log has opaque IDs.
    #[must_use]
    pub const fn epoch(&self) -> Option<u64> {
        self.ids.epoch()
    }

    const fn cursor(&self, next: u64) -> Cursor {
        Cursor { log: self.log, next }
    }

    /// The number of the next event that is pushed.
    fn end(&self) -> u64 {
        self.oldest + self.entries.len() as u64
    }

    fn entry_at(&self, position: Position) -> Option<&Entry<B>> {
        if position.log == self.log { self.entry(position.number) } else { None }
    }

    fn entry(&self, number: u64) -> Option<&Entry<B>> {
        let index = number.checked_sub(self.oldest)?;
        self.entries.get(usize::try_from(index).ok()?)
    }
}

impl<B: AsRef<[u8]>> History<B> {
    /// Evicts the events that are older than [`Retention::max_age`].
    ///
    /// `now` is the time since any origin that all calls share. If it goes back, events stay longer by as much. Amortized O(1) per
    /// evicted event in a numbered log, O(log n) in a log with opaque IDs.
    pub fn evict(&mut self, now: Duration) {
        self.evict_beyond(now, self.retention.max_events, self.retention.max_bytes);
    }

    /// The ID of the event at this position, if it is in the log. Linear in the length of the ID.
    #[must_use]
    pub fn id(&self, position: Position) -> Option<&str> {
        self.entry_at(position)?.id()
    }

    /// The ID of a client that has received everything: that of the newest event, whether it is in the log or was evicted. Before the
    /// first event it is `epoch-0` in a numbered log, and the ID that [`opaque_after`](Self::opaque_after) was given.
    ///
    /// `None` only before the first event of a log with opaque IDs. Send it to a client that has no ID ([`Resume::Live`]): without
    /// one, a client that loses its connection before the first event cannot resume, and nobody notices what it misses.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        self.entries.back().map_or_else(|| self.ids.newest_evicted(), Entry::id)
    }

    /// The ID of a client that has received everything before this cursor. O(1), and linear in the length of the ID.
    ///
    /// It is what a client has to be sent that is at this place without having received the event before it: a new one, or one that
    /// was sent a snapshot in place of the events. At the end of the log it is [`last_event_id`](Self::last_event_id).
    ///
    /// `None` if the cursor belongs to another log, and in a log with opaque IDs if the ID is not known: if it was evicted and is not
    /// the last one that was, or before the first event. In a numbered log it is always known.
    ///
    /// ```
    /// use core::time::Duration;
    /// use sse_proto::Event;
    /// use sse_proto::server::{History, Next, Retention};
    ///
    /// let mut history: History = History::numbered(7, Retention::default());
    /// let mut cursor = history.live();
    /// history.push(Duration::ZERO, Event::new("a"))?;
    /// assert_eq!(history.last_read_id(&cursor).as_deref(), Some("7-0"));
    /// assert!(matches!(history.next(&mut cursor), Next::Event(_)));
    /// assert_eq!(history.last_read_id(&cursor).as_deref(), Some("7-1"));
    /// # Ok::<(), sse_proto::server::Rejected>(())
    /// ```
    #[must_use]
    pub fn last_read_id(&self, cursor: &Cursor) -> Option<Cow<'_, str>> {
        let number = cursor.next.checked_sub(1).filter(|_| cursor.log == self.log)?;
        self.entry(number).map_or_else(|| self.ids.evicted(number), |entry| entry.id().map(Cow::Borrowed))
    }

    /// Evicts the oldest events until no event is too old, and no more events and bytes than these are left.
    fn evict_beyond(&mut self, now: Duration, max_events: usize, max_bytes: usize) {
        while let Some(oldest) = self.entries.front() {
            let age = now.saturating_sub(oldest.time);
            let is_too_old = self.retention.max_age.is_some_and(|max_age| age > max_age);
            if !is_too_old && self.entries.len() <= max_events && self.encoded_len <= max_bytes {
                break;
            }
            self.evict_oldest();
        }
        if self.entries.capacity() > SMALL_CAPACITY.max(4 * self.entries.len()) {
            self.entries.shrink_to(SMALL_CAPACITY.max(2 * self.entries.len()));
        }
    }

    fn evict_oldest(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.oldest += 1;
            self.encoded_len = self.encoded_len.saturating_sub(entry.bytes.as_ref().len());
            self.ids.evict(|| entry.id());
        }
    }
}

impl<B: AsRef<[u8]> + From<Vec<u8>>> History<B> {
    /// Encodes the event, appends it to the log, and evicts what exceeds the [`Retention`].
    ///
    /// A numbered log gives the event its ID; an event with an ID is accepted if it is exactly that one. In a log with opaque IDs
    /// each event must have one. A last event ID that a decoder's event has inherited is not an ID of its own.
    ///
    /// The event is encoded once, in an allocation of its exact length. If `B` is `Arc<[u8]>`, the bytes are copied once more, as
    /// they then follow the reference counts. `now` is as in [`evict`](Self::evict). Linear in the length of the event; also
    /// O(log n) in a log with opaque IDs.
    ///
    /// # Errors
    ///
    /// Returns [`Rejected`] and changes nothing if the ID is not accepted or the event is too large.
    pub fn push<'a>(&mut self, now: Duration, event: impl Into<Event<'a>>) -> Result<Position, Rejected> {
        let (event, number) = (event.into(), self.end());
        let new_id = self.ids.accept(event.id(), number)?;
        let id = new_id.as_str();
        let event = with_id(event, id);
        let (len, max_bytes) = (event.encoded_len(), self.retention.max_bytes);
        if len > max_bytes {
            return Err(Rejected::TooLarge { len, max_bytes });
        }
        // Evicted before memory is allocated, so that the log never holds more than it keeps.
        self.evict_beyond(now, self.retention.max_events.saturating_sub(1), max_bytes - len);
        let mut bytes = Vec::with_capacity(len);
        event.encode_into(&mut bytes);
        let type_len = event.event_field().map_or(0, |event_type| EVENT.len() + event_type.len() + "\n".len());
        let (id_start, id_len) = (type_len + ID.len(), id.len());
        self.entries.push_back(Entry { bytes: bytes.into(), time: now, id_start, id_len });
        self.encoded_len += len;
        self.ids.push(&new_id, number);
        if self.retention.max_events == 0 {
            self.evict_oldest();
        }
        Ok(Position { log: self.log, number })
    }
}

/// The event with this ID, which is known to be valid.
fn with_id<'a>(event: Event<'a>, id: &'a str) -> Event<'a> {
    let data = event.has_data().then_some(event.data());
    Event::from_parts(event.event_field().unwrap_or_default(), data, LastEventId::Own(id), event.retry_milliseconds())
}

/// Shows numbers and lengths, but no IDs and no bytes of events, which may be confidential.
impl<B> fmt::Debug for History<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("epoch", &self.epoch())
            .field("retention", &self.retention)
            .field("len", &self.len())
            .field("encoded_len", &self.encoded_len)
            .field("oldest", &self.oldest)
            .finish_non_exhaustive()
    }
}
