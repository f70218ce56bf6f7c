//! Decodes recorded event streams in several ways, encodes the events again, and compares the results.
//!
//! ```sh
//! cargo run --release --example recheck -- recordings/*.sse
//! ```
//!
//! Each file is decoded whole, in chunks of 1460 bytes (a TCP segment), and byte by byte. The events are encoded and decoded once
//! more. A file without events is an error, and so is one that ends in the middle of an event.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use sse_proto::{DecodeError, Decoder, EventBuf};

fn main() -> ExitCode {
    let (mut files, mut events, mut failures) = (0_usize, 0, 0_usize);
    for path in env::args_os().skip(1).map(PathBuf::from) {
        files += 1;
        match fs::read(&path).map_err(Into::into).and_then(|stream| recheck(&stream)) {
            Ok(found) => events += found,
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                failures += 1;
            }
        }
    }
    println!(
        "{files} files, {events} events, {failures} failures (compared: whole, 1460-byte chunks, byte by byte, re-encoded)"
    );
    if files > 0 && failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns the number of events in the stream if all ways agree.
fn recheck(stream: &[u8]) -> Result<usize, Box<dyn Error>> {
    let whole = decode(stream, stream.len().max(1))?;
    if whole.events.is_empty() || whole.dropped {
        return Err(
            format!("{} events found, incomplete event at the end: {}", whole.events.len(), whole.dropped).into()
        );
    }
    for size in [1460, 1] {
        if decode(stream, size)? != whole {
            return Err(format!("different result in chunks of {size} bytes").into());
        }
    }
    let mut encoded = Vec::new();
    for event in &whole.events {
        event.as_event().encode_into(&mut encoded);
    }
    if decode(&encoded, encoded.len())?.events != whole.events {
        return Err("different result after encoding and decoding again".into());
    }
    Ok(whole.events.len())
}

#[derive(PartialEq)]
struct Decoded {
    events: Vec<EventBuf>,
    decoder: Decoder,
    dropped: bool,
}

fn decode(stream: &[u8], size: usize) -> Result<Decoded, DecodeError> {
    let (mut decoder, mut events) = (Decoder::new(), Vec::new());
    for mut input in stream.chunks(size) {
        let mut of_chunk = decoder.events(&mut input);
        while let Some(event) = of_chunk.next()? {
            events.push(event.to_event_buf());
        }
    }
    let dropped = decoder.end_of_stream().is_incomplete();
    Ok(Decoded { events, decoder, dropped })
}
