//! Requests, and what comes instead of an event stream.

use std::time::Duration;

use sse_proto::client::{Cause, Response, State, Verdict};

use super::{Connection, Session, ensure};
use crate::network::body::{Body, Style};
use crate::network::client::{Action, Receive};
use crate::network::{Failure, Fault, Mistake, policies};

impl<D: Receive> Session<D> {
    pub(super) fn connect(&mut self) -> Result<(), Failure> {
        if let (false, Some(last)) = (self.is_forced, self.last_request) {
            ensure(self.now >= last + policies::least_delay(&self.policy), "requests keep their distance")?;
        }
        self.requests += 1;
        (self.last_request, self.is_forced) = (Some(self.now), false);
        if self.abandoned > 0 {
            self.abandoned -= 1;
            return self.act(Action::Reconnect);
        }
        let id = self.last_event_id_header()?;
        self.pass_late_bytes()?;
        self.pass(self.max_latency);
        self.server.advance(self.now);
        let fault = if self.empty_bodies > 0 { Some(Fault::EmptyBody) } else { self.draw_fault() };
        match fault {
            None => self.open(id.as_deref(), None)?,
            Some(fault) if fault.is_of_body() => self.open(id.as_deref(), Some(fault))?,
            Some(fault) => self.fail_to_connect(fault, id.as_deref())?,
        }
        Ok(())
    }

    /// The request headers, as the standard wants them.
    fn last_event_id_header(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut id = None;
        let mut names = Vec::with_capacity(3);
        for (name, value) in self.source.request_headers() {
            names.push(name);
            match name {
                "accept" => ensure(value == b"text/event-stream", "Accept")?,
                "cache-control" => ensure(value == b"no-cache", "Cache-Control")?,
                _ => id = Some(value.to_vec()),
            }
        }
        let expected: &[&str] = &["accept", "cache-control", "last-event-id"];
        ensure(names == expected[..names.len().max(2)], "the names of the headers")?;
        self.checker.connects();
        if self.source.omits_last_event_id() {
            ensure(id.is_none(), "an ID that is omitted is not sent")?;
            self.checker.omits_id();
        }
        Ok(id.filter(|_| self.mistake != Some(Mistake::ClientForgetsId)))
    }

    /// The faults before a body.
    fn fail_to_connect(&mut self, fault: Fault, id: Option<&[u8]>) -> Result<(), Failure> {
        if fault != Fault::Storm {
            self.faults.count(fault);
        }
        match fault {
            Fault::CutInHead if self.random.below(2) == 0 => {
                self.source.handle_end(self.now);
                self.loses(Cause::Failed)?;
            }
            Fault::Refused | Fault::CutInHead => {
                self.source.handle_failure(self.now);
                self.loses(Cause::Failed)?;
            }
            Fault::SilentHead => self.stay_silent()?,
            Fault::NoContent => self.refuse(Response::new(204), None)?,
            Fault::Redirect => {
                let status = self.one_of(&[301, 302, 303, 304, 307, 308]);
                self.refuse(Response::new(status), None)?;
            }
            Fault::ClientError => {
                let status = self.one_of(&[400, 401, 403, 404, 408, 410, 425, 429]);
                self.refuse(Response::new(status), None)?;
            }
            Fault::ServerError => {
                let status = self.one_of(&[500, 501, 502, 503, 504, 599]);
                self.refuse(Response::new(status), None)?;
            }
            Fault::RetryAfter => {
                let status = self.one_of(&[429, 503]);
                let longest = if policies::is_unbounded(&self.policy) { 60 } else { u64::MAX };
                let seconds = self.one_of(&[0, 1, 7, longest]);
                self.refuse(Response::new(status).with_retry_after(Some(Duration::from_secs(seconds))), None)?;
            }
            Fault::WrongType => {
                let value = self.one_of(&["text/html", "text/event-streams", "text/event-stream, text/html", ""]);
                self.refuse(Response::new(200).with_content_types([value]), None)?;
            }
            Fault::RepeatedWrongType => {
                self.refuse(Response::new(200).with_content_types(["text/event-stream", "text/html"]), None)?;
            }
            Fault::CloseRefused => self.refuse(Response::new(403), Some(Action::Close))?,
            Fault::ReconnectRefused => self.refuse(Response::new(401), Some(Action::Reconnect))?,
            Fault::RetryRefused => {
                self.refuse(Response::new(404), None)?;
                self.source.retry(self.now);
                self.loses(Cause::Status(404))?;
            }
            Fault::AcceptRefused => {
                self.refuse(Response::new(200).with_content_types(["text/plain"]), None)?;
                self.is_lost = false;
                self.source.accept(self.now);
                self.start_body(id, None)?;
            }
            Fault::EmptyBody => {
                self.handle_event_stream()?;
                self.source.handle_end(self.now);
                let is_healthy = self.policy.healthy_after.is_zero();
                self.loses(if is_healthy { Cause::Ended } else { Cause::EndedEarly })?;
                self.empty_bodies = if self.empty_bodies > 0 { self.empty_bodies - 1 } else { self.random.below(4) };
            }
            Fault::Storm => {
                self.abandoned = 1 + self.random.below(9);
                self.faults.count(fault);
                self.act(Action::Reconnect)?;
            }
            Fault::CloseConnecting => self.act(Action::Close)?,
            Fault::ReconnectConnecting => self.act(Action::Reconnect)?,
            _ => unreachable!("{fault:?} happens elsewhere"),
        }
        Ok(())
    }

    fn refuse(&mut self, response: Response, action: Option<Action>) -> Result<(), Failure> {
        let expected = policies::verdict(&self.policy, self.source.reconnect().attempts(), response.status);
        let verdict = self.source.handle_response(self.now, response);
        ensure(verdict == expected, &format!("{response:?}: {verdict:?}"))?;
        ensure(self.source.reconnect().state() == State::Refused, "a refusal is a state")?;
        self.is_lost = true;
        if let Verdict::Retry(_) = verdict {
            self.retry_after = response.retry_after;
        }
        // The body of an error.
        self.pass_late_bytes()?;
        action.map_or(Ok(()), |action| self.act(action))
    }

    fn open(&mut self, id: Option<&[u8]>, fault: Option<Fault>) -> Result<(), Failure> {
        self.handle_event_stream()?;
        self.start_body(id, fault)
    }

    fn handle_event_stream(&mut self) -> Result<(), Failure> {
        let types: &[&str] = match self.random.below(3) {
            0 => &["text/event-stream"],
            1 => &["Text/Event-Stream;charset=utf-8"],
            _ => &["text/html", "text/event-stream"],
        };
        let verdict = self.source.handle_response(self.now, Response::new(200).with_content_types(types));
        ensure(verdict == Verdict::Open, "an event stream opens")
    }

    fn start_body(&mut self, id: Option<&[u8]>, fault: Option<Fault>) -> Result<(), Failure> {
        let style = Style::new(&mut self.random);
        let (cursor, head) = self.server.accept(id, style)?;
        let mut body = Body::new(cursor, &head, style, self.now);
        let mut bytes_left = self.draw_bytes(fault);
        let first: &[u8] = match fault {
            Some(Fault::RetryZero) => b"retry: 0\n",
            Some(Fault::RetryHuge) => b"retry: 18446744073709551615\n\n",
            Some(Fault::UnsendableId) => b"id: a\x01b\n\n",
            _ => b"",
        };
        if !first.is_empty() {
            body.push(first);
            bytes_left += body.unsent().len();
        }
        self.connection = Some(Connection { body, fault, bytes_left });
        Ok(())
    }
}
