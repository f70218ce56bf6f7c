//! Seeds: the initial inputs of a fuzzer, generated from the case table when it starts, so that they are always up to date.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::input::STRETCHED;
use crate::support::cases::CASES;

/// Writes the seeds to the corpus of `cargo fuzz run`. An error is printed only, as a fuzzer also works without seeds.
pub fn write(target: &str, seeds: &[Vec<u8>]) {
    if let Err(error) = try_write(&directory("corpus", target), seeds) {
        eprintln!("no seeds: {error}");
    }
}

/// The folder of a target's inputs. `corpus` contains inputs that a fuzzer has found interesting, `regressions` those that have
/// shown a bug.
#[must_use]
pub fn directory(kind: &str, target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(target)
}

/// The streams of the case table.
pub(crate) fn streams() -> impl Iterator<Item = &'static [u8]> {
    CASES.iter().map(|case| case.stream)
}

/// The streams of the case table with long values.
pub(crate) fn long_streams() -> impl Iterator<Item = Vec<u8>> {
    streams().map(|stream| stream.split_inclusive(|&byte| byte == b' ').collect::<Vec<_>>().join(&STRETCHED))
}

fn try_write(directory: &Path, seeds: &[Vec<u8>]) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(directory.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}
