//! The property of `src/source_ops.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(source_ops);
