//! The body of a response: what a server reads from its log for one client.

use std::time::Duration;

use sse_proto::server::Cursor;

use crate::network::server::{Read, Server};
use crate::support::random::Random;

/// What servers do differently.
#[allow(clippy::struct_excessive_bools, reason = "choices that do not depend on each other")]
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// A client without a last event ID is sent the current one.
    pub greets: bool,
    /// A client that has missed events reads on at the end, not at the oldest event.
    pub skips_to_the_end: bool,
    /// A client that is too slow is disconnected.
    pub ends_if_gone: bool,
    pub line_end: &'static [u8],
    pub has_bom: bool,
    pub keep_alive: Duration,
    /// How many bytes are sent ahead of the client.
    pub window: usize,
}

impl Style {
    pub fn new(random: &mut Random) -> Self {
        Self {
            greets: random.below(2) == 0,
            skips_to_the_end: random.below(4) == 0,
            ends_if_gone: random.below(4) == 0,
            line_end: [&b"\n"[..], b"\n", b"\r\n", b"\r"][random.below(4)],
            has_bom: random.below(4) == 0,
            keep_alive: Duration::from_secs([1, 15, 1000][random.below(3)]),
            window: [1, 100, 1000, 10_000][random.below(4)],
        }
    }
}

/// The body of a response, as it is sent.
pub struct Body {
    cursor: Cursor,
    style: Style,
    bytes: Vec<u8>,
    sent: usize,
    scratch: Vec<u8>,
    next_keep_alive: Duration,
    /// The server ends the body after what is buffered.
    pub ends: bool,
}

impl Body {
    pub fn new(cursor: Cursor, head: &[u8], style: Style, now: Duration) -> Self {
        let bytes = if style.has_bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        let next_keep_alive = now + style.keep_alive;
        let mut body = Self { cursor, style, bytes, sent: 0, scratch: Vec::new(), next_keep_alive, ends: false };
        body.push(head);
        body
    }

    /// Appends a part of a stream with the line ends of this server.
    pub fn push(&mut self, part: &[u8]) {
        for &byte in part {
            if byte == b'\n' {
                self.bytes.extend_from_slice(self.style.line_end);
            } else {
                self.bytes.push(byte);
            }
        }
    }

    /// Reads from the log what fits into the window.
    pub fn fill(&mut self, server: &Server, now: Duration) {
        if self.sent == self.bytes.len() {
            self.bytes.clear();
            self.sent = 0;
        }
        let mut scratch = core::mem::take(&mut self.scratch);
        let mut is_gap = false;
        while is_gap || !self.ends && self.unsent().len() < self.style.window {
            is_gap = false;
            match server.read(&mut self.cursor, self.style, &mut scratch) {
                Read::Event(bytes) => self.push(bytes),
                // Together with the event after it, so that a client that is always too slow gets events at all.
                Read::Gap(bytes) => {
                    self.push(bytes);
                    is_gap = true;
                }
                Read::Nothing => break,
                Read::End => self.ends = true,
            }
        }
        self.scratch = scratch;
        if now >= self.next_keep_alive {
            if self.unsent().is_empty() {
                self.push(b":\n");
            }
            self.next_keep_alive = now + self.style.keep_alive;
        }
    }

    pub fn unsent(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// Takes the next bytes.
    pub fn send(&mut self, len: usize) -> &[u8] {
        let start = self.sent;
        self.sent += len;
        &self.bytes[start..self.sent]
    }

    /// The last byte that was sent and the first that was not.
    pub fn neighbours(&self) -> (Option<u8>, Option<u8>) {
        (self.bytes[..self.sent].last().copied(), self.unsent().first().copied())
    }

    /// When something happens although nothing arrives.
    pub fn next_change(&self, server: &Server) -> Duration {
        server.next_push().map_or(self.next_keep_alive, |push| push.min(self.next_keep_alive))
    }
}
