//! The IDs of a log: which ones it accepts, and the number of the event that an ID names.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::headers::last_event_id_value;
use crate::server::numbered_id::{self, NumberedId};
use crate::server::rejected::Rejected;

/// The two kinds of IDs.
pub(super) enum Ids {
    Numbered {
        epoch: u64,
        /// The ID of the newest event; that of number 0 before the first.
        newest: NumberedId,
    },
    Opaque {
        /// The numbers of the events in the log.
        numbers: BTreeMap<Box<str>, u64>,
        /// The event before the oldest one in the log.
        last_evicted: Option<(Box<str>, u64)>,
    },
}

/// An accepted ID.
pub(super) enum NewId<'a> {
    Numbered(NumberedId),
    Opaque(&'a str),
}

impl NewId<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Numbered(id) => id.as_str(),
            Self::Opaque(id) => id,
        }
    }
}

impl Ids {
    pub(super) fn numbered(epoch: u64) -> Self {
        Self::Numbered { epoch, newest: NumberedId::new(epoch, 0) }
    }

    pub(super) const fn opaque() -> Self {
        Self::Opaque { numbers: BTreeMap::new(), last_evicted: None }
    }

    /// The IDs of a log that continues after the event with this ID.
    pub(super) fn opaque_after(id: &str) -> Result<Self, Rejected> {
        let mut ids = Self::opaque();
        if let (NewId::Opaque(id), Self::Opaque { last_evicted, .. }) = (ids.accept(Some(id), 0)?, &mut ids) {
            *last_evicted = Some((id.into(), 0));
        }
        Ok(ids)
    }

    pub(super) const fn epoch(&self) -> Option<u64> {
        match self {
            Self::Numbered { epoch, .. } => Some(*epoch),
            Self::Opaque { .. } => None,
        }
    }

    /// Returns the ID of the event that gets this number, or why the ID that the event has is not accepted.
    pub(super) fn accept<'a>(&self, id: Option<&'a str>, number: u64) -> Result<NewId<'a>, Rejected> {
        match self {
            Self::Numbered { epoch, .. } => match id.map(|id| numbered_id::parse(id, *epoch)) {
                Some(Some(own)) if own < number => Err(Rejected::Duplicate),
                Some(own) if own != Some(number) => Err(Rejected::OutOfOrder),
                _ => Ok(NewId::Numbered(NumberedId::new(*epoch, number))),
            },
            Self::Opaque { .. } => match id {
                None => Err(Rejected::MissingId),
                Some("") => Err(Rejected::EmptyId),
                Some(id) if !is_sent_back_unchanged(id) => Err(Rejected::UnsendableId),
                Some(id) if self.number(id).is_some() => Err(Rejected::Duplicate),
                Some(id) => Ok(NewId::Opaque(id)),
            },
        }
    }

    /// Adds the ID of the newest event.
    pub(super) fn push(&mut self, id: &NewId<'_>, number: u64) {
        match (self, id) {
            (Self::Numbered { newest, .. }, NewId::Numbered(id)) => *newest = *id,
            (Self::Opaque { numbers, .. }, NewId::Opaque(id)) => _ = numbers.insert((*id).into(), number),
            _ => {}
        }
    }

    /// Removes the ID of the oldest event, which is read only if it is needed.
    pub(super) fn evict<'a>(&mut self, id: impl FnOnce() -> Option<&'a str>) {
        if let Self::Opaque { numbers, last_evicted } = self {
            *last_evicted = id().and_then(|id| numbers.remove_entry(id));
        }
    }

    /// The number that an ID names. In a numbered log, an event with this number need not exist.
    pub(super) fn number(&self, id: &str) -> Option<u64> {
        match self {
            Self::Numbered { epoch, .. } => numbered_id::parse(id, *epoch),
            Self::Opaque { numbers, last_evicted } => {
                let evicted = last_evicted.as_ref().filter(|(evicted, _)| **evicted == *id);
                numbers.get(id).or_else(|| evicted.map(|(_, number)| number)).copied()
            }
        }
    }

    /// The ID of an event that was evicted, if it is known; that of number 0 is the ID before the first event.
    pub(super) fn evicted(&self, number: u64) -> Option<Cow<'_, str>> {
        match self {
            Self::Numbered { epoch, .. } => Some(Cow::Owned(NumberedId::new(*epoch, number).as_str().into())),
            Self::Opaque { last_evicted, .. } => {
                last_evicted.as_ref().filter(|(_, evicted)| *evicted == number).map(|(id, _)| Cow::Borrowed(&**id))
            }
        }
    }

    /// The ID of a client that has received every event of a log that is empty now.
    pub(super) fn newest_evicted(&self) -> Option<&str> {
        match self {
            Self::Numbered { newest, .. } => Some(newest.as_str()),
            Self::Opaque { last_evicted, .. } => last_evicted.as_ref().map(|(id, _)| &**id),
        }
    }
}

/// Whether a client can send this ID as the value of a header from which HTTP removes spaces and TABs at both ends.
fn is_sent_back_unchanged(id: &str) -> bool {
    last_event_id_value(id).is_some() && id.trim_matches([' ', '\t']).len() == id.len()
}
