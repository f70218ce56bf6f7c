//! Clients that follow a site until its last event.

use std::time::Duration;

use bytes::Bytes;
use sse_proto::ItemBuf;
use sse_proto::adapters::client::{EventClient, Update};
use sse_proto::adapters::io;
use sse_proto::client::{Policy, Response};
use tokio::time;

use crate::BoxError;
use crate::client::{Client, Connecting};
use crate::followed::Followed;
use crate::ready::Ready;

/// A client of the crate over a real one.
pub type Following = EventClient<Bytes, Connecting, fn(Duration) -> time::Sleep>;

/// The policy of these tests: connections are made again soon, however often it takes.
#[must_use]
pub const fn policy() -> Policy {
    Policy::new()
        .with_reconnection_time(Duration::from_millis(20))
        .with_min_delay(Duration::from_millis(1))
        .with_max_delay(Duration::from_millis(100))
        .with_max_attempts(1000)
}

/// A client that gets this URL.
///
/// # Errors
///
/// If the URL is not valid.
pub fn client(client: &Client, url: &str, policy: Policy) -> Result<Following, BoxError> {
    Ok(client_with(client, http::Request::get(url).body(Bytes::new())?, policy))
}

/// A client that sends this request.
pub fn client_with(client: &Client, request: http::Request<Bytes>, policy: Policy) -> Following {
    EventClient::new(request, client.connecting(), time::sleep as fn(Duration) -> time::Sleep).with_policy(policy)
}

/// Follows a site until its last event. It is ready when it has an ID to resume from: from then on it must not miss an event.
///
/// # Errors
///
/// If the client stops.
pub async fn follow(mut client: Following, ready: &Ready) -> Result<Followed, BoxError> {
    let (mut followed, mut is_open, mut is_ready) = (Followed::default(), false, false);
    loop {
        match client.next_update().await.ok_or("the client was asked to stop")?? {
            Update::Item(ItemBuf::Event(event)) if !followed.event(&event)? => return Ok(followed),
            Update::Connected => {
                followed.connections += 1;
                is_open = true;
            }
            Update::Waiting { cause, .. } => {
                followed.lose(is_open, cause, client.source().last_stream());
                is_open = false;
            }
            _ => {}
        }
        if !is_ready && !client.source().last_event_id().is_empty() {
            is_ready = true;
            ready.add();
        }
    }
}

/// Follows a site until its last event with the blocking client of the crate, over ureq. See [`follow`].
///
/// # Errors
///
/// If the client stops.
pub fn follow_blocking(agent: &ureq::Agent, url: &str, policy: Policy, ready: &Ready) -> Result<Followed, BoxError> {
    let mut client = io::EventClient::new(policy, |request| {
        let get = request.headers().fold(agent.get(url), |get, (name, value)| get.header(name, value));
        let response = get
            .config()
            .timeout_connect(request.timeout())
            .timeout_recv_response(request.timeout())
            .timeout_per_read(request.timeout())
            .build()
            .call()
            .map_err(std::io::Error::other)?;
        let head = Response::new(response.status().as_u16());
        let head = head.with_content_types(response.headers().get_all("content-type"));
        Ok((head, response.into_body().into_reader()))
    });
    let (mut followed, mut is_open, mut is_ready) = (Followed::default(), false, false);
    loop {
        match client.next_update().ok_or("the client was asked to stop")?? {
            io::Update::Item(ItemBuf::Event(event)) if !followed.event(&event)? => return Ok(followed),
            io::Update::Connected => {
                followed.connections += 1;
                is_open = true;
            }
            io::Update::Waiting { cause, .. } => {
                followed.lose(is_open, cause, client.source().last_stream());
                is_open = false;
            }
            _ => {}
        }
        if !is_ready && !client.source().last_event_id().is_empty() {
            is_ready = true;
            ready.add();
        }
    }
}
