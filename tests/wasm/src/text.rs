//! The text that the host reads after a call: the name of a check, or the message of a panic. It stays readable after a trap.

use std::panic;
use std::sync::{Mutex, PoisonError};

static TEXT: Mutex<String> = Mutex::new(String::new());

/// Replaces the text.
pub(crate) fn set(text: String) {
    *TEXT.lock().unwrap_or_else(PoisonError::into_inner) = text;
}

/// Where the text begins in the module's memory, and its length.
pub(crate) fn get() -> (*const u8, usize) {
    let current = TEXT.lock().unwrap_or_else(PoisonError::into_inner);
    (current.as_ptr(), current.len())
}

/// From here on, a panic leaves its message as the text.
pub(crate) fn keep_panics() {
    panic::set_hook(Box::new(|info| set(info.to_string())));
}
