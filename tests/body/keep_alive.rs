//! When a keep-alive is sent.

use std::convert::Infallible;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use sse_proto::adapters::body::{EventBody, EventBodyExt, MIN_KEEP_ALIVE};
use sse_proto::{EventBuf, EventBytes};
use tokio::time::{Instant, advance, sleep};

use crate::events::*;
use crate::feed::Feed;
use crate::random::Random;
use crate::server::*;
use crate::timers::*;

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
