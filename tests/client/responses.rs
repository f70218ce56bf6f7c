//! Which response is an event stream, and how an application overrides the verdict.

use crate::*;

/// "if res's status is not 200, or if res's `Content-Type` is not `text/event-stream`, then fail the connection."
fn expected(status: u16, retry_statuses: bool) -> Verdict {
    match status {
        200 => Verdict::Open,
        204 => Verdict::Close(Cause::NoContent),
        408 | 425 | 429 | 500..=599 if retry_statuses => Verdict::Retry(Cause::Status(status)),
        _ => Verdict::Close(Cause::Status(status)),
    }
}

clients! {
    fn every_status_has_a_verdict(new) {
        for (policy, retry_statuses) in [
            (EXACT, true),
            (Policy::browser(), false),
            (EXACT.with_retry_statuses(false), false),
            (Policy::browser().with_retry_statuses(true), true),
        ] {
            for status in (100..=599).chain([0, 99, 600, 999, u16::MAX]) {
                let mut client = in_state(new(policy), State::Connecting);
                let response = Response::new(status).with_content_types(["text/event-stream"]);
                let verdict = client.handle_response(ms(0), response);
                assert_eq!(verdict, expected(status, retry_statuses), "{status}");
                // And the next step is what the verdict says.
                match (verdict, client.step(ms(0))) {
                    (Verdict::Open, Step::Receive { .. }) => {}
                    (Verdict::Close(cause), Step::Closed(closed)) => assert_eq!(cause, closed),
                    (Verdict::Retry(cause), step) => {
                        assert_eq!(step, Step::Wait { time: ms(3000), cause, attempt: 1 });
                    }
                    other => panic!("{status}: {other:?}"),
                }
            }
        }
    }
}

/// A status that is refused has a cause that names it, whatever the type.
#[test]
fn a_status_that_is_no_success_prevails_over_the_type() {
    for status in [201, 204, 404, 503] {
        let mut typed = in_state(Reconnect::new(EXACT, 0), State::Connecting);
        let mut untyped = typed.clone();
        let response = Response::new(status).with_content_types(["text/event-stream"]);
        assert_eq!(typed.handle_response(ms(0), response), untyped.handle_response(ms(0), Response::new(status)));
    }
}

clients! {
    fn only_an_event_stream_is_opened(new) {
        let cases: [(&[&str], bool); 29] = [
            (&["text/event-stream"], true),
            (&["TEXT/Event-Stream"], true),
            (&["text/event-stream;"], true),
            (&["text/event-stream ;charset=utf-8"], true),
            (&["text/event-stream;charset=UTF-8"], true),
            // "The `charset` parameter […] has no effect": streams are UTF-8.
            (&["text/event-stream; charset=windows-1252"], true),
            (&["text/event-stream; foo=\"a, b\"; q"], true),
            (&[" \ttext/event-stream\t "], true),
            (&["text/html", "text/event-stream"], true),
            (&["text/event-stream, text/event-stream"], true),
            (&["text/event-stream", ""], true),
            (&["text/event-stream", "*/*"], true),
            (&["text/event-stream", "nonsense"], true),
            (&["text/html, text/event-stream; charset=utf-8"], true),
            (&[], false),
            (&[""], false),
            (&["text/event-streams"], false),
            (&["text/event-strea"], false),
            (&["xtext/event-stream"], false),
            (&["text/event-stream-json"], false),
            (&["text/event stream"], false),
            (&["text"], false),
            (&["*/*"], false),
            (&["application/json"], false),
            (&["text/html; x=text/event-stream"], false),
            (&["text/html; x=\"text/event-stream"], false),
            (&["text/event-stream", "text/html"], false),
            (&["text/event-stream, application/json"], false),
            (&["text/plain; x=\", text/event-stream\""], false),
        ];
        for (values, is_event_stream) in cases {
            let response = Response::new(200).with_content_types(values);
            assert_eq!(response.is_event_stream, is_event_stream, "{values:?}");
            for policy in [EXACT, Policy::browser()] {
                let mut client = in_state(new(policy), State::Connecting);
                let verdict = client.handle_response(ms(0), response);
                let step = client.step(ms(0));
                if is_event_stream {
                    assert_eq!(verdict, Verdict::Open, "{values:?}");
                    assert!(matches!(step, Step::Receive { .. }));
                } else {
                    assert_eq!(verdict, Verdict::Close(Cause::NotEventStream), "{values:?}");
                    assert_eq!(step, Step::Closed(Cause::NotEventStream));
                }
            }
        }
    }
}

/// For drivers that know the type by other means.
#[test]
fn the_type_can_be_set_directly() {
    let mut response = Response::new(200);
    assert!(!response.is_event_stream);
    response.is_event_stream = true;
    assert_eq!(Reconnect::new(EXACT, 0).handle_response(ms(0), response), Verdict::Open);
}

/// Responses that are refused, with the verdict.
fn refused() -> [(Response, Verdict); 4] {
    [
        (Response::new(404), Verdict::Close(Cause::Status(404))),
        (Response::new(204), Verdict::Close(Cause::NoContent)),
        (Response::new(200), Verdict::Close(Cause::NotEventStream)),
        (Response::new(503), Verdict::Retry(Cause::Status(503))),
    ]
}

clients! {
    fn the_application_can_override_a_verdict(new) {
        for (response, verdict) in refused() {
            let (Verdict::Close(cause) | Verdict::Retry(cause)) = verdict else { panic!() };
            let mut client = in_state(new(EXACT), State::Connecting);
            assert_eq!(client.handle_response(ms(0), response), verdict);
            assert_eq!(client.state(), State::Refused);
            // A second response is not awaited.
            assert_eq!(client.handle_response(ms(1), event_stream()), verdict);

            let mut accepted = client.clone();
            accepted.accept(ms(7));
            assert_eq!(accepted.state(), State::Open);
            assert_eq!(accepted.step(ms(8)), Step::Receive { idle: Some(ms(299_999)) });

            let mut retried = client.clone();
            retried.retry(ms(7));
            assert_eq!(retried.state(), State::Waiting);
            assert_eq!(retried.step(ms(7)), Step::Wait { time: ms(3000), cause, attempt: 1 });

            let mut reconnected = client.clone();
            reconnected.reconnect_now(ms(7));
            assert_eq!(reconnected.step(ms(7)), Step::Connect { timeout: Some(ms(300_000)) });
            assert_eq!(reconnected.reconnect().attempts(), 0);

            let mut closed = client.clone();
            closed.close();
            assert_eq!(closed.step(ms(7)), Step::Closed(Cause::Closed));
        }
    }
}

clients! {
    fn a_verdict_cannot_be_overridden_after_the_next_step(new) {
        for (response, verdict) in refused() {
            let mut client = in_state(new(EXACT), State::Connecting);
            assert_eq!(client.handle_response(ms(0), response), verdict);
            let step = client.step(ms(0));
            for input in [Input::Accept, Input::Retry] {
                let mut client = client.clone();
                input.apply(&mut client, ms(0));
                assert_eq!(client.step(ms(0)), step, "{input:?}");
                // What is said of a response that is not awaited stays the verdict.
                assert_eq!(client.handle_response(ms(0), event_stream()), verdict);
            }
        }
    }
}

clients! {
    fn a_refused_response_has_no_time_limit(new) {
        // A driver reads its body, which may take long; the end of the body does not decide.
        let mut client = in_state(new(EXACT), State::Refused);
        client.handle_end(ms(400_000));
        client.accept(ms(500_000));
        assert_eq!(client.step(ms(500_000)), Step::Receive { idle: Some(ms(300_000)) });
    }
}

clients! {
    fn a_response_can_be_accepted_without_being_judged(new) {
        let mut client = in_state(new(EXACT), State::Connecting);
        client.accept(ms(1));
        assert_eq!(client.step(ms(1)), Step::Receive { idle: Some(ms(300_000)) });
    }
}

clients! {
    fn retry_stops_where_the_policy_allows_no_attempt(new) {
        let mut client = in_state(new(Policy::once()), State::Refused);
        client.retry(ms(0));
        assert_eq!(client.step(ms(0)), Step::Closed(Cause::Status(404)));
        // The verdict says so beforehand.
        let mut client = in_state(new(Policy::once()), State::Connecting);
        assert_eq!(client.handle_response(ms(0), Response::new(503)), Verdict::Close(Cause::Status(503)));
        assert_eq!(client.step(ms(0)), Step::Closed(Cause::Status(503)));
    }
}

clients! {
    fn a_redirect_that_is_not_followed_stops(new) {
        for status in [301, 302, 303, 307, 308] {
            let mut client = in_state(new(EXACT), State::Connecting);
            assert_eq!(client.handle_response(ms(0), Response::new(status)), Verdict::Close(Cause::Status(status)));
            assert_eq!(client.step(ms(0)), Step::Closed(Cause::Status(status)));
        }
    }
}

clients! {
    /// A server, or a proxy in front of it, that answers a reconnection in another way than the first request.
    fn each_response_is_judged_anew(new) {
        let others = [Response::new(302), Response::new(200).with_content_types(["text/html"])];
        for response in refused().map(|(response, _)| response).into_iter().chain(others) {
            let mut first = in_state(new(EXACT), State::Connecting);
            let expected = first.handle_response(ms(0), response);
            assert_ne!(expected, Verdict::Open);
            let mut client = opened(new(EXACT));
            client.event(ms(0));
            client.handle_end(ms(0));
            assert!(matches!(client.step(ms(3000)), Step::Connect { .. }));
            assert_eq!(client.handle_response(ms(3000), response), expected);
            // Its body is no part of the stream.
            let before = client.clone();
            client.comment(ms(3000));
            client.event(ms(3000));
            assert_eq!((client.state(), client.reconnect().attempts()), (State::Refused, 1));
            assert_eq!(client.step(ms(3000)), before.clone().step(ms(3000)));
        }
    }
}

clients! {
    /// "unless the user agent knows that to be futile, in which case the user agent may fail the connection"
    fn an_attempt_that_is_futile_is_the_last(new) {
        for (state, expected) in [
            (State::Connecting, Cause::Failed),
            (State::Refused, Cause::Status(404)),
            (State::Open, Cause::Failed),
            (State::Closed, Cause::Closed),
        ] {
            let mut client = in_state(new(EXACT), state);
            client.give_up(ms(0));
            assert_eq!(client.step(ms(0)), Step::Closed(expected), "{state:?}");
        }
        // A timeout that the step has applied already.
        let mut client = in_state(new(EXACT), State::Connecting);
        assert!(matches!(client.step(ms(300_000)), Step::Wait { .. }));
        client.give_up(ms(300_000));
        assert_eq!(client.step(ms(300_000)), Step::Closed(Cause::TimedOut));
    }
}

clients! {
    /// For requests that may be repeated at some times only.
    fn the_number_of_attempts_can_be_changed_at_any_time(new) {
        let mut client = in_state(new(EXACT), State::Open);
        client.set_max_attempts(0);
        assert_eq!(client.reconnect().policy().max_attempts, 0);
        client.event(ms(0));
        client.handle_end(ms(0));
        assert_eq!(client.step(ms(0)), Step::Closed(Cause::Ended));

        let mut client = in_state(new(EXACT.with_max_attempts(0)), State::Connecting);
        client.set_max_attempts(2);
        client.handle_failure(ms(0));
        assert!(matches!(client.step(ms(0)), Step::Wait { cause: Cause::Failed, attempt: 1, .. }));
        // The delay was granted.
        client.set_max_attempts(0);
        assert!(matches!(client.step(ms(300_000)), Step::Connect { .. }));
        client.handle_failure(ms(300_000));
        assert_eq!(client.step(ms(300_000)), Step::Closed(Cause::Failed));

        let mut client = in_state(new(EXACT.with_max_attempts(0)), State::Refused);
        client.set_max_attempts(1);
        client.retry(ms(0));
        assert!(matches!(client.step(ms(0)), Step::Wait { cause: Cause::Status(404), attempt: 1, .. }));
    }
}
