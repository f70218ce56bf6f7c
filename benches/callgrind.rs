//! Counts the instructions of a benchmark program, which runs itself under valgrind.

use std::env;
use std::error::Error;
use std::process::Command;

/// The number of instructions of one pass: half of the difference between three passes and one, so that the setup does not count.
///
/// The program is called with `--run`, the arguments and the number of passes.
pub(crate) fn count(arguments: &[&str]) -> Result<usize, Box<dyn Error>> {
    let [one, three] = ["1", "3"].map(|passes| collected(arguments, passes));
    Ok((three? - one?) / 2)
}

/// The number of instructions that valgrind reports for this program with the given number of passes.
fn collected(arguments: &[&str], passes: &str) -> Result<usize, Box<dyn Error>> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .arg("--run")
        .args(arguments)
        .arg(passes)
        .output()
        .map_err(|error| format!("cannot run valgrind: {error}"))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let count =
        report.lines().find_map(|line| line.split_once("Collected : ")).ok_or_else(|| report.clone().into_owned())?;
    Ok(count.1.trim().parse()?)
}
