//! The shortest ways into the block, for streams that come byte by byte, or in pieces of a few bytes.
//!
//! There what a chunk costs by itself is all that counts. So each way asks whether there is nothing to decide, and if there is
//! not, leaves the chunk, and all it knows, as it was: `advance` goes on with it.

use core::slice;

use crate::decode::decoder::Decoder;
use crate::decode::storage::Storage;
use crate::field::Field;
use crate::text::line_end;

impl<S: Storage> Decoder<S> {
    /// The shortest way, for streams that come byte by byte, or in pieces of a few bytes: takes them, if there is nothing to
    /// decide. What was lent is not needed any more.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "chunks of a few bytes")]
    pub(crate) fn take_tiny(&mut self, small: &[u8]) -> bool {
        if self.block.can_extend_data(small.len()) {
            if let [0x0E..=0xFF] = small {
                self.block.extend_data(small, None, false);
                return true;
            }
            if let Some((first, last)) = line_end::few_without_control(small) {
                self.block.pending.extend_data_by_few(first, last, small.len());
                return true;
            }
        }
        self.block.release();
        if let [byte] = small { self.take_byte(*byte) } else { false }
    }

    /// The same for a byte that may be of a name or of a comment, or end a line.
    #[inline(never)]
    fn take_byte(&mut self, byte: u8) -> bool {
        match self.tokenizer.field_of_value() {
            None => self.tokenizer.step(byte),
            Some(Field::Comment) => {
                self.tokenizer.end_value(byte);
                true
            }
            Some(field) => self.take_byte_of_value(field, byte),
        }
    }

    /// Apart, so that the bytes of names and comments need not prepare for what this may need.
    #[inline(never)]
    fn take_byte_of_value(&mut self, field: Field, byte: u8) -> bool {
        if !self.block.pending.has_room_for_byte(field) {
            return false;
        }
        let ends_line = self.tokenizer.end_value(byte);
        let bytes = if ends_line { &[] } else { slice::from_ref(&byte) };
        if self.block.can_extend_data(bytes.len()) {
            self.block.extend_data(bytes, None, ends_line);
            return true;
        }
        // There is room, so it is.
        self.block.take(field, bytes, ends_line).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use crate::decode::decoder::Decoder;
    use crate::decode::storage::Fixed;
    use crate::text::line_end::tests::searched;

    /// And those of an unknown field are not, for the line is looked at as a whole then.
    #[test]
    fn the_first_byte_of_a_name_is_taken_by_itself() {
        for (byte, is_taken) in [(b'd', true), (b'e', true), (b'i', true), (b'r', true), (b':', true), (b'x', false)] {
            let mut decoder: Decoder<Fixed<10, 10>> = Decoder::with_fixed_buffers();
            decoder.next_event(&mut &b"\n"[..]).unwrap();
            assert_eq!(decoder.take_byte(byte), is_taken, "{}", char::from(byte));
        }
    }

    /// In a value a byte that comes by itself is taken, and searched for nothing.
    #[test]
    fn a_byte_by_itself_is_not_searched() {
        for name in ["data: ", "event: ", "id: ", ": ", "unknown: "] {
            let stream = String::from(name) + &"x".repeat(1000) + "\n\n";
            let mut decoder: Decoder<Fixed<2000, 2000>> = Decoder::with_fixed_buffers();
            searched();
            for mut byte in stream.as_bytes().chunks(1) {
                decoder.next_event(&mut byte).unwrap();
            }
            let searched = searched();
            assert!(searched <= 5, "{name}: {searched}");
        }
    }
}
