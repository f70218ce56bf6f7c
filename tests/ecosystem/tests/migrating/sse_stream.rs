//! sse-stream 0.3, and where 0.2 differs.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http_body_util::{BodyExt, Full};
use sse_proto::adapters::body::{EventBody, EventBodyExt};
use sse_proto::{BytesDecoder, Decoder, Event, EventBuf, InvalidEvent, ItemBuf, Limits};
use sse_stream::{BodyError, EncodeError, Sse, SseBody, SseStream};

use crate::scripted::run;

#[allow(unreachable_pub)]
#[path = "../../../migrating/after_sse_stream.rs"]
mod after;
#[allow(unreachable_pub)]
#[path = "../../../migrating/before_sse_stream.rs"]
mod before;

fn response(body: impl Into<Bytes>) -> http::Response<Full<Bytes>> {
    http::Response::new(Full::new(body.into()))
}

fn decode(mut body: &[u8]) -> Vec<EventBuf> {
    let (mut decoder, mut events) = (Decoder::new(), Vec::new());
    while let Some(event) = decoder.next_event(&mut body).expect("it fits") {
        events.push(event.to_event_buf());
    }
    assert!(!decoder.end_of_stream().is_incomplete());
    events
}

/// What version 0.3 returns for a body.
fn blocks(body: &'static [u8]) -> Vec<Result<Sse, sse_stream::Error>> {
    SseStream::new(Full::new(body)).collect().now_or_never().expect("ready")
}

/// What version 0.2 returns for a body.
fn blocks_0_2(body: &'static [u8]) -> Vec<Result<sse_stream_0_2::Sse, sse_stream_0_2::Error>> {
    // It does not end after an error.
    sse_stream_0_2::SseStream::new(Full::new(body)).take(10).collect().now_or_never().expect("ready")
}

#[test]
fn both_programs_do_the_same() {
    run(async {
        let body = "\u{FEFF}: hi\n\nid: 1\ndata: a\ndata: b\n\ndata\n\nid: 2\n\nevent: x\r\ndata: c\r\n\r\ndata: cut";
        let expected = [("1", "a\nb"), ("1", ""), ("2", "c")].map(|(id, data)| (id.to_owned(), data.to_owned()));
        assert_eq!(before::read(response(body)).await.expect("no error"), expected);
        assert_eq!(after::read(response(body)).await.expect("no error"), expected);

        let texts = || stream::iter(["one", "", "two\r\nlines\n"].map(str::to_owned));
        let (before, after) = (before::respond(texts()), after::respond(texts()));
        for name in ["content-type", "cache-control"] {
            assert_eq!(before.headers()[name], after.headers()[name]);
        }
        let before = decode(&before.into_body().collect().await.ok().expect("no error").to_bytes());
        let after = decode(&after.into_body().collect().await.ok().expect("no error").to_bytes());
        let event = |data, id| {
            Event::new(data).with_type("text").and_then(|event| event.with_id(id)).expect("valid").to_event_buf()
        };
        assert_eq!(before, [event("one", "0"), event("", "1"), event("two\nlines\n", "2")]);
        assert_eq!(before, after);
    });
}

#[test]
fn blocks_without_data() {
    let body = b"id: 1\nretry: 5\n\ndata: a\n\n";
    let seen: Vec<_> = blocks(body).into_iter().map(|block| block.expect("no error")).collect();
    assert_eq!(seen, [Sse::default().id("1").retry(5), Sse::default().data("a")], "the ID is not inherited");
    let mut events = Full::new(&body[..]).into_events();
    let event = events.next().now_or_never().flatten().expect("an event").expect("no error");
    assert_eq!((event.data(), event.id(), event.last_event_id()), ("a", None, "1"));
    assert_eq!(events.reconnection_time(), Some(Duration::from_millis(5)));
    let items: Vec<_> = Full::new(&body[..]).into_events().items().collect().now_or_never().expect("ready");
    assert!(matches!(&items[..], [Ok(ItemBuf::Block(block)), Ok(ItemBuf::Event(_))] if block.id() == Some("1")));
}

#[test]
fn one_byte_that_is_not_utf8() {
    let body = b"data: a\xFF\n\ndata: b\n\n";
    assert!(matches!(&blocks(body)[..], [Err(sse_stream::Error::Utf8Parse(_))]), "and the rest is lost");
    let mut events = Full::new(&body[..]).into_events();
    let data: Vec<_> = events
        .by_ref()
        .map(|event| event.expect("no error").data().to_owned())
        .collect()
        .now_or_never()
        .expect("ready");
    assert_eq!(data, ["a\u{FFFD}", "b"]);
    assert_eq!(events.utf8_replacements(), 1);
}

#[test]
fn limits() {
    let body = b"data: much too long\n\ndata: a\n\n";
    assert_eq!(blocks(body).len(), 2, "there is no limit");
    let decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(5));
    let events: Vec<_> = Full::new(&body[..]).into_events_with(decoder).collect().now_or_never().expect("ready");
    assert!(matches!(&events[..], [Err(_), Ok(event)] if event.data() == "a"));
}

#[test]
fn an_id_with_a_line_end() {
    let blocks =
        stream::iter([Sse::default().id("1\ndata: injected"), Sse::default().data("a")]).map(Ok::<_, Infallible>);
    let mut body = SseBody::new(blocks);
    let error = body.frame().now_or_never().flatten().expect("a frame").unwrap_err();
    assert!(matches!(error, BodyError::Encode(EncodeError::InvalidId)), "when it is sent");
    assert!(body.frame().now_or_never().flatten().is_none(), "and the response is cut");
    assert!(
        matches!(EventBuf::new("").with_id("1\ndata: injected"), Err(InvalidEvent::Forbidden { .. })),
        "when it is set"
    );
}

#[test]
fn keep_alives() {
    run(async {
        let body = EventBody::new(stream::pending::<EventBuf>()).with_keep_alive(Duration::ZERO, tokio::time::sleep);
        let mut body = std::pin::pin!(body);
        assert_eq!(body.next().await, Some(Ok(":\n".into())));
        let default = format!("{:?}", sse_stream::KeepAlive::new());
        assert!(default.contains(r":\n\n"), "{default}");
    });
}

#[test]
fn version_0_2_fails_where_the_specification_ignores() {
    let correct = |body: &'static [u8]| {
        let events = Full::new(body).into_events().map(|event| event.expect("no error").data().to_owned());
        events.collect::<Vec<_>>().now_or_never().expect("ready")
    };
    for body in
        ["data\n\ndata: a\n\n", "what: x\ndata: a\n\n", "event: x\nevent: y\ndata: a\n\n", "retry: soon\ndata: a\n\n"]
    {
        assert!(blocks_0_2(body.as_bytes()).iter().any(Result::is_err), "{body:?}");
        assert!(blocks(body.as_bytes()).iter().all(Result::is_ok), "{body:?}");
        assert_eq!(correct(body.as_bytes()).last().map(String::as_str), Some("a"), "{body:?}");
    }
}

#[test]
fn version_0_2_encodes_line_ends() {
    let old = |sse: sse_stream_0_2::Sse| decode(&Bytes::from(sse));
    let sse = sse_stream_0_2::Sse::default;
    assert_eq!(old(sse().data("a\nb"))[0].data(), "a");
    assert_eq!(old(sse().data("a\n\ndata: injected")).len(), 2);
    assert_eq!(old(sse().data("x").id("1\nevent: injected"))[0].event_type(), "injected");
    assert_eq!(decode(&EventBuf::new("a\n\ndata: injected").to_bytes()), [EventBuf::new("a\n\ndata: injected")]);
}
