//! Locates the values of an owned event in its text.
//!
//! Owned events are moved often, so this is small: a range is one word, with its start in the lower half and its length in the
//! upper one. In a text of more than 4 GiB the values are adjacent, and a word is the end of one.

use core::ops::Range;

/// The ranges of the values, and flags for those that exist. The flags take a whole word, so that there is no padding to move.
#[derive(Clone, Copy)]
pub(crate) struct ValueRanges {
    data: u64,
    event_type: u64,
    id: u64,
    retry: u64,
    flags: usize,
}

const HAS_DATA: usize = 1;
const HAS_ID: usize = 2;
const HAS_RETRY: usize = 4;
/// The text is the data, the event type and the ID, without gaps.
const IN_A_ROW: usize = 8;
/// Other events share the text.
const SHARED: usize = 16;

impl ValueRanges {
    /// Locates these values, which are parts of `bytes`, in a text that has `bytes` at position `at`. `None` if one of them is no
    /// part of `bytes`, or the text is too long.
    // Avoids moving the event, which costs as much as finding it.
    #[inline(always)]
    pub(crate) fn of(
        data: &[u8],
        event_type: Option<&[u8]>,
        id: Option<&[u8]>,
        bytes: &[u8],
        at: usize,
    ) -> Option<Self> {
        if bytes.len() as u64 > HALF - at as u64 {
            return None;
        }
        let data = place(data, bytes, at)?;
        let event_type = match event_type {
            Some(event_type) => place(event_type, bytes, at)?,
            None => 0,
        };
        let (id, has_id) = match id {
            Some(id) => (place(id, bytes, at)?, HAS_ID),
            None => (0, 0),
        };
        Some(Self { data, event_type, id, retry: 0, flags: HAS_DATA | has_id })
    }

    /// Values of these lengths without gaps. `has_id` says whether the ID is a field of the event's own block.
    #[inline]
    pub(crate) fn in_a_row(data: Option<usize>, event_type: usize, id: usize, has_id: bool) -> Self {
        let data_end = data.unwrap_or_default();
        let type_end = data_end + event_type;
        let id_end = type_end + id;
        let has_data = if data.is_some() { HAS_DATA } else { 0 };
        let has_id = if has_id { HAS_ID } else { 0 };
        let flags = IN_A_ROW | has_data | has_id;
        Self { data: data_end as u64, event_type: type_end as u64, id: id_end as u64, retry: 0, flags }
    }

    /// Adds the `retry` of the event.
    // Avoids moving the event, which costs as much as finding it.
    #[inline(always)]
    pub(crate) const fn with_retry(self, retry: Option<u64>) -> Self {
        match retry {
            Some(retry) => Self { retry, flags: self.flags | HAS_RETRY, ..self },
            None => self,
        }
    }

    /// Marks the text as shared with other events.
    #[inline]
    pub(crate) const fn shared(self) -> Self {
        Self { flags: self.flags | SHARED, ..self }
    }

    #[inline]
    pub(crate) const fn are_shared(&self) -> bool {
        self.has(SHARED)
    }

    #[inline]
    pub(crate) fn data(&self) -> Option<Range<usize>> {
        self.has(HAS_DATA).then(|| self.range(0, self.data))
    }

    /// Empty if there is none.
    #[inline]
    pub(crate) fn event_type(&self) -> Range<usize> {
        self.range(self.data, self.event_type)
    }

    /// The `id` field of the event's own block.
    #[inline]
    pub(crate) fn id(&self) -> Option<Range<usize>> {
        self.has(HAS_ID).then(|| self.last_event_id())
    }

    /// The last event ID, whether own or inherited; empty if the text has none.
    #[inline]
    pub(crate) fn last_event_id(&self) -> Range<usize> {
        self.range(self.event_type, self.id)
    }

    #[inline]
    pub(crate) const fn retry(&self) -> Option<u64> {
        if self.has(HAS_RETRY) { Some(self.retry) } else { None }
    }

    #[inline]
    const fn has(&self, flag: usize) -> bool {
        self.flags & flag != 0
    }

    /// The range of a word; `before` is the word of the value before it.
    #[inline]
    fn range(&self, before: u64, place: u64) -> Range<usize> {
        if self.has(IN_A_ROW) {
            return number(before)..number(place);
        }
        let start = number(place & HALF);
        start..start + number(place >> 32)
    }
}

/// The lower half of a word.
const HALF: u64 = 0xFFFF_FFFF;

/// The word for a part of `bytes`, shifted by `at`. `None` if it is no part of them, as the empty value of a field without a
/// colon.
#[inline]
fn place(part: &[u8], bytes: &[u8], at: usize) -> Option<u64> {
    let start = part.as_ptr().addr().checked_sub(bytes.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= bytes.len()).then_some((start + at) as u64 | (part.len() as u64) << 32)
}

/// Converts a number that was a `usize`.
#[inline]
fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{HALF, ValueRanges};

    /// As if the bytes were the end of a long text.
    #[test]
    fn values_within_the_first_4_gib_of_a_text_are_located() {
        let bytes = b"data";
        for (after, expected) in [(5, true), (4, true), (3, false), (0, false)] {
            let at = usize::try_from(HALF).unwrap() - after;
            let ranges = ValueRanges::of(&bytes[1..], None, None, bytes, at);
            assert_eq!(
                ranges.and_then(|ranges| ranges.data()),
                expected.then(|| at + 1..at + 4),
                "{after} bytes are left"
            );
        }
    }

    #[test]
    fn values_without_gaps_are_located_by_their_lengths() {
        // Beyond what 32 bits can tell, where there can be so much.
        let long = usize::MAX / 2;
        for (data, event_type, id, has_id) in [
            (None, 0, 0, false),
            (Some(0), 0, 0, true),
            (Some(5), 2, 0, false),
            (Some(5), 2, 4, false),
            (None, 2, 3, true),
            (Some(long), 2, 3, true),
        ] {
            let ranges = ValueRanges::in_a_row(data, event_type, id, has_id).with_retry(Some(7));
            let (data_end, type_end) = (data.unwrap_or_default(), data.unwrap_or_default() + event_type);
            assert_eq!(ranges.data(), data.map(|data| 0..data));
            assert_eq!(ranges.event_type(), data_end..type_end);
            assert_eq!(ranges.last_event_id(), type_end..type_end + id);
            assert_eq!(ranges.id(), has_id.then_some(type_end..type_end + id));
            assert_eq!((ranges.retry(), ranges.are_shared()), (Some(7), false));
            assert_eq!(ranges.with_retry(Some(8)).retry(), Some(8));
            assert!(ranges.shared().are_shared() && ranges.shared().shared().are_shared());
        }
    }
}
