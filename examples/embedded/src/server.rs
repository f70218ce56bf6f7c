//! The server: what it sends is encoded anew for each connection, directly into the buffer of the receiver.

use core::fmt::{self, Write};
use core::time::Duration;

use sse_proto::{Comment, Encoder, Event};

/// How many events there are. Their IDs count from 1.
pub(crate) const EVENTS: u32 = 24;
/// The event that exceeds the buffers of the client.
pub(crate) const TOO_LARGE: u32 = 7;
/// How many bytes the value of the download has: more than the device has memory.
pub(crate) const IMAGE: usize = 100_000;

/// What a server sends.
pub(crate) trait Body: Sized {
    /// The most bytes that a connection delivers before it is lost.
    const MAX_BEFORE_LOSS: usize;
    /// Begins after this ID. `None` if there is nothing left.
    fn after(last_event_id: &str) -> Option<Self>;
    /// Writes into the buffer, and returns how many bytes; 0 at the end.
    fn read(&mut self, buffer: &mut [u8]) -> usize;
}

/// Readings of sensors, each followed by a keep-alive.
#[derive(Clone, Debug)]
pub(crate) struct Readings {
    /// The event that comes next, or is being sent.
    id: u32,
    is_keep_alive: bool,
    /// How much of it has been sent.
    sent: usize,
}

impl Body for Readings {
    const MAX_BEFORE_LOSS: usize = 600;

    fn after(last_event_id: &str) -> Option<Self> {
        let last: u32 = if last_event_id.is_empty() { 0 } else { last_event_id.parse().expect("an ID of this server") };
        (last < EVENTS).then_some(Self { id: last + 1, is_keep_alive: false, sent: 0 })
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        if self.id > EVENTS {
            return 0;
        }
        if self.is_keep_alive {
            return self.send(Comment::KEEP_ALIVE.encode(), buffer);
        }
        let (id, data) = (id(self.id), reading(self.id));
        let event = Event::new(data.as_str()).with_id(id.as_str()).and_then(|event| event.with_type("reading"));
        let event = event.expect("no line end in the ID and the type").with_retry(Duration::from_millis(1500));
        self.send(event.encode(), buffer)
    }
}

impl Readings {
    /// Sends what follows of an encoded event, or of a keep-alive.
    fn send(&mut self, mut encoder: Encoder<'_>, buffer: &mut [u8]) -> usize {
        encoder.advance(self.sent);
        let len = encoder.copy_to(buffer);
        self.sent += len;
        if encoder.remaining() == 0 {
            self.id += u32::from(self.is_keep_alive);
            (self.is_keep_alive, self.sent) = (!self.is_keep_alive, 0);
        }
        len
    }
}

/// The ID of an event.
pub(crate) fn id(number: u32) -> Text<8> {
    let mut text = Text::new();
    write!(text, "{number}").expect("it fits");
    text
}

/// The data of an event: two lines, with a character of two bytes.
pub(crate) fn reading(number: u32) -> Text<256> {
    let mut text = Text::new();
    let more = if number == TOO_LARGE { 200 } else { 0 };
    write!(text, "sensor {}\n{}.{} \u{B0}C{:more$}", number % 4, 15 + number % 9, number % 10, "").expect("it fits");
    text
}

/// One event with one long line.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    sent: usize,
}

impl Image {
    const HEAD: &[u8] = b"data: ";
    const TAIL: &[u8] = b"\nid: 1\n\n";

    /// A byte of the value.
    pub(crate) fn byte(at: usize) -> u8 {
        b"0123456789abcdef".get(at * at % 61 % 16).copied().unwrap_or_default()
    }

    fn next(&self) -> Option<u8> {
        let at = self.sent;
        match at.checked_sub(Self::HEAD.len()) {
            None => Self::HEAD.get(at).copied(),
            Some(at) if at < IMAGE => Some(Self::byte(at)),
            Some(at) => Self::TAIL.get(at - IMAGE).copied(),
        }
    }
}

impl Body for Image {
    const MAX_BEFORE_LOSS: usize = 2 * IMAGE;

    fn after(last_event_id: &str) -> Option<Self> {
        last_event_id.is_empty().then_some(Self { sent: 0 })
    }

    fn read(&mut self, buffer: &mut [u8]) -> usize {
        for (len, to) in buffer.iter_mut().enumerate() {
            let Some(byte) = self.next() else { return len };
            *to = byte;
            self.sent += 1;
        }
        buffer.len()
    }
}

/// Text in a buffer of a fixed size.
#[derive(Clone, Debug)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    pub(crate) fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.len).and_then(|bytes| core::str::from_utf8(bytes).ok());
        text.expect("it was written as text")
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let free = self.bytes.get_mut(self.len..).and_then(|free| free.get_mut(..text.len())).ok_or(fmt::Error)?;
        free.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}
