//! The IDs of numbered logs: `epoch-number`, both in canonical decimal, so that no two texts name one event.

use crate::encode::canonical::Decimal;

/// The text of an ID, without an allocation.
#[derive(Clone, Copy)]
pub(super) struct NumberedId {
    text: [u8; MAX_LEN],
    len: usize,
}

/// Two numbers of 20 digits and a hyphen.
const MAX_LEN: usize = 41;

impl NumberedId {
    pub(super) fn new(epoch: u64, number: u64) -> Self {
        let mut id = Self { text: [0; MAX_LEN], len: 0 };
        for part in [Decimal::new(epoch).as_bytes(), b"-", Decimal::new(number).as_bytes()] {
            if let Some(place) = id.text.get_mut(id.len..).and_then(|rest| rest.get_mut(..part.len())) {
                place.copy_from_slice(part);
                id.len += part.len();
            }
        }
        id
    }

    pub(super) fn as_str(&self) -> &str {
        self.text.get(..self.len).and_then(|text| core::str::from_utf8(text).ok()).unwrap_or_default()
    }
}

/// The number of an ID of this epoch; `None` for any other text.
pub(super) fn parse(id: &str, epoch: u64) -> Option<u64> {
    let (prefix, number) = id.split_once('-')?;
    if parse_decimal(prefix)? == epoch { parse_decimal(number) } else { None }
}

/// Parses a number without sign and leading zeros.
fn parse_decimal(digits: &str) -> Option<u64> {
    let is_canonical = digits == "0" || !digits.starts_with(['0', '+']);
    if is_canonical { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_parsed() {
        for epoch in [0, 1, 10, 1_700_000_000_000, u64::MAX] {
            for number in [0, 1, 9, 10, 99, u64::MAX - 1, u64::MAX] {
                let id = NumberedId::new(epoch, number);
                assert_eq!(id.as_str(), std::format!("{epoch}-{number}"));
                assert_eq!(parse(id.as_str(), epoch), Some(number));
                assert_eq!(parse(id.as_str(), epoch ^ 1), None);
            }
        }
    }

    #[test]
    fn only_canonical_texts_are_parsed() {
        for id in [
            "",
            "-",
            "7",
            "7-",
            "-1",
            "7-1-",
            "7-1-1",
            "7--1",
            "7-+1",
            "+7-1",
            "-7-1",
            "07-1",
            "7-01",
            "7-00",
            "00-1",
            "7-1 ",
            " 7-1",
            "7 -1",
            "7_1",
            "7-1a",
            "7-0x1",
            "7-1.0",
            "7-\u{661}",
            "7-18446744073709551616",
            "18446744073709551623-1",
        ] {
            assert_eq!(parse(id, 7), None, "{id:?}");
        }
        assert_eq!(parse("7-1", 7), Some(1));
        assert_eq!(parse("7-0", 7), Some(0));
    }
}
