//! A server that polls a body.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http_body::Body;

pub const INTERVAL: Duration = Duration::from_secs(15);
pub const MS: Duration = Duration::from_millis(1);
/// A millisecond before the interval ends.
pub const JUST_BEFORE: Duration = Duration::from_millis(14_999);

/// Runs under a clock that stands still unless all wait, or it is advanced.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test)
}

/// Polls a body once for a frame, as a server does.
pub fn poll<B: Body<Data = Bytes, Error: std::fmt::Debug> + Unpin>(body: &mut B) -> Poll<Option<Bytes>> {
    poll_result(body).map(|frame| frame.map(|frame| frame.unwrap()))
}

pub fn poll_result<B: Body<Data = Bytes> + Unpin>(body: &mut B) -> Poll<Option<Result<Bytes, B::Error>>> {
    let mut cx = Context::from_waker(Waker::noop());
    let frame = Pin::new(body).poll_frame(&mut cx);
    frame.map(|frame| frame.map(|frame| frame.map(|frame| frame.into_data().expect("data"))))
}

pub fn data(text: &'static str) -> Poll<Option<Bytes>> {
    Poll::Ready(Some(Bytes::from_static(text.as_bytes())))
}

pub const KEEP_ALIVE: &str = ":\n";
