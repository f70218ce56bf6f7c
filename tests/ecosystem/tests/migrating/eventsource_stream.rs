//! eventsource-stream 0.2.

use std::convert::Infallible;
use std::time::Duration;

use eventsource_stream::{EventStreamError, Eventsource};
use futures_util::{FutureExt, StreamExt, stream};
use sse_proto::adapters::stream::{EventStreamExt, Signal};
use sse_proto::{BytesDecoder, Error, Limits};

use crate::scripted::{Response, Server, run};

#[allow(unreachable_pub)]
#[path = "../../../migrating/after_eventsource_stream.rs"]
mod after;
#[allow(unreachable_pub)]
#[path = "../../../migrating/before_eventsource_stream.rs"]
mod before;

/// What both programs return for a response of a real server; an error as text.
async fn both(response: fn() -> Response) -> [Result<(Vec<String>, String), String>; 2] {
    let server = Server::start([response(), response()]);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let get = || async { client.get(&server.url).send().await.expect("a response") };
    // A task of its own, as it may panic.
    let task = tokio::spawn(before::read(get().await)).await;
    let before = task.map_err(|error| error.to_string()).and_then(|result| result.map_err(|error| error.to_string()));
    [before, after::read(get().await).await.map_err(|error| error.to_string())]
}

fn seen(events: &[&str], last_event_id: &str) -> (Vec<String>, String) {
    (events.iter().map(|&event| event.to_owned()).collect(), last_event_id.to_owned())
}

#[test]
fn both_programs_do_the_same() {
    run(async {
        let stream = || {
            Response::stream(
                ": hi\n\nevent: a\nid: 1\ndata: one\ndata: two\n\ndata\r\rid: 2\r\ndata: \u{1F980}\r\n\r\ndata: cut",
            )
        };
        let expected = Ok(seen(&["a: one\ntwo", "message: ", "message: \u{1F980}"], "2"));
        assert_eq!(both(stream).await, [expected.clone(), expected]);
        let [before, after] = both(|| Response::failing_stream("data: a\n\n")).await;
        assert!(before.is_err() && after.is_err());
    });
}

#[test]
fn a_byte_order_mark() {
    run(async {
        let [before, after] = both(|| Response::stream("\u{FEFF}data: a\n\n")).await;
        assert!(before.unwrap_err().contains("panic"));
        assert_eq!(after, Ok(seen(&["message: a"], "")));
    });
}

#[test]
fn one_byte_that_is_not_utf8() {
    run(async {
        let [before, after] = both(|| Response::stream(b"data: a\xFF\n\ndata: b\n\ndata: c\n\n")).await;
        assert_eq!(before, Ok(seen(&[], "")), "nothing from there to the end");
        let before = stream::iter([Ok::<_, Infallible>(&b"data: a\xFF\n\n"[..]), Ok(b"data: b\n\n")]).eventsource();
        let before: Vec<_> = before.collect().now_or_never().unwrap();
        assert!(matches!(before[..], [Err(EventStreamError::Utf8(_))]), "at the end");
        assert_eq!(after, Ok(seen(&["message: a\u{FFFD}", "message: b", "message: c"], "")));
    });
}

#[test]
fn an_id_without_data() {
    run(async {
        let [before, after] = both(|| Response::stream("id: 1\ndata: a\n\nid: 2\n\n")).await;
        assert_eq!(before, Ok(seen(&["message: a"], "1")));
        assert_eq!(after, Ok(seen(&["message: a"], "2")));
    });
}

#[test]
fn a_carriage_return_ends_an_event_at_once() {
    // The next byte never arrives.
    let chunks = || stream::iter([Ok::<_, Infallible>("data: a\r\r")]).chain(stream::pending());
    assert!(chunks().eventsource().next().now_or_never().is_none());
    let event = chunks().map(|chunk| chunk.map(str::as_bytes)).event_stream().next().now_or_never();
    assert_eq!(event.unwrap().unwrap().unwrap().data(), "a");
    // Nor does it at the end of the stream.
    let chunks = || stream::iter([Ok::<_, Infallible>("data: a\r\n\r")]);
    assert!(chunks().eventsource().next().now_or_never().unwrap().is_none());
    let event = chunks().map(|chunk| chunk.map(str::as_bytes)).event_stream().next().now_or_never();
    assert_eq!(event.unwrap().unwrap().unwrap().data(), "a");
}

#[test]
fn the_last_event_id_of_an_earlier_connection() {
    let mut before = stream::iter([Ok::<_, Infallible>("data: a\n\n")]).eventsource();
    before.set_last_event_id("42");
    assert_eq!(before.next().now_or_never().unwrap().unwrap().unwrap().id, "");
    assert_eq!(before.last_event_id(), "", "it is lost");

    let mut after = stream::iter([Ok::<_, Infallible>(&b"data: a\n\n"[..])]).event_stream();
    after.decoder_mut().set_last_event_id("42").unwrap();
    let event = after.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!((event.id(), event.last_event_id()), (None, "42"));
    assert_eq!(after.last_event_id(), "42");
}

#[test]
fn retry() {
    let read_before = |text: &'static str| {
        let events = stream::iter([Ok::<_, Infallible>(text)]).eventsource();
        let events = events.map(|event| event.unwrap().retry).collect::<Vec<_>>();
        events.now_or_never().unwrap()
    };
    assert_eq!(read_before("retry: 5\n\ndata: a\n\n"), [None], "it is in a block without data");
    assert_eq!(read_before("retry: +5\ndata: a\n\n"), [Some(Duration::from_millis(5))]);
    let read_after = |text: &'static str| {
        let mut events = stream::iter([Ok::<_, Infallible>(text.as_bytes())]).event_stream();
        assert_eq!(events.next().now_or_never().unwrap().unwrap().unwrap().data(), "a");
        events.reconnection_time()
    };
    assert_eq!(read_after("retry: 5\n\ndata: a\n\n"), Some(Duration::from_millis(5)));
    assert_eq!(read_after("retry: +5\ndata: a\n\n"), None);
}

#[test]
fn limits() {
    let text = format!("data: {}\n\ndata: a\n\n", "x".repeat(100));
    let before = stream::iter([Ok::<_, Infallible>(text.clone())]).eventsource();
    assert_eq!(before.map(|event| event.unwrap().data.len()).collect::<Vec<_>>().now_or_never().unwrap(), [100, 1]);
    let decoder = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(50));
    let after = stream::iter([Ok::<_, Infallible>(text.as_bytes())]).event_stream_with(decoder);
    let after: Vec<_> = after.collect().now_or_never().unwrap();
    assert!(matches!(&after[..], [Err(Error::Decode(_)), Ok(event)] if event.data() == "a"), "{after:?}");
}

#[test]
fn keep_alives_and_ignored_lines() {
    let text = ": hi\n\n{\"error\": 1}";
    let before = stream::iter([Ok::<_, Infallible>(text)]).eventsource();
    assert_eq!(before.count().now_or_never(), Some(0));
    let mut after = stream::iter([Ok::<_, Infallible>(text.as_bytes())]).event_stream().heartbeats();
    assert!(matches!(after.next().now_or_never(), Some(Some(Ok(Signal::Heartbeat)))));
    assert!(after.next().now_or_never().unwrap().is_none());
    assert_eq!(after.ignored().first_line(), b"{\"error\": 1}");
}
