//! The specification transcribed sentence by sentence: the reference for all tests. It is simple, allocates freely and takes
//! quadratic time.
//!
//! HTML Living Standard, 9.2.5 "Parsing an event stream" and 9.2.6 "Interpreting an event stream". The input is the whole
//! stream, without chunks.
//!
//! The only addition is the limit on buffered bytes, which the specification leaves to the implementation ([`Oracle::buffer`]).

use sse_proto::Incomplete;

/// What came out of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub outcomes: Vec<Outcome>,
    pub last_event_id: String,
    pub reconnection_time: Option<u64>,
    /// How many lines were ignored, and the first bytes of the first one.
    pub ignored: (u64, Vec<u8>),
    /// How many ill-formed sequences of UTF-8 were replaced.
    pub utf8_replacements: u64,
    /// What would be lost if the stream ended here.
    pub incomplete: Incomplete,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Event {
        event_type: String,
        data: String,
        /// The `id` field of the block.
        id: Option<String>,
        /// The `retry` field of the block.
        retry: Option<u64>,
        /// The last event ID string when the event was dispatched.
        last_event_id: String,
        /// The number of bytes of the stream up to and including the event's final byte.
        after: usize,
    },
    /// The event exceeded the limit; the field that did.
    TooLarge {
        field: &'static str,
    },
    /// A block without data.
    Block {
        event_type: String,
        id: Option<String>,
        retry: Option<u64>,
        last_event_id: String,
    },
    Comment(String),
    Ignored(Vec<u8>),
    /// A comment or an ignored line exceeded the limit.
    LineTooLarge {
        field: &'static str,
    },
}

pub fn decode(stream: &[u8]) -> Seen {
    decode_from(stream, "", usize::MAX)
}

/// Everything in order: events, blocks without data, comments and ignored lines.
pub fn decode_items(stream: &[u8], last_event_id: &str, limit: usize) -> Seen {
    decode_with(stream, last_event_id, limit, true)
}

/// Decodes with a last event ID from an earlier stream, and with a limit on what is buffered.
pub fn decode_from(stream: &[u8], last_event_id: &str, limit: usize) -> Seen {
    decode_with(stream, last_event_id, limit, false)
}

fn decode_with(stream: &[u8], last_event_id: &str, limit: usize, items: bool) -> Seen {
    let mut oracle = Oracle {
        seen: Seen { last_event_id: last_event_id.to_owned(), ..Seen::default() },
        data: Vec::new(),
        event_type: Vec::new(),
        id: None,
        retry: None,
        too_large: false,
        limit,
        items,
    };
    // "Streams must be decoded using the UTF-8 decode algorithm. The UTF-8 decode algorithm strips one leading UTF-8 Byte
    // Order Mark (BOM), if any." CR, LF and colon are never part of a longer sequence, so the lines can be split first.
    let bom = if stream.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut line = Vec::new();
    let mut at = bom;
    while at < stream.len() {
        // "Lines must be separated by either a U+000D CARRIAGE RETURN U+000A LINE FEED (CRLF) character pair, a single
        // U+000A LINE FEED (LF) character, or a single U+000D CARRIAGE RETURN (CR) character."
        let after = at + 1;
        match stream[at] {
            b'\r' if stream.get(at + 1) == Some(&b'\n') => at += 2,
            b'\r' | b'\n' => at += 1,
            byte => {
                line.push(byte);
                at += 1;
                continue;
            }
        }
        oracle.line(&line, after);
        line.clear();
    }
    let may_be_bom = bom == 0 && b"\xEF\xBB\xBF".starts_with(stream);
    if !may_be_bom {
        oracle.unfinished_line(&line);
    }
    // "Once the end of the file is reached, any pending data must be discarded. (If the file ends in the middle of an
    // event, before the final empty line, the incomplete event is not dispatched.)"
    oracle.seen
}

struct Oracle {
    seen: Seen,
    /// The lines of the data buffer.
    data: Vec<Vec<u8>>,
    event_type: Vec<u8>,
    /// The last event ID buffer, if this block has set it.
    id: Option<Vec<u8>>,
    retry: Option<u64>,
    too_large: bool,
    limit: usize,
    /// Whether blocks without data, comments and ignored lines are wanted.
    items: bool,
}

impl Oracle {
    fn line(&mut self, line: &[u8], after: usize) {
        // "If the line is empty (a blank line): Dispatch the event, as defined below."
        if line.is_empty() {
            return self.dispatch(after);
        }
        let (field, value) = split(line);
        match field {
            b"" => {
                if self.buffer_line("comment", value.len(), text(value).len()) {
                    self.seen.utf8_replacements += replacements(value);
                    self.seen.outcomes.push(Outcome::Comment(text(value)));
                }
            }
            // "If the field name is "event": Set the event type buffer to the field value."
            b"event" => {
                if self.buffer("event", value.len()) {
                    self.event_type = value.to_vec();
                }
            }
            // "If the field name is "data": Append the field value to the data buffer, then append a single U+000A LINE
            // FEED (LF) character to the data buffer."
            b"data" => {
                if self.buffer("data", value.len()) {
                    self.data.push(value.to_vec());
                }
            }
            // "If the field name is "id": If the field value does not contain U+0000 NULL, then set the last event ID
            // buffer to the field value. Otherwise, ignore the field."
            b"id" => {
                let nul = value.iter().position(|&byte| byte == 0);
                if self.buffer("id", nul.unwrap_or(value.len())) && nul.is_none() {
                    self.id = Some(value.to_vec());
                }
            }
            // "If the field name is "retry": If the field value consists of only ASCII digits, then interpret the field
            // value as an integer in base ten, and set the event stream's reconnection time to that integer.
            // Otherwise, ignore the field." (The empty value is ignored, and so is a value that does not fit into a `u64`.)
            b"retry" => {
                if !value.is_empty() && value.iter().all(u8::is_ascii_digit) {
                    if let Ok(retry) = text(value).parse() {
                        self.retry = Some(retry);
                        self.seen.reconnection_time = Some(retry);
                    }
                }
            }
            // "Otherwise: The field is ignored." A comment has the empty name: "If the line starts with a U+003A COLON
            // character (:): Ignore the line."
            _ => {
                self.ignore(line);
                if self.buffer_line("", line.len(), line.len()) {
                    self.seen.outcomes.push(Outcome::Ignored(line.to_vec()));
                }
            }
        }
    }

    fn ignore(&mut self, line: &[u8]) {
        if self.seen.ignored.0 == 0 {
            self.seen.ignored.1 = line[..line.len().min(sse_proto::Ignored::MAX_FIRST_LEN)].to_vec();
        }
        self.seen.ignored.0 += 1;
    }

    fn dispatch(&mut self, after: usize) {
        let has_data = !self.data.is_empty();
        let (data, event_type) = (std::mem::take(&mut self.data).join(&b'\n'), std::mem::take(&mut self.event_type));
        let (id, retry) = (self.id.take(), self.retry.take());
        let id_replacements = id.as_ref().map_or(0, |id| replacements(id));
        let too_large = std::mem::take(&mut self.too_large);
        let mut field_too_large = None;
        // "Set the last event ID string of the event source to the value of the last event ID buffer. The buffer does not
        // get reset".
        let id = id.map(|id| text(&id));
        let mut buffered = data.len() + event_type.len() + self.seen.last_event_id.len();
        if let Some(id) = &id {
            // U+FFFD counts from here on, and the old ID counts until the new one replaces it.
            if buffered + id.len() > self.limit {
                field_too_large = Some("id");
            } else {
                buffered = buffered - self.seen.last_event_id.len() + id.len();
                self.seen.utf8_replacements += id_replacements;
                self.seen.last_event_id.clone_from(id);
            }
        }
        if too_large {
            return;
        }
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return." (It is never empty after a data line, which leaves a LF at least.)
        let is_block = self.items && (id.is_some() || retry.is_some() || !event_type.is_empty());
        if (has_data || is_block) && field_too_large.is_none() {
            for (field, bytes) in [("event", &event_type), ("data", &data)] {
                buffered = buffered - bytes.len() + text(bytes).len();
                if buffered > self.limit && field_too_large.is_none() {
                    field_too_large = Some(field);
                }
                if field_too_large.is_none() {
                    self.seen.utf8_replacements += replacements(bytes);
                }
            }
        }
        if let Some(field) = field_too_large {
            self.seen.outcomes.push(Outcome::TooLarge { field });
        } else if has_data {
            self.seen.outcomes.push(Outcome::Event {
                // "Initialize event's type attribute to "message" […] If the event type buffer has a value other than the
                // empty string, change the type of the newly created event to equal the value of the event type buffer."
                event_type: if event_type.is_empty() { "message".to_owned() } else { text(&event_type) },
                // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last
                // character from the data buffer."
                data: text(&data),
                id,
                retry,
                last_event_id: self.seen.last_event_id.clone(),
                after,
            });
        } else if is_block {
            let last_event_id = self.seen.last_event_id.clone();
            self.seen.outcomes.push(Outcome::Block { event_type: text(&event_type), id, retry, last_event_id });
        }
    }

    /// Whether a value of this length can be buffered beside what is buffered already: the data with its line feeds, the event
    /// type and the id of the block (which new ones replace when they are complete), and the last event ID. After the first failure the rest of the event is skipped, but for its ids.
    fn buffer(&mut self, field: &'static str, len: usize) -> bool {
        if self.too_large && field != "id" {
            return false;
        }
        if self.buffered(field == "data") + len <= self.limit {
            return true;
        }
        if !self.too_large {
            self.too_large = true;
            self.data.clear();
            self.event_type.clear();
            self.retry = None;
            self.seen.outcomes.push(Outcome::TooLarge { field });
        }
        false
    }

    /// What is buffered, before another line of data begins or not.
    fn buffered(&self, begins_data: bool) -> usize {
        // The last line feed of the data buffer is not held: it is removed at dispatch.
        let lines_of_data = self.data.len() + usize::from(begins_data);
        let data = self.data.iter().map(Vec::len).sum::<usize>() + lines_of_data.saturating_sub(1);
        let id = self.id.as_ref().map_or(0, Vec::len);
        data + self.event_type.len() + id + self.seen.last_event_id.len()
    }

    /// Whether a comment or an ignored line is wanted and can be held: as received, and as the text that it becomes. It is no
    /// longer held once it is complete.
    fn buffer_line(&mut self, field: &'static str, len: usize, text_len: usize) -> bool {
        let fits = self.fits(len.max(text_len));
        if self.items && !fits {
            self.seen.outcomes.push(Outcome::LineTooLarge { field });
        }
        self.items && fits
    }

    fn fits(&self, len: usize) -> bool {
        self.buffered(false) + len <= self.limit
    }

    /// The stream ends in this line, which is not processed; but it was held while there was hope for it.
    fn unfinished_line(&mut self, line: &[u8]) {
        let (field, value) = split(line);
        let known = [&b"data"[..], b"event", b"id", b"retry"];
        let may_be_field = if line.contains(&b':') {
            known.contains(&field)
        } else {
            !line.is_empty() && known.iter().any(|name| name.starts_with(line))
        };
        let is_open = !self.data.is_empty() || self.id.is_some() || !self.event_type.is_empty() || self.too_large;
        self.seen.incomplete = match (may_be_field, is_open) {
            (true, _) => Incomplete::CutLine,
            (false, true) => Incomplete::Lines,
            (false, false) => Incomplete::Nothing,
        };
        // Of a comment or an ignored line in which the stream ends, what there is of it is an item.
        if line.starts_with(b":") {
            let text = text(value);
            if self.buffer_line("comment", value.len(), 0) && !value.is_empty() && self.fits(text.len()) {
                self.seen.utf8_replacements += replacements(value);
                self.seen.outcomes.push(Outcome::Comment(text));
            }
        } else if !line.is_empty() && !may_be_field {
            self.ignore(line);
            if self.buffer_line("", line.len(), 0) {
                self.seen.outcomes.push(Outcome::Ignored(line.to_vec()));
            }
        }
        if !line.contains(&b':') || value.is_empty() {
            return;
        }
        match field {
            b"event" => self.buffer("event", value.len()),
            b"data" => self.buffer("data", value.len()),
            b"id" => self.buffer("id", value.iter().position(|&byte| byte == 0).unwrap_or(value.len())),
            _ => true,
        };
    }
}

/// "Streams must be decoded using the UTF-8 decode algorithm." No CR, LF, colon, space or NUL is part of a longer sequence, so
/// each value can be decoded separately.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// How many U+FFFD replace what is not UTF-8.
fn replacements(bytes: &[u8]) -> u64 {
    bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count() as u64
}

/// The field name and the value of a line.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    // "Otherwise, the string is not empty but does not contain a U+003A COLON character (:): Process the field using the
    // steps described below, using the whole line as the field name, and the empty string as the field value."
    let Some(colon) = line.iter().position(|&byte| byte == b':') else { return (line, b"") };
    // "Collect the characters on the line before the first U+003A COLON character (:), and let field be that string.
    // Collect the characters on the line after the first U+003A COLON character (:), and let value be that string."
    let (field, value) = (&line[..colon], &line[colon + 1..]);
    // "If value starts with a U+0020 SPACE character, remove it from value."
    (field, value.strip_prefix(b" ").unwrap_or(value))
}
