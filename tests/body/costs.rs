//! What a body costs.

use std::convert::Infallible;
use std::future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use sse_proto::adapters::Encoded;
use sse_proto::adapters::body::{EventBody, EventBodyExt};
use sse_proto::adapters::stream::EventStreamExt;
use sse_proto::{EventBuf, EventBytes};

use crate::counting::count;
use crate::server::*;

/// As many allocations as the core: none of the body's own, neither for an event, nor for a timer.
#[test]
fn a_body_allocates_nothing_of_its_own() {
    const EVENTS: usize = 1000;
    let event = EventBuf::new("hello").with_type("greeting").unwrap().with_id("7").unwrap();
    let (encoded, core) = count(|| event.to_bytes());
    assert_eq!(core.allocations, 1, "exactly sized");
    let drain = |body: Pin<&mut dyn Stream<Item = Result<Bytes, Infallible>>>| {
        let mut body = body;
        let mut cx = Context::from_waker(Waker::noop());
        let mut len = 0;
        while let Poll::Ready(Some(Ok(bytes))) = body.as_mut().poll_next(&mut cx) {
            len += bytes.len();
        }
        assert_eq!(len, EVENTS * encoded.len());
    };
    let no_timer = |_: Duration| future::pending::<()>();

    let ((), counts) = count(|| drain(pin!(EventBody::new(stream::iter(std::iter::repeat_n(&event, EVENTS))))));
    assert_eq!(counts.allocations, EVENTS * core.allocations, "encoded here");
    let events = stream::iter(std::iter::repeat_n(Encoded::from(&event), EVENTS)).chain(stream::pending());
    let body = EventBody::new(events).with_keep_alive(INTERVAL, no_timer).until(future::pending::<()>());
    let ((), counts) = count(|| drain(pin!(body)));
    assert!(counts.allocations <= 1, "encoded once, elsewhere: {counts:?}");
    println!("EventBody: {} allocations for {EVENTS} events that are encoded once", counts.allocations);

    // Reading: as many as the stream adapter over the same chunks, which are shared already.
    drop(encoded.clone());
    let chunks = || stream::iter(std::iter::repeat_n(encoded.clone(), EVENTS)).map(Ok::<_, Infallible>);
    let read = |events: Pin<&mut dyn Stream<Item = Result<EventBytes, sse_proto::Error<Infallible>>>>| {
        let mut events = events;
        let mut cx = Context::from_waker(Waker::noop());
        let mut number = 0;
        while let Poll::Ready(Some(event)) = events.as_mut().poll_next(&mut cx) {
            assert_eq!(event.unwrap().data(), "hello");
            number += 1;
        }
        assert_eq!(number, EVENTS);
    };
    let ((), core) = count(|| read(pin!(chunks().event_stream())));
    let ((), counts) =
        count(|| read(pin!(StreamBody::new(chunks().map(|chunk| chunk.map(Frame::data))).into_events())));
    println!("BodyEvents: {} allocations for {EVENTS} events, EventStream: {}", counts.allocations, core.allocations);
    assert_eq!(counts, core);
}
