//! Relays: one upstream for many clients, and a stream that is passed on byte for byte.
//!
//! # One upstream for many clients
//!
//! An [`EventClient`] feeds a [`FanOut`]: one connection to the upstream, however many clients there are. The clients resume at
//! the relay, and the relay at the upstream, with the same IDs.
//!
//! ```
//! # #[cfg(all(feature = "client", feature = "fan-out"))] {
//! use std::convert::Infallible;
//!
//! use futures_util::{FutureExt, StreamExt};
//! use http::{Request, Response};
//! use http_body_util::Full;
//! use sse_proto::adapters::client::EventClient;
//! use sse_proto::adapters::body::EventBody;
//! use sse_proto::adapters::fan_out::FanOut;
//! use sse_proto::server::{History, Retention};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! # let mut upstream = ["id: a\ndata: 1\n\nid: b\nda", "id: b\ndata: 2\n\nid: c\ndata: 3\n\n"].into_iter();
//! # let connect = |_| {
//! #     let (status, body) = upstream.next().map_or((204, ""), |body| (200, body));
//! #     let response = Response::builder().status(status).header("content-type", "text/event-stream");
//! #     std::future::ready(Ok::<_, Infallible>(response.body(Full::new(body.as_bytes())).expect("a response")))
//! # };
//! // The IDs of the upstream.
//! let fan_out = FanOut::new(History::opaque(Retention::default()));
//!
//! // A task of its own.
//! let mut client = EventClient::new(Request::get("/upstream").body(())?, connect, tokio::time::sleep);
//! while let Some(event) = client.next_event().await {
//!     fan_out.send(&event?)?;
//! }
//! fan_out.close();
//!
//! // A client that has seen the first event.
//! let body = EventBody::new(fan_out.subscribe(Some(b"a")));
//! let sent: Vec<_> = body.map(|frame| frame.unwrap()).collect().await;
//! assert_eq!(sent, ["id: b\ndata: 2\n\n", "id: c\ndata: 3\n\n"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This relay ends at an event that exceeds the limit, which is an error of the client, and at one without an ID, which a log of
//! [`History::opaque`] rejects: a real relay decides what to do with them. If no event of the upstream has an ID, use
//! [`History::numbered`]: the clients can then resume at the relay, although the relay cannot resume at the upstream. If only some
//! have IDs, send each with an ID of the relay's own (`EventBuf::from(&event).with_id(..)`).
//!
//! # Byte for byte
//!
//! A relay for one client that changes nothing passes on the body of the upstream as it is. One that looks into the stream, to
//! count or to filter, changes only what is necessary: [`Tokenizer::next_piece`] returns each token with the bytes that it stands
//! for; concatenated, they are the stream byte for byte.
//!
//! ```
//! use sse_proto::{Token, Tokenizer};
//!
//! let (mut tokenizer, mut sent, mut blocks) = (Tokenizer::new(), Vec::new(), 0);
//! for mut chunk in [&b"\xEF\xBB\xBFdata:a\r"[..], b"\n\r\n: unfinished"] {
//!     while let Some(piece) = tokenizer.next_piece(&mut chunk) {
//!         sent.extend_from_slice(piece.raw());
//!         blocks += usize::from(piece.token() == Some(Token::BlankLine));
//!     }
//! }
//! assert_eq!(sent, b"\xEF\xBB\xBFdata:a\r\n\r\n: unfinished");
//! assert_eq!(blocks, 1);
//! ```
//!
//! `examples/relay` also drops the events of one type, which takes more care: the type may follow the data, the `id` of a dropped
//! event must stay, and no two line ends may join.
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
