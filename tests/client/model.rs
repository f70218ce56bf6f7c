//! Random inputs, compared with the reference (`tests/support/reference_client.rs`).

use crate::support::client::{Client, Input};
use crate::support::random::Random;
use crate::support::reference_client::ReferenceClient;
use crate::*;

/// Policies that differ in every number.
pub(crate) fn policies() -> Vec<Policy> {
    let tight =
        EXACT.with_reconnection_time(ms(7)).with_min_delay(ms(5)).with_max_delay(ms(40)).with_healthy_after(ms(9));
    vec![
        Policy::default(),
        EXACT,
        Policy::browser(),
        Policy::browser().with_idle_timeout(Some(ms(20))),
        Policy::once(),
        EXACT.with_max_attempts(3).with_idle_timeout(Some(ms(50))),
        tight.with_backoff_factor(3).with_max_attempts(u32::MAX),
        tight.with_jitter_percent(50).with_backoff_factor(0).with_idle_timeout(None),
        tight.with_jitter_percent(300).with_idle_timeout(Some(ms(0))),
        tight.with_max_delay(ms(2)).with_healthy_after(ms(0)),
    ]
}

fn input(random: &mut Random) -> Input {
    let time = [0, 1, 5, 20, 3000, 61_000, u64::MAX][random.below(7)];
    match random.below(28) {
        0..8 => Input::Step,
        8..12 => Input::STREAM,
        12..16 => Input::Response {
            status: [200, 204, 301, 404, 408, 425, 429, 499, 500, 503, 599, 600][random.below(12)],
            is_event_stream: random.below(2) == 0,
            retry_after: [None, Some(ms(time))][random.below(2)],
        },
        16 => Input::Accept,
        17 => Input::Retry,
        18..20 => Input::End,
        20..22 => Input::Failure,
        22 => Input::ReconnectNow,
        // Rarely, as it is the end.
        23 if random.below(20) == 0 => [Input::Close, Input::GiveUp][random.below(2)],
        23 | 24 => Input::Comment,
        25 => Input::Event,
        _ => Input::RetryField(ms(time)),
    }
}

/// Mostly forward by a step that is about as long as the times of the policies; sometimes far, or back.
fn pass(random: &mut Random, now: Duration) -> Duration {
    match random.below(40) {
        0 => now.saturating_sub(ms(random.next() % 100)),
        1 => now.saturating_add(ms(random.next() % 1_000_000)),
        2..20 => now.saturating_add(ms(random.next() % 12)),
        20..25 => now.saturating_add(ms(random.next() % 5000)),
        25 if random.below(100) == 0 => Duration::MAX,
        _ => now,
    }
}

fn run<C: Client>(mut client: C, policy: Policy, seed: u64) {
    let mut reference = ReferenceClient::new(policy);
    let mut random = Random(seed);
    let mut now = ms(random.next() % 1000);
    let mut log = Vec::new();
    for _ in 0..60 {
        now = pass(&mut random, now);
        let mut input = input(&mut random);
        let is_source = std::any::type_name::<C>() != std::any::type_name::<Reconnect>();
        if is_source && client.state() != State::Open && matches!(input, Input::RetryField(_)) {
            // Of a stream that is not open nothing is decoded.
            input = Input::Comment;
        }
        log.push((now, input));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            input.apply_to_both(&mut client, &mut reference, now);
            if input == Input::Step {
                Input::Step.apply_to_both(&mut client, &mut reference, now);
            }
        }));
        assert!(result.is_ok(), "seed {seed}, {policy:?}: {log:#?}");
    }
}

#[test]
fn random_inputs_have_the_outcome_that_the_standard_and_the_policy_say() {
    for policy in policies() {
        for seed in 0..1000 {
            run(Reconnect::new(policy, seed), policy, seed);
            if seed % 3 == 0 {
                run(EventSource::with_decoder(new_decoder(), policy, seed), policy, seed);
            }
        }
    }
}

/// A step is a level: whether it is asked for once, several times or after every input, the same follows.
#[test]
fn a_step_can_be_asked_for_any_number_of_times() {
    for policy in policies() {
        for seed in 0..1000 {
            let mut random = Random(seed);
            let mut once = Reconnect::new(policy, seed);
            let mut often = once.clone();
            let mut now = ms(0);
            for _ in 0..40 {
                now = pass(&mut random, now);
                let step = once.step(now);
                for _ in 0..=random.below(3) {
                    assert_eq!(often.step(now), step, "seed {seed}, {policy:?}");
                }
                assert_eq!(once, often, "seed {seed}, {policy:?}");
                let input = input(&mut random);
                input.apply(&mut once, now);
                input.apply(&mut often, now);
            }
        }
    }
}
