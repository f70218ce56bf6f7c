//! Owned events out of what the decoder has kept.

use alloc::string::String;

use bytestring::ByteString;

use crate::decode::block::Block;
use crate::decode::heap::Heap;
use crate::error::TooLarge;
use crate::event::event_bytes::{EventBytes, ranges};

/// The event that was dispatched, out of what is kept.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a call would move the event through memory")]
pub(crate) fn take(block: &mut Block<Heap>) -> Result<EventBytes, TooLarge> {
    // Small ones are copied, so that the decoder stays warm. It does not keep the memory of large ones anyway.
    match block.pending.small_data() {
        Some(data) => Ok(EventBytes::from(block.dispatched_event_with(data))),
        None => take_large(block),
    }
}

/// Large ones, and those that are not text: their data is taken over.
#[inline(never)]
fn take_large(block: &mut Block<Heap>) -> Result<EventBytes, TooLarge> {
    block.validate_data()?;
    let event = block.dispatched_event();
    let names = String::from(event.event_field().unwrap_or_default()) + event.last_event_id();
    let ranges = ranges(&event);
    let mut text = block.pending.take_data();
    text.reserve_exact(names.len());
    text.push_str(&names);
    text.shrink_to_fit();
    Ok(EventBytes::from_text(ByteString::from(text), ranges))
}
