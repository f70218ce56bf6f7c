//! The events of a body.

use std::convert::Infallible;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http_body::{Body, Frame};
use http_body_util::{Full, StreamBody};
use sse_proto::adapters::body::{BodyChunks, EventBody, EventBodyExt};
use sse_proto::adapters::stream::EventStream;
use sse_proto::{Error, EventBytes, Limits};

use crate::server::run;

#[test]
fn trailers_are_dropped_and_empty_frames_are_skipped() {
    let body = || {
        let frames = [
            Frame::data(Bytes::new()),
            Frame::data(Bytes::from("data: a\n\nda")),
            Frame::data(Bytes::new()),
            Frame::data(Bytes::from("ta: b\n\n")),
            Frame::trailers(http::HeaderMap::new()),
        ];
        StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)))
    };
    let chunks: Vec<_> = BodyChunks::new(body()).map(|chunk| chunk.unwrap()).collect().now_or_never().unwrap();
    assert_eq!(chunks, ["data: a\n\nda", "ta: b\n\n"]);
    let events: Vec<_> = body().into_events().map(|event| event.unwrap()).collect().now_or_never().unwrap();
    assert_eq!(events.iter().map(EventBytes::data).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn an_error_of_a_body_is_one_of_its_events() {
    let frames = [Ok(Frame::data(Bytes::from("data: a\n\ndata: much too long\n\n"))), Err("broken")];
    let limits = Limits::default().with_max_event_bytes(3);
    let events = EventStream::with_limits(BodyChunks::new(StreamBody::new(stream::iter(frames))), limits);
    let events: Vec<_> = events.collect().now_or_never().unwrap();
    assert!(matches!(&events[0], Ok(event) if event.data() == "a"));
    assert!(matches!(events[1], Err(sse_proto::Error::Decode(_))));
    assert!(matches!(events[2], Err(sse_proto::Error::Source("broken"))));
    assert_eq!(events.len(), 3);
}

/// A relay that cannot read on must not look like one whose stream has ended.
#[test]
fn an_error_passes_through_a_relay() {
    let source = || {
        let frames = [Ok(Frame::data(Bytes::from("id: 1\ndata: a\n\nid: 2\ndata: cut"))), Err("broken")];
        StreamBody::new(stream::iter(frames)).into_events()
    };
    let relayed: Vec<_> = run(EventBody::new(source()).into_events().collect());
    assert!(matches!(&relayed[0], Ok(event) if event.data() == "a" && event.id() == Some("1")));
    let is_broken = |error: &_| matches!(error, Error::Source(Error::Source("broken")));
    assert!(relayed[1].as_ref().is_err_and(is_broken), "{relayed:?}");
    assert_eq!(relayed.len(), 2);
}

#[test]
fn the_body_of_events_can_be_reached() {
    let mut chunks = BodyChunks::new(Full::new(Bytes::from("data: a\n\n")));
    assert_eq!(chunks.get_ref().size_hint().exact(), Some(9));
    assert!(!chunks.get_mut().is_end_stream());
    assert!(!Pin::new(&mut chunks).get_pin_mut().is_end_stream());
    assert!(!chunks.into_inner().is_end_stream());
}
