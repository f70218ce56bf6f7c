//! The fast path for chunks of a few bytes, down to one.
//!
//! The fixed cost of a chunk dominates there. So it handles only bytes that continue the current line as its state predicts, and
//! leaves all other chunks, unchanged, to the other paths.

use core::slice;

use crate::decode::decoder::Decoder;
use crate::decode::storage::Storage;
use crate::field::Field;
use crate::text::line_end;

impl<S: Storage> Decoder<S> {
    /// Decodes a chunk of a few bytes if it continues a line of data, or if it is one byte that the state of the line
    /// predicts, continues a value, or ends one.
    /// Returns whether the chunk was consumed. Ends the borrow of what the previous call returned.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "called for chunks of a few bytes")]
    pub(crate) fn take_tiny(&mut self, chunk: &[u8]) -> bool {
        if self.block.can_extend_data(chunk.len()) {
            if let [0x0E..=0xFF] = chunk {
                self.block.extend_data(chunk, None, false);
                return true;
            }
            if let Some((first, last)) = line_end::few_without_control(chunk) {
                self.block.pending.extend_data_overlapping(first, last, chunk.len());
                return true;
            }
        }
        self.block.release();
        if let [byte] = chunk { self.take_byte(*byte) } else { false }
    }

    /// Decodes a byte of a field name, a comment or a value, or a line end after one.
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

    /// Not inlined, so that `take_byte` needs no stack frame for names and comments.
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
        // Always `Ok`, because the limits were checked above.
        self.block.take(field, bytes, ends_line).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use crate::decode::decoder::Decoder;
    use crate::decode::storage::Fixed;
    use crate::text::line_end::tests::searched;

    /// The first byte of an unknown field is left to the slow path, which compares the whole line.
    #[test]
    fn first_byte_of_a_known_name_is_taken() {
        for (byte, is_taken) in [(b'd', true), (b'e', true), (b'i', true), (b'r', true), (b':', true), (b'x', false)] {
            let mut decoder: Decoder<Fixed<10, 10>> = Decoder::with_fixed_buffers();
            decoder.next_event(&mut &b"\n"[..]).unwrap();
            assert_eq!(decoder.take_byte(byte), is_taken, "{}", char::from(byte));
        }
    }

    #[test]
    fn single_bytes_of_a_value_are_not_searched() {
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
