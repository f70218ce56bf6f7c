//! The pieces of a stream are the stream: their raw bytes, concatenated; and their tokens are those of `next_token`.

use sse_proto::{Field, Piece, Token, Tokenizer};

/// Panics if the pieces of the stream, cut like this, are not what `Tokenizer::next_piece` promises.
pub fn check(chunks: &[&[u8]]) {
    let (mut tokenizer, mut plain) = (Tokenizer::new(), Tokenizer::new());
    // The byte order mark, or nothing; each line with its line end; and the last line, which is not finished.
    let (mut units, mut unit) = (vec![Vec::new()], Vec::new());
    for chunk in chunks {
        let (mut input, mut input_of_plain) = (*chunk, *chunk);
        let mut tokens = Vec::new();
        while let Some(piece) = next_piece(&mut tokenizer, &mut input) {
            tokens.extend(tokens_of(&piece));
            unit.extend_from_slice(piece.raw());
            match piece.token() {
                // A LF belongs to the line before it.
                None if piece.ends_at_line_start() => units.last_mut().unwrap().append(&mut unit),
                _ if piece.ends_at_line_start() => units.push(std::mem::take(&mut unit)),
                _ => {}
            }
        }
        assert!(input.is_empty(), "`None` means that more input is needed");
        let expected: Vec<_> = std::iter::from_fn(|| plain.next_token(&mut input_of_plain)).collect();
        assert_eq!(tokens, expected, "{chunks:x?}");
        assert_eq!(tokenizer, plain, "{chunks:x?}");
    }
    units.push(unit);
    assert_eq!(units, bom_and_lines(&chunks.concat()), "{chunks:x?}");
}

fn next_piece<'i>(tokenizer: &mut Tokenizer, input: &mut &'i [u8]) -> Option<Piece<'i>> {
    let before = *input;
    let piece = tokenizer.next_piece(input)?;
    let raw = piece.raw();
    assert!(!raw.is_empty(), "{piece:?}");
    assert_eq!(raw.as_ptr(), before.as_ptr(), "{piece:?}");
    assert_eq!(raw.len(), before.len() - input.len(), "{piece:?}");
    match piece.token() {
        Some(Token::Value { bytes, field, ends_line }) => {
            let (raw, bytes) = (raw.as_ptr_range(), bytes.as_ptr_range());
            assert!(bytes.is_empty() || raw.start <= bytes.start && bytes.end <= raw.end, "{piece:?}");
            assert!(field == Field::Other || piece.withheld().is_empty(), "{piece:?}");
            assert_eq!(piece.ends_at_line_start(), ends_line, "{piece:?}");
        }
        Some(Token::BlankLine) => assert!(piece.ends_at_line_start() && piece.withheld().is_empty(), "{piece:?}"),
        None => assert!(piece.withheld().is_empty(), "{piece:?}"),
    }
    Some(piece)
}

fn tokens_of<'i>(piece: &Piece<'i>) -> impl Iterator<Item = Token<'i>> {
    let withheld = Token::Value { field: Field::Other, bytes: piece.withheld(), ends_line: false };
    (!piece.withheld().is_empty()).then_some(withheld).into_iter().chain(piece.token())
}

/// The byte order mark, or nothing; then the lines with their line ends; then what follows the last line end.
pub fn bom_and_lines(stream: &[u8]) -> Vec<Vec<u8>> {
    let (bom, mut rest) = stream.split_at(if stream.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 });
    let mut units = vec![bom.to_vec()];
    while let Some(end) = rest.iter().position(|byte| b"\r\n".contains(byte)) {
        let len = end + if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        let (line, after) = rest.split_at(len);
        units.push(line.to_vec());
        rest = after;
    }
    units.push(rest.to_vec());
    units
}
