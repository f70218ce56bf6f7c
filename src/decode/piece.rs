//! Tokens with the raw bytes that they stand for, for relays that must not change the stream.

use crate::decode::tokenizer::{Token, Tokenizer};

/// The next raw bytes of an event stream, and the [`Token`] that they stand for, if any. Returned by
/// [`Tokenizer::next_piece`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Piece<'i> {
    raw: &'i [u8],
    withheld: &'i [u8],
    token: Option<Token<'i>>,
    ends_at_line_start: bool,
}

impl<'i> Piece<'i> {
    /// The bytes of the input that this piece stands for; never empty. Concatenated, those of all pieces are the stream,
    /// byte for byte.
    #[must_use]
    pub const fn raw(&self) -> &'i [u8] {
        self.raw
    }

    /// The token that the raw bytes stand for, and the bytes of which lie within them: before the line end, which is the CR and LF
    /// at the end of the raw bytes, if any.
    ///
    /// ```
    /// use sse_proto::{Token, Tokenizer};
    ///
    /// // The values of `id` get a prefix.
    /// let (mut tokenizer, mut sent, mut begins_line) = (Tokenizer::new(), Vec::new(), true);
    /// for mut chunk in [&b"data: a\r\nid"[..], b": ", b"4", b"2\r", b"\n\nid\n\n"] {
    ///     while let Some(piece) = tokenizer.next_piece(&mut chunk) {
    ///         let mut raw = piece.raw();
    ///         if let Some(Token::Value { field, bytes, ends_line }) = piece.token() {
    ///             if field == sse_proto::Field::Id && begins_line && !bytes.is_empty() {
    ///                 let line_end = raw.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    ///                 let (before, rest) = raw.split_at(raw.len() - line_end - bytes.len());
    ///                 sent.extend_from_slice(before);
    ///                 sent.extend_from_slice(b"up-");
    ///                 raw = rest;
    ///             }
    ///             begins_line = ends_line;
    ///         }
    ///         sent.extend_from_slice(raw);
    ///     }
    /// }
    /// assert_eq!(sent, b"data: a\r\nid: up-42\r\n\nid\n\n");
    /// ```
    ///
    /// A token is the first of its line if it is the first of the stream, or if the one before it ended its line (`ends_line`, or a
    /// blank line). Pieces without a token change nothing about that: they come before the value, or after the line. The bytes are
    /// empty if the value is, and if only the line end is left of the line.
    ///
    /// `None` for bytes that belong to no token:
    ///
    /// - a byte order mark, or a part of it;
    /// - the start of a line up to its value, if the chunk ends there (`da`, `data`, `data:`, `data: `);
    /// - the LF of a CRLF whose CR was the last byte of an earlier chunk. It belongs to the line that the CR has ended; if
    ///   that was a blank line, it belongs to the block that the blank line has ended.
    #[must_use]
    pub const fn token(&self) -> Option<Token<'i>> {
        self.token
    }

    /// The first bytes of a line that is an unknown field, if earlier pieces had them, or a part of them, without a token,
    /// as they could have become the name of another field, or a byte order mark. They precede the bytes of the token.
    /// Empty for all other pieces.
    #[must_use]
    pub const fn withheld(&self) -> &'i [u8] {
        self.withheld
    }

    /// Whether a line can begin after these bytes. `true` for
    ///
    /// - a token that ends its line, and a blank line, though a LF may still follow if the last byte is a CR;
    /// - that LF, if it comes later and so belongs to no token;
    /// - the last byte of a byte order mark.
    ///
    /// So a piece without a token belongs to what precedes it if this is `true`, and to the line that follows it if not.
    #[must_use]
    pub const fn ends_at_line_start(&self) -> bool {
        self.ends_at_line_start
    }
}

impl Tokenizer {
    /// The next token with the raw bytes that it stands for, or raw bytes that belong to no token. Returns `None` when more
    /// input is needed.
    ///
    /// For relays: concatenated, [`Piece::raw`] is the stream byte for byte, with its byte order mark, its kinds of line
    /// ends, its spacing, and a last line that is not finished. A piece borrows the input alone.
    ///
    /// A relay that drops lines must not join a CR before them to a LF after them, which would then be one line end: write another
    /// LF before that LF. And what follows a dropped first line must not begin with U+FEFF, which would then be a byte order mark:
    /// write an empty comment, `:\n`, before it. See `examples/relay`.
    ///
    /// The tokens are those of [`next_token`](Self::next_token), except that a token which that method makes of bytes of
    /// earlier chunks alone is not a piece of its own, but [`Piece::withheld`] of the piece that follows. Calls of the two
    /// methods can be mixed.
    ///
    /// ```
    /// use sse_proto::Tokenizer;
    ///
    /// let mut tokenizer = Tokenizer::new();
    /// let mut raw = Vec::new();
    /// let mut blocks = 0;
    /// for mut chunk in [&b"\xEF\xBB\xBFda"[..], b"ta:a\r\n\r", b"\n: unfin"] {
    ///     while let Some(piece) = tokenizer.next_piece(&mut chunk) {
    ///         raw.push(piece.raw());
    ///         blocks += usize::from(piece.token() == Some(sse_proto::Token::BlankLine));
    ///     }
    /// }
    /// assert_eq!(raw, [&b"\xEF\xBB\xBF"[..], b"da", b"ta:a\r\n", b"\r", b"\n", b": unfin"]);
    /// assert_eq!(blocks, 1);
    /// ```
    pub fn next_piece<'i>(&mut self, input: &mut &'i [u8]) -> Option<Piece<'i>> {
        let start = *input;
        if start.is_empty() {
            return None;
        }
        let (mut withheld, mut token, mut is_whole) = (&[][..], None, false);
        if !self.is_at_line_start() {
            token = self.advance_to_value(input);
            // A LF after a CR of an earlier chunk, and a byte order mark, are pieces of their own.
            is_whole = token.is_some() || self.is_at_line_start() && input.len() < start.len();
            if let Some(Token::Value { bytes, ends_line: false, .. }) = token {
                // The bytes of earlier chunks; the rest of the line follows in this input.
                (withheld, is_whole) = (bytes, false);
            }
        }
        if !is_whole {
            token = self.next_token(input);
        }
        let ends_at_line_start = match token {
            Some(Token::Value { ends_line, .. }) => ends_line,
            Some(Token::BlankLine) => true,
            None => self.is_at_line_start(),
        };
        let raw = start.get(..start.len().saturating_sub(input.len())).unwrap_or(start);
        Some(Piece { raw, withheld, token, ends_at_line_start })
    }
}
