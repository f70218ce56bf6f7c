//! Properties of sse-proto: each is a function of bytes that panics if the property does not hold for them.
//!
//! `fuzz_targets` passes them to libFuzzer; `tests/replay.rs` replays known inputs. See `README.md`.

pub mod chunking;
pub mod encoder;
mod fields;
pub mod history;
mod input;
pub mod limits;
pub mod mixing;
pub mod reference;
pub mod relay;
pub mod roundtrip;
pub mod seeds;
mod sinks;
pub mod source_ops;
pub mod tokenizer;

#[path = "../../tests/support/counting.rs"]
mod counting;
#[path = "../../tests/support/history_model.rs"]
mod history_model;
#[path = "../../tests/support/relaying.rs"]
mod relaying;
#[path = "../../tests/support/mod.rs"]
mod support;

/// A property and its seeds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Target {
    /// The name of the fuzz target.
    pub name: &'static str,
    /// Panics if the property does not hold for this input.
    pub check: fn(&[u8]),
    /// Known inputs, most of them generated from the case table.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All properties.
pub const TARGETS: &[Target] = &[
    Target { name: "chunking", check: chunking::check, seeds: chunking::seeds },
    Target { name: "encoder", check: encoder::check, seeds: encoder::seeds },
    Target { name: "history", check: history::check, seeds: history::seeds },
    Target { name: "limits", check: limits::check, seeds: limits::seeds },
    Target { name: "mixing", check: mixing::check, seeds: mixing::seeds },
    Target { name: "reference", check: reference::check, seeds: reference::seeds },
    Target { name: "relay", check: relay::check, seeds: relay::seeds },
    Target { name: "roundtrip", check: roundtrip::check, seeds: roundtrip::seeds },
    Target { name: "source_ops", check: source_ops::check, seeds: source_ops::seeds },
    Target { name: "tokenizer", check: tokenizer::check, seeds: tokenizer::seeds },
];

/// The body of a fuzz target. Built without a fuzzer, it is a program that replays the files in its arguments.
#[macro_export]
macro_rules! target {
    ($property:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(
            init: $crate::seeds::write(stringify!($property), &$crate::$property::seeds()),
            |input: &[u8]| $crate::$property::check(input)
        );

        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            for path in std::env::args_os().skip(1) {
                $crate::$property::check(&std::fs::read(path)?);
            }
            Ok(())
        }
    };
}
