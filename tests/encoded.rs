//! `Encoded`, `IntoEncoded` and `Sleep`: what bodies are made of.
#![cfg(feature = "http-body")]

#[path = "support/random.rs"]
#[allow(dead_code, unreachable_pub, reason = "a module of several test binaries, each of which uses a part")]
mod random;

use std::convert::Infallible;
use std::future::{self, Future};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use random::{Random, stream};
use sse_proto::adapters::{Encoded, IncompleteBlock, IntoEncoded, Sleep};
use sse_proto::{Comment, Decoder, Event, EventBuf, EventBytes, ItemBuf};

/// What is sent after the bytes, to see whether the bytes become a part of it.
const PROBES: [&str; 5] =
    ["data: probe\n\n", "event: e\nid: 7\nretry: 5\ndata: probe\n\n", "data\n\n", "id: 7\n\n", ":\ndata: probe\n\n"];

/// The bytes that matter, and those that are like them: every string of up to four.
#[test]
fn all_short_strings() {
    const PARTS: [&str; 8] = ["\n", "\r", ":", "d", "data", "id", "\u{FEFF}", "\0"];
    let mut counts = [0; 2];
    for len in 0..=4 {
        for number in 0..PARTS.len().pow(len) {
            let parts = (0..len).map(|place| PARTS[number / PARTS.len().pow(place) % PARTS.len()]);
            counts[usize::from(check(parts.collect::<String>().as_bytes()))] += 1;
        }
    }
    assert!(counts.iter().all(|count| *count > 300), "{counts:?}");
}

#[test]
fn random_strings() {
    let mut counts = [0; 2];
    for number in 0..5000 {
        let mut random = Random(number);
        let mut bytes = stream(&mut random);
        if random.below(2) == 0 {
            bytes.extend_from_slice([&b"\n"[..], b"\n\n", b"\r\r", b"\r\n\r\n", b"\n: c\n", b"\r"][random.below(6)]);
        }
        counts[usize::from(check(&bytes))] += 1;
    }
    assert!(counts.iter().all(|count| *count > 1000), "{counts:?}");
}

/// Bytes are taken if and only if the last line that is not a comment is blank, or there is no such line. Bytes that are taken change
/// nothing of what follows; those that are refused would, unless the lines that they end with have no effect.
fn check(bytes: &[u8]) -> bool {
    let is_taken = Encoded::try_from(Bytes::copy_from_slice(bytes)).is_ok();
    assert_eq!(is_taken, is_whole(bytes), "{bytes:x?}");

    let mut changes = false;
    // First in a body, where U+FEFF is a byte order mark, and after an event or a keep-alive.
    for before in ["", "data: before\n\n", "data: before\r\r", ":\n"] {
        let before = [before.as_bytes(), bytes].concat();
        for probe in PROBES {
            let mut decoder = Decoder::new();
            let mut expected = items(&mut decoder, &before);
            let mut alone = Decoder::new();
            alone.set_last_event_id(decoder.last_event_id()).unwrap();
            expected.extend(items(&mut alone, probe.as_bytes()));
            let seen = items(&mut Decoder::new(), &[&before, probe.as_bytes()].concat());
            assert!(!is_taken || seen == expected, "{before:x?} changes {probe:?} into {seen:?}");
            changes |= seen != expected;
        }
    }
    assert!(is_taken || changes || ends_without_effect(bytes), "{bytes:x?} is refused, and changes nothing");
    is_taken
}

fn items(decoder: &mut Decoder, mut input: &[u8]) -> Vec<ItemBuf> {
    let mut items = Vec::new();
    while let Some(item) = decoder.next_item(&mut input).unwrap() {
        items.push(item.into());
    }
    items
}

/// The obvious way.
fn is_whole(bytes: &[u8]) -> bool {
    let text = with_lf(bytes);
    let Some(lines) = text.strip_suffix('\n') else { return text.is_empty() };
    lines.split('\n').rfind(|line| !line.starts_with(':')).is_none_or(str::is_empty)
}

/// Whether the lines after the last blank one are complete, and without a field that counts.
fn ends_without_effect(bytes: &[u8]) -> bool {
    let text = with_lf(bytes);
    let Some(lines) = text.strip_suffix('\n') else { return false };
    lines.rsplit('\n').take_while(|line| !line.is_empty()).all(|line| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => false,
            "event" => value.is_empty(),
            "id" => value.contains('\0'),
            "retry" => value.parse::<u64>().is_err() || value.starts_with('+'),
            _ => true,
        }
    })
}

/// One character for each byte, and LF for each line end.
fn with_lf(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[test]
fn long_bytes_are_checked() {
    let long = "data: x\n\n".repeat(100_000);
    let encoded = Encoded::try_from(Bytes::from(long.clone())).unwrap();
    assert_eq!(encoded.as_bytes(), &long);
    let line = format!("data: {}\n", "x".repeat(1_000_000));
    assert!(Encoded::try_from(Bytes::from(line.clone())).is_err());
    assert!(Encoded::try_from(Bytes::from(line + "\n")).is_ok());
}

#[test]
fn bytes_are_neither_copied_nor_shown() {
    let bytes = Bytes::from("data: secret\n\n".to_owned());
    let at = bytes.as_ptr();
    let encoded = Encoded::try_from(bytes).unwrap();
    assert_eq!(encoded.clone().into_bytes().as_ptr(), at);
    assert_eq!(format!("{encoded:?}"), "Encoded { len: 14 }");
    let error: IncompleteBlock = Encoded::try_from(Bytes::from("data: secret")).unwrap_err();
    let shown = format!("{error:?} {error}");
    assert!(shown.contains("incomplete block") && !shown.contains("secret"), "{shown}");
}

/// What this crate encodes is whole, whatever is in it.
#[test]
fn what_is_encoded_here_would_be_taken() {
    for data in ["", "a", "\n", "\r", "a\r\n", ":", "\u{FEFF}", "id: 1\n\ndata: b"] {
        for encoded in [
            Encoded::from(Event::new(data)),
            Encoded::from(EventBuf::new(data)),
            Encoded::from(&EventBuf::new(data)),
            Encoded::from(EventBytes::from(Event::new(data))),
            Encoded::from(&EventBytes::from(Event::new(data))),
            Encoded::from(Event::new(data).with_id("1").unwrap().with_type("a").unwrap().with_retry(Duration::ZERO)),
            Encoded::from(Event::without_data()),
            Encoded::from(Event::without_data().with_id("").unwrap()),
            Encoded::from(Event::without_data().with_retry(Duration::ZERO)),
            Encoded::from(Comment::new(data)),
            Encoded::from(Comment::KEEP_ALIVE),
            Encoded::default(),
        ] {
            assert_eq!(Encoded::try_from(encoded.as_bytes().clone()), Ok(encoded), "{data:?}");
        }
    }
}

#[test]
fn results_pass_their_error_on() {
    let infallible: Result<Encoded, Infallible> = Event::new("a").into_encoded();
    assert_eq!(infallible.unwrap().as_bytes(), "data: a\n\n");
    assert_eq!(Ok::<_, u8>(Event::new("a")).into_encoded().unwrap().as_bytes(), "data: a\n\n");
    assert_eq!(Err::<Event<'_>, _>(7).into_encoded(), Err(7));
}

/// Functions, closures with state and types of one's own can sleep.
#[test]
fn everything_that_sleeps() {
    struct Own(u32);
    impl Sleep for Own {
        type Future = future::Ready<()>;

        fn sleep(&mut self, _: Duration) -> future::Ready<()> {
            self.0 += 1;
            future::ready(())
        }
    }
    fn sleeps(mut sleep: impl Sleep) -> bool {
        (0..2).all(|_| sleep.sleep(Duration::from_millis(1)).now_or_never().is_some())
    }
    fn function(_: Duration) -> impl Future<Output = ()> {
        future::ready(())
    }
    let mut calls = 0;
    assert!(sleeps(Own(0)));
    assert!(sleeps(function));
    assert!(sleeps(|_| {
        calls += 1;
        future::ready(())
    }));
    assert_eq!(calls, 2);
    assert!(!sleeps(|_| future::pending()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let start = tokio::time::Instant::now();
        Sleep::sleep(&mut tokio::time::sleep, Duration::from_secs(60)).await;
        assert!(start.elapsed() >= Duration::from_secs(60));
    });
}
