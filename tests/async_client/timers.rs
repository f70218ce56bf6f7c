//! Sleeping functions of all kinds.

use std::future::{Future, poll_fn, ready};
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use sse_proto::adapters::client::EventClient;
use sse_proto::client::{EventSource, Policy};
use tokio::time::{Instant, sleep};

use crate::script::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A sleeping function of which each call is logged.
fn logged<F: Future<Output = ()>>(
    times: &Arc<Mutex<Vec<Duration>>>,
    sleep: impl Fn(Duration) -> F,
) -> impl FnMut(Duration) -> F {
    let times = Arc::clone(times);
    move |time| {
        times.lock().unwrap().push(time);
        sleep(time)
    }
}

fn with_sleep<S: sse_proto::adapters::Sleep>(
    policy: Policy,
    connections: impl IntoIterator<Item = Connection>,
    log: &Log,
    sleep: S,
) -> Client<S> {
    let source = EventSource::with_decoder(sse_proto::BytesDecoder::new(), policy, 0);
    EventClient::new(http::Request::get("/").body("").unwrap(), server(connections, log), sleep).with_source(source)
}

/// Timers of browsers have 31 bits for milliseconds.
#[test]
fn a_long_time_is_slept_in_parts() {
    let (times, log) = (Arc::default(), Log::default());
    let policy = Policy::browser().with_reconnection_time(5 * DAY / 2);
    let connections = [failure(ErrorKind::Other), stream(vec![bytes("data: a\n\n"), Step::Forever])];
    let mut client = with_sleep(policy, connections, &log, logged(&times, sleep));
    run(async {
        let start = Instant::now();
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "a");
        assert_eq!(start.elapsed(), 5 * DAY / 2);
    });
    assert_eq!(*times.lock().unwrap(), [DAY, DAY, DAY / 2]);
    // A server that asks for ages does not make the client spin, even if each sleep returns at once.
    let connections = [stream(vec![bytes("retry: 18446744073709551615\n")])];
    let client = with_sleep(Policy::browser(), connections, &log, logged(&times, |_| ready(())));
    let polls = run(async {
        let (mut client, mut polls) = (client, 0);
        poll_fn(|cx| {
            polls += 1;
            while let Poll::Ready(update) = client.poll_update(cx) {
                assert!(update.is_some());
            }
            // The client has woken its task.
            if polls < 1000 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        polls
    });
    assert_eq!(polls, 1000);
}

/// The time of the client is what it asked for, so one that sleeps too long is slow and nothing else.
#[test]
fn timers_that_elapse_late_or_early() {
    let connections = || {
        let comments = (0..3).flat_map(|_| [Step::Wait(4 * SECOND), bytes(":\n")]);
        [failure(ErrorKind::Other), stream(comments.chain([bytes("data: a\n\n"), Step::Forever]).collect())]
    };
    let policy = plain().with_idle_timeout(Some(5 * SECOND)).with_max_attempts(1);
    let log = Log::default();
    let late = |time: Duration| sleep(2 * time);
    let lines = follow(with_sleep(policy, connections(), &log, late), &log);
    let waits: Vec<_> = lines.iter().filter(|line| line.contains("waiting")).collect();
    let expected =
        ["waiting 3s: connection failed, attempt 1, connect: Other", "waiting 3s: connection timed out, attempt 1"];
    assert_eq!(waits, expected);
    assert!(lines.contains(&"event a".to_owned()), "{lines:?}");

    // Timers that elapse at once are as if no time had passed in between. The client connects as often as it may.
    let lines = follow(with_sleep(policy.with_max_attempts(9), [], &log, |_| ready(())), &log);
    assert_eq!(lines.last().unwrap(), "NoContent");
    let failures = std::iter::repeat_with(|| failure(ErrorKind::Other)).take(20);
    let lines = follow(with_sleep(policy.with_max_attempts(9), failures, &log, |_| ready(())), &log);
    assert_eq!(lines.iter().filter(|line| line.starts_with("connect")).count(), 10);
}

/// A client that never has anything to return does not keep the thread.
#[test]
fn a_poll_does_bounded_work() {
    let connects = AtomicU32::new(0);
    let connect = |_: http::Request<()>| {
        connects.fetch_add(1, Ordering::Relaxed);
        ready(Err::<http::Response<String>, _>(std::io::Error::from(ErrorKind::Other)))
    };
    let request = http::Request::get("/").body(()).unwrap();
    let policy = plain().with_max_attempts(u32::MAX);
    let mut client = EventClient::new(request, connect, |_| ready(())).with_policy(policy);
    let mut polls = 0;
    run(poll_fn(|cx| {
        polls += 1;
        let before = connects.load(Ordering::Relaxed);
        assert!(futures_core::Stream::poll_next(Pin::new(&mut client), cx).is_pending());
        assert!((1..=128).contains(&(connects.load(Ordering::Relaxed) - before)));
        // If the client had not woken the task, the test would not end.
        if polls == 100 { Poll::Ready(()) } else { Poll::Pending }
    }));
    assert!(connects.load(Ordering::Relaxed) > 1000);
}

#[test]
fn timers_are_armed_only_while_nothing_arrives() {
    let times = Arc::default();
    let log = Log::default();
    let burst = bytes("data: a\n\n".repeat(1000));
    let steps = vec![burst, bytes("data: b\n\n"), Step::Yield, bytes("data: c\n\n"), Step::Forever];
    let policy = plain().with_idle_timeout(Some(7 * SECOND)).with_healthy_after(8 * SECOND);
    let connections = [stream(steps), stream(vec![Step::Yield, Step::Yield, bytes(":\n"), Step::Yield])];
    let mut client = with_sleep(policy, connections, &log, logged(&times, sleep));
    run(async {
        for _ in 0..1001 {
            drop(client.next_event().await.unwrap().unwrap());
        }
        assert_eq!(*times.lock().unwrap(), [], "everything is there at once");
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "c");
        assert_eq!(*times.lock().unwrap(), [7 * SECOND], "the idle timeout");
        assert!(client.next_event().await.is_none());
    });
    // The idle timeout, the delay; the second stream has to prove that it is healthy, and the comment restarts the idle timeout.
    let expected = [7, 7, 3, 7, 8, 7, 3].map(|seconds| seconds * SECOND);
    assert_eq!(*times.lock().unwrap(), expected);
}

/// Otherwise a timer would measure how long it stands.
#[test]
fn an_event_in_an_update_proves_that_the_stream_is_healthy() {
    let (times, log) = (Arc::default(), Log::default());
    let policy = plain().with_idle_timeout(Some(7 * SECOND)).with_healthy_after(8 * SECOND);
    let connections = [stream(vec![bytes("data: a\n\n"), Step::Yield, bytes(":\n")])];
    let mut client = with_sleep(policy, connections, &log, logged(&times, sleep));
    run(async { while client.next_update().await.is_some() {} });
    assert_eq!(*times.lock().unwrap(), [7 * SECOND, 3 * SECOND], "the idle timeout, the delay");
}

/// The response that was refused remains, but nothing that wakes the task does.
#[test]
fn a_client_that_has_stopped_holds_no_timer() {
    for connection in [failure(ErrorKind::Other), status(503, vec![]), stream(vec![]), status(404, vec![])] {
        let (timer, log) = (Arc::new(()), Log::default());
        let shared = Arc::clone(&timer);
        let sleep = move |time| {
            let shared = Arc::clone(&shared);
            async move {
                sleep(time).await;
                drop(shared);
            }
        };
        let mut client = with_sleep(plain(), [connection], &log, sleep);
        run(async {
            let is_waiting = tokio::time::timeout(SECOND, client.next_event()).await.is_err();
            assert_eq!(Arc::strong_count(&timer), 2 + usize::from(is_waiting));
            client.give_up();
            assert_eq!(client.next_event().await.is_some(), is_waiting);
            assert!(client.cause().is_some());
            assert_eq!(Arc::strong_count(&timer), 2, "that of the function: {:?}", client.cause());
        });
    }
}
