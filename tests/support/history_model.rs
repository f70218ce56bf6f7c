//! `History` against a slow and obvious model, a list of all events that were ever pushed: for the tests and for the fuzz target.

use std::time::Duration;

use sse_proto::Event;
use sse_proto::server::{Cursor, History, Next, Position, Rejected, Resume, Retention};

/// The epoch of numbered logs.
pub(crate) const EPOCH: u64 = 7;

/// IDs that no event has, or that only a log with opaque IDs accepts, or none at all.
const STRANGE_IDS: &[&str] = &[
    "",
    "a",
    "\u{e9}",
    "a\tb",
    "a b",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\u{1}b",
    "a\u{7f}",
    "-",
    "7",
    "7-",
    "7-0",
    "7-00",
    "7-01",
    "07-1",
    "7-+1",
    "+7-1",
    "7-1 ",
    "7-1-1",
    "8-1",
    "6-0",
    "7-18446744073709551615",
    "7-18446744073709551616",
];

/// Runs operations, two bytes each, on a log and on the model. Panics if they differ.
pub(crate) fn check(operations: &[u8], is_numbered: bool, retention: Retention) {
    let mut run = Run::new(is_numbered, retention);
    for operation in operations.chunks_exact(2) {
        run.operation(operation[0], operation[1]);
        run.compare();
    }
    // In the end all readers are up to date.
    for number in 0..run.readers.len() {
        while run.next(number) {}
    }
}

/// All events that were ever pushed.
struct Model {
    is_numbered: bool,
    retention: Retention,
    pushed: Vec<Pushed>,
    /// The number of events that were evicted.
    evicted: usize,
}

struct Pushed {
    id: String,
    wire: String,
    time: Duration,
}

impl Model {
    fn next_id(&self) -> String {
        format!("{EPOCH}-{}", self.pushed.len() + 1)
    }

    /// The IDs that the log knows, with the index of the event after each one.
    fn known_ids(&self) -> impl Iterator<Item = (&str, usize)> {
        let start = (self.is_numbered && self.evicted == 0).then_some(("7-0", 0));
        let known = self.pushed.iter().enumerate().skip(self.evicted.saturating_sub(1));
        known.map(|(index, pushed)| (&*pushed.id, index + 1)).chain(start)
    }

    /// The ID that an event gets.
    fn accept(&self, id: Option<&str>) -> Result<String, Rejected> {
        if self.is_numbered {
            return match id {
                None => Ok(self.next_id()),
                Some(id) if id == self.next_id() => Ok(self.next_id()),
                Some(id) if id == "7-0" || self.pushed.iter().any(|pushed| pushed.id == id) => Err(Rejected::Duplicate),
                Some(_) => Err(Rejected::OutOfOrder),
            };
        }
        let id = id.ok_or(Rejected::MissingId)?;
        let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
        let is_illegal = |byte: u8| byte.is_ascii_control() && byte != b'\t';
        if id.is_empty() {
            Err(Rejected::EmptyId)
        } else if is_blank(id.as_bytes().first()) || is_blank(id.as_bytes().last()) || id.bytes().any(is_illegal) {
            Err(Rejected::UnsendableId)
        } else if self.known_ids().any(|(known, _)| known == id) {
            Err(Rejected::Duplicate)
        } else {
            Ok(id.to_owned())
        }
    }

    fn evict(&mut self, now: Duration) {
        let fits = |rest: &[Pushed]| {
            let is_too_old =
                |event: &Pushed| self.retention.max_age.is_some_and(|max_age| now.saturating_sub(event.time) > max_age);
            rest.len() <= self.retention.max_events
                && rest.iter().map(|event| event.wire.len()).sum::<usize>() <= self.retention.max_bytes
                && !rest.first().is_some_and(is_too_old)
        };
        self.evicted = (self.evicted..=self.pushed.len()).find(|&start| fits(&self.pushed[start..])).unwrap();
    }
}

/// A cursor and where it is: the index of the next event, or `None` in another log.
#[derive(Clone)]
struct Reader {
    cursor: Cursor,
    next: Option<usize>,
}

/// A log and its model, after some operations.
struct Run {
    log: History,
    model: Model,
    other: History,
    now: Duration,
    positions: Vec<Position>,
    readers: Vec<Reader>,
}

impl Run {
    fn new(is_numbered: bool, retention: Retention) -> Self {
        let new =
            |retention| if is_numbered { History::numbered(EPOCH, retention) } else { History::opaque(retention) };
        let (log, other): (History, History) = (new(retention), new(Retention::default()));
        let readers = vec![Reader { cursor: log.live(), next: Some(0) }];
        let model = Model { is_numbered, retention, pushed: Vec::new(), evicted: 0 };
        Self { log, model, other, now: Duration::from_millis(100), positions: Vec::new(), readers }
    }

    /// The low bits of the first byte say what to do, the others how the clock moves before, sometimes back.
    fn operation(&mut self, code: u8, argument: u8) {
        let by = Duration::from_millis((code >> 4).into());
        self.now = if code & 8 == 0 { self.now.saturating_add(by) } else { self.now.saturating_sub(by) };
        let reader = usize::from(argument) % self.readers.len();
        match code % 8 {
            0 | 1 => {
                let id = (!self.model.is_numbered).then(|| format!("id {}", self.model.pushed.len()));
                self.push(id.as_deref(), argument);
            }
            2 => {
                let id = self.choose_id(argument);
                self.push(id.as_deref(), argument);
            }
            3 => {
                self.model.evict(self.now);
                self.log.evict(self.now);
            }
            4 => self.resume(argument),
            5 => _ = self.next(reader),
            6 => while self.next(reader) {},
            _ => self.add_reader(reader, argument),
        }
    }

    fn push(&mut self, id: Option<&str>, argument: u8) {
        let data = "a\nb".repeat(usize::from(argument % 8));
        let event = Event::new(&data);
        let event = if argument % 3 == 1 { event.with_type("type").unwrap() } else { event };
        let event = id.map_or(event, |id| event.with_id(id).unwrap());
        let max_bytes = self.model.retention.max_bytes;
        let expected = self.model.accept(id).map(|id| (event.with_id(&id).unwrap().to_string(), id));
        match (self.log.push(self.now, event), expected) {
            (Ok(position), Ok((wire, id))) => {
                assert!(wire.len() <= max_bytes, "{} bytes were accepted, not {max_bytes}", wire.len());
                self.model.pushed.push(Pushed { id, wire, time: self.now });
                self.model.evict(self.now);
                assert_eq!(position.number(), self.model.pushed.len() as u64);
                self.positions.push(position);
            }
            (Err(Rejected::TooLarge { len, max_bytes: max, .. }), Ok((wire, _))) => {
                assert_eq!((len, max), (wire.len(), max_bytes));
                assert!(len > max_bytes);
            }
            (Err(error), Err(expected)) => assert_eq!(error, expected, "{id:?}"),
            (result, expected) => panic!("{id:?}: {result:?} instead of {expected:?}"),
        }
    }

    fn resume(&mut self, argument: u8) {
        let id = self.choose_id(argument);
        let (resumed, from_bytes) =
            (self.log.resume(id.as_deref()), self.log.resume_bytes(id.as_deref().map(str::as_bytes)));
        assert_eq!(resumed, from_bytes);
        let (cursor, next) = match (id.as_deref().unwrap_or_default(), resumed) {
            ("", Resume::Live(cursor)) => (cursor, self.model.pushed.len()),
            (id, Resume::From(cursor)) => {
                let known = self.model.known_ids().find(|(known, _)| *known == id);
                (cursor, known.unwrap_or_else(|| panic!("{id:?} is not known")).1)
            }
            (id, Resume::Gone(cursor)) => {
                assert!(!id.is_empty() && self.model.known_ids().all(|(known, _)| known != id), "{id:?} is known");
                (cursor, self.model.evicted)
            }
            (id, Resume::Live(_)) => panic!("{id:?} starts live"),
        };
        self.readers.push(Reader { cursor, next: Some(next) });
    }

    /// Reads once. Returns `false` if the reader is up to date.
    fn next(&mut self, reader: usize) -> bool {
        let reader = &mut self.readers[reader];
        let Model { pushed, evicted, .. } = &self.model;
        let before = reader.cursor.clone();
        let next = self.log.next(&mut reader.cursor);
        let (expected_wire, missed, place) = match reader.next {
            None => (None, Some(None), *evicted),
            Some(place) if place < *evicted => (None, Some(Some((*evicted - place) as u64)), *evicted),
            Some(place) if place == pushed.len() => (None, None, place),
            Some(place) => (Some(&pushed[place].wire), None, place + 1),
        };
        reader.next = Some(place);
        match next {
            Next::Event(bytes) => assert_eq!(Some(bytes.as_slice()), expected_wire.map(String::as_bytes)),
            Next::UpToDate => assert_eq!((expected_wire, missed, &before), (None, None, &reader.cursor)),
            Next::Gone { missed: gone, .. } => assert_eq!((expected_wire, Some(gone)), (None, missed)),
        }
        !matches!(next, Next::UpToDate)
    }

    fn add_reader(&mut self, reader: usize, argument: u8) {
        let reader = match argument >> 6 {
            0 => self.readers[reader].clone(),
            1 => Reader { cursor: self.log.live(), next: Some(self.model.pushed.len()) },
            2 => Reader { cursor: self.log.oldest(), next: Some(self.model.evicted) },
            _ => Reader { cursor: self.other.live(), next: None },
        };
        self.readers.push(reader);
    }

    /// An ID of one of the last events, or of one of the next ones, or a strange one, or none.
    fn choose_id(&self, argument: u8) -> Option<String> {
        let last = self.model.pushed.len();
        match argument {
            0..32 => last.checked_sub(1 + usize::from(argument)).map(|index| self.model.pushed[index].id.clone()),
            32..36 => Some(format!("{EPOCH}-{}", last + usize::from(argument - 31))),
            _ => STRANGE_IDS.get(usize::from(argument - 36)).map(|id| (*id).to_owned()),
        }
    }

    /// The ID before a reader is known unless it was evicted, and was not the last one.
    fn compare_last_read_ids(&self) {
        let Model { is_numbered, pushed, evicted, .. } = &self.model;
        for Reader { cursor, next } in &self.readers {
            let expected = match *next {
                Some(0) => is_numbered.then_some("7-0"),
                Some(next) if *is_numbered || next >= *evicted => Some(&*pushed[next - 1].id),
                _ => None,
            };
            assert_eq!(self.log.last_read_id(cursor).as_deref(), expected);
        }
    }

    /// All that can be observed but by moving cursors.
    fn compare(&self) {
        self.compare_last_read_ids();
        let Model { is_numbered, retention, pushed, evicted } = &self.model;
        let kept = &pushed[*evicted..];
        assert_eq!((self.log.len(), self.log.is_empty()), (kept.len(), kept.is_empty()));
        assert_eq!(self.log.encoded_len(), kept.iter().map(|event| event.wire.len()).sum());
        let before_the_first = is_numbered.then_some("7-0");
        assert_eq!(self.log.last_event_id(), pushed.last().map_or(before_the_first, |event| Some(&event.id)));
        assert_eq!(self.log.retention(), *retention);
        assert_eq!(self.log.epoch(), is_numbered.then_some(EPOCH));
        // The oldest events in the log, those evicted last, and the newest one.
        for index in (evicted.saturating_sub(2)..evicted + 2).chain(pushed.len().checked_sub(1)) {
            let (Some(position), Some(event)) = (self.positions.get(index), pushed.get(index)) else { continue };
            let kept = (index >= *evicted).then_some(event);
            assert_eq!(self.log.id(*position), kept.map(|event| &*event.id));
            assert_eq!(self.log.get(*position).map(Vec::as_slice), kept.map(|event| event.wire.as_bytes()));
            assert_eq!((self.other.id(*position), self.other.get(*position)), (None, None));
        }
    }
}
