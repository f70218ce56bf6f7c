//! Clients: a subscription that survives lost connections, the answer of a language model, MCP, a client with a thread or without
//! I/O.
//!
//! # A subscription
//!
//! [`EventClient`] connects, receives, waits and resumes, over any HTTP client and on any runtime. It takes a request, a function
//! that sends it, and a timer. The function is called for each connection, so it is the place to refresh credentials.
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use std::convert::Infallible;
//!
//! use http::header::AUTHORIZATION;
//! use http::{HeaderValue, Request, Response};
//! use http_body_util::Full;
//! use sse_proto::ItemBuf;
//! use sse_proto::adapters::client::{EventClient, Update};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! // What the server answers: an error, a stream that is cut, the rest of the stream, and that there is no more.
//! let mut responses =
//!     [(503, ""), (200, "retry: 0\nid: 1\ndata: a\n\nid: 2\nda"), (200, "id: 2\ndata: b\n\n"), (204, "")].into_iter();
//! let mut credentials = 0;
//! // With reqwest or hyper-util this is a line: see `EventClient`.
//! let connect = |mut request: Request<()>| {
//!     credentials += 1;
//!     request.headers_mut().insert(AUTHORIZATION, HeaderValue::from(credentials));
//!     let (status, body) = responses.next().expect("the client has stopped");
//!     let response = Response::builder().status(status).header("content-type", "text/event-stream");
//!     std::future::ready(Ok::<_, Infallible>(response.body(Full::new(body.as_bytes())).expect("a response")))
//! };
//!
//! let mut client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
//! let (mut data, mut lost) = (Vec::new(), Vec::new());
//! while let Some(update) = client.next_update().await {
//!     match update {
//!         Ok(Update::Item(ItemBuf::Event(event))) => data.push(event.into_data()),
//!         Ok(Update::Waiting { cause, attempt, .. }) => lost.push(format!("{cause}; attempt {attempt}")),
//!         // Connections, refused responses, comments, blocks without data, ignored lines.
//!         Ok(_) => {}
//!         // Either an event exceeded the limit and is skipped, or the client has stopped for a reason, and `None` follows.
//!         Err(error) => eprintln!("{error}"),
//!     }
//! }
//! assert_eq!(data, ["a", "b"]);
//! assert_eq!(lost, ["response with status 503; attempt 1", "stream ended; attempt 1", "stream ended; attempt 1"]);
//! assert_eq!(client.cause().unwrap().to_string(), "response with status 204: the server asks to stop");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! - The client is a `Stream` of events, too: `while let Some(event) = client.next().await`, without what happens in between.
//! - [`Policy`] has all numbers: delays, attempts, the idle timeout. A delay that the server asks for is clamped. A connection
//!   that delivers no event and ends within 30 s does not reset the count of attempts.
//! - Keep the last event ID (`client.source().last_event_id()`) where the events are kept, and set it as `last-event-id` of the
//!   request after a restart.
//! - `client.handle()` stops the client or makes it reconnect, from any task.
//! - A 401 stops the client. There are two ways to connect with fresh credentials: the connecting function gets them and sends the
//!   request again, or the application does after `Update::Refused` and calls `client.retry_now()`.
//! - A response that is an event stream by its type, but has no event, ends with [`Cause::EndedEarly`]. What it had in place of events is
//!   in `client.source().last_stream().ignored`: the first line of an HTML page or a JSON error.
//!
//! # The answer of a language model
//!
//! Such a request is a POST that is sent once. The client still checks the status and the type of the response, and ends a
//! connection that is silent for too long ([`Policy::idle_timeout`]). The rest is up to the protocol above: what ends an answer,
//! and how an error is reported.
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use http::{Method, Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use sse_proto::adapters::client::{ClientError, Connect, EventClient};
//!
//! /// The text of an answer, or why there is none.
//! async fn ask<C>(request: Request<String>, connect: C) -> Result<String, String>
//! where
//!     C: Connect<String, Error: std::fmt::Display, Body: http_body::Body<Error: std::fmt::Display>>,
//! {
//!     let mut client = EventClient::new(request, connect, tokio::time::sleep);
//!     let (mut text, mut reason) = (String::new(), "the stream ended before [DONE]".to_owned());
//!     while let Some(event) = client.next_event().await {
//!         match event {
//!             Ok(event) if event.data() == "[DONE]" => return Ok(text),
//!             Ok(event) if event.event_type() == "error" => return Err(event.data().to_owned()),
//!             // A real client parses JSON here.
//!             Ok(event) => text.push_str(event.data()),
//!             // A part of the answer is missing.
//!             Err(ClientError::Decode(error)) => return Err(error.to_string()),
//!             // The client has stopped. The body of a response that was refused has the reason.
//!             Err(error) => {
//!                 reason = error.to_string();
//!                 if let Some(body) = client.take_body() {
//!                     let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
//!                     reason = format!("{reason}: {}", String::from_utf8_lossy(&body));
//!                 }
//!             }
//!         }
//!     }
//!     // An error object with the type of an event stream has no events.
//!     let ignored = &client.source().last_stream().ignored;
//!     Err(if ignored.lines() > 0 { format!("not an event stream: {ignored:?}") } else { reason })
//! }
//!
//! let run = |status, content_type, body: &'static str| {
//!     let connect = move |request: Request<String>| {
//!         assert_eq!(request.method(), Method::POST);
//!         let response = Response::builder().status(status).header("content-type", content_type);
//!         std::future::ready(Ok::<_, std::io::Error>(response.body(Full::new(body.as_bytes())).expect("a response")))
//!     };
//!     let request = Request::post("/completions").body("{}".to_owned()).expect("a request");
//!     # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
//!     # let block_on = |future| runtime.block_on(future);
//!     block_on(ask(request, connect))
//! };
//! let stream = "text/event-stream";
//! assert_eq!(run(200, stream, "data: a\n\n: keep-alive\n\ndata: b\n\ndata: [DONE]\n\n"), Ok("ab".to_owned()));
//! assert_eq!(run(200, stream, "data: a\n\nevent: error\ndata: overloaded\n\n"), Err("overloaded".to_owned()));
//! assert_eq!(run(200, stream, "data: a\n\ndata: [DO").unwrap_err(), "the stream ended before [DONE]");
//! assert!(run(200, stream, "{\"error\": 1}").unwrap_err().starts_with("not an event stream"));
//! assert!(run(400, "application/json", "{\"error\": 1}").unwrap_err().ends_with("status 400: {\"error\": 1}"));
//! # }
//! ```
//!
//! `examples/llm_client.rs` reads three kinds of answers with a blocking reader, and parses the JSON.
//!
//! # MCP: a POST that is resumed with GET
//!
//! A server of the Model Context Protocol answers a POST with JSON, or with an event stream that has messages before the response.
//! If the stream is cut, a GET with the last event ID continues it: [`with_resume_request`]. JSON is refused as an event stream;
//! its body is the response.
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use sse_proto::adapters::client::{ClientError, Connect, EventClient};
//! use sse_proto::client::Cause;
//!
//! /// The response to a request, by either way.
//! async fn call<C>(connect: C) -> Result<String, String>
//! where
//!     C: Connect<String, Error: std::fmt::Display, Body: http_body::Body<Error: std::fmt::Display>>,
//! {
//!     let post = Request::post("/mcp").header("accept", "application/json, text/event-stream");
//!     let post = post.body("{\"id\": 1}".to_owned()).expect("a request");
//!     let get = Request::get("/mcp").body(String::new()).expect("a request");
//!     let client = EventClient::new(post, connect, tokio::time::sleep);
//!     let mut client = client.with_resume_request(get);
//!     let mut reason = "no response".to_owned();
//!     while let Some(event) = client.next_event().await {
//!         match event {
//!             // A real client parses JSON here, and compares the ID.
//!             Ok(event) if event.data().contains("result") => return Ok(event.data().to_owned()),
//!             Ok(_notification) => {}
//!             Err(ClientError::Decode(error)) => return Err(error.to_string()),
//!             Err(error) => {
//!                 reason = error.to_string();
//!                 let body = client.take_body().filter(|_| client.cause() == Some(Cause::NotEventStream));
//!                 if let Some(body) = body {
//!                     let body = body.collect().await.map_err(|error| error.to_string())?;
//!                     return Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned());
//!                 }
//!             }
//!         }
//!     }
//!     Err(reason)
//! }
//!
//! /// Calls a server that gives these answers, and returns the methods of the requests, too.
//! fn run(answers: &[(&'static str, &'static str)]) -> (Result<String, String>, Vec<String>) {
//!     let (mut answers, mut methods) = (answers.iter(), Vec::new());
//!     let connect = |request: Request<String>| {
//!         methods.push(request.method().to_string());
//!         let (content_type, body) = *answers.next().expect("no further request");
//!         let response = Response::builder().header("content-type", content_type);
//!         std::future::ready(Ok::<_, std::io::Error>(response.body(Full::new(body.as_bytes())).expect("a response")))
//!     };
//!     # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
//!     # let block_on = |future| runtime.block_on(future);
//!     let result = block_on(call(connect));
//!     (result, methods)
//! }
//!
//! let stream = "text/event-stream";
//! let bodies = ["id: 1\ndata: progress\n\nid: 2\nda", "id: 2\ndata: result\n\n"];
//! let (result, methods) = run(&bodies.map(|body| (stream, body)));
//! assert_eq!(result.as_deref(), Ok("result"));
//! assert_eq!(methods, ["POST", "GET"]);
//!
//! let (result, methods) = run(&[("application/json", "{\"result\": 2}")]);
//! assert_eq!(result.as_deref(), Ok("{\"result\": 2}"));
//! assert_eq!(methods, ["POST"]);
//!
//! // Without an event ID there is nothing to resume, and a POST is not repeated.
//! let (result, methods) = run(&[(stream, "data: progress\n\n")]);
//! assert!(result.is_err());
//! assert_eq!(methods, ["POST"]);
//! # }
//! ```
//!
//! `examples/mcp.rs` does the same with a driver of its own.
//!
//! # A response of another library
//!
//! If another library sends the requests and checks the responses, decode the body: [`EventBodyExt::into_events`] for any
//! `http_body::Body`, [`EventStreamExt::event_stream`] for a stream of chunks such as `response.bytes_stream()` of reqwest,
//! [`EventCodec`] for `FramedRead` of tokio-util.
//!
//! ```
//! # #[cfg(feature = "http-body")] {
//! use futures_util::{FutureExt, StreamExt};
//! use http_body_util::Full;
//! use sse_proto::adapters::body::EventBodyExt;
//!
//! let mut events = Full::new(&b"id: 1\ndata: a\n\ndata: cu"[..]).into_events();
//! # async move {
//! while let Some(event) = events.next().await {
//!     assert_eq!(event?.data(), "a");
//! }
//! let (decoder, end) = events.end_of_stream();
//! assert!(end.is_incomplete());
//! assert_eq!(decoder.last_event_id(), "1");
//! # Ok::<(), sse_proto::Error<std::convert::Infallible>>(())
//! # }.now_or_never().expect("ready").expect("no error");
//! # }
//! ```
//!
//! `items()` returns comments and ignored lines, too. For an idle timeout, put a timer around each poll of `heartbeats()`, which
//! returns a signal for each chunk, keep-alives included.
//!
//! # With a thread
//!
//! [`io::EventClient`] is the same as an iterator, over any blocking HTTP client. `examples/tail` is a program with it and ureq.
//!
//! # Without I/O
//!
//! Everywhere else write a driver for [`EventSource`]: a loop over its steps. [`client`](crate::client#a-driver) says what a
//! driver must keep. This one has a script in place of a network and of a clock:
//!
//! ```
//! # #[cfg(feature = "alloc")] {
//! use core::time::Duration;
//! use sse_proto::client::{EventSource, Policy, Response, Step};
//!
//! let mut responses = [(503, ""), (200, "retry: 0\n\nid: 1\ndata: a\n\nid: 2\nda"), (200, "id: 2\ndata: b\n\n"), (204, "")].into_iter();
//! let (mut body, mut data, mut log) = ("", Vec::new(), Vec::new());
//!
//! let (mut source, mut now) = (EventSource::new(Policy::default().with_jitter_percent(0), 0), Duration::ZERO);
//! let cause = loop {
//!     let step = source.step(now);
//!     match step {
//!         Step::Connect { timeout: _ } => {
//!             let response = responses.next().expect("it stops after 204");
//!             body = response.1;
//!             // A verdict other than `Open` takes effect with the next step.
//!             let _ = source.handle_response(now, Response::new(response.0).with_content_types(["text/event-stream"]));
//!         }
//!         Step::Receive { idle: _ } => {
//!             let mut chunk = body.as_bytes();
//!             loop {
//!                 match source.next_event(now, &mut chunk) {
//!                     Ok(Some(event)) => data.push(event.data().to_owned()),
//!                     Ok(None) => break,
//!                     Err(error) => eprintln!("{error}"),
//!                 }
//!             }
//!             source.handle_end(now);
//!         }
//!         Step::Wait { time, .. } => {
//!             log.push(step.to_string());
//!             // A real driver drops the connection and sleeps.
//!             now += time;
//!         }
//!         Step::Closed(cause) => break cause,
//!     }
//! };
//! assert_eq!(data, ["a", "b"]);
//! assert_eq!(cause.to_string(), "response with status 204: the server asks to stop");
//! assert_eq!(log, [
//!     "reconnecting in 3 s: response with status 503; attempt 1",
//!     // `retry: 0` does not make the client spin.
//!     "reconnecting in 500 ms: stream ended; attempt 1",
//!     "reconnecting in 500 ms: stream ended; attempt 1",
//! ]);
//! # }
//! ```
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
