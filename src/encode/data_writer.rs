//! Writes data into `data` lines while it is produced.

use core::fmt;

use crate::encode::canonical::{DATA, Lines};
use crate::encode::encoder::write_head;
use crate::event::borrowed::Event;

/// Writes the data of one event in pieces, without buffering it, for example to serialise a value directly into the stream.
///
/// ```
/// use core::fmt::Write;
/// use sse_proto::{DataWriter, Event};
///
/// let head = Event::without_data().with_type("point")?.with_id("3")?;
/// let mut data = DataWriter::new(String::new(), &head)?;
/// write!(data, "{{\"x\": {},\r", 1)?;
/// write!(data, "\n\"y\": {}}}", 2)?;
/// assert_eq!(data.finish()?, "event: point\nid: 3\ndata: {\"x\": 1,\ndata: \"y\": 2}\n\n");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// # Input
///
/// Text, written in pieces of any size. CR, LF and CRLF are line ends, also when a CRLF is split over two writes.
///
/// # Output
///
/// Each line of the text becomes a `data` line. The data of the event is the concatenation of all writes; without any it is empty.
///
/// # End of stream
///
/// The event is complete, and dispatched by the receiver, only after [`finish`](Self::finish). If the writer is dropped before
/// that, the stream ends in the middle of an event. Close the connection then: the receiver drops the incomplete event, as
/// [HTML, 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation) requires.
///
/// # Limits
///
/// None. Nothing is buffered.
///
/// # After an error
///
/// All methods return the errors of the sink, and no others. How much was written is then unspecified: close the connection.
///
/// # Complexity
///
/// Linear in the length of the text. It does not allocate; each line is a few writes to the sink.
///
#[cfg_attr(
    feature = "std",
    doc = "[`IoDataWriter`](crate::adapters::io::IoDataWriter) does the same for any [`std::io::Write`]."
)]
#[must_use = "the event is complete only after `finish`"]
pub struct DataWriter<W> {
    sink: W,
    /// The last byte written was a CR, so a following LF belongs to the same line end.
    after_cr: bool,
}

impl<W: fmt::Write> DataWriter<W> {
    /// Writes the fields of `head`, an [`Event`] or an owned one by reference, and begins the first `data` line. If `head` has
    /// data, the data of the event begins with it.
    ///
    /// # Errors
    ///
    /// Returns the error of the sink.
    pub fn new<'a>(mut sink: W, head: impl Into<Event<'a>>) -> Result<Self, fmt::Error> {
        let head = head.into();
        write_head(&head, &mut sink)?;
        sink.write_str(DATA)?;
        let mut writer = Self { sink, after_cr: false };
        fmt::Write::write_str(&mut writer, head.data())?;
        Ok(writer)
    }

    /// The sink.
    pub const fn get_ref(&self) -> &W {
        &self.sink
    }

    /// The sink. What is written to it directly goes into the current `data` line; a line end would break the event.
    pub const fn get_mut(&mut self) -> &mut W {
        &mut self.sink
    }

    /// Ends the event and returns the sink.
    ///
    /// # Errors
    ///
    /// Returns the error of the sink.
    pub fn finish(mut self) -> Result<W, fmt::Error> {
        self.sink.write_str("\n\n")?;
        Ok(self.sink)
    }
}

impl<W: fmt::Write> fmt::Write for DataWriter<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_empty() {
            return Ok(());
        }
        let rest = if self.after_cr { text.strip_prefix('\n').unwrap_or(text) } else { text };
        self.after_cr = text.ends_with('\r');
        let mut lines = Lines { rest: Some(rest) };
        self.sink.write_str(lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| {
            self.sink.write_str("\n")?;
            self.sink.write_str(DATA)?;
            self.sink.write_str(line)
        })
    }
}

/// Shows nothing of the sink, which may hold confidential data.
impl<W> fmt::Debug for DataWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataWriter").finish_non_exhaustive()
    }
}
