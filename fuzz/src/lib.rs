//! Theorems about sse-proto: each a function of bytes that panics if it is false for them.
//!
//! `fuzz_targets` hands them to libFuzzer, `tests/replay.rs` replays what is known. See `README.md`.

pub mod chunking;
pub mod encoder;
mod fields;
mod input;
pub mod limits;
pub mod reference;
pub mod relay;
pub mod roundtrip;
pub mod seeds;
mod sinks;
pub mod tokenizer;

#[path = "../../tests/support/counting.rs"]
mod counting;
#[path = "../../tests/support/relaying.rs"]
mod relaying;
#[path = "../../tests/support/mod.rs"]
mod support;

/// A theorem, and inputs to begin with.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The name of the fuzz target.
    pub name: &'static str,
    /// Panics if the theorem is false for this input.
    pub check: fn(&[u8]),
    /// Inputs made of the case table.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All theorems.
pub const TARGETS: &[Target] = &[
    Target { name: "chunking", check: chunking::check, seeds: chunking::seeds },
    Target { name: "encoder", check: encoder::check, seeds: encoder::seeds },
    Target { name: "limits", check: limits::check, seeds: limits::seeds },
    Target { name: "reference", check: reference::check, seeds: reference::seeds },
    Target { name: "relay", check: relay::check, seeds: relay::seeds },
    Target { name: "roundtrip", check: roundtrip::check, seeds: roundtrip::seeds },
    Target { name: "tokenizer", check: tokenizer::check, seeds: tokenizer::seeds },
];

/// The body of a fuzz target. Built without a fuzzer it is a program that replays the files it is given.
#[macro_export]
macro_rules! target {
    ($theorem:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(
            init: $crate::seeds::write(stringify!($theorem), &$crate::$theorem::seeds()),
            |input: &[u8]| $crate::$theorem::check(input)
        );

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                $crate::$theorem::check(&std::fs::read(path)?);
            }
            Ok(())
        }
    };
}
