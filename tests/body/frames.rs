//! What is sent.

use std::convert::Infallible;
use std::future;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::{FutureExt, StreamExt, stream};
use http_body::Body;
use http_body_util::BodyExt;
use sse_proto::adapters::body::{EventBody, EventBodyExt, response};
use sse_proto::adapters::{Encoded, IntoEncoded};
use sse_proto::{Comment, Event, EventBuf, EventBytes, headers};
use tokio::time::advance;

use crate::events::*;
use crate::feed::Feed;
use crate::random::Random;
use crate::server::*;
use crate::timers::*;

/// Events, type, data with normalized line ends, the `id` field and `retry` come out as they went in.
#[test]
fn events_survive_the_way_through_a_body() {
    let mut number_of_events = 0;
    for number in 0..2000 {
        let mut random = Random(number);
        let events: Vec<_> = (0..random.below(20)).map(|_| random_event(&mut random)).collect();
        let body = EventBody::new(stream::iter(events.clone()));
        let decoded = body.into_events().map(|event| event.unwrap()).collect::<Vec<_>>().now_or_never().unwrap();
        assert_eq!(decoded.len(), events.len(), "{number}");
        let mut last_event_id = "";
        for (decoded, event) in decoded.iter().zip(&events) {
            assert_eq!(decoded.data(), received_data(event), "{number}");
            assert_eq!(
                (decoded.event_type(), decoded.id(), decoded.retry()),
                (event.event_type(), event.id(), event.retry())
            );
            last_event_id = event.id().unwrap_or(last_event_id);
            assert_eq!(decoded.last_event_id(), last_event_id);
        }
        number_of_events += events.len();
    }
    assert!(number_of_events > 10_000, "{number_of_events}");
}

#[test]
fn empty_encodings_are_skipped_and_are_no_traffic() {
    run(async {
        let (feed, events) = Feed::new();
        let timers = Timers::default();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, timers.sleep()));
        assert_eq!(poll(&mut body), Poll::Pending);
        advance(JUST_BEFORE).await;
        for _ in 0..3 {
            feed.push(Encoded::default());
            feed.push(Encoded::from(Event::without_data()));
        }
        assert_eq!(poll(&mut body), Poll::Pending);
        advance(MS).await;
        feed.push(Encoded::default());
        assert_eq!(poll(&mut body), data(KEEP_ALIVE), "nothing was sent for the interval");
        feed.push(Encoded::default());
        feed.push(Encoded::from(Event::without_data().with_id("7").unwrap()));
        assert_eq!(poll(&mut body), data("id: 7\n\n"));
        assert_eq!(timers.counts(), (1, 0));
    });
}

/// A preamble is sent while the stream waits, in any order of the methods, and does not count as the first event, which is sent
/// even if the body is to end.
#[test]
fn a_preamble_is_sent_before_the_stream() {
    let retry = Event::without_data().with_retry(Duration::from_secs(1));
    let (feed, events) = Feed::<EventBuf>::new();
    let mut body = EventBody::new(events)
        .with_preamble(retry)
        .with_keep_alive(INTERVAL, |_| future::pending())
        .until(future::ready(()))
        .with_preamble(Event::without_data())
        .with_preamble(Comment::new("hello"));
    assert_eq!(poll(&mut body), data("retry: 1000\n\n: hello\n"));
    feed.push(EventBuf::new("a"));
    feed.push(EventBuf::new("b"));
    assert_eq!(poll(&mut body), data("data: a\n\n"));
    assert_eq!(poll(&mut body), Poll::Ready(None));

    let (_feed, events) = Feed::<EventBuf>::new();
    let mut body = EventBody::new(events).with_preamble(Event::without_data());
    assert_eq!(poll(&mut body), Poll::Pending, "nothing is sent for an event without fields");
}

#[test]
fn the_stream_can_be_reached() {
    let (feed, events) = Feed::new();
    let mut body = EventBody::new(events);
    feed.push(EventBuf::new("a"));
    feed.push(EventBuf::new("b"));
    assert!(body.get_ref().is_some());
    let stream = Pin::new(&mut body).get_pin_mut().expect("not ended");
    assert_eq!(stream.into_future().now_or_never().unwrap().0, Some(EventBuf::new("a")));
    assert_eq!(poll(&mut body), data("data: b\n\n"));
}

#[test]
fn the_response_has_the_headers_of_an_event_stream() {
    let responses = [EventBody::new(stream::empty::<EventBuf>()).into_response().map(drop), response(())];
    for response in responses {
        assert_eq!(response.status(), 200);
        let headers: Vec<_> =
            response.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        assert_eq!(headers, headers::RESPONSE_HEADERS);
        assert_eq!(
            headers,
            [("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no")]
        );
        assert!(headers::is_event_stream(response.headers().get_all("content-type")));
    }
}

/// What servers do with a body: boxed, mapped, collected.
#[test]
fn a_body_works_with_http_body_util() {
    let body = || EventBody::new(stream::iter([EventBuf::new("a"), EventBuf::new("b")]));
    assert_eq!(BodyExt::collect(body()).now_or_never().unwrap().unwrap().to_bytes(), "data: a\n\ndata: b\n\n");
    assert!(BodyExt::collect(body()).now_or_never().unwrap().unwrap().trailers().is_none());
    let boxed = body().map_err(|never| -> Box<dyn std::error::Error + Send + Sync> { match never {} }).boxed();
    let frames = boxed.into_data_stream().map(|data| data.unwrap()).collect::<Vec<_>>().now_or_never().unwrap();
    assert_eq!(frames, ["data: a\n\n", "data: b\n\n"]);
    assert_eq!(Body::size_hint(&body()).exact(), None);
    let frames = StreamExt::map(body(), |bytes| bytes.unwrap()).collect::<Vec<_>>().now_or_never().unwrap();
    assert_eq!(frames, ["data: a\n\n", "data: b\n\n"], "as a stream of bytes");
}

#[test]
fn a_stream_may_be_one_of_anything_that_is_encoded() {
    fn sent<S: Stream<Item: IntoEncoded<Error = Infallible>>>(stream: S) -> Bytes {
        BodyExt::collect(EventBody::new(stream)).now_or_never().unwrap().unwrap().to_bytes()
    }
    struct Tick(u32);
    impl From<Tick> for Encoded {
        fn from(tick: Tick) -> Self {
            Self::from(Event::new(&tick.0.to_string()).with_type("tick").expect("valid"))
        }
    }
    let event = EventBuf::new("a");
    assert_eq!(sent(stream::iter([Event::new("a")])), "data: a\n\n");
    assert_eq!(sent(stream::iter([event.clone()])), "data: a\n\n");
    assert_eq!(sent(stream::iter([&event])), "data: a\n\n");
    assert_eq!(sent(stream::iter([EventBytes::from(&event)])), "data: a\n\n");
    assert_eq!(sent(stream::iter([&EventBytes::from(&event)])), "data: a\n\n");
    assert_eq!(sent(stream::iter([Comment::new("a")])), ": a\n");
    assert_eq!(sent(stream::iter([Encoded::from(&event)])), "data: a\n\n");
    assert_eq!(sent(stream::iter([Tick(7)])), "event: tick\ndata: 7\n\n");
    assert_eq!(sent(stream::iter([Ok::<_, Infallible>(Tick(7))])), "event: tick\ndata: 7\n\n");
}
