//! What can go wrong, and how often it did.

use std::fmt;

macro_rules! faults {
    ($($name:ident: $text:literal,)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Fault {
            $($name,)*
        }

        impl Fault {
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            const TEXTS: &[&str] = &[$($text,)*];
        }
    };
}

faults! {
    CutBetweenEvents: "cut between events",
    CutInEvent: "cut in an event",
    CutInLineEnd: "cut in a CRLF",
    CutInCharacter: "cut in a character",
    CutInHead: "cut in the response head",
    Refused: "refused",
    NoContent: "204",
    Redirect: "3xx",
    ClientError: "4xx",
    ServerError: "5xx",
    RetryAfter: "5xx or 429 with Retry-After",
    WrongType: "wrong type",
    RepeatedWrongType: "wrong type in a repeated header",
    EmptyBody: "empty 200",
    Slow: "one byte at a time",
    SilentHead: "silent before the response",
    SilentBody: "silent stream",
    RetryZero: "retry: 0",
    RetryHuge: "retry: 18446744073709551615",
    UnsendableId: "ID that cannot be a header",
    SlowClient: "slow client",
    Restart: "server restart",
    LogReplaced: "log replaced under a reader",
    Storm: "reconnect storm",
    CloseConnecting: "close while connecting",
    CloseRefused: "close after a refusal",
    CloseOpen: "close while open",
    CloseWaiting: "close while waiting",
    CloseClosed: "close and reconnect after the end",
    ReconnectConnecting: "reconnect while connecting",
    ReconnectRefused: "reconnect after a refusal",
    ReconnectOpen: "reconnect while open",
    ReconnectWaiting: "reconnect while waiting",
    RetryRefused: "refusal overridden by a retry",
    AcceptRefused: "refusal overridden by accepting",
}

impl Fault {
    /// Whether it happens while a body is received.
    pub const fn is_of_body(self) -> bool {
        matches!(
            self,
            Self::CutBetweenEvents
                | Self::CutInEvent
                | Self::CutInLineEnd
                | Self::CutInCharacter
                | Self::Slow
                | Self::SilentBody
                | Self::RetryZero
                | Self::RetryHuge
                | Self::UnsendableId
                | Self::SlowClient
                | Self::Restart
                | Self::LogReplaced
                | Self::CloseOpen
                | Self::ReconnectOpen
                | Self::CloseWaiting
                | Self::ReconnectWaiting
        )
    }
}

/// How many faults of each kind there were.
#[derive(Clone, Debug)]
pub struct Faults([u64; Fault::ALL.len()]);

impl Faults {
    pub const fn new() -> Self {
        Self([0; Fault::ALL.len()])
    }

    pub fn count(&mut self, fault: Fault) {
        self.0[fault as usize] += 1;
    }

    pub fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub fn add(&mut self, other: &Self) {
        for (sum, number) in self.0.iter_mut().zip(other.0) {
            *sum += number;
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (text, number)) in Fault::TEXTS.iter().zip(self.0).enumerate() {
            write!(f, "{}{text} ({number})", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
