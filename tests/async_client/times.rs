//! Delays and time-outs, with sleeping functions of all kinds.

use std::future::{Future, poll_fn, ready};
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use sse_proto::adapters::client::{EventClient, Update};
use sse_proto::client::{Cause, EventSource, Policy};
use tokio::time::{Instant, sleep};

use crate::script::*;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What happens, and when, in seconds.
fn timed(policy: Policy, connections: impl IntoIterator<Item = Connection>) -> Vec<String> {
    let log = Log::default();
    let mut client = client(policy, connections, &log);
    run(async {
        let start = Instant::now();
        while let Some(update) = client.next_update().await {
            log.push(format!("{}: {}", start.elapsed().as_secs_f64(), describe(update)));
        }
        log.push(format!("{}: {:?}", start.elapsed().as_secs_f64(), client.cause().unwrap()));
    });
    log.take().into_iter().filter(|line| !line.contains("dropped") && !line.contains("connect after")).collect()
}

#[test]
fn a_response_that_does_not_arrive_is_a_timeout() {
    let never = || stream(vec![]).after(Step::Forever);
    let policy = plain().with_idle_timeout(Some(5 * SECOND)).with_max_attempts(1);
    let expected = [
        "5: waiting 3s: connection timed out, attempt 1",
        "13: error: event stream closed: connection timed out",
        "13: TimedOut",
    ];
    assert_eq!(timed(policy, [never(), never()]), expected);
    // Without a delay, each connection counts once.
    let policy = immediate().with_idle_timeout(Some(SECOND)).with_max_attempts(3);
    let expected = [
        "1: waiting 0ns: connection timed out, attempt 1",
        "2: waiting 0ns: connection timed out, attempt 2",
        "3: waiting 0ns: connection timed out, attempt 3",
        "4: error: event stream closed: connection timed out",
        "4: TimedOut",
    ];
    assert_eq!(timed(policy, std::iter::repeat_with(never).take(9)), expected);
    // The request is dropped when it has timed out.
    let log = Log::default();
    let policy = Policy::once().with_idle_timeout(Some(SECOND));
    let lines = follow(client(policy, [never()], &log), &log);
    assert_eq!(lines[..2], ["connect after \"\"", "request dropped"]);
}

#[test]
fn comments_and_parts_of_an_event_are_activity_and_trailers_are_not() {
    let steps = || {
        let mut steps = vec![bytes("data: a\n\n")];
        for part in [":\n", "data: b", "b\n", "\n", ":\n"] {
            steps.extend([Step::Wait(4 * SECOND), bytes(part)]);
        }
        steps
    };
    let silence = vec![Step::Wait(SECOND), Step::Trailers, bytes(""), Step::Yield, Step::Wait(HOUR)];
    let policy = Policy::once().with_idle_timeout(Some(5 * SECOND));
    let expected = [
        "0: connected",
        "0: event a",
        "4: comment ",
        "16: event bb",
        "20: comment ",
        "25: error: event stream closed: connection timed out",
        "25: TimedOut",
    ];
    assert_eq!(timed(policy, [stream(steps().into_iter().chain(silence).collect())]), expected);
}

#[test]
fn an_idle_timeout_of_zero_does_not_spin() {
    let policy = Policy::once().with_idle_timeout(Some(Duration::ZERO));
    let lines = timed(policy, [stream(vec![Step::Forever])]);
    assert!(lines[2].ends_with("TimedOut"), "{lines:?}");
}

/// The idle timeout begins when the application asks for the next item.
#[test]
fn the_time_of_the_application_does_not_count() {
    let log = Log::default();
    let steps = vec![bytes("data: a\n\n"), Step::Wait(4 * SECOND), bytes("data: b\n\ndata: c\n\n"), Step::Forever];
    let mut client = client(Policy::once().with_idle_timeout(Some(5 * SECOND)), [stream(steps)], &log);
    run(async {
        for expected in ["a", "b", "c"] {
            assert_eq!(client.next_event().await.unwrap().unwrap().data(), expected);
            sleep(HOUR).await;
        }
        let start = Instant::now();
        assert!(client.next_event().await.unwrap().is_err());
        assert_eq!((client.cause(), start.elapsed()), (Some(Cause::TimedOut), 5 * SECOND));
    });
}

/// What has arrived counts, even if the timer has elapsed while nobody polled.
#[test]
fn bytes_and_responses_that_arrive_late_count() {
    let log = Log::default();
    let late = |step| vec![Step::Wait(8 * SECOND), step];
    let connections = [stream(late(bytes("data: a\n\n"))).after(Step::Wait(8 * SECOND))];
    let mut client = client(Policy::once().with_idle_timeout(Some(5 * SECOND)), connections, &log);
    run(async {
        for expected in ["connected", "event a"] {
            // The application loses interest before the time-out, and comes back after it.
            assert!(tokio::time::timeout(SECOND, client.next_update()).await.is_err());
            sleep(10 * SECOND).await;
            assert_eq!(describe(client.next_update().await.unwrap()), expected);
        }
    });
}

/// Some libraries have time-outs of their own, with errors of their own.
#[test]
fn an_error_after_the_idle_timeout_is_a_timeout() {
    for error in [false, true] {
        let log = Log::default();
        let failing = Step::Then(Box::new(|| Step::Error(ErrorKind::Other)));
        let connection = if error {
            stream(vec![bytes("data: a\n\nHTM"), Step::Wait(5 * SECOND), failing])
        } else {
            failure(ErrorKind::Other).after(Step::Wait(5 * SECOND))
        };
        let mut client = client(plain().with_idle_timeout(Some(5 * SECOND)), [connection], &log);
        run(async {
            let mut lines = Vec::new();
            while lines.last().is_none_or(|line: &String| !line.starts_with("waiting")) {
                // Both have happened when the client is polled next.
                let update = tokio::time::timeout(SECOND, client.next_update()).await;
                match update {
                    Ok(update) => lines.push(describe(update.unwrap())),
                    Err(_) => sleep(9 * SECOND).await,
                }
            }
            let kind = if error { "body" } else { "connect" };
            let waiting = format!("waiting 3s: connection timed out, attempt 1, {kind}: Other");
            assert_eq!(lines.last(), Some(&waiting), "{lines:?}");
            assert!(!error || lines.contains(&"ignored HTM".to_owned()), "{lines:?}");
        });
    }
}

/// The cause of the end of a stream without events that was open for so long, and the number of the attempt that follows.
fn end_after(steps: Vec<Step>, policy: Policy) -> String {
    let connections = [failure(ErrorKind::Other), stream(steps)];
    let lines = timed(policy, connections);
    let line = lines.iter().rfind(|line| line.contains("waiting")).unwrap();
    line.split_once("s: ").unwrap().1.to_owned()
}

#[test]
fn a_stream_without_events_is_healthy_after_a_time() {
    let policy = plain().with_healthy_after(30 * SECOND);
    let early = "stream ended before an event arrived, attempt 2";
    let comment = |time| [Step::Wait(time), bytes(":\n")];
    assert_eq!(end_after(vec![Step::Wait(29 * SECOND)], policy), early);
    assert_eq!(end_after(vec![Step::Wait(30 * SECOND)], policy), "stream ended, attempt 1");
    assert_eq!(end_after(comment(31 * SECOND).into(), policy), "stream ended, attempt 1");
    assert_eq!(end_after(vec![], policy.with_healthy_after(Duration::ZERO)), "stream ended, attempt 1");
    // The silence before a time-out does not count. Neither does it begin before the last byte.
    let policy = policy.with_idle_timeout(Some(20 * SECOND));
    let silent = |mut steps: Vec<Step>| {
        steps.push(Step::Forever);
        end_after(steps, policy)
    };
    let (first, second) = ("connection timed out, attempt 1", "connection timed out, attempt 2");
    assert_eq!(silent(vec![]), second);
    assert_eq!(silent(comment(19 * SECOND).into()), second);
    assert_eq!(silent(comment(10 * SECOND).into_iter().chain(comment(19 * SECOND)).collect()), second);
    assert_eq!(silent(comment(15 * SECOND).into_iter().chain(comment(16 * SECOND)).collect()), first);
    // The end of a healthy stream is no time-out, also if the line in which it ends is returned first.
    let unfinished = |end: Option<Step>| {
        let steps = [Step::Wait(19 * SECOND), bytes(":\nHTM"), Step::Wait(12 * SECOND)];
        end_after(steps.into_iter().chain(end).collect(), policy)
    };
    assert_eq!(unfinished(None), "stream ended, attempt 1");
    let error = Step::Error(ErrorKind::Other);
    assert_eq!(unfinished(Some(error)), "connection failed, attempt 1, body: Other");
    // An error after a healthy time.
    let failed =
        |time| end_after(vec![Step::Wait(time), Step::Error(ErrorKind::Other)], policy.with_idle_timeout(None));
    assert_eq!(failed(29 * SECOND), "connection failed, attempt 2, body: Other");
    assert_eq!(failed(30 * SECOND), "connection failed, attempt 1, body: Other");
}

#[test]
fn a_forced_reconnection_after_a_healthy_time_starts_to_count_anew() {
    for (time, attempts) in [(29, 1), (30, 0)] {
        let log = Log::default();
        let connections = [failure(ErrorKind::Other), stream(vec![Step::Forever]), stream(vec![Step::Forever])];
        let mut client = client(plain().with_healthy_after(30 * SECOND), connections, &log);
        run(async {
            while !matches!(client.next_update().await, Some(Ok(Update::Connected))) {}
            assert!(tokio::time::timeout(time * SECOND, client.next_update()).await.is_err());
            client.handle().reconnect_now();
            assert!(matches!(client.next_update().await, Some(Ok(Update::Connected))));
            assert_eq!(client.source().reconnect().attempts(), attempts, "after {time} s");
        });
    }
}

#[test]
fn retry_after_is_a_number_or_a_date() {
    let (sent, until) = ("Fri, 31 Dec 1999 23:59:50 GMT", "Sat, 01 Jan 2000 00:00:10 GMT");
    for (value, date, expected) in [
        ("10", None, "waiting 10s"),
        (until, Some(sent), "waiting 20s"),
        (sent, Some(until), "waiting 500ms"),
        // There is no clock to compare it with.
        (until, None, "waiting 3s"),
        ("in a while", Some(sent), "waiting 3s"),
    ] {
        let connection = status(503, vec![]).with_header("retry-after", value);
        let connection = date.into_iter().fold(connection, |connection, date| connection.with_header("date", date));
        let lines = timed(plain(), [connection]);
        assert!(lines[1].contains(expected), "{lines:?}");
    }
}

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
