//! What is written to standard output.

use std::io::{self, StdoutLock, Write};

use serde_json::{Map, Value};
use sse_proto::{Comment, Event, Item, ItemBuf};

use crate::options::Options;

pub(crate) struct Output {
    stdout: StdoutLock<'static>,
    json: bool,
    comments: bool,
}

impl Output {
    pub(crate) fn new(options: &Options) -> Self {
        Self { stdout: io::stdout().lock(), json: options.json, comments: options.comments }
    }

    /// Writes an event, a block or a comment at once: as an event stream, or as a JSON object.
    pub(crate) fn write(&mut self, item: &ItemBuf) -> io::Result<()> {
        match item.as_item() {
            Item::Comment(_) if !self.comments => return Ok(()),
            Item::Comment(comment) if self.json => self.write_json(json_of_comment(comment))?,
            Item::Comment(comment) => write!(self.stdout, "{comment}")?,
            Item::Event(event) | Item::Block(event) if self.json => self.write_json(json_of_event(&event))?,
            Item::Event(event) | Item::Block(event) => write!(self.stdout, "{event}")?,
            Item::Ignored(_) => return Ok(()),
        }
        self.stdout.flush()
    }

    fn write_json(&mut self, object: Map<String, Value>) -> io::Result<()> {
        writeln!(self.stdout, "{}", Value::Object(object))
    }
}

/// `data` is absent in a block without data, `id` and `retry` (in milliseconds) if the block does not set them.
fn json_of_event(event: &Event<'_>) -> Map<String, Value> {
    let mut object = Map::new();
    let mut set = |name: &str, value: Value| _ = object.insert(name.to_owned(), value);
    if event.has_data() {
        set("type", event.event_type().into());
        set("data", event.data().into());
    }
    if let Some(id) = event.id() {
        set("id", id.into());
    }
    if let Some(time) = event.retry() {
        set("retry", u64::try_from(time.as_millis()).unwrap_or(u64::MAX).into());
    }
    set("last_event_id", event.last_event_id().into());
    object
}

fn json_of_comment(comment: Comment<'_>) -> Map<String, Value> {
    Map::from_iter([("comment".to_owned(), comment.text().into())])
}
