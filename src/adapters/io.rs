//! Blocking I/O: events out of any [`BufRead`], events into any [`Write`].

use alloc::vec::Vec;
use std::io::{self, BufRead, Write};

use crate::{Comment, Decoder, EndOfStream, Error, Event, EventBuf};

/// Reads the events of a stream, one after the other.
///
/// An [`Iterator`] of owned events. PerValue comes as soon as the reader has given the byte that completes it; `None` comes
/// at the end of the stream. Then, or after an error of the reader, [`end_of_stream`](Self::end_of_stream) gives the
/// [`Decoder`] back, for the next connection.
///
/// # Errors
///
/// An error of the reader is given as it is ([`ErrorKind::Interrupted`](io::ErrorKind::Interrupted) is retried). Nothing is
/// lost by it: after a time-out the next call goes on. A loop that does not leave on a lasting error does not end.
///
/// An event that broke a limit is an error too, after which the next event follows.
///
/// ```
/// use sse_proto::adapters::io::EventReader;
///
/// let stream = &b": hi\n\ndata: one\n\nid: 2\ndata: two\n\ndata: thr"[..];
/// let mut events = EventReader::new(stream);
/// let seen: Result<Vec<_>, _> = events.by_ref().collect();
/// assert_eq!(seen?.iter().map(|event| event.data()).collect::<Vec<_>>(), ["one", "two"]);
///
/// let (decoder, end) = events.end_of_stream();
/// assert!(end.is_incomplete(), "the third event was incomplete");
/// assert_eq!(decoder.last_event_id(), "2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventReader<R> {
    reader: R,
    decoder: Decoder,
}

impl<R: BufRead> EventReader<R> {
    /// Reads from this reader, with a new decoder.
    pub const fn new(reader: R) -> Self {
        Self::with_decoder(reader, Decoder::new())
    }

    /// Reads from this reader with this decoder: one with other limits, or one that has seen earlier connections.
    pub const fn with_decoder(reader: R, decoder: Decoder) -> Self {
        Self { reader, decoder }
    }

    /// The decoder, which knows the last event ID and the reconnection time.
    pub const fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// The decoder, to set the last event ID, or to give back memory while the stream is idle.
    pub const fn decoder_mut(&mut self) -> &mut Decoder {
        &mut self.decoder
    }

    /// The reader. Bytes that it holds were not decoded yet.
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// Ends the stream here, whether the reader has ended, has failed or could go on: gives the decoder, ready for the next
    /// connection, and whether an incomplete event was dropped ([`Decoder::end_of_stream`]).
    pub fn end_of_stream(mut self) -> (Decoder, EndOfStream) {
        let end = self.decoder.end_of_stream();
        (self.decoder, end)
    }
}

impl<R: BufRead> Iterator for EventReader<R> {
    type Item = Result<EventBuf, Error<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Some(Err(Error::Source(error))),
            };
            if chunk.is_empty() {
                return None;
            }
            let mut input = chunk;
            let event = self.decoder.next_event(&mut input).map(|event| event.map(EventBuf::from)).transpose();
            let consumed = chunk.len() - input.len();
            self.reader.consume(consumed);
            if let Some(event) = event {
                return Some(event.map_err(Error::Decode));
            }
        }
    }
}

/// Writes events and comments, each with one call of [`Write::write_all`] and a flush, so that it leaves at once.
///
/// ```
/// use sse_proto::adapters::io::EventWriter;
/// use sse_proto::{Comment, Event};
///
/// let mut events = EventWriter::new(Vec::new());
/// events.comment(&Comment::KEEP_ALIVE)?;
/// events.event(&Event::new("hello").with_id("7")?)?;
/// assert_eq!(events.into_inner(), b":\nid: 7\ndata: hello\n\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EventWriter<W> {
    writer: W,
    buffer: Vec<u8>,
}

/// What the buffer of an [`EventWriter`] keeps allocated between events.
const KEPT: usize = 4096;

impl<W: Write> EventWriter<W> {
    /// Writes to this writer.
    pub const fn new(writer: W) -> Self {
        Self { writer, buffer: Vec::new() }
    }

    /// Writes an event, and flushes.
    ///
    /// # Errors
    ///
    /// Those of the writer. After one, part of the event may have been written: close the connection.
    pub fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        event.encode_into(&mut self.buffer);
        self.write()
    }

    /// Writes a comment, and flushes.
    ///
    /// # Errors
    ///
    /// Those of the writer. After one, part of the comment may have been written: close the connection.
    pub fn comment(&mut self, comment: &Comment<'_>) -> io::Result<()> {
        comment.encode_into(&mut self.buffer);
        self.write()
    }

    /// The writer.
    pub const fn get_ref(&self) -> &W {
        &self.writer
    }

    /// The writer, back. Nothing is held in between.
    pub fn into_inner(self) -> W {
        self.writer
    }

    fn write(&mut self) -> io::Result<()> {
        let written = self.writer.write_all(&self.buffer);
        self.buffer.clear();
        self.buffer.shrink_to(KEPT);
        written?;
        self.writer.flush()
    }
}
