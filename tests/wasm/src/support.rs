//! The files of `tests/support` that need nothing but the library.
#![allow(dead_code, reason = "a part is used here")]
#![allow(clippy::collapsible_match, reason = "the reference follows the specification")]
#![allow(unreachable_pub, reason = "they are modules of the tests")]

#[path = "../../support/cases.rs"]
pub mod cases;
#[path = "../../support/drive.rs"]
pub mod drive;
#[path = "../../support/reference.rs"]
pub mod reference;
