//! Random scripts, for clients of several kinds.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::collections::VecDeque;
use std::io::{ErrorKind, Read};
use std::time::Duration;

use sse_proto::client::Response;

use crate::script::*;
use crate::support::random::Random;

/// A connection of a script, before it is made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How long the response takes, in milliseconds; `None` for ever.
    pub latency: Option<u64>,
    pub head: Head,
    pub steps: Vec<Part>,
}

#[derive(Clone, Debug)]
pub enum Head {
    Stream,
    Status(u16, Option<u64>),
    Error(ErrorKind),
}

#[derive(Clone, Debug)]
pub enum Part {
    Bytes(&'static str),
    Wait(u64),
    Forever,
    Error(ErrorKind),
}

pub const PARTS: [&str; 13] = [
    "data: a\n\n",
    "id: 1\ndata: b\ndata: b\n\n",
    "id: 2\r\nevent: x\r\ndata: c\r\n\r\n",
    ":\n",
    ": hi\n\n",
    "id: 3\n\n",
    "retry: 20\n",
    "retry: 5000\n\n",
    "HTML\n",
    ": unfin",
    "data: un",
    "finished\n\nid: 4\ndata: d\n\ndata: e\n\n",
    "\u{feff}data: \u{e9}\n\n",
];

pub const ERRORS: [ErrorKind; 3] = [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof, ErrorKind::Other];

pub fn plan(random: &mut Random, has_time: bool) -> Plan {
    let latency = match random.below(8) {
        0 if has_time => None,
        1..=4 if has_time => Some(10 * random.below(150) as u64),
        _ => Some(0),
    };
    let head = match random.below(10) {
        0 => Head::Error(ERRORS[random.below(3)]),
        1 => Head::Status([503, 429, 500][random.below(3)], [None, Some(0), Some(1)][random.below(3)]),
        2 if random.below(4) == 0 => Head::Status([204, 404, 200][random.below(3)], None),
        _ => Head::Stream,
    };
    let mut steps = Vec::new();
    for _ in 0..random.below(7) {
        steps.push(match random.below(9) {
            0..=2 if has_time => Part::Wait(10 * [1, 40, 75, 90, 110][random.below(5)]),
            _ => Part::Bytes(PARTS[random.below(PARTS.len())]),
        });
    }
    match random.below(4) {
        0 => steps.push(Part::Error(ERRORS[random.below(3)])),
        1 if has_time => steps.push(Part::Forever),
        _ => {}
    }
    Plan { latency, head, steps }
}

impl Plan {
    /// For the asynchronous client. Noise is what does not count: polls in vain, empty frames, trailers.
    pub fn connection(&self, noise: &mut Random) -> Connection {
        let mut steps = Vec::new();
        for part in &self.steps {
            match noise.below(8) {
                0 => steps.push(Step::Yield),
                1 => steps.push(bytes("")),
                2 => steps.push(Step::Trailers),
                _ => {}
            }
            steps.push(match *part {
                Part::Bytes(text) => bytes(text),
                Part::Wait(millis) => Step::Wait(Duration::from_millis(millis)),
                Part::Forever => Step::Forever,
                Part::Error(kind) => Step::Error(kind),
            });
        }
        let connection = match self.head {
            Head::Stream => stream(steps),
            Head::Error(kind) => failure(kind),
            Head::Status(code, None) => status(code, steps),
            Head::Status(code, Some(seconds)) => status(code, steps).with_header("retry-after", &seconds.to_string()),
        };
        connection.after(self.latency.map_or(Step::Forever, |millis| Step::Wait(Duration::from_millis(millis))))
    }

    /// For the blocking client.
    pub fn blocking(&self) -> std::io::Result<(Response, Parts)> {
        let response = match self.head {
            Head::Error(kind) => return Err(kind.into()),
            Head::Stream => Response::new(200).with_content_types(["text/event-stream"]),
            Head::Status(code, seconds) => Response::new(code).with_retry_after(seconds.map(Duration::from_secs)),
        };
        Ok((response, Parts(self.steps.iter().cloned().collect())))
    }
}

/// A reader that returns one part at a time.
pub struct Parts(pub VecDeque<Part>);

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.0.pop_front() {
            Some(Part::Bytes(text)) => {
                buffer[..text.len()].copy_from_slice(text.as_bytes());
                Ok(text.len())
            }
            Some(Part::Error(kind)) => Err(kind.into()),
            Some(part) => panic!("{part:?}"),
            None => Ok(0),
        }
    }
}
