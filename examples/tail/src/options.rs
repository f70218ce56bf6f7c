//! The command line.

use std::num::NonZeroU64;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value, ValueExt};
use sse_proto::client::Policy;
use sse_proto::headers;
use ureq::http::{HeaderName, HeaderValue, Uri};

pub(crate) const HELP: &str = "\
Follows an event stream (Server-Sent Events) and reconnects when it is lost.

Usage: sse-tail [OPTIONS] URL

Options:
  --last-event-id ID       resume after this event
  --header 'NAME: VALUE'   send this header; may be repeated
  --json                   write one JSON object per line
  --comments               write comments, too
  --max-events N           stop after this number of events
  --idle-timeout SECONDS   reconnect if nothing arrives for this time; 0: no limit [default: 300]
  --help                   print this text

Events, and blocks without data, are written to standard output, all else to standard error. The status is 0 after Ctrl-C,
after N events, and if the server asks to stop (204); 1 if the stream is refused or lost for good; 2 if the command line is
wrong.
";

pub(crate) enum Command {
    Follow(Options),
    Help,
}

pub(crate) struct Options {
    pub(crate) url: Uri,
    pub(crate) last_event_id: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) json: bool,
    pub(crate) comments: bool,
    pub(crate) max_events: Option<u64>,
    pub(crate) idle_timeout: Option<Duration>,
}

pub(crate) fn parse(mut arguments: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut url = None;
    let mut options = Options {
        url: Uri::default(),
        last_event_id: String::new(),
        headers: Vec::new(),
        json: false,
        comments: false,
        max_events: None,
        idle_timeout: Policy::default().idle_timeout,
    };
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("last-event-id") => options.last_event_id = arguments.value()?.string()?,
            Long("header") => options.headers.push(arguments.value()?.parse_with(header)?),
            Long("json") => options.json = true,
            Long("comments") => options.comments = true,
            Long("max-events") => options.max_events = Some(arguments.value()?.parse::<NonZeroU64>()?.get()),
            Long("idle-timeout") => options.idle_timeout = arguments.value()?.parse_with(idle_timeout)?,
            Long("help") | Short('h') => return Ok(Command::Help),
            Value(value) if url.is_none() => url = Some(value.parse_with(http_url)?),
            _ => return Err(argument.unexpected()),
        }
    }
    options.url = url.ok_or("the URL is missing")?;
    Ok(Command::Follow(options))
}

fn http_url(value: &str) -> Result<Uri, String> {
    let url: Uri = value.parse().map_err(|error| format!("{error}"))?;
    match url.scheme_str() {
        Some("http" | "https") => Ok(url),
        _ => Err("expected a URL that begins with http:// or https://".to_owned()),
    }
}

fn header(value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = value.split_once(':').ok_or("expected 'Name: value'")?;
    let name: HeaderName = name.trim().parse().map_err(|error| format!("{error}"))?;
    if name == headers::LAST_EVENT_ID {
        // The client would send it with each request, instead of the ID of the last event.
        return Err("use --last-event-id to resume after an event".to_owned());
    }
    // As bytes, since a value may have letters that are not ASCII.
    let value = HeaderValue::from_bytes(value.trim().as_bytes()).map_err(|error| format!("{error}"))?;
    Ok((name, value))
}

fn idle_timeout(value: &str) -> Result<Option<Duration>, String> {
    let seconds = value.parse().map_err(|error| format!("{error}"))?;
    let time = Duration::try_from_secs_f64(seconds).map_err(|error| format!("{error}"))?;
    Ok(Some(time).filter(|time| !time.is_zero()))
}
