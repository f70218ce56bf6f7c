//! How connections are lost, and what the application is told of it.

use core::time::Duration;

use bytes::Bytes;

use super::connect::Connect;
use super::driver::EndOfBody;
use super::error::ClientError;
use super::event_client::{ErrorOf, EventClient, UpdateOf};
use super::output::Output;
use super::update::Update;
use crate::adapters::Sleep;
use crate::client::Cause;

impl<Q, C: Connect<Q>, S: Sleep> EventClient<Q, C, S> {
    /// Tells the source how the body ended, if it did.
    pub(super) fn lose(&mut self) {
        match self.end_of_body.take() {
            Some(EndOfBody::End) => self.source.handle_end(self.now),
            Some(EndOfBody::Failure) => self.fail(),
            None => {}
        }
    }

    /// Reports that the connection has failed. If a timeout has elapsed, that is the cause.
    pub(super) fn fail(&mut self) {
        let connection = self.source.reconnect().connections();
        let _ = self.source.step(self.now);
        // Without a delay, the timeout is followed by the next connection, which has not failed.
        if self.source.reconnect().connections() == connection {
            self.source.handle_failure(self.now);
        }
    }

    /// Announces a loss that no delay has announced.
    pub(super) fn unannounced_loss(&mut self) -> Option<UpdateOf<Q, C>> {
        if self.is_announced {
            return None;
        }
        let reconnect = self.source.reconnect();
        let (cause, attempt) = (reconnect.last_cause()?, reconnect.attempts());
        Some(self.announce(Duration::ZERO, cause, attempt))
    }

    pub(super) fn announce(&mut self, time: Duration, cause: Cause, attempt: u32) -> UpdateOf<Q, C> {
        self.disconnect();
        self.is_announced = true;
        Update::Waiting { time, cause, attempt, error: self.error.take() }
    }

    /// Returns the update if the caller wants to know of it. If not, the error of a loss remains, for the case that the client stops.
    pub(super) fn report<T>(&mut self, update: Option<UpdateOf<Q, C>>) -> Option<Result<T, ErrorOf<Q, C>>>
    where
        T: Output<UpdateOf<Q, C>>,
    {
        match T::report(update?) {
            Ok(output) => return Some(Ok(output)),
            Err(Update::Waiting { error, .. }) => self.error = error,
            Err(_) => {}
        }
        None
    }

    /// Returns why the client has stopped, once and if it is an error.
    pub(super) fn finish(&mut self, cause: Cause) -> Option<ErrorOf<Q, C>> {
        if self.cause.replace(cause).is_some() {
            return None;
        }
        let source = self.error.take();
        if matches!(cause, Cause::Status(_) | Cause::NotEventStream) {
            // The refused response remains. The timer is armed if the client gave up during a delay.
            self.timer.disarm();
        } else {
            self.disconnect();
        }
        cause.is_error().then_some(ClientError::Closed { cause, source })
    }

    /// Drops the connection, what was received of it, and its timers.
    pub(super) fn disconnect(&mut self) {
        (self.request, self.response, self.unopened, self.body) = (None, None, None, None);
        (self.end_of_body, self.chunk) = (None, Bytes::new());
        self.timer.disarm();
        self.health.reset();
    }
}
