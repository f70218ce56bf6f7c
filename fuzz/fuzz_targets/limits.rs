//! The property of `src/limits.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(limits);
