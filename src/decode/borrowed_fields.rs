//! What a chunk has of the current block. A leaf.

/// The values that lie whole in the current chunk: looked at, not yet kept.
#[derive(Clone, Copy, Default)]
pub(crate) struct BorrowedFields<'i> {
    pub(crate) data: Option<&'i [u8]>,
    pub(crate) event_type: Option<&'i [u8]>,
    pub(crate) id: Option<&'i [u8]>,
    /// How many bytes more may be held, if these are.
    pub(crate) free: usize,
}

/// The same values as text, for a block that has data.
#[derive(Clone, Copy)]
pub(crate) struct BorrowedText<'i> {
    pub(crate) data: &'i str,
    /// Empty if there is none.
    pub(crate) event_type: &'i str,
    pub(crate) id: Option<&'i str>,
}

impl<'i> BorrowedFields<'i> {
    /// The values as text; `None` if there is no data, or one of them is not UTF-8.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would move the event through memory")]
    pub(crate) fn text(&self, mut text: impl FnMut(&'i [u8]) -> Option<&'i str>) -> Option<BorrowedText<'i>> {
        let data = text(self.data?)?;
        let event_type = match self.event_type {
            Some(event_type) => text(event_type)?,
            None => "",
        };
        let id = match self.id {
            Some(id) => Some(text(id)?),
            None => None,
        };
        Some(BorrowedText { data, event_type, id })
    }
}

impl BorrowedFields<'_> {
    /// Whether the block has no line so far that counts.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.data.is_none() && self.is_data_only()
    }

    /// Whether the values are nearly all of what they take in the chunk, with names and comments between them.
    #[cfg(feature = "bytes")]
    pub(crate) fn are_most_of(&self, len: usize) -> bool {
        let values = [self.data, self.event_type, self.id].into_iter().flatten().map(<[u8]>::len).sum::<usize>();
        len <= values + 32
    }

    /// Whether the block has neither a type nor an id so far.
    #[inline]
    pub(crate) const fn is_data_only(&self) -> bool {
        self.event_type.is_none() && self.id.is_none()
    }
}
