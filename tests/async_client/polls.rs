//! How the client is polled: dropped futures, spurious polls, other wakers, other tasks.

use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_core::{FusedStream, Stream};
use sse_proto::adapters::client::Update;
use sse_proto::client::{Cause, State};
use tokio::time::{Instant, sleep, timeout};

use crate::script::*;
use crate::support::random::Random;

fn connections() -> Vec<Connection> {
    let mut first = Vec::new();
    for byte in b": hi\nid: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\n" {
        first.extend([Step::Wait(SECOND), Step::Yield, bytes([*byte])]);
    }
    let second = bytes("id: 3\ndata: c\n\nid: 4\ndata: d\n\nHTML\ndata: e\n\n");
    vec![
        failure(ErrorKind::Other).after(Step::Wait(2 * SECOND)),
        status(503, vec![bytes("busy")]).after(Step::Yield),
        stream(first).after(Step::Wait(2 * SECOND)),
        stream(vec![Step::Yield, second, Step::Wait(3 * SECOND), Step::Error(ErrorKind::Other)]),
        stream(vec![bytes("data: "), Step::Forever]),
    ]
}

/// Whenever the future is dropped, the next one continues: the same happens, at the same times.
#[test]
fn a_dropped_future_loses_nothing() {
    let timed = |millis: u64| {
        run(async move {
            let (log, start) = (Log::default(), Instant::now());
            let mut client = client(plain().with_idle_timeout(Some(10 * SECOND)), connections(), &log);
            loop {
                // After each timeout the future is dropped and a new one continues.
                let limit = std::time::Duration::from_millis(millis);
                let Ok(update) = timeout(limit, client.next_update()).await else { continue };
                let Some(update) = update else { break };
                log.push(format!("{:?} {}", start.elapsed(), describe(update)));
            }
            log.take()
        })
    };
    let expected = timed(1_000_000);
    assert!(expected.iter().any(|line| line.ends_with("event e")), "{expected:?}");
    for millis in [1, 7, 999, 1000, 1001, 5000] {
        assert_eq!(timed(millis), expected, "dropped after {millis} ms");
    }
    // Polled once each time, as in `select!` with another branch that is always ready first.
    let polled_once = run(async {
        let (log, start) = (Log::default(), Instant::now());
        let mut client = client(plain().with_idle_timeout(Some(10 * SECOND)), connections(), &log);
        loop {
            let update = poll_fn(|cx| Poll::Ready(pin!(client.next_update()).poll(cx))).await;
            match update {
                Poll::Pending => sleep(std::time::Duration::from_millis(1)).await,
                Poll::Ready(None) => break,
                Poll::Ready(Some(update)) => log.push(format!("{:?} {}", start.elapsed(), describe(update))),
            }
        }
        log.take()
    });
    let what = |lines: Vec<String>| {
        lines.into_iter().map(|line| line.split_once("s ").map_or_else(|| line.clone(), |parts| parts.1.to_owned()))
    };
    assert_eq!(what(polled_once).collect::<Vec<_>>(), what(expected).collect::<Vec<_>>());
}

struct Count(AtomicU32);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU32::new(0)))
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

fn poll(client: &mut Client, count: &Arc<Count>) -> Poll<Option<String>> {
    let waker = Waker::from(Arc::clone(count));
    client.poll_update(&mut Context::from_waker(&waker)).map(|update| update.map(describe))
}

/// In each state the task that polled last is woken, and no other.
#[test]
fn the_last_waker_is_woken() {
    let arrivals = vec![Step::Wait(SECOND), bytes("data: a\n\n")];
    let connections = [stream(arrivals).after(Step::Wait(SECOND)), stream(vec![Step::Forever])];
    let mut client = client(plain().with_idle_timeout(Some(5 * SECOND)), connections, &Log::default());
    let expected = ["connected", "event a", "waiting 3s: stream ended, attempt 1", "connected"];
    let mut expected = expected.into_iter().chain(["waiting 3s: connection timed out, attempt 2"]);
    run(async {
        for _ in 0..5 {
            let (old, new) = (Count::new(), Count::new());
            let line = loop {
                if let Poll::Ready(line) = poll(&mut client, &old) {
                    break line;
                }
                let Poll::Pending = poll(&mut client, &new) else { panic!("nothing has happened") };
                assert_eq!(new.get(), 0);
                let before = old.get();
                while new.get() == 0 {
                    sleep(SECOND / 10).await;
                }
                assert_eq!(old.get(), before, "it does not poll any more");
                if let Poll::Ready(line) = poll(&mut client, &new) {
                    break line;
                }
            };
            assert_eq!(line.as_deref(), expected.next());
        }
    });
}

#[test]
fn spurious_polls_change_nothing() {
    let timed = |is_spurious: bool| {
        run(async move {
            let (log, start) = (Log::default(), Instant::now());
            let mut client = client(plain().with_idle_timeout(Some(10 * SECOND)), connections(), &log);
            let mut random = Random(3);
            loop {
                let update = poll_fn(|cx| {
                    for _ in 0..random.below(4) {
                        if !is_spurious {
                            break;
                        }
                        if let Poll::Ready(update) = client.poll_update(cx) {
                            return Poll::Ready(update);
                        }
                    }
                    client.poll_update(cx)
                })
                .await;
                let Some(update) = update else { break };
                log.push(format!("{:?} {}", start.elapsed(), describe(update)));
            }
            log.take()
        })
    };
    assert_eq!(timed(true), timed(false));
}

#[test]
fn nothing_is_polled_after_the_end() {
    let log = Log::default();
    let policy = sse_proto::client::Policy::once();
    let mut client = client(policy, [stream(vec![bytes("data: a\n\n")])], &log);
    assert!(!client.is_terminated());
    run(async {
        assert!(client.next_event().await.unwrap().is_ok());
        assert!(!client.is_terminated());
        for _ in 0..3 {
            assert!(client.next_event().await.is_none() && client.next_update().await.is_none());
            assert!(client.is_terminated());
            client.handle().reconnect_now();
            client.handle().close();
            client.retry();
            client.accept();
            client.give_up();
        }
    });
    assert_eq!(client.cause(), Some(Cause::Ended));
    assert_eq!(log.take(), ["connect after \"\"", "body dropped"]);
}

/// The body always has a chunk: each event is returned, and long stretches without one let other tasks run.
#[test]
fn a_body_that_never_waits() {
    let mut steps: Vec<_> = (0..1000).map(|_| bytes(":\n")).collect();
    steps.extend((0..1000).map(|_| bytes("data: a\n\n")));
    let mut client = client(sse_proto::client::Policy::once(), [stream(steps)], &Log::default());
    let (mut pending, mut events) = (0, 0);
    run(poll_fn(|cx| {
        loop {
            match Pin::new(&mut client).poll_next(cx) {
                Poll::Pending => {
                    pending += 1;
                    return Poll::Pending;
                }
                Poll::Ready(Some(event)) => events += usize::from(event.is_ok()),
                Poll::Ready(None) => return Poll::Ready(()),
            }
        }
    }));
    assert_eq!(events, 1000);
    assert!((7..=9).contains(&pending), "{pending} times while 1000 comments arrive");
}

#[test]
fn a_chunk_may_be_huge() {
    let data = "x".repeat(10 << 20);
    let body = format!("data: {data}\n\n{}", "data: a\n\n".repeat(100_000));
    let mut client = client(sse_proto::client::Policy::once(), [stream(vec![bytes(body)])], &Log::default());
    run(async {
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), data);
        for _ in 0..100_000 {
            assert_eq!(client.next_event().await.unwrap().unwrap().data(), "a");
        }
        assert!(client.next_event().await.is_none());
    });
}

/// A client that is dropped drops what is in flight, and its handles keep nothing of its task.
#[test]
fn a_dropped_client_leaves_nothing() {
    let log = Log::default();
    let mut connecting = client(plain(), [stream(vec![]).after(Step::Forever)], &log);
    let mut receiving = client(plain(), [stream(vec![Step::Forever])], &log);
    let task = Count::new();
    run(async {
        assert!(poll(&mut connecting, &task).is_pending());
        assert_eq!(poll(&mut receiving, &task), Poll::Ready(Some("connected".to_owned())));
        assert!(poll(&mut receiving, &task).is_pending());
        assert_eq!(receiving.source().state(), State::Open);
        let handles = [connecting.handle(), receiving.handle()];
        log.take();
        drop(connecting);
        drop(receiving);
        assert_eq!(log.take(), ["request dropped", "body dropped"]);
        assert_eq!(Arc::strong_count(&task), 1);
        handles.iter().for_each(sse_proto::adapters::client::ClientHandle::close);
        assert_eq!(task.get(), 0);
    });
}

#[test]
fn updates_and_events_can_be_mixed() {
    let steps = vec![bytes(": a\ndata: b\n\n: c\n"), Step::Yield, bytes("data: d\n\n: e\n"), Step::Forever];
    let mut client = client(plain(), [failure(ErrorKind::Other), stream(steps)], &Log::default());
    run(async {
        assert!(matches!(client.next_update().await, Some(Ok(Update::Waiting { .. }))));
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "b");
        assert_eq!(describe(client.next_update().await.unwrap()), "comment c");
        assert_eq!(client.next_event().await.unwrap().unwrap().data(), "d");
        assert_eq!(describe(client.next_update().await.unwrap()), "comment e");
    });
}
