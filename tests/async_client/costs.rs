//! What an event and a connection cost.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use sse_proto::adapters::client::EventClient;

use crate::counting::{Counts, count};
use crate::script::immediate;

/// The same chunk again and again, each time after having been waited for.
struct Repeat {
    chunk: Bytes,
    times: usize,
    has_waited: bool,
}

impl http_body::Body for Repeat {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.has_waited = !self.has_waited;
        if self.has_waited {
            return Poll::Pending;
        }
        if self.times == 0 {
            return Poll::Ready(None);
        }
        self.times -= 1;
        Poll::Ready(Some(Ok(Frame::data(self.chunk.clone()))))
    }
}

/// The allocations for this many events, after the first connection, and the number of connections.
fn allocations(events: usize, times: usize, idle_timeout: Option<Duration>) -> (Counts, usize) {
    let chunk = Bytes::from("data: b\n\n: keep-alive\n\nid: 12\nevent: x\ndata: a\n\n".repeat(20));
    let mut connections = 0;
    let connect = |_: Request<()>| {
        connections += 1;
        let mut response = Response::new(Repeat { chunk: chunk.clone(), times, has_waited: false });
        let mut headers = HeaderMap::new();
        headers.insert("content-type", http::HeaderValue::from_static("text/event-stream"));
        *response.headers_mut() = headers;
        ready(Ok::<_, Infallible>(response))
    };
    let policy = immediate().with_idle_timeout(idle_timeout);
    let mut client = EventClient::new(Request::new(()), connect, |_| std::future::pending()).with_policy(policy);
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let mut next = || {
        loop {
            if let Poll::Ready(event) = Pin::new(&mut client).poll_next(&mut cx) {
                break event.unwrap().unwrap();
            }
        }
    };
    for _ in 0..1000 {
        drop(next());
    }
    let ((), counts) = count(|| (0..events).for_each(|_| drop(next())));
    drop(client);
    (counts, connections)
}

#[test]
fn an_event_costs_what_the_decoder_costs() {
    let idle = Some(Duration::from_secs(60));
    for idle_timeout in [None, idle] {
        let (counts, connections) = allocations(10_000, usize::MAX, idle_timeout);
        assert_eq!(connections, 1);
        // The events share their chunks.
        assert_eq!((counts.allocations, counts.held), (0, 0), "{counts:?}");
    }
}

#[test]
fn a_connection_costs_a_few_allocations() {
    // 40 events each.
    let (counts, connections) = allocations(40_000, 1, Some(Duration::from_secs(60)));
    assert_eq!(connections, 1025);
    println!(
        "{} allocations for 1000 connections, of which the headers of the response are 2 each",
        counts.allocations
    );
    assert!((5000..=9000).contains(&counts.allocations), "{counts:?}");
    assert!(counts.held < 1000, "{counts:?}");
}
