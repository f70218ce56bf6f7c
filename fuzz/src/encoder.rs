//! No value becomes a field: any strings in any position are refused where they are forbidden, or they make exactly one
//! event with exactly these values, as the specification reads it. A comment makes none, and neither does an event that
//! was not finished.

use std::fmt::Write as _;

use sse_proto::{Comment, DataWriter, Decoder, Event, Field, InvalidEvent};

use crate::fields::{self, Fields};
use crate::input::Input;
use crate::support::drive::without_places;
use crate::support::reference::{Seen, decode};

/// The texts of an event, then its other fields.
pub fn check(input: &[u8]) {
    let mut fields = Fields::take(&mut Input(input));
    let texts =
        [fields.data.clone().unwrap_or_default(), fields.event_type.clone(), fields.id.clone().unwrap_or_default()];
    for text in &texts {
        refused_where_forbidden(text);
        a_comment_is_no_event(text);
    }

    // What is refused is left out.
    if fields.event_type.contains(['\r', '\n']) {
        fields.event_type.clear();
    }
    fields.id = fields.id.filter(|id| !id.contains(['\r', '\n', '\0']));
    let event = fields.event().expect("nothing forbidden is left");
    let wire = event.to_string();
    assert_eq!(seen(&wire), fields.received(1), "{wire:?}");
    assert_eq!(seen(&wire.repeat(2)), fields.received(2), "{wire:?}");
    an_event_is_not_dispatched_before_its_end(&event, &texts[0]);
}

/// The events of the cases, and their streams as texts.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    fields::seeds().collect()
}

fn seen(wire: &str) -> Seen {
    without_places(decode(wire.as_bytes()))
}

/// With the field, with what was found, and where; by all that take a value of one line.
fn refused_where_forbidden(text: &str) {
    let expected = |field, forbidden: &[char]| match text.find(forbidden) {
        None => Ok(()),
        Some(position) => {
            let found = char::from(text.as_bytes()[position]);
            Err(InvalidEvent::Forbidden { field, found, position })
        }
    };
    let id = expected(Field::Id, &['\r', '\n', '\0']);
    assert_eq!(Event::new("").with_type(text).map(drop), expected(Field::Event, &['\r', '\n']), "{text:?}");
    assert_eq!(Event::new("").with_id(text).map(drop), id, "{text:?}");
    assert_eq!(Decoder::new().set_last_event_id(text), id, "{text:?}");
}

fn a_comment_is_no_event(text: &str) {
    let wire = Comment::new(text).to_string();
    assert_eq!(seen(&wire), Seen::default(), "{wire:?}");
    assert!(wire.ends_with('\n') && wire.lines().all(|line| line.starts_with(':')), "{wire:?}");
}

fn an_event_is_not_dispatched_before_its_end(event: &Event<'_>, text: &str) {
    let mut wire = String::new();
    let mut writer = DataWriter::new(&mut wire, event).expect("a `String` takes all");
    writer.write_str(text).expect("a `String` takes all");
    drop(writer);
    assert!(seen(&wire).outcomes.is_empty(), "{wire:?}");
}
