//! `EventBody` and `BodyEvents`: frames, keep-alives, the end, errors, allocations. The tests of decoding run through `BodyEvents`, too
//! (`tests/conformance.rs`, `tests/chunking.rs`).
#![cfg(feature = "http-body")]

#[path = "support/counting.rs"]
mod counting;
#[path = "support/feed.rs"]
mod feed;
#[path = "support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]
mod random;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{self, Future, Pending, Ready};
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use counting::count;
use feed::Feed;
use futures_core::{FusedStream, Stream};
use futures_util::{FutureExt, StreamExt, stream};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody};
use random::Random;
use sse_proto::adapters::body::{
    BodyChunks, BodyEvents, EventBody, EventBodyExt, MIN_KEEP_ALIVE, NoKeepAlive, response,
};
use sse_proto::adapters::stream::{EventStream, EventStreamExt};
use sse_proto::adapters::{Encoded, IntoEncoded, Sleep};
use sse_proto::{Comment, Event, EventBuf, EventBytes, Limits, headers};
use tokio::time::{Instant, advance, sleep};

const INTERVAL: Duration = Duration::from_secs(15);
const MS: Duration = Duration::from_millis(1);
/// A millisecond before the interval ends.
const JUST_BEFORE: Duration = Duration::from_millis(14_999);

/// Runs under a clock that stands still unless all wait, or it is advanced.
fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
}

/// Polls a body once for a frame, as a server does.
fn poll<B: Body<Data = Bytes, Error: std::fmt::Debug> + Unpin>(body: &mut B) -> Poll<Option<Bytes>> {
    poll_result(body).map(|frame| frame.map(|frame| frame.unwrap()))
}

fn poll_result<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Poll<Option<Result<Bytes, B::Error>>> {
    let mut cx = Context::from_waker(Waker::noop());
    let frame = Pin::new(body).poll_frame(&mut cx);
    frame.map(|frame| frame.map(|frame| frame.map(|frame| frame.into_data().expect("data"))))
}

fn data(text: &'static str) -> Poll<Option<Bytes>> {
    Poll::Ready(Some(Bytes::from_static(text.as_bytes())))
}

const KEEP_ALIVE: &str = ":\n";

#[test]
fn a_keep_alive_is_sent_exactly_at_the_interval() {
    run(async {
        let (_feed, events) = Feed::<EventBuf>::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, sleep));
        for _ in 0..3 {
            assert_eq!(poll(&mut body), Poll::Pending);
            advance(JUST_BEFORE).await;
            assert_eq!(poll(&mut body), Poll::Pending);
            advance(MS).await;
            assert_eq!(poll(&mut body), data(KEEP_ALIVE));
        }
    });
}

/// The task of the server sleeps in between: the timer, the stream and the end each wake it.
#[test]
fn a_task_that_waits_is_woken() {
    run(async {
        let (feed, events) = Feed::new();
        let (end, until) = Feed::<()>::new();
        let until = async move { pin!(until).next().await };
        let body = EventBody::new(events).with_keep_alive(INTERVAL, sleep).until(until);
        let start = Instant::now();
        let receive = body.map(|bytes| (start.elapsed().as_secs(), bytes.unwrap())).collect::<Vec<_>>();
        let send = async {
            sleep(INTERVAL + Duration::from_secs(5)).await;
            feed.push(EventBuf::new("hello"));
            sleep(INTERVAL + Duration::from_secs(5)).await;
            end.close();
        };
        let (received, ()) = futures_util::future::join(receive, send).await;
        let expected = [(15, KEEP_ALIVE), (20, "data: hello\n\n"), (35, KEEP_ALIVE)];
        assert_eq!(received, expected.map(|(time, text)| (time, Bytes::from(text))));
        assert_eq!(start.elapsed().as_secs(), 40);
    });
}

#[test]
fn traffic_resets_the_interval() {
    run(async {
        let (feed, events) = Feed::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, sleep));
        for _ in 0..3 {
            assert_eq!(poll(&mut body), Poll::Pending);
            advance(JUST_BEFORE).await;
            feed.push(EventBuf::new("a"));
            assert_eq!(poll(&mut body), data("data: a\n\n"));
        }
        assert_eq!(poll(&mut body), Poll::Pending);
        advance(JUST_BEFORE).await;
        assert_eq!(poll(&mut body), Poll::Pending, "the interval began with the last event");
        advance(MS).await;
        feed.push(EventBuf::new("b"));
        assert_eq!(poll(&mut body), data("data: b\n\n"), "an event that is ready makes the keep-alive superfluous");
        assert_eq!(poll(&mut body), Poll::Pending);
    });
}

/// A client that does not read needs no keep-alives.
#[test]
fn time_between_polls_does_not_count_unless_the_body_waits() {
    run(async {
        let (feed, events) = Feed::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, sleep));
        feed.push(EventBuf::new("a"));
        assert_eq!(poll(&mut body), data("data: a\n\n"));
        advance(INTERVAL * 10).await;
        assert_eq!(poll(&mut body), Poll::Pending, "the frame was written only now");
        advance(INTERVAL * 10).await;
        assert_eq!(poll(&mut body), data(KEEP_ALIVE));
        assert_eq!(poll(&mut body), Poll::Pending, "one keep-alive, however late");
    });
}

/// Counts the calls of a function that sleeps, and the timers that exist.
#[derive(Clone, Default)]
struct Timers {
    calls: Rc<Cell<usize>>,
    existing: Rc<Cell<usize>>,
    times: Rc<RefCell<Vec<Duration>>>,
}

impl Timers {
    fn sleep(&self) -> impl Sleep + use<> {
        struct Existing(Rc<Cell<usize>>);
        impl Drop for Existing {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        let timers = self.clone();
        move |time| {
            timers.calls.set(timers.calls.get() + 1);
            timers.existing.set(timers.existing.get() + 1);
            timers.times.borrow_mut().push(time);
            let existing = Existing(timers.existing.clone());
            async move {
                sleep(time).await;
                drop(existing);
            }
        }
    }

    fn counts(&self) -> (usize, usize) {
        (self.calls.get(), self.existing.get())
    }
}

#[test]
fn a_burst_costs_one_timer() {
    run(async {
        let timers = Timers::default();
        let (feed, events) = Feed::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, timers.sleep()));
        for burst in 1..=3 {
            for _ in 0..100 {
                feed.push(EventBuf::new("a"));
            }
            for _ in 0..100 {
                assert_eq!(poll(&mut body), data("data: a\n\n"));
                assert_eq!(timers.counts(), (burst - 1, 0), "none while events are ready");
            }
            for _ in 0..3 {
                assert_eq!(poll(&mut body), Poll::Pending);
                assert_eq!(timers.counts(), (burst, 1), "one while the body waits");
            }
        }
        advance(INTERVAL).await;
        assert_eq!(poll(&mut body), data(KEEP_ALIVE));
        assert_eq!(timers.counts(), (3, 0));
        assert_eq!(poll(&mut body), Poll::Pending);
        assert_eq!(timers.counts(), (4, 1), "a keep-alive costs one timer");
        feed.close();
        assert_eq!(poll(&mut body), Poll::Ready(None));
        assert_eq!(timers.counts(), (4, 0), "none after the end");
        assert_eq!(*timers.times.borrow(), [INTERVAL; 4]);
    });
}

#[test]
fn an_interval_of_zero_does_not_spin() {
    for interval in [Duration::ZERO, Duration::from_nanos(1), MIN_KEEP_ALIVE] {
        run(async {
            let timers = Timers::default();
            let (_feed, events) = Feed::<EventBuf>::new();
            let body =
                EventBody::new(events).with_keep_alive(interval, timers.sleep()).until(sleep(MIN_KEEP_ALIVE * 10));
            assert_eq!(body.count().await, 9, "the tenth comes with the end");
            assert_eq!(timers.counts(), (10, 0));
            assert_eq!(*timers.times.borrow(), [MIN_KEEP_ALIVE; 10]);
        });
    }
    run(async {
        let timers = Timers::default();
        let (_feed, events) = Feed::<EventBuf>::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(Duration::MAX, timers.sleep()));
        assert_eq!(poll(&mut body), Poll::Pending);
        advance(INTERVAL * 1_000_000).await;
        assert_eq!(poll(&mut body), Poll::Pending, "practically never, and no overflow");
    });
}

/// Each frame is a whole event or a keep-alive, whenever which of them comes.
#[test]
fn a_keep_alive_is_never_within_an_event() {
    for number in 0..300 {
        run(async {
            let mut random = Random(number);
            let events: Vec<_> = (0..random.below(20)).map(|_| random_event(&mut random)).collect();
            let encoded: Vec<_> = events.iter().map(EventBuf::to_bytes).collect();
            let (feed, stream) = Feed::new();
            let body = EventBody::new(stream).with_keep_alive(MIN_KEEP_ALIVE, sleep);
            let receive = body.map(|bytes| bytes.unwrap()).collect::<Vec<_>>();
            let send = async {
                for event in &events {
                    sleep(Duration::from_millis(random.below(300) as u64)).await;
                    feed.push(event.clone());
                }
                feed.close();
            };
            let (mut frames, ()) = futures_util::future::join(receive, send).await;
            let decoded =
                StreamBody::new(stream::iter(frames.clone()).map(|data| Ok::<_, Infallible>(Frame::data(data))));
            frames.retain(|frame| frame != KEEP_ALIVE);
            assert_eq!(frames, encoded, "{number}");
            let decoded = decoded.into_events().map(|event| event.unwrap()).collect::<Vec<_>>().await;
            assert!(decoded.iter().map(EventBytes::data).eq(events.iter().map(received_data)), "{number}");
        });
    }
}

/// Line ends are received as LF.
fn received_data(event: &EventBuf) -> String {
    event.data().replace("\r\n", "\n").replace('\r', "\n")
}

/// A valid event with data, of many lines at times.
fn random_event(random: &mut Random) -> EventBuf {
    let words = ["", "a", "\n", "語", "data: ", ":", " x", "\r", "\0", "\u{FEFF}", "{\"a\": [1, 2]}"];
    let mut text = |most| (0..random.below(most)).map(|_| words[random.below(words.len())]).collect::<String>();
    let (data, name, id) = (text(30), text(4).replace(['\r', '\n'], ""), text(4).replace(['\r', '\n', '\0'], ""));
    let mut event = EventBuf::new(data);
    if random.below(3) == 0 {
        event = event.with_type(&name).unwrap();
    }
    if random.below(3) == 0 {
        event = event.with_id(&id).unwrap();
    }
    if random.below(3) == 0 {
        event = event.with_retry(Duration::from_millis(random.below(10_000) as u64));
    }
    event
}

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
fn shutdown_while_the_body_waits() {
    run(async {
        let (feed, events) = Feed::new();
        let body = EventBody::new(events).with_keep_alive(INTERVAL, sleep).until(sleep(INTERVAL * 2 + MS));
        let mut body = Box::pin(body);
        feed.push(EventBuf::new("a"));
        assert_eq!(body.next().await.unwrap().unwrap(), "data: a\n\n");
        assert_eq!(body.next().await.unwrap().unwrap(), KEEP_ALIVE);
        assert_eq!(body.next().await.unwrap().unwrap(), KEEP_ALIVE);
        assert!(!body.is_end_stream() && !feed.is_dropped());
        assert!(body.next().await.is_none());
        assert!(body.is_end_stream() && feed.is_dropped(), "the stream is dropped at the end, not with the body");
        assert!(body.as_ref().get_ref().get_ref().is_none());
        feed.push(EventBuf::new("b"));
        assert_eq!(poll(&mut body), Poll::Ready(None));
    });
}

/// A stream that is always ready is ended, too.
#[test]
fn shutdown_while_events_are_ready() {
    let (end, until) = Feed::<()>::new();
    let until = async move { Box::pin(until).next().await };
    let mut body = Box::pin(EventBody::new(stream::repeat(Event::new("a"))).until(until));
    for _ in 0..100 {
        assert_eq!(poll(&mut body), data("data: a\n\n"));
    }
    end.push(());
    assert_eq!(poll(&mut body), Poll::Ready(None), "events that are ready do not delay the end");
    assert!(body.is_end_stream() && body.is_terminated());
    assert!(end.is_dropped(), "its future, too, is dropped");
    assert_eq!(poll(&mut body), Poll::Ready(None));
}

#[test]
fn shutdown_before_the_first_poll() {
    let (feed, events) = Feed::new();
    feed.push(EventBuf::new("a"));
    feed.push(EventBuf::new("b"));
    // The output of the future does not matter.
    let mut body = EventBody::new(events).until(future::ready(Err::<u8, _>("closed")));
    assert!(!body.is_end_stream(), "it is not polled yet");
    // What is first is often the ID from which a new client resumes. Without it, the client would miss what is sent until it has
    // connected again.
    assert_eq!(poll(&mut body), data("data: a\n\n"));
    assert_eq!(poll(&mut body), Poll::Ready(None));
    assert!(body.is_end_stream() && feed.is_dropped());
    assert_eq!(feed.polls(), 1);
}

#[test]
fn shutdown_before_the_first_poll_of_a_stream_that_waits() {
    let (feed, events) = Feed::<EventBuf>::new();
    let mut body = EventBody::new(events).until(future::ready(()));
    assert_eq!(poll(&mut body), Poll::Ready(None));
    assert!(body.is_end_stream() && feed.is_dropped());
}

/// A stream whose items are all empty does not keep the body from its end either.
#[test]
fn shutdown_is_noticed_between_items_that_are_skipped() {
    let polls = Cell::new(0);
    let until = future::poll_fn(|_| {
        polls.set(polls.get() + 1);
        if polls.get() == 100 { Poll::Ready(()) } else { Poll::Pending }
    });
    let mut body = EventBody::new(stream::repeat(Event::without_data())).until(until);
    assert_eq!(poll(&mut body), Poll::Ready(None));
}

#[test]
fn an_error_is_returned_once_and_ends_the_body() {
    run(async {
        let (feed, events) = Feed::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, sleep));
        feed.push(Ok(EventBuf::new("a")));
        feed.push(Err("broken"));
        feed.push(Ok(EventBuf::new("b")));
        assert_eq!(poll_result(&mut body), Poll::Ready(Some(Ok(Bytes::from("data: a\n\n")))));
        assert!(!body.is_end_stream());
        assert_eq!(poll_result(&mut body), Poll::Ready(Some(Err("broken"))));
        assert!(body.is_end_stream() && body.is_terminated() && feed.is_dropped());
        for _ in 0..3 {
            assert_eq!(poll_result(&mut body), Poll::Ready(None));
            advance(INTERVAL * 2).await;
        }
    });
}

#[test]
fn the_end_of_the_stream_is_the_end_of_the_body() {
    let (feed, events) = Feed::new();
    let mut body = EventBody::new(events);
    assert_eq!(poll(&mut body), Poll::Pending);
    assert!(!body.is_end_stream() && !body.is_terminated());
    feed.push(EventBuf::new("a"));
    feed.close();
    assert_eq!(poll(&mut body), data("data: a\n\n"));
    assert!(!body.is_end_stream(), "not known yet");
    assert_eq!(poll(&mut body), Poll::Ready(None));
    assert!(body.is_end_stream() && body.is_terminated() && feed.is_dropped());
    let polls = feed.polls();
    assert_eq!(poll(&mut body), Poll::Ready(None));
    assert_eq!(feed.polls(), polls, "a stream that has ended is not polled");
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

/// The server drops the body when the client disconnects.
#[test]
fn dropping_the_body_drops_the_stream() {
    let (feed, events) = Feed::<EventBuf>::new();
    let response = EventBody::new(events).until(future::pending::<()>()).into_response();
    assert!(!feed.is_dropped());
    drop(response);
    assert!(feed.is_dropped());
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

/// A cancelled read loses nothing, trailers and empty frames are no events, and the body is asked no more than needed.
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

#[test]
fn the_body_of_events_can_be_reached() {
    let mut chunks = BodyChunks::new(Full::new(Bytes::from("data: a\n\n")));
    assert_eq!(chunks.get_ref().size_hint().exact(), Some(9));
    assert!(!chunks.get_mut().is_end_stream());
    assert!(!Pin::new(&mut chunks).get_pin_mut().is_end_stream());
    assert!(!chunks.into_inner().is_end_stream());
}

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

#[test]
fn auto_traits_are_those_of_the_parts() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    fn is_unpin<T: Unpin>() {}
    type Events = stream::Iter<std::vec::IntoIter<EventBuf>>;
    type Timer = fn(Duration) -> tokio::time::Sleep;
    is_send::<EventBody<Events>>();
    is_sync::<EventBody<Events>>();
    is_unpin::<EventBody<Events>>();
    is_unpin::<EventBody<Events, fn(Duration) -> Ready<()>, Pending<()>>>();
    is_send::<EventBody<Events, Timer, tokio::time::Sleep>>();
    is_send::<EventBody<stream::Repeat<Encoded>, NoKeepAlive, Pin<Box<dyn Future<Output = ()> + Send>>>>();
    is_send::<BodyEvents<Full<Bytes>>>();
    is_unpin::<BodyEvents<Full<Bytes>>>();
    is_unpin::<BodyChunks<Pin<Box<PhantomPinned>>>>();
}

/// A stream, a timer and an end that are `!Send`, in a body on a single thread.
#[test]
fn parts_need_not_be_send() {
    run(async {
        let not_send = Rc::new(Cell::new(0));
        let (in_stream, in_timer, in_until) = (not_send.clone(), not_send.clone(), not_send.clone());
        let events = stream::iter(["a", "b"]).map(move |data| {
            in_stream.set(in_stream.get() + 1);
            EventBuf::new(data)
        });
        let timer = move |time| {
            in_timer.set(in_timer.get() + 10);
            sleep(time)
        };
        let until = async move {
            sleep(INTERVAL + MS).await;
            in_until.set(in_until.get() + 100);
        };
        let body = EventBody::new(events.chain(stream::pending())).with_keep_alive(INTERVAL, timer).until(until);
        let sent: Vec<_> = body.map(|bytes| bytes.unwrap()).collect().await;
        assert_eq!(sent, ["data: a\n\n", "data: b\n\n", KEEP_ALIVE]);
        assert_eq!(not_send.get(), 122);
    });
}

#[test]
fn debug_shows_states_and_no_payload() {
    let mut body =
        EventBody::new(stream::iter([EventBuf::new("secret")])).with_keep_alive(INTERVAL, |_| future::ready(()));
    assert_eq!(format!("{body:?}"), "EventBody { ended: false, keep_alive: Some(15s), .. }");
    let _ = (poll(&mut body), poll(&mut body));
    assert_eq!(format!("{body:?}"), "EventBody { ended: true, keep_alive: Some(15s), .. }");
    assert_eq!(format!("{:?}", BodyChunks::new(Full::new(Bytes::from("secret")))), "BodyChunks { .. }");
    assert_eq!(SizeHint::default().exact(), None);
}
