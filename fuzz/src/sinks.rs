//! Every sink receives the same bytes: each public way to write an event or a comment, with every size of buffer.

use std::fmt::Write as _;

use bytes::{Buf, BufMut, BytesMut};
use sse_proto::adapters::io::EventWriter;
use sse_proto::{BufferTooSmall, Comment, DataWriter, Encoder, Event};

/// All sizes below this are tried, and those next to the length. Trying every size would be quadratic.
const SMALL: usize = 20;

/// The encoded event, after checking that every sink receives the same bytes.
pub(crate) fn event(event: &Event<'_>) -> Vec<u8> {
    let mut wire = Vec::new();
    event.encode_into(&mut wire);
    assert_eq!(event.encoded_len(), wire.len());
    assert_eq!(event.to_string().as_bytes(), wire);
    assert_eq!(event.to_bytes(), wire);
    encoder(&event.encode(), &wire);
    slices(|buffer| event.encode_to_slice(buffer), &wire);

    // Existing contents are kept.
    let twice = [&wire[..], &wire].concat();
    let (mut vec, mut buf, mut writer) = (wire.clone(), BytesMut::from(&wire[..]), EventWriter::new(wire.clone()));
    event.encode_into(&mut vec);
    event.encode_into_buf(&mut buf).expect("a `BytesMut` grows");
    writer.write_event(event).expect("writing to a `Vec` cannot fail");
    assert_eq!((vec, &buf[..], writer.into_inner()), (twice.clone(), &twice[..], twice.clone()));
    wire
}

/// The encoded comment, after checking that every sink receives the same bytes.
pub(crate) fn comment(comment: &Comment<'_>) -> Vec<u8> {
    let mut wire = Vec::new();
    comment.encode_into(&mut wire);
    assert_eq!(comment.encoded_len(), wire.len());
    assert_eq!(comment.to_string().as_bytes(), wire);
    assert_eq!(comment.to_bytes(), wire);
    encoder(&comment.encode(), &wire);
    slices(|buffer| comment.encode_to_slice(buffer), &wire);

    let (mut buf, mut writer) = (BytesMut::new(), EventWriter::new(Vec::new()));
    comment.encode_into_buf(&mut buf).expect("a `BytesMut` grows");
    writer.write_comment(comment).expect("writing to a `Vec` cannot fail");
    assert_eq!((&buf[..], &writer.into_inner()[..]), (&wire[..], &wire[..]));
    wire
}

/// An event whose data is written in pieces, after the data of the head.
pub(crate) fn data_writer(head: &Event<'_>, pieces: &[&str]) -> String {
    let mut writer = DataWriter::new(String::new(), head).expect("writing to a `String` cannot fail");
    for piece in pieces {
        writer.write_str(piece).expect("writing to a `String` cannot fail");
    }
    writer.finish().expect("writing to a `String` cannot fail")
}

/// By `copy_to`, and by `chunk` and `advance`, with every size of buffer.
fn encoder(encoder: &Encoder<'_>, wire: &[u8]) {
    for size in sizes(wire.len()).filter(|&size| size > 0) {
        let (mut copied, mut looked_at) = (encoder.clone(), encoder.clone());
        let mut buffer = vec![0; size];
        for expected in wire.chunks(size) {
            assert_eq!(copied.copy_to(&mut buffer), expected.len());
            assert_eq!(&buffer[..expected.len()], expected);
            take(&mut looked_at, expected);
            assert_eq!(looked_at.remaining(), copied.remaining());
        }
        assert_eq!((copied.remaining(), copied.chunk()), (0, &b""[..]));
        assert_eq!(copied.copy_to(&mut buffer), 0);
    }
    let mut all = Vec::new();
    all.put(encoder.clone());
    assert_eq!(all, wire, "as a `Buf`");
}

/// Reads bytes with the methods of `Buf` and compares them with the expected ones.
fn take(buf: &mut impl Buf, mut expected: &[u8]) {
    while !expected.is_empty() {
        let n = buf.chunk().len().min(expected.len());
        assert!(n > 0, "a chunk is empty only at the end");
        assert_eq!(buf.chunk()[..n], expected[..n]);
        buf.advance(n);
        expected = &expected[n..];
    }
}

/// The encoded bytes are written to the slice, or it is too small and nothing is written.
fn slices(encode: impl Fn(&mut [u8]) -> Result<usize, BufferTooSmall>, wire: &[u8]) {
    for size in sizes(wire.len()) {
        let mut buffer = vec![b'#'; size];
        let written = encode(&mut buffer);
        if size < wire.len() {
            let error = written.expect_err("the slice is too small");
            assert_eq!((error.needed, error.available), (wire.len(), size));
            assert!(buffer.iter().all(|&byte| byte == b'#'), "nothing was written");
        } else {
            assert_eq!(written, Ok(wire.len()));
            assert_eq!(&buffer[..wire.len()], wire);
        }
    }
}

fn sizes(len: usize) -> impl Iterator<Item = usize> {
    let near = len.saturating_sub(1).max(SMALL)..=(len + 1).max(SMALL);
    (0..SMALL).chain(near)
}
