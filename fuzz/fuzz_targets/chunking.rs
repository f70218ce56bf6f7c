//! The property of `src/chunking.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(chunking);
