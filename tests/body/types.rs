//! The types that a body is made of.

use std::cell::Cell;
use std::future::{self, Future, Pending, Ready};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body_util::Full;
use sse_proto::EventBuf;
use sse_proto::adapters::Encoded;
use sse_proto::adapters::body::{BodyChunks, BodyEvents, EventBody, NoKeepAlive};
use tokio::time::sleep;

use crate::server::*;

#[test]
fn auto_traits_are_those_of_the_parts() {
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
    fn is_unpin<T: Unpin>() {}
    type Events = stream::Iter<std::vec::IntoIter<EventBuf>>;
    type Timer = fn(Duration) -> tokio::time::Sleep;
    is_send::<EventBody<Events>>();
    is_sync::<EventBody<Events>>();
    is_unpin::<EventBody<Events>>();
    is_unpin::<EventBody<Events, fn(Duration) -> Ready<()>, Pending<()>>>();
    is_send::<EventBody<Events, Timer, tokio::time::Sleep>>();
    is_send::<EventBody<stream::Repeat<Encoded>, NoKeepAlive, Pin<Box<dyn Future<Output = ()> + Send>>>>();
    is_send::<BodyEvents<Full<Bytes>>>();
    is_unpin::<BodyEvents<Full<Bytes>>>();
    is_unpin::<BodyChunks<Pin<Box<PhantomPinned>>>>();
}

/// A stream, a timer and an end that are `!Send`, in a body on a single thread.
#[test]
fn parts_need_not_be_send() {
    run(async {
        let not_send = Rc::new(Cell::new(0));
        let (in_stream, in_timer, in_until) = (not_send.clone(), not_send.clone(), not_send.clone());
        let events = stream::iter(["a", "b"]).map(move |data| {
            in_stream.set(in_stream.get() + 1);
            EventBuf::new(data)
        });
        let timer = move |time| {
            in_timer.set(in_timer.get() + 10);
            sleep(time)
        };
        let until = async move {
            sleep(INTERVAL + MS).await;
            in_until.set(in_until.get() + 100);
        };
        let body = EventBody::new(events.chain(stream::pending())).with_keep_alive(INTERVAL, timer).until(until);
        let sent: Vec<_> = body.map(|bytes| bytes.unwrap()).collect().await;
        assert_eq!(sent, ["data: a\n\n", "data: b\n\n", KEEP_ALIVE]);
        assert_eq!(not_send.get(), 122);
    });
}

#[test]
fn debug_shows_states_and_no_payload() {
    let mut body =
        EventBody::new(stream::iter([EventBuf::new("secret")])).with_keep_alive(INTERVAL, |_| future::ready(()));
    assert_eq!(format!("{body:?}"), "EventBody { ended: false, keep_alive: Some(15s), .. }");
    let _ = (poll(&mut body), poll(&mut body));
    assert_eq!(format!("{body:?}"), "EventBody { ended: true, keep_alive: Some(15s), .. }");
    assert_eq!(format!("{:?}", BodyChunks::new(Full::new(Bytes::from("secret")))), "BodyChunks { .. }");
}
