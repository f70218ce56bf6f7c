//! Decodes and encodes event streams in fixed buffers, and reconnects, without `std`, an allocator or dependencies.
//!
//! ```text
//! cargo run --profile no-alloc --no-default-features --example no_alloc
//! ```
//!
//! In builds where this cannot be linked (with `alloc`, or with unwinding, as in `cargo test`), the same checks run in an ordinary
//! `main`. The program prints which one ran. A check that fails panics.

#![cfg_attr(all(unix, panic = "abort", not(feature = "alloc")), no_std, no_main)]
#![allow(unsafe_code, reason = "without `std`, `main` must be exported and libc must be called")]

use core::fmt;
use core::time::Duration;

use sse_proto::client::{Cause, EventSource, Policy, Response, Step, Verdict};
use sse_proto::{Comment, DecodeError, Decoder, Event, FixedDecoder, Limit};

/// All memory for decoding: 256 bytes for the data, 32 for each event type and ID.
static DECODER: FixedDecoder<256, 32> = Decoder::with_fixed_buffers();

const STREAM: [&[u8]; 5] = [
    b"\xEF\xBB\xBFevent: greeting\r\n: a comment\r\nid: 7\r\nretry: 3000\r\ndata: one\r\ndata: two\r\n\r\n",
    b"id: 8\ndata: ",
    &[b'x'; 300],
    b"\n\ndata: three\n\n",
    b"data: cut short",
];

/// Decodes one byte at a time, and continues after an event that is too large.
fn decode() {
    let greeting = Event::new("one\ntwo").with_type("greeting").and_then(|event| event.with_id("7"));
    let greeting = greeting.expect("no line end in the type, none in the ID").with_retry(Duration::from_secs(3));
    let mut expected = [Some(greeting), None, Some(Event::new("three"))].into_iter();

    let mut decoder = DECODER.clone();
    for mut chunk in STREAM.iter().flat_map(|part| part.chunks(1)) {
        loop {
            let got = match decoder.next_event(&mut chunk) {
                Ok(Some(event)) => Some(event),
                Ok(None) => break,
                Err(DecodeError::EventTooLarge { limit: Limit::DataBuffer, .. }) => None,
                Err(error) => panic!("{error}"),
            };
            assert_eq!(expected.next(), Some(got));
        }
    }
    assert_eq!(expected.next(), None);
    assert!(decoder.end_of_stream().is_incomplete(), "the last event is incomplete");
    assert_eq!(decoder.last_event_id(), "8"); // that of the event that was too large
    assert_eq!(decoder.reconnection_time().map(|time| time.as_millis()), Some(3000));
}

/// Reconnects after a cut and resumes, with a clock of whole seconds.
fn reconnect() {
    let second = Duration::from_secs(1);
    let mut source = EventSource::with_decoder(DECODER.clone(), Policy::default().with_jitter_percent(0), 0);
    let bodies: [&[u8]; 2] = [b"retry: 2000\n\nid: 7\ndata: a\n\nid: 8\nda", b"id: 8\ndata: b\n\n"];
    let mut received = ["a", "b"].into_iter();
    for (now, body, last_event_id) in [(10 * second, bodies[0], None), (12 * second, bodies[1], Some(&b"7"[..]))] {
        assert!(matches!(source.step(now), Step::Connect { .. }));
        let sent = source.request_headers().find(|(name, _)| *name == "last-event-id");
        assert_eq!(sent.map(|(_, id)| id), last_event_id);
        let response = Response::new(200).with_content_types(["text/event-stream"]);
        assert_eq!(source.handle_response(now, response), Verdict::Open);
        let mut chunk = body;
        while let Some(event) = source.next_event(now, &mut chunk).expect("it fits") {
            assert_eq!(Some(event.data()), received.next());
        }
        source.handle_end(now);
        assert_eq!(source.step(now), Step::Wait { time: 2 * second, cause: Cause::Ended, attempt: 1 });
    }
    source.close();
    assert_eq!((source.step(99 * second), received.next()), (Step::Closed(Cause::Closed), None));
}

/// Encodes into a buffer of seven bytes, repeatedly, and decodes each part.
fn encode() {
    let event =
        Event::new("first\r\n\nlast").with_id("").expect("no line end").with_retry(Duration::from_millis(u64::MAX));
    let received =
        Event::new("first\n\nlast").with_id("").expect("no line end").with_retry(Duration::from_millis(u64::MAX));

    let (mut decoder, mut encoder, mut buffer) = (DECODER.clone(), event.encode(), [0; 7]);
    while encoder.remaining() > 0 {
        let len = encoder.copy_to(&mut buffer);
        let mut chunk = buffer.get(..len).expect("at most the length of the buffer");
        let got = decoder.next_event(&mut chunk).expect("it fits");
        assert_eq!(got, (encoder.remaining() == 0).then_some(received));
    }

    let (mut buffer, wire) = ([0; 64], b"id: \nretry: 18446744073709551615\ndata: first\ndata: \ndata: last\n\n");
    assert_eq!(event.encode_to_slice(&mut buffer), Ok(wire.len()));
    assert!(buffer.starts_with(wire));
    assert!(event.encode_to_slice(&mut [0; 63]).is_err_and(|error| error.needed == wire.len()));
    assert_eq!(Comment::KEEP_ALIVE.encode_to_slice(&mut buffer), Ok(2));
    assert!(buffer.starts_with(b":\n"));
}

fn run(out: &mut impl fmt::Write, build: &str) -> fmt::Result {
    decode();
    reconnect();
    encode();
    let size = size_of_val(&DECODER);
    writeln!(
        out,
        "{build}: decoded byte by byte, reconnected, and encoded 7 bytes at a time, in a decoder of {size} bytes"
    )
}

#[cfg(not(all(unix, panic = "abort", not(feature = "alloc"))))]
fn main() {
    let mut line = String::new();
    run(&mut line, "with std").expect("writing to a `String` cannot fail");
    print!("{line}");
}

/// Replaces the parts of `std` that the program needs.
#[cfg(all(unix, panic = "abort", not(feature = "alloc")))]
mod bare {
    use core::ffi::{c_char, c_int};
    use core::fmt::{self, Write};

    #[link(name = "c")]
    unsafe extern "C" {
        fn write(file: c_int, bytes: *const u8, len: usize) -> isize;
        safe fn exit(code: c_int) -> !;
    }

    struct File(c_int);

    impl Write for File {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            // SAFETY: the pointer and the length are those of a live `str`.
            let written = unsafe { write(self.0, text.as_ptr(), text.len()) };
            if usize::try_from(written) == Ok(text.len()) { Ok(()) } else { Err(fmt::Error) }
        }
    }

    #[unsafe(no_mangle)]
    extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
        super::run(&mut File(1), "no_std, no allocator").is_err().into()
    }

    #[panic_handler]
    fn panic(info: &core::panic::PanicInfo<'_>) -> ! {
        let _ = writeln!(File(2), "{info}");
        exit(1)
    }
}
