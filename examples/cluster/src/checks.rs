//! What a client must have received.

use std::fmt::Debug;

use sse_proto::Event;

use crate::Result;
use crate::producer::TYPE;
use crate::redis_log::EntryId;

pub(crate) fn check_eq<T: PartialEq<U> + Debug, U: Debug>(found: &T, expected: &U, what: &str) -> Result<()> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}").into()) }
}

/// Whether these are the last ones of the events that were written: none lost, none doubled, none changed.
pub(crate) fn check_end<'a, E>(received: &'a [E], written: &[(EntryId, String)]) -> Result<()>
where
    &'a E: Into<Event<'a>>,
{
    let Some(start) = written.len().checked_sub(received.len()) else {
        return Err(format!("{} events received, but only {} written", received.len(), written.len()).into());
    };
    for (event, (id, data)) in received.iter().zip(&written[start..]) {
        let (event, id) = (event.into(), id.to_string());
        if (event.id(), event.event_type(), event.data()) != (Some(id.as_str()), TYPE, data) {
            let found = event.last_event_id();
            return Err(format!("received event {found} in place of {id}: lost, doubled or changed").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sse_proto::BytesDecoder;

    use super::*;

    #[test]
    fn a_lost_doubled_or_changed_event_is_noticed() {
        let id = |number| EntryId { milliseconds: 1, number };
        let written: Vec<_> = (1..=4).map(|number| (id(number), number.to_string())).collect();
        let check = |numbers: &[u64]| {
            let event = |n| format!("event: tick\nid: 1-{n}\ndata: {n}\n\n");
            let mut input = numbers.iter().map(event).collect::<String>().into();
            let mut decoder = BytesDecoder::new();
            let events: Vec<_> = std::iter::from_fn(|| decoder.next_event(&mut input).unwrap()).collect();
            check_end(&events, &written)
        };
        assert!(check(&[1, 2, 3, 4]).is_ok());
        assert!(check(&[3, 4]).is_ok());
        assert!(check(&[]).is_ok());
        for wrong in [&[1, 2, 4][..], &[1, 2, 3], &[2, 2, 3, 4], &[3, 4, 4], &[1, 1, 2, 3, 4], &[4, 3]] {
            assert!(check(wrong).is_err(), "{wrong:?}");
        }
    }
}
