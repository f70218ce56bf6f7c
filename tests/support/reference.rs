//! The specification, transcribed sentence by sentence: the oracle. Owned, quadratic, proud of it.
//!
//! HTML Living Standard, 9.2.5 "Parsing an event stream" and 9.2.6 "Interpreting an event stream". It gets the whole
//! stream at once and knows nothing of chunks.
//!
//! The one addition is the limit on what is held, which the specification leaves to the implementation ([`Oracle::hold`]).

/// What came out of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub outcomes: Vec<Outcome>,
    pub last_event_id: String,
    pub reconnection_time: Option<u64>,
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
        /// How many bytes of the stream had to come before it could be dispatched.
        after: usize,
    },
    /// The event broke the limit; the field that did.
    TooLarge { field: &'static str },
}

pub fn decode(stream: &[u8]) -> Seen {
    decode_from(stream, "", usize::MAX)
}

/// Decodes with a last event ID from an earlier stream, and with a limit on what is held.
pub fn decode_from(stream: &[u8], last_event_id: &str, limit: usize) -> Seen {
    let mut oracle = Oracle {
        seen: Seen { last_event_id: last_event_id.to_owned(), ..Seen::default() },
        data: Vec::new(),
        event_type: String::new(),
        id: None,
        retry: None,
        too_large: false,
        limit,
    };
    // "Streams must be decoded using the UTF-8 decode algorithm. The UTF-8 decode algorithm strips one leading UTF-8 Byte
    // Order Mark (BOM), if any." CR, LF and colon are never part of a longer sequence, so the lines can be cut first.
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
    oracle.unfinished_line(&line);
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
}

impl Oracle {
    fn line(&mut self, line: &[u8], after: usize) {
        // "If the line is empty (a blank line): Dispatch the event, as defined below."
        if line.is_empty() {
            return self.dispatch(after);
        }
        let (field, value) = split(line);
        let value = String::from_utf8_lossy(value).into_owned();
        match field {
            // "If the field name is "event": Set the event type buffer to the field value."
            b"event" => {
                if self.hold("event", value.len()) {
                    self.event_type = value;
                }
            }
            // "If the field name is "data": Append the field value to the data buffer, then append a single U+000A LINE
            // FEED (LF) character to the data buffer."
            b"data" => {
                if self.hold("data", value.len()) {
                    self.data.push(value);
                }
            }
            // "If the field name is "id": If the field value does not contain U+0000 NULL, then set the last event ID
            // buffer to the field value. Otherwise, ignore the field."
            b"id" => {
                if self.hold("id", value.find('\0').unwrap_or(value.len())) && !value.contains('\0') {
                    self.id = Some(value);
                }
            }
            // "If the field name is "retry": If the field value consists of only ASCII digits, then interpret the field
            // value as an integer in base ten, and set the event stream's reconnection time to that integer.
            // Otherwise, ignore the field." (Nothing consists of nothing: the empty value is ignored, and so is what
            // no `u64` holds.)
            b"retry" => {
                if !value.is_empty() && value.chars().all(|c| c.is_ascii_digit()) {
                    if let Ok(retry) = value.parse() {
                        self.retry = Some(retry);
                        self.seen.reconnection_time = Some(retry);
                    }
                }
            }
            // "Otherwise: The field is ignored." A comment has the empty name: "If the line starts with a U+003A COLON
            // character (:): Ignore the line."
            _ => {}
        }
    }

    fn dispatch(&mut self, after: usize) {
        let (data, event_type) = (std::mem::take(&mut self.data), std::mem::take(&mut self.event_type));
        let (id, retry) = (self.id.take(), self.retry.take());
        // "Set the last event ID string of the event source to the value of the last event ID buffer. The buffer does not
        // get reset".
        if let Some(id) = &id {
            self.seen.last_event_id.clone_from(id);
        }
        let too_large = std::mem::take(&mut self.too_large);
        // "If the data buffer is an empty string, set the data buffer and the event type buffer to the empty string and
        // return." (It is never empty after a data line, which leaves a LF at least.)
        if data.is_empty() || too_large {
            return;
        }
        self.seen.outcomes.push(Outcome::Event {
            // "Initialize event's type attribute to "message" […] If the event type buffer has a value other than the
            // empty string, change the type of the newly created event to equal the value of the event type buffer."
            event_type: if event_type.is_empty() { "message".to_owned() } else { event_type },
            // "If the data buffer's last character is a U+000A LINE FEED (LF) character, then remove the last character
            // from the data buffer."
            data: data.join("\n"),
            id,
            retry,
            last_event_id: self.seen.last_event_id.clone(),
            after,
        });
    }

    /// Whether a value of this length can be held beside what is held already: the data with its line feeds, the event
    /// type (which a new one replaces at once), the id of the block (which a new one replaces when it is complete), and
    /// the last event ID. After the first failure the rest of the event is skipped, but for its ids.
    fn hold(&mut self, field: &'static str, len: usize) -> bool {
        if self.too_large && field != "id" {
            return false;
        }
        if field == "event" {
            self.event_type.clear();
        }
        // The last line feed of the data buffer is not held: it is removed at dispatch.
        let lines_of_data = self.data.len() + usize::from(field == "data");
        let data = self.data.iter().map(String::len).sum::<usize>() + lines_of_data.saturating_sub(1);
        let id = self.id.as_ref().map_or(0, String::len);
        let held = data + self.event_type.len() + id + self.seen.last_event_id.len() + len;
        if held <= self.limit {
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

    /// The stream ends in this line, which is not processed; but it was held while there was hope for it.
    fn unfinished_line(&mut self, line: &[u8]) {
        let (field, value) = split(line);
        if !line.contains(&b':') || value.is_empty() {
            return;
        }
        let value = String::from_utf8_lossy(complete_sequences(value)).into_owned();
        match field {
            b"event" => self.hold("event", value.len()),
            b"data" => self.hold("data", value.len()),
            b"id" => self.hold("id", value.find('\0').unwrap_or(value.len())),
            _ => true,
        };
    }
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

/// The bytes without a sequence that is only begun at their end.
fn complete_sequences(bytes: &[u8]) -> &[u8] {
    (0..=bytes.len().min(3))
        .map(|cut| bytes.split_at(bytes.len() - cut))
        .find(|(_, tail)| {
            !tail.is_empty()
                && std::str::from_utf8(tail).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
        })
        .map_or(bytes, |(head, _)| head)
}
