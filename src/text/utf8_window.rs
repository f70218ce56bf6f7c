//! The text of values that lie in the chunk: each by itself, or many at once.
//!
//! What a validation of a short value costs is mostly that it begins and ends. So whoever goes through a chunk validates a
//! block of it, and takes the text of each value out of that.

use crate::text::utf8::{self, whole_characters};

/// Makes text of the values of one event after the other.
pub(crate) trait Validator<'i> {
    /// The value as text, if it is: a part of the event that begins here and that is so long.
    fn validate(&mut self, value: &'i [u8], event: &'i [u8], event_len: usize) -> Option<&'i str>;
    /// The value as text, if that is known, or is found out with what follows: the value is the start of what is left. It will
    /// be kept, and else is validated with what it is kept with.
    fn known(&mut self, value: &'i [u8], left: &'i [u8]) -> Option<&'i str>;
}

/// PerValue value by itself.
pub(crate) struct PerValue;

impl<'i> Validator<'i> for PerValue {
    #[inline]
    fn validate(&mut self, value: &'i [u8], _: &'i [u8], _: usize) -> Option<&'i str> {
        utf8::from_utf8(value)
    }

    #[inline]
    fn known(&mut self, _: &'i [u8], _: &'i [u8]) -> Option<&'i str> {
        None
    }
}

/// Utf8Window of a chunk.
#[derive(Debug)]
pub(crate) struct Utf8Window<'i> {
    text: &'i str,
    /// Where no more than so many bytes of the chunk are left, what is ahead was not found to be other than text.
    not_judged: usize,
}

impl Utf8Window<'_> {
    pub(crate) const fn new() -> Self {
        Self { text: "", not_judged: usize::MAX }
    }
}

impl<'i> Validator<'i> for Utf8Window<'i> {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is what is gained")]
    fn validate(&mut self, value: &'i [u8], event: &'i [u8], event_len: usize) -> Option<&'i str> {
        part(self.text, value).or_else(|| self.next_window(value, event, event_len))
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is what is gained")]
    fn known(&mut self, value: &'i [u8], left: &'i [u8]) -> Option<&'i str> {
        if value.len() > LONG {
            return None;
        }
        part(self.text, value).or_else(|| self.next_window_with(value, left))
    }
}

impl<'i> Utf8Window<'i> {
    /// The value does not lie in the block: goes on to the one that begins with it, if that is worth it.
    #[inline(never)]
    fn next_window_with(&mut self, value: &'i [u8], left: &'i [u8]) -> Option<&'i str> {
        // A value that is cut may be cut within a character.
        let is_whole = !matches!(value, [0x80..=0xBF, ..] | [.., 0x80..=0xFF]);
        if is_whole && left.len() >= FEW { self.next_window(value, left, value.len()) } else { None }
    }

    /// The value does not lie in the block: goes on to the one that begins with this event.
    #[inline(never)]
    fn next_window(&mut self, value: &'i [u8], event: &'i [u8], event_len: usize) -> Option<&'i str> {
        if value.is_empty() {
            // That of a field without a colon lies nowhere.
            return Some("");
        }
        if event_len <= LONG && event.len() <= self.not_judged {
            let block = whole_characters(event.get(..BLOCK).unwrap_or(event));
            if let Some(text) = utf8::from_utf8(block) {
                self.text = text;
                return part(text, value);
            }
            // Some value of it is no text. Not to find that out again for each event of the block:
            self.not_judged = event.len() - block.len();
        }
        utf8::from_utf8(value)
    }
}

/// A block: small enough that it is still at hand when its lines are searched.
pub(crate) const BLOCK: usize = 8 * 1024;

/// Fewer bytes are not worth a block.
pub(crate) const FEW: usize = 64;

/// A longer event is validated by itself: else much would be validated twice, where a block ends in the middle of one.
pub(crate) const LONG: usize = BLOCK / 8;

/// The part of the text that these bytes are, if they are.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is what is gained")]
pub(crate) fn part<'i>(text: &'i str, bytes: &'i [u8]) -> Option<&'i str> {
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

    /// PerValue byte is validated a bounded number of times, whatever the chunk has: once by a block, once by itself. Where
    /// there are no blocks, values alone are validated, and not what stands between them.
    #[test]
    fn no_byte_is_validated_again_and_again() {
        let long =
            |start: &str, len: usize, end: &str| [start, &"x".repeat(len - start.len() - end.len()), end].concat();
        let invalid = |events: usize| [&"data: ok\n\n".repeat(events).into_bytes()[..], b"data: \xFF\n\n"].concat();
        let cases: [(&str, Vec<u8>, RangeInclusive<usize>); 12] = [
            ("small events", b"event: a\nid: 1\ndata: x\n\n".into(), 100..=115),
            ("data alone", b"data: x\n\n".into(), 99..=115),
            ("data alone, with CRLF", b"data: x\r\n\r\n".into(), 99..=115),
            ("fields without a colon", b"data\nevent: a\n\n".into(), 100..=115),
            ("no names, no values", b"data\n\n".into(), 0..=0),
            ("characters of three bytes", "data: 한국어\nid: 가\n\n".into(), 100..=115),
            ("just short enough for blocks", long("data: x\n: ", 1024, "\n\n").into(), 100..=115),
            ("just too long for blocks", long("data: x\n: ", 1025, "\n\n").into(), 0..=0),
            ("data alone that is just too long", long("data: ", 1025, "\n\n").into(), 98..=99),
            ("as long as a block", long("data: ", 8192, "\n\n").into(), 98..=99),
            ("one byte of each block is invalid", invalid(800), 115..=215),
            ("invalid bytes here and there", invalid(50), 115..=215),
        ];
        for (name, events, expected) in cases {
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
            assert!(count > 20, "{name}");
            assert!(expected.contains(&percent), "{name}: {percent} % validated");
        }
    }

    /// The same for events that are cut by the ends of chunks: what is kept of them is not validated again.
    #[cfg(feature = "alloc")]
    #[test]
    fn what_is_kept_is_not_validated_again() {
        let long = ["event: a\ndata: ", &"x".repeat(200), "\n\n"].concat();
        let korean = ["data: ", &"가".repeat(60), "\n\n"].concat();
        let lines = "data: fifteen letters\n".repeat(8) + "\n";
        for (event, size, expected) in [
            ("data: hello\n\n", 1460, 98..=102),
            (&long, 1460, 98..=102),
            // Cut in its name, which leaves the data to the next chunk.
            (&long, 217 * 5 + 7, 98..=102),
            // Cut within a character, most often: that event is validated by itself, up to three times.
            (&korean, 1460, 88..=132),
            // Of 177 bytes 127 are values.
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
