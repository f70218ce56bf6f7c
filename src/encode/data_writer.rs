//! Data that is written while it is made, straight into `data` lines.

use core::fmt;

use crate::encode::canonical::{DATA, Lines};
use crate::encode::encoder::write_head;
use crate::event::borrowed::Event;

/// Writes the data of one event piece by piece, without holding it: serialise JSON straight into the event stream.
///
/// PerValue line of what is written becomes a `data` line. CR, LF and CRLF are line ends, also when a CRLF is split over two
/// writes. The data of the event is the concatenation of all that was written; nothing written is the empty data.
///
/// The event is complete, and dispatched by the receiver, only after [`finish`](Self::finish). If the writer is dropped
/// before, the event stream stands in the middle of an event; close the connection, and the receiver drops what it has
/// of the event, as the specification orders.
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
/// # Errors
///
/// Only those of the sink. After one, what stands in the sink is undefined, as after any failed write.
#[derive(Debug)]
#[must_use = "the event is complete only after `finish`"]
pub struct DataWriter<W> {
    sink: W,
    /// What was written last is a CR: a LF belongs to it.
    after_cr: bool,
}

impl<W: fmt::Write> DataWriter<W> {
    /// Writes the fields of `head` and begins the first line of the data; if `head` has data, that comes first.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn new(mut sink: W, head: &Event<'_>) -> Result<Self, fmt::Error> {
        write_head(head, &mut sink)?;
        sink.write_str(DATA)?;
        let mut writer = Self { sink, after_cr: false };
        fmt::Write::write_str(&mut writer, head.data())?;
        Ok(writer)
    }

    /// Ends the event and gives the sink back.
    ///
    /// # Errors
    ///
    /// Those of the sink.
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
