//! What holds for the documentation of all incremental types.

#[path = "support/rust_files.rs"]
mod rust_files;

use std::fs;
use std::path::{Path, PathBuf};

use rust_files::rust_files;

/// What the documentation of an incremental type says, in this order.
const HEADINGS: [&str; 6] = ["Input", "Output", "End of stream", "Limits", "After an error", "Complexity"];

/// The incremental types. Aliases and wrappers refer to one of them.
const TYPES: [(&str, &str); 20] = [
    ("decode/tokenizer.rs", "Tokenizer"),
    ("decode/decoder.rs", "Decoder"),
    ("decode/events.rs", "Events"),
    ("decode/bytes_decoder.rs", "BytesDecoder"),
    ("decode/bytes_chunk.rs", "BytesEvents"),
    ("encode/encoder.rs", "Encoder"),
    ("encode/data_writer.rs", "DataWriter"),
    ("client/event_source.rs", "EventSource"),
    ("client/reconnect.rs", "Reconnect"),
    ("server/history.rs", "History"),
    ("adapters/io.rs", "EventReader"),
    ("adapters/io.rs", "EventWriter"),
    ("adapters/io_data_writer.rs", "IoDataWriter"),
    ("adapters/io_client.rs", "EventClient"),
    ("adapters/stream.rs", "EventStream"),
    ("adapters/body/event_body.rs", "EventBody"),
    ("adapters/client/event_client.rs", "EventClient"),
    ("adapters/fan_out/handle.rs", "FanOut"),
    ("adapters/fan_out/subscription.rs", "Subscription"),
    ("adapters/codec.rs", "EventCodec"),
];

#[test]
fn every_incremental_type_has_the_same_headings() {
    for (file, name) in TYPES {
        let text = fs::read_to_string(src().join(file)).unwrap();
        let declaration = text.find(&format!("pub struct {name}")).unwrap_or_else(|| panic!("{file}: no {name}"));
        let item = text[..declaration].rsplit("\n\n").next().unwrap();
        assert_eq!(headings(item), HEADINGS, "{file}: {name}");
    }
}

/// Also of what is not listed above, such as an alias that says only what differs.
#[test]
fn the_headings_have_one_order() {
    for file in rust_files(&src()) {
        let text = fs::read_to_string(&file).unwrap();
        for item in text.split("\n\n") {
            let headings = headings(item);
            let in_order: Vec<_> = HEADINGS.into_iter().filter(|heading| headings.contains(heading)).collect();
            assert_eq!(headings, in_order, "{}", file.display());
        }
    }
}

/// Those of `HEADINGS` in the documentation of an item. It contains no blank line.
fn headings(item: &str) -> Vec<&str> {
    let headings = item.lines().filter_map(|line| line.trim_start().strip_prefix("/// # "));
    headings.filter(|heading| HEADINGS.contains(heading)).collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
