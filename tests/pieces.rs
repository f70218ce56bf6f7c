//! The raw bytes of the pieces that a tokenizer returns are the stream, byte for byte.

mod support;

use sse_proto::{Field, Token, Tokenizer};
use support::cases::CASES;
use support::drive::every_split;
use support::pieces;
use support::random::{Random, cut, stream};

#[test]
fn every_case_at_every_split() {
    for case in CASES {
        every_split(case.stream, pieces::check);
    }
}

#[test]
fn random_streams() {
    let streams: u64 = std::env::var("RANDOM_STREAMS").map_or(50_000, |n| n.parse().unwrap());
    for number in 0..streams {
        let mut random = Random(number);
        let stream = stream(&mut random);
        pieces::check(&[&stream]);
        pieces::check(&cut(&mut random, &stream));
    }
}

/// Raw bytes, withheld bytes, token, whether a line can begin afterwards.
type Expected = (&'static [u8], &'static [u8], Option<Token<'static>>, bool);

fn value(field: Field, bytes: &[u8], ends_line: bool) -> Token<'_> {
    Token::Value { field, bytes, ends_line }
}

fn check(chunks: &[&'static [u8]], expected: &[Expected]) {
    let mut tokenizer = Tokenizer::new();
    let mut pieces = Vec::new();
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(piece) = tokenizer.next_piece(&mut input) {
            pieces.push((piece.raw(), piece.withheld(), piece.token(), piece.ends_at_line_start()));
        }
    }
    assert_eq!(pieces, expected, "{chunks:x?}");
}

#[test]
fn a_line_that_lies_whole_in_the_chunk_is_one_piece() {
    check(
        &[b"\xEF\xBB\xBFid:  1\r\ndata\n:c\rx: y\n\r\n"],
        &[
            (b"\xEF\xBB\xBF", b"", None, true),
            (b"id:  1\r\n", b"", Some(value(Field::Id, b" 1", true)), true),
            (b"data\n", b"", Some(value(Field::Data, b"", true)), true),
            (b":c\r", b"", Some(value(Field::Comment, b"c", true)), true),
            (b"x: y\n", b"", Some(value(Field::Other, b"x: y", true)), true),
            (b"\r\n", b"", Some(Token::BlankLine), true),
        ],
    );
}

#[test]
fn a_line_feed_that_comes_later_is_a_piece_that_ends_the_line_before() {
    check(
        &[b"data: a\r", b"\n\r", b"\n\n", b"\r", b"x"],
        &[
            (b"data: a\r", b"", Some(value(Field::Data, b"a", true)), true),
            (b"\n", b"", None, true),
            (b"\r", b"", Some(Token::BlankLine), true),
            (b"\n", b"", None, true),
            (b"\n", b"", Some(Token::BlankLine), true),
            (b"\r", b"", Some(Token::BlankLine), true),
            (b"x", b"", Some(value(Field::Other, b"x", false)), false),
        ],
    );
}

#[test]
fn the_start_of_a_line_has_no_token_while_its_field_is_unknown_or_its_value_has_not_begun() {
    check(
        &[b"d", b"ata", b":", b" ", b"a", b"b\n", b"id: ", b"\n", b"re", b""],
        &[
            (b"d", b"", None, false),
            (b"ata", b"", None, false),
            (b":", b"", None, false),
            (b" ", b"", None, false),
            (b"a", b"", Some(value(Field::Data, b"a", false)), false),
            (b"b\n", b"", Some(value(Field::Data, b"b", true)), true),
            (b"id: ", b"", None, false),
            (b"\n", b"", Some(value(Field::Id, b"", true)), true),
            (b"re", b"", None, false),
        ],
    );
}

#[test]
fn the_start_of_an_unknown_field_is_withheld_from_the_token_but_not_from_the_raw_bytes() {
    check(
        &[b"dat", b"x: a\n", b"dat", b"ax", b"\n", b"event", b"\n", b"even", b"\r\n"],
        &[
            (b"dat", b"", None, false),
            (b"x: a\n", b"dat", Some(value(Field::Other, b"x: a", true)), true),
            (b"dat", b"", None, false),
            (b"ax", b"data", Some(value(Field::Other, b"x", false)), false),
            (b"\n", b"", Some(value(Field::Other, b"", true)), true),
            (b"event", b"", None, false),
            (b"\n", b"", Some(value(Field::Event, b"", true)), true),
            (b"even", b"", None, false),
            (b"\r\n", b"even", Some(value(Field::Other, b"", true)), true),
        ],
    );
}

#[test]
fn a_byte_order_mark_is_a_piece_of_its_own() {
    check(
        &[b"\xEF", b"\xBB\xBF\n"],
        &[(b"\xEF", b"", None, false), (b"\xBB\xBF", b"", None, true), (b"\n", b"", Some(Token::BlankLine), true)],
    );
    check(
        &[b"\xEF", b"\xBB", b"data: a\n"],
        &[
            (b"\xEF", b"", None, false),
            (b"\xBB", b"", None, false),
            (b"data: a\n", b"\xEF\xBB", Some(value(Field::Other, b"data: a", true)), true),
        ],
    );
    check(&[b"\xEF\xBBx"], &[(b"\xEF\xBBx", b"", Some(value(Field::Other, b"\xEF\xBBx", false)), false)]);
}

#[test]
fn tokens_and_pieces_can_be_mixed() {
    for number in 0..2000 {
        let mut random = Random(number);
        let stream = stream(&mut random);
        let chunks = cut(&mut random, &stream);
        let (mut mixed, mut plain) = (Tokenizer::new(), Tokenizer::new());
        let (mut tokens, mut expected) = (Vec::new(), Vec::new());
        for chunk in chunks {
            let mut input = chunk;
            while !input.is_empty() {
                if random.below(2) == 0 {
                    tokens.extend(mixed.next_token(&mut input));
                } else if let Some(piece) = mixed.next_piece(&mut input) {
                    let withheld = value(Field::Other, piece.withheld(), false);
                    tokens.extend((!piece.withheld().is_empty()).then_some(withheld));
                    tokens.extend(piece.token());
                }
            }
            let mut input = chunk;
            expected.extend(std::iter::from_fn(|| plain.next_token(&mut input)));
        }
        assert_eq!(tokens, expected, "stream {number}");
        assert_eq!(mixed, plain, "stream {number}");
    }
}
