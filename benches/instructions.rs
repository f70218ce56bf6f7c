//! Counts instructions with valgrind, which is not affected by noise. `INSTRUCTIONS.md` contains the last counts, so that the
//! cost of a change can be seen.
//!
//! ```text
//! cargo bench --bench instructions                   counts and compares with the file
//! cargo bench --bench instructions -- tiny           only names that contain `tiny`
//! cargo bench --bench instructions -- --write        counts everything and writes the file
//! ```
//!
//! The program runs itself under `valgrind --tool=callgrind`, with one pass over a stream and with three. Half of the difference
//! is the cost of one pass, without setup. The counts depend on the compiler and on the processor features that memchr uses,
//! but not on the load of the machine.

mod callgrind;
mod fixtures;

use std::error::Error;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use fixtures::{CUTS, Cut, Sample};
use sse_proto::client::{EventSource, Policy};
use sse_proto::{Decoder, Event};

/// The name of decoding through the client, one event per chunk.
const CLIENT: &str = "event, client";

/// Enough for many events; valgrind is slow.
const SAMPLE_BYTES: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [run, name, way, passes] = arguments.as_slice() {
        if run == "--run" {
            return run_passes(name, way, passes.parse()?);
        }
    }
    let write = arguments.iter().any(|argument| argument == "--write");
    let filter = arguments.iter().find(|argument| !argument.starts_with("--"));
    count_all(filter.map_or("", String::as_str), write)
}

/// The code whose instructions valgrind counts.
fn run_passes(name: &str, way: &str, passes: u32) -> Result<(), Box<dyn Error>> {
    let fixture = fixtures::named(name).ok_or("no such fixture")?;
    let sample = fixture.sample(SAMPLE_BYTES);
    let cut = CUTS.into_iter().find(|cut| cut.name() == way);
    for _ in 0..passes {
        match cut {
            Some(cut) => decode(&sample, cut),
            None if way == CLIENT => receive(&sample),
            None => encode(&sample)?,
        }
    }
    Ok(())
}

#[inline(never)]
fn decode(sample: &Sample<'_>, cut: Cut) {
    let mut decoder = Decoder::new();
    for mut chunk in cut.chunks(sample) {
        let mut events = decoder.events(&mut chunk);
        while let Ok(Some(event)) = events.next() {
            let _ = black_box(event);
        }
    }
}

/// Decodes through the client's state machine, with a step for each chunk.
#[inline(never)]
fn receive(sample: &Sample<'_>) {
    let now = Duration::ZERO;
    let mut source = EventSource::new(Policy::default(), 0);
    source.accept(now);
    for mut chunk in Cut::Blocks.chunks(sample) {
        let _ = black_box(source.step(now));
        while let Ok(Some(event)) = source.next_event(now, &mut chunk) {
            let _ = black_box(event);
        }
    }
}

#[inline(never)]
fn encode(sample: &Sample<'_>) -> Result<(), Box<dyn Error>> {
    let mut buffer = Vec::new();
    for sent in sample.events {
        let mut event = Event::new(&sent.data);
        if let Some(event_type) = sent.type_field() {
            event = event.with_type(event_type)?;
        }
        if let Some(id) = &sent.id {
            event = event.with_id(id)?;
        }
        if let Some(retry) = sent.retry {
            event = event.with_retry(Duration::from_millis(retry));
        }
        buffer.clear();
        event.encode_into(&mut buffer);
        black_box(&buffer);
    }
    Ok(())
}

fn count_all(filter: &str, write: bool) -> Result<(), Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/INSTRUCTIONS.md");
    let before = fs::read_to_string(&path).unwrap_or_default();
    let mut table = HEAD.to_owned();
    // A line of 4 MiB costs as much as 16 lines of 256 KiB.
    for name in fixtures::NAMES.into_iter().filter(|name| name.contains(filter) && *name != "line-4m") {
        let fixture = &fixtures::named(name).ok_or("no such fixture")?;
        let sample = fixture.sample(SAMPLE_BYTES);
        for way in CUTS.map(Cut::name).into_iter().chain([CLIENT.to_owned(), "encode".to_owned()]) {
            let count = callgrind::count(&[name, &way])?;
            let blocks = sample.blocks.len();
            let row =
                format!("| {name} / {way} | {} | {} |", count / blocks, hundredths(count * 100 / sample.stream.len()));
            let was = before.lines().find(|line| line.starts_with(&row[..row.find(" | ").unwrap_or(0) + 3]));
            println!("{row}{}", was.filter(|was| **was != row).map(|was| format!("   was {was}")).unwrap_or_default());
            writeln!(table, "{row}")?;
        }
    }
    if write {
        fs::write(path, table)?;
    }
    Ok(())
}

fn hundredths(number: usize) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

const HEAD: &str = "\
# Instructions

Written by `cargo bench --bench instructions -- --write`: decoding each fixture into borrowed events, for each size of chunks;
through `client::EventSource`, with a step per chunk; and encoding its events into a reused buffer. Blocks are counted as events, so
a keep-alive is one, too.

| fixture / chunks | per event | per byte |
|---|--:|--:|
";
