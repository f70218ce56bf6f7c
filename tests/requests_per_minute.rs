//! How often a client sends requests to a server that misbehaves, counted over 1, 10 and 60 minutes of simulated time, and how
//! long it waits in between.
#![cfg(feature = "std")]

use std::time::Duration;

use sse_proto::client::{Cause, EventSource, Policy, Response, Step, Verdict};
use sse_proto::headers;

const SECOND: Duration = Duration::from_secs(1);
const MINUTES: [u32; 3] = [1, 10, 60];
const HOUR: Duration = Duration::from_secs(3600);

/// A client, its clock, and the server that it talks to.
struct Client {
    source: EventSource,
    now: Duration,
    /// When each request was sent.
    requests: Vec<Duration>,
    /// All delays, with their causes and attempts.
    waits: Vec<(Duration, Cause, u32)>,
    /// Why the client stopped.
    closed: Option<Cause>,
}

impl Client {
    /// Runs a client for an hour. `server` answers a request: it makes the connection, and loses it.
    fn run(policy: Policy, seed: u64, mut server: impl FnMut(&mut Self)) -> Self {
        let source = EventSource::new(policy, seed);
        let mut client = Self { source, now: Duration::ZERO, requests: Vec::new(), waits: Vec::new(), closed: None };
        while client.now < HOUR {
            match client.source.step(client.now) {
                Step::Connect { .. } => {
                    client.requests.push(client.now);
                    server(&mut client);
                }
                Step::Receive { .. } => panic!("the server loses each connection"),
                Step::Wait { time, cause, attempt } => {
                    client.waits.push((time, cause, attempt));
                    client.now += time;
                }
                Step::Closed(cause) => {
                    client.closed = Some(cause);
                    break;
                }
            }
        }
        client
    }

    /// How many requests were sent in the first 1, 10 and 60 minutes.
    fn counts(&self) -> [usize; 3] {
        MINUTES.map(|minutes| self.requests.iter().filter(|&&time| time < 60 * SECOND * minutes).count())
    }

    /// All delays, of which there is at least one.
    fn seconds(&self) -> Vec<f64> {
        assert!(!self.waits.is_empty(), "stopped after the first connection: {:?}", self.closed);
        self.waits.iter().map(|wait| wait.0.as_secs_f64()).collect()
    }

    fn open(&mut self) {
        let response = Response::new(200).with_content_types(["text/event-stream"]);
        assert_eq!(self.source.handle_response(self.now, response), Verdict::Open);
    }

    /// Receives a part of the body, and returns the number of events.
    fn receive(&mut self, mut bytes: &[u8]) -> usize {
        let mut events = 0;
        while self.source.next_event(self.now, &mut bytes).expect("within the limits").is_some() {
            events += 1;
        }
        events
    }

    /// A response that is an event stream with this body, which ends at once.
    fn body(&mut self, body: &[u8]) {
        self.open();
        self.receive(body);
        self.source.handle_end(self.now);
    }

    /// A response with this status and this `Retry-After`.
    fn status(&mut self, status: u16, retry_after: Option<&str>) {
        let response = Response::new(status).with_retry_after(retry_after.and_then(headers::retry_after));
        let _ = self.source.handle_response(self.now, response);
    }
}

fn without_jitter() -> Policy {
    Policy::default().with_jitter_percent(0)
}

/// 0, 3, 9, 21, 45, 93 s, and then one a minute.
#[test]
fn an_empty_200_in_a_loop_backs_off() {
    let client = Client::run(without_jitter(), 0, |client| client.body(b""));
    assert_eq!(client.counts(), [5, 14, 64]);
    assert_eq!(client.seconds()[..7], [3.0, 6.0, 12.0, 24.0, 48.0, 60.0, 60.0]);
    for (index, (_, cause, attempt)) in client.waits.into_iter().enumerate() {
        assert_eq!((cause, attempt as usize), (Cause::EndedEarly, index + 1));
    }
}

/// Whether there are comments, `retry` or blocks without data in it, a page, or what a compressor wrote: what is no event does not
/// make a connection healthy.
#[test]
fn a_200_without_an_event_in_a_loop_backs_off() {
    const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03KI,I\xb4R\xc8H\xcd\xc9\xc9\xe7\xe2\x02\0\0\0\n\n";
    for body in [&b":\n\n"[..], b"retry: 3000\n\n", b"id: 1\n\n", b"event: x\n\n", b"data: cut", b"<html>\n\n", GZIP] {
        let client = Client::run(without_jitter(), 0, |client| client.body(body));
        assert_eq!(client.counts(), [5, 14, 64], "{body:?}");
    }
}

/// The fewest requests if jitter adds as much as it may, the most if it adds nothing, and takes half from the greatest delay.
#[test]
fn jitter_changes_the_number_of_requests_within_bounds() {
    for seed in 0..200 {
        let client = Client::run(Policy::default(), seed, |client| client.body(b""));
        let [one, ten, sixty] = client.counts();
        assert!((4..=5).contains(&one) && (13..=23).contains(&ten) && (63..=101).contains(&sixty), "{seed}");
        for (index, wait) in client.seconds().into_iter().enumerate() {
            let (least, most) = match index {
                0..=3 => (f64::from(3 << index), f64::from(3 << index) * 1.5),
                4 => (36.0, 60.0),
                _ => (30.0, 60.0),
            };
            assert!((least..=most).contains(&wait), "{seed}: delay {index} is {wait}");
        }
        assert!(client.closed.is_none_or(|cause| cause == Cause::EndedEarly && client.requests.len() == 101));
    }
}

/// The most of these moments that lie in a time as long as this.
fn most_within(time: Duration, moments: impl IntoIterator<Item = Duration>) -> usize {
    let mut moments: Vec<_> = moments.into_iter().collect();
    moments.sort_unstable();
    let within = |(first, &start): (usize, &Duration)| {
        moments[first..].partition_point(|&moment| moment < start.saturating_add(time))
    };
    moments.iter().enumerate().map(within).max().unwrap_or(0)
}

/// The server is down for ten minutes. At first all clients are there at the same moment; without jitter, they would be again and
/// again. The seeds are numbers in a row.
#[test]
fn clients_that_lose_a_server_at_once_do_not_come_back_at_once() {
    const CLIENTS: usize = 10_000;
    let clients: Vec<_> = (0..CLIENTS as u64)
        .map(|seed| {
            Client::run(Policy::default(), seed, |client| {
                if client.now < 600 * SECOND {
                    client.source.handle_failure(client.now);
                } else {
                    client.source.close();
                }
            })
        })
        .collect();
    let requests = |number: usize| clients.iter().map(move |client| client.requests[number]);
    assert_eq!(most_within(SECOND / 10, requests(0)), CLIENTS);
    // Evenly from 3 to 4.5 s: a fifteenth of them within a tenth of a second.
    assert!(most_within(SECOND / 10, requests(1)) < CLIENTS / 10);
    // Each delay spreads them further, and twice as far as the one before.
    for number in 2..10 {
        let most = most_within(SECOND, requests(number));
        assert!(most < CLIENTS / number, "request {number}: {most} of {CLIENTS} within a second");
    }
    // The server is up again: all are back after the greatest delay, and the work is spread over this time.
    let back = || clients.iter().map(|client| *client.requests.last().unwrap());
    assert!(back().all(|moment| (600 * SECOND..660 * SECOND).contains(&moment)));
    let most = most_within(SECOND, back());
    assert!(most < CLIENTS / 20, "{most} of {CLIENTS} within a second");
}

/// 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 63.5 s, and then one a minute.
#[test]
fn retry_0_backs_off_from_the_least_delay() {
    let client = Client::run(without_jitter(), 0, |client| client.body(b"retry: 0\n\n"));
    assert_eq!(client.counts(), [7, 16, 66]);
    assert_eq!(client.seconds()[..9], [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
    for seed in 0..200 {
        let client = Client::run(Policy::default(), seed, |client| client.body(b"retry: 0\n\n"));
        let [one, ten, sixty] = client.counts();
        assert!((6..=7).contains(&one) && (15..=25).contains(&ten) && (65..=101).contains(&sixty), "{seed}");
    }
}

/// Each connection is healthy, so nothing backs off, but the least delay holds.
#[test]
fn retry_0_with_an_event_waits_for_the_least_delay() {
    let body = b"retry: 0\ndata: x\n\n";
    let client = Client::run(without_jitter(), 0, |client| client.body(body));
    assert_eq!(client.counts(), [120, 1200, 7200]);
    let policy = without_jitter().with_min_delay(2 * SECOND);
    assert_eq!(Client::run(policy, 0, |client| client.body(body)).counts(), [30, 300, 1800]);
    let jitter = Client::run(Policy::default(), 0, |client| client.body(body));
    assert!((4800..7200).contains(&jitter.requests.len()), "{}", jitter.requests.len());
    assert!(jitter.waits.iter().all(|&(time, cause, attempt)| {
        (SECOND / 2..=SECOND * 3 / 4).contains(&time) && cause == Cause::Ended && attempt == 1
    }));
}

#[test]
fn other_policies_are_obeyed() {
    let empty = |policy| Client::run(policy, 0, |client| client.body(b"")).counts();
    // The standard knows no backoff.
    assert_eq!(empty(Policy::browser()), [20, 200, 1200]);
    assert_eq!(empty(without_jitter().with_backoff_factor(1).with_max_attempts(u32::MAX)), [20, 200, 1200]);
    // 0, 1, 4, 13, 40 s, and then one every 50 s.
    let policy = without_jitter().with_reconnection_time(SECOND).with_max_delay(50 * SECOND).with_backoff_factor(3);
    assert_eq!(empty(policy), [5, 16, 76]);
    assert_eq!(empty(Policy::once()), [1, 1, 1]);
    let client = Client::run(without_jitter().with_max_attempts(4), 0, |client| client.body(b""));
    assert_eq!((client.counts(), client.closed), ([5, 5, 5], Some(Cause::EndedEarly)));
    // The letter of the standard: as fast as the network, here a tenth of a second.
    let client = Client::run(Policy::browser(), 0, |client| {
        client.now += SECOND / 10;
        client.body(b"retry: 0\n\n");
    });
    assert_eq!(client.counts(), [600, 6000, 36_000]);
}

#[test]
fn the_greatest_retry_does_not_sleep_for_ever() {
    let body = b"retry: 18446744073709551615\ndata: x\n\n";
    let client = Client::run(without_jitter(), 0, |client| client.body(body));
    assert_eq!(client.counts(), [1, 10, 60]);
    for seed in 0..200 {
        let client = Client::run(Policy::default(), seed, |client| client.body(body));
        assert!(client.waits.iter().all(|wait| (30 * SECOND..=60 * SECOND).contains(&wait.0)), "{seed}");
        assert!((60..=120).contains(&client.requests.len()), "{seed}");
    }
    // The letter of the standard.
    let client = Client::run(Policy::browser(), 0, |client| client.body(body));
    assert_eq!(client.waits, [(Duration::from_millis(u64::MAX), Cause::Ended, 1)]);
}

/// Many servers and proxies close each response after a time.
#[test]
fn a_server_that_closes_regularly_after_an_event_is_healthy() {
    let client = Client::run(without_jitter(), 0, |client| {
        client.open();
        assert_eq!(client.receive(b"data: x\n\n"), 1);
        client.now += Duration::from_millis(29_990);
        client.source.handle_end(client.now);
    });
    // Every 32.99 s.
    assert_eq!(client.counts(), [2, 19, 110]);
    assert!(client.waits.iter().all(|wait| *wait == (3 * SECOND, Cause::Ended, 1)), "{:?}", client.waits);
}

#[test]
fn without_an_event_a_connection_is_healthy_once_it_has_stood_long_enough() {
    let closes_after = |millis| {
        Client::run(without_jitter(), 0, |client| {
            client.open();
            assert_eq!(client.receive(b":\n"), 0);
            client.now += Duration::from_millis(millis);
            client.source.handle_end(client.now);
        })
    };
    let client = closes_after(30_000);
    // Every 33 s.
    assert_eq!(client.counts(), [2, 19, 110]);
    assert!(client.waits.iter().all(|wait| *wait == (3 * SECOND, Cause::Ended, 1)), "{:?}", client.waits);
    let client = closes_after(29_999);
    assert_eq!(client.seconds()[..4], [3.0, 6.0, 12.0, 24.0]);
    assert!(client.waits.iter().all(|wait| wait.1 == Cause::EndedEarly));
}

#[test]
fn failures_and_temporary_statuses_back_off() {
    let client = Client::run(without_jitter(), 0, |client| client.source.handle_failure(client.now));
    assert_eq!(client.counts(), [5, 14, 64]);
    assert!(client.waits.iter().all(|wait| wait.1 == Cause::Failed));
    for status in [408, 425, 429, 500, 503, 599] {
        let client = Client::run(without_jitter(), 0, |client| client.status(status, None));
        assert_eq!(client.counts(), [5, 14, 64], "{status}");
        assert!(client.waits.iter().all(|wait| wait.1 == Cause::Status(status)));
    }
    for status in [0, 100, 201, 204, 301, 307, 400, 401, 404, 410, 600] {
        let client = Client::run(without_jitter(), 0, |client| client.status(status, Some("1")));
        assert_eq!(client.counts(), [1, 1, 1], "{status}");
    }
}

#[test]
fn retry_after_is_honoured_once() {
    let mut values = [Some("7"), None, Some("2"), None, None].into_iter().chain(core::iter::repeat(None));
    let client = Client::run(without_jitter(), 0, |client| client.status(503, values.next().flatten()));
    assert_eq!(client.seconds()[..6], [7.0, 6.0, 2.0, 24.0, 48.0, 60.0]);
    // Nor does it count for another cause.
    let mut is_first = true;
    let client = Client::run(without_jitter(), 0, |client| {
        if core::mem::take(&mut is_first) {
            client.status(503, Some("50"));
        } else {
            client.source.handle_failure(client.now);
        }
    });
    assert_eq!(client.seconds()[..3], [50.0, 6.0, 12.0]);
}

#[test]
fn retry_after_is_honoured_within_the_bounds() {
    for (value, seconds) in
        [("0", 0.5), ("1", 1.0), ("60", 60.0), ("61", 60.0), ("86400", 60.0), ("99999999999999999999999", 60.0)]
    {
        let client = Client::run(without_jitter(), 0, |client| client.status(429, Some(value)));
        assert!(client.seconds().into_iter().all(|wait| (wait - seconds).abs() < 1e-9), "{value}");
        for seed in 0..100 {
            let client = Client::run(Policy::default(), seed, |client| client.status(429, Some(value)));
            let least = if value.len() > 2 || value == "61" { 30.0 } else { seconds };
            let most = (seconds * 1.5).min(60.0);
            assert!(client.seconds().into_iter().all(|wait| (least..=most).contains(&wait)), "{seed}: {value}");
        }
    }
    // Even a server that always says 0 is left alone after the number of attempts that the policy allows.
    let client = Client::run(without_jitter(), 0, |client| client.status(503, Some("0")));
    assert_eq!((client.requests.len(), client.closed), (101, Some(Cause::Status(503))));
}

/// What is received every 4 minutes and 59 seconds keeps a connection for an hour.
fn stands_for_an_hour(parts: &[&[u8]]) {
    for as_items in [false, true] {
        let client = Client::run(without_jitter(), 0, |client| {
            client.open();
            for part in parts.iter().cycle().take(13) {
                client.now += 299 * SECOND;
                if as_items {
                    let mut part = *part;
                    while client.source.next_item(client.now, &mut part).expect("within the limits").is_some() {}
                } else {
                    client.receive(part);
                }
                assert_eq!(client.source.step(client.now), Step::Receive { idle: Some(300 * SECOND) }, "{part:?}");
            }
        });
        assert_eq!(client.counts(), [1, 1, 1]);
    }
}

#[test]
fn comments_keep_a_connection() {
    stands_for_an_hour(&[b":\n"]);
    stands_for_an_hour(&[b": ping\n\n"]);
}

#[test]
fn any_byte_keeps_a_connection() {
    stands_for_an_hour(&[b"d", b"a", b"t", b"a", b":", b"x"]);
    stands_for_an_hour(&[b"\n"]);
    stands_for_an_hour(&[b":", b" ", b"\r", b"\n"]);
    stands_for_an_hour(&[b"\xEF", b"\xBB", b"\xBF"]);
}

/// Silence is no sign of health, so the delays grow as those to a server that does not answer: connections at 0, 303, 609, 921,
/// 1245 and 1593 s, and then one every 360 s.
#[test]
fn a_silent_stream_is_given_up() {
    let client = Client::run(without_jitter(), 0, |client| {
        client.open();
        client.now += 299 * SECOND;
        assert_eq!(client.source.step(client.now), Step::Receive { idle: Some(SECOND) });
        client.now += SECOND;
    });
    assert_eq!(client.counts(), [1, 2, 11]);
    assert_eq!(
        client.waits[..3],
        [(3, 1), (6, 2), (12, 3)].map(|(time, attempt)| (time * SECOND, Cause::TimedOut, attempt))
    );
}

/// At 0, 303, 609, 921, 1245, 1593 s, and then one every 360 s.
#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let client = Client::run(without_jitter(), 0, |client| {
        client.now += 299 * SECOND;
        assert_eq!(client.source.step(client.now), Step::Connect { timeout: Some(SECOND) });
        client.now += SECOND;
    });
    assert_eq!(client.counts(), [1, 2, 11]);
    assert!(client.waits.iter().all(|wait| wait.1 == Cause::TimedOut));
    let client = Client::run(without_jitter().with_idle_timeout(None), 0, |client| {
        client.now += 2 * HOUR;
        assert_eq!(client.source.step(client.now), Step::Connect { timeout: None });
    });
    assert_eq!(client.requests.len(), 1);
}
