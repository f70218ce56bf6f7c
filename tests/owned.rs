//! Owned events: built, converted, compared and encoded like borrowed ones.
#![cfg(feature = "alloc")]

#[path = "support/counting.rs"]
mod counting;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::Duration;

use counting::count;
use sse_proto::{BufferTooSmall, Comment, Event, EventBuf, InvalidEvent};

#[cfg(feature = "bytes")]
use bytes::{BufMut, Bytes, BytesMut};
#[cfg(feature = "bytes")]
use sse_proto::{BytesDecoder, EventBytes};

const RETRY: Duration = Duration::from_micros(1500);

/// Every combination of values, borrowed, and built as an owned event in every order.
fn for_every_event(mut check: impl FnMut(Event<'_>, EventBuf)) {
    let texts =
        [None, Some(""), Some("a"), Some("é\u{2028}語"), Some("a longer text, which needs an allocation of its own")];
    for data in [None, Some(""), Some("é\r\na\n"), Some("data")] {
        for event_type in texts {
            for id in texts {
                for retry in [None, Some(RETRY)] {
                    let mut event = data.map_or(Event::without_data(), Event::new);
                    if let Some(event_type) = event_type {
                        event = event.with_type(event_type).unwrap();
                    }
                    if let Some(id) = id {
                        event = event.with_id(id).unwrap();
                    }
                    if let Some(retry) = retry {
                        event = event.with_retry(retry);
                    }
                    // In every order, and with values that are set before.
                    for order in ["tir", "tri", "itr", "irt", "rti", "rit", "TItir", "ITitr", "IiTt"] {
                        let mut built = data.map_or(EventBuf::without_data(), EventBuf::new);
                        for step in order.chars() {
                            built = match (step, event_type, id, retry) {
                                ('T', Some(_), ..) => built.with_type("another event type, and a long one").unwrap(),
                                ('I', _, Some(_), _) => built.with_id("another é").unwrap(),
                                ('t', Some(event_type), ..) => built.with_type(event_type).unwrap(),
                                ('i', _, Some(id), _) => built.with_id(id).unwrap(),
                                ('r', .., Some(retry)) => built.with_retry(retry),
                                _ => built,
                            };
                        }
                        if order.contains('r') || retry.is_none() {
                            check(event, built);
                        }
                    }
                }
            }
        }
    }
}

/// All that can be read of an event, printed.
macro_rules! values {
    ($event:expr) => {{
        let event = &$event;
        let strings = (event.event_type(), event.event_field(), event.data(), event.id(), event.last_event_id());
        format!("{:?}", (strings, event.has_data(), event.retry()))
    }};
}

fn hash(value: impl std::hash::Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

#[test]
fn built_events_equal_borrowed_ones() {
    for_every_event(|event, built| {
        assert_eq!(values!(built), values!(event));
        assert_eq!(values!(built.as_event()), values!(event));
        assert_eq!(values!(Event::from(&built)), values!(event));
        assert_eq!(values!(Event::from(&event)), values!(event));
        assert_eq!((&built, event), (&event.to_event_buf(), built.as_event()));
        assert_eq!([built == event, event == built], [true; 2]);
        assert_eq!((format!("{built:?}"), hash(&built)), (format!("{event:?}"), hash(event)));
        assert_eq!(built.clone().into_data(), event.data());
    });
    assert_eq!(values!(EventBuf::default()), values!(Event::default()));
    assert_eq!(EventBuf::default(), EventBuf::without_data());
}

/// An owned event outlives the values that it is built from.
#[test]
fn values_may_be_temporary() -> Result<(), InvalidEvent> {
    let event = EventBuf::new("x").with_id(&7.to_string())?.with_type(&format!("type {}", 1))?;
    assert_eq!(values!(event), values!(Event::new("x").with_id("7")?.with_type("type 1")?));
    Ok(())
}

#[test]
fn the_checks_are_those_of_borrowed_events() {
    for value in ["a\nb", "a\rb", "\r\n", "é\n", "1\ndata: x\n\n", "a\0", "\u{85}\u{2028}", "", " "] {
        let (event, owned) = (Event::new("x").with_type("t").unwrap(), EventBuf::new("x").with_type("t").unwrap());
        assert_eq!(owned.clone().with_id(value).err(), event.with_id(value).err());
        assert_eq!(owned.clone().with_type(value).err(), event.with_type(value).err());
    }
}

/// One allocation holds all text, and a `String` is not copied.
#[test]
fn one_allocation() {
    let data = String::from("data");
    let address = data.as_ptr();
    let (event, counts) = count(|| EventBuf::new(data));
    assert_eq!((counts.allocations, event.data().as_ptr()), (0, address));
    let data = event.into_data();
    assert_eq!(data.as_ptr(), address);

    let (_event, counts) = count(|| EventBuf::without_data().with_retry(RETRY));
    assert_eq!(counts.allocations, 0);

    let (_event, counts) = count(|| EventBuf::new("data").with_type("type").unwrap().with_id("12").unwrap());
    assert_eq!(counts.held, 10, "exactly the size of the text: {counts:?}");
}

#[test]
fn every_method_encodes_the_same() {
    for_every_event(|event, built| {
        let wire = event.to_string();
        encodes(&wire, &built.to_string(), built.encoded_len(), |buffer| built.encode_into(buffer));
        let mut encoder = built.encode();
        let mut buffer = vec![0; wire.len() + 1];
        assert_eq!((encoder.copy_to(&mut buffer), &buffer[..wire.len()]), (wire.len(), wire.as_bytes()));
        slices(&wire, |buffer| built.encode_to_slice(buffer));
        #[cfg(feature = "bytes")]
        {
            assert_eq!(built.to_bytes(), wire);
            buf_muts(&wire, |mut buffer| built.encode_into_buf(&mut buffer));
            let shared = EventBytes::from(&built);
            encodes(&wire, &shared.to_string(), shared.encoded_len(), |buffer| shared.encode_into(buffer));
            assert_eq!(shared.encode().remaining(), wire.len());
            slices(&wire, |buffer| shared.encode_to_slice(buffer));
            assert_eq!(shared.to_bytes(), wire);
            buf_muts(&wire, |mut buffer| shared.encode_into_buf(&mut buffer));
            buf_muts(&wire, |mut buffer| event.encode_into_buf(&mut buffer));
        }
    });
}

/// From every capacity. A vector without one is allocated as large as needed, and no larger.
#[test]
fn encoding_into_a_vector_reallocates_it_at_most_once() {
    for data in ["\n".repeat(100), "a line\n".repeat(5000), "x".repeat(100_000), "a short line".to_owned()] {
        let event = Event::new(&data).with_type("type").unwrap().with_id("1").unwrap().with_retry(RETRY);
        reallocates_at_most_once(&event.to_string(), |buffer| event.encode_into(buffer));
        let event = Event::new(&data);
        reallocates_at_most_once(&event.to_string(), |buffer| event.encode_into(buffer));
        let comment = Comment::new(&data);
        reallocates_at_most_once(&comment.to_string(), |buffer| comment.encode_into(buffer));
    }
}

fn reallocates_at_most_once(wire: &str, encode_into: impl Fn(&mut Vec<u8>)) {
    for capacity in (0..wire.len()).step_by(1 + wire.len() / 1000).chain([wire.len() - 1, wire.len()]) {
        let mut buffer = Vec::with_capacity(capacity);
        let ((), counts) = count(|| encode_into(&mut buffer));
        assert_eq!(buffer, wire.as_bytes());
        assert_eq!(counts.allocations, usize::from(capacity < wire.len()), "{capacity} of {} bytes", wire.len());
        assert!(capacity > 0 || buffer.capacity() == wire.len(), "{} of {} bytes", buffer.capacity(), wire.len());
    }
}

fn encodes(wire: &str, displayed: &str, len: usize, encode_into: impl Fn(&mut Vec<u8>)) {
    assert_eq!((displayed, len), (wire, wire.len()));
    let mut buffer = b"before".to_vec();
    encode_into(&mut buffer);
    assert_eq!(buffer, ["before", wire].concat().as_bytes());
}

fn slices(wire: &str, encode_to_slice: impl Fn(&mut [u8]) -> Result<usize, BufferTooSmall>) {
    let mut buffer = vec![b'#'; wire.len()];
    assert_eq!(encode_to_slice(&mut buffer), Ok(wire.len()));
    assert_eq!(buffer, wire.as_bytes());
    if let Some(available) = wire.len().checked_sub(1) {
        let mut buffer = vec![b'#'; available];
        let error = encode_to_slice(&mut buffer).unwrap_err();
        assert_eq!((error.needed, error.available), (wire.len(), available));
        assert!(buffer.iter().all(|&byte| byte == b'#'));
    }
}

/// A buffer that is too small stays as it is, and nothing panics.
#[cfg(feature = "bytes")]
fn buf_muts(wire: &str, encode_into_buf: impl Fn(&mut dyn BufMut) -> Result<(), BufferTooSmall>) {
    let mut buffer = BytesMut::from("before");
    assert_eq!(encode_into_buf(&mut buffer), Ok(()));
    assert_eq!(buffer, ["before", wire].concat());
    for available in wire.len().saturating_sub(2)..wire.len() + 2 {
        let mut memory = vec![b'#'; available];
        // Of two parts.
        let (first, second) = memory.split_at_mut(available / 2);
        let mut buffer = first.chain_mut(second);
        let result = encode_into_buf(&mut buffer);
        if available < wire.len() {
            let error = result.unwrap_err();
            assert_eq!((error.needed, error.available), (wire.len(), available));
            assert_eq!(buffer.remaining_mut(), available);
            assert!(memory.iter().all(|&byte| byte == b'#'));
        } else {
            assert_eq!((result, buffer.remaining_mut()), (Ok(()), available - wire.len()));
            assert_eq!(memory[..wire.len()], *wire.as_bytes());
        }
    }
}

#[cfg(feature = "bytes")]
#[test]
fn conversions_keep_everything() {
    for_every_event(|event, built| {
        let shared = EventBytes::from(built.clone());
        assert_eq!(values!(shared), values!(event));
        assert_eq!(values!(Event::from(&shared)), values!(event));
        assert_eq!(values!(EventBytes::from(&built)), values!(event));
        assert_eq!(values!(EventBytes::from(event)), values!(event));
        assert_eq!(values!(EventBuf::from(&shared)), values!(event));
        assert_eq!(values!(EventBuf::from(shared.clone())), values!(event));
        assert_eq!([shared == event, event == shared, shared == built, built == shared], [true; 4]);
        assert_eq!((format!("{shared:?}"), hash(&shared)), (format!("{event:?}"), hash(event)));
        let other = EventBuf::new("another");
        let borrowed = other.as_event();
        assert_eq!([shared == other, other == shared, shared == borrowed, borrowed == shared], [false; 4]);
        assert!(!shared.is_shared());
        assert_eq!(shared.into_data(), event.data());
    });
    assert_eq!(values!(EventBytes::default()), values!(Event::default()));
}

/// The last event ID of an earlier block.
#[cfg(feature = "bytes")]
#[test]
fn conversions_keep_an_inherited_id() {
    let mut decoder = BytesDecoder::new();
    decoder.set_last_event_id("17").unwrap();
    let event = decoder.next_event(&mut Bytes::from("event: t\ndata: a\n\n")).unwrap().unwrap();
    let expected = r#"(("t", Some("t"), "a", None, "17"), true, None)"#;
    assert_eq!(values!(event), expected);
    assert_eq!(values!(EventBuf::from(&event)), expected);
    assert_eq!(values!(EventBytes::from(EventBuf::from(&event))), expected);
    let own = EventBuf::from(event).with_id("é").unwrap();
    assert_eq!(values!(own), r#"(("t", Some("t"), "a", Some("é"), "é"), true, None)"#);
}

#[cfg(feature = "bytes")]
#[test]
fn text_is_taken_over_without_a_copy() {
    let event = EventBuf::new("data").with_type("type").unwrap().with_id("1").unwrap();
    let address = event.data().as_ptr();
    let shared = EventBytes::from(event);
    assert_eq!(shared.data().as_ptr(), address);
    let data = shared.into_data();
    assert_eq!(data.as_ptr(), address);

    let event = EventBuf::new("data".repeat(100));
    let (data, counts) = count(|| EventBytes::from(event).into_data());
    assert_eq!((data.len(), counts.allocations), (400, 0), "{counts:?}");
}

/// `into_data` of an event that is a slice of its chunk is a slice of the chunk.
#[cfg(feature = "bytes")]
#[test]
fn into_data_is_a_slice_of_the_chunk() {
    for (stream, data) in [
        ("id: 1\ndata: hello\nevent: t\n\n", "hello"),
        ("data:\n\n", ""),
        ("id: 1\ndata: last\n\n", "last"),
        ("data: a\ndata: b\n\n", "a\nb"),
    ] {
        let chunk = Bytes::from(stream.repeat(2));
        let range = chunk.as_ptr_range();
        let event = BytesDecoder::new().next_event(&mut chunk.clone()).unwrap().unwrap();
        let (shared, address) = (event.is_shared(), event.data().as_ptr());
        let bytes = event.into_data();
        assert_eq!(bytes, data);
        assert_eq!(bytes.as_ptr(), address);
        if shared && !data.is_empty() {
            assert!(range.contains(&bytes.as_ptr()));
        }
        assert_eq!(shared, !stream.contains("a\n"), "{stream}");
    }
    assert_eq!(EventBytes::from(EventBuf::without_data().with_id("1").unwrap()).into_data(), "");
}

/// Encoders and writers print no payload.
#[test]
fn debug_of_encoders_shows_no_payload() {
    struct Sink;
    impl std::fmt::Write for Sink {
        fn write_str(&mut self, _: &str) -> std::fmt::Result {
            Ok(())
        }
    }
    let event = EventBuf::new("secret").with_id("secret").unwrap();
    let mut encoder = event.encode();
    encoder.advance(1);
    assert_eq!(format!("{encoder:?}"), "Encoder { remaining: 24, .. }");
    let writer = sse_proto::DataWriter::new(Sink, event.as_event()).unwrap();
    assert_eq!(format!("{writer:?}"), "DataWriter { .. }");
    let mut writer = sse_proto::DataWriter::new(String::new(), event.as_event()).unwrap();
    assert_eq!(writer.get_ref(), "id: secret\ndata: secret");
    writer.get_mut().push('!');
    assert_eq!(writer.finish().unwrap(), "id: secret\ndata: secret!\n\n");
}
