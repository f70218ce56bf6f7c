//! No injection: any strings in any field are rejected where they are forbidden, or give exactly one event with exactly these
//! values, decoded as specified. A comment gives no event, and neither does an unfinished event.

use std::fmt::Write as _;

use sse_proto::{Comment, DataWriter, Decoder, Event, Field, InvalidEvent, InvalidLastEventId};

use crate::fields::{self, Fields};
use crate::input::Input;
use crate::support::drive::without_places;
use crate::support::reference::{Seen, decode};

/// Input: the texts of an event, then its other fields.
pub fn check(input: &[u8]) {
    let mut fields = Fields::take(&mut Input(input));
    let texts =
        [fields.data.clone().unwrap_or_default(), fields.event_type.clone(), fields.id.clone().unwrap_or_default()];
    for text in &texts {
        rejected_where_forbidden(text);
        a_comment_is_no_event(text);
    }

    // Leave out the values that are rejected.
    if fields.event_type.contains(['\r', '\n']) {
        fields.event_type.clear();
    }
    fields.id = fields.id.filter(|id| !id.contains(['\r', '\n', '\0']));
    let event = fields.event().expect("no forbidden values");
    let wire = event.to_string();
    assert_eq!(seen(&wire), fields.received(1), "{wire:?}");
    assert_eq!(seen(&wire.repeat(2)), fields.received(2), "{wire:?}");
    an_event_is_not_dispatched_before_its_end(&event, &texts[0]);
}

/// The events of the case table, and its streams as texts.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    fields::seeds().collect()
}

fn seen(wire: &str) -> Seen {
    without_places(decode(wire.as_bytes()))
}

/// All functions that accept a single-line value return the character and its position, and the field unless it is known.
fn rejected_where_forbidden(text: &str) {
    let forbidden = |characters: &[char]| {
        let position = text.find(characters)?;
        Some((char::from(text.as_bytes()[position]), position))
    };
    let (in_a_type, in_an_id) = (forbidden(&['\r', '\n']), forbidden(&['\r', '\n', '\0']));
    for (built, expected_field, expected) in
        [(Event::new("").with_type(text), Field::Event, in_a_type), (Event::new("").with_id(text), Field::Id, in_an_id)]
    {
        match built {
            Ok(_) => assert_eq!(expected, None, "{text:?}"),
            Err(InvalidEvent::Forbidden { field, found, position, .. }) => {
                assert_eq!((field, Some((found, position))), (expected_field, expected), "{text:?}");
            }
            Err(error) => panic!("{error}"),
        }
    }
    match Decoder::new().set_last_event_id(text) {
        Ok(()) => assert_eq!(in_an_id, None, "{text:?}"),
        Err(InvalidLastEventId::Forbidden { found, position, .. }) => {
            assert_eq!(Some((found, position)), in_an_id, "{text:?}");
        }
        Err(error) => panic!("{error}"),
    }
}

fn a_comment_is_no_event(text: &str) {
    let wire = Comment::new(text).to_string();
    assert_eq!(seen(&wire), Seen::default(), "{wire:?}");
    assert!(wire.ends_with('\n') && wire.lines().all(|line| line.starts_with(':')), "{wire:?}");
}

fn an_event_is_not_dispatched_before_its_end(event: &Event<'_>, text: &str) {
    let mut wire = String::new();
    let mut writer = DataWriter::new(&mut wire, event).expect("writing to a `String` cannot fail");
    writer.write_str(text).expect("writing to a `String` cannot fail");
    drop(writer);
    assert!(seen(&wire).outcomes.is_empty(), "{wire:?}");
}
