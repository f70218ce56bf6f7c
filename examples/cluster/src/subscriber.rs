//! A client that receives events in the background and notes what happens.

use std::time::Duration;

use http_body_util::Empty;
use hyper::Request;
use hyper::body::Bytes;
use sse_proto::adapters::client::{EventClient, Update};
use sse_proto::client::{Cause, Policy};
use sse_proto::headers::LAST_EVENT_ID;
use sse_proto::{EventBytes, ItemBuf};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time;

use crate::Result;
use crate::network::Network;
use crate::redis_log::EntryId;

/// Short delays, so that this run is short. The attempts must last until Redis has been restarted.
const POLICY: Policy = Policy::new()
    .with_reconnection_time(Duration::from_millis(20))
    .with_min_delay(Duration::from_millis(20))
    .with_max_delay(Duration::from_millis(200));

/// How long a client may take to receive what was written.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// A client in a task of its own, which is aborted when this is dropped.
pub(crate) struct Subscriber {
    received: watch::Receiver<Received>,
    task: JoinHandle<()>,
}

/// What a client has received, and how.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    pub(crate) events: Vec<EventBytes>,
    /// How many events had been received when the server said that some were missed.
    pub(crate) gaps: Vec<usize>,
    pub(crate) connections: usize,
    /// How many connections ended in the middle of an event.
    pub(crate) cuts: usize,
    /// Why the client has given up.
    pub(crate) end: Option<String>,
}

impl Subscriber {
    /// Starts a client that has received the event with this ID last, or none. If it moves, it reconnects every few events.
    pub(crate) fn start(network: &Network, last_event_id: Option<EntryId>, moves: Option<Moves>) -> Result<Self> {
        let mut request = Request::get("/events");
        if let Some(id) = last_event_id {
            request = request.header(LAST_EVENT_ID, id.to_string());
        }
        let request = request.body(Empty::<Bytes>::new())?;
        let (sender, received) = watch::channel(Received::default());
        let task = tokio::spawn(receive(request, network.clone(), moves, sender));
        Ok(Self { received, task })
    }

    /// Waits until the client has received the event with this ID.
    pub(crate) async fn wait_for(&mut self, id: EntryId) -> Result<()> {
        let id = id.to_string();
        self.wait(|received| received.events.last().is_some_and(|event| event.last_event_id() == id)).await
    }

    /// Waits until the client has made this many connections.
    pub(crate) async fn wait_for_connection(&mut self, number: usize) -> Result<()> {
        self.wait(|received| received.connections >= number).await
    }

    pub(crate) fn received(&self) -> Received {
        self.received.borrow().clone()
    }

    async fn wait(&mut self, is_done: impl Fn(&Received) -> bool) -> Result<()> {
        let done = self.received.wait_for(|received| received.end.is_some() || is_done(received));
        let is_in_time = time::timeout(TIME_LIMIT, done).await.is_ok();
        let received = self.received.borrow();
        match &received.end {
            _ if is_done(&received) => Ok(()),
            Some(end) => Err(format!("a client has given up: {end}").into()),
            None if is_in_time => Err("a client has panicked".into()),
            None => {
                let (events, connections) = (received.events.len(), received.connections);
                let last = received.events.last().map_or("", EventBytes::last_event_id);
                let what = format!("{events} events in {connections} connections, the last one is {last:?}");
                Err(format!("a client does not receive what it waits for: it has {what}").into())
            }
        }
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn receive(
    request: Request<Empty<Bytes>>,
    network: Network,
    mut moves: Option<Moves>,
    received: watch::Sender<Received>,
) {
    let connect = move |request| network.clone().send(request);
    let mut client = EventClient::new(request, connect, time::sleep).with_policy(POLICY);
    let handle = client.handle();
    while let Some(update) = client.next_update().await {
        match update {
            Ok(Update::Connected) => received.send_modify(|received| received.connections += 1),
            Ok(Update::Item(ItemBuf::Event(event))) => {
                received.send_modify(|received| match (event.event_type(), event.id()) {
                    ("gap", None) => received.gaps.push(received.events.len()),
                    _ => received.events.push(event),
                });
                if moves.as_mut().is_some_and(Moves::is_due) {
                    handle.reconnect_now();
                }
            }
            Ok(Update::Waiting { .. }) => {
                let was_cut = client.source().last_stream().is_incomplete();
                received.send_modify(|received| received.cuts += usize::from(was_cut));
            }
            Ok(_) => {}
            Err(error) => received.send_modify(|received| received.end = Some(error.to_string())),
        }
    }
    let cause = client.cause().unwrap_or(Cause::Closed);
    received.send_modify(|received| _ = received.end.get_or_insert_with(|| cause.to_string()));
}

/// When a client reconnects that is not disturbed otherwise: after one to sixteen events.
pub(crate) struct Moves {
    state: u64,
    events: u64,
}

impl Moves {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed, events: 1 }
    }

    fn is_due(&mut self) -> bool {
        self.events -= 1;
        if self.events == 0 {
            // Knuth, MMIX.
            self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            self.events = 1 + (self.state >> 60);
            return true;
        }
        false
    }
}
