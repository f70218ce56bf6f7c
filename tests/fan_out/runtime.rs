//! Subscriptions as tasks of a runtime.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::{FutureExt, StreamExt};
use sse_proto::Event;
use sse_proto::adapters::fan_out::{Delivery, FanOut, Page};
use sse_proto::server::{History, Retention};
use tokio::runtime::Builder;

use super::simulated_log::{event, id};
use super::{Text, numbered};

const EVENTS: usize = 100;

#[test]
fn tasks_get_all_events() {
    Builder::new_current_thread().build().unwrap().block_on(async {
        let fan_out = numbered(Retention::default());
        let receivers: Vec<_> = (0..50)
            .map(|_| {
                let subscription = fan_out.subscribe(Some(b"7-0"));
                tokio::spawn(subscription.map(|delivery| matches!(delivery, Delivery::Event(_))).collect::<Vec<_>>())
            })
            .collect();
        for number in 0..EVENTS {
            fan_out.send(Event::new(&number.to_string())).unwrap();
            if number % 3 == 0 {
                tokio::task::yield_now().await;
            }
        }
        fan_out.close();
        for receiver in receivers {
            assert_eq!(receiver.await.unwrap(), [true; EVENTS]);
        }
        assert_eq!(fan_out.subscribers(), 0);
    });
}

/// Each page takes some time, and the local log has only the last few events.
#[test]
fn tasks_are_replayed() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let retention = Retention::default().with_max_events(5);
        let fan_out = FanOut::new(History::opaque_after(&id(0), retention).unwrap());
        let backlog = |last_event_id: String| async move {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            let last = super::simulated_log::number(&last_event_id).unwrap();
            Ok::<_, std::io::Error>(Page::Events((last + 1..=EVENTS).take(7).map(event).collect()))
        };
        let mut receivers = Vec::new();
        for number in 1..=EVENTS {
            fan_out.send(&event(number)).unwrap();
            if number % 10 == 0 {
                let subscription = fan_out.subscribe_with(Some(id(number / 2).as_bytes()), backlog);
                let receiver = subscription.take(EVENTS - number / 2).map(Text::text).collect::<Vec<_>>();
                receivers.push((number / 2, tokio::spawn(receiver)));
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
            }
        }
        for (last, receiver) in receivers {
            let expected: Vec<_> = (last + 1..=EVENTS).map(|number| format!("{} {number}", id(number))).collect();
            assert_eq!(receiver.await.unwrap(), expected);
        }
    });
}

/// A task of tokio may do so much until it must yield, and what waits is then pending although it is ready. Events are not.
#[test]
fn events_are_read_and_waited_for_by_a_task_that_must_yield() {
    Builder::new_current_thread().build().unwrap().block_on(async {
        let fan_out = numbered(Retention::default());
        let mut subscription = fan_out.subscribe(Some(b"7-0"));
        let receiver = tokio::spawn({
            let fan_out = fan_out.clone();
            async move {
                for number in 1..=3 {
                    // Ready.
                    use_up_budget().await;
                    fan_out.send(Event::new("x")).unwrap();
                    let next = subscription.next().now_or_never();
                    assert_eq!(next.flatten().map(Text::text), Some(format!("7-{} x", 2 * number - 1)));
                    // Waited for.
                    use_up_budget().await;
                    assert_eq!(subscription.next().await.map(Text::text), Some(format!("7-{} x", 2 * number)));
                }
                subscription.next().await
            }
        });
        for _ in 0..3 {
            while fan_out.with_history(|history| history.len() % 2 == 0) {
                tokio::task::yield_now().await;
            }
            tokio::task::yield_now().await;
            fan_out.send(Event::new("x")).unwrap();
        }
        fan_out.close();
        assert_eq!(receiver.await.unwrap(), None);
    });
}

/// Completes when the task must yield, without yielding.
async fn use_up_budget() {
    poll_fn(|cx| {
        while let Poll::Ready(unit) = tokio::task::coop::poll_proceed(cx) {
            unit.made_progress();
        }
        assert!(!tokio::task::coop::has_budget_remaining());
        Poll::Ready(())
    })
    .await;
}
