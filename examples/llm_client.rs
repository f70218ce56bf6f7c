//! Reads the streamed answer of a language model: chat completions (data only, `[DONE]` at the end), and the `responses` and `messages`
//! of other interfaces (a type for each event). Distinguishes a complete answer from each kind of failure.
//!
//! ```sh
//! cargo run --example llm_client                             # checks itself
//! curl -sN ... | cargo run --example llm_client completions  # prints the answer as it arrives
//! ```

use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::{env, error, fmt};

use serde_json::Value;
use sse_proto::adapters::io::EventReader;
use sse_proto::{CutLine, DecodeError, Decoder, Error, EventBuf, ItemBuf, headers};

fn main() -> ExitCode {
    let read: Protocol = match env::args().nth(1).as_deref() {
        None => {
            check();
            return ExitCode::SUCCESS;
        }
        Some("completions") => completions,
        Some("responses") => responses,
        Some("messages") => messages,
        Some(_) => {
            eprintln!("usage: llm_client [completions|responses|messages]");
            return ExitCode::FAILURE;
        }
    };
    let print = |text: &str| {
        print!("{text}");
        // The next event may take long to arrive.
        io::stdout().flush()
    };
    // The type is unknown here; a program that has the response checks it.
    match answer(headers::MIME_TYPE, io::stdin().lock(), read, print) {
        Ok(()) => {
            println!();
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

/// What an event adds to an answer.
enum Part {
    Text(String),
    /// Nothing that is shown: a keep-alive, a count, the start of a block.
    Other,
    /// The answer is complete.
    Done,
}

/// How a service uses events.
type Protocol = fn(&EventBuf) -> Result<Part, Failure>;

/// Why there is no answer, or an incomplete one.
#[derive(Debug)]
enum Failure {
    /// The service says what is wrong, in the stream or in place of one.
    Service(String),
    /// The response is neither an event stream nor an error of the service: its first line, for example that of an HTML page.
    NotEventStream(String),
    /// The stream ended before the answer was complete.
    Incomplete,
    NotJson(serde_json::Error),
    TooLarge(DecodeError),
    Connection(io::Error),
}

/// Reads a response to its end and passes on each piece of text as soon as it has arrived.
fn answer(
    content_type: &str,
    body: impl BufRead,
    read: Protocol,
    mut show: impl FnMut(&str) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut items = EventReader::new(body).items();
    // An error is JSON in place of events. Some services send it with the type of an event stream, too.
    let mut ignored = Vec::new();
    let mut handle = |event: &EventBuf| match read(event)? {
        Part::Text(text) => show(&text).map(|()| false).map_err(Failure::Connection),
        Part::Other => Ok(false),
        Part::Done => Ok(true),
    };
    for item in items.by_ref() {
        match item {
            Ok(ItemBuf::Event(event)) => {
                if handle(&event)? {
                    return Ok(());
                }
            }
            Ok(ItemBuf::Ignored(line)) => remember(&mut ignored, &line),
            // Keep-alives, such as `: OPENROUTER PROCESSING`; blocks without data.
            Ok(ItemBuf::Comment(_) | ItemBuf::Block(_)) => {}
            // A part of the answer would be missing.
            Err(Error::Decode(error)) => return Err(Failure::TooLarge(error)),
            Err(Error::Source(error)) => return Err(Failure::Connection(error)),
        }
    }
    // Some services omit the blank line after the last event.
    if let Some(event) = last_event(items.decoder_mut())? {
        match handle(&event) {
            Ok(true) => return Ok(()),
            // The event was cut.
            Ok(false) | Err(Failure::NotJson(_)) => {}
            Err(error) => return Err(error),
        }
    }
    if ignored.is_empty() && headers::is_event_stream([content_type]) {
        return Err(Failure::Incomplete);
    }
    Err(error_in_place_of_stream(&ignored))
}

fn last_event(decoder: &mut Decoder) -> Result<Option<EventBuf>, Failure> {
    let event = decoder.dispatch_incomplete(CutLine::Process).map_err(Failure::TooLarge)?;
    Ok(event.map(|event| event.to_event_buf()))
}

/// Keeps the first lines that are neither a field nor a comment, up to 4 KiB.
fn remember(ignored: &mut Vec<u8>, line: &[u8]) {
    const MAX_LEN: usize = 4096;
    let left = MAX_LEN.saturating_sub(ignored.len());
    ignored.extend(line.iter().chain(b"\n").take(left));
}

fn error_in_place_of_stream(body: &[u8]) -> Failure {
    if let Some(error) = serde_json::from_slice(body).ok().and_then(|json| error_in(&json).err()) {
        return error;
    }
    let first_line = body.split(|&byte| byte == b'\n').next().unwrap_or_default();
    Failure::NotEventStream(String::from_utf8_lossy(first_line).into_owned())
}

/// Chunks of JSON without an event type, then `[DONE]`, which is not JSON. Errors are chunks with an `error`, with or without the
/// event type `error`.
fn completions(event: &EventBuf) -> Result<Part, Failure> {
    if event.data() == "[DONE]" {
        return Ok(Part::Done);
    }
    let json = parse(event)?;
    // Before the text: some chunks have both.
    error_in(&json)?;
    Ok(text(&json, "/choices/0/delta/content"))
}

/// One event type for each kind of event, `response.completed` at the end. The data repeats the type, and some gateways send it in the
/// data alone.
fn responses(event: &EventBuf) -> Result<Part, Failure> {
    if event.data() == "[DONE]" {
        return Ok(Part::Other);
    }
    let json = parse(event)?;
    match json["type"].as_str().unwrap_or_default() {
        "response.output_text.delta" => Ok(text(&json, "/delta")),
        "response.completed" => Ok(Part::Done),
        "response.failed" => failed(&json["response"]),
        "response.incomplete" => failed(&json["response"]["incomplete_details"]),
        "error" => failed(&json),
        _ => Ok(Part::Other),
    }
}

/// One event type for each kind of event, `message_stop` at the end. New ones may be added at any time.
fn messages(event: &EventBuf) -> Result<Part, Failure> {
    match event.event_type() {
        "content_block_delta" => Ok(text(&parse(event)?, "/delta/text")),
        "message_stop" => parse(event).map(|_| Part::Done),
        "error" => failed(&parse(event)?),
        _ => Ok(Part::Other),
    }
}

fn parse(event: &EventBuf) -> Result<Value, Failure> {
    serde_json::from_str(event.data()).map_err(Failure::NotJson)
}

fn text(json: &Value, pointer: &str) -> Part {
    match json.pointer(pointer).and_then(Value::as_str) {
        None | Some("") => Part::Other,
        Some(text) => Part::Text(text.to_owned()),
    }
}

/// The error in a chunk or in a body: `{"error": {"message": ".."}}`, or the message alone.
fn error_in(json: &Value) -> Result<(), Failure> {
    match json.get("error").filter(|error| !error.is_null()) {
        None => Ok(()),
        Some(error) => {
            let message = error.get("message").unwrap_or(error);
            Err(Failure::Service(message.as_str().map_or_else(|| message.to_string(), str::to_owned)))
        }
    }
}

/// An event that says that the service has failed, whatever it says besides.
fn failed(json: &Value) -> Result<Part, Failure> {
    error_in(json)?;
    Err(Failure::Service(json.to_string()))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(message) => write!(f, "the service reports an error: {message}"),
            Self::NotEventStream(line) => write!(f, "not an event stream: {line:?}"),
            Self::Incomplete => f.write_str("the stream ended before the answer was complete"),
            Self::NotJson(error) => write!(f, "the data is not JSON: {error}"),
            Self::TooLarge(error) => error.fmt(f),
            Self::Connection(error) => write!(f, "the connection failed: {error}"),
        }
    }
}

impl error::Error for Failure {}

/// Runs all kinds of responses, cut at each byte.
fn check() {
    const COMPLETION: &str = "\
: OPENROUTER PROCESSING\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}\r\n\r\n\
data: {\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\n\
data: [DONE]\n\n";
    const RESPONSE: &str = "\
event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"error\":null}}\n\n\
event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello\"}\n\n\
event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"error\":null}}\n\n";
    const MESSAGE: &str = "\
event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n\
event: ping\ndata: {\"type\": \"ping\"}\n\n\
event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hel\"}}\n\n\
event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"lo\"}}\n\n\
event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    for (body, read) in [(COMPLETION, completions as Protocol), (RESPONSE, responses), (MESSAGE, messages)] {
        assert_eq!(run(headers::MIME_TYPE, body, read), (Ok(()), "Hello".to_owned()));
        // Without the last blank line, and without the line end before it.
        for end in [1, 2] {
            assert_eq!(run(headers::MIME_TYPE, &body[..body.len() - end], read).0, Ok(()));
        }
        // Cut anywhere else, no answer is reported as complete.
        let last_event = body.len() - "\n\n".len();
        for cut in 0..last_event {
            assert!(run(headers::MIME_TYPE, &body[..cut], read).0.is_err(), "cut at {cut}");
        }
    }

    let reported = |message: &str| Err(format!("the service reports an error: {message}"));
    // In the stream, after a part of the answer.
    let failed =
        COMPLETION.replace("{\"choices\":[],", "{\"choices\":[],\"error\":{\"code\":400,\"message\":\"too long\"},");
    assert_eq!(run(headers::MIME_TYPE, &failed, completions), (reported("too long"), "Hello".to_owned()));
    let failed = "event: error\ndata: {\"error\":{\"message\":\"no such tool\"}}\n\n";
    assert_eq!(run(headers::MIME_TYPE, failed, completions).0, reported("no such tool"));
    let failed = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    assert_eq!(run(headers::MIME_TYPE, failed, messages).0, reported("Overloaded"));
    let failed = "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"error\":{\"message\":\"server error\"}}}\n\n";
    assert_eq!(run(headers::MIME_TYPE, failed, responses).0, reported("server error"));
    let failed = "event: error\ndata: {\"type\":\"error\",\"message\":\"rate limit\"}\n\n";
    assert!(run(headers::MIME_TYPE, failed, responses).0.unwrap_err().contains("rate limit"));
    // In place of the stream, with either type, on one line or on several.
    for body in ["{\"error\":{\"message\":\"no key\"}}", "{\n  \"error\": {\n    \"message\": \"no key\"\n  }\n}\n"] {
        for content_type in ["application/json", headers::MIME_TYPE] {
            assert_eq!(run(content_type, body, completions).0, reported("no key"));
        }
    }
    let mut ignored = Vec::new();
    (0..10_000).for_each(|_| remember(&mut ignored, b"<p>"));
    assert_eq!(ignored.len(), 4096, "an endless page takes bounded memory");
    let page = run("text/html", "<html>\n<h1>502 Bad Gateway</h1>\n</html>\n", messages);
    assert_eq!(page.0, Err("not an event stream: \"<html>\"".to_owned()));
    println!("each answer was complete or a failure, as expected");
}

fn run(content_type: &str, body: &str, read: Protocol) -> (Result<(), String>, String) {
    let mut text = String::new();
    let result = answer(content_type, body.as_bytes(), read, |piece| {
        text.push_str(piece);
        Ok(())
    });
    (result.map_err(|error| error.to_string()), text)
}
