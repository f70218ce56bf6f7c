//! Delays and timeouts.

use std::io::ErrorKind;
use std::time::Duration;

use sse_proto::adapters::client::Update;
use sse_proto::client::{Cause, Policy};
use tokio::time::{Instant, sleep};

use crate::script::*;

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
            // The application loses interest before the timeout, and comes back after it.
            assert!(tokio::time::timeout(SECOND, client.next_update()).await.is_err());
            sleep(10 * SECOND).await;
            assert_eq!(describe(client.next_update().await.unwrap()), expected);
        }
    });
}

/// Some libraries have timeouts of their own, with errors of their own.
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

/// Why a stream without events has ended, and the number of the next attempt, as the client announces them.
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
    // The silence before a timeout does not count. Neither does it begin before the last byte.
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
    // The end of a healthy stream is no timeout, also if the line in which it ends is returned first.
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
        // Within the bounds of the policy.
        ("0", None, "waiting 500ms"),
        ("18446744073709551616", None, "waiting 60s"),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Some(sent), "waiting 60s"),
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
