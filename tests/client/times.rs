//! Timeouts, delays, attempts and the clock.

use crate::*;

fn attempt_at<C: Client>(client: &mut C, now: Duration) -> (Duration, u32) {
    match client.step(now) {
        Step::Wait { time, attempt, .. } => (time, attempt),
        step => panic!("{step:?}"),
    }
}

fn just_before(time: Duration) -> Duration {
    time.saturating_sub(Duration::from_nanos(1))
}

/// Connects after the delay, and fails at once.
fn fail_again<C: Client>(client: &mut C, now: &mut Duration) -> Step {
    if let Step::Wait { time, .. } = client.step(*now) {
        *now += time;
    }
    assert!(matches!(client.step(*now), Step::Connect { .. }));
    client.handle_failure(*now);
    client.step(*now)
}

clients! {
    fn the_response_must_arrive_within_the_idle_timeout(new) {
        let policy = EXACT.with_idle_timeout(Some(ms(100)));
        let mut client = new(policy);
        // The time begins with the first step.
        assert_eq!(client.step(ms(1000)), Step::Connect { timeout: Some(ms(100)) });
        assert_eq!(client.step(ms(1040)), Step::Connect { timeout: Some(ms(60)) });
        let last = just_before(ms(1100));
        assert_eq!(client.step(last), Step::Connect { timeout: Some(Duration::from_nanos(1)) });
        let mut late = client.clone();
        assert_eq!(client.step(ms(1100)), Step::Wait { time: ms(3000), cause: Cause::TimedOut, attempt: 1 });
        // A response that is reported before the next step is in time.
        assert_eq!(late.handle_response(ms(1200), event_stream()), Verdict::Open);
        assert_eq!(late.step(ms(1200)), Step::Receive { idle: Some(ms(100)) });
        // The next connection has the whole time again.
        assert_eq!(client.step(ms(4100)), Step::Connect { timeout: Some(ms(100)) });
        assert!(matches!(client.step(ms(4200)), Step::Wait { attempt: 2, .. }));
    }
}

clients! {
    fn bytes_must_arrive_within_the_idle_timeout(new) {
        let mut client = opened(new(EXACT.with_idle_timeout(Some(ms(100)))));
        assert_eq!(client.step(ms(99)), Step::Receive { idle: Some(ms(1)) });
        // Comments count.
        client.comment(ms(99));
        assert_eq!(client.step(ms(99)), Step::Receive { idle: Some(ms(100)) });
        client.event(ms(150));
        assert_eq!(client.step(ms(249)), Step::Receive { idle: Some(ms(1)) });
        let last = just_before(ms(250));
        assert_eq!(client.step(last), Step::Receive { idle: Some(Duration::from_nanos(1)) });
        assert_eq!(client.step(ms(250)), Step::Wait { time: ms(3000), cause: Cause::TimedOut, attempt: 1 });
    }
}

/// An empty chunk is nothing that arrived.
#[test]
fn an_empty_chunk_is_no_activity() {
    let mut source = opened(new_source(EXACT));
    assert_eq!(source.next_event(ms(10), &mut &b""[..]), Ok(None));
    assert_eq!(source.next_item(ms(10), &mut &b""[..]), Ok(None));
    assert_eq!(source.step(ms(10)), Step::Receive { idle: Some(ms(299_990)) });
    assert_eq!(source.next_item(ms(10), &mut &b"d"[..]), Ok(None));
    assert_eq!(source.step(ms(10)), Step::Receive { idle: Some(ms(300_000)) });
}

clients! {
    fn without_an_idle_timeout_a_client_waits_for_ever(new) {
        let mut client = in_state(new(EXACT.with_idle_timeout(None)), State::Connecting);
        assert_eq!(client.step(Duration::MAX / 2), Step::Connect { timeout: None });
        client.accept(Duration::MAX / 2);
        assert_eq!(client.step(Duration::MAX), Step::Receive { idle: None });
    }
}

clients! {
    /// The step is a level even then.
    fn an_idle_timeout_of_zero_elapses_after_the_step(new) {
        let mut client = new(Policy::browser().with_reconnection_time(ms(0)).with_idle_timeout(Some(ms(0))));
        let connect = Step::Connect { timeout: Some(Duration::from_nanos(1)) };
        assert_eq!([client.step(ms(5)), client.step(ms(5))], [connect; 2]);
        assert_eq!(client.reconnect().attempts(), 0);
        assert_eq!([client.step(ms(6)), client.step(ms(6))], [connect; 2]);
        assert_eq!(client.reconnect().attempts(), 1);
    }
}

clients! {
    fn a_clock_that_goes_back_stands_still(new) {
        let mut client = opened(new(EXACT.with_idle_timeout(Some(ms(100)))));
        client.comment(ms(50));
        client.comment(ms(20));
        assert_eq!(client.step(ms(0)), Step::Receive { idle: Some(ms(100)) });
        assert_eq!(client.step(ms(60)), Step::Receive { idle: Some(ms(90)) });
        assert_eq!(client.step(ms(10)), Step::Receive { idle: Some(ms(90)) });
        // The delay begins at 60, and is never longer than the policy says.
        client.handle_failure(ms(30));
        assert_eq!(client.step(ms(0)), Step::Wait { time: ms(3000), cause: Cause::Failed, attempt: 1 });
        assert_eq!(client.step(ms(60)), Step::Wait { time: ms(3000), cause: Cause::Failed, attempt: 1 });
        assert_eq!(client.step(ms(3060)), Step::Connect { timeout: Some(ms(100)) });
        assert_eq!(client.handle_response(ms(0), event_stream()), Verdict::Open);
        assert_eq!(client.step(ms(3061)), Step::Receive { idle: Some(ms(99)) });
        client.reconnect_now(ms(0));
        assert_eq!(client.step(ms(3062)), Step::Connect { timeout: Some(ms(99)) });
    }
}

clients! {
    fn the_end_of_time_is_reached_without_a_panic(new) {
        for policy in model::policies() {
            let policy = policy.with_max_attempts(policy.max_attempts.max(1));
            for state in STATES {
                for input in INPUTS {
                    let mut client = in_state(new(policy), state);
                    input.apply(&mut client, Duration::MAX);
                    let step = client.step(Duration::MAX);
                    assert_eq!(client.step(Duration::MAX), step, "{input:?} in {state:?}");
                }
            }
        }
    }
}

clients! {
    fn the_delay_is_the_reconnection_time(new) {
        for (retry, min, max, expected) in [
            (None, 0, 60_000, 3000),
            (Some(1000), 0, 60_000, 1000),
            (Some(0), 500, 60_000, 500),
            (Some(499), 500, 60_000, 500),
            (Some(501), 500, 60_000, 501),
            (Some(59_999), 500, 60_000, 59_999),
            (Some(60_001), 500, 60_000, 60_000),
            (Some(u64::MAX), 500, 60_000, 60_000),
            // The maximum prevails.
            (Some(20), 500, 100, 100),
        ] {
            let mut client = opened(new(EXACT.with_min_delay(ms(min)).with_max_delay(ms(max))));
            if let Some(retry) = retry {
                client.retry_field(ms(0), ms(retry));
            }
            client.event(ms(0));
            client.handle_end(ms(0));
            assert_eq!(attempt_at(&mut client, ms(0)), (ms(expected), 1), "{retry:?} {min} {max}");
            // Asked for later, what is left of it; the last nanosecond counts.
            assert_eq!(attempt_at(&mut client, ms(expected - 1)), (ms(1), 1));
            let last = just_before(ms(expected));
            assert_eq!(attempt_at(&mut client, last), (Duration::from_nanos(1), 1));
            assert!(matches!(client.step(ms(expected)), Step::Connect { .. }));
        }
    }
}

clients! {
    fn the_letter_of_the_standard_has_no_bounds(new) {
        let mut client = opened(new(Policy::browser()));
        client.retry_field(ms(0), ms(0));
        client.handle_end(ms(0));
        assert_eq!(client.step(ms(0)), Step::Connect { timeout: None }, "at once");
        client.accept(ms(0));
        client.retry_field(ms(0), ms(u64::MAX));
        for attempt in 2..5 {
            client.handle_failure(ms(0));
            assert_eq!(attempt_at(&mut client, ms(0)), (ms(u64::MAX), attempt), "no backoff");
            client.reconnect_now(ms(0));
            client.accept(ms(0));
        }
    }
}

clients! {
    fn the_delay_grows_with_each_failure(new) {
        for (factor, expected) in [
            (2, [3, 6, 12, 24, 48, 60, 60]),
            (3, [3, 9, 27, 60, 60, 60, 60]),
            (1, [3; 7]),
            (0, [3; 7]),
        ] {
            let mut client = new(EXACT.with_backoff_factor(factor));
            let mut now = ms(0);
            for (number, seconds) in (1..).zip(expected) {
                let step = fail_again(&mut client, &mut now);
                assert_eq!(step, Step::Wait { time: ms(1000 * seconds), cause: Cause::Failed, attempt: number });
            }
        }
    }
}

clients! {
    fn a_200_alone_is_no_health(new) {
        // An endless loop of empty streams backs off.
        let mut client = new(EXACT);
        let mut now = ms(0);
        let mut times = Vec::new();
        for _ in 0..6 {
            assert!(matches!(client.step(now), Step::Connect { .. }));
            assert_eq!(client.handle_response(now, event_stream()), Verdict::Open);
            client.comment(now);
            client.handle_end(now);
            let Step::Wait { time, cause: Cause::EndedEarly, .. } = client.step(now) else { panic!() };
            times.push(time.as_secs());
            now += time;
        }
        assert_eq!(times, [3, 6, 12, 24, 48, 60]);
    }
}

clients! {
    fn an_event_makes_a_connection_healthy(new) {
        let mut client = new(EXACT);
        let mut now = ms(0);
        for _ in 0..4 {
            let _ = fail_again(&mut client, &mut now);
        }
        assert_eq!(attempt_at(&mut client, now), (ms(24_000), 4));
        now += ms(24_000);
        let _ = client.step(now);
        client.accept(now);
        assert_eq!(client.reconnect().attempts(), 4);
        client.event(now);
        assert_eq!(client.reconnect().attempts(), 0);
        client.handle_failure(now);
        assert_eq!(client.step(now), Step::Wait { time: ms(3000), cause: Cause::Failed, attempt: 1 });
        // The event counts for its own connection only.
        let _ = client.step(now + ms(3000));
        client.accept(now + ms(3000));
        client.handle_end(now + ms(3000));
        let step = client.step(now + ms(3000));
        assert_eq!(step, Step::Wait { time: ms(6000), cause: Cause::EndedEarly, attempt: 2 });
    }
}

clients! {
    fn a_connection_that_stood_long_enough_is_healthy(new) {
        let policy = EXACT.with_healthy_after(ms(30_000));
        for (stood, cause, attempt) in [(29_999, Cause::EndedEarly, 2), (30_000, Cause::Ended, 1)] {
            let mut client = in_state(new(policy), State::Waiting);
            assert!(matches!(client.step(ms(3000)), Step::Connect { .. }));
            client.accept(ms(3000));
            client.comment(ms(3001));
            client.handle_end(ms(3000 + stood));
            let time = ms(3000 * u64::from(attempt));
            assert_eq!(client.step(ms(3000 + stood)), Step::Wait { time, cause, attempt }, "{stood}");
        }
    }
}

clients! {
    /// It stood until its last bytes.
    fn the_silence_before_a_time_out_is_no_health(new) {
        let policy = EXACT.with_healthy_after(ms(1000)).with_idle_timeout(Some(ms(5000)));
        for (last_bytes, attempt) in [(0, 2), (999, 2), (1000, 1)] {
            let mut client = in_state(new(policy), State::Waiting);
            assert!(matches!(client.step(ms(3000)), Step::Connect { .. }));
            client.accept(ms(3000));
            client.comment(ms(3000 + last_bytes));
            let step = client.step(ms(8000 + last_bytes));
            let time = ms(3000 * u64::from(attempt));
            assert_eq!(step, Step::Wait { time, cause: Cause::TimedOut, attempt }, "{last_bytes}");
        }
    }
}

clients! {
    fn attempts_are_limited(new) {
        for limit in [0, 1, 2, 5] {
            let mut client = new(EXACT.with_max_attempts(limit));
            let mut now = ms(0);
            for attempt in 1..=limit {
                assert!(matches!(fail_again(&mut client, &mut now), Step::Wait { attempt: found, .. } if found == attempt));
            }
            assert_eq!(fail_again(&mut client, &mut now), Step::Closed(Cause::Failed), "{limit}");
        }
        // The limit counts attempts in a row.
        let mut client = opened(new(EXACT.with_max_attempts(1)));
        for now in (0..100_000).step_by(3000) {
            let _ = client.step(ms(now));
            client.accept(ms(now));
            client.event(ms(now));
            client.handle_end(ms(now));
            assert_eq!(client.step(ms(now)), Step::Wait { time: ms(3000), cause: Cause::Ended, attempt: 1 });
        }
    }
}

clients! {
    fn without_a_limit_a_client_tries_for_ever(new) {
        let mut client = new(EXACT.with_max_attempts(u32::MAX));
        let mut now = ms(0);
        for attempt in 1..2000 {
            assert!(matches!(fail_again(&mut client, &mut now), Step::Wait { attempt: found, .. } if found == attempt));
        }
    }
}

/// What gives up says why.
#[test]
fn causes() {
    let cause = |input: Input, state: State| {
        let mut client = in_state(Reconnect::new(Policy::once(), 0), state);
        input.apply(&mut client, ms(1));
        client.step(ms(1))
    };
    assert_eq!(cause(Input::End, State::Connecting), Step::Closed(Cause::Failed));
    assert_eq!(cause(Input::Failure, State::Connecting), Step::Closed(Cause::Failed));
    assert_eq!(cause(Input::End, State::Open), Step::Closed(Cause::EndedEarly));
    assert_eq!(cause(Input::Failure, State::Open), Step::Closed(Cause::Failed));
    let mut client = opened(Reconnect::new(Policy::once(), 0));
    client.handle_event(ms(1));
    client.handle_end(ms(1));
    assert_eq!(client.step(ms(1)), Step::Closed(Cause::Ended));
}

/// Retry-After of a 503.
fn refused_with<C: Client>(new: impl Fn(Policy) -> C, policy: Policy, retry_after: Option<u64>) -> C {
    let mut client = in_state(new(policy), State::Connecting);
    let response = Response::new(503).with_retry_after(retry_after.map(ms));
    assert_eq!(client.handle_response(ms(0), response), Verdict::Retry(Cause::Status(503)));
    client
}

clients! {
    fn retry_after_is_obeyed_within_the_bounds(new) {
        for (retry_after, expected) in [
            (None, 3000),
            (Some(7000), 7000),
            (Some(1000), 1000),
            (Some(0), 500),
            (Some(60_000), 60_000),
            (Some(61_000), 60_000),
            (Some(u64::MAX), 60_000),
        ] {
            let mut client = refused_with(&new, EXACT, retry_after);
            assert_eq!(attempt_at(&mut client, ms(0)), (ms(expected), 1), "{retry_after:?}");
        }
    }
}

clients! {
    fn retry_after_counts_once(new) {
        let mut client = refused_with(&new, EXACT, Some(7000));
        assert_eq!(attempt_at(&mut client, ms(0)), (ms(7000), 1));
        let mut now = ms(0);
        assert_eq!(fail_again(&mut client, &mut now), Step::Wait { time: ms(6000), cause: Cause::Failed, attempt: 2 });
        now += ms(6000);
        let _ = client.step(now);
        let _ = client.handle_response(now, Response::new(503));
        assert_eq!(attempt_at(&mut client, now), (ms(12_000), 3));
        // A later one is not multiplied.
        now += ms(12_000);
        let _ = client.step(now);
        let _ = client.handle_response(now, Response::new(429).with_retry_after(Some(ms(2000))));
        assert_eq!(attempt_at(&mut client, now), (ms(2000), 4));
    }
}

clients! {
    fn retry_after_prevails_over_the_retry_field_once(new) {
        let mut client = opened(new(EXACT));
        client.retry_field(ms(0), ms(1000));
        client.event(ms(0));
        client.handle_end(ms(0));
        assert_eq!(attempt_at(&mut client, ms(0)), (ms(1000), 1));
        let _ = client.step(ms(1000));
        let _ = client.handle_response(ms(1000), Response::new(503).with_retry_after(Some(ms(9000))));
        assert_eq!(attempt_at(&mut client, ms(1000)), (ms(9000), 2));
        let _ = client.step(ms(10_000));
        client.handle_failure(ms(10_000));
        assert_eq!(attempt_at(&mut client, ms(10_000)), (ms(4000), 3));
    }
}

clients! {
    fn retry_after_counts_if_the_application_retries(new) {
        let mut client = in_state(new(EXACT), State::Connecting);
        let _ = client.handle_response(ms(0), Response::new(403).with_retry_after(Some(ms(9000))));
        client.retry(ms(2));
        assert_eq!(client.step(ms(2)), Step::Wait { time: ms(9000), cause: Cause::Status(403), attempt: 1 });
        // Not if it reconnects at once, or accepts.
        let mut client = refused_with(&new, EXACT, Some(9000));
        client.reconnect_now(ms(2));
        client.handle_failure(ms(2));
        assert_eq!(attempt_at(&mut client, ms(2)), (ms(3000), 1));
        let mut client = refused_with(&new, EXACT, Some(9000));
        client.accept(ms(2));
        client.handle_failure(ms(2));
        assert_eq!(attempt_at(&mut client, ms(2)), (ms(3000), 1));
    }
}

/// The delays of many failures in a row.
fn delays(policy: Policy, seed: u64) -> Vec<Duration> {
    let mut client = Reconnect::new(policy, seed);
    let mut now = ms(0);
    let mut delay = |_| match fail_again(&mut client, &mut now) {
        Step::Wait { time, .. } => time,
        step => panic!("{step:?}"),
    };
    (0..20).map(&mut delay).collect()
}

#[test]
fn jitter_depends_on_the_seed_alone() {
    let policy = Policy::default();
    assert_eq!(delays(policy, 1), delays(policy, 1));
    for seed in 2..100 {
        assert_ne!(delays(policy, 1), delays(policy, seed));
    }
    assert_eq!(delays(EXACT, 1), delays(EXACT, 2), "without jitter");
    for delay in delays(policy, 1) {
        assert!((ms(3000)..=ms(60_000)).contains(&delay), "{delay:?}");
    }
}

clients! {
    fn jitter_is_drawn_once(new) {
        let mut client = in_state(new(Policy::default()), State::Waiting);
        let (time, _) = attempt_at(&mut client, ms(0));
        assert!((ms(3000)..=ms(4500)).contains(&time) && time != ms(3000), "{time:?}");
        for now in 0..100 {
            assert_eq!(attempt_at(&mut client, ms(now)).0, time.saturating_sub(ms(now)));
            client.handle_failure(ms(now));
        }
    }
}

/// What arrives while the client waits changes nothing of the delay that has begun.
#[test]
fn the_reconnection_time_applies_to_delays_that_begin_afterwards() {
    let mut client = in_state(Reconnect::new(EXACT, 0), State::Waiting);
    client.set_reconnection_time(ms(700));
    assert_eq!(client.reconnection_time(), ms(700));
    assert_eq!(attempt_at(&mut client, ms(0)), (ms(3000), 1));
    let _ = client.step(ms(3000));
    client.handle_failure(ms(3000));
    assert_eq!(attempt_at(&mut client, ms(3000)), (ms(1400), 2));
}
