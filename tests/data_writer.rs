//! Data written into an event over `io::Write`: characters and line ends that are cut anywhere, invalid UTF-8, and writers that
//! fail.
#![cfg(feature = "std")]

use std::cell::RefCell;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::rc::Rc;

use serde_json::json;
use sse_proto::adapters::io::IoDataWriter;
use sse_proto::{Decoder, Event};

fn head() -> Event<'static> {
    Event::without_data().with_type("t").unwrap().with_id("1").unwrap()
}

fn whole(data: &str) -> Vec<u8> {
    Event::new(data).with_type("t").unwrap().with_id("1").unwrap().to_string().into_bytes()
}

fn stream(parts: &[&[u8]]) -> io::Result<Vec<u8>> {
    let mut writer = IoDataWriter::new(Vec::new(), head())?;
    for bytes in parts {
        writer.write_all(bytes)?;
    }
    writer.finish()
}

/// At every two places, and byte by byte.
#[test]
fn output_does_not_depend_on_where_writes_are_cut() {
    for text in ["", "a", "\r\n", "aé\r\n語\r🦀\n\r\n\n\u{FFFD}\u{FEFF}", "🦀\r\n\r\n\u{10FFFF}\u{D7FF}\u{E000}\u{80}"]
    {
        let (bytes, expected) = (text.as_bytes(), whole(text));
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let writes = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(stream(&writes).unwrap(), expected, "{writes:x?}");
            }
        }
        assert_eq!(stream(&bytes.chunks(1).collect::<Vec<_>>()).unwrap(), expected);
    }
}

#[test]
fn data_of_the_head_comes_first() {
    let mut writer = IoDataWriter::new(Vec::new(), Event::new("a\r")).unwrap();
    assert_eq!(writer.get_ref(), b"data: a\ndata: ");
    writer.write_all(b"\nb").unwrap();
    assert_eq!(writer.finish().unwrap(), b"data: a\ndata: b\n\n");
    assert_eq!(IoDataWriter::new(Vec::new(), Event::without_data()).unwrap().finish().unwrap(), b"data: \n\n");
}

#[test]
fn a_value_is_serialised_into_the_stream() {
    let value = json!({ "text": "é\r\n語", "numbers": [1, -2.5, null], "nested": { "🦀": true } });
    for pretty in [false, true] {
        let mut stream = Vec::new();
        let mut writer = IoDataWriter::new(BufWriter::new(&mut stream), head()).unwrap();
        if pretty {
            serde_json::to_writer_pretty(&mut writer, &value).unwrap();
        } else {
            serde_json::to_writer(&mut writer, &value).unwrap();
        }
        writer.finish().unwrap().flush().unwrap();
        let (mut decoder, mut input) = (Decoder::new(), &stream[..]);
        let event = decoder.next_event(&mut input).unwrap().unwrap();
        assert_eq!((event.event_type(), event.id()), ("t", Some("1")));
        assert_eq!(event.data().contains('\n'), pretty);
        assert_eq!(serde_json::from_str::<serde_json::Value>(event.data()).unwrap(), value);
        assert!(input.is_empty());
    }
}

/// However the bytes are cut, those before the first invalid one are consumed, and no others.
#[test]
fn invalid_utf_8_is_refused_at_its_first_byte() {
    let cases: [(&[u8], usize); 13] = [
        (b"\xFF", 0),
        (b"ab\xFFcd", 2),
        (b"\x80", 0),
        (b"\xC3(", 1),
        (b"a\xE2\x82(", 3),
        (b"\xE2\x82\xC3\xA9", 2),
        (b"\xE0\x80", 1),
        (b"\xC0\x80", 0),
        (b"\xED\xA0\x80", 1),
        (b"\xF0\x9F\xA6a", 3),
        (b"\xF4\x90", 1),
        (b"\xF5", 0),
        (b"\r\n\xE8\xAA\x9E\r\xFE", 6),
    ];
    for (bytes, consumed) in cases {
        for cut in 0..=bytes.len() {
            let mut writer = IoDataWriter::new(Vec::new(), head()).unwrap();
            let mut total = 0;
            let error = 'writes: {
                for mut write in [&bytes[..cut], &bytes[cut..]] {
                    while !write.is_empty() {
                        match writer.write(write) {
                            Ok(n) => {
                                assert!(n > 0);
                                total += n;
                                write = &write[n..];
                            }
                            Err(error) => {
                                assert_eq!(writer.write(write).unwrap_err().kind(), ErrorKind::InvalidData, "again");
                                break 'writes error;
                            }
                        }
                    }
                }
                panic!("{bytes:x?} were accepted");
            };
            assert_eq!((error.kind(), total), (ErrorKind::InvalidData, consumed), "{bytes:x?}, {cut}");
            // The writer is as before: an unfinished character is still unfinished, and all others were written.
            match std::str::from_utf8(&bytes[..consumed]) {
                Ok(text) => assert_eq!(writer.finish().unwrap(), whole(text)),
                Err(_) => assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidData),
            }
        }
    }
    let mut writer = IoDataWriter::new(Vec::new(), head()).unwrap();
    writer.write_all(b"\xE2\x82").unwrap();
    writer.write_all(b"(").unwrap_err();
    writer.write_all(b"\xAC").unwrap();
    assert_eq!(writer.finish().unwrap(), whole("€"));
}

#[test]
fn an_unfinished_character_fails_at_the_end() {
    for bytes in [&b"\xC3"[..], b"a\xE2\x82", b"\xF0", b"\xF0\x9F", b"\xF0\x9F\xA6"] {
        let mut stream = Vec::new();
        let mut writer = IoDataWriter::new(&mut stream, head()).unwrap();
        writer.write_all(bytes).unwrap();
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::InvalidData);
        assert!(!stream.ends_with(b"\n"), "the event is not ended");
    }
}

/// Takes this many bytes, a few at a time, and then fails; counts its calls.
#[derive(Clone)]
struct Failing(Rc<RefCell<State>>);

struct State {
    taken: Vec<u8>,
    capacity: usize,
    calls: usize,
    flushes: usize,
}

impl Failing {
    fn after(capacity: usize) -> Self {
        Self(Rc::new(RefCell::new(State { taken: Vec::new(), capacity, calls: 0, flushes: 0 })))
    }
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.borrow_mut();
        state.calls += 1;
        if state.calls % 3 == 0 {
            return Err(ErrorKind::Interrupted.into());
        }
        let n = bytes.len().min(state.capacity - state.taken.len()).min(2);
        if n == 0 {
            return Err(io::Error::new(ErrorKind::BrokenPipe, "the first"));
        }
        state.taken.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flushes += 1;
        Ok(())
    }
}

/// The error of the underlying writer is returned once, unchanged. Afterwards nothing is written, and the event is not ended.
#[test]
fn errors_of_the_writer() {
    let data = "a\r\né🦀\nb";
    let expected = whole(data);
    for capacity in 0..expected.len() {
        let sink = Failing::after(capacity);
        let first = |error: io::Error| {
            assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::BrokenPipe, "the first"));
        };
        match IoDataWriter::new(sink.clone(), head()) {
            Err(error) => first(error),
            Ok(mut writer) => match data.as_bytes().chunks(3).try_for_each(|bytes| writer.write_all(bytes)) {
                Err(error) => {
                    first(error);
                    let calls = sink.0.borrow().calls;
                    assert_eq!(writer.write(b"x").unwrap_err().kind(), ErrorKind::Other);
                    assert_eq!(writer.write(b"").unwrap_err().kind(), ErrorKind::Other);
                    assert_eq!(writer.flush().unwrap_err().kind(), ErrorKind::Other);
                    assert_eq!(writer.finish().err().unwrap().kind(), ErrorKind::Other);
                    assert_eq!((sink.0.borrow().calls, sink.0.borrow().flushes), (calls, 0), "nothing more is written");
                }
                Ok(()) => first(writer.finish().err().unwrap()),
            },
        }
        assert_eq!(sink.0.borrow().taken, expected[..capacity]);
    }
    let sink = Failing::after(expected.len());
    let mut writer = IoDataWriter::new(sink.clone(), head()).unwrap();
    writer.write_all(data.as_bytes()).unwrap();
    writer.flush().unwrap();
    writer.finish().unwrap();
    assert_eq!((&sink.0.borrow().taken, sink.0.borrow().flushes), (&expected, 1));
}

#[test]
fn debug_shows_neither_data_nor_writer() {
    struct NoDebug;
    impl Write for NoDebug {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = IoDataWriter::new(NoDebug, Event::new("secret")).unwrap();
    writer.write_all("secret\u{E9}".as_bytes().split_last().unwrap().1).unwrap();
    assert_eq!(format!("{writer:?}"), "IoDataWriter { .. }");
}
