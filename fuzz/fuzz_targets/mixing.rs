//! The property of `src/mixing.rs`.
#![cfg_attr(fuzzing, no_main)]

sse_proto_fuzz::target!(mixing);
