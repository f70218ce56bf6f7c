//! Compares sse-proto with its peers. See `README.md`.

#[path = "../../fixtures.rs"]
mod fixtures;

mod baselines;
mod chart;
mod contenders;
mod encode;
mod long_line;
mod machine;
mod options;
mod report;
mod source;
mod table;
mod timing;
mod verify;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use bytes::{Bytes, BytesMut};

use contenders::{borrowed, owned};
use fixtures::{Cut, Fixture, Sample};
use options::{Options, USAGE};
use report::Targets;

fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    settle_allocator();
    let mut results =
        Results { text: report::PREFACE.to_owned() + &machine::describe(options.quick), groups: Vec::new() };
    results.measure(&options);
    results.text += report::BIAS;
    if options.write
        && let Err(error) = results.write()
    {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Frees one large block. From then on glibc keeps blocks of this size for reuse, as in a long-running process. Otherwise it would
/// vary whether a pass over long lines faults its pages in again.
fn settle_allocator() {
    drop(black_box(vec![0_u8; 30 * 1024 * 1024]));
}

/// The contents of the result files.
struct Results {
    text: String,
    groups: Vec<chart::Group>,
}

impl Results {
    fn measure(&mut self, options: &Options) {
        let fixtures: &'static [Fixture] = fixtures::all().leak();
        if options.wants("borrowed") {
            let table = table::run(&borrowed::contenders(), 1, fixtures, options, |sample, cut| {
                Box::new(move || cut.chunks(&sample))
            });
            let targets = Targets { every: 1.3, mean: 2.5, baseline: Some(0.6) };
            self.section("Decode, borrowed", &report::decoders(&table, &targets));
            self.groups.push(chart::decoders("Decode, each in its fastest way", &table));
        }
        if options.wants("owned") {
            let table = table::run(&owned::contenders(), owned::OURS, fixtures, options, |sample, cut| {
                let chunks = read_buffer(&sample, cut);
                Box::new(move || chunks.clone().into_iter())
            });
            let targets = Targets { every: 1.2, mean: 2.0, baseline: None };
            self.section("Decode, owned", &report::decoders(&table, &targets));
            self.groups.push(chart::decoders("Decode a stream into owned events", &table));
        }
        if options.wants("encode") {
            let encoders = encode::run(fixtures, options);
            self.section("Encode", &report::encoders(&encoders));
            self.groups.push(chart::encoders("Encode", &encoders));
        }
        if options.wants("long-line") {
            self.section("A long line in chunks of one byte", &report::long_line(&long_line::run(options)));
        }
    }

    fn section(&mut self, title: &str, body: &str) {
        let section = format!("\n## {title}\n\n{body}");
        println!("{section}");
        self.text += &section;
    }

    fn write(&self) -> std::io::Result<()> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fs::write(benches.join("RESULTS.md"), &self.text)?;
        fs::write(benches.join("chart.svg"), chart::svg(&self.groups))
    }
}

/// The chunks as HTTP clients return them: slices of a read buffer.
fn read_buffer(sample: &Sample<'_>, cut: Cut) -> Vec<Bytes> {
    let mut stream = BytesMut::from(sample.stream);
    cut.chunks(sample).map(|chunk| stream.split_to(chunk.len()).freeze()).collect()
}
