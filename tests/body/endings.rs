//! How a body ends.

use std::cell::Cell;
use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use futures_core::FusedStream;
use futures_util::{StreamExt, stream};
use http_body::Body;
use http_body_util::{BodyExt, Collected};
use sse_proto::adapters::body::EventBody;
use sse_proto::{Event, EventBuf};
use tokio::time::{advance, sleep};

use crate::feed::Feed;
use crate::server::*;

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
        assert_eq!(poll_result(&mut body), Poll::Pending);
        assert!(!body.is_end_stream());
        assert_eq!(poll_result(&mut body), Poll::Ready(Some(Err("broken"))));
        assert!(body.is_end_stream() && body.is_terminated() && feed.is_dropped());
        for _ in 0..3 {
            assert_eq!(poll_result(&mut body), Poll::Ready(None));
            advance(INTERVAL * 2).await;
        }
    });
}

/// A server gets to write the frames that it has before it sees the error, and the error is not delayed otherwise.
#[test]
fn a_body_is_pending_once_between_a_frame_and_an_error() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }
    let polls = |events: &[Result<Event<'static>, &'static str>]| {
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(count.clone());
        let mut body = EventBody::new(stream::iter(events.to_vec()));
        let mut polls = Vec::new();
        while !body.is_terminated() {
            let woken = count.0.load(Relaxed);
            match body.poll_next_unpin(&mut Context::from_waker(&waker)) {
                Poll::Ready(Some(Ok(_))) => polls.push("frame"),
                Poll::Ready(Some(Err(error))) => polls.push(error),
                Poll::Ready(None) => polls.push("end"),
                Poll::Pending => {
                    assert_eq!(count.0.load(Relaxed), woken + 1, "the task is woken");
                    polls.push("pending");
                }
            }
        }
        polls
    };
    let (a, empty) = (Ok(Event::new("a")), Ok(Event::without_data()));
    assert_eq!(polls(&[Err("broken"), a]), ["broken"]);
    assert_eq!(polls(&[empty, Err("broken")]), ["broken"]);
    assert_eq!(polls(&[a, a, Err("broken")]), ["frame", "frame", "pending", "broken"]);
    assert_eq!(polls(&[a, empty, Err("broken")]), ["frame", "pending", "broken"]);
    assert_eq!(polls(&[a, a]), ["frame", "frame", "end"]);
}

/// The future of `until` does not hide an error that the body has already taken from the stream.
#[test]
fn an_error_takes_precedence_over_a_later_end() {
    let (end, until) = Feed::<()>::new();
    let until = async move { Box::pin(until).next().await };
    let mut body = Box::pin(EventBody::new(stream::iter([Ok(Event::new("a")), Err("broken")])).until(until));
    assert_eq!(poll_result(&mut body), Poll::Ready(Some(Ok(Bytes::from("data: a\n\n")))));
    assert_eq!(poll_result(&mut body), Poll::Pending);
    end.push(());
    assert_eq!(poll_result(&mut body), Poll::Ready(Some(Err("broken"))));
    assert_eq!(poll_result(&mut body), Poll::Ready(None));
}

/// A keep-alive is a frame, too: the server may not have written it. Once the body was pending, it has.
#[test]
fn an_error_after_a_wait_is_returned_at_once() {
    run(async {
        let (feed, events) = Feed::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, sleep));
        feed.push(Ok(EventBuf::new("a")));
        assert_eq!(body.next().await, Some(Ok(Bytes::from("data: a\n\n"))));
        assert_eq!(poll_result(&mut body), Poll::Pending);
        feed.push(Err("broken"));
        assert_eq!(poll_result(&mut body), Poll::Ready(Some(Err("broken"))));

        let (feed, events) = Feed::<Result<EventBuf, &str>>::new();
        let mut body = Box::pin(EventBody::new(events).with_keep_alive(INTERVAL, sleep));
        assert_eq!(body.next().await, Some(Ok(Bytes::from(KEEP_ALIVE))));
        feed.push(Err("broken"));
        assert_eq!(poll_result(&mut body), Poll::Pending);
        assert_eq!(poll_result(&mut body), Poll::Ready(Some(Err("broken"))));
    });
}

/// The body is not complete: a receiver that collects it gets an error, also if it is wrapped.
#[test]
fn a_body_that_fails_cannot_be_collected() {
    let body = |events: &[_]| EventBody::new(stream::iter(events.to_vec()));
    let collected = |body| run(BodyExt::collect(body)).map(Collected::to_bytes);
    let events = [Ok(Event::new("a")), Err("broken"), Ok(Event::new("b"))];
    assert_eq!(collected(body(&events[..1])), Ok(Bytes::from("data: a\n\n")));
    assert_eq!(collected(body(&events)), Err("broken"));
    let wrapped = run(BodyExt::collect(body(&events).map_err(str::len).boxed()));
    assert_eq!(wrapped.map(Collected::to_bytes), Err("broken".len()));
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

/// The server drops the body when the client disconnects.
#[test]
fn dropping_the_body_drops_the_stream() {
    let (feed, events) = Feed::<EventBuf>::new();
    let response = EventBody::new(events).until(future::pending::<()>()).into_response();
    assert!(!feed.is_dropped());
    drop(response);
    assert!(feed.is_dropped());
}
