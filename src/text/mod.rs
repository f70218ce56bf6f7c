//! Bytes and UTF-8: finding line ends, validating and decoding UTF-8, appending. Independent of events.
//!
//! [`line_end`] searches short input in blocks ([`find_control`]) and passes long input to `memchr`. [`utf8`] turns bytes into
//! text. [`utf8_window`] validates a window of a chunk once and takes the text of each value from it. [`cut_character`] decodes
//! what arrives in fragments. [`append`] copies into vectors and strings. This is the only folder that names `memchr`, `simdutf8`
//! and `safe_arch`.

#[cfg(feature = "alloc")]
pub(crate) mod append;
pub(crate) mod cut_character;
pub(crate) mod find_control;
pub(crate) mod line_end;
pub(crate) mod utf8;
pub(crate) mod utf8_window;
