//! How a report came about. Nothing that names a machine or a folder.

use std::time::SystemTime;

use crate::case::Selection;
use crate::figures::Outcome;

/// `26 Nov 2026`.
pub(super) fn date() -> String {
    // `Thu, 26 Nov 2026 15:56:02 GMT`
    httpdate::fmt_http_date(SystemTime::now()).get(5..16).unwrap_or_default().to_owned()
}

/// The version of the compiler, for instance `1.95.0`. The build script asks for it.
pub(super) const fn rust() -> Option<&'static str> {
    option_env!("REPORT_RUST_VERSION")
}

/// What the package is built with.
pub(super) const FEATURES: &str = "client, fan-out";

/// What makes the same report again.
pub(super) fn command(outcome: &Outcome) -> String {
    let release = if cfg!(debug_assertions) { "" } else { " --release" };
    let selection = match outcome.selection {
        Selection::Short => " --short",
        Selection::Default => "",
        Selection::Full => " --full",
    };
    format!("cargo run{release} --manifest-path examples/transports/Cargo.toml --{selection} --seed {}", outcome.seed)
}
