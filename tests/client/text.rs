//! What a client says of itself, in logs.

use crate::*;

#[test]
fn steps_and_causes_are_explained() {
    for (step, text) in [
        (Step::Connect { timeout: None }, "connecting"),
        (Step::Connect { timeout: Some(ms(1)) }, "connecting"),
        (Step::Receive { idle: Some(ms(1)) }, "receiving"),
        (
            Step::Wait { time: ms(4200), cause: Cause::Ended, attempt: 3 },
            "reconnecting in 4.2 s: stream ended; attempt 3",
        ),
        (
            Step::Wait { time: ms(500), cause: Cause::Status(503), attempt: 1 },
            "reconnecting in 500 ms: response with status 503; attempt 1",
        ),
        (Step::Closed(Cause::NoContent), "stopped: response with status 204: the server asks to stop"),
        (Step::Closed(Cause::Closed), "stopped: closed by the application"),
    ] {
        assert_eq!(step.to_string(), text);
    }
    for (cause, text, is_error) in [
        (Cause::Ended, "stream ended", false),
        (Cause::EndedEarly, "stream ended before an event arrived", true),
        (Cause::Failed, "connection failed", true),
        (Cause::TimedOut, "connection timed out", true),
        (Cause::Status(404), "response with status 404", true),
        (Cause::NotEventStream, "response is not an event stream", true),
        (Cause::NoContent, "response with status 204: the server asks to stop", false),
        (Cause::Closed, "closed by the application", false),
    ] {
        assert_eq!(cause.to_string(), text);
        assert_eq!(cause.is_error(), is_error, "{cause}");
    }
}

/// Nobody reads a payload or an ID in a log because a client was logged.
#[test]
fn debug_shows_no_payload() {
    let mut source = opened(new_source(EXACT));
    let mut input = &b"id: secret\nevent: secret\ndata: secret\n\ndata: secret\nsecret\nid: secr"[..];
    assert!(source.next_event(ms(0), &mut input).unwrap().is_some());
    assert_eq!(source.next_event(ms(0), &mut input), Ok(None));
    for _ in 0..2 {
        let text = format!("{source:?}");
        assert!(!text.contains("secr") && !text.contains("115, 101"), "{text}");
        assert!(text.contains("EventSource") && text.contains("last_event_id_len: 6"), "{text}");
        source.handle_end(ms(0));
        assert!(source.last_stream().is_incomplete());
    }
}

/// The numbers of the presets, as the documentation has them.
#[test]
fn presets() {
    let (default, browser) = (Policy::default(), Policy::browser());
    assert_eq!(default, Policy::new());
    assert_eq!([default.reconnection_time, default.min_delay, default.max_delay], [ms(3000), ms(500), ms(60_000)]);
    assert_eq!([default.backoff_factor, default.jitter_percent, default.max_attempts], [2, 50, 100]);
    assert_eq!((default.idle_timeout, default.healthy_after), (Some(ms(300_000)), ms(30_000)));
    assert!(default.retry_statuses);
    assert_eq!([browser.reconnection_time, browser.min_delay, browser.max_delay], [ms(3000), ms(0), Duration::MAX]);
    assert_eq!([browser.backoff_factor, browser.jitter_percent, browser.max_attempts], [1, 0, u32::MAX]);
    assert_eq!((browser.idle_timeout, browser.healthy_after), (None, ms(30_000)));
    assert!(!browser.retry_statuses);
    assert_eq!(Policy::once(), default.with_max_attempts(0));
    assert_eq!(*Reconnect::new(browser, 0).policy(), browser);
    assert_eq!(Reconnect::new(default.with_reconnection_time(ms(9)), 0).reconnection_time(), ms(9));
}

#[test]
fn each_number_can_be_set() {
    let policy = Policy::new()
        .with_reconnection_time(ms(1))
        .with_min_delay(ms(2))
        .with_max_delay(ms(3))
        .with_backoff_factor(4)
        .with_jitter_percent(5)
        .with_max_attempts(6)
        .with_idle_timeout(Some(ms(7)))
        .with_healthy_after(ms(8))
        .with_retry_statuses(false);
    assert_eq!([policy.reconnection_time, policy.min_delay, policy.max_delay], [ms(1), ms(2), ms(3)]);
    assert_eq!([policy.backoff_factor, policy.jitter_percent, policy.max_attempts], [4, 5, 6]);
    assert_eq!((policy.idle_timeout, policy.healthy_after), (Some(ms(7)), ms(8)));
    assert!(!policy.retry_statuses);
}
