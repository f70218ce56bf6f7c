//! What the decoders and encoders do, apart from speed: the case table of the tests, and values that an event stream cannot carry.

mod decoders;
mod encoders;

use std::panic::{self, AssertUnwindSafe};

/// The section "What the peers do".
pub fn section() -> String {
    // A panic is a result here, not a message.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let text = decoders::table() + "\n" + &encoders::table();
    panic::set_hook(hook);
    text
}

/// Runs a peer; `None` if it panics.
fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(run)).ok()
}
