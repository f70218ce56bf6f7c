//! What a chunk has of the current block. A leaf.

/// The values that lie whole in the current chunk: looked at, not yet kept.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lines<'i> {
    pub(crate) data: Option<&'i [u8]>,
    pub(crate) event_type: Option<&'i [u8]>,
    pub(crate) id: Option<&'i [u8]>,
    /// How many bytes more may be held, if these are.
    pub(crate) free: usize,
}

impl Lines<'_> {
    /// Whether the block has no line so far that counts.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.data.is_none() && self.has_no_names()
    }

    /// Whether the block has neither a type nor an id so far.
    #[inline]
    pub(crate) const fn has_no_names(&self) -> bool {
        self.event_type.is_none() && self.id.is_none()
    }
}
