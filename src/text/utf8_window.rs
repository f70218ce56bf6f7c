//! Validates the values of a chunk, many at once.
//!
//! The cost of validating a short value is mostly the fixed cost of a call. So when all events of a chunk are read, a window of
//! the chunk is validated at once, and the text of each value is taken from it.

use crate::text::utf8::{self, whole_characters};

/// A validated window of a chunk, which moves forward as values are validated.
pub(crate) struct Utf8Window<'i> {
    chunk: &'i [u8],
    text: &'i str,
    /// No window is tried that begins before this position of the chunk, because it may contain invalid UTF-8.
    valid_from: usize,
}

impl<'i> Utf8Window<'i> {
    /// For a caller that decodes all events of this chunk.
    #[inline]
    pub(crate) const fn of(chunk: &'i [u8]) -> Self {
        Self { chunk, text: "", valid_from: 0 }
    }

    /// For a caller that may decode one event only: each value is validated separately.
    #[inline]
    pub(crate) const fn none() -> Self {
        Self::of(&[])
    }

    /// The value as text, or `None` if it is not valid UTF-8.
    #[inline(always)]
    pub(crate) fn text(&mut self, value: &'i [u8]) -> Option<&'i str> {
        if self.chunk.is_empty() {
            return utf8::from_utf8(value);
        }
        match part(self.text, value) {
            Some(text) => Some(text),
            None => self.next_window(value),
        }
    }

    /// Called when the value is outside the window. Moves the window to begin with the value, if that is worth it.
    #[inline(never)]
    fn next_window(&mut self, value: &'i [u8]) -> Option<&'i str> {
        let start = value.as_ptr().addr().wrapping_sub(self.chunk.as_ptr().addr());
        if let Some(rest) = self.chunk.get(start..) {
            if value.len() <= MAX_VALUE_LEN && rest.len() >= value.len() + MIN_REST_LEN && start >= self.valid_from {
                let window = whole_characters(rest.get(..WINDOW_LEN).unwrap_or(rest));
                if let Some(text) = utf8::from_utf8(window) {
                    self.text = text;
                    return part(text, value);
                }
                // Some of these bytes are invalid. Do not validate them again for each value among them.
                self.valid_from = start + window.len();
            }
        }
        utf8::from_utf8(value)
    }
}

/// The length of a window: short enough to stay in the cache until its lines are searched.
pub(crate) const WINDOW_LEN: usize = 8 * 1024;

/// The minimum length of what follows the value in the chunk for which a window is worth its cost.
const MIN_REST_LEN: usize = 64;

/// The maximum length of a value for which a window is used. A longer one is validated separately, because much would be
/// validated twice when a window ends inside it.
pub(crate) const MAX_VALUE_LEN: usize = WINDOW_LEN / 8;

/// `bytes` as a slice of `text`, or `None` if they do not lie in it.
#[inline(always)]
pub(crate) fn part<'i>(text: &'i str, bytes: &[u8]) -> Option<&'i str> {
    let start = bytes.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    text.get(start..start.wrapping_add(bytes.len()))
}

#[cfg(test)]
mod tests {
    use crate::decode::decoder::Decoder;
    use crate::decode::storage::Fixed;
    use crate::text::utf8::tests::validated;
    use alloc::vec::Vec;
    use core::ops::RangeInclusive;

    /// Once in a window and once in its value, if that is valid. Without a window only the values are validated, not the bytes
    /// between them.
    #[test]
    fn each_byte_is_validated_at_most_twice() {
        let long =
            |start: &str, len: usize, end: &str| [start, &"x".repeat(len - start.len() - end.len()), end].concat();
        let invalid = |events: usize| [&"data: ok\n\n".repeat(events).into_bytes()[..], b"data: \xFF\n\n"].concat();
        let cases: [(&str, Vec<u8>, RangeInclusive<usize>); 13] = [
            ("small events", b"event: a\nid: 1\ndata: x\n\n".into(), 100..=115),
            ("data alone", b"data: x\n\n".into(), 99..=115),
            ("data alone, with CRLF", b"data: x\r\n\r\n".into(), 99..=115),
            ("fields without a colon", b"data\nevent: a\n\n".into(), 100..=115),
            ("no names, no values", b"data\n\n".into(), 0..=0),
            ("characters of three bytes", "data: 한국어\nid: 가\n\n".into(), 100..=115),
            ("the longest event that uses a window", long("event: a\ndata: ", 1024, "\n\n").into(), 100..=115),
            ("one byte too long for a window", long("event: a\ndata: ", 1025, "\n\n").into(), 100..=100),
            ("the longest value that uses a window", long("data: ", 1032, "\n\n").into(), 100..=115),
            ("one byte too long", long("data: ", 1033, "\n\n").into(), 98..=99),
            ("as long as a window", long("data: ", 8192, "\n\n").into(), 98..=99),
            ("one invalid byte in each window", invalid(800), 115..=215),
            ("several invalid bytes in each window", invalid(50), 115..=215),
        ];
        for (name, events, expected) in cases {
            let percent = percent_validated(&events);
            assert!(expected.contains(&percent), "{name}: {percent} % validated");
        }
    }

    /// In the window, as a value, twice when it is decoded into a buffer, and when it is borrowed from a fixed buffer.
    #[test]
    fn an_invalid_value_is_validated_at_most_five_times() {
        let percent = percent_validated(&[b"data: ", &[b'x'; 600][..], b"\xFF\n\n"].concat());
        assert!((400..=500).contains(&percent), "{percent} % validated");
    }

    fn percent_validated(events: &[u8]) -> usize {
        let stream = events.repeat(400_000 / events.len());
        let mut decoder: Decoder<Fixed<10_000, 10>> = Decoder::with_fixed_buffers();
        let mut input = &stream[..];
        validated();
        let mut events = decoder.events(&mut input);
        let mut count = 0;
        while events.next().unwrap().is_some() {
            count += 1;
        }
        let percent = validated() * 100 / stream.len();
        assert!(count > 20, "{count} events");
        percent
    }

    /// The buffered part of an event that is split over chunks is not validated again.
    #[cfg(feature = "alloc")]
    #[test]
    fn buffered_text_is_not_validated_again() {
        let long = ["event: a\ndata: ", &"x".repeat(200), "\n\n"].concat();
        let korean = ["data: ", &"가".repeat(60), "\n\n"].concat();
        let lines = "data: fifteen letters\n".repeat(8) + "\n";
        for (event, size, expected) in [
            ("data: hello\n\n", 1460, 98..=102),
            // What a chunk has of the event that it cuts is validated in the window, and again when it is buffered.
            (&long, 1460, 98..=110),
            // Split inside a field name, so that the data is in the next chunk.
            (&long, 217 * 5 + 7, 98..=110),
            // Usually split inside a character: that event is validated value by value, up to three times.
            (&korean, 1460, 88..=132),
            // 127 of 177 bytes are values.
            (&lines, 64 * 1024, 70..=74),
        ] {
            let stream = event.repeat(400_000 / event.len());
            let mut decoder = Decoder::new();
            let mut count = 0;
            validated();
            for mut chunk in stream.as_bytes().chunks(size) {
                let mut events = decoder.events(&mut chunk);
                while events.next().unwrap().is_some() {
                    count += 1;
                }
            }
            let percent = validated() * 100 / stream.len();
            assert_eq!(count, 400_000 / event.len());
            assert!(expected.contains(&percent), "{size} B: {percent} % validated");
        }
    }
}
