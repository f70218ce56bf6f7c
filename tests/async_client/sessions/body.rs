//! The body of a response, and what goes wrong with it.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use tokio::time::{Sleep, sleep};

use super::server::{draw_bytes, draw_fault};
use super::{Shared, World};
use crate::network::body::Body;
use crate::network::client::Action;
use crate::network::{Fault, MIN_EVENTS};

pub(super) struct SessionBody {
    world: Shared,
    /// `None` if it ends at once.
    body: Option<Body>,
    /// What happens after `bytes_left` more bytes.
    fault: Option<Fault>,
    bytes_left: usize,
    sleep: Option<Pin<Box<Sleep>>>,
    /// How many bytes are sent after the sleep.
    sending: usize,
    /// After the sleep, the network gives up.
    is_silent: bool,
}

/// What a body does next.
enum Next {
    Sleep(Duration),
    Send(usize),
    Again,
    End,
    Failure,
    Never,
}

impl SessionBody {
    pub(super) fn new(world: Shared, body: Body, fault: Option<Fault>, bytes_left: usize) -> Self {
        Self { world, body: Some(body), fault, bytes_left, sleep: None, sending: 0, is_silent: false }
    }

    pub(super) fn ended(world: &Shared) -> Self {
        Self {
            world: Rc::clone(world),
            body: None,
            fault: None,
            bytes_left: 0,
            sleep: None,
            sending: 0,
            is_silent: false,
        }
    }
}

impl http_body::Body for SessionBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let world = Rc::clone(&this.world);
        loop {
            if let Some(sleep) = &mut this.sleep {
                ready!(sleep.as_mut().poll(cx));
                this.sleep = None;
            }
            let next = this.next(&mut world.borrow_mut());
            match next {
                Next::Sleep(time) => this.sleep = Some(Box::pin(sleep(time))),
                Next::Send(len) => {
                    let chunk = this.body.as_mut().map(|body| Bytes::copy_from_slice(body.send(len)));
                    return Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))));
                }
                Next::Again => {}
                Next::End => return Poll::Ready(None),
                Next::Failure => return Poll::Ready(Some(Err(ErrorKind::ConnectionReset.into()))),
                Next::Never => return Poll::Pending,
            }
        }
    }
}

impl SessionBody {
    fn next(&mut self, world: &mut World) -> Next {
        let Some(body) = &mut self.body else { return Next::End };
        if self.is_silent {
            return Next::Failure;
        }
        if self.sending > 0 {
            return Next::Send(std::mem::take(&mut self.sending));
        }
        let now = world.now();
        world.server.advance(now);
        world.server.stopped = world.checker.events >= MIN_EVENTS && !world.has_faults_to_come();
        if self.fault.is_none() && world.has_faults_to_come() {
            (self.fault, self.bytes_left) = next_fault(world);
        }
        body.fill(&world.server, now);
        let unsent = body.unsent().len();
        if self.bytes_left == 0 {
            if let Some(fault) = self.fault.take() {
                return self.fail(fault, world);
            }
        }
        if unsent > 0 {
            let is_slow = self.fault == Some(Fault::Slow);
            let longest = if is_slow { 1 } else { world.max_chunk.min(unsent) };
            let longest = if self.fault.is_some() { longest.min(self.bytes_left) } else { longest };
            self.sending = 1 + world.random.below(longest);
            self.bytes_left = self.bytes_left.saturating_sub(self.sending);
            let millis = world.random.below(if is_slow { 10 } else { world.max_latency + 1 });
            return if millis == 0 { Next::Again } else { Next::Sleep(Duration::from_millis(millis as u64)) };
        }
        if body.ends {
            return Next::End;
        }
        if world.server.stopped {
            // The client has asked for more, so it has returned all there was.
            let result = world.checker.finish(world.server.next);
            world.fail(result);
            world.is_finished = true;
            return Next::Never;
        }
        Next::Sleep(body.next_change(&world.server).saturating_sub(now).max(Duration::from_millis(1)))
    }

    /// The faults of a body.
    fn fail(&mut self, fault: Fault, world: &mut World) -> Next {
        let now = world.now();
        match fault {
            Fault::Slow | Fault::SlowClient | Fault::LogReplaced => {
                world.faults.count(fault);
                if fault == Fault::SlowClient {
                    world.pause = world.server.interval * u32::try_from(world.random.below(60)).expect("below 60");
                } else if fault == Fault::LogReplaced {
                    world.server.restart(now, false);
                }
                Next::Again
            }
            Fault::CloseOpen | Fault::ReconnectOpen => {
                world.faults.count(fault);
                let action = if fault == Fault::CloseOpen { Action::Close } else { Action::Reconnect };
                if world.random.below(2) == 0 {
                    // During the poll.
                    world.act(action);
                } else {
                    world.next_action = Some(action);
                }
                let unsent = self.body.as_ref().map_or(0, |body| body.unsent().len());
                if unsent == 0 { Next::Again } else { Next::Send(unsent) }
            }
            Fault::SilentBody => {
                world.faults.count(fault);
                if world.policy.idle_timeout.is_some() {
                    // For ever.
                    return Next::Sleep(Duration::from_secs(1_000_000_000));
                }
                self.is_silent = true;
                Next::Sleep(Duration::from_secs(3600))
            }
            Fault::CloseWaiting | Fault::ReconnectWaiting => {
                world.at_next_wait = Some(if fault == Fault::CloseWaiting { Action::Close } else { Action::Reconnect });
                self.cut(world)
            }
            Fault::Restart => {
                world.faults.count(fault);
                let is_stored = world.random.below(2) == 0;
                world.server.restart(now, is_stored);
                self.cut(world)
            }
            Fault::RetryHuge | Fault::RetryZero | Fault::UnsendableId => {
                world.faults.count(fault);
                self.cut(world)
            }
            _ => self.cut(world),
        }
    }

    /// Cuts the connection where it is.
    fn cut(&mut self, world: &mut World) -> Next {
        let neighbours = self.body.as_ref().map_or((None, None), Body::neighbours);
        world.faults.count(match neighbours {
            (_, Some(0x80..=0xBF)) => Fault::CutInCharacter,
            (Some(b'\r'), Some(b'\n')) => Fault::CutInLineEnd,
            (None | Some(b'\r' | b'\n'), None) => Fault::CutBetweenEvents,
            _ => Fault::CutInEvent,
        });
        if world.random.below(2) == 0 { Next::End } else { Next::Failure }
    }
}

/// The body continues after a fault, until the next one.
fn next_fault(world: &mut World) -> (Option<Fault>, usize) {
    let fault = std::iter::repeat_with(|| draw_fault(world)).find(|fault| fault.is_none_or(Fault::is_of_body));
    // What these send is sent at the beginning of a body.
    let fault = fault.flatten().map(|fault| match fault {
        Fault::RetryZero | Fault::RetryHuge | Fault::UnsendableId => Fault::CutInEvent,
        fault => fault,
    });
    (fault, draw_bytes(world, fault))
}
