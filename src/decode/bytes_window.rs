//! Events of a chunk as shared text ([`ByteString`]): one at a time, or many as slices of a validated window.
//!
//! Only the standard library can turn `Bytes` into a `ByteString` without a copy. It is fast for text that is nearly ASCII. With
//! the feature `simdutf8`, other text is faster to validate by that crate and to copy; the window is a copy then.

use core::mem;
use core::ops::Range;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::event::event_bytes;
use crate::text::utf8::{self, whole_characters};
use crate::text::utf8_window::{MAX_EVENT_LEN, MIN_WINDOW_LEN, WINDOW_LEN};

/// A validated window of a chunk, which moves forward as events are decoded. It keeps the memory of the chunk alive, unless it
/// is a copy.
pub(crate) struct BytesWindow {
    text: ByteString,
    /// The number of bytes from the start of the window to the end of the chunk.
    left: usize,
    /// Whether windows are used. If not, each event is validated separately.
    uses_windows: bool,
    /// No window is tried while more than this many bytes of the chunk are left, because the last one tried was not valid or did
    /// not contain the event.
    max_left: usize,
}

impl BytesWindow {
    /// For a caller that decodes all events of a chunk.
    pub(crate) const fn new() -> Self {
        Self { text: ByteString::new(), left: 0, uses_windows: true, max_left: usize::MAX }
    }

    /// For a caller that may decode one event only: no windows.
    pub(crate) const fn none() -> Self {
        Self { text: ByteString::new(), left: 0, uses_windows: false, max_left: usize::MAX }
    }

    /// Decides where the text of an event comes from. Moves the window to begin with the event, if it is outside the current one
    /// and that is worth it.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn source(&mut self, chunk: &Bytes, event: Range<usize>) -> Source {
        if let Some(at) = self.position(chunk, &event) {
            return Source::Window(at);
        }
        let Some(bytes) = chunk.get(event.clone()) else { return Source::Separate };
        if event.end == chunk.len() && bytes.len() < MAX_ASCII_CHECK_LEN {
            return if utf8::is_ascii(bytes) { Source::Chunk } else { Source::Separate };
        }
        self.next_window(chunk, event)
    }

    /// The position of the event in the window, or `None` if it does not lie in it.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    fn position(&self, chunk: &Bytes, event: &Range<usize>) -> Option<usize> {
        let end = (self.left + event.end).checked_sub(chunk.len())?;
        if end <= self.text.len() { end.checked_sub(event.len()) } else { None }
    }

    /// Consumes the event, and all before it in the chunk. Returns the text that contains it: the window or the end of the chunk.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn take(&mut self, source: Source, chunk: &mut Bytes, event: Range<usize>) -> ByteString {
        if event.end < chunk.len() {
            chunk.advance(event.end);
            return self.text.clone();
        }
        // The end of the chunk: its memory is moved to the event, which saves a change of the reference count.
        self.max_left = usize::MAX;
        let mut last = mem::take(chunk);
        if matches!(source, Source::Window(_)) {
            return mem::take(&mut self.text);
        }
        self.end_of_chunk();
        last.advance(event.start);
        last.try_into().unwrap_or_default()
    }

    /// Advances the chunk. At its end, releases its memory.
    #[inline]
    pub(crate) fn consume(&mut self, chunk: &mut Bytes, consumed: usize) {
        chunk.advance(consumed);
        if chunk.is_empty() {
            *chunk = Bytes::new();
            self.end_of_chunk();
        }
    }

    /// Releases the window, so that the next chunk can begin.
    #[inline]
    fn end_of_chunk(&mut self) {
        self.max_left = usize::MAX;
        if !self.text.is_empty() {
            self.text = ByteString::new();
        }
    }

    /// Called when the event is outside the window. Moves the window to begin with the event, if that is worth it.
    #[inline(never)]
    fn next_window(&mut self, chunk: &Bytes, event: Range<usize>) -> Source {
        let rest = chunk.len() - event.start;
        if !self.fits_window(chunk, &event) || rest > self.max_left {
            return Source::Separate;
        }
        let end = event.start.saturating_add(WINDOW_LEN).min(chunk.len());
        let window = whole_characters(chunk.get(event.start..end).unwrap_or_default());
        let text = if utf8::is_fast_in_std(window) {
            chunk.slice_ref(window).try_into().ok()
        } else {
            utf8::from_utf8(window).map(event_bytes::copied)
        };
        // Always set together: `left` is the position of `text`.
        (self.text, self.left) = (text.unwrap_or_default(), rest);
        if let Some(at) = self.position(chunk, &event) {
            return Source::Window(at);
        }
        self.max_left = rest - window.len();
        Source::Separate
    }

    /// Whether the event is short enough for a window, and the rest of the chunk is long enough.
    #[inline]
    fn fits_window(&self, chunk: &Bytes, event: &Range<usize>) -> bool {
        self.uses_windows && event.len() <= MAX_EVENT_LEN && chunk.len() - event.start >= MIN_WINDOW_LEN
    }

    /// Returns the event as a slice of the chunk, if it [does not belong to a window](Self::fits_window) and is valid UTF-8. Its
    /// first [`MAX_ASCII_CHECK_LEN`] bytes must be ASCII.
    pub(crate) fn share_separately(&self, chunk: &Bytes, event: Range<usize>) -> Option<ByteString> {
        if self.fits_window(chunk, &event) {
            return None;
        }
        let start = event.start..event.end.min(event.start.saturating_add(MAX_ASCII_CHECK_LEN));
        if chunk.get(start).is_some_and(utf8::is_ascii) { chunk.slice(event).try_into().ok() } else { None }
    }
}

impl Default for BytesWindow {
    fn default() -> Self {
        Self::new()
    }
}

/// Where the text of an event comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the window, starting at this position.
    Window(usize),
    /// From the chunk: the event is ASCII and the last one of its chunk, whose memory it can own.
    Chunk,
    /// Neither: the event is validated separately.
    Separate,
}

/// The most bytes of an event that are checked for ASCII before all of it is validated.
pub(crate) const MAX_ASCII_CHECK_LEN: usize = 4096;
