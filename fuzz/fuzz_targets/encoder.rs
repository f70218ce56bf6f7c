//! The property of `src/encoder.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(encoder);
