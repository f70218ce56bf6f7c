//! The body of a response, and what goes wrong with it.

use std::time::Duration;

use sse_proto::client::Step;

use super::{MIN_EVENTS, Session, ensure};
use crate::network::client::{Action, Receive};
use crate::network::{Failure, Fault};

impl<D: Receive> Session<D> {
    /// Receives one chunk, or waits for one. Returns `true` if the application has received everything.
    pub(super) fn receive(&mut self, idle: Option<Duration>) -> Result<bool, Failure> {
        self.server.advance(self.now);
        let has_faults_to_come = self.faults.total() < self.faults_to_come;
        self.server.stopped = self.checker.events >= MIN_EVENTS && !has_faults_to_come;
        let mut connection = self.connection.as_mut().expect("a body is received");
        if connection.fault.is_none() && has_faults_to_come {
            self.draw_next_fault();
            connection = self.connection.as_mut().expect("a body is received");
        }
        connection.body.fill(&self.server, self.now);
        let unsent = connection.body.unsent().len();
        if connection.fault.is_some() && connection.bytes_left == 0 {
            self.fail()?;
        } else if unsent > 0 {
            let is_slow = connection.fault == Some(Fault::Slow);
            let longest = if is_slow { 1 } else { self.max_chunk.min(unsent) };
            let longest = if connection.fault.is_some() { longest.min(connection.bytes_left) } else { longest };
            let len = 1 + self.random.below(longest);
            connection.bytes_left = connection.bytes_left.saturating_sub(len);
            let latency = if is_slow { 10 } else { self.max_latency };
            self.pass(latency.min(idle.map_or(latency, |idle| idle.as_millis() as usize / 2)));
            self.deliver(len, None)?;
        } else if connection.body.ends {
            self.source.handle_end(self.now);
            self.is_lost = true;
        } else if self.server.stopped {
            self.checker.finish(self.server.next)?;
            return Ok(true);
        } else {
            let until = connection.body.next_change(&self.server);
            match idle {
                Some(idle) if self.now + idle <= until => self.time_out(idle)?,
                _ => self.now = until.max(self.now),
            }
        }
        Ok(false)
    }

    /// Hands bytes to the event source, and its events to the application.
    fn deliver(&mut self, len: usize, mut action: Option<Action>) -> Result<(), Failure> {
        let connection = self.connection.as_mut().expect("a body is received");
        let chunk = connection.body.send(len);
        let (checker, mut result) = (&mut self.checker, Ok(()));
        let mut application = |event_type: &str, data: &str, id: &str| {
            if result.is_ok() {
                result = checker.event(event_type, data, id);
            }
        };
        let is_action = action.is_some();
        D::receive(&mut self.source, self.now, chunk, self.as_items, &mut action, &mut application);
        result?;
        if !is_action && len > 0 {
            let step = self.source.step(self.now);
            ensure(step == Step::Receive { idle: self.policy.idle_timeout }, "any byte is activity")?;
        }
        if !self.checker.has_place() {
            if let Some(index) = self.server.index_of(self.source.last_event_id()) {
                self.checker.joins(index + 1);
            }
        }
        action.map_or(Ok(()), |action| self.act(action))
    }

    /// The faults of a body.
    fn fail(&mut self) -> Result<(), Failure> {
        let connection = self.connection.as_mut().expect("a body is received");
        let fault = connection.fault.take().expect("a fault");
        match fault {
            Fault::Slow | Fault::SlowClient | Fault::LogReplaced => {
                self.faults.count(fault);
                if fault == Fault::SlowClient {
                    self.now += self.server.interval * u32::try_from(self.random.below(60)).unwrap();
                } else if fault == Fault::LogReplaced {
                    self.server.restart(self.now, false);
                }
            }
            Fault::CloseOpen | Fault::ReconnectOpen => {
                self.faults.count(fault);
                let unsent = connection.body.unsent().len();
                let action = if fault == Fault::CloseOpen { Action::Close } else { Action::Reconnect };
                self.is_forced = true;
                self.deliver(unsent, Some(action))?;
            }
            Fault::SilentBody => {
                self.faults.count(fault);
                self.stay_silent()?;
            }
            Fault::CloseWaiting | Fault::ReconnectWaiting => {
                self.at_next_wait = Some(if fault == Fault::CloseWaiting { Action::Close } else { Action::Reconnect });
                self.cut();
            }
            Fault::Restart => {
                self.faults.count(fault);
                let is_stored = self.random.below(2) == 0;
                self.server.restart(self.now, is_stored);
                self.cut();
            }
            Fault::RetryHuge | Fault::RetryZero | Fault::UnsendableId => {
                self.faults.count(fault);
                self.cut();
            }
            _ => self.cut(),
        }
        Ok(())
    }

    /// The body continues after a fault, until the next one.
    fn draw_next_fault(&mut self) {
        let fault = core::iter::repeat_with(|| self.draw_fault()).find(|fault| fault.is_none_or(Fault::is_of_body));
        // What these send is sent at the beginning of a body.
        let fault = fault.flatten().map(|fault| match fault {
            Fault::RetryZero | Fault::RetryHuge | Fault::UnsendableId => Fault::CutInEvent,
            fault => fault,
        });
        let bytes_left = self.draw_bytes(fault);
        let connection = self.connection.as_mut().expect("a body is received");
        (connection.fault, connection.bytes_left) = (fault, bytes_left);
    }

    /// Cuts the connection where it is.
    fn cut(&mut self) {
        let connection = self.connection.take().expect("a body is received");
        let is_end = self.random.below(2) == 0;
        if is_end {
            self.source.handle_end(self.now);
        } else {
            self.source.handle_failure(self.now);
        }
        self.faults.count(match connection.body.neighbours() {
            (_, Some(0x80..=0xBF)) => Fault::CutInCharacter,
            (Some(b'\r'), Some(b'\n')) => Fault::CutInLineEnd,
            _ if self.source.last_stream().is_incomplete() => Fault::CutInEvent,
            _ => Fault::CutBetweenEvents,
        });
        self.is_lost = true;
    }
}
