//! The shared log: a Redis stream, whose entry IDs are the event IDs.
//!
//! | what | command |
//! |---|---|
//! | append an event, and trim | `XADD key MAXLEN ~ n ID type .. data ..` |
//! | replay what follows an event, for a client that resumes | `XRANGE key ID + COUNT n` |
//! | wait for new events, one reader per process | `XREAD BLOCK ms COUNT n STREAMS key ID`, `XRANGE key ID ID` and `XLEN key` |
//!
//! Trimming must not be silent: a stream whose oldest entries were removed answers as if they had never been there. So whatever
//! follows an entry is read together with the entry itself. If the entry is still there, nothing after it was trimmed, because the
//! oldest entries are trimmed first. Entries must not be deleted one by one (`XDEL`): a client that has received one of them last
//! would be told of a gap. Before the first entry there is no such entry: then a stream that is shorter than what trimming leaves was
//! never trimmed.
//!
//! Redis must not forget what it has acknowledged: `appendonly yes` and `appendfsync always`. With `everysec`, or when a replica takes
//! over that has not received everything (`WAIT` makes that unlikely), events are lost that some clients have. It is not silent:
//! their last event ID is then unknown, and they are told of a gap.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::streams::{StreamId, StreamMaxlen, StreamRangeReply, StreamReadOptions, StreamReadReply};
use redis::{AsyncCommands, Client, ErrorKind, RedisError, RedisResult, ServerErrorKind};
use sse_proto::adapters::fan_out::Page;
use sse_proto::{Event, EventBuf};

/// The key of the stream.
const KEY: &str = "events";
/// The minimum number of entries after trimming. With `~`, Redis leaves some more, because it removes whole nodes of its tree.
pub(crate) const MAX_LEN: usize = 200;
/// How many entries are read by one command at most. With large events, less is better.
const PAGE: usize = 100;
/// How long a read waits for new entries. It then waits again.
const BLOCK: Duration = Duration::from_secs(2);
/// How long Redis may take to answer, in addition to [`BLOCK`]. Without a limit, a lost machine is noticed after many minutes.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A log in Redis. A clone shares the connections, which are made when they are needed and made again when they are lost; a command
/// that is under way then fails.
#[derive(Clone)]
pub(crate) struct RedisLog {
    commands: ConnectionManager,
    /// A command that blocks delays all that follow on its connection.
    blocking: ConnectionManager,
}

/// What became of an event that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    Now,
    /// The log had it already: an earlier attempt succeeded, but its reply was lost.
    Before,
}

impl RedisLog {
    /// Does not connect yet.
    pub(crate) fn new(url: &str) -> RedisResult<Self> {
        let client = Client::open(url)?;
        let manager = |response_timeout| {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(Duration::from_secs(1)))
                .set_response_timeout(Some(response_timeout))
                .set_max_delay(Duration::from_millis(500))
                .set_number_of_retries(3);
            ConnectionManager::new_lazy_with_config(client.clone(), config)
        };
        Ok(Self { commands: manager(RESPONSE_TIMEOUT)?, blocking: manager(BLOCK + RESPONSE_TIMEOUT)? })
    }

    /// Appends an event with an ID that the producer has chosen, so that it can repeat what was not acknowledged.
    ///
    /// The IDs must ascend, so there must be one producer. Several producers write `XADD key IDMP producer number * ..` (Redis 8.6),
    /// or run a script that remembers the number of each producer.
    pub(crate) async fn append(&self, id: EntryId, event_type: &str, data: &str) -> RedisResult<Appended> {
        let (mut redis, max_len) = (self.commands.clone(), StreamMaxlen::Approx(MAX_LEN));
        let fields = [("type", event_type), ("data", data)];
        match redis.xadd_maxlen(KEY, max_len, id.to_string(), &fields).await {
            Ok(()) => Ok(Appended::Now),
            // "The ID specified in XADD is equal or smaller than the target stream top item": is it this event?
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::ResponseError) => {
                let reply: StreamRangeReply = redis.xrange(KEY, id.to_string(), id.to_string()).await?;
                let is_same = reply.ids.iter().any(|entry| entry.get::<String>("data").as_deref() == Some(data));
                if is_same { Ok(Appended::Before) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// The ID of the newest entry; `0-0` if there is none.
    pub(crate) async fn last_id(&self) -> RedisResult<EntryId> {
        let reply: StreamRangeReply = self.commands.clone().xrevrange_count(KEY, "+", "-", 1).await?;
        reply.ids.first().map_or(Ok(EntryId::ZERO), entry_id)
    }

    /// The events after the one that a client has received last.
    ///
    /// After [`EntryId::ZERO`] they are gone, as Redis does not say whether its oldest entry is the first one. Only clients that came
    /// before the first event of all send it, and the local log of a server that was there, too, has it.
    pub(crate) async fn after(&self, last_event_id: &str) -> RedisResult<Page> {
        let mut redis = self.commands.clone();
        if let Ok(id) = last_event_id.parse::<EntryId>() {
            // One more, for the entry itself.
            let reply: StreamRangeReply = redis.xrange_count(KEY, id.to_string(), "+", PAGE + 1).await?;
            if let Some(page) = page_after(id, &reply.ids) {
                return Ok(page);
            }
        }
        // No ID of this log, or a newer one than all that Redis has: it has lost entries.
        let reply: StreamRangeReply = redis.xrange_count(KEY, "-", "+", PAGE).await?;
        Ok(Page::Gone(events(&reply.ids)))
    }

    /// Waits for entries after this one, for at most [`BLOCK`]. `None` means that entries may have been missed.
    pub(crate) async fn next(&self, last: EntryId) -> RedisResult<Option<Vec<StreamId>>> {
        let options = StreamReadOptions::default().count(PAGE).block(usize::try_from(BLOCK.as_millis()).unwrap_or(0));
        // In one round trip. The other commands run as soon as the first one does not block any more. If the entry is there then,
        // it was there before. It costs that each entry is sent twice.
        let (read, entry, len): (Option<StreamReadReply>, StreamRangeReply, usize) = redis::pipe()
            .xread_options(&[KEY], &[last.to_string()], &options)
            .xrange(KEY, last.to_string(), last.to_string())
            .xlen(KEY)
            .query_async(&mut self.blocking.clone())
            .await?;
        // Before the first entry there is none to look for. But trimming leaves at least this many entries.
        let is_complete = if last == EntryId::ZERO { len < MAX_LEN } else { !entry.ids.is_empty() };
        let entries = read.into_iter().flat_map(|read| read.keys).flat_map(|stream| stream.ids);
        Ok(is_complete.then(|| entries.collect()))
    }
}

/// What follows the entry with this ID, given what `XRANGE` returns from the ID on. `None` if that is nothing at all.
fn page_after(id: EntryId, entries: &[StreamId]) -> Option<Page> {
    let (first, rest) = entries.split_first()?;
    // If the entry was trimmed, Redis returns the oldest entries.
    Some(if first.id == id.to_string() { Page::Events(events(rest)) } else { Page::Gone(events(entries)) })
}

fn events(entries: &[StreamId]) -> Vec<EventBuf> {
    entries.iter().map(event).collect()
}

/// The event of an entry. One that cannot be an event becomes a block that has only an ID: readers ignore it, but they resume after
/// it, and all servers agree about the position.
pub(crate) fn event(entry: &StreamId) -> EventBuf {
    let data = entry.get::<String>("data");
    let event_type = entry.get::<String>("type").unwrap_or_default();
    let event = data.as_deref().and_then(|data| Event::new(data).with_type(&event_type).ok());
    let event = event.unwrap_or(Event::without_data());
    // Entry IDs consist of digits and a hyphen.
    event.with_id(&entry.id).unwrap_or(Event::without_data()).into()
}

pub(crate) fn entry_id(entry: &StreamId) -> RedisResult<EntryId> {
    entry.id.parse().map_err(|_| RedisError::from((ErrorKind::Parse, "not an entry ID")))
}

/// The ID of an entry: usually a time in milliseconds, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EntryId {
    pub(crate) milliseconds: u64,
    pub(crate) number: u64,
}

impl EntryId {
    /// Before the first entry. No entry has it.
    pub(crate) const ZERO: Self = Self { milliseconds: 0, number: 0 };
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.milliseconds, self.number)
    }
}

/// Accepts only the canonical form. What a client sends is not to be trusted, and Redis takes `5`, `-` and `(5-1` for IDs, too.
impl FromStr for EntryId {
    type Err = InvalidEntryId;

    fn from_str(text: &str) -> Result<Self, InvalidEntryId> {
        let (milliseconds, number) = text.split_once('-').ok_or(InvalidEntryId)?;
        let parse = |number: &str| number.parse().map_err(|_| InvalidEntryId);
        let id = Self { milliseconds: parse(milliseconds)?, number: parse(number)? };
        if id.to_string() == text { Ok(id) } else { Err(InvalidEntryId) }
    }
}

/// A text that is not the ID of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidEntryId;

#[cfg(test)]
mod tests {
    use redis::Value;

    use super::*;

    fn entry(id: &str, fields: &[(&str, &str)]) -> StreamId {
        let field = |&(name, value): &(&str, &str)| (name.to_owned(), Value::BulkString(value.into()));
        let mut entry = StreamId::default();
        (entry.id, entry.map) = (id.to_owned(), fields.iter().map(field).collect());
        entry
    }

    fn entries(ids: &[&str]) -> Vec<StreamId> {
        ids.iter().map(|id| entry(id, &[("type", "tick"), ("data", id)])).collect()
    }

    fn expected(ids: &[&str]) -> Vec<EventBuf> {
        let event = |id: &&str| EventBuf::new(*id).with_type("tick")?.with_id(id);
        ids.iter().map(event).collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn only_canonical_ids_are_parsed() {
        let max = EntryId { milliseconds: u64::MAX, number: 0 };
        assert_eq!("18446744073709551615-0".parse(), Ok(max));
        assert_eq!("0-0".parse(), Ok(EntryId::ZERO));
        for text in
            ["", "-", "+", "$", "5", "5-", "-1", "5-*", "(5-1", "+5-1", "05-1", "5-01", "5-1-1", " 5-1", "5-1\n", "é-1"]
        {
            assert_eq!(text.parse::<EntryId>(), Err(InvalidEntryId), "{text}");
        }
        assert_eq!("18446744073709551616-0".parse::<EntryId>(), Err(InvalidEntryId));
    }

    #[test]
    fn ids_are_ordered_as_numbers() {
        let id = |text: &str| text.parse::<EntryId>().unwrap();
        assert!(id("9-5") < id("10-1"));
        assert!(id("10-9") < id("10-10"));
    }

    #[test]
    fn a_page_begins_after_an_entry_that_is_there() {
        let id = "5-2".parse().unwrap();
        let page = |ids| page_after(id, &entries(ids));
        assert_eq!(page(&["5-2", "6-1", "6-2"]), Some(Page::Events(expected(&["6-1", "6-2"]))));
        assert_eq!(page(&["5-2"]), Some(Page::Events(vec![])), "none is newer");
        assert_eq!(page(&["6-1", "6-2"]), Some(Page::Gone(expected(&["6-1", "6-2"]))), "it was trimmed");
        assert_eq!(page(&[]), None, "Redis has lost entries");
    }

    #[test]
    fn an_entry_that_is_no_event_keeps_its_place() {
        let id_only = EventBuf::without_data().with_id("7-1").unwrap();
        assert_eq!(event(&entry("7-1", &[])), id_only);
        assert_eq!(event(&entry("7-1", &[("type", "tick")])), id_only);
        assert_eq!(event(&entry("7-1", &[("type", "a\nb"), ("data", "x")])), id_only);
        assert_eq!(event(&entry("7-1", &[("data", "x")])), EventBuf::new("x").with_id("7-1").unwrap());
        assert_eq!(event(&entry("7-1", &[("data", "")])), EventBuf::new("").with_id("7-1").unwrap());
    }
}
