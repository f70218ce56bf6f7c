//! What the host calls.
#![allow(unsafe_code, reason = "exported names must be unique")]

use crate::{checks, text};

/// Returns the number of checks.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn checks() -> usize {
    checks::len()
}

/// Runs a check, and returns how many streams were decoded. A check that fails panics, which traps. The text is the name of the
/// check, or the message of the panic.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn run(check: usize) -> usize {
    text::keep_panics();
    text::set(checks::name(check).to_owned());
    checks::run(check)
}

/// Returns where the text begins.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn text() -> *const u8 {
    text::get().0
}

/// Returns the number of bytes of the text.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn text_len() -> usize {
    text::get().1
}
