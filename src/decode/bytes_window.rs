//! Parts of a chunk as shared text: each by itself, or many out of a window that is known to be text.
//!
//! Only the standard library makes shared text of bytes. It is fast where all is ASCII, or nearly; other text takes longer
//! to validate so than it takes to be validated by simdutf8, where that is there, and copied: then a window is a copy.

use core::mem;
use core::ops::Range;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::event::event_bytes;
use crate::text::utf8::{self, whole_characters};
use crate::text::utf8_window::{MAX_EVENT_LEN, MIN_WINDOW_LEN, WINDOW_LEN};

/// A window of a chunk that is text. It keeps the chunk alive as long as it is held, if it is no copy.
#[derive(Debug)]
pub(crate) struct BytesWindow {
    text: ByteString,
    /// How many bytes of the chunk were left where it begins.
    left: usize,
    /// Whether there are windows; else each part is by itself.
    has_window: bool,
    /// Where no more than so many bytes of the chunk are left, what is ahead was not found to be better copied.
    max_left: usize,
}

impl BytesWindow {
    /// For chunks of which one event after the other is taken.
    pub(crate) const fn new() -> Self {
        Self { text: ByteString::new(), left: 0, has_window: true, max_left: usize::MAX }
    }

    /// For one event of a chunk: there are no windows.
    pub(crate) const fn none() -> Self {
        Self { text: ByteString::new(), left: 0, has_window: false, max_left: usize::MAX }
    }

    /// Where the text of an event comes from, the first of the chunk.
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

    /// Where in the window the event lies, if it does.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    fn position(&self, chunk: &Bytes, event: &Range<usize>) -> Option<usize> {
        let end = (self.left + event.end).checked_sub(chunk.len())?;
        if end <= self.text.len() { end.checked_sub(event.len()) } else { None }
    }

    /// That as shared text. The event is consumed.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn take(&mut self, source: Source, chunk: &mut Bytes, event: Range<usize>) -> ByteString {
        if event.end < chunk.len() {
            chunk.advance(event.end);
            return self.text.clone();
        }
        // What is used up is taken over, without counting.
        self.max_left = usize::MAX;
        let mut last = mem::take(chunk);
        if matches!(source, Source::Window(_)) {
            return mem::take(&mut self.text);
        }
        self.end_of_chunk();
        last.advance(event.start);
        last.try_into().unwrap_or_default()
    }

    /// Moves the chunk past what was consumed. What is used up lets go of its memory.
    #[inline]
    pub(crate) fn consume(&mut self, chunk: &mut Bytes, consumed: usize) {
        chunk.advance(consumed);
        if chunk.is_empty() {
            *chunk = Bytes::new();
            self.end_of_chunk();
        }
    }

    /// Ready for the next chunk.
    #[inline]
    fn end_of_chunk(&mut self) {
        self.max_left = usize::MAX;
        if !self.text.is_empty() {
            self.text = ByteString::new();
        }
    }

    /// It does not lie in the window: goes on to the one that begins with it.
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
        // Where a window begins is said of its text, so one is not set without the other.
        (self.text, self.left) = (text.unwrap_or_default(), rest);
        if let Some(at) = self.position(chunk, &event) {
            return Source::Window(at);
        }
        self.max_left = rest - window.len();
        Source::Separate
    }

    /// Whether the event belongs to a window: it is not too long for one, and what is left of the chunk is not too short.
    #[inline]
    fn fits_window(&self, chunk: &Bytes, event: &Range<usize>) -> bool {
        self.has_window && event.len() <= MAX_EVENT_LEN && chunk.len() - event.start >= MIN_WINDOW_LEN
    }

    /// An event of the chunk by itself, as shared text, if it does not belong to a window and is ASCII, as far as it is looked
    /// at twice.
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
    /// It is a part of the window, and begins here.
    Window(usize),
    /// It is ASCII, and the last of its chunk, which it can take over.
    Chunk,
    /// Neither.
    Separate,
}

/// From here on, to look at all of an event twice would cost too much.
pub(crate) const MAX_ASCII_CHECK_LEN: usize = 4096;
