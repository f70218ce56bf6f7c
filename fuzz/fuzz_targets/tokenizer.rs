//! The property of `src/tokenizer.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(tokenizer);
