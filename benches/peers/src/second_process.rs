//! The feature `fast`, in a second process: one program cannot have sse-proto with and without it.
//!
//! The second process is this program, built with `--features fast` and started with the argument `--serve`. It takes part in the
//! race by pipes: a request per line, an answer per line.
//!
//! | request | answer |
//! |---|---|
//! | `borrowed`, `owned` or `encode`, a space, a name | `ok`, or why the contender is excluded |
//! | `pass` | the times of the floor and of the contender in nanoseconds |
//!
//! Before each pass, the second process runs the floor, so that its caches are as they are in the first, where another contender
//! ran before. After the pass, it times the floor: the floors of both processes show whether both run alike.

use std::cell::RefCell;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::cells::{self, Stream};
use crate::contenders::{Borrowed, Owned, Way};
use crate::timing::Pass;
use crate::{decode, encode, lengths};

/// The first process's end.
pub struct SecondProcess(RefCell<(ChildStdin, BufReader<ChildStdout>)>);

/// The times of one pass.
pub struct Times {
    pub floor: Duration,
    pub contender: Duration,
}

impl SecondProcess {
    /// Builds and starts it. It ends when this end is dropped.
    pub fn start() -> Result<Self, String> {
        let mut child = Command::new(build()?)
            .arg("--serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the second process does not start: {error}"))?;
        let pipes = child.stdin.take().zip(child.stdout.take()).ok_or("no pipes")?;
        Ok(Self(RefCell::new((pipes.0, BufReader::new(pipes.1)))))
    }

    /// Chooses what the following passes measure, and verifies it. The error is the reason for the exclusion.
    pub fn choose(&self, way: &str, name: &str) -> Result<(), String> {
        let answer = self.ask(&format!("{way} {name}"));
        if answer == "ok" { Ok(()) } else { Err(answer) }
    }

    pub fn pass(&self) -> Times {
        let answer = self.ask("pass");
        let mut times = answer.split(' ').map(|time| Duration::from_nanos(time.parse().expect("a time")));
        let mut next = || times.next().expect("two times");
        Times { floor: next(), contender: next() }
    }

    fn ask(&self, request: &str) -> String {
        let (input, output) = &mut *self.0.borrow_mut();
        let mut answer = String::new();
        let asked = writeln!(input, "{request}").and_then(|()| output.read_line(&mut answer));
        assert!(asked.is_ok() && !answer.is_empty(), "the second process ended: {request}");
        answer.trim_end().to_owned()
    }
}

/// Builds this package with the feature `fast`, in a folder of its own, and returns the path of the program.
fn build() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    // The program is in a folder of the target folder, which is named after the profile.
    let target = this.ancestors().nth(2).ok_or("no target folder")?.join("fast");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // In the current folder, so that Cargo reads the same configuration as for the first process.
    let built = Command::new(cargo)
        .args(["build", "--release", "--locked", "--features", "fast"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), "--target-dir"])
        .arg(&target)
        .stdout(io::stderr())
        .status();
    match built {
        Ok(status) if status.success() => Ok(target.join("release").join(env!("CARGO_PKG_NAME"))),
        _ => Err("the second process cannot be built".into()),
    }
}

/// The second process: answers requests until its input ends.
pub fn serve(streams: &'static [Stream]) {
    let mut requests = io::stdin().lines().map_while(Result::ok);
    let mut request = requests.next();
    while let Some(line) = request {
        let (way, name) = line.split_once(' ').expect("a way and a name");
        request = match way {
            "borrowed" => decoder::<Borrowed>(streams, name, &mut requests),
            "owned" => decoder::<Owned>(streams, name, &mut requests),
            _ => encoder(streams, name, &mut requests),
        };
    }
}

fn decoder<W: Way>(
    streams: &'static [Stream],
    name: &str,
    requests: &mut impl Iterator<Item = String>,
) -> Option<String> {
    let cell = cells::all(streams).find(|cell| cell.name() == name).expect("a cell");
    let prepare = W::prepare(cell);
    let ours = W::contenders().swap_remove(0);
    let verified = (ours.verify)(prepare(), cell.sample.events);
    answer(verified, decode::floor::<W>(&*prepare), (ours.pass)(&*prepare), requests)
}

fn encoder(streams: &'static [Stream], name: &str, requests: &mut impl Iterator<Item = String>) -> Option<String> {
    let mut fixtures = streams.iter().map(|stream| &stream.fixture).chain(lengths::fixtures());
    let events = encode::events(fixtures.find(|fixture| fixture.name == name).expect("a fixture"));
    let ours = crate::contenders::encode::contenders().swap_remove(0);
    let encoded = encode::encoded(events);
    answer(ours.verify(events), encode::copy(&encoded), encode::warm(ours.pass(events)), requests)
}

/// Answers with the result of the verification, then with the times of each pass. Returns the first other request.
fn answer(
    verified: Result<(), String>,
    mut floor: Pass<'_>,
    mut contender: Pass<'_>,
    requests: &mut impl Iterator<Item = String>,
) -> Option<String> {
    println!("{}", verified.err().as_deref().unwrap_or("ok"));
    loop {
        let request = requests.next()?;
        if request != "pass" {
            return Some(request);
        }
        floor();
        let contender = contender();
        println!("{} {}", floor().as_nanos(), contender.as_nanos());
    }
}
