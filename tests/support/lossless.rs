//! The tokenizer is lossless: the tokens of a stream rebuild it, except for the kind of line ends, the byte order mark, the
//! optional space, and the colon of a field without a value.

use sse_proto::{Field, Token, Tokenizer};

/// Panics if the tokens of these chunks do not rebuild the stream.
pub fn check(chunks: &[&[u8]]) {
    let stream = chunks.concat();
    let expected = lines(stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&stream));
    let (complete, unfinished) = lines_of_tokens(chunks);
    assert_eq!(complete, expected[..expected.len() - 1], "{chunks:x?}");
    // A field name is withheld while it may still become another one.
    let all = &expected[expected.len() - 1];
    assert!(unfinished.is_empty() || unfinished == *all, "{unfinished:x?} of {all:x?}, {chunks:x?}");
}

/// The complete lines of the tokens, and the emitted part of the unfinished line.
fn lines_of_tokens(chunks: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut tokenizer = Tokenizer::new();
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(token) = tokenizer.next_token(&mut input) {
            let Token::Value { field, bytes, ends_line } = token else {
                lines.push(Vec::new());
                continue;
            };
            if line.is_empty() && field != Field::Other {
                line.extend_from_slice(field.name().as_bytes());
                line.push(b':');
            }
            line.extend_from_slice(bytes);
            if ends_line {
                lines.push(std::mem::take(&mut line));
            }
            let whole = ends_line || input.is_empty() || chunks.len() > 1;
            assert!(whole, "a line that lies whole in the chunk is one token: {token:?}");
        }
        assert!(input.is_empty(), "`None` means that all input is consumed");
    }
    (lines, line)
}

/// The lines of the content, the last of which is unfinished. In the lines of known fields, one space after the colon is removed,
/// and a missing colon is added.
fn lines(content: &[u8]) -> Vec<Vec<u8>> {
    let (mut lines, mut line, mut rest) = (Vec::new(), Vec::new(), content);
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'\r' | b'\n' => {
                if *byte == b'\r' {
                    rest = rest.strip_prefix(b"\n").unwrap_or(rest);
                }
                lines.push(std::mem::take(&mut line));
            }
            byte => line.push(*byte),
        }
    }
    lines.push(line);
    for line in &mut lines {
        for name in ["data", "event", "id", "retry", ""] {
            if line == name.as_bytes() && !name.is_empty() {
                line.push(b':');
            }
            let colon = name.len();
            if line.starts_with(name.as_bytes()) && line.get(colon) == Some(&b':') && line.get(colon + 1) == Some(&b' ')
            {
                line.remove(colon + 1);
            }
        }
    }
    lines
}
