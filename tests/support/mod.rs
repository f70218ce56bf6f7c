//! Shared test support. Each test binary uses a part of it.
#![allow(dead_code, reason = "each test binary uses a part")]
#![allow(clippy::collapsible_match, reason = "the reference follows the specification")]
#![allow(unreachable_pub, reason = "a module of each test binary")]

pub mod cases;
pub mod client;
pub mod drive;
pub mod lossless;
pub mod pieces;
pub mod random;
pub mod reference;
pub mod reference_client;
