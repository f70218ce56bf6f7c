//! The property of `src/roundtrip.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(roundtrip);
