//! The server: a log that events are pushed to.

use std::fmt::Write;
use std::time::Duration;

use sse_proto::Event;
use sse_proto::server::{Cursor, History, Next, Resume, Retention};

use crate::network::Mistake;
use crate::network::body::Style;
use crate::network::checker::Failure;
use crate::support::random::Random;

/// Writes the data of the event with this index and ID.
pub fn data_of(index: u64, id: &str, data: &mut String) {
    data.clear();
    let text = match index % 6 {
        0 => "",
        1 => "\n",
        2 => "\n\u{e9}\u{8a9e}\u{1f980} \u{2028}",
        3 => "\n{\"a\": [1, 2]}\n\n\n id: 7\n",
        4 => {
            "\nA line that is longer than most others, as in a log, which ends where it ends. A line that is longer than most."
        }
        _ => "\n: no comment",
    };
    write!(data, "{index} {id}{text}").expect("a string grows");
}

pub const fn type_of(index: u64) -> &'static str {
    if index % 4 == 3 { "update" } else { "message" }
}

#[derive(Debug)]
pub struct Server {
    history: History,
    /// The epoch of a numbered log; `None` if the IDs are opaque.
    epoch: Option<u64>,
    /// What stands before the index in an opaque ID.
    prefix: &'static str,
    retention: Retention,
    /// The index of the event that the log knows as number 1.
    first: u64,
    /// The index of the next event.
    pub next: u64,
    next_push: Duration,
    pub interval: Duration,
    /// No more events are pushed.
    pub stopped: bool,
    mistake: Option<Mistake>,
    data: String,
    id: String,
}

/// The events that are pushed at most while nobody looks.
const BURST: u64 = 40;

impl Server {
    pub fn new(random: &mut Random, mistake: Option<Mistake>) -> Self {
        let retention = Retention::default()
            .with_max_events([1, 2, 4, 8, 16, 64, 1000, 1000][random.below(8)])
            .with_max_bytes([400, 2000, usize::MAX, usize::MAX][random.below(4)])
            .with_max_age([Some(Duration::from_secs(2)), Some(Duration::from_secs(60)), None, None][random.below(4)]);
        let epoch = (random.below(2) == 0).then_some(1_700_000_000_000);
        let history = epoch.map_or_else(|| History::opaque(retention), |epoch| History::numbered(epoch, retention));
        Self {
            history,
            epoch,
            prefix: ["", "1700000000000-", "/\u{e9} ", "0"][random.below(4)],
            retention,
            first: 1,
            next: 1,
            next_push: Duration::ZERO,
            interval: Duration::from_millis([100, 500, 2000, 7000][random.below(4)]),
            stopped: false,
            mistake,
            data: String::new(),
            id: String::new(),
        }
    }

    /// Pushes what is due, and evicts what is too old.
    pub fn advance(&mut self, now: Duration) {
        let mut pushed = 0;
        while !self.stopped && self.next_push <= now {
            if pushed == BURST {
                self.next_push = now;
            }
            self.push(self.next_push, self.next);
            self.next += 1;
            self.next_push += self.interval;
            pushed += 1;
        }
        self.history.evict(now);
    }

    /// When the next event is pushed.
    pub fn next_push(&self) -> Option<Duration> {
        (!self.stopped).then_some(self.next_push)
    }

    /// A new process, with an empty log, or with what it has stored.
    pub fn restart(&mut self, now: Duration, is_stored: bool) {
        let oldest = self.oldest();
        self.first = self.next;
        if let Some(epoch) = &mut self.epoch {
            *epoch += 1;
            self.history = History::numbered(*epoch, self.retention);
        } else {
            self.history = History::opaque(self.retention);
            if is_stored {
                self.first = oldest;
                for index in oldest..self.next {
                    self.push(now, index);
                }
            }
        }
    }

    /// Where a client begins to read, and what is sent first.
    pub fn accept(&self, last_event_id: Option<&[u8]>, style: Style) -> Result<(Cursor, Vec<u8>), Failure> {
        let mut head = Vec::new();
        let resume = self.history.resume_bytes(last_event_id);
        let index = last_event_id.and_then(|id| self.index_of(core::str::from_utf8(id).ok()?));
        let is_covered = index.is_some_and(|index| index + 1 >= self.oldest() && index < self.next);
        let is_expected = match resume {
            Resume::Live(_) => last_event_id.is_none(),
            Resume::From(_) => is_covered,
            Resume::Gone(_) => last_event_id.is_some() && !is_covered,
        };
        if !is_expected {
            return Err(Failure::WrongResume(format!("{last_event_id:x?}, {resume:?}, {self:?}")));
        }
        let cursor = match resume {
            Resume::Live(cursor) => {
                if let Some(id) = self.history.last_event_id().filter(|_| style.greets) {
                    Event::without_data().with_id(id).expect("an ID").encode_into(&mut head);
                }
                cursor
            }
            Resume::From(_) if self.mistake == Some(Mistake::LogReplaysInclusively) && index > Some(self.oldest()) => {
                let before = self.id_of(index.unwrap_or_default() - 1);
                let (Resume::Live(cursor) | Resume::From(cursor) | Resume::Gone(cursor)) =
                    self.history.resume(Some(&before));
                cursor
            }
            Resume::From(cursor) => cursor,
            Resume::Gone(_) if style.skips_to_the_end => {
                self.signal(None, self.next, &mut head);
                self.history.live()
            }
            Resume::Gone(cursor) => {
                self.signal(None, self.oldest(), &mut head);
                cursor
            }
        };
        Ok((cursor, head))
    }

    /// Returns what to send next; `None` if there is nothing. A gap is signalled by an event, or the body ends.
    pub fn read<'a>(&'a self, cursor: &mut Cursor, style: Style, buffer: &'a mut Vec<u8>) -> Read<'a> {
        match self.history.next(cursor) {
            Next::Event(bytes) => Read::Event(bytes),
            Next::UpToDate => Read::Nothing,
            Next::Gone { .. } if style.ends_if_gone => Read::End,
            Next::Gone { missed, .. } => {
                buffer.clear();
                self.signal(missed, self.oldest(), buffer);
                Read::Gap(buffer)
            }
        }
    }

    /// The index of the event that has this ID in the current log.
    pub fn index_of(&self, id: &str) -> Option<u64> {
        let number = id.strip_prefix(match self.epoch {
            Some(_) => id.get(..id.find('-')? + 1)?,
            None => self.prefix,
        })?;
        let number: u64 = number.parse().ok()?;
        match self.epoch {
            Some(epoch) => id.starts_with(&format!("{epoch}-")).then(|| self.first + number - 1),
            None => Some(number).filter(|&index| index >= self.first),
        }
    }

    fn id_of(&self, index: u64) -> String {
        match self.epoch {
            Some(epoch) => format!("{epoch}-{}", index + 1 - self.first),
            None => format!("{}{index}", self.prefix),
        }
    }

    /// The index of the oldest event in the log, or of the next one.
    fn oldest(&self) -> u64 {
        self.next - self.history.len() as u64
    }

    fn push(&mut self, now: Duration, index: u64) {
        self.id.clear();
        match self.epoch {
            Some(epoch) => write!(self.id, "{epoch}-{}", index + 1 - self.first),
            None => write!(self.id, "{}{index}", self.prefix),
        }
        .expect("a string grows");
        data_of(index, &self.id, &mut self.data);
        let mut event = Event::new(&self.data);
        if type_of(index) != "message" {
            event = event.with_type(type_of(index)).expect("a type");
        }
        if self.epoch.is_none() {
            event = event.with_id(&self.id).expect("an ID");
        }
        let position = self.history.push(now, event).expect("accepted");
        assert_eq!(position.number(), index + 1 - self.first);
    }

    /// An event without an ID, so that the client does not resume from it.
    fn signal(&self, missed: Option<u64>, next: u64, body: &mut Vec<u8>) {
        if self.mistake != Some(Mistake::ServerHidesGaps) {
            let missed = missed.map_or_else(|| "?".to_owned(), |missed| missed.to_string());
            let data = format!("{missed} {next}");
            Event::new(&data).with_type("gap").expect("a type").encode_into(body);
        }
    }
}

/// What is read from the log.
pub enum Read<'a> {
    Event(&'a [u8]),
    Gap(&'a [u8]),
    Nothing,
    End,
}
