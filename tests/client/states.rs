//! Closing, forced reconnections, and inputs that do not fit the state.

use crate::*;

/// What can be seen of a client.
fn seen<C: Client>(client: &mut C, now: Duration) -> (Step, State, u32, u64) {
    let step = client.step(now);
    let reconnect = client.reconnect();
    (step, reconnect.state(), reconnect.attempts(), reconnect.connections())
}

clients! {
    fn close_stops_in_every_state(new) {
        for state in STATES {
            let mut client = in_state(new(EXACT), state);
            client.close();
            assert_eq!(client.state(), State::Closed, "{state:?}");
            assert_eq!(client.step(ms(1)), Step::Closed(Cause::Closed), "{state:?}");
        }
        // Before the first step, too.
        let mut client = new(EXACT);
        client.close();
        assert_eq!(client.step(ms(0)), Step::Closed(Cause::Closed));
    }
}

clients! {
    fn nothing_follows_the_end(new) {
        for (policy, cause) in [
            (EXACT, Cause::Closed),
            (EXACT, Cause::Status(404)),
            (EXACT, Cause::NoContent),
            (EXACT, Cause::NotEventStream),
            (Policy::once(), Cause::Failed),
            (Policy::once(), Cause::EndedEarly),
            (Policy::once(), Cause::TimedOut),
        ] {
            let mut client = in_state(new(policy), State::Connecting);
            match cause {
                Cause::Status(status) => _ = client.handle_response(ms(0), Response::new(status)),
                Cause::NoContent => _ = client.handle_response(ms(0), Response::new(204)),
                Cause::NotEventStream => _ = client.handle_response(ms(0), Response::new(200)),
                Cause::Failed => client.handle_failure(ms(0)),
                Cause::EndedEarly => {
                    client = opened(client);
                    client.handle_end(ms(1));
                }
                Cause::TimedOut => _ = client.step(ms(300_000)),
                _ => client.close(),
            }
            let end = seen(&mut client, ms(300_000));
            assert_eq!((end.0, end.1), (Step::Closed(cause), State::Closed));
            for first in INPUTS {
                for second in INPUTS {
                    let mut client = client.clone();
                    first.apply(&mut client, ms(400_000));
                    second.apply(&mut client, ms(900_000));
                    assert_eq!(seen(&mut client, Duration::MAX), end, "{first:?}, {second:?}");
                }
            }
            assert_eq!(client.handle_response(ms(900_000), event_stream()), Verdict::Close(cause));
        }
    }
}

clients! {
    fn a_reconnection_can_be_forced_in_every_state_but_closed(new) {
        for state in STATES {
            let mut client = in_state(new(EXACT), state);
            let before = (client.reconnect().attempts(), client.reconnect().connections());
            client.reconnect_now(ms(5));
            if state == State::Closed {
                assert_eq!(client.step(ms(5)), Step::Closed(Cause::Closed));
                assert_eq!((client.reconnect().attempts(), client.reconnect().connections()), before);
                continue;
            }
            // Without delay, and with the whole time for the response.
            assert_eq!(client.step(ms(5)), Step::Connect { timeout: Some(ms(300_000)) }, "{state:?}");
            assert_eq!(client.state(), State::Connecting);
            assert_eq!((client.reconnect().attempts(), client.reconnect().connections()), (before.0, before.1 + 1));
        }
    }
}

clients! {
    fn the_cause_of_the_last_loss_is_known(new) {
        // Without a delay, no step has the cause.
        let mut client = new(EXACT.with_min_delay(ms(0)).with_max_delay(ms(0)));
        let _ = client.step(ms(0));
        assert_eq!(client.reconnect().last_cause(), None);
        let mut expect = |input: fn(&mut _), cause| {
            input(&mut client);
            assert!(matches!(client.step(ms(300_000)), Step::Connect { .. }));
            assert_eq!(client.reconnect().last_cause(), Some(cause));
        };
        expect(|client| client.handle_failure(ms(0)), Cause::Failed);
        expect(|client| _ = client.handle_response(ms(0), Response::new(503)), Cause::Status(503));
        expect(|client| (client.accept(ms(0)), client.handle_end(ms(0))).1, Cause::EndedEarly);
        client.accept(ms(300_000));
        assert_eq!(client.reconnect().last_cause(), Some(Cause::EndedEarly));
        assert!(matches!(client.step(ms(600_000)), Step::Connect { .. }));
        assert_eq!(client.reconnect().last_cause(), Some(Cause::TimedOut));
        // A connection that the application drops is not lost. One that is lost already cannot be dropped.
        client.reconnect_now(ms(600_000));
        assert_eq!(client.reconnect().last_cause(), None);
        for (state, cause) in [(State::Open, None), (State::Refused, None), (State::Waiting, Some(Cause::Failed))] {
            let mut client = in_state(new(EXACT), State::Waiting);
            assert!(matches!(client.step(ms(3000)), Step::Connect { .. }));
            assert_eq!(client.reconnect().last_cause(), Some(Cause::Failed), "after a delay, too");
            client = in_state(client, state);
            client.reconnect_now(ms(3000));
            assert_eq!(client.reconnect().last_cause(), cause, "{state:?}");
        }
    }
}

clients! {
    fn a_forced_reconnection_is_no_failure(new) {
        // Even where the policy allows no attempt.
        let mut client = in_state(new(Policy::once()), State::Open);
        for now in 0..10 {
            client.reconnect_now(ms(now));
            assert!(matches!(client.step(ms(now)), Step::Connect { .. }));
        }
        // The attempts so far stay, without an event.
        let mut client = in_state(new(EXACT), State::Waiting);
        client.reconnect_now(ms(1));
        assert_eq!(client.reconnect().attempts(), 1);
        client.handle_failure(ms(2));
        assert_eq!(client.step(ms(2)), Step::Wait { time: ms(6000), cause: Cause::Failed, attempt: 2 });
        // A healthy connection resets them, as it does however it ends.
        for (now, attempts) in [(30_001, 1), (30_002, 0)] {
            let mut client = client.clone();
            client.reconnect_now(ms(2));
            client.accept(ms(2));
            assert_eq!(client.reconnect().attempts(), 2);
            client.reconnect_now(ms(now));
            assert_eq!(client.reconnect().attempts(), 2 * attempts);
        }
    }
}

clients! {
    /// Of a connection that was given up, or of none.
    fn late_and_spurious_inputs_change_nothing(new) {
        let stray = [Input::Accept, Input::Retry, Input::End, Input::Failure, Input::STREAM, Input::Comment, Input::Event];
        for (state, ignored) in [
            (State::Connecting, &[Input::Retry, Input::Comment, Input::Event][..]),
            (State::Refused, &[Input::End, Input::Failure, Input::STREAM, Input::Comment, Input::Event]),
            (State::Open, &[Input::Accept, Input::Retry, Input::STREAM]),
            (State::Waiting, &stray),
            (State::Closed, &stray),
        ] {
            let client = in_state(new(EXACT), state);
            let expected = seen(&mut client.clone(), ms(10));
            for input in ignored {
                let mut client = client.clone();
                input.apply(&mut client, ms(10));
                assert_eq!(client.state(), state, "{input:?} in {state:?}");
                assert_eq!(seen(&mut client, ms(10)), expected, "{input:?} in {state:?}");
            }
        }
    }
}

clients! {
    fn a_connection_has_a_number(new) {
        let mut client = new(EXACT);
        assert_eq!(client.reconnect().connections(), 1);
        client = in_state(client, State::Waiting);
        assert_eq!(client.reconnect().connections(), 1);
        assert!(matches!(client.step(ms(3000)), Step::Connect { .. }));
        assert!(matches!(client.step(ms(3001)), Step::Connect { .. }));
        assert_eq!(client.reconnect().connections(), 2);
        client.reconnect_now(ms(3002));
        assert_eq!(client.reconnect().connections(), 3);
        assert_eq!(client.handle_response(ms(3003), event_stream()), Verdict::Open);
        assert_eq!(client.reconnect().connections(), 3);
    }
}
