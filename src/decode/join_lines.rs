//! The fast path for data of many lines: they are joined before they are buffered.
//!
//! The lines of such events are mostly short, and appending a short line to the buffer costs more than copying it. So lines that
//! lie entirely in the chunk are first joined in a small array, which is validated and appended as one.

use crate::decode::decoder::Decoder;
use crate::decode::storage::Storage;
use crate::decode::tokenizer::{Token, without_space};
use crate::error::TooLarge;
use crate::field::Field;

/// Whether the input begins with a line of data and is long enough to have several.
#[inline]
pub(crate) fn is_worth_joining(input: &[u8]) -> bool {
    input.len() >= 2 * COPY_LEN && input.starts_with(b"data:")
}

impl<S: Storage> Decoder<S> {
    /// Buffers the lines of data at the start of the input, in a block that has data: either it is buffered, or it is `first`.
    /// Stops before a line that is not data, at the end of the input, or after the line that exceeds [`BUFFER_LEN`] or a limit.
    /// Returns the rest of the input by value, so that callers can keep theirs in registers.
    #[inline(never)]
    pub(crate) fn join_lines<'i>(
        &mut self,
        first: Option<&'i [u8]>,
        input: &'i [u8],
    ) -> (Result<(), TooLarge>, &'i [u8]) {
        let mut joined = [0; BUFFER_LEN + COPY_LEN];
        let mut len = 0;
        if let Some(first) = first {
            // The limits were checked before the line was borrowed.
            match copy(first, first, &mut joined, 0) {
                Some(end) => len = end,
                None => self.block.append_lines(first),
            }
        }
        let max_len = self.block.pending.room_for_data().min(BUFFER_LEN);
        let mut rest = input;
        let left = loop {
            let Some(value) = rest.strip_prefix(b"data:") else { break None };
            let Some(Token::Value { bytes, ends_line, .. }) = self.tokenizer.value(Field::Data, value, &mut rest)
            else {
                break None;
            };
            let end = len + 1 + bytes.len();
            if !ends_line || end > max_len {
                break Some((bytes, ends_line));
            }
            let Some(line_feed) = joined.get_mut(len) else { break Some((bytes, ends_line)) };
            *line_feed = b'\n';
            let Some(end) = copy(bytes, without_space(value), &mut joined, len + 1) else {
                break Some((bytes, ends_line));
            };
            len = end;
        };
        if first.is_some() || len > 0 {
            self.block.append_lines(joined.get(..len).unwrap_or_default());
        }
        let taken = match left {
            Some((bytes, ends_line)) if !self.block.add_data_line(bytes, None, ends_line) => {
                self.block.take(Field::Data, bytes, ends_line)
            }
            _ => Ok(()),
        };
        (taken, rest)
    }
}

/// The most bytes that are joined.
const BUFFER_LEN: usize = 256;

/// The number of bytes that are copied at a time.
const COPY_LEN: usize = 32;

/// Copies `bytes`, which are a prefix of `from`, to `to[at..]`. Returns where they end, or `None` if they do not fit.
///
/// Copies whole steps of [`COPY_LEN`] bytes, also past the end of `bytes`: a copy of constant length is cheaper than one of the
/// exact length.
#[inline(always)]
#[allow(clippy::inline_always, reason = "called in a loop")]
fn copy(bytes: &[u8], from: &[u8], to: &mut [u8; BUFFER_LEN + COPY_LEN], at: usize) -> Option<usize> {
    let end = at + bytes.len();
    let (mut at, mut from, mut left) = (at, from, bytes.len());
    while let Some((step, rest)) = from.split_first_chunk::<COPY_LEN>() {
        let Some(target) = to.get_mut(at..).and_then(<[u8]>::first_chunk_mut) else { break };
        *target = *step;
        if left <= COPY_LEN {
            return Some(end);
        }
        (at, from, left) = (at + COPY_LEN, rest, left - COPY_LEN);
    }
    to.get_mut(at..)?.get_mut(..left)?.copy_from_slice(from.get(..left)?);
    Some(end)
}

#[cfg(test)]
#[cfg(feature = "alloc")]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::{BUFFER_LEN, COPY_LEN};
    use crate::decode::decoder::Decoder;
    use crate::decode::limits::Limits;
    use crate::error::DecodeError;

    /// Lines whose lengths are around the constants, and limits around their sum: the same events as byte by byte.
    #[test]
    fn joined_lines_equal_lines_received_byte_by_byte() {
        let lens = [
            0,
            1,
            COPY_LEN - 1,
            COPY_LEN,
            COPY_LEN + 1,
            BUFFER_LEN - COPY_LEN,
            BUFFER_LEN - 2,
            BUFFER_LEN - 1,
            BUFFER_LEN,
            BUFFER_LEN + 1,
            BUFFER_LEN + COPY_LEN,
            1000,
        ];
        for first in lens {
            for second in lens {
                for end in ["\n", "\r\n"] {
                    let lines = [first, second, 1, second, 0, first, COPY_LEN];
                    let stream = lines.iter().map(|&len| String::from("data: ") + &"x".repeat(len) + end);
                    let stream = stream.collect::<String>() + end + "data: after" + end + end;
                    let len = lines.iter().sum::<usize>() + lines.len() - 1;
                    for max_event_bytes in [first + 1 + second, len - 1, len] {
                        let limits = Limits { max_event_bytes };
                        let expected = events(&stream, limits, 1);
                        assert_eq!(events(&stream, limits, stream.len()), expected, "{lines:?} of {limits:?}");
                    }
                }
            }
        }
    }

    fn events(stream: &str, limits: Limits, size: usize) -> Vec<Result<String, DecodeError>> {
        let mut decoder = Decoder::with_limits(limits);
        let mut events = Vec::new();
        for mut chunk in stream.as_bytes().chunks(size) {
            while let Some(event) =
                decoder.next_event(&mut chunk).map(|event| event.map(|event| event.data().into())).transpose()
            {
                events.push(event);
            }
        }
        events
    }
}
