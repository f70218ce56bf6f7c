//! What a derive, a reset or a change elsewhere may break without an error: the promises that are not about decoded events.
#![cfg(feature = "alloc")]

use std::collections::BTreeSet;
use std::fs;
use std::hash::Hash;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

#[path = "support/counting.rs"]
mod counting;
#[path = "support/rust_files.rs"]
mod rust_files;
mod support;

use counting::count;
use rust_files::rust_files;
use sse_proto::client::{EventSource, Reconnect, Step};
use sse_proto::server::{Cursor, History, Next, Position, Rejected, Resume, Retention};
use sse_proto::{
    Comment, CutLine, DataWriter, DecodeError, Decoder, Encoder, Event, EventBuf, FixedDecoder, InvalidEvent, Limits,
    Tokenizer,
};
use support::cases::CASES;
use support::drive;
use support::random::{Random, cut, stream};

#[test]
fn everything_can_be_sent_shared_and_moved() {
    fn check<T: Send + Sync + Unpin + 'static>() {}
    check::<Tokenizer>();
    check::<Decoder>();
    check::<FixedDecoder<64, 16>>();
    check::<Event<'static>>();
    check::<EventBuf>();
    check::<Comment<'static>>();
    check::<Encoder<'static>>();
    check::<DataWriter<String>>();
    check::<DecodeError>();
    check::<InvalidEvent>();
    check::<EventSource>();
    check::<EventSource<FixedDecoder<64, 16>>>();
    check::<Reconnect>();
    check::<History>();
    check::<History<Arc<[u8]>>>();
    check::<Cursor>();
    check::<Position>();
    check::<Resume>();
    check::<Next<'static, Vec<u8>>>();
    check::<Rejected>();
    check::<Retention>();
}

/// Values can be compared and be keys of maps; decoders can be compared.
#[test]
fn values_are_eq_and_hash() {
    fn check<T: Eq + Hash>() {}
    fn check_decoder<T: Eq>() {}
    check::<Tokenizer>();
    check::<Event<'static>>();
    check::<EventBuf>();
    check::<Comment<'static>>();
    check::<DecodeError>();
    check::<InvalidEvent>();
    check::<Limits>();
    check::<Step>();
    check::<Cursor>();
    check::<Position>();
    check::<Resume>();
    check::<Rejected>();
    check::<Retention>();
    check_decoder::<Decoder>();
    check_decoder::<FixedDecoder<64, 16>>();
    check_decoder::<EventSource>();
    check_decoder::<EventSource<FixedDecoder<64, 16>>>();
    check_decoder::<Reconnect>();
}

#[test]
fn sizes() {
    assert!(size_of::<Tokenizer>() <= 4, "{}", size_of::<Tokenizer>());
    assert!(size_of::<Decoder>() <= 256, "{}", size_of::<Decoder>());
    assert!(size_of::<FixedDecoder<1024, 64>>() <= 1024 + 4 * 64 + 192, "{}", size_of::<FixedDecoder<1024, 64>>());
    let source = size_of::<EventSource<FixedDecoder<1024, 64>>>();
    assert!(source <= size_of::<FixedDecoder<1024, 64>>() + 288, "{source}");
    assert!(size_of::<Event<'static>>() <= 64, "{}", size_of::<Event<'static>>());
    assert!(size_of::<EventBuf>() <= 64, "{}", size_of::<EventBuf>());
    assert!(size_of::<Reconnect>() <= 192, "{}", size_of::<Reconnect>());
    assert!(size_of::<EventSource>() <= 512, "{}", size_of::<EventSource>());
    assert!(size_of::<Step>() <= 32, "{}", size_of::<Step>());
    // A reader of a log costs its cursor.
    assert!(size_of::<Cursor>() <= 16, "{}", size_of::<Cursor>());
    assert!(size_of::<Position>() <= 16, "{}", size_of::<Position>());
    assert!(size_of::<History>() <= 192, "{}", size_of::<History>());
}

#[test]
fn a_new_decoder_holds_nothing_on_the_heap() {
    let (decoder, counts) = count(Decoder::new);
    assert_eq!(counts.allocations, 0);
    drop(decoder);
}

/// Events that lie whole in their chunk never touch the heap; all others only while the decoder is cold.
#[test]
fn a_warm_decoder_does_not_allocate() {
    let run = |decoder: &mut Decoder, stream: &[u8], size: usize| {
        let mut events = 0;
        for mut input in stream.chunks(size) {
            while let Some(event) = decoder.next_event(&mut input).unwrap() {
                assert!(event.data().len() < 4096);
                events += 1;
            }
        }
        events
    };
    let streams: [&[u8]; 6] = [
        b"data: {\"a\": 1}\n\n",
        b"event: delta\r\nid: 1234567890\r\nretry: 5\r\ndata: {\"a\": 1}\r\n\r\n",
        b": keep-alive\n\n:\n\nfoo: bar\ndata\n\n",
        b"data: 1\ndata: 2\ndata: 3\ndata: 4\nevent: x\n\n",
        "data: \u{65E5}\u{672C}\u{8A9E}\nid: \u{8A9E}\nevent: \u{8A9E}\n\n".as_bytes(),
        b"data: \xFF\xFE\xE2\x82\ndata: a\n\n",
    ];
    for (number, stream) in streams.iter().enumerate() {
        let stream = stream.repeat(50);
        for size in [1, 2, 3, 7, 16, 1460, stream.len()] {
            let mut decoder = Decoder::new();
            assert_eq!(run(&mut decoder, &stream, size), 50);
            let (events, counts) = count(|| run(&mut decoder, &stream, size));
            assert_eq!(events, 50);
            assert_eq!(counts.allocations, 0, "stream {number} in chunks of {size}");
        }
    }
    let mut decoder = Decoder::new();
    let whole = b"event: delta\ndata: {\"a\": 1}\n\n: keep-alive\n\ndata: x\n\n";
    let (_, counts) = count(|| run(&mut decoder, whole, whole.len()));
    assert_eq!(counts.allocations, 0, "events that lie whole in their chunk, cold");
}

/// The text of a single-line event that lies whole in a chunk is the chunk's.
#[test]
fn a_single_line_event_is_not_copied() {
    let mut decoder = Decoder::new();
    let mut fixed = FixedDecoder::<64, 16>::with_fixed_buffers();
    // Also if the line end before it was cut in two.
    assert_eq!(decoder.next_event(&mut &b":\r"[..]), Ok(None));
    let chunk = b"\nid: 17\nevent: delta\ndata: hello\n\n:\n\ndata: bye\r\n\r\n".to_vec();
    let lies_in_chunk = |text: &str| chunk.as_ptr_range().contains(&text.as_ptr());
    let (mut input, mut input_of_fixed) = (chunk.as_slice(), chunk.as_slice());
    for _ in 0..2 {
        let event = decoder.next_event(&mut input).unwrap().unwrap();
        assert!(lies_in_chunk(event.data()));
        assert!(event.id().is_none_or(lies_in_chunk));
        assert!(event.event_type() == "message" || lies_in_chunk(event.event_type()));
        let event = fixed.next_event(&mut input_of_fixed).unwrap().unwrap();
        assert!(lies_in_chunk(event.data()));
    }
    let mut input = chunk.as_slice();
    let mut events = decoder.events(&mut input);
    for _ in 0..2 {
        assert!(lies_in_chunk(events.next().unwrap().unwrap().data()));
    }
    // The control: two lines of data must be joined somewhere else.
    let event = decoder.next_event(&mut &b"data: a\ndata: b\n\n"[..]).unwrap().unwrap();
    assert!(!lies_in_chunk(event.data()));
}

/// A line that arrives byte by byte is moved a bounded number of times. (`src/decode/next_event.rs` tests that it is searched once.)
#[test]
fn one_byte_chunks_cost_what_their_bytes_cost() {
    for size in [1 << 16, 1 << 20] {
        let stream = ["data: ".to_owned(), "x".repeat(size), "\n\n".to_owned()].concat().into_bytes();
        let mut decoder = Decoder::new();
        let (len, counts) = count(|| {
            let mut len = 0;
            for mut input in stream.chunks(1) {
                if let Some(event) = decoder.next_event(&mut input).unwrap() {
                    len += event.data().len();
                }
            }
            len
        });
        assert_eq!(len, size);
        assert!(counts.allocations <= 20, "{counts:?}");
        assert!(counts.moved <= 2 * size, "{counts:?}");
    }
}

#[test]
fn a_clone_continues_like_the_original() {
    for case in CASES {
        for at in 0..=case.stream.len() {
            let (head, tail) = case.stream.split_at(at);
            let mut decoder = Decoder::new();
            drive::decoder(&mut decoder, &[head]);
            let mut clone = decoder.clone();
            assert_eq!(clone, decoder);
            assert_eq!(
                drive::decoder(&mut clone, &[tail]),
                drive::decoder(&mut decoder, &[tail]),
                "{} at {at}",
                case.name
            );
            assert_eq!(clone, decoder);
        }
    }
}

/// Whatever came before: a decoder after the end of its stream is a new one with the same ID and reconnection time.
#[test]
fn the_end_of_a_stream_leaves_a_new_decoder() {
    let check = |stream: &[u8], limits: Limits| {
        let mut decoder = Decoder::with_limits(limits);
        drive::decoder(&mut decoder, &[stream]);
        decoder.end_of_stream();
        let mut new = Decoder::with_limits(limits);
        new.set_last_event_id(decoder.last_event_id()).unwrap();
        if let Some(time) = decoder.reconnection_time() {
            let retry = format!("retry: {}\n", time.as_millis());
            assert_eq!(new.next_event(&mut retry.as_bytes()), Ok(None));
            new.end_of_stream();
        }
        assert_eq!(decoder, new, "{:?}", String::from_utf8_lossy(stream));
        let next = b"\xEF\xBB\xBFdata: next\nid: n\nevent: e\n\n";
        assert_eq!(drive::decoder(&mut decoder, &[next]), drive::decoder(&mut new, &[next]));
    };
    for case in CASES {
        for end in 0..=case.stream.len() {
            check(&case.stream[..end], Limits::default());
        }
    }
    for number in 0..2000 {
        let mut random = Random(number);
        check(&stream(&mut random), Limits::default().with_max_event_bytes(random.below(64)));
    }
}

#[test]
fn the_end_of_a_stream_says_whether_an_event_was_dropped() {
    for (stream, dropped) in [
        ("", false),
        ("data: a\n\n", false),
        ("data: a\n\r", false),
        ("data: a\n", true),
        ("data: a", true),
        ("data", true),
        ("dat", true),
        ("data:", true),
        ("data: a\n\ndata: b", true),
        ("event: a\n", true),
        ("id: 1\n", true),
        ("id: 1\n\n", false),
        ("event\n", false),
        ("id: \0\n", false),
        ("retry: 1\n", false),
        (": comment", false),
        (": comment\n", false),
        ("unknown: a", false),
        ("unknown: a\n", false),
        ("data: a\ndata: b\n\n", false),
    ] {
        let mut decoder = Decoder::new();
        drive::decoder(&mut decoder, &[stream.as_bytes()]);
        assert_eq!(decoder.end_of_stream().is_incomplete(), dropped, "{stream:?}");
    }
    let mut decoder = Decoder::new();
    let mut input = &b"data: a\ndata: b\n\ndata: c"[..];
    assert!(decoder.next_event(&mut input).unwrap().is_some());
    assert!(!decoder.end_of_stream().is_incomplete(), "a dispatched event is not dropped");
}

/// The call for peers that omit the last blank line gives what the blank line would have given, wherever the stream stops; of a
/// line that is cut only if it is asked to, and never an ID or a reconnection time.
#[test]
fn an_incomplete_event_can_be_dispatched() {
    for case in CASES {
        for end in 0..=case.stream.len() {
            let stream = &case.stream[..end];
            let line_start = stream.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')).map_or(0, |at| at + 1);
            let line = &stream[line_start..];
            let cut = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
            let begins = |name: &str| cut.starts_with(name.as_bytes()) || name.as_bytes().starts_with(cut);
            let is_id_or_retry = !cut.is_empty() && (begins("id:") || begins("retry:"));
            for cut_line in [CutLine::Discard, CutLine::Process] {
                let discards = cut_line == CutLine::Discard || is_id_or_retry;
                let name = format!("{} at {end}, {cut_line:?}", case.name);
                let mut decoder = Decoder::new();
                drive::decoder(&mut decoder, &[stream]);
                let dispatched = decoder.dispatch_incomplete(cut_line).unwrap().map(|event| event.to_event_buf());

                let mut expected = Decoder::new();
                let lines = if discards { &stream[..line_start] } else { stream };
                drive::decoder(&mut expected, &[lines]);
                // After a CR the first LF is a part of its line end.
                let rest = if lines.ends_with(b"\n") || lines.is_empty() { &b"\n"[..] } else { b"\n\n" };
                let event = expected.next_event(&mut &rest[..]).unwrap().map(|event| event.to_event_buf());
                assert_eq!(dispatched, event, "{name}");
                assert!(decoder.dispatch_incomplete(cut_line).unwrap().is_none(), "once");
                assert_eq!(decoder.last_event_id(), expected.last_event_id(), "{name}");
                assert_eq!(decoder.reconnection_time(), expected.reconnection_time(), "{name}");
                assert!(!decoder.end_of_stream().is_incomplete());
            }
        }
    }
}

/// What the lines before left stays, if the line that is cut would have replaced it or added to it.
#[test]
fn a_line_that_is_discarded_leaves_no_trace() {
    for (stream, expected) in [
        ("data: a\ndata: b", Some(Event::new("a"))),
        ("data\ndata: b", Some(Event::new(""))),
        ("data: b", None),
        ("data: a\nevent: b\nevent: c", Some(Event::new("a").with_type("b").unwrap())),
        ("data: a\nid: 1\nid: 2", Some(Event::new("a").with_id("1").unwrap())),
        ("data: a\nretry: 1\nretry: 2", Some(Event::new("a").with_retry(Duration::from_millis(1)))),
        ("data: a\n: comm", Some(Event::new("a"))),
        ("data: a\nunkn", Some(Event::new("a"))),
        ("data: a\ndat", Some(Event::new("a"))),
    ] {
        for size in 1..=stream.len() {
            let mut decoder = Decoder::new();
            drive::decoder(&mut decoder, &stream.as_bytes().chunks(size).collect::<Vec<_>>());
            assert_eq!(decoder.dispatch_incomplete(CutLine::Discard).unwrap(), expected, "{stream:?} by {size}");
            let ignored = decoder.ignored().lines();
            let mut next = &b"what\ndata: next\n\n"[..];
            assert_eq!(decoder.next_event(&mut next).unwrap(), Some(Event::new("next")), "{stream:?} by {size}");
            assert_eq!(decoder.ignored().lines(), ignored + 1, "{stream:?} by {size}");
        }
    }
}

/// Nobody reads a payload or an ID in a log because a decoder was logged.
#[test]
fn debug_shows_lengths_and_no_payload() {
    let mut decoder = Decoder::new();
    drive::decoder(
        &mut decoder,
        &[b"id: secret\n\nevent: secret\nid: secret\ndata: secret\ndata: secret\nsecret\nid: secr"],
    );
    let text = format!("{decoder:?}");
    assert!(!text.contains("secr") && !text.contains("115, 101"), "{text}");
    assert!(text.contains("buffered_len: 35") && text.contains("last_event_id_len: 6"), "{text}");
}

#[test]
fn an_empty_chunk_is_a_no_op() {
    for number in 0..500 {
        let mut random = Random(number);
        let stream = stream(&mut random);
        let mut decoder = Decoder::new();
        for chunk in cut(&mut random, &stream) {
            drive::decoder(&mut decoder, &[chunk]);
            let before = decoder.clone();
            assert_eq!(decoder.next_event(&mut &b""[..]), Ok(None));
            assert_eq!(decoder, before);
        }
    }
}

#[test]
fn a_last_event_id_must_be_one_that_a_stream_could_have_set() {
    let mut decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(3));
    decoder.set_last_event_id("abc").unwrap();
    for (id, message) in [
        ("a\n", "invalid last event ID: expected text without CR, LF and NUL, found '\\n' at byte 1"),
        ("abcd", "last event ID too long: its length in bytes is 4, the maximum is 3"),
    ] {
        assert_eq!(decoder.set_last_event_id(id).unwrap_err().to_string(), message);
        assert_eq!(decoder.last_event_id(), "abc", "unchanged");
    }
    decoder.set_last_event_id("").unwrap();
    assert_eq!(decoder.last_event_id(), "");
    let mut fixed = FixedDecoder::<64, 2>::with_fixed_buffers();
    assert!(fixed.set_last_event_id("ab").is_ok());
    assert!(fixed.set_last_event_id("abc").is_err());
}

/// What a folder or a file at the top of `src/` may import, besides its own files. Imports never go up.
const IMPORTS: &[(&str, &[&str])] = &[
    ("headers", &[]),
    ("guide", &[]),
    ("field", &[]),
    ("error", &["field"]),
    ("text", &[]),
    ("event", &["error", "field", "text"]),
    ("encode", &["error", "event", "field", "text"]),
    ("decode", &["error", "event", "field", "text"]),
    ("client", &["decode", "error", "event", "headers"]),
    ("server", &["encode", "error", "event", "headers"]),
];

/// The public modules, which an adapter may import.
const PUBLIC: &[&str] = &["adapters", "client", "headers", "server"];

/// Who may name an external crate: a part of the path of the file, then the crates.
const CRATES: &[(&str, &[&str])] = &[
    ("text/", &["memchr", "simdutf8", "safe_arch"]),
    ("adapters/", &["bytes", "futures_core", "pin_project_lite"]),
    ("adapters/body", &["http", "http_body"]),
    ("adapters/client", &["http", "http_body", "httpdate"]),
    ("adapters/codec", &["tokio_util"]),
    ("adapters/fan_out", &["tokio"]),
    ("bytes_", &["bytes", "bytestring"]),
    ("event_bytes", &["bytes", "bytestring"]),
];

#[test]
fn imports_between_folders_only_go_down() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = rust_files(&src);
    let mut folders = BTreeSet::new();
    for path in &files {
        let name = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
        if name == "lib.rs" {
            continue;
        }
        let code = code(path);
        let folder = name.trim_end_matches(".rs").split('/').next().unwrap().to_owned();
        let imports = imports(&code);
        if folder == "adapters" {
            let is_public = |name: &String| name.starts_with(char::is_uppercase) || PUBLIC.contains(&&**name);
            assert!(imports.iter().all(is_public), "{name} may import the crate's public API only: {imports:?}");
        } else {
            let rule = IMPORTS.iter().find(|(known, _)| *known == folder);
            let (_, allowed) = rule.unwrap_or_else(|| panic!("{name}: no rule for {folder}"));
            for import in imports {
                assert!(import == folder || allowed.contains(&&*import), "{name} may not import {import}");
            }
        }
        for known in CRATES.iter().flat_map(|(_, crates)| *crates) {
            let allowed = CRATES.iter().any(|(place, crates)| name.contains(place) && crates.contains(known));
            assert!(allowed || !names_crate(&code, known), "{name} may not name {known}");
        }
        folders.insert(folder);
    }
    for (known, _) in IMPORTS {
        assert!(folders.contains(*known), "the rule for {known} is about nothing");
    }
    for (place, _) in CRATES {
        assert!(
            files.iter().any(|path| path.to_str().unwrap().replace('\\', "/").contains(place)),
            "no file is {place}"
        );
    }
}

#[test]
fn imports_are_found_in_code_of_every_form() {
    let code =
        "use crate::a::b;\nuse crate::{\n    c::d,\n    e::{f, g},\n    h,\n};\nfn x() { crate::i::y(crate::J) }";
    assert_eq!(imports(code), ["a", "c", "e", "h", "i", "J"]);
    assert!(names_crate("use bytes::Buf;", "bytes") && names_crate("fn x(_: &bytes::Bytes)", "bytes"));
    assert!(!names_crate("use crate::event_bytes::x; bytes.len()", "bytes"));
}

/// A file's code, without comments and tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text
        .split("#[cfg(test)]\nmod tests")
        .next()
        .unwrap()
        .split("#[cfg(test)]\npub(crate) mod tests")
        .next()
        .unwrap();
    let is_doc = |line: &str| line.trim_start().starts_with("//") || line.contains("doc = \"");
    code.lines().filter(|line| !is_doc(line)).map(|line| line.to_owned() + "\n").collect()
}

/// The first name of each path behind `crate::`, braces resolved.
fn imports(code: &str) -> Vec<String> {
    let mut imports = Vec::new();
    for part in code.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(list) => imports.extend(names_in_braces(list)),
            None => imports.push(first_name(part)),
        }
    }
    imports.retain(|name| !name.is_empty());
    imports
}

/// The first name of each path in a list, up to the brace that closes it.
fn names_in_braces(list: &str) -> Vec<String> {
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => {
                names.push(first_name(&list[start..at]));
                break;
            }
            b'}' => depth -= 1,
            b',' if depth == 0 => {
                names.push(first_name(&list[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> String {
    path.trim().split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap().to_owned()
}

fn names_crate(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path)
        .any(|(at, _)| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}
