//! The property of `src/relay.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(relay);
