//! `EventCodec` with `FramedRead` and `FramedWrite` over a pipe. The tests of decoding run through it, too (`tests/conformance.rs`,
//! `tests/chunking.rs`).
#![cfg(feature = "tokio-util-v0.7")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use counting::count;
use futures_util::{SinkExt, StreamExt};
use sse_proto::adapters::codec::EventCodec;
use sse_proto::{BytesDecoder, Comment, CutLine, DecodeError, Event, EventBuf, EventBytes, Limits};
use support::cases::CASES;
use support::drive::{codec_events, without_places};
use support::random::{Random, cut, stream};
use support::reference;
use tokio::io::{AsyncWriteExt, duplex};
use tokio_util::codec::{Decoder, Encoder, Framed, FramedRead, FramedWrite};

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test)
}

/// The pipe holds no more than `size` bytes, so that this is how much is read at once, at most.
fn through_a_pipe(stream: &[u8], size: usize) -> (Vec<Result<EventBytes, DecodeError>>, BytesDecoder) {
    run(async {
        let (mut server, client) = duplex(size);
        let send = async move {
            server.write_all(stream).await.unwrap();
        };
        let mut events = FramedRead::new(client, EventCodec::new());
        let receive = async {
            let mut seen = Vec::new();
            while let Some(event) = events.next().await {
                seen.push(event.expect("a pipe does not fail"));
            }
            assert!(events.next().await.is_none(), "fused");
            seen
        };
        let ((), seen) = futures_util::future::join(send, receive).await;
        (seen, events.into_parts().codec.into_inner().0)
    })
}

#[test]
fn all_cases_in_pieces_of_every_size() {
    for case in CASES {
        for size in 1..=case.stream.len().max(1) {
            let (events, decoder) = through_a_pipe(case.stream, size);
            let events: Vec<_> = events.into_iter().map(|event| event.expect("within the limits")).collect();
            let seen: Vec<_> =
                events.iter().map(|event| (event.event_type(), event.data(), event.last_event_id())).collect();
            assert_eq!(seen, case.events, "{} by {size}", case.name);
            assert_eq!(decoder.last_event_id(), case.last_event_id, "{} by {size}", case.name);
            let time = decoder.reconnection_time().map(|time| u64::try_from(time.as_millis()).unwrap());
            assert_eq!(time, case.reconnection_time, "{} by {size}", case.name);
        }
    }
}

#[test]
fn limits_are_those_of_decoder() {
    for number in 0..5000 {
        let mut random = Random(number);
        let stream = stream(&mut random);
        let limit = random.below(64);
        let expected = without_places(reference::decode_from(&stream, "", limit));
        let limited = BytesDecoder::with_limits(Limits::default().with_max_event_bytes(limit));
        let chunks = cut(&mut random, &stream);
        assert_eq!(without_places(codec_events(limited, &chunks)), expected, "{number}, {limit}, {chunks:x?}");
    }
}

/// An error of a codec ends `FramedRead`. This is an item.
#[test]
fn an_event_over_the_limit_is_an_item_and_the_next_event_follows() {
    run(async {
        let stream = &b"data: one\n\ndata: much too long\nid: 2\n\ndata: two\n\n"[..];
        let mut events = FramedRead::new(stream, EventCodec::with_limits(Limits::default().with_max_event_bytes(5)));
        assert_eq!(events.next().await.unwrap().unwrap().unwrap().data(), "one");
        let error = events.next().await.unwrap().unwrap().unwrap_err();
        assert!(matches!(error, DecodeError::EventTooLarge { .. }), "{error:?}");
        let event = events.next().await.unwrap().unwrap().unwrap();
        assert_eq!((event.data(), event.last_event_id()), ("two", "2"));
        assert!(events.next().await.is_none());
    });
}

#[test]
fn an_incomplete_event_at_the_end_is_no_error() {
    for (stream, is_incomplete) in [
        ("data: a\n\n", false),
        ("data: a\r\r", false),
        ("data: a\r\n\r", false),
        ("data: a\n\ndata: b", true),
        ("data: a\n\ndata: b\n", true),
        ("data: a\n\ndata: b\r", true),
        ("data: a\n\n: comment", false),
        ("data: a\n\n\u{FEFF}", false),
    ] {
        for size in [1, 2, 1000] {
            let (events, mut decoder) = through_a_pipe(stream.as_bytes(), size);
            assert_eq!(events.len(), 1, "{stream:?}");
            assert_eq!(events[0].as_ref().unwrap().data(), "a", "{stream:?}");
            let dispatched = decoder.clone().dispatch_incomplete(CutLine::Process).unwrap();
            assert_eq!(dispatched.is_some_and(|event| event.data() == "b"), is_incomplete, "{stream:?}");
            assert_eq!(decoder.end_of_stream().is_incomplete(), is_incomplete, "{stream:?}");
        }
    }
}

/// CR ends the blank line: the event does not wait for the next byte, which may be a LF.
#[test]
fn an_event_that_ends_with_cr_does_not_wait() {
    run(async {
        let (mut server, client) = duplex(100);
        let mut events = FramedRead::new(client, EventCodec::new());
        for (sent, expected) in [("data: a\r\n\r", "a"), ("\ndata: b\r\r", "b"), ("\ndata: c\n\r", "c")] {
            server.write_all(sent.as_bytes()).await.unwrap();
            assert_eq!(events.next().await.unwrap().unwrap().unwrap().data(), expected);
        }
        server.write_all(b"\n").await.unwrap();
        drop(server);
        assert!(events.next().await.is_none());
    });
}

#[test]
fn an_error_of_the_reader_is_the_error_of_the_codec() {
    run(async {
        let reader = tokio::io::AsyncReadExt::chain(&b"id: 1\ndata: a\n\ndata: b"[..], Broken);
        let mut events = FramedRead::new(reader, EventCodec::new());
        assert_eq!(events.next().await.unwrap().unwrap().unwrap().data(), "a");
        assert_eq!(events.next().await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert!(events.next().await.is_none());
        let decoder = events.decoder_mut().decoder_mut();
        assert_eq!(decoder.last_event_id(), "1");
        assert!(decoder.end_of_stream().is_incomplete());
    });
}

/// A reader that fails.
struct Broken;

impl tokio::io::AsyncRead for Broken {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::task::Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }
}

#[test]
fn what_is_not_decoded_is_in_the_codec() {
    let mut codec = EventCodec::new();
    let mut input = BytesMut::from("data: a\n\ndata: b\n\nda");
    assert_eq!(codec.decode(&mut input).unwrap().unwrap().unwrap().data(), "a");
    assert!(input.is_empty());
    let (mut decoder, rest) = codec.into_inner();
    let mut rest = rest.into_rest();
    assert_eq!(rest, "data: b\n\nda");
    assert_eq!(decoder.next_event(&mut rest).unwrap().unwrap().data(), "b");
}

/// Bytes that come before the rest of an earlier chunk is decoded are decoded after it.
#[test]
fn the_order_of_bytes_is_kept() {
    let mut codec = EventCodec::new();
    let mut input = BytesMut::from("data: a\n\ndata: b\n\nda");
    assert_eq!(codec.decode(&mut input).unwrap().unwrap().unwrap().data(), "a");
    input.extend_from_slice(b"ta: c\n\n");
    for data in ["b", "c"] {
        assert_eq!(codec.decode(&mut input).unwrap().unwrap().unwrap().data(), data);
    }
    input.extend_from_slice(b"data: d\n\ndata: e\n\ndata: f");
    for data in ["d", "e"] {
        assert_eq!(codec.decode_eof(&mut input).unwrap().unwrap().unwrap().data(), data);
    }
    assert_eq!(codec.decode_eof(&mut input).unwrap(), None);
    assert_ne!(codec.decoder().incomplete(), BytesDecoder::new().incomplete());
}

/// The output is that of `encode_into`, whatever the type of the item, and whatever was in the buffer.
#[test]
fn what_is_encoded_is_what_encode_into_writes() {
    for data in ["", "a", "a\nb\r\nc\rd", " ", "\u{FEFF}語", &"long\n".repeat(5000)] {
        for event in [
            EventBuf::new(data),
            EventBuf::new(data).with_type("t").unwrap().with_id("7").unwrap().with_retry(Duration::from_secs(1)),
            EventBuf::without_data(),
            EventBuf::without_data().with_id("7").unwrap(),
        ] {
            let bytes = EventBytes::from(&event);
            let mut expected = b"before".to_vec();
            let mut output = BytesMut::from("before");
            let codec = &mut EventCodec::new();
            codec.encode(event.as_event(), &mut output).unwrap();
            codec.encode(&event, &mut output).unwrap();
            codec.encode(event.clone(), &mut output).unwrap();
            codec.encode(&bytes, &mut output).unwrap();
            codec.encode(bytes, &mut output).unwrap();
            codec.encode(Comment::new(data), &mut output).unwrap();
            (0..5).for_each(|_| event.encode_into(&mut expected));
            Comment::new(data).encode_into(&mut expected);
            assert_eq!(output, expected);
        }
    }
}

#[cfg(feature = "http-body")]
#[test]
fn encoded_events_are_written_as_they_are() {
    let mut output = BytesMut::new();
    let encoded = sse_proto::adapters::Encoded::from(Event::new("a"));
    EventCodec::new().encode(encoded, &mut output).unwrap();
    assert_eq!(output, "data: a\n\n");
}

/// Both halves on a pipe that holds a few bytes: events come out as they went in.
#[test]
fn events_survive_the_way_through_a_pipe() {
    run(async {
        let (server, client) = duplex(7);
        let events: Vec<_> = (0..500).map(|number| EventBuf::new("x\n".repeat(number % 50))).collect();
        let mut output = FramedWrite::new(server, EventCodec::new());
        let send = async {
            for event in &events {
                output.send(event).await.unwrap();
                output.send(Comment::KEEP_ALIVE).await.unwrap();
            }
            SinkExt::<&EventBuf>::close(&mut output).await.unwrap();
        };
        let receive = Framed::new(client, EventCodec::new()).map(|event| event.unwrap().unwrap()).collect::<Vec<_>>();
        let ((), received) = futures_util::future::join(send, receive).await;
        assert_eq!(received, events);
    });
}

/// What `FramedRead` reads is not copied: many events share the memory of one read.
#[test]
fn allocations_are_those_of_the_reads() {
    const EVENTS: usize = 10_000;
    let stream = "data: hello\n\n".repeat(EVENTS);
    let (number, counts) = count(|| {
        run(async {
            let events = FramedRead::new(stream.as_bytes(), EventCodec::new());
            events
                .filter(|event| std::future::ready(matches!(event, Ok(Ok(event)) if event.data() == "hello")))
                .count()
                .await
        })
    });
    assert_eq!(number, EVENTS);
    println!("FramedRead: {} allocations for {EVENTS} events in {} bytes", counts.allocations, stream.len());
    let reads = stream.len().div_ceil(8 << 10);
    assert!(counts.allocations <= 3 * reads + 30, "{counts:?}");
    assert!(counts.peak <= 40 << 10, "{counts:?}");

    let mut output = BytesMut::with_capacity(stream.len());
    let ((), counts) = count(|| {
        for _ in 0..EVENTS {
            EventCodec::new().encode(Event::new("hello"), &mut output).unwrap();
        }
    });
    assert_eq!((counts.allocations, Bytes::from(output)), (0, Bytes::from(stream)));
}

#[test]
fn auto_traits_and_debug() {
    fn check<T: Send + Sync + Unpin + Default + 'static>() {}
    check::<EventCodec>();
    let mut codec = EventCodec::new();
    let event = codec.decode(&mut BytesMut::from("data: a\n\ndata: secret\n\n")).unwrap().unwrap().unwrap();
    assert_eq!(event.data(), "a");
    let text = format!("{codec:?}");
    assert!(text.starts_with("EventCodec { decoder: ") && text.contains("rest_len: 14"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
