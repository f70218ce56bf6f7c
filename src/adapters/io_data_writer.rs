//! Data written into an event over blocking I/O, while it is produced.

use core::fmt;
use core::str;
use std::io::{self, Write};

use crate::{DataWriter, Event};

/// Writes the data of one event as [`Write`], without buffering it, for example to serialise a value directly into the stream.
///
/// It is a [`DataWriter`] for bytes.
///
/// ```
/// use sse_proto::Event;
/// use sse_proto::adapters::io::IoDataWriter;
///
/// let head = Event::without_data().with_type("point")?.with_id("3")?;
/// let mut data = IoDataWriter::new(Vec::new(), &head)?;
/// serde_json::to_writer(&mut data, &serde_json::json!({ "x": 1, "name": "\u{E9}" }))?;
/// let stream = data.finish()?;
/// assert_eq!(stream, "event: point\nid: 3\ndata: {\"name\":\"\u{E9}\",\"x\":1}\n\n".as_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Input
///
/// An event stream is UTF-8. A write may end within a character, which the next write continues. A write consumes all bytes
/// before the first one that no valid UTF-8 could have at its place. If that is the first byte of the write, nothing is
/// consumed, and the write fails with [`ErrorKind::InvalidData`](io::ErrorKind::InvalidData). The writer is as before then,
/// and can still be used. So `write_all` of `b"ab\xFFcd"` fails, and the data ends with `ab`.
///
/// # Output
///
/// Each line of the text becomes a `data` line.
///
/// # End of stream
///
/// The event is complete only after [`finish`](Self::finish). If the writer is dropped before that, close the connection: the
/// receiver drops the incomplete event.
///
/// # Limits
///
/// None. At most three bytes are buffered, of a character that is not complete.
///
/// # After an error
///
/// The errors of the underlying writer are returned unchanged. After one, part of what was given may have been written, so the
/// event cannot be completed: all later calls fail with [`ErrorKind::Other`](io::ErrorKind::Other). Close the connection then.
///
/// # Complexity
///
/// Linear in the length of the text. Each write makes several small writes to the underlying writer. Put a
/// [`BufWriter`](io::BufWriter) between them if these are expensive.
#[must_use = "the event is complete only after `finish`"]
pub struct IoDataWriter<W> {
    data: DataWriter<Sink<W>>,
    unfinished: UnfinishedCharacter,
}

impl<W: Write> IoDataWriter<W> {
    /// Writes the fields of `head`, an [`Event`] or an owned one by reference, and begins the first `data` line. If `head` has
    /// data, the data of the event begins with it.
    ///
    /// # Errors
    ///
    /// Returns the error of the writer, which is dropped. Pass `&mut writer` to keep it.
    pub fn new<'a>(writer: W, head: impl Into<Event<'a>>) -> io::Result<Self> {
        let sink = Sink { writer, error: None };
        let data = DataWriter::new(sink, head).map_err(io::Error::other)?;
        let mut writer = Self { data, unfinished: UnfinishedCharacter::default() };
        writer.data.get_mut().check()?;
        Ok(writer)
    }

    /// Ends the event and returns the underlying writer, which is not flushed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidData`](io::ErrorKind::InvalidData) if the last character is unfinished; the event is not ended
    /// then. Otherwise the error of the writer. In both cases the writer is dropped. Pass `&mut writer` to [`new`](Self::new)
    /// to keep it.
    pub fn finish(mut self) -> io::Result<W> {
        self.data.get_mut().check()?;
        if !self.unfinished.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the data ends within a character"));
        }
        let mut sink = self.data.finish().map_err(io::Error::other)?;
        sink.check()?;
        Ok(sink.writer)
    }

    /// The underlying writer.
    pub const fn get_ref(&self) -> &W {
        &self.data.get_ref().writer
    }

    /// The underlying writer, for example to take what was written so far. What is written to it directly goes into the current
    /// `data` line; a line end would break the event.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// use sse_proto::Event;
    /// use sse_proto::adapters::io::IoDataWriter;
    ///
    /// let mut data = IoDataWriter::new(Vec::new(), Event::without_data().with_id("3")?)?;
    /// data.write_all(b"one\ntw")?;
    /// assert_eq!(std::mem::take(data.get_mut()), b"id: 3\ndata: one\ndata: tw");
    /// data.write_all(b"o")?;
    /// assert_eq!(data.finish()?, b"o\n\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn get_mut(&mut self) -> &mut W {
        &mut self.data.get_mut().writer
    }

    fn put(&mut self, text: &str) -> io::Result<()> {
        fmt::Write::write_str(&mut self.data, text).map_err(io::Error::other)?;
        self.data.get_mut().check()
    }
}

/// Whole characters are written at once; at most three bytes of an unfinished one are kept.
impl<W: Write> Write for IoDataWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.data.get_mut().check()?;
        let mut rest = bytes;
        loop {
            if self.unfinished.is_empty() {
                let (text, after) = split_text(rest);
                self.put(text)?;
                rest = after;
            }
            let Some((&byte, after)) = rest.split_first() else { return Ok(bytes.len()) };
            match self.unfinished.push(byte) {
                Pushed::Unfinished => {}
                Pushed::Finished(character) => self.put(character.encode_utf8(&mut [0; 4]))?,
                Pushed::Invalid if rest.len() < bytes.len() => return Ok(bytes.len() - rest.len()),
                Pushed::Invalid => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "the data is not valid UTF-8"));
                }
            }
            rest = after;
        }
    }

    /// Flushes the underlying writer.
    fn flush(&mut self) -> io::Result<()> {
        let sink = self.data.get_mut();
        sink.check()?;
        sink.writer.flush()
    }
}

/// Shows nothing of the data and of the writer, which may be confidential.
impl<W> fmt::Debug for IoDataWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IoDataWriter").finish_non_exhaustive()
    }
}

/// The longest start of the bytes that is text, and the rest.
fn split_text(bytes: &[u8]) -> (&str, &[u8]) {
    match str::from_utf8(bytes) {
        Ok(text) => (text, &[]),
        Err(error) => {
            let (text, rest) = bytes.split_at_checked(error.valid_up_to()).unwrap_or_default();
            (str::from_utf8(text).unwrap_or_default(), rest)
        }
    }
}

/// The first bytes of a character.
#[derive(Default)]
struct UnfinishedCharacter {
    bytes: [u8; 4],
    len: usize,
}

/// What a byte made of the character.
enum Pushed {
    Unfinished,
    Finished(char),
    /// The character is as before.
    Invalid,
}

impl UnfinishedCharacter {
    const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn push(&mut self, byte: u8) -> Pushed {
        let mut bytes = self.bytes;
        let Some(place) = bytes.get_mut(self.len) else { return Pushed::Invalid };
        *place = byte;
        match str::from_utf8(bytes.get(..=self.len).unwrap_or_default()) {
            Ok(text) => {
                self.len = 0;
                text.chars().next().map_or(Pushed::Invalid, Pushed::Finished)
            }
            Err(error) if error.error_len().is_none() => {
                self.bytes = bytes;
                self.len += 1;
                Pushed::Unfinished
            }
            Err(_) => Pushed::Invalid,
        }
    }
}

/// Text for a writer, whose first error it keeps. It returns no error, because [`DataWriter`] would drop it with the error.
struct Sink<W> {
    writer: W,
    error: Option<io::Error>,
}

impl<W> Sink<W> {
    /// Returns the error of the writer the first time, and another one from then on.
    fn check(&mut self) -> io::Result<()> {
        match self.error.take() {
            None => Ok(()),
            Some(error) => {
                self.error = Some(io::Error::other("an earlier write failed, so the event cannot be completed"));
                Err(error)
            }
        }
    }
}

impl<W: Write> fmt::Write for Sink<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.error.is_none() {
            self.error = self.writer.write_all(text.as_bytes()).err();
        }
        Ok(())
    }
}
