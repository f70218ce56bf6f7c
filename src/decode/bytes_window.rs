//! Events of a chunk as shared text ([`ByteString`]): many as slices of a validated window, or one at a time.
//!
//! `Bytes` become a `ByteString` without a copy only if the standard library validates them. It is fast for text that is nearly
//! ASCII. With the feature `simdutf8`, other text is faster to validate by that crate and to copy; a window is a copy then, and a
//! single event is not shared.

use core::mem;
use core::ops::Range;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::event::event_bytes;
use crate::text::utf8::{self, whole_characters};
use crate::text::utf8_window::{MAX_VALUE_LEN, WINDOW_LEN};

/// A validated window of a chunk, which moves forward as events are decoded. It keeps the memory of the chunk alive, unless it
/// is a copy.
pub(crate) struct BytesWindow {
    text: ByteString,
    /// The number of bytes from the start of the window to the end of the chunk.
    left: usize,
    /// Whether windows of several events are used. If not, each event is validated separately.
    uses_windows: bool,
    /// No window of several events is tried while more than this many bytes of the chunk are left, because the last one tried was
    /// not valid.
    max_left: usize,
}

impl BytesWindow {
    /// For a caller that decodes all events of a chunk.
    pub(crate) const fn new() -> Self {
        Self { text: ByteString::new(), left: 0, uses_windows: true, max_left: usize::MAX }
    }

    /// For a caller that may decode one event only.
    pub(crate) const fn none() -> Self {
        Self { text: ByteString::new(), left: 0, uses_windows: false, max_left: usize::MAX }
    }

    /// The position of the event in the window, or `None` if it does not lie in it.
    #[inline]
    fn position(&self, chunk: &Bytes, event: &Range<usize>) -> Option<usize> {
        let end = (self.left + event.end).checked_sub(chunk.len())?;
        if end <= self.text.len() { end.checked_sub(event.len()) } else { None }
    }

    /// Decides where the text of an event comes from. Moves the window if need be.
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn source(&mut self, chunk: &Bytes, event: &Range<usize>) -> Source {
        if let Some(at) = self.position(chunk, event) {
            return Source::Window(at);
        }
        let bytes = chunk.get(event.clone()).unwrap_or_default();
        if event.end == chunk.len() && bytes.len() <= MAX_VALUE_LEN && utf8::is_ascii(bytes) {
            return Source::Chunk;
        }
        if self.move_to(chunk, event) { Source::Window(0) } else { Source::Copy }
    }

    /// Moves the window to begin with the event. Returns whether the event lies in it.
    #[inline(never)]
    fn move_to(&mut self, chunk: &Bytes, event: &Range<usize>) -> bool {
        let left = chunk.len() - event.start;
        let has_several =
            self.uses_windows && event.len() <= MAX_VALUE_LEN && event.end < chunk.len() && left <= self.max_left;
        let end = if has_several { chunk.len().min(event.start.saturating_add(WINDOW_LEN)) } else { event.end };
        let mut bytes = chunk.get(event.start..end).unwrap_or_default();
        if has_several {
            bytes = whole_characters(bytes);
        }
        let text = if utf8::is_fast_in_std(bytes) {
            chunk.slice_ref(bytes).try_into().ok()
        } else if has_several {
            utf8::from_utf8(bytes).map(event_bytes::copied)
        } else {
            None
        };
        // Always set together: `left` is the position of `text`.
        (self.text, self.left) = (text.unwrap_or_default(), left);
        let is_shared = self.position(chunk, event).is_some();
        if is_shared || !has_several {
            return is_shared;
        }
        // Some of these bytes are invalid. Do not validate them again for each event among them.
        self.max_left = left - bytes.len();
        self.move_to(chunk, event)
    }

    /// Consumes the event, and all before it in the chunk. Returns the text that contains it.
    // A call would move the event through memory.
    #[inline(always)]
    pub(crate) fn take(&mut self, source: Source, chunk: &mut Bytes, event: &Range<usize>) -> ByteString {
        if event.end < chunk.len() {
            chunk.advance(event.end);
            return self.text.clone();
        }
        // The end of the chunk: its memory, or the window, is moved to the event, which saves a change of the reference count.
        let mut last = mem::take(chunk);
        if source != Source::Chunk {
            let text = mem::take(&mut self.text);
            self.end_of_chunk();
            return text;
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
    /// It must be copied.
    Copy,
}
