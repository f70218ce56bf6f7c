//! Many lines of data, put together before they are kept.
//!
//! Where an event has many lines, most are short, and to keep one by itself costs more than to copy it. So as long as they lie
//! whole in the chunk, they are copied to a small place first, which is validated and kept at once.

use crate::decode::decoder::Decoder;
use crate::decode::storage::Storage;
use crate::decode::tokenizer::{Token, without_space};
use crate::error::TooLarge;
use crate::field::Field;

/// Whether the next line is one of data, and there may be more.
#[inline]
pub(crate) fn may_be_many(input: &[u8]) -> bool {
    input.len() >= 2 * STEP && input.starts_with(b"data:")
}

impl<S: Storage> Decoder<S> {
    /// Takes the lines of data that begin here, in a block that has data: that is kept already, or is this. To where a line
    /// can begin that is none of data, or to the end of the input; but no farther than what can be gathered. And what is left
    /// of the input, which is given back, not borrowed, so that the callers can keep theirs in registers.
    #[inline(never)]
    pub(crate) fn join_lines<'i>(
        &mut self,
        first: Option<&'i [u8]>,
        input: &'i [u8],
    ) -> (Result<(), TooLarge>, &'i [u8]) {
        let mut gathered = [0; ROOM + STEP];
        let mut len = 0;
        if let Some(first) = first {
            // There is room for it, or it would not have been looked at.
            match copy(first, first, &mut gathered, 0) {
                Some(end) => len = end,
                None => self.block.append_lines(first),
            }
        }
        let room = self.block.pending.room_for_data().min(ROOM);
        let mut rest = input;
        let left = loop {
            let Some(value) = rest.strip_prefix(b"data:") else { break None };
            let Some(Token::Value { bytes, ends_line, .. }) = self.tokenizer.value(Field::Data, value, &mut rest)
            else {
                break None;
            };
            let end = len + 1 + bytes.len();
            if !ends_line || end > room {
                break Some((bytes, ends_line));
            }
            let Some(line_feed) = gathered.get_mut(len) else { break Some((bytes, ends_line)) };
            *line_feed = b'\n';
            let Some(end) = copy(bytes, without_space(value), &mut gathered, len + 1) else {
                break Some((bytes, ends_line));
            };
            len = end;
        };
        if first.is_some() || len > 0 {
            self.block.append_lines(gathered.get(..len).unwrap_or_default());
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

/// So many bytes are gathered at a time.
const ROOM: usize = 256;

/// So many bytes are copied at a time, where there are so many.
const STEP: usize = 32;

/// Copies bytes, which are the first of `from`, to this place; and maybe what is behind them, since so many bytes as can be
/// copied at once cost less than to ask how many it should be. Where they end; `None`: there is no place for them.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is the body of a loop")]
fn copy(bytes: &[u8], from: &[u8], to: &mut [u8; ROOM + STEP], at: usize) -> Option<usize> {
    let end = at + bytes.len();
    let (mut at, mut from, mut left) = (at, from, bytes.len());
    while let Some((step, rest)) = from.split_first_chunk::<STEP>() {
        let Some(place) = to.get_mut(at..).and_then(<[u8]>::first_chunk_mut) else { break };
        *place = *step;
        if left <= STEP {
            return Some(end);
        }
        (at, from, left) = (at + STEP, rest, left - STEP);
    }
    to.get_mut(at..)?.get_mut(..left)?.copy_from_slice(from.get(..left)?);
    Some(end)
}

#[cfg(test)]
#[cfg(feature = "alloc")]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::{ROOM, STEP};
    use crate::decode::decoder::Decoder;
    use crate::decode::limits::Limits;
    use crate::error::DecodeError;

    /// Lines around what is gathered at a time, and a limit around what they are together: as byte by byte.
    #[test]
    fn gathers_what_comes_byte_by_byte() {
        let lens = [0, 1, STEP - 1, STEP, STEP + 1, ROOM - STEP, ROOM - 2, ROOM - 1, ROOM, ROOM + 1, ROOM + STEP, 1000];
        for first in lens {
            for second in lens {
                for end in ["\n", "\r\n"] {
                    let lines = [first, second, 1, second, 0, first, STEP];
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
