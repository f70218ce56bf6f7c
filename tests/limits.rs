//! Bounded memory, counted by an allocator: a decoder never allocates more than the limit plus a constant, whatever the input,
//! and after an event that exceeds the limit it continues with the next one.
#![cfg(feature = "alloc")]

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::time::Duration;

use counting::{count, so_far};
use sse_proto::{
    Comment, CutLine, DecodeError, Decoder, Event, EventBuf, Field, FixedDecoder, Incomplete, Limit, Limits, Storage,
    Tokenizer,
};
use support::drive::{decoder, events, every_split, items, without_places};
use support::random::{Random, cut};
use support::reference::{self, Outcome};

const MIB: usize = 1 << 20;
/// The memory allowed beyond the limit: four buffers for event types and ids, and 4 KiB for the data.
const CONSTANT: isize = 4 * (128 << 10) + 4096;
/// The memory that may remain allocated between events: five buffers.
const CONSTANT_WHEN_IDLE: isize = 5 * 4096;

fn limited(max_event_bytes: usize) -> Decoder {
    Decoder::with_limits(Limits::default().with_max_event_bytes(max_event_bytes))
}

/// Decodes a generated stream. Returns the number of events, the number of errors, and the last error.
fn run<S: Storage>(
    decoder: &mut Decoder<S>,
    chunks: impl Iterator<Item = impl AsRef<[u8]>>,
) -> (usize, usize, Option<DecodeError>) {
    let (mut events, mut errors, mut last) = (0, 0, None);
    for chunk in chunks {
        let mut input = chunk.as_ref();
        loop {
            match decoder.next_event(&mut input) {
                Ok(None) => break,
                Ok(Some(_)) => events += 1,
                Err(error) => (errors, last) = (errors + 1, Some(error)),
            }
        }
    }
    (events, errors, last)
}

#[test]
fn the_default_limit_is_16_mib() {
    assert_eq!(Limits::default().max_event_bytes, 16 * MIB);
    assert_eq!(Decoder::new().limits(), Limits::default());
}

#[test]
fn a_hundred_megabytes_without_a_line_end() {
    let mut decoder = Decoder::new();
    let chunk = vec![b'x'; 65_536];
    let chunks = std::iter::once(&b"data: "[..]).chain(std::iter::repeat_n(&chunk[..], 1526));
    let ((events, errors, error), counts) = count(|| run(&mut decoder, chunks));
    assert_eq!((events, errors), (0, 1), "one error per event");
    let expected = (Field::Data, Limit::MaxEventBytes, 16 * MIB);
    let Some(DecodeError::EventTooLarge { field, limit, max_bytes, .. }) = error else { panic!("{error:?}") };
    assert_eq!((field, limit, max_bytes), expected);
    assert!(counts.peak <= isize::try_from(16 * MIB).unwrap() + CONSTANT, "{counts:?}");
    assert_eq!(counts.held, 0, "skipping buffers nothing");
    assert_eq!(run(&mut decoder, ["\n\ndata: next\n\n"].iter()).0, 1, "decoding continues");
}

#[test]
fn a_hundred_megabytes_of_comments_and_unknown_fields() {
    for start in [&b":"[..], b": ", b"unknown: ", b"Data: "] {
        let mut decoder = limited(8);
        let chunk = vec![b'x'; 65_536];
        let chunks = std::iter::once(start).chain(std::iter::repeat_n(&chunk[..], 1526)).chain([&b"\ndata: a\n\n"[..]]);
        let ((events, errors, _), counts) = count(|| run(&mut decoder, chunks));
        assert_eq!((events, errors), (1, 0));
        assert_eq!((counts.allocations, counts.peak), (0, 0));
    }
}

/// The tokenizer does not allocate.
#[test]
fn a_gigabyte_of_data_through_the_tokenizer() {
    let chunk = vec![b'x'; MIB];
    let (bytes, counts) = count(|| {
        let mut tokenizer = Tokenizer::new();
        let mut bytes = 0;
        for mut input in std::iter::once(&b"data: "[..]).chain(std::iter::repeat_n(&chunk[..], 1024)) {
            while let Some(token) = tokenizer.next_token(&mut input) {
                let sse_proto::Token::Value { field: Field::Data, bytes: fragment, ends_line: false } = token else {
                    panic!("{token:?}")
                };
                bytes += fragment.len();
            }
        }
        bytes
    });
    assert_eq!(bytes, 1024 * MIB);
    assert_eq!(counts.allocations, 0);
}

#[test]
fn endless_lines_of_data() {
    for line in ["data\n", "data: x\n", "data: \u{8A9E}\r\n"] {
        let mut decoder = limited(MIB);
        let ((_, errors, _), counts) = count(|| run(&mut decoder, std::iter::repeat_n(line, 2 * MIB)));
        assert_eq!(errors, 1);
        assert!(counts.peak <= isize::try_from(MIB).unwrap() + CONSTANT, "{counts:?}");
    }
}

/// An event of exactly the limit is accepted, and one byte more is not, regardless of chunk boundaries.
#[test]
fn the_limit_is_exact() {
    // The last event ID, the event type, the id, and the data with the line feed between its lines.
    let stream = b"id: 12\n\nevent: abc\nid: 345\ndata: 67\ndata: 89\n\n";
    let bytes = 2 + 3 + 3 + 5;
    for (limit, errors) in [(bytes, 0), (bytes - 1, 1)] {
        let expected = reference::decode_from(stream, "", limit);
        assert_eq!(expected.outcomes.iter().filter(|o| matches!(o, Outcome::TooLarge { .. })).count(), errors);
        every_split(stream, |chunks| {
            let seen = decoder(&mut limited(limit), chunks);
            assert_eq!(without_places(seen), without_places(expected.clone()), "{chunks:x?}");
        });
    }
}

/// What counts is the text: U+FFFD takes three bytes, and a character counts when it is whole. Chunk boundaries make no
/// difference, nor does the reader.
#[test]
fn the_limit_is_exact_for_invalid_utf8() {
    let values: [&[u8]; 7] = [
        b"ab\xFF",
        b"\xFFab",
        // Characters that the end of the line cuts, or the next byte.
        b"a\xE2\x82",
        b"\xE2\x82a\xF0\x9F\xA6\xFF",
        // Three maximal subparts.
        b"\xED\xA0\x80",
        "a\u{8A9E}".as_bytes(),
        b"\xFF\xF0\x9F\xA6\x80",
    ];
    for (name, value) in ["data: ", "event: ", "id: ", ": "].iter().flat_map(|name| values.map(|value| (*name, value)))
    {
        let len = String::from_utf8_lossy(value).len();
        for rest in [&b"\n\ndata\n\n"[..], b""] {
            let stream = [name.as_bytes(), value, rest].concat();
            for limit in len - 3..=len {
                let expected = without_places(reference::decode_from(&stream, "", limit));
                let expected_items = without_places(reference::decode_items(&stream, "", limit));
                every_split(&stream, |chunks| {
                    let of = format!("limit {limit}, {chunks:x?}");
                    assert_eq!(without_places(decoder(&mut limited(limit), chunks)), expected, "{of}");
                    assert_eq!(without_places(events(&mut limited(limit), chunks)), expected, "{of}");
                    assert_eq!(without_places(items(&mut limited(limit), chunks)), expected_items, "{of}");
                    #[cfg(feature = "bytes")]
                    for next in [support::drive::bytes_decoder, support::drive::bytes_events] {
                        let limits = Limits::default().with_max_event_bytes(limit);
                        let seen = next(&mut sse_proto::BytesDecoder::with_limits(limits), chunks);
                        assert_eq!(without_places(seen), expected, "{of}");
                    }
                });
            }
        }
    }
}

/// Lines of data that are short enough to be decoded together, and longer ones, before and after lines of other fields.
#[test]
fn random_streams_of_long_values_near_the_limit() {
    for number in 0..6000 {
        let mut random = Random(number);
        let mut stream = Vec::new();
        for _ in 0..=random.below(12) {
            let name = ["data: ", "data: ", "data: ", "event: ", "id: ", ": ", "x"][random.below(7)];
            stream.extend_from_slice(name.as_bytes());
            for _ in 0..random.below(3) {
                let value = [&b"x"[..], b"\xFF", b"\xE2\x82", "\u{8A9E}".as_bytes()][random.below(4)];
                let times = [random.below(3), random.below(20), random.below(300)][random.below(3)];
                stream.extend_from_slice(&value.repeat(times));
            }
            stream.extend_from_slice([&b"\n"[..], b"\n", b"\r", b"\n\n", b""][random.below(5)]);
        }
        stream.extend_from_slice([&b"\n\n"[..], b"\n\n", b""][random.below(3)]);
        let len = String::from_utf8_lossy(&stream).len();
        let limit = [random.below(3000), random.below(300), len.saturating_sub(random.below(200))][random.below(3)];
        let expected = without_places(reference::decode_from(&stream, "", limit));
        let expected_items = without_places(reference::decode_items(&stream, "", limit));
        for _ in 0..6 {
            let chunks = cut(&mut random, &stream);
            let of = || format!("stream {number}, limit {limit}, {}", String::from_utf8_lossy(&chunks.join(&b'|')));
            for read in [decoder, events] {
                assert_eq!(without_places(read(&mut limited(limit), &chunks)), expected, "{}", of());
            }
            assert_eq!(without_places(items(&mut limited(limit), &chunks)), expected_items, "{}", of());
        }
    }
}

/// A character that the end of a chunk has cut counts nothing until it is whole, or is known to be ill-formed.
#[test]
fn a_cut_character_counts_nothing() {
    for (name, field) in [("data", Field::Data), ("event", Field::Event), ("id", Field::Id)] {
        let stream = [name.as_bytes(), b": abc\xE2\x82"].concat();
        every_split(&stream, |chunks| {
            for (limit, fits) in [(3, false), (5, false), (6, true)] {
                let mut limited = limited(limit);
                a_cut_character(&mut limited.clone(), chunks, field, (fits, Limit::MaxEventBytes, limit));
                // At the end of the stream it is dropped with its line.
                assert_eq!(run(&mut limited, chunks.iter()), (0, 0, None), "{chunks:x?}");
                let end = limited.end_of_stream();
                assert_eq!((end.incomplete, end.utf8_replacements), (Incomplete::CutLine, 0), "{chunks:x?}");
            }
            let buffer = if field == Field::Data { Limit::DataBuffer } else { Limit::FieldBuffer };
            a_cut_character(&mut FixedDecoder::<3, 3>::with_fixed_buffers(), chunks, field, (false, buffer, 3));
            a_cut_character(&mut FixedDecoder::<5, 5>::with_fixed_buffers(), chunks, field, (false, buffer, 5));
            a_cut_character(&mut FixedDecoder::<6, 6>::with_fixed_buffers(), chunks, field, (true, buffer, 6));
        });
    }
}

/// The stream ends within a character. The line end shows that it is ill-formed, and its last byte makes it whole.
fn a_cut_character<S: Storage>(
    decoder: &mut Decoder<S>,
    chunks: &[&[u8]],
    of: Field,
    (fits, limit, max_bytes): (bool, Limit, usize),
) {
    assert_eq!(run(decoder, chunks.iter()), (0, 0, None), "{chunks:x?}");
    for (rest, replacements) in [(&b"\n"[..], u64::from(fits)), (b"\xAC\n", 0)] {
        let mut decoder = decoder.clone();
        let (_, errors, error) = run(&mut decoder, [rest].iter());
        assert_eq!((errors, decoder.utf8_replacements()), (usize::from(!fits), replacements), "{chunks:x?}");
        let found = error.map(|error| match error {
            DecodeError::EventTooLarge { field, limit, max_bytes, .. } => (field, limit, max_bytes),
            error => panic!("{error}"),
        });
        assert_eq!(found, (!fits).then_some((of, limit, max_bytes)), "{chunks:x?}");
    }
}

/// Wherever the chunks end. An event whose text exceeds the limit may lie in a chunk that does not.
#[test]
fn the_error_names_the_first_line_that_exceeds_the_limit() {
    const FIELDS: [(&str, Field); 3] = [("event", Field::Event), ("data", Field::Data), ("id", Field::Id)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let fields = order.map(|number| FIELDS[number]);
        for (byte, len) in [(b'x', 8), (0xFF, 24)] {
            let lines = fields.map(|(name, _)| [name.as_bytes(), b": ", &[byte; 8], b"\n"].concat());
            let stream = [&lines.concat(), &b"\n"[..]].concat();
            every_split(&stream, |chunks| {
                // The last event ID is empty, so each line adds its text alone.
                for (number, (_, first)) in fields.iter().enumerate() {
                    for limit in [number * len, (number + 1) * len - 1] {
                        assert_eq!(field_too_large(&mut limited(limit), chunks), Some(*first), "{limit}, {chunks:x?}");
                    }
                }
                assert_eq!(field_too_large(&mut limited(3 * len), chunks), None, "{chunks:x?}");
                let (first, not_data) = if len == 8 {
                    let mut fixed = FixedDecoder::<7, 7>::with_fixed_buffers();
                    let mut data_fits = FixedDecoder::<8, 7>::with_fixed_buffers();
                    (field_too_large(&mut fixed, chunks), field_too_large(&mut data_fits, chunks))
                } else {
                    let mut fixed = FixedDecoder::<23, 23>::with_fixed_buffers();
                    let mut data_fits = FixedDecoder::<24, 23>::with_fixed_buffers();
                    (field_too_large(&mut fixed, chunks), field_too_large(&mut data_fits, chunks))
                };
                assert_eq!(first, Some(fields[0].1), "{chunks:x?}");
                let expected = fields.iter().map(|(_, field)| *field).find(|field| *field != Field::Data);
                assert_eq!(not_data, expected, "{chunks:x?}");
            });
        }
    }
}

/// Of lines that are decoded together the text counts, too: here 200 bytes of data become 600.
#[test]
fn the_text_of_buffered_data_counts_for_the_lines_after_it() {
    for (name, field) in [("event", Field::Event), ("id", Field::Id), ("data", Field::Data)] {
        for lines in [1, 2, 4, 8] {
            let data = [&b"data: "[..], &b"\xFF".repeat(200 / lines), b"\n"].concat().repeat(lines);
            let text = 600 + lines - 1 + usize::from(field == Field::Data);
            for (len, too_large) in [(1000 - text, None), (1001 - text, Some(field))] {
                let stream = [&data, name.as_bytes(), b": ", &b"x".repeat(len), b"\n\n"].concat();
                every_split(&stream, |chunks| {
                    let mut limited = limited(1000);
                    assert_eq!(field_too_large(&mut limited, chunks), too_large, "{name}, {lines} lines, {chunks:x?}");
                    assert_eq!(limited.utf8_replacements(), 200, "{name}, {lines} lines, {chunks:x?}");
                });
            }
        }
    }
}

/// Each line fits as it was received, and not as text, with what precedes it.
#[test]
fn lines_of_invalid_data_count_as_text() {
    for lines in [1, 2, 3, 5] {
        let stream = [&b"data: "[..], &b"\xFF".repeat(200), b"\n"].concat().repeat(lines);
        let stream = [&stream, &b"\n"[..]].concat();
        let text = 601 * lines - 1;
        for limit in (0..text).step_by(50).chain([text - 1, text]) {
            let too_large = (limit < text).then_some(Field::Data);
            for size in [1, 7, 16, 17, 100, 206, 207, 208, 300, stream.len()] {
                let chunks: Vec<_> = stream.chunks(size).collect();
                let mut limited = limited(limit);
                assert_eq!(field_too_large(&mut limited, &chunks), too_large, "{lines} lines, {limit}, {size}");
                // Those that fit, with the line feeds between the lines.
                let replaced = (1..=200 * lines).filter(|n| 3 * n + (n - 1) / 200 <= limit).count();
                assert_eq!(limited.utf8_replacements(), replaced as u64, "{lines} lines, {limit}, {size}");
            }
        }
    }
}

/// The field of the only error, after which there is no event; `None` if there is an event.
fn field_too_large<S: Storage>(decoder: &mut Decoder<S>, chunks: &[&[u8]]) -> Option<Field> {
    let (events, errors, error) = run(decoder, chunks.iter());
    assert_eq!(events + errors, 1, "{error:?}, {chunks:x?}");
    error.map(|error| match error {
        DecodeError::EventTooLarge { field, .. } => field,
        error => panic!("{error}"),
    })
}

/// Otherwise a client that resumes would receive the same oversized event again and again.
#[test]
fn the_id_and_the_retry_of_an_oversized_event_take_effect() {
    for stream in [
        &b"id: 7\ndata: 0123456789abcdef\n\ndata: next\n\n"[..],
        b"data: 0123456789abcdef\nid: 7\nretry: 9\n\ndata: next\n\n",
        b"data: 0123456789abcdef\nid: 6\nid: 7\n\ndata: next\n\n",
        b"id: 7\nevent: 0123456789abcdef\ndata: x\n\ndata: next\n\n",
        b"id: 0123456789abcdef\nid: 7\ndata: x\n\ndata: next\n\n",
        b"id: 7\nid: 0123456789abcdef\ndata: x\n\ndata: next\n\n",
        b"data: 0123456789abcdef\nid: 7\nid: 0123456789abcdef\ndata: x\n\ndata: next\n\n",
    ] {
        every_split(stream, |chunks| {
            let mut limited = limited(10);
            let seen = decoder(&mut limited, chunks);
            assert_eq!(seen.last_event_id, "7", "{chunks:x?}");
            assert_eq!(seen.outcomes.len(), 2, "{seen:?}");
            assert!(matches!(&seen.outcomes[1], Outcome::Event { data, .. } if data == "next"));
            assert_eq!(without_places(seen), without_places(reference::decode_from(stream, "", 10)), "{chunks:x?}");
        });
    }
    let mut limited = limited(10);
    let (events, errors, _) = run(&mut limited, ["data: 0123456789abcdef\nid: 7\nretry: 9\n"].iter());
    assert_eq!((events, errors), (0, 1));
    assert_eq!(limited.reconnection_time(), Some(Duration::from_millis(9)), "retry needs no blank line");
    assert_eq!(limited.last_event_id(), "", "the id needs one");
    assert!(limited.end_of_stream().is_incomplete(), "the event is incomplete");
    assert_eq!(limited.last_event_id(), "");
}

#[test]
fn a_fixed_decoder_names_the_full_buffer_and_continues() {
    let stream =
        b"data: 123456789\n\nevent: abcde\ndata\n\nid: abcde\ndata\n\ndata: 12345678\nid: abcd\nevent: abcd\n\n";
    every_split(stream, |chunks| {
        let mut fixed = FixedDecoder::<8, 4>::with_fixed_buffers();
        let (mut events, mut errors) = (0, Vec::new());
        for chunk in chunks {
            let mut input = *chunk;
            loop {
                match fixed.next_event(&mut input) {
                    Ok(None) => break,
                    Ok(Some(event)) => {
                        assert_eq!((event.data(), event.id(), event.event_type()), ("12345678", Some("abcd"), "abcd"));
                        events += 1;
                    }
                    Err(DecodeError::EventTooLarge { field, limit, max_bytes, .. }) => {
                        errors.push((field, limit, max_bytes));
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
        assert_eq!(events, 1, "{chunks:x?}");
        assert_eq!(
            errors,
            [
                (Field::Data, Limit::DataBuffer, 8),
                (Field::Event, Limit::FieldBuffer, 4),
                (Field::Id, Limit::FieldBuffer, 4)
            ]
        );
    });
}

#[test]
fn error_messages_name_the_limit_and_the_field() {
    let error = limited(4).next_event(&mut &b"data: 12345\n"[..]).unwrap_err();
    let message = "event too large: its field `data` exceeds the 4-byte limit of `Limits::max_event_bytes`";
    assert_eq!(error.to_string(), message);
    let error = FixedDecoder::<4, 2>::with_fixed_buffers().next_event(&mut &b"data: 12345\n"[..]).unwrap_err();
    let message = "event too large: its field `data` exceeds the 4-byte limit of the data buffer";
    assert_eq!(error.to_string(), message);
    let error = FixedDecoder::<8, 2>::with_fixed_buffers().next_event(&mut &b"id: 12345\n"[..]).unwrap_err();
    let message = "event too large: its field `id` exceeds the 2-byte limit of the field buffer";
    assert_eq!(error.to_string(), message);
}

/// A value that exceeds both the limit of the event and that of a single field gives the error of the limit reached first.
#[test]
fn errors_do_not_depend_on_chunk_boundaries() {
    const FIELD: usize = 128 << 10;
    for name in ["event", "id", "data"] {
        for max_event_bytes in [1000, FIELD, FIELD + 1] {
            let stream = format!("id: 1\n{name}: {}\ndata: x\n\ndata: y\n\n", "x".repeat(FIELD + 10));
            let expected = run(&mut limited(max_event_bytes), stream.as_bytes().chunks(1));
            let Some(DecodeError::EventTooLarge { limit, .. }) = &expected.2 else { panic!("{expected:?}") };
            assert_eq!(
                *limit == Limit::MaxEventBytes,
                name == "data" || max_event_bytes <= FIELD,
                "{name}: {expected:?}"
            );
            for size in [1460, FIELD, stream.len()] {
                let found = run(&mut limited(max_event_bytes), stream.as_bytes().chunks(size));
                assert_eq!(found, expected, "{name} with {max_event_bytes} in chunks of {size}");
            }
        }
    }
}

/// After a big event a decoder keeps small buffers only, and an owned small event has no spare capacity.
/// A comment within a block does not raise the limit for the fields after it.
#[test]
fn a_comment_in_a_block_changes_nothing_about_its_limit() {
    for (max_event_bytes, is_too_large) in [(10, true), (11, false)] {
        let stream = b"event: abcde\n: comment\ndata: 123456\n\n";
        every_split(stream, |chunks| {
            let (events, errors, _) = run(&mut limited(max_event_bytes), chunks.iter());
            assert_eq!((events, errors), if is_too_large { (0, 1) } else { (1, 0) }, "{max_event_bytes} {chunks:?}");
        });
    }
}

/// A discarded line does not count against the limit afterwards, however often this happens.
#[test]
fn a_discarded_line_counts_nothing() {
    let mut decoder = limited(8);
    for _ in 0..100 {
        assert_eq!(run(&mut decoder, ["data: a\ndata: abc"].iter()).0, 0);
        let event = decoder.dispatch_incomplete(CutLine::Discard).expect("within the limit").expect("an event");
        assert_eq!(event.data(), "a");
        assert_eq!(run(&mut decoder, ["data: 12345678\n\n"].iter()), (1, 0, None), "eight bytes");
    }
}

#[test]
fn a_big_event_leaves_no_big_buffers() {
    let big = format!("data: {}\n\n", "x".repeat(400 << 10));
    let mut decoder = Decoder::new();
    let ((events, held_after_big), _) = count(|| {
        assert_eq!(run(&mut decoder, big.as_bytes().chunks(1460)).0, 1);
        let held_after_big = so_far().held;
        let mut events: Vec<EventBuf> = Vec::with_capacity(1000);
        for _ in 0..1000 {
            for mut input in [&b"data: "[..], b"x", b"\n\n"] {
                events.extend(decoder.next_event(&mut input).unwrap().map(EventBuf::from));
            }
        }
        (events, held_after_big)
    });
    assert!(held_after_big <= CONSTANT_WHEN_IDLE, "{held_after_big}");
    let (clones, counts) = count(|| events.iter().map(|event| event.as_event().to_event_buf()).collect::<Vec<_>>());
    assert_eq!(clones, events);
    assert_eq!(counts.held, isize::try_from(1000 * (size_of::<EventBuf>() + 1)).unwrap(), "one byte each");
}

/// A million connections that wait, each after an event with an id, in under 300 MB.
#[test]
fn a_million_idle_connections() {
    let (decoders, counts) = count(|| {
        let mut decoders = vec![Decoder::new(); 1_000_000];
        for decoder in &mut decoders {
            assert_eq!(run(decoder, ["id: event-17\ndata: hello\n\n: keep-alive\n\n"].iter()).0, 1);
        }
        decoders
    });
    assert_eq!(decoders.len(), 1_000_000);
    assert!(counts.held < 300_000_000, "{counts:?}");
}

/// Buffers that are empty are freed, and the others are reduced to their contents.
#[test]
fn shrink_to_fit_frees_unused_memory() {
    let mut decoder = Decoder::new();
    let stream = "id: 1\nevent: e\ndata: hello\ndata: world\n\n";
    let ((), counts) = count(|| {
        assert_eq!(run(&mut decoder, stream.as_bytes().chunks(1)).0, 1);
        let held = so_far().held;
        assert!(held > 0 && held <= CONSTANT_WHEN_IDLE, "{held}");
        decoder.shrink_to_fit();
        assert_eq!(so_far().held, 1, "the last event ID");
        assert_eq!(run(&mut decoder, stream.as_bytes().chunks(7)).0, 1);
        assert_eq!(decoder.next_event(&mut &b"data: half"[..]), Ok(None));
        decoder.shrink_to_fit();
    });
    assert_eq!(counts.held, 5, "the last event ID, and the buffered part of the next event");
    assert_eq!(decoder.next_event(&mut &b" done\n\n"[..]).unwrap().map(|event| event.data()), Some("half done"));
}

/// Random streams with long values of every field, in any order and any chunks.
#[test]
fn memory_never_exceeds_the_limit_and_a_constant() {
    for number in 0..800 {
        let mut random = Random(number);
        let limit = 1 + random.below(200_000);
        let mut stream = Vec::new();
        for _ in 0..random.below(30) {
            let name = ["data: ", "event: ", "id: ", "data: ", "\n", ": ", "retry: "][random.below(7)];
            let len = [random.below(20), random.below(5000), random.below(limit), limit / 2][random.below(4)];
            let value = ["x", "é", "\u{FFFF}"][random.below(3)].repeat(len / 2);
            stream.extend_from_slice(name.as_bytes());
            stream.extend_from_slice(value.as_bytes());
            if random.below(8) == 0 {
                stream.push([b'\0', 0xFF, 0xE2][random.below(3)]);
            }
            stream.push(b'\n');
        }
        let longest = [1, 100, 5000, stream.len() + 1][random.below(4)];
        let mut limited = limited(limit);
        let (_, counts) = count(|| {
            let (mut rest, mut ids) = (&stream[..], 0);
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at((1 + random.below(longest)).min(rest.len()));
                let mut input = chunk;
                while !matches!(limited.next_event(&mut input), Ok(None)) {
                    ids += limited.last_event_id().len();
                }
                rest = after;
            }
            ids
        });
        let bound = isize::try_from(limit).unwrap() + CONSTANT;
        assert!(counts.peak <= bound, "stream {number}, limit {limit}: {counts:?}");
        assert!(counts.moved <= 4 * stream.len() + 4096, "stream {number}: {counts:?} for {} bytes", stream.len());
    }
}

/// Data near the limit with ids of varying length between its lines: neither forces the other to be moved.
#[test]
fn ids_between_lines_of_data_near_the_limit() {
    let mut decoder = Decoder::new();
    let line = format!("data: {}\n", "x".repeat(8 * MIB + 1));
    for id_len in [1, 6000, 100_000] {
        let id = "i".repeat(id_len);
        let chunks = std::iter::once(line.as_str()).chain((0..500).flat_map(|_| ["data\n", "id: ", id.as_str(), "\n"]));
        let ((_, errors, _), counts) = count(|| run(&mut decoder, chunks));
        assert_eq!(errors, 0);
        assert!(counts.moved <= 2 * (line.len() + 500 * (id_len + 10)), "{id_len}: {counts:?}");
        assert_eq!(run(&mut decoder, ["\n"].iter()).0, 1);
    }
}

/// Whatever the limit of the event.
#[test]
fn an_event_type_or_an_id_has_at_most_128_kib() {
    for (name, field) in [("id", Field::Id), ("event", Field::Event)] {
        for (len, fits) in [(128 << 10, true), ((128 << 10) + 1, false)] {
            let stream = format!("{name}: {}\ndata: x\n\ndata: y\n\n", "n".repeat(len));
            for size in [1460, stream.len()] {
                let (events, errors, error) = run(&mut limited(usize::MAX), stream.as_bytes().chunks(size));
                assert_eq!((events, errors), if fits { (2, 0) } else { (1, 1) });
                let is_expected = |error: &DecodeError| {
                    matches!(error, DecodeError::EventTooLarge { field: found, limit: Limit::FieldBuffer, max_bytes, .. }
                        if *found == field && *max_bytes == 128 << 10)
                };
                assert_eq!(error.as_ref().is_some_and(is_expected), !fits, "{error:?}");
            }
        }
    }
}

/// `set_last_event_id` fails if the ID and the buffered part of an event would exceed the limit.
#[test]
fn set_last_event_id_cannot_exceed_the_limit() {
    let mut limited = limited(10);
    assert_eq!(limited.next_event(&mut &b"data: 12345678"[..]), Ok(None));
    assert!(limited.set_last_event_id("123").is_err());
    assert!(limited.set_last_event_id("12").is_ok());
    assert!(limited.set_last_event_id("21").is_ok());
    let mut input = &b"\n\n"[..];
    assert_eq!(limited.next_event(&mut input).unwrap().map(|event| event.data()), Some("12345678"));
    assert!(limited.set_last_event_id("1234567890").is_ok(), "nothing else is buffered");
    assert!(limited.set_last_event_id("12345678901").is_err());
    assert_eq!(run(&mut limited, ["data: 1\n\n"].iter()).1, 1, "the ID takes the whole limit");
    assert_eq!(run(&mut limited, ["id\n\ndata: 1\n\n"].iter()).0, 1, "after the ID is reset");
}

#[test]
fn a_limit_of_zero_accepts_empty_events() {
    let (events, errors, _) = run(&mut limited(0), ["data\n\ndata: x\n\ndata:\n\n"].iter());
    assert_eq!((events, errors), (2, 1));
}

/// Encoding into a vector allocates at most once, and not at all if the capacity suffices.
#[test]
fn encoding_allocates_once() {
    let (lines, long) = ("line\n".repeat(1000), "x".repeat(40_000));
    let ends_late = long.clone() + "\nx";
    for data in ["a line of data", "two\nlines", &lines, &long, &ends_late] {
        let event = Event::new(data);
        for event in [
            event,
            event.with_type("t").unwrap(),
            event.with_id("1").unwrap(),
            event.with_type("t").unwrap().with_id("1").unwrap().with_retry(Duration::from_millis(1)),
        ] {
            assert_eq!(event.encoded_len(), allocated_once(|buffer| event.encode_into(buffer)));
            for spare in [event.encoded_len() - 1, event.encoded_len(), event.encoded_len() + 100] {
                let mut buffer = Vec::with_capacity(spare);
                let ((), counts) = count(|| event.encode_into(&mut buffer));
                assert_eq!(counts.allocations, usize::from(spare < buffer.len()), "{spare} for {}", buffer.len());
            }
            let (_, counts) = count(|| event.encode().remaining());
            assert_eq!(counts.allocations, 0);
        }
        let comment = Comment::new(data);
        assert_eq!(comment.encoded_len(), allocated_once(|buffer| comment.encode_into(buffer)));
    }
}

fn allocated_once(encode: impl Fn(&mut Vec<u8>)) -> usize {
    let (buffer, counts) = count(|| {
        let mut buffer = Vec::new();
        encode(&mut buffer);
        buffer
    });
    assert_eq!(counts.allocations, 1);
    buffer.len()
}
