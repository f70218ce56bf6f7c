//! Compares sse-proto with its peers. See `README.md`.

#[path = "../../fixtures.rs"]
mod fixtures;

mod baselines;
mod cells;
mod chart;
mod contenders;
mod decode;
mod encode;
mod facts;
mod lengths;
mod long_line;
mod machine;
mod options;
mod recorded;
mod report;
mod second_process;
mod source;
mod table;
mod timing;
mod verify;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

use cells::Stream;
use contenders::{Borrowed, Owned};
use options::{Options, USAGE};
use second_process::SecondProcess;

fn main() -> ExitCode {
    let options = match Options::parse(env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    settle_allocator();
    let streams = cells::streams();
    if options.serve {
        second_process::serve(streams);
        return ExitCode::SUCCESS;
    }
    match run(streams, &options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(streams: &'static [Stream], options: &Options) -> Result<(), String> {
    let fast = SecondProcess::start()?;
    let mut results =
        Results { text: report::PREFACE.to_owned() + &machine::describe(options.quick), groups: Vec::new() };
    results.measure(streams, options, &fast);
    results.text += report::BIAS;
    if options.write { results.write().map_err(|error| error.to_string()) } else { Ok(()) }
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
    fn measure(&mut self, streams: &'static [Stream], options: &Options, fast: &SecondProcess) {
        if options.wants("facts") {
            self.section("What the peers do", &facts::section());
        }
        let borrowed = decode::run::<Borrowed>(streams, options, fast, |cell| options.wants_cell(cell, "borrowed"));
        let owned = decode::run::<Owned>(streams, options, fast, |cell| options.wants_cell(cell, "owned"));
        if options.wants("users") {
            self.section("What users do", &report::users(&borrowed, &owned));
            self.groups.push(chart::decoders("Decode into borrowed events, peers in their fastest way", &borrowed));
            self.groups.push(chart::decoders("Decode a stream into a stream of owned events", &owned));
        }
        if options.wants("borrowed") {
            self.section("Borrowed events", &report::borrowed(&borrowed));
        }
        if options.wants("owned") {
            self.section("Owned events, through the stream adapter", &report::owned(&owned));
        }
        if options.wants("many-lines") {
            self.section("Events of many lines", &report::many_lines(&borrowed, &owned));
        }
        if options.wants("linearity") {
            self.section("Chunks of 16 bytes and of one", &report::linearity(&borrowed, &owned));
        }
        if options.wants("encode") {
            let encoders = encode::run(|| streams.iter().map(|stream| &stream.fixture), options, fast);
            self.section("Encode", &report::encoders(&encoders));
            self.groups.push(chart::encoders("Encode", &encoders));
            let encoders = encode::run(|| lengths::fixtures().iter(), options, fast);
            self.section("Encode, by length", &report::encoders_by_length(&encoders));
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
