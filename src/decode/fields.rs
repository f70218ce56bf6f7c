//! The values of a block that lie entirely in the chunk.

use crate::field::Field;
use crate::text::utf8_window::{Utf8Window, part};

/// The values of the current block, borrowed from the chunk: at most one line per field.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'i> {
    pub(crate) data: Option<&'i [u8]>,
    pub(crate) event_type: Option<&'i [u8]>,
    pub(crate) id: Option<&'i [u8]>,
}

/// The validated values of a block that has data.
#[derive(Clone, Copy)]
pub(crate) struct Values<'i> {
    pub(crate) data: &'i str,
    /// Empty if there is none.
    pub(crate) event_type: &'i str,
    pub(crate) id: Option<&'i str>,
}

impl<'i> Fields<'i> {
    pub(crate) const NONE: Self = Self { data: None, event_type: None, id: None };

    /// Sets the value of a field. Returns `false`, and changes nothing, if it is set already, or needs to be examined or buffered.
    // Keeps the fields in registers.
    #[inline(always)]
    pub(crate) fn set(&mut self, field: Field, value: &'i [u8]) -> bool {
        match field {
            Field::Data if self.data.is_none() => self.data = Some(value),
            Field::Event if self.event_type.is_none() => self.event_type = Some(value),
            // "If the field value does not contain U+0000 NULL".
            Field::Id if self.id.is_none() && !value.contains(&0) => self.id = Some(value),
            _ => return false,
        }
        true
    }

    /// Whether there is no value.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.data.is_none() && self.is_data_only()
    }

    /// Whether there is neither an event type nor an ID.
    #[inline]
    pub(crate) const fn is_data_only(&self) -> bool {
        self.event_type.is_none() && self.id.is_none()
    }

    /// The values as text; `None` if there is no data, or if they are not valid UTF-8. `event` is the part of the chunk that has
    /// them.
    // Keeps the fields in registers.
    #[inline(always)]
    pub(crate) fn text(&self, event: &'i [u8], window: &mut Utf8Window<'i>) -> Option<Values<'i>> {
        let data = self.data?;
        if self.is_data_only() {
            return Some(Values { data: window.text(data)?, event_type: "", id: None });
        }
        let event = window.text(event)?;
        let value = |value: Option<&'i [u8]>| match value {
            // The value of a field without a colon does not lie in the chunk.
            Some([]) => Some(Some("")),
            Some(value) => part(event, value).map(Some),
            None => Some(None),
        };
        Some(Values {
            data: value(Some(data))?.unwrap_or_default(),
            event_type: value(self.event_type)?.unwrap_or_default(),
            id: value(self.id)?,
        })
    }

    /// The values in the order of their lines.
    pub(crate) fn in_order(self) -> impl Iterator<Item = (Field, &'i [u8])> {
        let mut fields = [(Field::Data, self.data), (Field::Event, self.event_type), (Field::Id, self.id)];
        fields.sort_unstable_by_key(|(_, value)| value.map(|value| value.as_ptr().addr()));
        fields.into_iter().filter_map(|(field, value)| value.map(|value| (field, value)))
    }
}
