//! Collects comments and ignored lines, for callers that want them: `next_item`.

use core::mem;

use crate::decode::block::{Block, Line, Phase};
use crate::decode::storage::{Buffer, Storage};
use crate::error::TooLarge;
use crate::field::Field;
use crate::text::utf8;

/// A complete comment or ignored line.
#[derive(Clone, Copy)]
pub(crate) enum CollectedLine<'i> {
    /// A comment that lies entirely in the chunk.
    Comment(&'i str),
    /// An ignored line that lies entirely in the chunk.
    Ignored(&'i [u8]),
    /// The line is in [`Pending::line`](crate::decode::pending::Pending::line).
    Buffered,
}

impl<S: Storage> Block<S> {
    /// Collects a comment or an ignored line, whole or a fragment of it. Returns the line once it is complete. After an error
    /// the rest of the line is dropped; the block is not affected.
    pub(crate) fn collect_line<'i>(
        &mut self,
        field: Field,
        bytes: &'i [u8],
        ends_line: bool,
    ) -> Result<Option<CollectedLine<'i>>, TooLarge> {
        if self.phase == Phase::LineCollected {
            self.leave_line();
        }
        let collected = self.collect(field, bytes, ends_line);
        if !ends_line || matches!(collected, Ok(Some(CollectedLine::Buffered))) {
            (self.next_phase, self.phase) = (self.phase, Phase::LineCollected);
        }
        collected
    }

    fn collect<'i>(
        &mut self,
        field: Field,
        bytes: &'i [u8],
        ends_line: bool,
    ) -> Result<Option<CollectedLine<'i>>, TooLarge> {
        let (begins_line, is_dropped) = (self.line == Line::Start, self.line == Line::Dropped);
        self.line = match (ends_line, is_dropped) {
            (true, _) => Line::Start,
            (false, true) => Line::Dropped,
            (false, false) => Line::Buffered,
        };
        if is_dropped {
            return Ok(None);
        }
        if let Err(error) = self.pending.room(field, self.pending.line.len(), bytes.len()) {
            self.drop_collected(ends_line);
            return Err(error);
        }
        if begins_line && ends_line {
            if field == Field::Other {
                return Ok(Some(CollectedLine::Ignored(bytes)));
            }
            if let Some(comment) = utf8::from_utf8(bytes) {
                return Ok(Some(CollectedLine::Comment(comment)));
            }
        }
        self.pending.append_line(bytes);
        if !ends_line {
            return Ok(None);
        }
        if field == Field::Comment {
            if let Err(error) = self.pending.validate_line() {
                self.drop_collected(ends_line);
                return Err(error);
            }
        }
        Ok(Some(CollectedLine::Buffered))
    }

    /// Whether the stream is in a line that is being collected.
    pub(crate) fn is_collecting(&self) -> bool {
        self.phase == Phase::LineCollected && self.line == Line::Buffered
    }

    /// Ends the line that is being collected, as the stream has ended. Returns `false` if it is a comment that exceeds a limit
    /// once it is repaired.
    pub(crate) fn end_collected(&mut self, field: Field) -> bool {
        self.line = Line::Start;
        field == Field::Other || self.pending.validate_line().is_ok()
    }

    /// Continues with the phase that follows [`Phase::LineCollected`].
    pub(super) fn leave_line(&mut self) {
        self.phase = mem::replace(&mut self.next_phase, Phase::Empty);
    }

    /// Drops what was collected of the line.
    pub(super) fn drop_collected(&mut self, ends_line: bool) {
        self.pending.clear_line();
        self.line = if ends_line { Line::Start } else { Line::Dropped };
    }
}
