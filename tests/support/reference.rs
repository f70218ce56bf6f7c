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
        event_type: String::new(),
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
    data: Vec<String>,
    event_type: String,
    /// The last event ID buffer, if this block has set it.
    id: Option<String>,
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
                if self.items {
                    match self.text("comment", value) {
                        Some(text) => self.seen.outcomes.push(Outcome::Comment(text)),
                        None => self.seen.outcomes.push(Outcome::LineTooLarge { field: "comment" }),
                    }
                }
            }
            // "If the field name is "event": Set the event type buffer to the field value."
            b"event" => {
                if let Some(text) = self.buffer("event", value) {
                    self.event_type = text;
                }
            }
            // "If the field name is "data": Append the field value to the data buffer, then append a single U+000A LINE
            // FEED (LF) character to the data buffer."
            b"data" => {
                if let Some(text) = self.buffer("data", value) {
                    self.data.push(text);
                }
            }
            // "If the field name is "id": If the field value does not contain U+0000 NULL, then set the last event ID
            // buffer to the field value. Otherwise, ignore the field."
            b"id" => {
                let nul = value.iter().position(|&byte| byte == 0);
                let text = self.buffer("id", &value[..nul.unwrap_or(value.len())]);
                if nul.is_none() && text.is_some() {
                    self.id = text;
                }
            }
            // "If the field name is "retry": If the field value consists of only ASCII digits, then interpret the field
            // value as an integer in base ten, and set the event stream's reconnection time to that integer.
            // Otherwise, ignore the field." (The empty value is ignored, and so is a value that does not fit into a `u64`.)
            b"retry" => {
                if !value.is_empty() && value.iter().all(u8::is_ascii_digit) {
                    if let Ok(retry) = String::from_utf8_lossy(value).parse() {
                        self.retry = Some(retry);
                        self.seen.reconnection_time = Some(retry);
                    }
                }
            }
            // "Otherwise: The field is ignored." A comment has the empty name: "If the line starts with a U+003A COLON
            // character (:): Ignore the line."
            _ => {
                self.ignore(line);
                self.ignored_item(line);
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
        let (data, event_type) = (std::mem::take(&mut self.data).join("\n"), std::mem::take(&mut self.event_type));
        let (id, retry) = (self.id.take(), self.retry.take());
        // "Set the last event ID string of the event source to the value of the last event ID buffer. The buffer does not
        // get reset".
        if let Some(id) = &id {
            self.seen.last_event_id.clone_from(id);
        }
        let last_event_id = self.seen.last_event_id.clone();
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return." (It is never empty after a data line, which leaves a LF at least.)
        let is_block = self.items && (id.is_some() || retry.is_some() || !event_type.is_empty());
        if std::mem::take(&mut self.too_large) {
            return;
        }
        if has_data {
            self.seen.outcomes.push(Outcome::Event {
                // "Initialize event's type attribute to "message" […] If the event type buffer has a value other than the
                // empty string, change the type of the newly created event to equal the value of the event type buffer."
                event_type: if event_type.is_empty() { "message".to_owned() } else { event_type },
                // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last
                // character from the data buffer."
                data,
                id,
                retry,
                last_event_id,
                after,
            });
        } else if is_block {
            self.seen.outcomes.push(Outcome::Block { event_type, id, retry, last_event_id });
        }
    }

    /// The text of a value, if it can be buffered. After the first failure the rest of the event is skipped, but for its ids.
    fn buffer(&mut self, field: &'static str, value: &[u8]) -> Option<String> {
        if self.too_large && field != "id" {
            return None;
        }
        let text = self.text(field, value);
        if text.is_none() && !self.too_large {
            self.too_large = true;
            self.data.clear();
            self.event_type.clear();
            self.retry = None;
            self.seen.outcomes.push(Outcome::TooLarge { field });
        }
        text
    }

    /// "Streams must be decoded using the UTF-8 decode algorithm." No CR, LF, colon, space or NUL is part of a longer sequence, so
    /// each value can be decoded separately. Returns `None` once the text exceeds the limit beside what is buffered already: the
    /// data with its line feeds, the event type and the id of the block (which new ones replace when they are complete), and the
    /// last event ID.
    fn text(&mut self, field: &'static str, value: &[u8]) -> Option<String> {
        let begins_data = field == "data";
        let mut text = String::new();
        for part in value.utf8_chunks() {
            text.push_str(part.valid());
            let is_ill_formed = !part.invalid().is_empty();
            if is_ill_formed && self.fits(begins_data, text.len() + "\u{FFFD}".len()) {
                text.push('\u{FFFD}');
                self.seen.utf8_replacements += 1;
            } else if is_ill_formed {
                return None;
            }
        }
        self.fits(begins_data, text.len()).then_some(text)
    }

    /// Whether this much can be buffered beside what is buffered, before another line of data begins or not.
    fn fits(&self, begins_data: bool, len: usize) -> bool {
        // The last line feed of the data buffer is not held: it is removed at dispatch.
        let lines_of_data = self.data.len() + usize::from(begins_data);
        let data = self.data.iter().map(String::len).sum::<usize>() + lines_of_data.saturating_sub(1);
        let id = self.id.as_ref().map_or(0, String::len);
        data + self.event_type.len() + id + self.seen.last_event_id.len() + len <= self.limit
    }

    /// An ignored line is an item, if those are wanted, as received.
    fn ignored_item(&mut self, line: &[u8]) {
        if self.items && self.fits(false, line.len()) {
            self.seen.outcomes.push(Outcome::Ignored(line.to_vec()));
        } else if self.items {
            self.seen.outcomes.push(Outcome::LineTooLarge { field: "" });
        }
    }

    /// The stream ends in this line, which is not processed; but it was held while there was hope for it. A character that the end
    /// of the stream has cut was not decoded.
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
            if self.items && !value.is_empty() {
                if self.text("comment", without_cut_character(value)).is_none() {
                    self.seen.outcomes.push(Outcome::LineTooLarge { field: "comment" });
                } else {
                    self.seen.utf8_replacements -= replacements(without_cut_character(value));
                    if let Some(text) = self.text("comment", value) {
                        self.seen.outcomes.push(Outcome::Comment(text));
                    }
                }
            }
        } else if !line.is_empty() && !may_be_field {
            self.ignore(line);
            self.ignored_item(line);
        }
        if !line.contains(&b':') || value.is_empty() {
            return;
        }
        match (field, value.iter().position(|&byte| byte == 0)) {
            (b"event", _) => self.buffer("event", without_cut_character(value)),
            (b"data", _) => self.buffer("data", without_cut_character(value)),
            (b"id", Some(nul)) => self.buffer("id", &value[..nul]),
            (b"id", None) => self.buffer("id", without_cut_character(value)),
            _ => None,
        };
    }
}

/// The value without the first bytes of a character at its end, if that is not complete.
fn without_cut_character(value: &[u8]) -> &[u8] {
    let cut = value.utf8_chunks().last().map_or(0, |part| {
        let is_cut = std::str::from_utf8(part.invalid()).is_err_and(|error| error.error_len().is_none());
        if is_cut { part.invalid().len() } else { 0 }
    });
    &value[..value.len() - cut]
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
