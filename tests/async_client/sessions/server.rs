//! Requests, and what comes instead of an event stream.

use std::future::{Future, pending};
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use http::{Request, Response};
use tokio::time::sleep;

use super::body::SessionBody;
use super::{AtRefusal, Shared, World};
use crate::network::body::{Body, Style};
use crate::network::client::Action;
use crate::network::{Fault, Mistake, policies};

/// What the server does with a request.
enum Answer {
    Response(Box<Response<SessionBody>>),
    Failure,
    /// Nothing until the client gives up, or the network does.
    Silence,
    /// Nothing: the application acts.
    Never,
}

pub(super) fn connect(
    world: Shared,
    request: &Request<()>,
) -> impl Future<Output = io::Result<Response<SessionBody>>> + use<> {
    let id = check(&mut world.borrow_mut(), request);
    async move {
        let Some(latency) = latency(&mut world.borrow_mut()) else { return pending().await };
        sleep(latency).await;
        let (answer, has_idle_timeout) = {
            let mut locked = world.borrow_mut();
            let now = locked.now();
            locked.server.advance(now);
            let fault = if locked.empty_bodies > 0 { Some(Fault::EmptyBody) } else { draw_fault(&mut locked) };
            (answer(&mut locked, &world, fault, id.as_deref()), locked.policy.idle_timeout.is_some())
        };
        match answer {
            Answer::Response(response) => Ok(*response),
            Answer::Failure => Err(ErrorKind::ConnectionRefused.into()),
            Answer::Silence if !has_idle_timeout => {
                sleep(Duration::from_secs(3600)).await;
                Err(ErrorKind::TimedOut.into())
            }
            Answer::Silence | Answer::Never => pending().await,
        }
    }
}

/// How long the server takes; `None` if the application has abandoned the request.
fn latency(world: &mut World) -> Option<Duration> {
    if world.abandoned > 0 {
        world.abandoned -= 1;
        world.act(Action::Reconnect);
        return None;
    }
    let millis = world.max_latency + 1;
    Some(Duration::from_millis(world.random.below(millis) as u64))
}

/// Checks a request as the standard wants it, and returns the last event ID.
fn check(world: &mut World, request: &Request<()>) -> Option<Vec<u8>> {
    let now = world.now();
    if let (false, Some(last)) = (world.is_forced, world.last_request) {
        let least = last + policies::least_delay(&world.policy);
        world.ensure(now >= least, "requests keep their distance");
    }
    world.requests += 1;
    (world.last_request, world.is_forced) = (Some(now), false);
    let headers = request.headers();
    world.ensure(headers.get("accept").is_some_and(|value| value == "text/event-stream"), "Accept");
    world.ensure(headers.get("cache-control").is_some_and(|value| value == "no-cache"), "Cache-Control");
    let id = headers.get("last-event-id").map(|id| id.as_bytes().to_vec());
    world.ensure(headers.len() == 2 + usize::from(id.is_some()), "other headers");
    world.checker.connects();
    if let Some(id) = &id {
        world.has_unsendable_id = false;
        world.knows(&String::from_utf8_lossy(id));
    } else if world.has_unsendable_id {
        world.checker.omits_id();
    }
    id.filter(|_| world.mistake != Some(Mistake::ClientForgetsId))
}

/// The next fault, if there are any to come.
pub(super) fn draw_fault(world: &mut World) -> Option<Fault> {
    if !world.has_faults_to_come() {
        return None;
    }
    match world.one_of(Fault::ALL) {
        // Not a fault of a connection.
        Fault::CloseClosed => Some(Fault::CloseConnecting),
        // As the client wants it: it would wait for the rest of time.
        Fault::RetryHuge if policies::is_unbounded(&world.policy) => Some(Fault::Refused),
        // Only updates tell of a refusal before it takes effect.
        Fault::RetryRefused | Fault::AcceptRefused if !world.as_updates => Some(Fault::WrongType),
        fault => Some(fault),
    }
}

fn answer(world: &mut World, shared: &Shared, fault: Option<Fault>, id: Option<&[u8]>) -> Answer {
    let Some(fault) = fault.filter(|fault| !fault.is_of_body()) else { return open(world, shared, fault, id) };
    world.faults.count(fault);
    let refuse = |world: &mut World, status: u16, at_refusal: Option<AtRefusal>| {
        world.at_refusal = at_refusal;
        if let (false, Some(at_refusal)) = (world.as_updates, at_refusal) {
            // As if the application had acted at the same moment.
            match at_refusal {
                AtRefusal::Close => world.act(Action::Close),
                _ => world.act(Action::Reconnect),
            }
        }
        let body = SessionBody::ended(shared);
        Answer::Response(Box::new(Response::builder().status(status).body(body).expect("a response")))
    };
    match fault {
        Fault::Refused | Fault::CutInHead => Answer::Failure,
        Fault::SilentHead => Answer::Silence,
        Fault::NoContent => refuse(world, 204, None),
        Fault::Redirect => {
            let status = world.one_of(&[301, 302, 303, 304, 307, 308]);
            refuse(world, status, None)
        }
        Fault::ClientError => {
            let status = world.one_of(&[400, 401, 403, 404, 408, 410, 425, 429]);
            refuse(world, status, None)
        }
        Fault::ServerError => {
            let status = world.one_of(&[500, 501, 502, 503, 504, 599]);
            refuse(world, status, None)
        }
        Fault::RetryAfter => {
            let status = world.one_of(&[429, 503]);
            let longest = if policies::is_unbounded(&world.policy) { "60" } else { "18446744073709551615" };
            let value = world.one_of(&["0", "1", "7", longest, "Sat, 01 Jan 2000 00:00:09 GMT"]);
            let mut answer = refuse(world, status, None);
            if let Answer::Response(response) = &mut answer {
                response.headers_mut().insert("retry-after", value.parse().expect("a value"));
                response.headers_mut().insert("date", http::HeaderValue::from_static("Sat, 01 Jan 2000 00:00:00 GMT"));
            }
            answer
        }
        Fault::WrongType => {
            let value = world.one_of(&["text/html", "text/event-streams", "text/event-stream, text/html", ""]);
            with_types(refuse(world, 200, None), &[value])
        }
        Fault::RepeatedWrongType => with_types(refuse(world, 200, None), &["text/event-stream", "text/html"]),
        Fault::CloseRefused => refuse(world, 403, Some(AtRefusal::Close)),
        Fault::ReconnectRefused => refuse(world, 401, Some(AtRefusal::Reconnect)),
        Fault::RetryRefused => refuse(world, 404, Some(AtRefusal::Retry)),
        Fault::AcceptRefused => {
            world.at_refusal = Some(AtRefusal::Accept);
            with_types(open(world, shared, None, id), &["text/plain"])
        }
        Fault::EmptyBody => {
            let more = world.random.below(4);
            world.empty_bodies = if world.empty_bodies > 0 { world.empty_bodies - 1 } else { more };
            with_types(refuse(world, 200, None), &["text/event-stream"])
        }
        Fault::Storm => {
            world.abandoned = 1 + world.random.below(9);
            world.act(Action::Reconnect);
            Answer::Never
        }
        Fault::CloseConnecting => {
            world.next_action = Some(Action::Close);
            Answer::Never
        }
        Fault::ReconnectConnecting => {
            world.next_action = Some(Action::Reconnect);
            Answer::Never
        }
        _ => unreachable!("{fault:?} happens elsewhere"),
    }
}

fn with_types(mut answer: Answer, types: &[&'static str]) -> Answer {
    if let Answer::Response(response) = &mut answer {
        response.headers_mut().remove("content-type");
        for value in types {
            response.headers_mut().append("content-type", http::HeaderValue::from_static(value));
        }
    }
    answer
}

fn open(world: &mut World, shared: &Shared, fault: Option<Fault>, id: Option<&[u8]>) -> Answer {
    let style = Style::new(&mut world.random);
    let (cursor, head) = match world.server.accept(id, style) {
        Ok(accepted) => accepted,
        Err(failure) => {
            world.failure = Some(failure);
            return Answer::Failure;
        }
    };
    let now = world.now();
    let mut body = Body::new(cursor, &head, style, now);
    let mut bytes_left = draw_bytes(world, fault);
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
    world.has_unsendable_id |= fault == Some(Fault::UnsendableId);
    let response = Response::new(SessionBody::new(Rc::clone(shared), body, fault, bytes_left));
    let types: &[&str] = match world.random.below(3) {
        0 => &["text/event-stream"],
        1 => &["Text/Event-Stream;charset=utf-8"],
        _ => &["text/html", "text/event-stream"],
    };
    with_types(Answer::Response(Box::new(response)), types)
}

/// How many bytes of a body arrive before this fault, or during it.
pub(super) fn draw_bytes(world: &mut World, fault: Option<Fault>) -> usize {
    let longest = if fault == Some(Fault::Slow) { 150 } else { world.one_of(&[50, 400, 400, 1000]) };
    world.random.below(longest)
}
