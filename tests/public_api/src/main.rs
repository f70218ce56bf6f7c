//! Prints the public API of a crate: for each file that rustdoc has written as JSON, for growing sets of features, the items that the
//! sets before have not.
//!
//!     sse-proto-public-api 'without features' none.json 'all features' all.json

use std::collections::BTreeSet;
use std::error::Error;
use std::{env, fs};

use public_api::Builder;
use rustdoc_types::FORMAT_VERSION;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut ordered = Vec::new();
    for pair in arguments.chunks(2) {
        let [name, json] = pair else { return Err("expected pairs of a name and a file".into()) };
        let items = items(json)?;
        let all: BTreeSet<_> = items.iter().cloned().collect();
        if let Some(lost) = known.difference(&all).next() {
            return Err(format!("{name}: `{lost}` is gone, but features only add").into());
        }
        ordered.push((name, items.into_iter().filter(|item| known.insert(item.clone())).collect::<Vec<_>>()));
    }
    for (name, items) in ordered {
        println!("# {name}");
        for item in items {
            println!("{item}");
        }
    }
    Ok(())
}

/// The public items in their order, without implementations for all types, auto traits other than `Send`, `Sync` and `Unpin`, and
/// what `pin_project_lite` writes for `Unpin`, which names its internals.
fn items(json: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let text = fs::read_to_string(json)?;
    let format = serde_json::from_str::<Value>(&text)?["format_version"].as_u64();
    if format != Some(FORMAT_VERSION.into()) {
        let format = format.map_or("none".to_owned(), |format| format.to_string());
        return Err(format!(
            "this compiler writes version {format} of rustdoc's JSON, and public-api reads version {FORMAT_VERSION}: \
             change the version of public-api and rustdoc-types in tests/public_api/Cargo.toml, or use another compiler"
        )
        .into());
    }
    let api = Builder::from_rustdoc_json(json).omit_blanket_impls(true).build()?;
    let omitted = ["Freeze", "RefUnwindSafe", "UnsafeUnpin", "UnwindSafe"];
    let is_omitted = |item: &String| {
        let before = item.split_once(" for ").map_or("", |(before, _)| before);
        omitted.iter().any(|name| before.ends_with(&format!("::{name}")))
            || item.contains("pin_project_lite::__private")
    };
    Ok(api.items().map(ToString::to_string).filter(|item| !is_omitted(item)).collect())
}
