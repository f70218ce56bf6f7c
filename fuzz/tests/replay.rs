//! Replays the known inputs of each target, with any toolchain: its seeds, its regressions, and the local corpus.

use std::fs;

use sse_proto_fuzz::seeds::directory;
use sse_proto_fuzz::{TARGETS, Target};

#[test]
fn every_target() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        for (number, seed) in seeds.iter().enumerate() {
            // Printed if the test fails; the last line names the failing seed.
            println!("{}: seed {number}", target.name);
            (target.check)(seed);
        }
        let (regressions, corpus) = (replay_files("regressions", target), replay_files("corpus", target));
        eprintln!("{}: {} seeds, {regressions} regressions, {corpus} of the corpus", target.name, seeds.len());
    }
}

/// Replays the files of a folder and returns their number.
fn replay_files(kind: &str, target: &Target) -> usize {
    // The folder may not exist.
    let Ok(files) = fs::read_dir(directory(kind, target.name)) else { return 0 };
    files
        .map(|file| {
            let path = file.unwrap().path();
            println!("{}", path.display());
            (target.check)(&fs::read(path).unwrap());
        })
        .count()
}
