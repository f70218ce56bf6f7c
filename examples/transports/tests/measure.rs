//! The program as it is used: a measurement with few clients, and what it says if something is wrong.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_sse-proto-transports"))
}

fn run(arguments: &[&str], folder: &Path) -> Output {
    program().args(arguments).current_dir(folder).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_measurement_shows_its_progress_and_writes_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--short", "--clients", "2", "--report", "a.html", "--table", "b.md"], folder.path());
    let progress = text(&output.stderr);
    assert!(output.status.success(), "{progress}");
    let first = progress.lines().next().unwrap_or_default();
    let seconds = first.strip_prefix("20 cases, about ").and_then(|rest| rest.strip_suffix(" s")?.parse().ok());
    assert!((5..=60).contains(&seconds.unwrap_or(0)), "{first}");
    for number in 1..=20 {
        assert_eq!(progress.matches(&format!("[{number}/20] ")).count(), 1, "{progress}");
    }
    for way in ["new connections", "keep-alive", "ETag", "long polling", "SSE"] {
        assert!(progress.matches(way).count() >= 4, "{way}: {progress}");
    }
    assert_eq!(progress.matches("events next to a download").count(), 5, "{progress}");
    let table = text(&output.stdout);
    assert!(table.starts_with("All ways ") && table.contains("\n\nSteady feed, 2 clients\n"), "{table}");
    assert!(table.ends_with("\nReport: a.html\n"), "{table}");
    assert_eq!(table.lines().filter(|line| line.starts_with("  SSE  ")).count(), 4, "{table}");
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("a.html").starts_with("<!DOCTYPE html>") && read("a.html").ends_with("</html>"));
    assert!(read("b.md").contains("\n| SSE | HTTP/2, TLS | "), "{}", read("b.md"));
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["a.html", "b.md"]);
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_before_the_measurement() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--short", "--report", "missing/a.html"][..],
        &["--short", "--report", "a.html", "--table", "missing/b.md"],
        &["--short", "--report", "."],
    ] {
        let start = Instant::now();
        let output = run(arguments, folder.path());
        let error = text(&output.stderr);
        assert!(!output.status.success() && output.stdout.is_empty(), "{error}");
        assert!(error.starts_with("error: cannot write ") && error.lines().count() == 1, "{error}");
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn zero_clients_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--clients", "0"], folder.path());
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("0 clients receive nothing"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_measurement_without_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program()
        .args(["--short", "--clients", "1"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    // What is going to be measured, and the first case.
    progress.read_line(&mut line).unwrap();
    progress.read_line(&mut line).unwrap();
    assert!(line.contains("\n[1/20]"), "{line}");
    let start = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    progress.read_to_string(&mut rest).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(rest.ends_with("error: interrupted\n"), "{rest}");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
