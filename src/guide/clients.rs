//! Clients: a subscription that survives lost connections, the answer of a language model, MCP, a client with a thread or without
//! I/O, compressed responses.
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
//! - If a server sends neither events nor keep-alives, each idle timeout is a failed attempt. With the default policy, 5 minutes
//!   and 100 attempts, the client stops after about ten hours. For such a server set `with_max_attempts(u32::MAX)`.
//! - Keep the last event ID (`client.source().last_event_id()`) where the events are kept, and set it as `last-event-id` of the
//!   request after a restart.
//! - `client.handle()` stops the client or makes it reconnect, from any task.
//! - A 401 stops the client. There are two ways to connect with fresh credentials: the connecting function gets them and sends the
//!   request again, or the application does after `Update::Refused` and calls `client.retry_now()`.
//! - A response that is an event stream by its type, but has no event, ends with [`Cause::EndedEarly`]. What it had in place of
//!   events, such as an HTML page or a JSON error, starts with `client.source().last_stream().ignored.first_line()`;
//!   `next_update` returns all of its lines.
//!
//! # The answer of a language model
//!
//! Such a request is a POST. The client sends it once, checks the status and the type of the response, and ends a connection that
//! is silent for too long ([`Policy::idle_timeout`]). The rest is up to the protocol above: what ends an answer, how an error is
//! reported, and after which status the POST may be sent again.
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use http::{Method, Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use sse_proto::ItemBuf;
//! use sse_proto::adapters::client::{ClientError, Connect, EventClient, Update};
//! use sse_proto::client::{Cause, Policy};
//!
//! /// The text of an answer, or why there is none.
//! async fn ask<C>(request: Request<String>, connect: C) -> Result<String, String>
//! where
//!     C: Connect<String, Error: std::fmt::Display, Body: http_body::Body<Error: std::fmt::Display>>,
//! {
//!     // The POST is sent again at most twice, and only where `retry` is called.
//!     let policy = Policy::default().with_max_attempts(2);
//!     let mut client = EventClient::new(request, connect, tokio::time::sleep).with_policy(policy);
//!     let (mut text, mut detail) = (String::new(), String::new());
//!     while let Some(update) = client.next_update().await {
//!         match update {
//!             Ok(Update::Item(ItemBuf::Event(event))) => match (event.event_type(), event.data()) {
//!                 (_, "[DONE]") => return Ok(text),
//!                 ("error", reason) => return Err(reason.to_owned()),
//!                 // A real client parses JSON here.
//!                 (_, data) => text.push_str(data),
//!             },
//!             // A JSON error or an HTML page that has the type of an event stream.
//!             Ok(Update::Item(ItemBuf::Ignored(line))) if detail.len() < 10_000 => {
//!                 detail += &String::from_utf8_lossy(&line);
//!                 detail.push('\n');
//!             }
//!             Ok(Update::Refused { cause, .. }) => {
//!                 // The body has the reason. It may be long or slow: a real client limits its size and the time.
//!                 if let Some(body) = client.take_body() {
//!                     let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
//!                     detail = String::from_utf8_lossy(&body).into_owned();
//!                 }
//!                 if cause == Cause::Status(429) {
//!                     client.retry();
//!                 }
//!             }
//!             Ok(Update::Connected) => detail.clear(),
//!             Ok(_) => {}
//!             // A part of the answer is missing.
//!             Err(ClientError::Decode(error)) => return Err(error.to_string()),
//!             Err(error) => return Err(format!("{error}; {detail}")),
//!         }
//!     }
//!     // A stream that ends after an event is no error of the client.
//!     Err("the stream ended before [DONE]".to_owned())
//! }
//!
//! // The server gives these answers, one after the other.
//! let run = |answers: &[(u16, &'static str, &'static str)]| {
//!     let mut answers = answers.iter();
//!     let connect = |request: Request<String>| {
//!         assert_eq!(request.method(), Method::POST);
//!         let (status, content_type, body) = *answers.next().expect("no further request");
//!         let response = Response::builder().status(status).header("content-type", content_type);
//!         std::future::ready(Ok::<_, std::io::Error>(response.body(Full::new(body.as_bytes())).expect("a response")))
//!     };
//!     let request = Request::post("/completions").body("{}".to_owned()).expect("a request");
//!     # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
//!     # let block_on = |future| runtime.block_on(future);
//!     block_on(ask(request, connect))
//! };
//! let (stream, json) = ("text/event-stream", "application/json");
//! let answer = (200, stream, "data: a\n\n: keep-alive\n\ndata: b\n\ndata: [DONE]\n\n");
//! assert_eq!(run(&[answer]), Ok("ab".to_owned()));
//! assert_eq!(run(&[(429, json, "{}"), (429, json, "{}"), answer]), Ok("ab".to_owned()));
//! assert_eq!(run(&[(200, stream, "data: a\n\nevent: error\ndata: overloaded\n\n")]), Err("overloaded".to_owned()));
//! assert_eq!(run(&[(200, stream, "data: a\n\ndata: [DO")]).unwrap_err(), "the stream ended before [DONE]");
//! let reason = run(&[(200, stream, "{\n  \"error\": 1\n}")]).unwrap_err();
//! assert_eq!(reason, "event stream closed: stream ended before an event arrived; {\n  \"error\": 1\n}\n");
//! assert!(run(&[(400, json, "{\"error\": 1}")]).unwrap_err().ends_with("status 400; {\"error\": 1}"));
//! # }
//! ```
//!
//! - An HTTP client that follows redirects sends the POST again after a 307 or 308, and a GET in its place after a 301, 302 or
//!   303. Turn that off: for reqwest, with `redirect(reqwest::redirect::Policy::none())` on the `ClientBuilder`.
//! - [`retry`][EventClient::retry] honours `Retry-After`, up to [`Policy::max_delay`], which is 60 seconds by default. If the
//!   server asks for more, raise `max_delay` or do not call `retry`.
//! - If the stream ends after an event, the client ends with `None` and without an error. Without the end mark of the protocol,
//!   the answer is cut.
//! - Some servers leave out the blank line after `[DONE]`, or its line end, too. Then call
//!   [`with_incomplete_events`][EventClient::with_incomplete_events] with `CutLine::Process`. Of a stream that is cut within an
//!   event, it returns that part as an event. If the data is a JSON object, parsing fails, and `is_eof()` of the error of
//!   `serde_json` returns `true`.
//! - [`Policy::idle_timeout`] limits the wait for the response, up to [`Update::Connected`], and then each silence of its body. For
//!   a shorter limit on the response alone, put a timer into the connecting function. Its error leads to [`Cause::Failed`].
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
//! use std::sync::OnceLock;
//! use std::time::Duration;
//!
//! use http::{HeaderValue, Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use sse_proto::adapters::client::{ClientError, Connect, EventClient};
//! use sse_proto::client::{Cause, Policy};
//!
//! /// Waits for as long as the server asks for, however often it ends a stream without an event.
//! const POLICY: Policy = Policy::new()
//!     .with_backoff_factor(1)
//!     .with_jitter_percent(0)
//!     .with_max_delay(Duration::from_secs(3600))
//!     .with_max_attempts(u32::MAX);
//!
//! /// The response to a request, by either way. `http` sends a request.
//! async fn call<C>(mut http: C, session: &OnceLock<HeaderValue>) -> Result<String, String>
//! where
//!     C: Connect<String, Error: std::fmt::Display, Body: http_body::Body<Error: std::fmt::Display>>,
//! {
//!     // The response that opens the session may be a stream that is cut, so its ID is added to each request here.
//!     let connect = |mut request: Request<String>| {
//!         if let Some(id) = session.get() {
//!             request.headers_mut().insert("mcp-session-id", id.clone());
//!         }
//!         let response = http.connect(request);
//!         async move {
//!             let response = response.await?;
//!             if let Some(id) = response.headers().get("mcp-session-id") {
//!                 let _ = session.set(id.clone());
//!             }
//!             Ok::<_, C::Error>(response)
//!         }
//!     };
//!     let post = Request::post("/mcp").header("accept", "application/json, text/event-stream");
//!     let post = post.body("{\"id\": 1}".to_owned()).expect("a request");
//!     let get = Request::get("/mcp").body(String::new()).expect("a request");
//!     let client = EventClient::new(post, connect, tokio::time::sleep).with_policy(POLICY);
//!     let mut client = client.with_resume_request(get);
//!     let mut reason = "the stream ended".to_owned();
//!     while let Some(event) = client.next_event().await {
//!         match event {
//!             // The first event has an ID and no message, so that a client can resume that has received nothing else.
//!             Ok(event) if event.data().is_empty() => {}
//!             // A real client parses JSON here, and compares the ID.
//!             Ok(event) if event.data().contains("result") => return Ok(event.data().to_owned()),
//!             Ok(_notification) => {}
//!             // It may have been the response. Its ID has taken effect, so it is not sent again.
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
//!     // Whether the server has done what was asked is not known.
//!     let cannot_resume = client.source().last_event_id().is_empty();
//!     Err(if cannot_resume { format!("{reason}, and there is no event ID to resume from") } else { reason })
//! }
//!
//! /// Calls a server that gives these answers. Also returns the method and the session of each request, and the seconds it took.
//! fn run(answers: &[(&'static str, &'static str)]) -> (Result<String, String>, Vec<String>, u64) {
//!     let (mut answers, mut requests) = (answers.iter(), Vec::new());
//!     let http = |request: Request<String>| {
//!         let session = request.headers().get("mcp-session-id").map_or("-", |id| id.to_str().expect("text"));
//!         requests.push(format!("{} {session}", request.method()));
//!         let (content_type, body) = *answers.next().expect("no further request");
//!         let response = Response::builder().header("content-type", content_type).header("mcp-session-id", "s1");
//!         std::future::ready(Ok::<_, std::io::Error>(response.body(Full::new(body.as_bytes())).expect("a response")))
//!     };
//!     # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
//!     let (result, time) = runtime.block_on(async {
//!         let start = tokio::time::Instant::now();
//!         // `POLICY` does not limit the time, so a timer does.
//!         let result = tokio::time::timeout(Duration::from_secs(600), call(http, &OnceLock::new())).await;
//!         (result.unwrap_or_else(|error| Err(error.to_string())), start.elapsed())
//!     });
//!     (result, requests, time.as_secs())
//! }
//!
//! // The second stream has no event, and the third is cut.
//! let stream = "text/event-stream";
//! let bodies = ["retry: 10000\nid: 0\ndata: \n\n", "", "id: 1\ndata: progress\n\nid: 2\nda", "id: 2\ndata: result\n\n"];
//! let (result, requests, seconds) = run(&bodies.map(|body| (stream, body)));
//! assert_eq!(result.as_deref(), Ok("result"));
//! assert_eq!(requests, ["POST -", "GET s1", "GET s1", "GET s1"]);
//! assert_eq!(seconds, 30);
//!
//! let (result, requests, _) = run(&[("application/json", "{\"result\": 2}")]);
//! assert_eq!(result.as_deref(), Ok("{\"result\": 2}"));
//! assert_eq!(requests, ["POST -"]);
//!
//! // Without an event ID there is nothing to resume, and a POST is not repeated.
//! let (result, requests, _) = run(&[(stream, "data: progress\n\n")]);
//! assert_eq!(result.unwrap_err(), "the stream ended, and there is no event ID to resume from");
//! assert_eq!(requests, ["POST -"]);
//! # }
//! ```
//!
//! - A server may end a stream at any time and be polled. MCP requires that the client waits for the time that `retry` says. With
//!   the default [`Policy`], a stream that ends within 30 seconds without an event is a failed attempt ([`Cause::EndedEarly`]): the
//!   delay doubles with each, and the client stops after 100 in a row. Jitter is added to each delay, and 60 seconds is the
//!   longest, even if the server asks for more.
//! - Use `POLICY` for the GET that receives the messages of a session, too: if the server is silent and sends no keep-alives, each
//!   idle timeout is a failed attempt.
//! - If a stream is silent for [`Policy::idle_timeout`] before it has an event ID, the call is lost. Raise it for slow calls to
//!   servers that do not send the first event at once.
//! - Turn redirects off, as for any POST.
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
//! # Compression
//!
//! The HTTP library decompresses, this crate does not. With their features `gzip` and `brotli`, reqwest and ureq send
//! `Accept-Encoding`, decode the body, and remove `Content-Encoding`. A body that is still compressed is read as ignored lines:
//! [`Update::Connected`], no event, then [`Cause::EndedEarly`] and the next attempt. Let the connecting function refuse it, and the
//! client stop:
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use std::io::{Error, ErrorKind};
//!
//! use http::{Request, Response};
//! use sse_proto::adapters::client::EventClient;
//!
//! /// Refuses a response whose body the HTTP library has not decoded.
//! fn check<B>(response: Response<B>) -> Result<Response<B>, Error> {
//!     match response.headers().get("content-encoding") {
//!         Some(encoding) if encoding != "identity" => {
//!             Err(Error::new(ErrorKind::Unsupported, format!("content-encoding: {encoding:?}")))
//!         }
//!         _ => Ok(response),
//!     }
//! }
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # runtime.block_on(async {
//! let connect = |_| {
//!     let response = Response::builder().header("content-type", "text/event-stream").header("content-encoding", "br");
//!     std::future::ready(check(response.body(String::new()).expect("a response")))
//! };
//! let client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
//! let mut client = client.with_futile_errors(|error| error.kind() == ErrorKind::Unsupported);
//! let error = client.next_event().await.unwrap().unwrap_err();
//! assert_eq!(error.to_string(), "event stream closed: connection failed: content-encoding: \"br\"");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`io::EventClient`] stops at an error of this kind without being told. A gzip body without a `Content-Encoding` begins with the
//! bytes 1f 8b, which `client.source().last_stream().ignored` then has.
//!
#![cfg_attr(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"), doc = include_str!("links.md"))]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("links_online.md")
)]
