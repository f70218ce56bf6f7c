//! Checks that a contender finds the right events, before it is timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::contenders::{Decode, Ids, See, Source};
use crate::fixtures::Sent;
use crate::source::Deadline;

/// The longest time that one pass over a sample may take. Slower contenders are excluded.
pub const PASS_TIME: Duration = Duration::from_millis(400);

/// Decodes the chunks once and compares each event with the fixture. The error is the reason for the exclusion.
pub fn verify<C, D: Decode<C>>(chunks: impl Source<Item = C>, sent: &[Sent]) -> Result<(), String> {
    let late = Arc::new(AtomicBool::new(false));
    let mut check = Check { sent, seen: 0, id: "", ids: D::IDS, wrong: None };
    let start = Instant::now();
    let decoded = D::decode(Deadline { chunks, end: start + PASS_TIME, late: Arc::clone(&late) }, &mut check);
    if late.load(Ordering::Relaxed) || start.elapsed() > PASS_TIME {
        return Err(format!("more than {} ms per pass", PASS_TIME.as_millis()));
    }
    decoded?;
    match check.wrong {
        Some(wrong) => Err(wrong),
        None if check.seen < sent.len() => Err(format!("{} events of {}", check.seen, sent.len())),
        None => Ok(()),
    }
}

struct Check<'s> {
    sent: &'s [Sent],
    seen: usize,
    /// The current last event ID.
    id: &'s str,
    ids: Ids,
    /// The first difference.
    wrong: Option<String>,
}

impl See for Check<'_> {
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>) {
        let number = self.seen;
        self.seen += 1;
        let Some(sent) = self.sent.get(number) else {
            self.wrong.get_or_insert_with(|| format!("{} events, or more, of {}", self.seen, self.sent.len()));
            return;
        };
        self.id = sent.id.as_deref().unwrap_or(self.id);
        let right_id = match self.ids {
            Ids::Field => id == sent.id.as_deref(),
            Ids::LastEventId => id.unwrap_or_default() == self.id,
        };
        for (right, what) in [(event_type == sent.event_type, "type"), (data == sent.data, "data"), (right_id, "id")] {
            if !right {
                self.wrong.get_or_insert_with(|| format!("event {number}: wrong {what}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns each chunk as the data of an event.
    struct Echo;

    impl Decode<&'static str> for Echo {
        const NAME: &'static str = "echo";
        const IDS: Ids = Ids::LastEventId;

        fn decode(chunks: impl Source<Item = &'static str>, see: &mut impl See) -> Result<(), String> {
            chunks.for_each(|chunk| see.event("message", chunk, Some("7")));
            Ok(())
        }
    }

    #[test]
    fn differences_are_found() {
        let sent = |data: &str, id: Option<&str>| Sent {
            event_type: "message".into(),
            data: data.into(),
            id: id.map(str::to_owned),
            retry: None,
        };
        let check = |sent: &[Sent]| verify::<_, Echo>(["a", "b"].into_iter(), sent);
        assert_eq!(check(&[sent("a", Some("7")), sent("b", None)]), Ok(()));
        assert_eq!(check(&[sent("a", Some("7")), sent("c", None)]), Err("event 1: wrong data".into()));
        assert_eq!(check(&[sent("a", Some("7")), sent("b", Some("8"))]), Err("event 1: wrong id".into()));
        assert_eq!(check(&[sent("a", Some("7"))]), Err("2 events, or more, of 1".into()));
        assert_eq!(check(&[sent("a", Some("7")), sent("b", None), sent("c", None)]), Err("2 events of 3".into()));
    }
}
