//! From reqwest-eventsource 0.6 to [`EventClient`], with reqwest of any version or another HTTP client.
//!
//! ```toml
//! sse-proto = { version = "0.1", features = ["client"] }
//! ```
//!
//! # Calls
//!
//! | before | after |
//! |---|---|
//! | `EventSource::get(url)` | `EventClient::new(http::Request::get(url).body(Bytes::new())?, connect, tokio::time::sleep)`; `connect` is the function of the program below |
//! | `EventSource::new(builder)`, `builder.eventsource()` | the same with any `http::Request`; headers and query parameters go there |
//! | headers that change, such as credentials | are set in `connect`, which is called for each connection |
//! | `source.next().await` | the same, without `Event::Open`; or [`client.next_update().await`][EventClient::next_update] for all that happens |
//! | `Event::Open` | [`Update::Connected`]; `client.response()` has the headers |
//! | `Event::Message(message)` | `Update::Item(ItemBuf::Event(event))` |
//! | `message.event`, `.data`, `.id`, `.retry` | `event.event_type()`, `.data()`, `.last_event_id()`, `.retry()` |
//! | `Error::StreamEnded`, `Error::Transport(_)` | [`Update::Waiting`], which is not an error: the client continues |
//! | `Error::InvalidStatusCode(status, response)` | [`Update::Refused`], then [`ClientError::Closed`] with [`Cause::Status`]; `client.response()`, `client.take_body()` |
//! | `Error::InvalidContentType(value, response)` | the same with [`Cause::NotEventStream`] |
//! | `Error::Utf8(_)`, `Error::Parser(_)` | none: no bytes are an error |
//! | `Error::InvalidLastEventId(_)` | none: an ID that cannot be a header is not sent ([`omits_last_event_id`](crate::client::EventSource::omits_last_event_id)) |
//! | `CannotCloneRequestError` | none: the body of the request is `Clone` |
//! | `source.close()` | `client.handle().close()`, from any task |
//! | `source.last_event_id()` | `client.source().last_event_id()` |
//! | `source.ready_state()` | `client.source().state()`; `ReadyState::Connecting` is `Connecting`, `Refused` or `Waiting` |
//! | `source.set_retry_policy(..)` | [`client.with_policy(..)`][EventClient::with_policy], before the client is polled |
//! | `retry::ExponentialBackoff::new(start, factor, max_duration, max_retries)` | `Policy::default().with_reconnection_time(start).with_backoff_factor(2).with_max_delay(..).with_max_attempts(..)` |
//! | `retry::Constant::new(delay, max_retries)` | the same with a backoff factor of 1 and a jitter of 0 |
//! | `retry::Never` | [`Policy::once`] |
//! | a policy of your own, by error | [`retry`][EventClient::retry], [`accept`][EventClient::accept] after `Refused`, [`give_up`][EventClient::give_up] after `Waiting` |
//!
//! # Behaviour
//!
//! | | reqwest-eventsource 0.6 | here |
//! |---|---|---|
//! | a stream ends, as many servers do regularly | is an error | is no error: `Cause::Ended`, whose `is_error()` is `false` |
//! | 204, by which a server asks a client to stop | is an error | ends the client without one |
//! | 408, 425, 429, 5xx | end the client | are tried again, after `Retry-After` if there is one ([`Policy::retry_statuses`]) |
//! | the greatest number of attempts | is not respected: it tries without end | is, and is counted until a connection was healthy |
//! | the last event ID, after a connection whose first event has no ID | is lost | stays |
//! | the `id` of a block without data | is lost | counts |
//! | `Last-Event-ID` without an ID | is sent, empty | is not sent |
//! | an ID that cannot be a header | ends the client at the next reconnection | is not sent |
//! | `retry: 0` | reconnects without a delay | waits for [`Policy::min_delay`], 500 ms |
//! | a huge `retry` | raises `max_duration`, and sleeps for ever | is at most [`Policy::max_delay`], 60 s |
//! | the first delay | 300 ms, then doubled up to 5 s, without jitter | 3 s, then doubled up to 60 s, with jitter |
//! | a POST | is repeated at each reconnection | is sent once; see [`with_repeated_request`][EventClient::with_repeated_request] and [`with_resume_request`][EventClient::with_resume_request] |
//! | a connection that is silent | is not given up | is given up after 5 min ([`Policy::idle_timeout`]) |
//! | decoding | as [eventsource-stream](super::eventsource_stream), with its panic | correct |
//!
//! # Before
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/before_reqwest_eventsource.rs"))]
//! ```
//!
//! # After
//!
//! ```ignore
#![cfg_attr(doc, doc = include_str!("../../../tests/migrating/after_reqwest_eventsource.rs"))]
//! ```
//!
#![cfg_attr(
    all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7"),
    doc = include_str!("../links.md")
)]
#![cfg_attr(
    not(all(feature = "client", feature = "fan-out", feature = "tokio-util-v0.7")),
    doc = include_str!("../links_online.md")
)]
