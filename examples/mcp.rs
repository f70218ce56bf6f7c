//! A request of the Model Context Protocol whose response is an event stream that is resumed: a POST, then GET requests with
//! `Last-Event-ID` until the answer has arrived.
//!
//! ```sh
//! cargo run --example mcp
//! ```
//!
//! The server first sends an event with an ID and empty data, so that the client can resume even if it has received nothing else.
//! It may end the response at any time, and says with `retry` when the client should come back. A response that ends before an ID
//! was received cannot be resumed: a GET request without `Last-Event-ID` would open an unrelated stream.
//!
//! An asynchronous client needs no such code: `adapters::client::EventClient::with_resume_request`.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use serde_json::{Value, json};
use sse_proto::adapters::io::EventClient;
use sse_proto::client::{Cause, Policy, Response};

fn main() -> io::Result<()> {
    check()?;
    println!("the POST was sent once, and the answer was resumed");
    Ok(())
}

/// What the client sends.
#[derive(Debug, PartialEq)]
enum Request {
    Post { body: String },
    Get { last_event_id: String },
}

/// Sends a request and waits for its answer, over as many connections as it takes. `notify` gets the messages before it.
///
/// `send` is the HTTP client: it sends a request and returns the head and the body of the response. It must set the headers that an
/// `EventClient` asks for; they are left out here.
fn call<R: Read>(
    message: &Value,
    policy: Policy,
    mut send: impl FnMut(Request) -> io::Result<(Response, R)>,
    mut notify: impl FnMut(Value),
) -> io::Result<Value> {
    let mut is_posted = false;
    let mut client = EventClient::new(policy, |request| {
        if !is_posted {
            is_posted = true;
            // A POST must not be sent twice: the server may have acted on it. `Unsupported` makes the client stop.
            return send(Request::Post { body: message.to_string() }).map_err(futile);
        }
        if request.last_event_id().is_empty() {
            return Err(futile("the response to the POST ended before an event with an ID, so it cannot be resumed"));
        }
        send(Request::Get { last_event_id: request.last_event_id().to_owned() })
    });
    while let Some(event) = client.next() {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                // A server may also answer with JSON in place of a stream.
                return match (client.cause(), client.take_body()) {
                    (Some(Cause::NotEventStream), Some(body)) => Ok(serde_json::from_reader(body)?),
                    _ => Err(io::Error::other(error)),
                };
            }
        };
        // Only to resume from: its ID has taken effect.
        if event.data().is_empty() {
            continue;
        }
        let received: Value = serde_json::from_str(event.data())?;
        if received.get("id") == message.get("id") {
            return Ok(received);
        }
        notify(received);
    }
    Err(ErrorKind::UnexpectedEof.into())
}

fn futile(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(ErrorKind::Unsupported, error)
}

fn check() -> io::Result<()> {
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "build" } });
    let post = || Request::Post { body: message.to_string() };
    let get = |id: &str| Request::Get { last_event_id: id.to_owned() };
    let answer = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"ok\":true}}";
    let progress = "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progress\":1}}";
    let stream = |body: &str| Ok((200, "text/event-stream", body.to_owned()));

    // The server ends the first response at once; the second is cut within the answer; the third has it.
    let cut = format!("id: 1\ndata: {progress}\n\nid: 2\ndata: {}", &answer[..20]);
    let whole = format!("id: 2\ndata: {answer}\n\n");
    let (result, requests, notified) =
        run(&message, vec![stream("id: 0\nretry: 10\ndata: \n\n"), stream(&cut), stream(&whole)]);
    assert_eq!(result?["result"]["ok"], true);
    assert_eq!(requests, [post(), get("0"), get("1")]);
    assert_eq!(notified, [serde_json::from_str::<Value>(progress)?]);

    // A connection that fails after the POST is tried again, with GET.
    let refused = || Err(ErrorKind::ConnectionRefused.into());
    let (result, requests, _) = run(&message, vec![stream("id: 0\ndata: \n\n"), refused(), stream(&whole)]);
    assert_eq!(result?["id"], 1);
    assert_eq!(requests, [post(), get("0"), get("0")]);

    // The POST is not repeated: not if it fails, and not if its response cannot be resumed.
    let busy = || Ok((503, "text/plain", "busy".to_owned()));
    for response in [refused(), busy(), stream("data: \n\n"), stream(": hi\n\n")] {
        let (result, requests, _) = run(&message, vec![response, stream(&whole)]);
        assert!(result.is_err());
        assert_eq!(requests, [post()]);
    }

    // An answer without a stream.
    let (result, requests, _) = run(&message, vec![Ok((200, "application/json", answer.to_owned()))]);
    assert_eq!(result?["id"], 1);
    assert_eq!(requests, [post()]);
    Ok(())
}

type Scripted = io::Result<(u16, &'static str, String)>;

/// Calls a server that answers with these responses. Returns the result, the requests, and the messages before the answer.
fn run(message: &Value, responses: Vec<Scripted>) -> (io::Result<Value>, Vec<Request>, Vec<Value>) {
    let (mut responses, mut requests, mut notified) = (responses.into_iter(), Vec::new(), Vec::new());
    // Without delays. A real client keeps the default.
    let policy = Policy::default().with_max_delay(Duration::ZERO);
    let send = |request| {
        requests.push(request);
        let (status, content_type, body) = responses.next().ok_or_else(|| futile("no more responses"))??;
        Ok((Response::new(status).with_content_types([content_type]), io::Cursor::new(body)))
    };
    let result = call(message, policy, send, |notification| notified.push(notification));
    (result, requests, notified)
}
