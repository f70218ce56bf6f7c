//! Parts of a chunk as shared text: each by itself, or many out of a block that is known to be text.
//!
//! Only the standard library makes shared text of bytes. It is fast where all is ASCII, or nearly; other text takes longer
//! to validate so than it takes to be validated and copied, and is copied.

use core::mem;
use core::ops::Range;

use bytes::{Buf, Bytes};
use bytestring::ByteString;

use crate::texts::{BLOCK, LONG, part, whole_characters};
use crate::utf8;

/// A block of a chunk that is text. It keeps the chunk alive as long as it is held.
#[derive(Debug)]
pub(crate) struct SharedBlocks {
    text: ByteString,
    /// Whether there are blocks; else each part is by itself.
    by_blocks: bool,
    /// Where no more than so many bytes of the chunk are left, what is ahead was not found to be better copied.
    not_judged: usize,
}

impl SharedBlocks {
    /// For chunks of which one event after the other is taken.
    pub(crate) const fn new() -> Self {
        Self { text: ByteString::new(), by_blocks: true, not_judged: usize::MAX }
    }

    /// For one event of a chunk: there are no blocks.
    pub(crate) const fn none() -> Self {
        Self { text: ByteString::new(), by_blocks: false, not_judged: usize::MAX }
    }

    /// What to do with a part of the chunk, which belongs to this event, the first of the chunk.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn share(&mut self, chunk: &Bytes, event: Range<usize>, value: Range<usize>) -> Shared {
        let Some(bytes) = chunk.get(value.clone()) else { return Shared::Copy };
        if event.end == chunk.len() && bytes.len() < LONG_EVENT {
            return if utf8::is_ascii(bytes) { Shared::TakesOver } else { Shared::Copy };
        }
        match part(&self.text, bytes) {
            Some(text) => Shared::Text(self.text.slice_ref(text)),
            None => self.next_block(chunk, event, value),
        }
    }

    /// A part of the chunk that is ASCII, and belongs to its last event: takes the chunk over, without counting.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "to move an event costs as much as to find it")]
    pub(crate) fn take_over(&mut self, chunk: &mut Bytes, value: Range<usize>) -> ByteString {
        self.end_of_chunk();
        let mut chunk = mem::take(chunk);
        chunk.truncate(value.end);
        chunk.advance(value.start);
        chunk.try_into().unwrap_or_default()
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
        self.not_judged = usize::MAX;
        if !self.text.is_empty() {
            self.text = ByteString::new();
        }
    }

    /// It does not lie in the block: goes on to the one that begins with its event.
    #[inline(never)]
    fn next_block(&mut self, chunk: &Bytes, event: Range<usize>, value: Range<usize>) -> Shared {
        let rest = chunk.len() - event.start;
        if event.len() > LONG || !self.by_blocks {
            let start = value.start..value.end.min(value.start.saturating_add(LONG_EVENT));
            let text =
                if chunk.get(start).is_some_and(utf8::is_ascii) { chunk.slice(value).try_into().ok() } else { None };
            return text.map_or(Shared::Copy, Shared::Text);
        }
        if rest > self.not_judged {
            return Shared::Copy;
        }
        let end = event.start.saturating_add(BLOCK).min(chunk.len());
        let block = whole_characters(chunk.get(event.start..end).unwrap_or_default());
        if utf8::is_nearly_ascii(block) {
            self.text = chunk.slice_ref(block).try_into().unwrap_or_default();
        }
        if let Some(text) = chunk.get(value).and_then(|bytes| part(&self.text, bytes)) {
            return Shared::Text(self.text.slice_ref(text));
        }
        self.not_judged = rest - block.len();
        Shared::Copy
    }
}

impl Default for SharedBlocks {
    fn default() -> Self {
        Self::new()
    }
}

/// What becomes of a part of a chunk.
pub(crate) enum Shared {
    /// It is shared text.
    Text(ByteString),
    /// It is ASCII, and the last of its chunk, which it can [take over](SharedBlocks::take_over).
    TakesOver,
    /// It is better copied.
    Copy,
}

/// From here on, to look at all of an event twice would cost too much.
pub(crate) const LONG_EVENT: usize = 4096;
