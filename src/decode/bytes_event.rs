//! Owned events from the buffers of the decoder.

use alloc::string::String;

use bytestring::ByteString;

use crate::decode::block::Block;
use crate::decode::heap::Heap;
use crate::error::TooLarge;
use crate::event::event_bytes::{EventBytes, ranges};

/// Returns the dispatched event in its own allocation.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a call would move the event through memory")]
pub(crate) fn take(block: &mut Block<Heap>) -> Result<EventBytes, TooLarge> {
    // Small data is copied, so that the decoder keeps its buffer. It would free the buffer of large data anyway.
    match block.pending.small_data() {
        Some(data) => Ok(EventBytes::from(block.dispatched_event_with(data))),
        None => take_large(block),
    }
}

/// For large data and for invalid UTF-8: the buffer of the data becomes that of the event.
#[inline(never)]
fn take_large(block: &mut Block<Heap>) -> Result<EventBytes, TooLarge> {
    block.validate_data()?;
    let event = block.dispatched_event();
    let type_and_id = String::from(event.event_field().unwrap_or_default()) + event.last_event_id();
    let ranges = ranges(&event);
    let mut text = block.pending.take_data();
    text.reserve_exact(type_and_id.len());
    text.push_str(&type_and_id);
    text.shrink_to_fit();
    Ok(EventBytes::from_text(ByteString::from(text), ranges))
}
