//! Owned events from the buffers of the decoder, and the last event ID that owned events inherit.

use alloc::string::String;
use alloc::sync::Arc;
use core::mem;

use bytestring::ByteString;

use crate::decode::block::Block;
use crate::decode::heap::{Heap, IDLE_CAPACITY};
use crate::decode::pending::Pending;
use crate::event::borrowed::Event;
use crate::event::event_bytes::{EventBytes, ranges};

/// The last event ID, if an event has inherited it: one copy for all events that inherit it.
#[derive(Clone, Default)]
pub(crate) struct InheritedId(pub(super) Option<Arc<String>>);

impl InheritedId {
    /// Drops the copy if the last event ID has changed. No comparison: an ID can be long, and the events short.
    #[inline]
    pub(crate) fn update(&mut self, pending: &mut Pending<Heap>) {
        if mem::take(&mut pending.is_new_id.0) {
            self.0 = None;
        }
    }

    /// The shared copy of the current last event ID. Free in streams without IDs.
    #[inline]
    pub(crate) fn of(&mut self, last_event_id: &str) -> Option<Arc<String>> {
        if last_event_id.is_empty() { None } else { Some(self.shared(last_event_id)) }
    }

    #[inline(never)]
    fn shared(&mut self, last_event_id: &str) -> Arc<String> {
        self.0.get_or_insert_with(|| Arc::new(last_event_id.into())).clone()
    }

    /// Returns the event in its own allocation. A long ID of an earlier block is not copied into it, but shared.
    #[inline]
    pub(crate) fn copy(&mut self, event: Event<'_>) -> EventBytes {
        let (event, inherited_id) = self.split(event);
        EventBytes::from(event).with_inherited_id(inherited_id)
    }

    /// Splits the event from the ID that it inherits, if that is long.
    #[inline]
    fn split<'a>(&mut self, event: Event<'a>) -> (Event<'a>, Option<Arc<String>>) {
        let id = event.last_event_id();
        if event.id().is_some() || id.len() <= MAX_COPIED_ID_LEN {
            return (event, None);
        }
        (event.without_inherited_id(), Some(self.shared(id)))
    }
}

/// The longest inherited ID that is copied into each event. If it were copied at any length, an event of a few bytes could
/// allocate 128 KiB.
const MAX_COPIED_ID_LEN: usize = 64;

/// Returns the dispatched event in its own allocation.
pub(crate) fn take(block: &mut Block<Heap>, inherited_id: &mut InheritedId) -> EventBytes {
    let event = block.event();
    // Small data is copied, so that the decoder keeps its buffer. It would free the buffer of large data anyway.
    if event.data().len() <= IDLE_CAPACITY {
        return inherited_id.copy(event);
    }
    let (event, inherited_id) = inherited_id.split(event);
    let type_and_id = String::from(event.event_field().unwrap_or_default()) + event.last_event_id();
    let ranges = ranges(&event);
    let mut text = block.pending.take_data();
    text.reserve_exact(type_and_id.len());
    text.push_str(&type_and_id);
    text.shrink_to_fit();
    EventBytes::from_text(ByteString::from(text), ranges).with_inherited_id(inherited_id)
}
