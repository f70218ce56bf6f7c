//! The relay itself: bytes in, bytes out. Next to `main.rs`, so that tests can use it.

use std::io::{self, Write};
use std::mem;

use sse_proto::{Field, Token, Tokenizer};

/// Passes on an event stream byte for byte, counts its events, and can drop those of one type.
///
/// Of a dropped event the `data` and `event` lines are dropped, and those of unknown fields. Its `id` and `retry` lines
/// stay, or a client would resume from the wrong place, and so do comments and the blank line. Without `data` a client
/// dispatches no event. A block without data is no event, so it passes.
///
/// Lines wait for the end of their block only from the first one on that may be dropped, as the event type may come last.
/// If these lines are longer than a limit, the whole block passes.
#[derive(Debug)]
pub(crate) struct Relay {
    tokenizer: Tokenizer,
    dropped_type: Option<String>,
    limit: usize,
    /// The lines of the block that wait for its end, and how many bytes of them are sorted into `rest`, or not.
    block: Vec<u8>,
    sorted: usize,
    /// What the block becomes if its event is dropped.
    rest: Vec<u8>,
    /// Whether the current line is part of it.
    stays: bool,
    /// Whether the block passes, whatever its type.
    passes: bool,
    event_type: Vec<u8>,
    /// The value of an `event` line that has not ended.
    value: Vec<u8>,
    has_data: bool,
    last_written: Option<u8>,
    /// How many events were passed on.
    pub(crate) passed: u64,
    /// How many events were dropped.
    pub(crate) dropped: u64,
}

impl Relay {
    /// A relay for one connection that drops the events of this type. It buffers up to `limit` bytes of a block.
    pub(crate) fn new(dropped_type: Option<String>, limit: usize) -> Self {
        Self {
            tokenizer: Tokenizer::new(),
            limit,
            block: Vec::new(),
            sorted: 0,
            rest: Vec::new(),
            stays: true,
            passes: dropped_type.is_none(),
            dropped_type,
            event_type: Vec::new(),
            value: Vec::new(),
            has_data: false,
            last_written: None,
            passed: 0,
            dropped: 0,
        }
    }

    /// Takes the next bytes of the stream, and writes what need not wait.
    pub(crate) fn relay(&mut self, mut input: &[u8], output: &mut impl Write) -> io::Result<()> {
        while let Some(piece) = self.tokenizer.next_piece(&mut input) {
            match piece.token() {
                Some(Token::Value { field, bytes, ends_line }) => self.value(field, bytes, ends_line),
                Some(Token::BlankLine) => {
                    self.end_block(piece.raw());
                    self.write(output)?;
                    self.passes = self.dropped_type.is_none();
                    continue;
                }
                None => {}
            }
            self.block.extend_from_slice(piece.raw());
            // What line it is that starts here turns out later.
            let is_start = piece.token().is_none() && !piece.ends_at_line_start();
            if !is_start {
                if self.stays {
                    self.rest.extend_from_slice(&self.block[self.sorted..]);
                }
                self.sorted = self.block.len();
                self.passes |= self.rest.len() < self.sorted && self.sorted > self.limit;
            }
            if self.passes || self.rest.len() == self.block.len() {
                self.write(output)?;
            }
        }
        Ok(())
    }

    /// Writes what waits for the end of its block, at the end of the stream.
    pub(crate) fn finish(mut self, output: &mut impl Write) -> io::Result<()> {
        self.write(output)
    }

    fn value(&mut self, field: Field, bytes: &[u8], ends_line: bool) {
        self.stays = matches!(field, Field::Comment | Field::Id | Field::Retry);
        self.has_data |= field == Field::Data;
        if field == Field::Event && !self.passes {
            self.value.extend_from_slice(bytes);
            if ends_line {
                self.event_type = mem::take(&mut self.value);
            }
        }
    }

    fn end_block(&mut self, blank_line: &[u8]) {
        let is_event = mem::take(&mut self.has_data);
        let is_dropped = is_event && !self.passes && self.is_of_dropped_type();
        if is_dropped {
            mem::swap(&mut self.block, &mut self.rest);
            // The CR and the LF of two lines, with dropped lines between them, must not become one line end.
            if blank_line == b"\n" && self.block.last().copied().or(self.last_written) == Some(b'\r') {
                self.block.push(b'\n');
            }
        }
        self.block.extend_from_slice(blank_line);
        self.passed += u64::from(is_event && !is_dropped);
        self.dropped += u64::from(is_dropped);
        self.event_type.clear();
        self.value.clear();
        // A LF that comes later belongs to the blank line.
        self.stays = true;
    }

    fn is_of_dropped_type(&self) -> bool {
        let event_type = if self.event_type.is_empty() { b"message" } else { self.event_type.as_slice() };
        self.dropped_type.as_deref().is_some_and(|dropped| String::from_utf8_lossy(event_type) == dropped)
    }

    fn write(&mut self, output: &mut impl Write) -> io::Result<()> {
        output.write_all(&self.block)?;
        self.last_written = self.block.last().copied().or(self.last_written);
        self.block.clear();
        self.rest.clear();
        self.sorted = 0;
        Ok(())
    }
}
