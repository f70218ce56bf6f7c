//! What other tasks and the application tell the client.

use std::io::ErrorKind;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::{Either, select};
use sse_proto::adapters::client::{ClientError, ClientHandle, Update};
use sse_proto::client::{Cause, State};
use tokio::time::sleep;

use crate::script::*;

/// Runs the client until it has nothing to do for an hour, then acts, and returns all that happened.
fn when_idle(connections: Vec<Connection>, act: fn(&ClientHandle)) -> (Vec<String>, u32) {
    let log = Log::default();
    let policy = plain().with_reconnection_time(10 * HOUR).with_max_delay(10 * HOUR).with_idle_timeout(None);
    let mut client = client(policy.with_healthy_after(1000 * HOUR), connections, &log);
    let handle = client.handle();
    run(async {
        let follow = async {
            while let Some(update) = client.next_update().await {
                log.push(describe(update));
            }
        };
        let control = async {
            sleep(HOUR).await;
            log.push("act");
            act(&handle);
            // If the client was not woken, nothing happens until its delay or the test has ended.
            sleep(SECOND).await;
            log.push("a second later");
            handle.close();
        };
        futures_util::future::join(follow, control).await;
    });
    log.push(format!("{:?}", client.cause().unwrap()));
    (log.take(), client.source().reconnect().attempts())
}

fn again() -> Connection {
    stream(vec![bytes("data: again\n\n"), Step::Forever])
}

#[test]
fn a_pending_client_is_woken_in_each_state() {
    let connect = "connect after \"\"";
    let cases = || {
        [
            (vec![stream(vec![]).after(Step::Forever), again()], vec![connect, "act", "request dropped"], 0),
            (vec![stream(vec![Step::Forever]), again()], vec![connect, "connected", "act", "body dropped"], 0),
            (
                vec![stream(vec![bytes("data: a\n\ndata: b"), Step::Forever]), again()],
                vec![connect, "connected", "event a", "act", "body dropped"],
                0,
            ),
            (
                vec![failure(ErrorKind::Other), again()],
                vec![connect, "waiting 10h: connection failed, attempt 1, connect: Other", "act"],
                1,
            ),
        ]
    };
    for (connections, start, attempts) in cases() {
        let start: Vec<_> = start.iter().map(|line| line.replace("10h", &format!("{:?}", 10 * HOUR))).collect();
        let closed = [&start[..], &["Closed".to_owned()]].concat();
        let (lines, found) = when_idle(connections, ClientHandle::close);
        let lines: Vec<_> = lines.into_iter().filter(|line| line != "a second later").collect();
        assert_eq!((lines, found), (closed, attempts));
    }
    for (connections, start, _) in cases() {
        let start: Vec<_> = start.iter().map(|line| line.replace("10h", &format!("{:?}", 10 * HOUR))).collect();
        let end = [connect, "connected", "event again", "a second later", "body dropped", "Closed"].map(str::to_owned);
        let (lines, attempts) = when_idle(connections, ClientHandle::reconnect_now);
        assert_eq!(lines, [&start[..], &end].concat());
        assert_eq!(attempts, 0, "the event has proved the connection healthy");
    }
}

#[test]
fn a_forced_reconnection_is_not_announced_as_a_loss() {
    let streams = ["data: a\n\n", "data: b\n\n"].map(|body| stream(vec![bytes(body)]));
    let connections = [failure(ErrorKind::ConnectionRefused)].into_iter().chain(streams);
    let mut client = client(immediate(), connections, &Log::default());
    run(async {
        assert!(matches!(client.next_update().await, Some(Ok(Update::Waiting { cause: Cause::Failed, .. }))));
        for data in ["event a", "event b"] {
            client.handle().reconnect_now();
            assert_eq!(client.next_update().await.map(describe).unwrap(), "connected");
            assert_eq!(client.next_update().await.map(describe).unwrap(), data);
        }
        client.handle().reconnect_now();
        assert!(client.next_event().await.is_none());
    });
    assert_eq!(client.cause(), Some(Cause::NoContent));
}

#[test]
fn a_forced_reconnection_drops_what_was_not_returned() {
    let log = Log::default();
    let first = vec![bytes("id: 1\ndata: a\n\nid: 2\ndata: b\n\n")];
    let connections = [stream(first), stream(vec![bytes("id: 2\ndata: b\n\n")])];
    let mut client = client(plain(), connections, &log);
    run(async {
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "a");
        client.handle().reconnect_now();
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "b");
    });
    assert_eq!(log.take(), ["connect after \"\"", "body dropped", "connect after \"1\""]);
}

/// Runs a client whose first connection calls the function while it is polled, then does this step. The policy allows no attempt: a
/// loss would end it.
fn during_a_poll(act: fn(&ClientHandle), new: fn(Step) -> Connection, step: Step) -> Vec<String> {
    let log = Log::default();
    let handle = Arc::new(OnceLock::<ClientHandle>::new());
    let (shared, seen) = (Arc::clone(&handle), log.clone());
    let acting = Step::Then(Box::new(move || {
        seen.push("act");
        act(shared.get().unwrap());
        step
    }));
    let client = client(plain().with_max_attempts(0), [new(acting)], &log);
    handle.set(client.handle()).unwrap();
    follow(client, &log)
}

#[test]
fn what_happens_in_the_same_poll_does_not_count() {
    let steps = || [Step::Yield, Step::Error(ErrorKind::Other), bytes("data: no\n\n"), bytes("NO\nNO"), Step::Trailers];
    let again = [
        "connect after \"\"",
        "refused: response with status 204: the server asks to stop, will retry: false",
        "body dropped",
        "NoContent",
    ];
    let body = |step| stream(vec![bytes("data: a\n\n"), step, bytes("data: no\n\n")]);
    for step in steps() {
        let expected = ["connect after \"\"", "connected", "event a", "act", "body dropped", "Closed"];
        assert_eq!(during_a_poll(ClientHandle::close, body, step), expected);
    }
    for step in steps() {
        let start = ["connect after \"\"", "connected", "event a", "act", "body dropped"];
        assert_eq!(during_a_poll(ClientHandle::reconnect_now, body, step), [&start[..], &again].concat());
    }
    for (new, dropped) in [
        ((|step| stream(vec![bytes("data: no\n\n")]).after(step)) as fn(Step) -> Connection, &["body dropped"][..]),
        (|step| status(404, vec![]).after(step), &["body dropped"]),
        (|step| failure(ErrorKind::Other).after(step), &[]),
    ] {
        let start = [&["connect after \"\"", "act"][..], dropped].concat();
        let expected = [&start[..], &["Closed"]].concat();
        assert_eq!(during_a_poll(ClientHandle::close, new, Step::Trailers), expected);
        let expected = [&start[..], &again].concat();
        assert_eq!(during_a_poll(ClientHandle::reconnect_now, new, Step::Trailers), expected);
    }
}

#[test]
fn a_closed_client_returns_nothing_more() {
    let log = Log::default();
    let mut receiving = client(plain(), [stream(vec![bytes("data: a\n\ndata: b\n\n")])], &log);
    run(async {
        assert_eq!(receiving.next_event().await.unwrap().unwrap().data(), "a");
        receiving.handle().close();
        receiving.handle().reconnect_now();
        for _ in 0..3 {
            assert!(receiving.next_event().await.is_none() && receiving.next_update().await.is_none());
            assert!(receiving.take_body().is_none() && receiving.response().is_none());
        }
    });
    assert_eq!((receiving.cause(), receiving.source().state()), (Some(Cause::Closed), State::Closed));
    assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);
    let mut new = client(plain(), [], &log);
    new.handle().close();
    assert!(run(new.next_event()).is_none());
    assert_eq!(log.take(), Vec::<String>::new(), "it does not connect");
}

#[test]
fn a_client_that_reconnects_without_a_delay_can_be_closed() {
    let connections = std::iter::repeat_with(|| failure(ErrorKind::Other)).take(100_000);
    let mut client = client(immediate().with_max_attempts(u32::MAX), connections, &Log::default());
    let handle = client.handle();
    run(async {
        let close = async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            handle.close();
        };
        let (event, ()) = futures_util::future::join(client.next_event(), close).await;
        assert!(event.is_none());
    });
    assert_eq!(client.cause(), Some(Cause::Closed));
    assert!((100..10_000).contains(&client.source().reconnect().connections()));
}

#[test]
fn an_application_can_give_up_while_the_client_waits() {
    let mut client = client(plain(), [failure(ErrorKind::InvalidInput)], &Log::default());
    run(async {
        let Some(Ok(Update::Waiting { error: Some(error), .. })) = client.next_update().await else { panic!() };
        assert_eq!(error.to_string(), "invalid input parameter");
        client.give_up();
        let error = client.next_update().await.unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Closed { cause: Cause::Failed, source: None, .. }), "{error:?}");
        assert!(client.next_update().await.is_none());
    });
}

/// The error of a loss that no update has announced is not lost.
#[test]
fn an_application_that_gives_up_while_it_awaits_an_event_gets_the_last_error() {
    let body = stream(vec![bytes("id: 1\n\n"), Step::Error(ErrorKind::ConnectionReset)]);
    for (connection, message) in [
        (failure(ErrorKind::InvalidInput), "event stream closed: connection failed: invalid input parameter"),
        (body, "event stream closed: connection failed: connection reset"),
        (status(503, vec![]), "event stream closed: response with status 503"),
    ] {
        let mut client = client(plain(), [connection], &Log::default());
        run(async {
            assert!(tokio::time::timeout(SECOND, client.next_event()).await.is_err(), "it waits");
            client.give_up();
            assert_eq!(client.next_event().await.unwrap().unwrap_err().to_string(), message);
            assert!(client.next_event().await.is_none());
        });
    }
    // It is that of the last connection.
    let mut client = client(plain(), [failure(ErrorKind::InvalidInput), stream(vec![])], &Log::default());
    run(async {
        assert!(tokio::time::timeout(4 * SECOND, client.next_event()).await.is_err(), "it waits");
        client.give_up();
        let error = client.next_event().await.unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Closed { cause: Cause::EndedEarly, source: None, .. }), "{error:?}");
    });
}

/// Closes the client as soon as it is woken, and again when it is dropped: nothing is locked while foreign code runs.
struct Nested(Mutex<Option<ClientHandle>>);

impl Wake for Nested {
    fn wake(self: Arc<Self>) {
        if let Some(handle) = &*self.0.lock().unwrap() {
            handle.close();
        }
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        if let Some(handle) = &*self.0.lock().unwrap() {
            handle.close();
        }
    }
}

#[test]
fn a_waker_may_use_the_handle() {
    let mut client = client(plain(), [stream(vec![]).after(Step::Forever)], &Log::default());
    run(async {
        let waker = Waker::from(Arc::new(Nested(Mutex::new(Some(client.handle())))));
        assert!(client.poll_update(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        // The second waker replaces the first one, which closes the client when it is dropped.
        assert!(matches!(client.poll_update(&mut Context::from_waker(Waker::noop())), Poll::Ready(None)));
    });
    assert_eq!(client.cause(), Some(Cause::Closed));
}

/// Another thread reconnects and closes the client at any moment, while it is polled or the thread sleeps: no call is missed.
#[test]
fn another_thread_wakes_the_client() {
    let (send, receive) = std::sync::mpsc::channel::<(ClientHandle, usize)>();
    let thread = std::thread::spawn(move || {
        for (handle, number) in receive {
            (0..number % 97 * 40).for_each(|_| std::hint::spin_loop());
            handle.reconnect_now();
            (0..number % 89 * 40).for_each(|_| std::hint::spin_loop());
            handle.close();
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        for number in 0..5000 {
            let connections = [stream(vec![Step::Forever]), stream(vec![]).after(Step::Forever)];
            let mut client = client(plain().with_idle_timeout(None), connections, &Log::default());
            send.send((client.handle(), number)).unwrap();
            // The limit is polled first: the poll that it causes does not count as one of a client that was woken.
            let limit = pin!(tokio::time::sleep(60 * SECOND));
            let Either::Right((event, _)) = select(limit, pin!(client.next_event())).await else {
                panic!("it is not woken")
            };
            assert!(event.is_none());
            assert_eq!(client.cause(), Some(Cause::Closed));
        }
    });
    drop(send);
    thread.join().unwrap();
}
