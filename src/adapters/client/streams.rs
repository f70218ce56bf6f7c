//! The client as a stream of events, and as a stream of all that happens.

use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};

use super::connect::Connect;
use super::event_client::{ErrorOf, EventClient, UpdateOf};
use crate::EventBytes;
use crate::adapters::Sleep;

impl<Q: Clone, C: Connect<Q>, S: Sleep> EventClient<Q, C, S> {
    /// Returns the next event, which is the next item of the [`Stream`]. `None` if the client has stopped. Nothing is lost if the
    /// future is dropped.
    ///
    /// # Errors
    ///
    /// See [After an error](Self#after-an-error).
    pub async fn next_event(&mut self) -> Option<Result<EventBytes, ErrorOf<Q, C>>> {
        poll_fn(|cx| self.poll_output(cx)).await
    }

    /// Returns what happens next: a connection, a refusal, an item of the stream, or a delay, which begins with the next call. `None`
    /// if the client has stopped. Nothing is lost if the future is dropped.
    ///
    /// ```
    /// use std::convert::Infallible;
    ///
    /// use http::{Request, Response};
    /// use sse_proto::ItemBuf;
    /// use sse_proto::adapters::client::{EventClient, Update};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    /// # runtime.block_on(async {
    /// let connect = |_| async {
    ///     let response = Response::builder().header("content-type", "text/event-stream");
    ///     Ok::<_, Infallible>(response.body(": hi\n\ndata: a\n\n".to_owned()).expect("a response"))
    /// };
    /// let mut client = EventClient::new(Request::get("/events").body(())?, connect, tokio::time::sleep);
    /// let mut seen = Vec::new();
    /// while let Some(update) = client.next_update().await {
    ///     match update? {
    ///         Update::Connected => seen.push("connected".to_owned()),
    ///         Update::Item(ItemBuf::Comment(text)) => seen.push(format!("comment {text}")),
    ///         Update::Item(ItemBuf::Event(event)) => seen.push(format!("event {}", event.data())),
    ///         Update::Waiting { cause, attempt, .. } => {
    ///             seen.push(format!("{cause}, attempt {attempt} follows"));
    ///             client.handle().close();
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// assert_eq!(seen, ["connected", "comment hi", "event a", "stream ended, attempt 1 follows"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [After an error](Self#after-an-error).
    pub async fn next_update(&mut self) -> Option<Result<UpdateOf<Q, C>, ErrorOf<Q, C>>> {
        poll_fn(|cx| self.poll_update(cx)).await
    }

    /// Polls for what happens next, as [`next_update`](Self::next_update).
    #[allow(clippy::type_complexity, reason = "as `Stream::poll_next`")]
    pub fn poll_update(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<UpdateOf<Q, C>, ErrorOf<Q, C>>>> {
        self.poll_output(cx)
    }

    /// Returns a stream of all that happens, as [`next_update`](Self::next_update). It borrows the client: to override a refusal,
    /// use `next_update`.
    pub fn updates(&mut self) -> impl FusedStream<Item = Result<UpdateOf<Q, C>, ErrorOf<Q, C>>> + Unpin {
        Updates { client: self }
    }
}

/// A client whose items are updates.
struct Updates<'a, Q, C: Connect<Q>, S: Sleep> {
    client: &'a mut EventClient<Q, C, S>,
}

impl<Q: Clone, C: Connect<Q>, S: Sleep> Stream for Updates<'_, Q, C, S> {
    type Item = Result<UpdateOf<Q, C>, ErrorOf<Q, C>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.client.poll_update(cx)
    }
}

impl<Q: Clone, C: Connect<Q>, S: Sleep> FusedStream for Updates<'_, Q, C, S> {
    fn is_terminated(&self) -> bool {
        self.client.is_terminated()
    }
}

impl<Q: Clone, C: Connect<Q>, S: Sleep> Stream for EventClient<Q, C, S> {
    type Item = Result<EventBytes, ErrorOf<Q, C>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_output(cx)
    }
}

impl<Q: Clone, C: Connect<Q>, S: Sleep> FusedStream for EventClient<Q, C, S> {
    fn is_terminated(&self) -> bool {
        self.cause.is_some()
    }
}
