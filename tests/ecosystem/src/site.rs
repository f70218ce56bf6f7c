//! A server's application: a log that many clients follow.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{self, FutureExt};
use http::HeaderValue;
use sse_proto::Event;
use sse_proto::adapters::body::EventBody;
use sse_proto::adapters::fan_out::FanOut;
use sse_proto::headers::LAST_EVENT_ID;
use sse_proto::server::{History, Retention};
use tokio::sync::watch;
use tokio::time;

use crate::BoxError;
use crate::body::Served;
use crate::server::Request;

/// A numbered log, sent to each client from where it is. A clone is the same site.
#[derive(Clone)]
pub struct Site {
    fan_out: FanOut,
    keep_alive: Duration,
    max_age: Option<Duration>,
    stop: watch::Sender<bool>,
}

impl Site {
    /// Returns a site with an empty log, which keeps everything.
    #[must_use]
    pub fn new() -> Self {
        Self::with_retention(Retention::default().with_max_events(1 << 20).with_max_bytes(1 << 30))
    }

    /// Returns a site with an empty log of these bounds.
    #[must_use]
    pub fn with_retention(retention: Retention) -> Self {
        Self {
            fan_out: FanOut::new(History::<Bytes>::numbered(1, retention)),
            keep_alive: Duration::from_millis(500),
            max_age: None,
            stop: watch::Sender::new(false),
        }
    }

    /// Sets the interval of keep-alives.
    #[must_use]
    pub fn with_keep_alive(self, keep_alive: Duration) -> Self {
        Self { keep_alive, ..self }
    }

    /// Sets how long a response lasts.
    #[must_use]
    pub fn with_max_age(self, max_age: Duration) -> Self {
        Self { max_age: Some(max_age), ..self }
    }

    /// Its log.
    #[must_use]
    pub const fn fan_out(&self) -> &FanOut {
        &self.fan_out
    }

    /// Returns the same site for the next server.
    #[must_use]
    pub fn next_instance(&self) -> Self {
        Self { stop: watch::Sender::new(false), ..self.clone() }
    }

    /// Ends all responses of this instance, and those that it gives later.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Completes when this instance is stopped, or when a response is too old.
    fn end_of_response(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stop = self.stop.subscribe();
        let stopped = async move {
            let _ = stop.wait_for(|&stop| stop).await;
        };
        let too_old = self.max_age.map_or_else(|| future::pending().boxed(), |max_age| time::sleep(max_age).boxed());
        future::select(stopped.boxed(), too_old).map(|_| ())
    }

    /// The response: the events after the last event ID of the request, and then those that are sent.
    pub fn answer(&self, request: &Request) -> http::Response<Served> {
        let last_event_id = request.headers().get(LAST_EVENT_ID).map(HeaderValue::as_bytes);
        EventBody::new(self.fan_out.subscribe(last_event_id))
            .with_keep_alive(self.keep_alive, time::sleep)
            .until(self.end_of_response())
            .into_response()
            .map(Served::new)
    }

    /// A handler for a server.
    pub fn handler(&self) -> impl Fn(Request) -> http::Response<Served> + Send + Sync + 'static {
        let site = self.clone();
        move |request| site.answer(&request)
    }

    /// Waits until this many clients are connected.
    pub async fn wait_for_subscribers(&self, number: usize) {
        while self.fan_out.subscribers() != number {
            time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Sends events whose data are these numbers, this many a second.
    ///
    /// # Errors
    ///
    /// If the log rejects an event.
    pub async fn publish(&self, numbers: impl IntoIterator<Item = u64>, per_second: u32) -> Result<(), BoxError> {
        self.publish_padded(numbers, "", per_second).await
    }

    /// Sends longer events.
    ///
    /// # Errors
    ///
    /// If the log rejects an event.
    pub async fn publish_padded(
        &self,
        numbers: impl IntoIterator<Item = u64>,
        padding: &str,
        per_second: u32,
    ) -> Result<(), BoxError> {
        let mut interval = time::interval(Duration::from_secs(1) / per_second);
        for number in numbers {
            interval.tick().await;
            self.send(number, padding)?;
        }
        Ok(())
    }

    /// Sends an event whose data is this number and, after a space, the padding.
    ///
    /// # Errors
    ///
    /// If the log rejects it.
    pub fn send(&self, number: u64, padding: &str) -> Result<(), BoxError> {
        self.fan_out.send(Event::new(&format!("{number} {padding}")))?;
        Ok(())
    }

    /// Sends the event after which clients leave.
    ///
    /// # Errors
    ///
    /// If the log rejects it.
    pub fn publish_end(&self) -> Result<(), BoxError> {
        self.fan_out.send(Event::new("").with_type("end")?)?;
        Ok(())
    }
}

impl Default for Site {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").finish_non_exhaustive()
    }
}
