//! The programs of the migration guides, and the differences that the guides name.

use std::fs;
use std::path::Path;

mod axum;
mod eventsource_stream;
mod reqwest_eventsource;
mod scripted;
mod sse_stream;

#[test]
fn each_program_is_shown_and_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text_of = |folder: &str| {
        let files = fs::read_dir(root.join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
        files.map(|path| fs::read_to_string(path).expect("a text")).collect::<String>()
    };
    let (guide, tests) = (text_of("src/guide/migrating"), text_of("tests/ecosystem/tests/migrating"));
    let mut programs = 0;
    for entry in fs::read_dir(root.join("tests/migrating")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            programs += 1;
            let name = path.file_name().expect("a name").to_str().expect("UTF-8");
            assert!(
                guide.contains(&format!("include_str!(\"../../../tests/migrating/{name}\")")),
                "{name} is not shown"
            );
            assert!(tests.contains(&format!("#[path = \"../../../migrating/{name}\"]")), "{name} is not run");
        }
    }
    assert!(programs >= 10, "{programs}");
}
