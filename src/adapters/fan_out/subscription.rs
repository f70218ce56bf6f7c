//! The subscribers.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};

use super::backlog::Backlog;
use super::delivery::Delivery;
use super::on_gap::OnGap;
use super::reader::{Reader, id_block, last_read_block};
use super::replay::{Replay, Replayed};
use super::shared::Shared;
use crate::adapters::Encoded;
use crate::{Field, Token, Tokenizer};

/// A [`Stream`] of what one client is sent: returned by [`FanOut::subscribe`](super::FanOut::subscribe) and
/// [`FanOut::subscribe_with`](super::FanOut::subscribe_with). Dropping it unsubscribes.
///
/// Without a backlog its items are [`Delivery`], with a [`Backlog`] they are `Result<Delivery, B::Error>`. Both are what
/// [`EventBody`](crate::adapters::body::EventBody) takes.
///
/// ```
/// # use futures_util::{FutureExt, StreamExt};
/// use sse_proto::Event;
/// use sse_proto::adapters::fan_out::{Delivery, FanOut};
/// use sse_proto::server::{History, Retention};
///
/// let fan_out = FanOut::new(History::numbered(7, Retention::default()));
/// let mut subscription = fan_out.subscribe(None);
/// fan_out.send(Event::new("hello"))?;
/// let mut next = || match subscription.next().now_or_never() {
///     Some(Some(Delivery::Event(event))) => String::from_utf8(event.into_bytes().into()).unwrap(),
///     other => format!("{other:?}"),
/// };
/// assert_eq!(next(), "id: 7-0\n\n", "a new client is sent the ID from which it can resume");
/// assert_eq!(next(), "id: 7-1\ndata: hello\n\n");
/// assert_eq!(next(), "None", "pending");
/// # Ok::<(), sse_proto::server::Rejected>(())
/// ```
///
/// # Input
///
/// What is sent to the [`FanOut`](super::FanOut). The next event is read when it is polled: nothing is queued for a subscription.
///
/// # Output
///
/// The events after the client's last event ID, each once and in order, and a [`Delivery::Gap`] where that is not possible. Polling
/// is cancel-safe.
///
/// # End of stream
///
/// It ends after [`FanOut::close`](super::FanOut::close), when all events of the log are delivered. Until then it is pending at the
/// end of the log, also when the last `FanOut` was dropped. It is a [`FusedStream`].
///
/// # Limits
///
/// Those of the log. A client that is too slow gets a [`Delivery::Gap`] when its next event was evicted, or, with a backlog, the
/// events from there. With a backlog, the bytes of the event that it has read last stay in memory, shared with all that have it.
///
/// # After an error
///
/// Only a backlog has errors. Such an error is returned once, then `None`: the client reconnects and resumes after its last event ID.
///
/// # Complexity
///
/// Each item of the local log is O(1), under a lock that all subscribers share, and does not allocate. With a backlog, finding an ID
/// in the local log is O(log n) once per page.
///
/// It does not yield to other tasks while events are ready. What writes them does: the sockets of tokio, for example.
#[must_use = "streams do nothing unless they are polled"]
pub struct Subscription<L = NoBacklog> {
    reader: Reader,
    log: L,
}

/// A [`Subscription`] to the local log only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct NoBacklog {}

/// A [`Subscription`] that reads from a [`Backlog`] what the local log does not have.
pub struct WithBacklog<B: Backlog> {
    backlog: B,
    /// A block with the client's last event ID, while nothing is replayed: the event that was read last, which the log or other
    /// clients share, or the ID alone. Empty if there is no ID.
    last: Bytes,
    replay: Option<Box<Replay<B::Future>>>,
}

impl Subscription {
    pub(super) fn new(shared: &Arc<Shared>, last_event_id: Option<&[u8]>) -> Self {
        let (reader, _, ()) = Reader::new(shared, last_event_id, |_, _| ());
        Self { reader, log: NoBacklog {} }
    }

    /// Continues at the end of the log: the events in between are skipped. The client is then sent the ID from which it can resume.
    ///
    /// Call it after a [`Delivery::Gap`], and send a snapshot of the state in place of the events. Call it first and read the state
    /// afterwards, so that no event is in neither of the two. See [`on_gap`](Self::on_gap).
    pub fn skip_to_live(&mut self) {
        self.reader.skip_to_live(|_, _| ());
    }
}

impl<B: Backlog> Subscription<WithBacklog<B>> {
    pub(super) fn with_backlog(shared: &Arc<Shared>, last_event_id: Option<&[u8]>, backlog: B) -> Self {
        let id = last_event_id.filter(|id| !id.is_empty()).map(String::from_utf8_lossy);
        let (reader, is_local, end) = Reader::new(shared, last_event_id, |history, cursor| match id {
            Some(_) => None,
            None => last_read_block(history, cursor),
        });
        let last = if is_local { id.as_ref().map_or(end, id_block) } else { None };
        let replay = id.filter(|_| !is_local).map(|id| Box::new(Replay::new(id.into_owned())));
        let log = WithBacklog { backlog, last: last.unwrap_or_default().into_bytes(), replay };
        Self { reader, log }
    }

    /// Continues at the end of the local log, as [`Subscription::skip_to_live`]. What is left of a page is dropped.
    pub fn skip_to_live(&mut self) {
        self.log.last = self.reader.skip_to_live(last_read_block).unwrap_or_default().into_bytes();
        self.log.replay = None;
    }

    /// Whether the backlog is read at present, because the local log does not have the client's next event.
    #[must_use]
    pub fn is_replaying(&self) -> bool {
        self.log.replay.is_some()
    }
}

impl<L> Subscription<L> {
    /// Calls a function at each [`Delivery::Gap`] with the number of missed events, if it is known, sends what it returns in place of
    /// the gap, and continues at the end of the log, as after [`skip_to_live`](Subscription::skip_to_live).
    ///
    /// What the function returns should be an event with the current state, without an ID: the client is sent the ID from which it
    /// can resume in the next block. The function is called after the subscription has moved to the end of the log. So update the
    /// state before [`FanOut::send`](super::FanOut::send), or hold the lock of the state during both: then each event is in the
    /// snapshot or follows it. One that is sent at the same time may do both. If an event must not be applied twice, number the
    /// changes, put the number into the data of each event and of the snapshot, and let clients ignore events up to the number of
    /// their snapshot.
    ///
    /// The function is not asynchronous. [Snapshots](crate::guide::many_machines#snapshots) shows how to read the state from a
    /// database.
    ///
    /// ```
    /// # use futures_util::{FutureExt, StreamExt};
    /// use sse_proto::Event;
    /// use sse_proto::adapters::fan_out::FanOut;
    /// use sse_proto::server::{History, Retention};
    ///
    /// let fan_out = FanOut::new(History::numbered(7, Retention::default()));
    /// fan_out.send(Event::new("price: 3"))?;
    /// // This client comes from the time before the server was restarted.
    /// let mut body = fan_out.subscribe(Some(b"6-5")).on_gap(|_missed| Event::new("price: 3, volume: 8"));
    /// let mut next = || String::from_utf8(body.next().now_or_never().unwrap().unwrap().into_bytes().into()).unwrap();
    /// assert_eq!(next(), "data: price: 3, volume: 8\n\n");
    /// assert_eq!(next(), "id: 7-1\n\n");
    /// # Ok::<(), sse_proto::server::Rejected>(())
    /// ```
    pub const fn on_gap<F, T>(self, snapshot: F) -> OnGap<L, F>
    where
        F: FnMut(Option<u64>) -> T,
        T: Into<Encoded>,
    {
        OnGap::new(self, snapshot)
    }

    /// Sends a snapshot to each client that does not continue where it was: as [`on_gap`](Self::on_gap), and first of all to a client
    /// without a last event ID. Call it before the subscription is polled.
    ///
    /// ```
    /// # use futures_util::{FutureExt, StreamExt};
    /// use sse_proto::Event;
    /// use sse_proto::adapters::fan_out::FanOut;
    /// use sse_proto::server::{History, Retention};
    ///
    /// let fan_out = FanOut::new(History::numbered(7, Retention::default()));
    /// fan_out.send(Event::new("price: 3"))?;
    /// let mut body = fan_out.subscribe(None).with_snapshot(|_missed| Event::new("price: 3, volume: 8"));
    /// let mut next = || String::from_utf8(body.next().now_or_never().unwrap().unwrap().into_bytes().into()).unwrap();
    /// assert_eq!(next(), "data: price: 3, volume: 8\n\n");
    /// assert_eq!(next(), "id: 7-1\n\n");
    /// # Ok::<(), sse_proto::server::Rejected>(())
    /// ```
    pub fn with_snapshot<F, T>(mut self, snapshot: F) -> OnGap<L, F>
    where
        F: FnMut(Option<u64>) -> T,
        T: Into<Encoded>,
    {
        self.reader.begin_with_snapshot();
        OnGap::new(self, snapshot)
    }

    /// Whether a snapshot is sent now: once, first of all.
    pub(super) fn takes_snapshot(&mut self) -> bool {
        self.reader.takes_snapshot()
    }
}

/// Nothing in it is pinned: the future of a page is boxed.
impl<L> Unpin for Subscription<L> {}

impl Stream for Subscription {
    type Item = Delivery;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Delivery>> {
        if self.reader.has_ended() {
            return Poll::Ready(None);
        }
        let delivery = ready!(self.reader.poll_next(cx));
        if delivery.is_none() {
            self.reader.end();
        }
        Poll::Ready(delivery)
    }
}

impl<B: Backlog> Stream for Subscription<WithBacklog<B>> {
    type Item = Result<Delivery, B::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Delivery, B::Error>>> {
        let this = self.get_mut();
        if this.reader.has_ended() {
            return Poll::Ready(None);
        }
        let delivery = ready!(this.log.poll_next(cx, &mut this.reader));
        if !matches!(delivery, Some(Ok(_))) {
            this.reader.end();
        }
        Poll::Ready(delivery)
    }
}

impl<B: Backlog> WithBacklog<B> {
    fn poll_next(&mut self, cx: &mut Context<'_>, reader: &mut Reader) -> Poll<Option<Result<Delivery, B::Error>>> {
        loop {
            if let Some(replay) = &mut self.replay {
                match ready!(replay.poll(cx, &self.backlog, reader)) {
                    Replayed::Delivery(delivery) => return Poll::Ready(Some(Ok(delivery))),
                    Replayed::Live => self.end_replay(),
                    Replayed::Nothing => {
                        reader.skip_to_oldest();
                        self.end_replay();
                        return Poll::Ready(Some(Ok(Delivery::Gap { missed: None })));
                    }
                    Replayed::Closed => return Poll::Ready(None),
                    Replayed::Error(error) => return Poll::Ready(Some(Err(error))),
                }
            }
            let Some(delivery) = ready!(reader.poll_next(cx)) else { return Poll::Ready(None) };
            match &delivery {
                Delivery::Event(event) => self.last = event.as_bytes().clone(),
                Delivery::Gap { .. } => {
                    self.replay = id_of(&self.last).map(|id| Box::new(Replay::new(id)));
                    if self.replay.is_some() {
                        continue;
                    }
                }
            }
            return Poll::Ready(Some(Ok(delivery)));
        }
    }

    /// The next event is read from the local log. Of the last replayed event only the ID is stored, as its bytes are not shared.
    fn end_replay(&mut self) {
        if let Some(replay) = self.replay.take() {
            self.last = id_block(replay.id()).unwrap_or_default().into_bytes();
        }
    }
}

impl FusedStream for Subscription {
    fn is_terminated(&self) -> bool {
        self.reader.has_ended()
    }
}

impl<B: Backlog> FusedStream for Subscription<WithBacklog<B>> {
    fn is_terminated(&self) -> bool {
        self.reader.has_ended()
    }
}

/// Shows whether it has ended.
impl<L> fmt::Debug for Subscription<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("has_ended", &self.reader.has_ended()).finish_non_exhaustive()
    }
}

/// Shows whether the backlog is read at present.
impl<B: Backlog> fmt::Debug for WithBacklog<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithBacklog").field("is_replaying", &self.replay.is_some()).finish_non_exhaustive()
    }
}

/// The ID of an encoded block, which is its first or second line.
fn id_of(mut block: &[u8]) -> Option<String> {
    let mut tokenizer = Tokenizer::new();
    while let Some(token) = tokenizer.next_token(&mut block) {
        if let Token::Value { field: Field::Id, bytes, .. } = token {
            return core::str::from_utf8(bytes).ok().map(String::from);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use core::future;

    use crate::adapters::fan_out::{FanOut, Page};
    use crate::server::{History, Retention};

    #[test]
    fn debug_shows_whether_the_backlog_is_read() {
        let fan_out = FanOut::new(History::numbered(7, Retention::new()));
        let backlog = |_: String| future::ready(Ok::<_, ()>(Page::Events(Vec::new())));
        let text = |id: &[u8]| format!("{:?}", fan_out.subscribe_with(Some(id), backlog).log);
        assert_eq!(text(b"7-0"), "WithBacklog { is_replaying: false, .. }");
        assert_eq!(text(b"secret"), "WithBacklog { is_replaying: true, .. }");
    }
}
