//! A subscription as the body of a response.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http_body::Body;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::fan_out::Page;
use sse_proto::server::Retention;

use super::{numbered, opaque, send, send_id};

/// All frames that are ready, and whether the body has ended.
fn frames<B: Body<Data = bytes::Bytes, Error: std::fmt::Display> + Unpin>(body: &mut B) -> (Vec<String>, bool) {
    let mut frames = Vec::new();
    loop {
        match Pin::new(&mut *body).poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(frame))) => frames.push(String::from_utf8(frame.into_data().unwrap().into()).unwrap()),
            Poll::Ready(Some(Err(error))) => frames.push(error.to_string()),
            Poll::Ready(None) => return (frames, true),
            Poll::Pending => return (frames, false),
        }
    }
}

#[test]
fn a_subscription_is_a_body() {
    let fan_out = numbered(Retention::default());
    send(&fan_out, "x");
    let mut response = EventBody::new(fan_out.subscribe(Some(b"6-1"))).into_response();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(frames(response.body_mut()).0, ["event: gap\ndata: \n\n", "id: 7-1\ndata: x\n\n"]);
    assert_eq!(fan_out.subscribers(), 1);
    fan_out.close();
    assert_eq!(frames(response.body_mut()), (vec![], true));
    drop(response);
    assert_eq!(fan_out.subscribers(), 0);
}

#[test]
fn a_subscription_with_a_backlog_is_a_body() {
    let fan_out = opaque(Retention::default());
    let respond = |id: &str| {
        let backlog = |id: String| async move {
            match id.as_str() {
                "x" => Ok(Page::Events(vec![super::event("y"), super::event("a")])),
                "gone" => Ok(Page::Gone(vec![super::event("a")])),
                _ => Err("no answer"),
            }
        };
        EventBody::new(fan_out.subscribe_with(Some(id.as_bytes()), backlog)).into_response().into_body()
    };
    let mut body = respond("x");
    assert_eq!(frames(&mut body), (vec!["id: y\ndata: y\n\n".into(), "id: a\ndata: a\n\n".into()], false));
    send_id(&fan_out, "b");
    assert_eq!(frames(&mut body), (vec!["id: b\ndata: b\n\n".to_owned()], false));
    let (gone, _) = frames(&mut respond("gone"));
    assert_eq!(gone, ["event: gap\ndata: \n\n", "id: a\ndata: a\n\n", "id: b\ndata: b\n\n"]);
    assert_eq!(frames(&mut respond("error")), (vec!["no answer".to_owned()], true));
}

#[test]
fn snapshots_are_a_body() {
    let fan_out = numbered(Retention::default());
    let body = fan_out.subscribe(Some(b"6-1")).on_gap(|_| sse_proto::Event::new("s"));
    let mut body = EventBody::new(body);
    assert_eq!(frames(&mut body).0, ["data: s\n\n", "id: 7-0\n\n"]);
}
