//! Bodies of HTTP messages, on any server, client and runtime: [`EventBody`] sends a stream of events as the body of a response,
//! [`BodyEvents`] reads the events of one. A body is whatever implements [`http_body::Body`].
//!
//! A handler that sends a stream of events, for any server that takes an [`http::Response`] (hyper, axum, tonic, warp, poem):
//!
//! ```
//! use std::convert::Infallible;
//! use std::time::Duration;
//!
//! use futures_core::Stream;
//! use http_body::Body;
//! use sse_proto::EventBuf;
//! use sse_proto::adapters::body::EventBody;
//!
//! fn respond(
//!     events: impl Stream<Item = EventBuf>,
//!     shutdown: impl Future<Output = ()>,
//! ) -> http::Response<impl Body<Data = bytes::Bytes, Error = Infallible>> {
//!     EventBody::new(events)
//!         .with_keep_alive(Duration::from_secs(15), tokio::time::sleep)
//!         .until(shutdown)
//!         .into_response()
//! }
//!
//! # use futures_util::{FutureExt, stream};
//! # use http_body_util::BodyExt;
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
//! let response = respond(stream::iter([EventBuf::new("one"), EventBuf::new("two")]), std::future::pending());
//! assert_eq!(response.headers()["content-type"], "text/event-stream");
//! # runtime.block_on(async {
//! let body = response.into_body().collect().await.unwrap().to_bytes();
//! assert_eq!(body, "data: one\n\ndata: two\n\n");
//! # });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `into_response` returns an `http::Response`, which a handler of axum returns unchanged. Where an `axum::response::Response` is
//! needed, as in a handler with several returns, axum's `into_response` converts it:
//! `IntoResponse::into_response(body.into_response())`.
//!
//! A server whose bodies are streams of `Bytes` takes the [`EventBody`] itself: it is such a stream, too. With actix-web:
//!
//! ```text
//! let mut response = HttpResponse::Ok();
//! for &header in sse_proto::headers::RESPONSE_HEADERS {
//!     response.insert_header(header);
//! }
//! response.streaming(EventBody::new(events))
//! ```
//!
//! Compression holds bytes back: exclude `text/event-stream` from it, or let it flush after each frame.

mod body_chunks;
mod event_body;
mod keep_alive;
mod response;

pub use body_chunks::{BodyChunks, BodyEvents, EventBodyExt};
pub use event_body::EventBody;
pub use keep_alive::{MIN_KEEP_ALIVE, NoKeepAlive};
pub use response::response;
