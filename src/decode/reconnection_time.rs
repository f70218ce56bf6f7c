//! The reconnection time, and the `retry` line that sets it. Imports nothing.

/// The reconnection time of the event stream in milliseconds, if one was set; and the part of the value of an unfinished `retry`
/// line that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReconnectionTime {
    milliseconds: u64,
    is_set: bool,
    value: Value,
    number: u64,
}

/// The state of the value of a `retry` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// No byte so far, which is not a number.
    Empty,
    /// Digits only. `number` is their value.
    Digits,
    /// A byte that is not a digit, or a number that exceeds `u64`.
    Invalid,
}

impl ReconnectionTime {
    pub(crate) const fn new() -> Self {
        Self { milliseconds: 0, is_set: false, value: Value::Empty, number: 0 }
    }

    #[inline]
    pub(crate) const fn get(self) -> Option<u64> {
        if self.is_set { Some(self.milliseconds) } else { None }
    }

    /// Drops an unfinished line. The reconnection time outlives the stream.
    pub(crate) const fn of_next_stream(self) -> Self {
        Self { value: Value::Empty, number: 0, ..self }
    }

    /// "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten, and
    /// set the event stream's reconnection time to that integer. Otherwise, ignore the field." Returns whether it was set.
    pub(crate) fn take(&mut self, bytes: &[u8], ends_line: bool) -> bool {
        for byte in bytes {
            let digit = byte.wrapping_sub(b'0');
            let number = self.number.checked_mul(10).and_then(|number| number.checked_add(digit.into()));
            (self.value, self.number) = match (self.value, number) {
                (Value::Empty | Value::Digits, Some(number)) if digit <= 9 => (Value::Digits, number),
                _ => (Value::Invalid, 0),
            };
        }
        let sets = ends_line && self.value == Value::Digits;
        if sets {
            (self.milliseconds, self.is_set) = (self.number, true);
        }
        if ends_line {
            *self = self.of_next_stream();
        }
        sets
    }
}
