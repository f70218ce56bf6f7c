//! Describes the run: date, machine, compiler, features and versions.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The description as a Markdown list.
pub fn describe(quick: bool) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let features = if cfg!(feature = "newer-rust") { "newer-rust" } else { "none" };
    format!(
        "- date: {}{}\n- machine: {}, {cores} cores, {} {}; shared with other work, so compare within a run only\n\
         - compiler: {}, release profile with `codegen-units = 1`{}, system allocator\n\
         - features of sse-proto: the default ones and `stream`; beside it the same and `fast`\n\
         - features of this package: {features}\n- versions: {}\n",
        today(),
        if quick { " (a quick run)" } else { "" },
        processor(),
        std::env::consts::ARCH,
        std::env::consts::OS,
        env!("RUSTC_VERSION"),
        env!("BLOCKS"),
        versions(),
    )
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("an unknown processor", |(_, model)| model).into()
}

/// The versions in the lock file.
fn versions() -> String {
    const PEERS: [&str; 11] = [
        "sse-proto",
        "sse-core",
        "sse-stream",
        "sseer",
        "sse-parse",
        "eventsource-stream",
        "rig-http",
        "eventsource-client",
        "russe",
        "axum",
        "memchr",
    ];
    let lock = include_str!("../Cargo.lock");
    let version = |name| {
        let package = lock.split("[[package]]").find(|package| package.contains(&format!("\nname = \"{name}\"\n")))?;
        package.lines().find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    };
    let versions = PEERS.iter().map(|name| format!("{name} {}", version(name).unwrap_or("?")));
    versions.collect::<Vec<_>>().join(", ")
}

/// The date in UTC.
fn today() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let (year, month, day) = date(seconds / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

/// Year, month and day of a number of days since 1970.
fn date(mut days: u64) -> (u64, usize, u64) {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month + 1, days + 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates() {
        assert_eq!(super::date(0), (1970, 1, 1));
        assert_eq!(super::date(789), (1972, 2, 29));
        assert_eq!(super::date(11_016), (2000, 2, 29));
        assert_eq!(super::date(20_779), (2026, 11, 22));
    }
}
