//! The property of `src/reference.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(reference);
