//! The blocking adapter with readers and writers that fail and return little at a time, as real ones do.
#![cfg(feature = "std")]

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::time::Duration;

#[path = "support/nested_error.rs"]
mod nested_error;

use nested_error::{Handshake, messages};
use sse_proto::adapters::io::{EventReader, EventWriter};
use sse_proto::{Comment, Decoder, Error, Event, ItemBuf, Limits};

/// A reader that returns the given results in turn.
struct Script(VecDeque<Result<&'static [u8], ErrorKind>>);

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.pop_front() {
            None => Ok(0),
            Some(Ok(bytes)) => {
                let n = bytes.len().min(buffer.len());
                buffer[..n].copy_from_slice(&bytes[..n]);
                if n < bytes.len() {
                    self.0.push_front(Ok(&bytes[n..]));
                }
                Ok(n)
            }
            Some(Err(kind)) => Err(kind.into()),
        }
    }
}

fn reader(script: &[Result<&'static [u8], ErrorKind>], capacity: usize) -> EventReader<BufReader<Script>> {
    EventReader::new(BufReader::with_capacity(capacity, Script(script.iter().copied().collect())))
}

#[test]
fn a_read_error_loses_no_data() {
    for capacity in [1, 3, 8192] {
        let mut events = reader(
            &[
                Ok(b"id: 1\ndata: a\n\ndata: b"),
                Err(ErrorKind::Interrupted),
                Ok(b"c"),
                Err(ErrorKind::WouldBlock),
                Ok(b"d\n\nid: 2\nda"),
                Err(ErrorKind::ConnectionReset),
            ],
            capacity,
        );
        let mut next = || events.next().expect("the stream continues");
        assert_eq!(next().expect("an event"), Event::new("a").with_id("1").expect("valid"));
        assert!(matches!(next(), Err(Error::Source(error)) if error.kind() == ErrorKind::WouldBlock));
        assert_eq!(next().expect("an event"), Event::new("bcd"));
        let error = next().expect_err("cut off");
        assert!(error.to_string().starts_with("reading the event stream failed: "), "{error}");
        assert!(std::error::Error::source(&error).is_none(), "its message has that of the reader");
        let (decoder, end) = events.end_of_stream();
        assert!(end.is_incomplete());
        assert_eq!(decoder.last_event_id(), "1");

        let rest = BufReader::new(&b"\xEF\xBB\xBFdata: e\n\n"[..]);
        let mut events = EventReader::with_decoder(rest, decoder);
        assert_eq!(events.next().expect("an event").expect("no error").data(), "e");
        assert!(events.next().is_none());
        assert!(events.next().is_none(), "fused");
        assert_eq!(events.get_ref().buffer(), b"", "all input was decoded");
        assert_eq!(events.last_event_id(), "1");
        assert!(!events.end_of_stream().1.is_incomplete());
    }
}

/// Its message includes that of the error of the reader, so its source is what is below that one.
#[test]
fn a_report_that_follows_the_sources_says_nothing_twice() {
    let error = Error::Source(Handshake::new());
    assert_eq!(messages(&error), ["reading the event stream failed: handshake", "reset"]);
}

#[test]
fn an_exceeded_limit_is_one_error_and_the_next_event_follows() {
    let decoder = Decoder::with_limits(Limits::default().with_max_event_bytes(2));
    let mut events = EventReader::with_decoder(&b"data: abc\n\ndata: de\n\n"[..], decoder);
    let error = events.next().expect("an item").expect_err("too large");
    assert!(matches!(error, Error::Decode(_)));
    assert!(error.to_string().starts_with("event too large"), "{error}");
    assert!(std::error::Error::source(&error).is_none());
    assert_eq!(events.next().expect("an item").expect("an event").data(), "de");
}

/// A reader that fails for ever, after what it has.
struct Broken<'a>(&'a [u8], ErrorKind);

impl Read for Broken<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer) {
            Ok(0) => Err(self.1.into()),
            read => read,
        }
    }
}

/// A loop that only logs the errors ends.
#[test]
fn a_lasting_read_error_is_given_once() {
    for kind in [ErrorKind::ConnectionReset, ErrorKind::UnexpectedEof, ErrorKind::BrokenPipe, ErrorKind::Other] {
        let broken = || BufReader::new(Broken(b": c\nid: 1\ndata: a\n\ndata: b", kind));
        let mut decoder = Decoder::new();
        let mut events = EventReader::with_decoder(broken(), &mut decoder);
        assert_eq!(events.by_ref().take(1000).map(|event| event.is_ok()).collect::<Vec<_>>(), [true, false], "{kind}");
        assert!(events.next().is_none(), "fused");
        drop(events);
        assert_eq!(decoder.last_event_id(), "1", "it survives the reader");
        assert!(decoder.end_of_stream().is_incomplete());

        let items = EventReader::new(broken()).items().take(1000);
        assert_eq!(items.map(|item| item.is_ok()).collect::<Vec<_>>(), [true, true, false], "{kind}");
    }
}

#[test]
fn after_a_temporary_read_error_the_stream_continues() {
    let script = [
        Err(ErrorKind::WouldBlock),
        Err(ErrorKind::TimedOut),
        Ok(&b"data: a\n"[..]),
        Err(ErrorKind::TimedOut),
        Err(ErrorKind::TimedOut),
        Err(ErrorKind::Interrupted),
        Ok(b"\n"),
    ];
    let seen: Vec<_> = reader(&script, 8192).map(|event| event.map(sse_proto::EventBuf::into_data)).collect();
    let errors = [0, 1, 2, 3].map(|number| matches!(&seen[number], Err(Error::Source(_))));
    assert_eq!((seen.len(), errors), (5, [true; 4]));
    assert_eq!(seen[4].as_ref().expect("an event"), "a");

    let mut events = reader(&script, 8192).until_error();
    assert!(matches!(events.next(), Some(Err(Error::Source(_)))));
    assert!(events.next().is_none() && events.next().is_none());
    let (mut reader, decoder) = events.into_inner();
    assert!(matches!(reader.fill_buf(), Err(error) if error.kind() == ErrorKind::TimedOut), "it was read no further");
    assert_eq!(decoder, Decoder::new());
}

/// The end of the input is the end, even if a reader has more afterwards, as that of a file that grows.
#[test]
fn after_the_end_of_the_input_nothing_is_read() {
    let mut events = reader(&[Ok(b"data: a\n\ndata: b"), Ok(b""), Ok(b"\n\n")], 8192);
    assert_eq!(events.by_ref().count(), 1);
    assert!(events.next().is_none());
    let (reader, decoder) = events.into_inner();
    let mut events = EventReader::with_decoder(reader, decoder);
    assert_eq!(events.next().expect("an event").expect("no error").data(), "b");
}

#[test]
fn until_error_ends_at_an_event_that_is_too_large() {
    let limits = Limits::default().with_max_event_bytes(2);
    let stream = &b"data: a\n\n: long\ndata: abc\n\ndata: de\n\n"[..];
    let new = || EventReader::with_limits(stream, limits);
    assert_eq!(new().map(|event| event.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(new().until_error().map(|event| event.is_ok()).collect::<Vec<_>>(), [true, false]);
    assert_eq!(new().items().map(|item| item.is_ok()).collect::<Vec<_>>(), [true, false, false, true]);
    for items in [new().items().until_error(), new().until_error().items()] {
        assert_eq!(items.map(|item| item.is_ok()).collect::<Vec<_>>(), [true, false]);
    }
}

#[test]
fn items_are_everything_in_order() {
    let stream = &b": c\nid: 1\n\nwhat\ndata: a\n\ndata: b"[..];
    let mut items = EventReader::new(stream).items();
    let seen = items.by_ref().collect::<Result<Vec<_>, _>>().expect("no error");
    let block = Event::without_data().with_id("1").expect("valid");
    assert_eq!(
        seen,
        [
            ItemBuf::Comment("c".into()),
            ItemBuf::Block(block.to_event_buf()),
            ItemBuf::Ignored(b"what".to_vec()),
            ItemBuf::Event(Event::new("a").to_event_buf()),
        ]
    );
    assert_eq!((seen.len(), items.ignored().lines()), (4, 1));
    assert!(items.end_of_stream().1.is_incomplete());
}

#[test]
fn the_parts_of_a_reader_are_accessible() {
    let mut events = EventReader::new(&b"data: a\n\ndata: b\n\n"[..]);
    events.decoder_mut().set_last_event_id("7").expect("valid");
    assert_eq!(events.next().expect("an event").expect("no error").last_event_id(), "7");
    *events.get_mut() = b"data: c\n\n";
    assert_eq!(events.next().expect("an event").expect("no error").data(), "c");
    let (rest, decoder) = events.into_inner();
    assert_eq!((rest, decoder.last_event_id()), (&b""[..], "7"));

    let mut events = EventWriter::new(Vec::new());
    events.get_mut().extend_from_slice(b"head\n");
    events.write_event(Event::new("a")).expect("written");
    assert_eq!(events.into_inner(), b"head\ndata: a\n\n");
}

#[test]
fn the_state_of_the_decoder_is_accessible() {
    let mut events = EventReader::new(&b"id: 7\nretry: 5\nignored\ndata: \xFF\xFE\n\n"[..]);
    assert_eq!((events.reconnection_time(), events.utf8_replacements()), (None, 0));
    assert_eq!(events.next().expect("an event").expect("no error").data(), "\u{FFFD}\u{FFFD}");
    assert_eq!((events.last_event_id(), events.ignored().lines()), ("7", 1));
    assert_eq!((events.reconnection_time(), events.utf8_replacements()), (Some(Duration::from_millis(5)), 2));
}

/// What has no `Debug` itself, as many readers and writers, and a payload that no log may show.
#[test]
fn debug_shows_no_payload() {
    let mut events = EventReader::new(BufReader::new(Broken(b"id: secret\n\ndata: secret", ErrorKind::Other)));
    assert!(events.next().is_some());
    let text = format!("{events:?}");
    assert!(text.contains("buffered_len: 12") && text.contains("ended: true"), "{text}");
    assert!(!text.contains("secret") && !text.contains("115, 101"), "{text}");
    let mut events = EventWriter::new(Slow::default());
    events.write_event(Event::new("secret")).expect("written");
    assert_eq!(format!("{events:?}"), "EventWriter { .. }");
}

/// A writer that accepts three bytes at a time, and records how much was flushed.
#[derive(Default)]
struct Slow {
    bytes: Vec<u8>,
    flushed: usize,
    fails: bool,
}

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.fails {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let n = bytes.len().min(3);
        self.bytes.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushed = self.bytes.len();
        Ok(())
    }
}

#[test]
fn every_event_is_written_whole_and_flushed() {
    let mut events = EventWriter::new(Slow::default());
    let mut expected = Vec::new();
    for data in ["a", "b\nc", &"x".repeat(10_000), ""] {
        let event = Event::new(data);
        events.write_event(event).expect("written");
        event.encode_into(&mut expected);
        events.write_comment(&Comment::new("c")).expect("written");
        expected.extend_from_slice(b": c\n");
        assert_eq!(events.get_ref().bytes, expected);
        assert_eq!(events.get_ref().flushed, expected.len(), "flushed at once");
    }
    assert_eq!(events.into_inner().bytes, expected);
}

#[test]
fn a_write_error_is_returned_and_nothing_is_written_later() {
    let mut events = EventWriter::new(Slow { fails: true, ..Slow::default() });
    assert_eq!(events.write_event(Event::new("a")).expect_err("fails").kind(), ErrorKind::BrokenPipe);
    assert_eq!(events.write_comment(&Comment::KEEP_ALIVE).expect_err("fails").kind(), ErrorKind::BrokenPipe);
    events.get_mut().fails = false;
    events.write_event(Event::new("b")).expect("written");
    assert_eq!(events.into_inner().bytes, b"data: b\n\n", "what failed is not written later");
}
