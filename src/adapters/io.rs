//! Blocking I/O: [`EventReader`] decodes events from any [`BufRead`], [`EventClient`] reconnects, [`EventWriter`] encodes events
//! into any [`Write`].

use alloc::vec::Vec;
use core::borrow::BorrowMut;
use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::time::Duration;
use std::io::{self, BufRead, Write};

pub use super::io_client::{ClientError, ClientHandle, ConnectRequest, EventClient, Update};
pub use super::io_data_writer::IoDataWriter;
use crate::{Comment, DecodeError, Decoder, EndOfStream, Error, Event, EventBuf, Ignored, ItemBuf, Limits};

/// An iterator over the events of a reader.
///
/// `D` is the decoder: an owned [`Decoder`], or a `&mut Decoder` that outlives the reader. `T` is what is returned: an
/// [`EventBuf`], or an [`ItemBuf`] after [`items`](Self::items).
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
///
/// # Input
///
/// Any [`BufRead`]: what it has buffered is one chunk, and is consumed as it is decoded.
///
/// # Output
///
/// Each event is returned as soon as the reader has returned its final byte. [`items`](Self::items) returns blocks without
/// data, comments and ignored lines, too, in order.
///
/// # End of stream
///
/// At the end of the input, and after an error of the reader that is not temporary, the iterator returns `None` from then on
/// and does not read again. [`end_of_stream`](Self::end_of_stream) then returns the decoder for the next connection, and what
/// the stream left.
///
/// # Limits
///
/// Those of the decoder: see [`Limits`] and [`with_limits`](EventReader::with_limits). The buffer of the reader is not counted.
///
/// # After an error
///
/// - [`Error::Decode`]: an event exceeded a limit and is skipped. The next event follows, so this is not the end of the stream.
/// - [`Error::Source`] of the kind [`WouldBlock`](io::ErrorKind::WouldBlock) or [`TimedOut`](io::ErrorKind::TimedOut): nothing
///   is lost. The next call reads on.
/// - [`Error::Source`] of another kind: returned once, then the iterator ends.
///   [`Interrupted`](io::ErrorKind::Interrupted) is retried and never returned.
///
/// A loop that collects into a `Result`, or uses `?`, stops at the first event that is too large. This one does not:
///
/// ```
/// use sse_proto::adapters::io::EventReader;
/// use sse_proto::{Error, Limits};
///
/// let stream = &b"data: one\n\ndata: much too long\n\ndata: two\n\n"[..];
/// let mut events = EventReader::with_limits(stream, Limits::default().with_max_event_bytes(5));
/// let (mut data, mut skipped) = (Vec::new(), 0);
/// for event in events.by_ref() {
///     match event {
///         Ok(event) => data.push(event.into_data()),
///         Err(Error::Decode(_)) => skipped += 1,
///         // With a timeout on the reader: `continue` or give up here.
///         Err(Error::Source(error)) => eprintln!("the connection failed: {error}"),
///     }
/// }
/// assert_eq!((data, skipped), (vec!["one".into(), "two".into()], 1));
/// ```
///
/// [`until_error`](Self::until_error) makes the first error of any kind the end.
///
/// # Complexity
///
/// That of [`Decoder`]. Each item is copied once, into its own allocation.
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct EventReader<R, D = Decoder, T = EventBuf> {
    reader: R,
    decoder: D,
    until_error: bool,
    ended: bool,
    output: PhantomData<fn() -> T>,
}

/// An iterator over everything that the stream of a reader carries: returned by [`EventReader::items`].
pub type Items<R, D = Decoder> = EventReader<R, D, ItemBuf>;

impl<R: BufRead> EventReader<R> {
    /// Returns the events of this reader, with a new decoder.
    pub const fn new(reader: R) -> Self {
        Self::with_decoder(reader, Decoder::new())
    }

    /// Returns the events of this reader, with a new decoder that has these limits.
    pub const fn with_limits(reader: R, limits: Limits) -> Self {
        Self::with_decoder(reader, Decoder::with_limits(limits))
    }
}

impl<R: BufRead, D: BorrowMut<Decoder>> EventReader<R, D> {
    /// Returns the events of this reader, with this decoder, which may be a `&mut Decoder`.
    ///
    /// The decoder continues where it is. After an earlier connection, call [`Decoder::end_of_stream`] first, so that an
    /// incomplete event of that connection is dropped.
    ///
    /// ```
    /// use sse_proto::Decoder;
    /// use sse_proto::adapters::io::EventReader;
    ///
    /// let mut decoder = Decoder::new();
    /// for connection in ["id: 1\ndata: a\n\ndata: cu", "data: b\n\n"] {
    ///     for event in EventReader::with_decoder(connection.as_bytes(), &mut decoder) {
    ///         assert_eq!(event?.last_event_id(), "1");
    ///     }
    ///     decoder.end_of_stream();
    /// }
    /// assert_eq!(decoder.last_event_id(), "1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn with_decoder(reader: R, decoder: D) -> Self {
        Self { reader, decoder, until_error: false, ended: false, output: PhantomData }
    }

    /// Returns everything in order: events, blocks without data, comments and ignored lines, as [`Decoder::next_item`].
    ///
    /// Call it before the first event is read: of a line that was read in part, only the rest is returned.
    ///
    /// ```
    /// use sse_proto::adapters::io::EventReader;
    /// use sse_proto::{Event, ItemBuf};
    ///
    /// let items = EventReader::new(&b": hi\n\ndata: one\n\n"[..]).items().collect::<Result<Vec<_>, _>>()?;
    /// assert_eq!(items, [ItemBuf::Comment("hi".into()), ItemBuf::Event(Event::new("one").to_event_buf())]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn items(self) -> Items<R, D> {
        let Self { reader, decoder, until_error, ended, output: _ } = self;
        EventReader { reader, decoder, until_error, ended, output: PhantomData }
    }
}

impl<R, D: BorrowMut<Decoder>, T> EventReader<R, D, T> {
    /// Makes the first error the end: it is returned, then `None` from then on.
    ///
    /// This includes events that exceed a limit and timeouts of the reader, after which the stream would continue.
    ///
    /// ```
    /// use sse_proto::adapters::io::EventReader;
    /// use sse_proto::Limits;
    ///
    /// let stream = &b"data: one\n\ndata: much too long\n\ndata: two\n\n"[..];
    /// let events = EventReader::with_limits(stream, Limits::default().with_max_event_bytes(5)).until_error();
    /// assert_eq!(events.map(|event| event.is_ok()).collect::<Vec<_>>(), [true, false]);
    /// ```
    pub fn until_error(mut self) -> Self {
        self.until_error = true;
        self
    }

    /// Returns the decoder, which has the last event ID, the reconnection time and the counters.
    pub fn decoder(&self) -> &Decoder {
        self.decoder.borrow()
    }

    /// Returns the decoder, to set the last event ID, to free memory while the stream is idle, or to dispatch an incomplete
    /// event at the end.
    pub fn decoder_mut(&mut self) -> &mut Decoder {
        self.decoder.borrow_mut()
    }

    /// Returns the last event ID, as [`Decoder::last_event_id`].
    #[must_use]
    pub fn last_event_id(&self) -> &str {
        self.decoder().last_event_id()
    }

    /// Returns the reconnection time, as [`Decoder::reconnection_time`].
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.decoder().reconnection_time()
    }

    /// Returns the lines of this stream that were ignored so far, as [`Decoder::ignored`].
    #[must_use]
    pub fn ignored(&self) -> &Ignored {
        self.decoder().ignored()
    }

    /// Returns how many ill-formed sequences of UTF-8 were replaced so far, as [`Decoder::utf8_replacements`].
    #[must_use]
    pub fn utf8_replacements(&self) -> u64 {
        self.decoder().utf8_replacements()
    }

    /// Returns the reader. The bytes that it buffers are not decoded yet.
    pub const fn get_ref(&self) -> &R {
        &self.reader
    }

    /// Returns the reader, for example to set its timeout. Bytes that are read from it are not decoded.
    pub const fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// Returns the reader and the decoder as they are. No byte is lost: what was taken from the reader is in the decoder.
    pub fn into_inner(self) -> (R, D) {
        (self.reader, self.decoder)
    }

    /// Ends the stream here, whether the reader has ended, has failed or could continue. Returns the decoder, ready for the next
    /// connection, and what the stream left ([`Decoder::end_of_stream`]).
    #[must_use = "the decoder has the last event ID for the next connection"]
    pub fn end_of_stream(mut self) -> (D, EndOfStream) {
        let end = self.decoder_mut().end_of_stream();
        (self.decoder, end)
    }
}

impl<R: BufRead, D: BorrowMut<Decoder>, T> EventReader<R, D, T> {
    /// Reads until `decode` returns an item. At the end of the stream `last` may return one more.
    fn next_with(
        &mut self,
        mut decode: impl FnMut(&mut Decoder, &mut &[u8]) -> Result<Option<T>, DecodeError>,
        last: impl FnOnce(&mut Decoder) -> Option<T>,
    ) -> Option<Result<T, Error<io::Error>>> {
        if self.ended {
            return None;
        }
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let is_temporary = matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                    self.ended = self.until_error || !is_temporary;
                    return Some(Err(Error::Source(error)));
                }
            };
            if chunk.is_empty() {
                self.ended = true;
                return last(self.decoder.borrow_mut()).map(Ok);
            }
            let mut input = chunk;
            let item = decode(self.decoder.borrow_mut(), &mut input).transpose();
            let consumed = chunk.len() - input.len();
            self.reader.consume(consumed);
            if let Some(item) = item {
                self.ended = self.until_error && item.is_err();
                return Some(item.map_err(Error::Decode));
            }
        }
    }
}

impl<R: BufRead, D: BorrowMut<Decoder>> Iterator for EventReader<R, D> {
    type Item = Result<EventBuf, Error<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with(|decoder, input| Ok(decoder.next_event(input)?.map(EventBuf::from)), |_| None)
    }
}

impl<R: BufRead, D: BorrowMut<Decoder>> Iterator for Items<R, D> {
    type Item = Result<ItemBuf, Error<io::Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with(
            |decoder, input| Ok(decoder.next_item(input)?.map(ItemBuf::from)),
            |decoder| decoder.unfinished_item().map(ItemBuf::from),
        )
    }
}

impl<R, D, T> FusedIterator for EventReader<R, D, T> where Self: Iterator {}

/// Shows the decoder and whether the iterator has ended, but nothing that the peer sent.
impl<R, D: BorrowMut<Decoder>, T> fmt::Debug for EventReader<R, D, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventReader")
            .field("decoder", self.decoder())
            .field("until_error", &self.until_error)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Encodes events and comments into a writer.
///
/// ```
/// use sse_proto::adapters::io::EventWriter;
/// use sse_proto::{Comment, Event};
///
/// let mut events = EventWriter::new(Vec::new());
/// events.write_comment(&Comment::KEEP_ALIVE)?;
/// events.write_event(&Event::new("hello").with_id("7")?)?;
/// assert_eq!(events.into_inner(), b":\nid: 7\ndata: hello\n\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Input
///
/// Events ([`write_event`](Self::write_event)) and comments ([`write_comment`](Self::write_comment)), which were checked when
/// they were constructed.
///
/// # Output
///
/// Each is written by one call of [`Write::write_all`] and flushed, so that the peer receives it at once.
///
/// # End of stream
///
/// Drop the writer, or take it back with [`into_inner`](Self::into_inner). Nothing is buffered between events.
///
/// # Limits
///
/// None. An event is encoded as a whole before it is written: write large data with [`IoDataWriter`].
///
/// # After an error
///
/// Part of the event or comment may have been written. Close the connection.
///
/// # Complexity
///
/// Linear in the bytes. Each event is encoded into a buffer first; at most 4 KiB of it stay allocated between events.
pub struct EventWriter<W> {
    writer: W,
    buffer: Vec<u8>,
}

/// What the buffer of an [`EventWriter`] keeps allocated between events.
const KEPT: usize = 4096;

impl<W: Write> EventWriter<W> {
    /// Returns a writer of events into this writer.
    pub const fn new(writer: W) -> Self {
        Self { writer, buffer: Vec::new() }
    }

    /// Writes an [`Event`], or an owned one by reference, and flushes.
    ///
    /// # Errors
    ///
    /// Those of the writer. After one, part of the event may have been written: close the connection.
    pub fn write_event<'a>(&mut self, event: impl Into<Event<'a>>) -> io::Result<()> {
        event.into().encode_into(&mut self.buffer);
        self.flush()
    }

    /// Writes a comment, and flushes.
    ///
    /// # Errors
    ///
    /// Those of the writer. After one, part of the comment may have been written: close the connection.
    pub fn write_comment(&mut self, comment: &Comment<'_>) -> io::Result<()> {
        comment.encode_into(&mut self.buffer);
        self.flush()
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.writer.write_all(&self.buffer);
        self.buffer.clear();
        self.buffer.shrink_to(KEPT);
        written?;
        self.writer.flush()
    }
}

impl<W> EventWriter<W> {
    /// Returns the writer.
    pub const fn get_ref(&self) -> &W {
        &self.writer
    }

    /// Returns the writer, to write to it between events.
    pub const fn get_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    /// Returns the writer. Nothing is buffered.
    pub fn into_inner(self) -> W {
        self.writer
    }
}

/// Shows nothing of what was written.
impl<W> fmt::Debug for EventWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventWriter").finish_non_exhaustive()
    }
}
