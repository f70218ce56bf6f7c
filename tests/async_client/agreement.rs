//! The same scripts for the asynchronous client, for the blocking one, and for a driver that has a clock.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use http_body_util::BodyExt;
use sse_proto::adapters::io;
use sse_proto::client::{Cause, EventSource, Policy, Response, State, Step as Action};
use sse_proto::{BytesDecoder, CutLine, ItemBuf};
use tokio::time::{Instant, timeout};

use crate::plans::*;
use crate::script::*;
use crate::support::random::Random;

fn describe_blocking(update: Result<io::Update, io::ClientError>) -> String {
    match update {
        Ok(io::Update::Connected) => "connected".to_owned(),
        Ok(io::Update::Item(item)) => describe_item(&item, |event| event.data().to_owned()),
        Ok(io::Update::Waiting { time, cause, attempt, error, .. }) => {
            let error = error.map(|error| format!(", {:?}", error.kind())).unwrap_or_default();
            format!("waiting {time:?}: {cause}, attempt {attempt}{error}")
        }
        Ok(update) => panic!("{update:?}"),
        Err(error) => format!("error: {error}"),
    }
}

/// The line without what differs between the clients: where an error is from, and the type of owned events.
fn without_differences(line: &str) -> String {
    line.replace(", connect: ", ", ").replace(", body: ", ", ").replace("EventBytes", "EventBuf")
}

/// All that happens to the blocking client, and the last event ID.
fn run_blocking(policy: Policy, cut_line: Option<CutLine>, plans: &[Plan], as_events: bool) -> (Vec<String>, String) {
    let (mut lines, mut plans) = (Vec::new(), plans.iter());
    let source = EventSource::new(policy, 7);
    let ids = std::cell::RefCell::new(Vec::new());
    let mut client = io::EventClient::with_source(source, |request: &io::ConnectRequest<'_>| {
        ids.borrow_mut().push(format!("connect after {:?}", request.last_event_id()));
        plans.next().map_or(Ok((Response::new(204), Parts(VecDeque::new()))), Plan::blocking)
    });
    if let Some(cut_line) = cut_line {
        client = client.with_incomplete_events(cut_line);
    }
    loop {
        let line = if as_events {
            client.next().map(|event| describe_blocking(event.map(ItemBuf::Event).map(io::Update::Item)))
        } else {
            client.next_update().map(describe_blocking)
        };
        lines.append(&mut ids.borrow_mut());
        let Some(line) = line else { break };
        lines.push(line);
    }
    lines.push(format!("{:?}, {:?}", client.cause(), client.source().last_stream()));
    let id = client.source().last_event_id().to_owned();
    (lines, id)
}

fn run_async(
    policy: Policy,
    cut_line: Option<CutLine>,
    plans: &[Plan],
    noise: &mut Random,
    as_events: bool,
) -> (Vec<String>, String) {
    let log = Log::default();
    let source = EventSource::with_decoder(BytesDecoder::new(), policy, 7);
    let connections: Vec<_> = plans.iter().map(|plan| plan.connection(noise)).collect();
    let mut client = client(policy, connections, &log).with_source(source);
    if let Some(cut_line) = cut_line {
        client = client.with_incomplete_events(cut_line);
    }
    run(async {
        loop {
            let line = if as_events {
                let event = client.next_event().await;
                event.map(|event| describe(event.map(ItemBuf::Event).map(sse_proto::adapters::client::Update::Item)))
            } else {
                client.next_update().await.map(describe)
            };
            let Some(line) = line else { break };
            log.push(line);
        }
    });
    log.push(format!("{:?}, {:?}", client.cause(), client.source().last_stream()));
    let id = client.source().last_event_id().to_owned();
    let is_shared = |line: &String| !line.starts_with("refused") && !line.ends_with("dropped");
    (log.take().into_iter().filter(is_shared).map(|line| without_differences(&line)).collect(), id)
}

#[test]
fn the_blocking_client_returns_the_same() {
    let mut lengths = 0;
    for seed in 0..3000 {
        let mut random = Random(seed);
        let plans: Vec<_> = (0..=random.below(8)).map(|_| plan(&mut random, false)).collect();
        let delay = [Duration::ZERO, Duration::from_micros(50)][random.below(2)];
        let policy = Policy::default()
            .with_min_delay(Duration::ZERO)
            .with_max_delay(delay)
            .with_idle_timeout([None, Some(HOUR)][random.below(2)])
            .with_healthy_after([Duration::ZERO, HOUR][random.below(2)])
            .with_max_attempts([0, 1, 2, u32::MAX][random.below(4)]);
        let cut_line = [None, Some(CutLine::Discard), Some(CutLine::Process)][random.below(3)];
        for as_events in [false, true] {
            let expected = run_blocking(policy, cut_line, &plans, as_events);
            let found = run_async(policy, cut_line, &plans, &mut random, as_events);
            assert_eq!(found, expected, "{seed}: {plans:?}");
            lengths += found.0.len();
        }
    }
    assert!(lengths > 30_000, "{lengths} lines are not much");
}

/// Does what the asynchronous client must do, with a clock, for an application that takes no time. Returns what happens and when.
async fn with_a_clock(policy: Policy, connections: Vec<Connection>) -> Vec<String> {
    let (start, log) = (Instant::now(), Log::default());
    let mut server = server(connections, &log);
    let mut source = EventSource::with_decoder(BytesDecoder::new(), policy, 7);
    let (mut body, mut error, mut is_announced) = (None::<Body>, String::new(), false);
    let say = |line: String| log.push(format!("{:?} {line}", start.elapsed()));
    loop {
        match source.step(start.elapsed()) {
            Action::Connect { timeout: limit } => {
                body = None;
                if let (false, Some(cause)) = (is_announced, source.reconnect().last_cause()) {
                    let attempt = source.reconnect().attempts();
                    say(format!("waiting 0ns: {cause}, attempt {attempt}{}", std::mem::take(&mut error)));
                }
                is_announced = false;
                let mut request = http::Request::new("");
                for (name, value) in source.request_headers() {
                    request.headers_mut().insert(name, http::HeaderValue::from_bytes(value).unwrap());
                }
                match within(limit, server(request)).await {
                    None => {}
                    Some(Err(failed)) => {
                        error = format!(", connect: {:?}", failed.kind());
                        source.handle_failure(start.elapsed());
                    }
                    Some(Ok(response)) => {
                        let retry_after = response.headers().get("retry-after");
                        let head = Response::new(response.status().as_u16())
                            .with_content_types(response.headers().get_all("content-type"))
                            .with_retry_after(retry_after.and_then(sse_proto::headers::retry_after));
                        let _ = source.handle_response(start.elapsed(), head);
                        if source.state() == State::Open {
                            say("connected".to_owned());
                        }
                        body = Some(response.into_body());
                    }
                }
            }
            Action::Receive { idle } => {
                let frame = within(idle, body.as_mut().unwrap().frame()).await;
                let now = start.elapsed();
                match frame {
                    None => {}
                    Some(Some(Ok(frame))) => {
                        let mut chunk = frame.into_data().unwrap_or_default();
                        while let Some(item) = source.next_item(now, &mut chunk).unwrap() {
                            say(describe_item(&item, |event| event.data().to_owned()));
                        }
                    }
                    Some(end) => {
                        if let Some(item) = source.decoder_mut().unfinished_item() {
                            say(describe_item(&item, |event| event.data().to_owned()));
                        }
                        match end {
                            Some(Err(failed)) => {
                                error = format!(", body: {:?}", failed.kind());
                                source.handle_failure(now);
                            }
                            _ => source.handle_end(now),
                        }
                    }
                }
            }
            Action::Wait { time, cause, attempt } => {
                body = None;
                is_announced = true;
                say(format!("waiting {time:?}: {cause}, attempt {attempt}{}", std::mem::take(&mut error)));
                tokio::time::sleep(time).await;
            }
            Action::Closed(cause) => {
                let id = source.last_event_id();
                say(format!("{cause:?} after {id:?}, attempt {}", source.reconnect().attempts()));
                return log.take();
            }
        }
    }
}

async fn within<T>(limit: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
    match limit {
        Some(limit) => timeout(limit, future).await.ok(),
        None => Some(future.await),
    }
}

/// What happens to the asynchronous client, and when.
async fn without_a_clock(policy: Policy, connections: Vec<Connection>) -> Vec<String> {
    let (start, log) = (Instant::now(), Log::default());
    let source = EventSource::with_decoder(BytesDecoder::new(), policy, 7);
    let mut client = client(policy, connections, &log).with_source(source);
    let say = |line: String| log.push(format!("{:?} {line}", start.elapsed()));
    while let Some(update) = client.next_update().await {
        match describe(update) {
            line if line.starts_with("refused") || line.starts_with("error") => {}
            line => say(line),
        }
    }
    let (cause, id) = (client.cause().unwrap(), client.source().last_event_id());
    say(format!("{cause:?} after {id:?}, attempt {}", client.source().reconnect().attempts()));
    log.take()
}

/// The client has no clock: its time is what its timers have measured. It does the same things at the same times as a driver with a
/// clock. No two timers of a connection elapse at the same moment.
#[test]
fn a_driver_with_a_clock_does_the_same_at_the_same_times() {
    let mut causes = [0; 4];
    for seed in 0..6000 {
        let mut random = Random(seed);
        let plans: Vec<_> = (0..=random.below(8)).map(|_| plan(&mut random, true)).collect();
        let policy = plain()
            .with_reconnection_time([Duration::ZERO, 3 * SECOND][random.below(2)])
            .with_min_delay([Duration::ZERO, Duration::from_millis(500)][random.below(2)])
            .with_idle_timeout([Some(Duration::from_millis(455)), Some(Duration::from_millis(1005))][random.below(2)])
            .with_healthy_after(
                [Duration::ZERO, Duration::from_millis(303), Duration::from_millis(777), HOUR][random.below(4)],
            )
            .with_max_attempts([0, 1, 2, u32::MAX][random.below(4)]);
        let connections = || plans.iter().map(|plan| plan.connection(&mut Random(seed))).collect::<Vec<_>>();
        let expected = run(with_a_clock(policy, connections()));
        let found = run(without_a_clock(policy, connections()));
        let lines =
            |lines: Vec<String>| lines.into_iter().filter(|line| !line.ends_with("dropped")).collect::<Vec<_>>();
        let (found, expected) = (lines(found), lines(expected));
        for (count, cause) in causes.iter_mut().zip([Cause::TimedOut, Cause::Ended, Cause::EndedEarly, Cause::Failed]) {
            *count += expected.iter().filter(|line| line.contains(&format!(": {cause},"))).count();
        }
        assert_eq!(found, expected, "{seed}: {policy:?}, {plans:#?}");
    }
    assert!(causes.iter().all(|&count| count > 500), "{causes:?}");
}
