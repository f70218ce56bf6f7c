//! Replays what is known of each target, with the toolchain of the day: its seeds, what has shown a mistake once, and
//! what a fuzzer has found here.

use std::fs;

use sse_proto_fuzz::seeds::directory;
use sse_proto_fuzz::{TARGETS, Target};

#[test]
fn every_target() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        for (number, seed) in seeds.iter().enumerate() {
            // Printed if the test fails: the last one is the one.
            println!("{}: seed {number}", target.name);
            (target.check)(seed);
        }
        let (regressions, corpus) = (replay_files("regressions", target), replay_files("corpus", target));
        eprintln!("{}: {} seeds, {regressions} regressions, {corpus} of the corpus", target.name, seeds.len());
    }
}

/// How many there are.
fn replay_files(kind: &str, target: &Target) -> usize {
    // There may be none yet.
    let Ok(files) = fs::read_dir(directory(kind, target.name)) else { return 0 };
    files
        .map(|file| {
            let path = file.unwrap().path();
            println!("{}", path.display());
            (target.check)(&fs::read(path).unwrap());
        })
        .count()
}
