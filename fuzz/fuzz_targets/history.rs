//! The property of `src/history.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(history);
