//! How a report came about. Nothing that names a machine or a folder.

use std::time::SystemTime;

use crate::case::{Selection, Version, Way};
use crate::figures::{Figures, Outcome};

/// `26 Nov 2026`.
pub(super) fn date() -> String {
    // `Thu, 26 Nov 2026 15:56:02 GMT`
    httpdate::fmt_http_date(SystemTime::now()).get(5..16).unwrap_or_default().to_owned()
}

/// The version of the compiler, for instance `1.95.0`. The build script asks for it.
pub(super) const fn rust() -> Option<&'static str> {
    option_env!("REPORT_RUST_VERSION")
}

/// The features of the library that this package enables.
pub(super) const FEATURES: &str = "client, fan-out";

/// What makes the same report again.
pub(super) fn command(outcome: &Outcome) -> String {
    let release = if cfg!(debug_assertions) { "" } else { " --release" };
    let selection = match outcome.selection {
        Selection::Short => " --short",
        Selection::Default => "",
        Selection::Full => " --full",
    };
    let clients = match clients(outcome) {
        numbers if numbers.is_empty() => numbers,
        numbers => format!(" --clients {numbers}"),
    };
    let seed = outcome.seed;
    format!("cargo run{release} --manifest-path examples/transports/Cargo.toml --{selection}{clients} --seed {seed}")
}

/// Which combinations were measured: sentences.
pub(super) fn cases(outcome: &Outcome) -> Vec<String> {
    let mut sentences: Vec<_> =
        outcome.selection.describe().split_inclusive(". ").map(|sentence| sentence.trim_end().to_owned()).collect();
    if !outcome.clients.is_empty() {
        sentences
            .push(format!("Of these, or in their place, cases with these numbers of clients: {}.", clients(outcome)));
    }
    sentences
}

/// The numbers of clients that were asked for.
fn clients(outcome: &Outcome) -> String {
    outcome.clients.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// What is like clients that share a connection. Nothing if none of these cases has such clients.
pub(super) fn one_connection<'a>(figures: impl IntoIterator<Item = &'a Figures>) -> Option<&'static str> {
    figures.into_iter().any(|figures| figures.case.clients > 1 && keeps_http2(figures)).then_some(
        "Over HTTP/2 all clients of a case share one connection, as tabs of one browser or users behind one proxy do.",
    )
}

/// What separate users have, and where to see it.
pub(super) fn separate_users(outcome: &Outcome) -> &'static str {
    if outcome.cases.iter().any(|figures| figures.case.clients == 1 && keeps_http2(figures)) {
        "Separate users have a connection each: see the cases with 1 client."
    } else {
        "Separate users have a connection each."
    }
}

fn keeps_http2(figures: &Figures) -> bool {
    figures.case.protocol.version == Version::Http2 && figures.case.way != Way::ShortNew
}
