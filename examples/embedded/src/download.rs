//! An event whose value exceeds the memory of the device: the tokenizer returns it in parts, and each is used as it arrives. There
//! is no decoder, so [`Reconnect`] is told what the tokens are.

use sse_proto::client::{Cause, Policy, Reconnect, Step};
use sse_proto::{Field, Token, Tokenizer};

use crate::client::{Lost, Network};
use crate::network::Lossy;
use crate::server::{IMAGE, Image};

/// How much is received at once.
pub(crate) const BUFFER: usize = 64;

/// What was received.
#[derive(Debug)]
pub(crate) struct Download {
    pub(crate) bytes: usize,
    /// How many connections were lost on the way.
    pub(crate) cuts: u32,
}

/// Downloads an image over a network that loses connections.
pub(crate) fn check() -> Download {
    let mut network = Lossy::<Image>::new(3);
    let mut at = 0;
    let mut restarts = 0;
    let cause = download(&mut network, |part| match part {
        Part::Start => (at, restarts) = (0, restarts + 1),
        Part::Bytes(bytes) => {
            for byte in bytes {
                assert_eq!(*byte, Image::byte(at));
                at += 1;
            }
        }
    });
    assert_eq!((cause, at), (Cause::Closed, IMAGE));
    assert!(restarts > 1, "a connection was lost");
    Download { bytes: at, cuts: restarts - 1 }
}

/// A part of the value.
enum Part<'a> {
    /// A connection was made: the value begins.
    Start,
    Bytes(&'a [u8]),
}

/// Receives one event. A connection that is lost before its end starts over.
fn download(network: &mut impl Network, mut handle: impl FnMut(Part<'_>)) -> Cause {
    let mut reconnect = Reconnect::new(Policy::new(), 0);
    let mut tokenizer = Tokenizer::new();
    let mut buffer = [0; BUFFER];
    loop {
        match reconnect.step(network.now()) {
            Step::Connect { timeout } => {
                match network.connect([("accept", &b"text/event-stream"[..])].into_iter(), timeout) {
                    Ok(response) => {
                        tokenizer = Tokenizer::new();
                        handle(Part::Start);
                        _ = reconnect.handle_response(network.now(), response);
                    }
                    Err(_) => reconnect.handle_failure(network.now()),
                }
            }
            Step::Receive { idle } => match network.receive(&mut buffer, idle) {
                Ok(0) => reconnect.handle_end(network.now()),
                Ok(len) => {
                    reconnect.handle_bytes(network.now());
                    let mut chunk = buffer.get(..len).unwrap_or_default();
                    while let Some(token) = tokenizer.next_token(&mut chunk) {
                        match token {
                            Token::Value { field: Field::Data, bytes, .. } => handle(Part::Bytes(bytes)),
                            Token::Value { .. } => {}
                            Token::BlankLine => reconnect.close(),
                        }
                    }
                }
                Err(Lost::Quiet) => {}
                Err(Lost::Connection) => reconnect.handle_failure(network.now()),
            },
            Step::Wait { time, .. } => network.sleep(time),
            Step::Closed(cause) => return cause,
        }
    }
}
