//! One log, many subscribers.
