//! The values of a block that lie entirely in the chunk. Imports nothing.

/// The values of the current block, borrowed from the chunk.
#[derive(Clone, Copy, Default)]
pub(crate) struct BorrowedFields<'i> {
    pub(crate) data: Option<&'i [u8]>,
    pub(crate) event_type: Option<&'i [u8]>,
    pub(crate) id: Option<&'i [u8]>,
    /// How many more bytes may be buffered if these values are.
    pub(crate) free: usize,
}

/// The validated values of a block that has data.
#[derive(Clone, Copy)]
pub(crate) struct BorrowedText<'i> {
    pub(crate) data: &'i str,
    /// Empty if there is none.
    pub(crate) event_type: &'i str,
    pub(crate) id: Option<&'i str>,
}

impl<'i> BorrowedFields<'i> {
    /// The values as text, each converted by `text`; `None` if there is no data, or if one of them is not valid UTF-8.
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
    /// Whether there is no value.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.data.is_none() && self.is_data_only()
    }

    /// Whether the values make up all but 32 bytes of a range of this length. The rest are names, comments and line ends.
    #[cfg(feature = "bytes")]
    pub(crate) fn are_most_of(&self, len: usize) -> bool {
        let values = [self.data, self.event_type, self.id].into_iter().flatten().map(<[u8]>::len).sum::<usize>();
        len <= values + 32
    }

    /// Whether there is neither an event type nor an ID.
    #[inline]
    pub(crate) const fn is_data_only(&self) -> bool {
        self.event_type.is_none() && self.id.is_none()
    }
}
