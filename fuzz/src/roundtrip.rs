//! Encoding then decoding yields an equal event: for every event, every sink, every size of buffer and every reader, wherever the
//! bytes are split. A comment before the event and the same event after it do not change it.

use sse_proto::{Comment, Event, EventBuf, EventBytes};

use crate::fields::{self, Fields};
use crate::input::{Cuts, Input};
use crate::sinks;
use crate::support::drive::{READERS, without_places};

/// Input: the texts of an event, its other fields, then the cuts.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let cuts = input.take_cuts();
    let mut fields = Fields::take(&mut input);
    fields.event_type.retain(|c| !matches!(c, '\r' | '\n'));
    if let Some(id) = &mut fields.id {
        id.retain(|c| !matches!(c, '\r' | '\n' | '\0'));
    }
    let event = fields.event().expect("no forbidden values");

    let wire = sinks::event(&event);
    data_in_pieces(&fields, cuts, &wire);
    let comment = sinks::comment(&Comment::new(event.data()));
    let stream = [comment, wire.clone(), wire].concat();
    let chunks = cuts.cut(&stream);
    for &reader in READERS {
        assert_eq!(without_places(reader.run(&chunks)), fields.received(2), "{reader:?}, {chunks:x?}");
    }
    owned(event);
}

/// The events of the case table, and its streams as texts, byte by byte.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    fields::seeds().map(|fields| [&fields[..], &Cuts::BYTE_BY_BYTE.0].concat()).collect()
}

/// Data written in pieces gives the same bytes, whether or not the first piece is the data of the head.
fn data_in_pieces(fields: &Fields, cuts: Cuts, wire: &[u8]) {
    let Some(data) = &fields.data else { return };
    let pieces = cuts.cut_text(data);
    let (first, rest) = pieces.split_first().map_or(("", &[][..]), |(first, rest)| (*first, rest));
    for (first, pieces) in [(None, &pieces[..]), (Some(first.to_owned()), rest)] {
        let head = Fields { data: first, ..fields.clone() };
        let written = sinks::data_writer(&head.event().expect("the same values"), pieces);
        assert_eq!(written.as_bytes(), wire, "{head:?}, {pieces:?}");
    }
}

/// The owned events equal the borrowed one.
fn owned(event: Event<'_>) {
    let (buf, bytes) = (EventBuf::from(event), EventBytes::from(event));
    assert_eq!((buf.as_event(), bytes.as_event()), (event, event));
    assert_eq!(bytes.data_bytes(), event.data());
    assert_eq!(bytes.unshare(), event);
    assert_eq!(buf.into_data(), event.data());
}
