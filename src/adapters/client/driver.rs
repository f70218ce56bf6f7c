//! The driver: step after step of the event source, until there is something to return.

use alloc::boxed::Box;
use core::future::Future;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use bytes::Buf;
use http_body::Body;

use super::connect::Connect;
use super::error::{ClientError, TransportError};
use super::event_client::{ErrorOf, EventClient, UpdateOf};
use super::handle::Signal;
use super::output::Output;
use super::response;
use super::update::Update;
use crate::DecodeError;
use crate::adapters::Sleep;
use crate::client::{Cause, State, Step, Verdict};

/// How a body ended.
#[derive(Clone, Copy)]
pub(super) enum EndOfBody {
    End,
    Failure,
}

/// A poll that has done so much and has nothing to return lets other tasks run.
const MAX_STEPS: u32 = 128;

impl<Q: Clone, C: Connect<Q>, S: Sleep> EventClient<Q, C, S> {
    pub(super) fn poll_output<T>(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, ErrorOf<Q, C>>>>
    where
        T: Output<UpdateOf<Q, C>>,
    {
        for _ in 0..MAX_STEPS {
            self.apply_signals(cx);
            // What was received since the last step may have changed the last event ID.
            self.limit_attempts();
            let output = match self.source.step(self.now) {
                Step::Connect { timeout } => self.poll_connect(cx, timeout).map(|update| self.report(update)),
                Step::Receive { idle } => self.poll_receive(cx, idle),
                Step::Wait { time, cause, attempt } => {
                    self.poll_wait(cx, time, cause, attempt).map(|update| self.report(update))
                }
                Step::Closed(cause) => return Poll::Ready(self.finish(cause).map(Err)),
            };
            match output {
                Poll::Ready(None) => {}
                Poll::Ready(output) => return Poll::Ready(output),
                Poll::Pending if self.signals.wait(cx.waker()) => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Does what other tasks ask for.
    fn apply_signals(&mut self, cx: &mut Context<'_>) {
        match self.signals.take() {
            Some(Signal::Close) => self.source.close(),
            Some(Signal::Reconnect) => {
                self.catch_up(cx);
                self.source.reconnect_now(self.now);
            }
            None => {}
        }
    }

    /// Sends a request, unless it was sent, and awaits the response.
    fn poll_connect(&mut self, cx: &mut Context<'_>, timeout: Option<Duration>) -> Poll<Option<UpdateOf<Q, C>>> {
        let connection = self.source.reconnect().connections();
        if self.connection != connection {
            if let Some(loss) = self.unannounced_loss() {
                return Poll::Ready(Some(loss));
            }
            self.disconnect();
            if !self.requests.may_send(self.source.last_event_id()) {
                self.source.give_up(self.now);
                return Poll::Ready(None);
            }
            (self.error, self.is_announced, self.connection) = (None, false, connection);
            let request = self.requests.next(self.source.last_event_id());
            self.limit_attempts();
            self.request = Some(Box::pin(self.connect.connect(request)));
        }
        let Some(request) = &mut self.request else {
            self.source.handle_failure(self.now);
            return Poll::Ready(None);
        };
        let Poll::Ready(result) = request.as_mut().poll(cx) else {
            return self.poll_timer(cx, timeout).map(|()| None);
        };
        self.request = None;
        self.apply_signals(cx);
        if self.source.reconnect().connections() != connection {
            // The connection is not wanted any more.
            return Poll::Ready(None);
        }
        Poll::Ready(match result {
            Ok(response) => self.handle_response(response),
            Err(error) => {
                let is_futile = self.is_futile.is_some_and(|is_futile| is_futile(&error));
                self.error = Some(TransportError::Connect(error));
                if is_futile {
                    self.source.give_up(self.now);
                } else {
                    self.catch_up_with_timeout(cx);
                    self.fail();
                }
                None
            }
        })
    }

    fn handle_response(&mut self, response: http::Response<C::Body>) -> Option<UpdateOf<Q, C>> {
        self.timer.disarm();
        let (parts, body) = response.into_parts();
        let verdict = self.source.handle_response(self.now, response::head(&parts));
        (self.response, self.unopened) = (Some(parts), Some(body));
        match verdict {
            Verdict::Retry(cause) => Some(Update::Refused { cause, will_retry: true }),
            Verdict::Close(cause) => Some(Update::Refused { cause, will_retry: false }),
            Verdict::Open => None,
        }
        // A client that was closed meanwhile refuses nothing.
        .filter(|_| self.source.state() == State::Refused)
    }

    /// Decodes what has arrived. Awaits the next chunk if nothing is left, and decodes without asking for a step, so that bytes
    /// which arrive late still count.
    fn poll_receive<T>(
        &mut self,
        cx: &mut Context<'_>,
        idle: Option<Duration>,
    ) -> Poll<Option<Result<T, ErrorOf<Q, C>>>>
    where
        T: Output<UpdateOf<Q, C>>,
    {
        if let Some(body) = self.unopened.take() {
            self.open(body);
            return Poll::Ready(self.report(Some(Update::Connected)));
        }
        if self.end_of_body.is_none() && self.chunk.is_empty() {
            ready!(self.poll_body(cx, idle));
            self.apply_signals(cx);
            if self.source.state() != State::Open {
                // The connection is not wanted any more, so what the body returned does not count.
                return Poll::Ready(None);
            }
        }
        let output = match self.end_of_body {
            None => T::next(&mut self.source, self.now, &mut self.chunk),
            Some(EndOfBody::End) => T::last(&mut self.source, self.now, self.incomplete_events),
            // An event before an error may be cut anywhere.
            Some(EndOfBody::Failure) => T::last(&mut self.source, self.now, None),
        };
        match &output {
            Ok(None) => self.lose(),
            Ok(Some(output)) if !output.is_event() => {}
            Ok(Some(_)) | Err(DecodeError::EventTooLarge { .. }) => self.health.prove(),
            Err(_) => {}
        }
        Poll::Ready(output.map_err(ClientError::Decode).transpose())
    }

    fn open(&mut self, body: C::Body) {
        self.body = Some(Box::pin(body));
        self.health.reset();
        self.requests.handle_open();
    }

    /// Awaits the next frame of the body, or the end of a timeout.
    fn poll_body(&mut self, cx: &mut Context<'_>, idle: Option<Duration>) -> Poll<()> {
        let Some(body) = &mut self.body else {
            // The application has accepted the response and taken its body.
            self.end_of_body = Some(EndOfBody::Failure);
            return Poll::Ready(());
        };
        let Poll::Ready(frame) = body.as_mut().poll_frame(cx) else { return self.poll_idle(cx, idle) };
        match frame {
            Some(Ok(frame)) => {
                // Trailers are no part of the stream.
                if let Ok(mut data) = frame.into_data() {
                    self.chunk = data.copy_to_bytes(data.remaining());
                }
                if !self.chunk.is_empty() {
                    self.timer.disarm();
                    self.catch_up(cx);
                }
            }
            Some(Err(error)) => {
                self.error = Some(TransportError::Body(error));
                self.end_of_body = Some(EndOfBody::Failure);
                self.catch_up_with_timeout(cx);
            }
            None => {
                self.end_of_body = Some(EndOfBody::End);
                self.timer.disarm();
                self.catch_up(cx);
                // The end is activity, too: the next step is not a timeout.
                self.source.handle_bytes(self.now);
            }
        }
        Poll::Ready(())
    }

    /// Waits while nothing arrives. Ready when the idle timeout has elapsed.
    fn poll_idle(&mut self, cx: &mut Context<'_>, idle: Option<Duration>) -> Poll<()> {
        // The clock stands still while the application is busy: when the timer is armed, nothing of the timeout has elapsed.
        if self.poll_timer(cx, idle).is_ready() {
            return Poll::Ready(());
        }
        let healthy_after = self.source.reconnect().policy().healthy_after;
        self.health.watch(cx, &mut self.sleep, self.now, healthy_after);
        Poll::Pending
    }

    /// Announces the delay, or sleeps if it was announced.
    fn poll_wait(
        &mut self,
        cx: &mut Context<'_>,
        time: Duration,
        cause: Cause,
        attempt: u32,
    ) -> Poll<Option<UpdateOf<Q, C>>> {
        if !self.is_announced {
            return Poll::Ready(Some(self.announce(time, cause, attempt)));
        }
        self.poll_timer(cx, Some(time)).map(|()| None)
    }

    /// Ready when the timer has elapsed. It is armed with this time if it is not armed.
    fn poll_timer(&mut self, cx: &mut Context<'_>, time: Option<Duration>) -> Poll<()> {
        let Some(time) = time else { return Poll::Pending };
        if !self.timer.is_armed() {
            self.timer.arm(&mut self.sleep, self.now, time);
        }
        let end = ready!(self.timer.poll(cx, &mut self.sleep));
        self.now = self.now.max(end);
        Poll::Ready(())
    }

    /// Advances the clock if the stream was open for so long that it is healthy.
    fn catch_up(&mut self, cx: &mut Context<'_>) {
        if let Some(time) = self.health.elapsed(cx, &mut self.sleep) {
            self.now = self.now.max(time);
        }
    }

    /// Advances the clock if the timeout has elapsed that is armed. Otherwise the next step is not a timeout.
    fn catch_up_with_timeout(&mut self, cx: &mut Context<'_>) {
        if let Poll::Ready(end) = self.timer.poll(cx, &mut self.sleep) {
            self.now = self.now.max(end);
        } else {
            self.timer.disarm();
            self.catch_up(cx);
            self.source.handle_bytes(self.now);
        }
    }
}
