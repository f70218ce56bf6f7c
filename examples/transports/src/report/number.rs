//! Numbers as text, with units. Thousands are separated by a narrow space that does not break, units by a space that does not break.

use std::time::Duration;

pub(super) use crate::figures::float;

const SEPARATOR: char = '\u{202f}';
const SPACE: char = '\u{a0}';

/// `12 345`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    // Four digits are read well without a separator.
    if digits.len() < 5 {
        return digits;
    }
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(SEPARATOR);
        }
        text.push(digit);
    }
    text
}

/// `1 request`, `2 requests`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{}{SPACE}{noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// `312 B`, `4.2 kB`, `1.3 MB`.
pub(super) fn bytes(number: f64) -> String {
    match number {
        _ if number < 999.5 => format!("{}{SPACE}B", digits(number.round())),
        _ if number < 999_500.0 => format!("{}{SPACE}kB", digits(number / 1e3)),
        _ => format!("{}{SPACE}MB", digits(number / 1e6)),
    }
}

/// `0.284 ms`, `126 ms`.
pub(super) fn milliseconds(duration: Duration) -> String {
    format!("{}{SPACE}ms", digits(duration.as_secs_f64() * 1e3))
}

/// `1.5 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{}{SPACE}s", digits(duration.as_secs_f64()))
}

/// `42 µs`.
pub(super) fn microseconds(number: f64) -> String {
    format!("{}{SPACE}µs", digits(number))
}

/// `37 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0}{SPACE}%", share * 100.0)
}

/// Three digits, or all those before the point: `0.284`, `4.2`, `126`, `12 345`.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded and not negative")]
pub(super) fn digits(number: f64) -> String {
    let text = match number {
        _ if !number.is_finite() => return "–".to_owned(),
        _ if number >= 99.95 => return count(number.round() as u64),
        _ if number >= 9.995 => format!("{number:.1}"),
        _ if number >= 0.9995 => format!("{number:.2}"),
        _ => format!("{number:.3}"),
    };
    match text.trim_end_matches('0').trim_end_matches('.') {
        "" => "0".to_owned(),
        text => text.to_owned(),
    }
}

/// How many times one number is the other: `3.2`, `14`, `1 300`. Two digits, because the figures are not more exact.
pub(super) fn ratio(ratio: f64) -> String {
    match ratio {
        _ if ratio < 9.95 => digits((ratio * 10.0).round() / 10.0),
        _ if ratio < 99.5 => digits(ratio.round()),
        _ => {
            let unit = 10_f64.powf(ratio.log10().floor() - 1.0);
            digits((ratio / unit).round() * unit)
        }
    }
}

/// The quotient, or nothing if it has no meaning.
pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| float(part) / float(whole))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [part] => part.clone(),
        [parts @ .., last] => format!("{} and {last}", parts.join(", ")),
    }
}

/// With a capital first letter.
pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_and_separated() {
        assert_eq!(count(1234), "1234");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(counted(1, "request"), "1\u{a0}request");
        assert_eq!(counted(0, "request"), "0\u{a0}requests");
        assert_eq!(bytes(312.4), "312\u{a0}B");
        assert_eq!(bytes(999.6), "1\u{a0}kB");
        assert_eq!(bytes(1_250_000.0), "1.25\u{a0}MB");
        assert_eq!(milliseconds(Duration::from_micros(284)), "0.284\u{a0}ms");
        assert_eq!(milliseconds(Duration::from_micros(126_400)), "126\u{a0}ms");
        assert_eq!(milliseconds(Duration::ZERO), "0\u{a0}ms");
        assert_eq!(digits(20.0), "20");
        assert_eq!(digits(100.0), "100");
        assert_eq!(digits(f64::NAN), "–");
        assert_eq!(ratio(3.24), "3.2");
        assert_eq!(ratio(14.4), "14");
        assert_eq!(ratio(1312.0), "1300");
        assert_eq!(share(1, 0), None);
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(capital("long polling"), "Long polling");
    }
}
