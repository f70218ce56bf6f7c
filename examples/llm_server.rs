//! Writes the streamed answer of a language model: JSON that is serialised directly into the event stream.
//!
//! ```sh
//! cargo run --example llm_server      # checks itself
//! cargo run --example llm_server write | cargo run --example llm_client completions
//! ```

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::{env, fmt};

use serde_json::{Value, json};
use sse_proto::adapters::io::{EventReader, EventWriter, IoDataWriter};
use sse_proto::{Comment, Event, EventBuf};

fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        None => check(),
        Some("write") => Ok(write_answer(BufWriter::new(io::stdout().lock()), model("Hello, world"))?),
        Some(_) => Err("usage: llm_server [write]".into()),
    }
}

/// Why a model stops early.
#[derive(Debug)]
struct ModelError(&'static str);

/// The words of a text, with the space before them.
fn model(text: &str) -> impl Iterator<Item = Result<&str, ModelError>> {
    text.split_inclusive(' ').map(Ok)
}

/// Writes an answer. `output` is the body of a response of the type `text/event-stream`: a socket in a [`BufWriter`], as one event
/// makes several small writes.
fn write_answer<'a>(
    mut output: impl Write,
    words: impl Iterator<Item = Result<&'a str, ModelError>>,
) -> io::Result<()> {
    // The model may think for long. This shows that the connection is alive, and makes proxies pass on the head of the response.
    EventWriter::new(&mut output).write_comment(&Comment::KEEP_ALIVE)?;
    for word in words {
        match word {
            Ok(word) => write_json(&mut output, &Event::without_data(), &chunk(word))?,
            // The status was sent long ago, so an error is an event. The client must look for it.
            Err(error) => {
                let head = Event::without_data().with_type("error").map_err(io::Error::other)?;
                return write_json(&mut output, &head, &json!({ "error": { "message": error.to_string() } }));
            }
        }
    }
    // Distinguishes a complete answer from one that was cut.
    EventWriter::new(&mut output).write_event(Event::new("[DONE]"))
}

/// Writes an event with this head, whose data is the value. It is serialised into the stream, without a string in between.
///
/// After an error the event is incomplete. Close the connection: the client drops what it has received of it.
fn write_json(mut output: impl Write, head: &Event<'_>, value: &Value) -> io::Result<()> {
    let mut data = IoDataWriter::new(&mut output, head)?;
    serde_json::to_writer(&mut data, value)?;
    data.finish()?.flush()
}

fn chunk(text: &str) -> Value {
    json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": { "content": text } }] })
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for ModelError {}

fn check() -> Result<(), Box<dyn Error>> {
    let text = "a \"quoted\" word,\r\na line \u{2028}and \u{1F980}";
    let mut body = Vec::new();
    write_answer(&mut body, model(text))?;
    assert!(body.starts_with(b":\ndata: {"));

    let mut events = EventReader::new(&body[..]).map(|event| event.map(EventBuf::into_data));
    let mut received = String::new();
    loop {
        let data = events.next().ok_or("the stream ended before `[DONE]`")??;
        if data == "[DONE]" {
            break;
        }
        let json: Value = serde_json::from_str(&data)?;
        received.push_str(json["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
    }
    assert_eq!(received, text);
    assert!(events.next().is_none());

    // An error of the model is an event, and there is no `[DONE]`.
    let mut body = Vec::new();
    write_answer(&mut body, model("one two ").chain([Err(ModelError("out of memory"))]))?;
    let events: Vec<_> = EventReader::new(&body[..]).collect::<Result<_, _>>()?;
    assert_eq!(events.iter().map(EventBuf::event_type).collect::<Vec<_>>(), ["message", "message", "error"]);
    assert_eq!(events[2].data(), "{\"error\":{\"message\":\"out of memory\"}}");

    // A connection that fails in the middle of an event leaves no half event.
    for len in 0..body.len() {
        let mut short = vec![0; len];
        assert!(write_answer(&mut short[..], model("one two ").chain([Err(ModelError("out of memory"))])).is_err());
        let received: Vec<_> = EventReader::new(&short[..]).collect::<Result<_, _>>()?;
        assert_eq!(received, events[..received.len()], "cut at {len}");
    }
    println!("{} events of JSON, cut at each byte", events.len());
    Ok(())
}
