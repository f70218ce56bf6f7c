//! The types that a client is made of, and where a client can be.

use std::hash::Hash;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use sse_proto::adapters::client::{ClientError, EventClient, TransportError, Update};
use sse_proto::client::Cause;
use tokio::time::sleep;

use crate::script::*;

#[test]
fn it_is_send_if_its_parts_are() {
    fn is_send<T: Send + Unpin>(_: &T) {}
    fn is_shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    let mut client = client(plain(), [], &Log::default());
    is_send(&client);
    is_shared(&client.handle());
    is_send(&Box::pin(client.next_event()));
    is_send(&Box::pin(client.next_update()));
    is_send(&client.updates());
}

#[test]
fn errors_and_updates_compare_if_their_sources_do() {
    fn check<T: Clone + Eq + Hash>() {}
    check::<TransportError<u8, String>>();
    check::<ClientError<u8, String>>();
    check::<Update<u8, String>>();
}

/// A struct that has a client as a field, whose function is not a closure.
struct Feed {
    events: EventClient<Vec<u8>, Respond, Timer>,
}

type Respond = fn(http::Request<Vec<u8>>) -> Ready;

type Ready = std::future::Ready<std::io::Result<http::Response<String>>>;

#[allow(clippy::needless_pass_by_value, reason = "it sends the request")]
fn respond(request: http::Request<Vec<u8>>) -> Ready {
    let status = if request.headers().contains_key("last-event-id") { 204 } else { 200 };
    let head = http::Response::builder().status(status).header("content-type", "text/event-stream");
    std::future::ready(Ok(head.body("id: 1\ndata: a\n\n".to_owned()).unwrap()))
}

/// The compiler infers the types of closures, and that what captures them is `Send`.
#[test]
fn it_can_be_stored_boxed_and_spawned() {
    use futures_util::StreamExt;

    let request = || http::Request::get("/").body(Vec::new()).unwrap();
    run(async {
        let shared = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&shared);
        let connect = move |request| {
            let count = Arc::clone(&count);
            async move {
                tokio::task::yield_now().await;
                count.fetch_add(1, Ordering::Relaxed);
                respond(request).await
            }
        };
        let mut client = EventClient::new(request(), connect.clone(), sleep)
            .with_futile_errors(|error| error.raw_os_error() == Some(1));
        let task = tokio::spawn(async move {
            let event = client.next_event().await;
            assert!(client.updates().next().await.is_some() && client.next_update().await.is_some());
            event.unwrap().unwrap().into_data()
        });
        assert_eq!(task.await.unwrap(), "a");

        let client = EventClient::new(request(), connect, sleep);
        let boxed: Pin<Box<dyn futures_core::Stream<Item = _> + Send>> = Box::pin(client);
        assert_eq!(tokio::spawn(boxed.count()).await.unwrap(), 1);
        assert_eq!(shared.load(Ordering::Relaxed), 4);

        let events = EventClient::new(request(), respond as Respond, sleep as Timer);
        let mut feed = Feed { events };
        assert_eq!(tokio::spawn(async move { feed.events.next().await.unwrap().unwrap() }).await.unwrap().data(), "a");
    });
}

/// A type with a name, and whose future needs no box.
struct Named(u32);

impl sse_proto::adapters::client::Connect<()> for Named {
    type Body = String;
    type Error = std::io::Error;
    type Future = std::future::Ready<std::io::Result<http::Response<String>>>;

    fn connect(&mut self, _: http::Request<()>) -> Self::Future {
        self.0 += 1;
        let status = if self.0 == 3 { 204 } else { 200 };
        let head = http::Response::builder().status(status).header("content-type", "text/event-stream");
        std::future::ready(Ok(head.body("data: a\n\n".to_owned()).unwrap()))
    }
}

#[test]
fn a_connecting_type_may_have_a_name() {
    let mut client: EventClient<(), Named, Timer> =
        EventClient::new(http::Request::new(()), Named(0), tokio::time::sleep as Timer);
    run(async {
        for _ in 0..2 {
            assert_eq!(client.next_event().await.unwrap().unwrap().data(), "a");
        }
        assert!(client.next_event().await.is_none());
    });
}

/// Neither the connecting function nor its future, the body, or the timers need be `Send` or `Unpin`.
#[test]
fn it_works_with_parts_that_are_neither_send_nor_unpin() {
    struct Local(Rc<std::cell::Cell<u32>>, std::marker::PhantomPinned);

    impl http_body::Body for Local {
        type Data = std::io::Cursor<Vec<u8>>;
        type Error = Rc<str>;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Self::Data>, Rc<str>>>> {
            self.0.set(self.0.get() + 1);
            match self.0.get() % 3 {
                0 => Poll::Ready(Some(Err("broken".into()))),
                _ => Poll::Ready(Some(Ok(http_body::Frame::data(std::io::Cursor::new(b"data: a\n\n".to_vec()))))),
            }
        }
    }

    let count = Rc::new(std::cell::Cell::new(0));
    let shared = Rc::clone(&count);
    let connect = |_: http::Request<Rc<str>>| {
        let shared = Rc::clone(&shared);
        async move {
            sleep(SECOND).await;
            let body = Local(shared, std::marker::PhantomPinned);
            let head = http::Response::builder().header("content-type", "text/event-stream");
            Ok::<_, Rc<str>>(head.body(body).unwrap())
        }
    };
    let request = http::Request::get("/").body(Rc::from("")).unwrap();
    let timer = Rc::new(());
    let mut client = EventClient::new(request, connect, move |time| {
        let timer = Rc::clone(&timer);
        async move {
            sleep(time).await;
            drop(timer);
        }
    });
    run(async {
        for _ in 0..10 {
            assert_eq!(client.next_event().await.unwrap().unwrap().data(), "a");
        }
    });
    assert_eq!(count.get(), 14);
}

/// As a spawned task, with another one that controls it.
#[test]
fn a_client_in_a_task() {
    run(async {
        tokio::task::LocalSet::new()
            .run_until(async {
                let steps = || vec![Step::Wait(SECOND), bytes("data: a\n\n"), Step::Forever];
                let mut client = client(plain(), [stream(steps()), stream(steps())], &Log::default());
                let handle = client.handle();
                let task = tokio::task::spawn_local(async move {
                    let mut lines = Vec::new();
                    while let Some(update) = client.next_update().await {
                        lines.push(describe(update));
                    }
                    (lines, client.cause())
                });
                sleep(5 * SECOND).await;
                handle.reconnect_now();
                sleep(5 * SECOND).await;
                handle.close();
                let (lines, cause) = task.await.unwrap();
                assert_eq!(lines, ["connected", "event a", "connected", "event a"]);
                assert_eq!(cause, Some(Cause::Closed));
                // The client and its task are gone.
                handle.close();
                handle.reconnect_now();
            })
            .await;
    });
}
