//! The checks that the host runs by their numbers: the cases, then the session.

use crate::support::cases::CASES;
use crate::{cases, session};

pub(crate) const fn len() -> usize {
    CASES.len() + 1
}

pub(crate) fn name(check: usize) -> &'static str {
    CASES.get(check).map_or(session::NAME, |case| case.name)
}

/// Runs a check, and returns how many streams were decoded.
pub(crate) fn run(check: usize) -> usize {
    CASES.get(check).map_or_else(session::run, cases::run)
}
