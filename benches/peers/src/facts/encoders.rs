//! Values that an event stream cannot carry, and values that are easily encoded wrongly, through each encoder.

use std::fmt::Write as _;

use bytes::Bytes;

use super::caught;
use crate::contenders::encode::{self, Once};
use crate::contenders::owned::SseCore;
use crate::contenders::{Decode as _, See};
use crate::fixtures::Sent;

/// What is sent: a name for the table, the event type, the data, the ID.
const VALUES: [(&str, &str, &str, Option<&str>); 9] = [
    ("LF in the ID", "message", "x", Some("1\ndata: injected")),
    ("CR in the ID", "message", "x", Some("1\rdata: injected")),
    ("NUL in the ID", "message", "x", Some("1\0")),
    ("LF in the event type", "a\ndata: injected", "x", None),
    ("CR in the event type", "a\rdata: injected", "x", None),
    ("CR in the data", "message", "x\rdata: injected", None),
    ("CRLF in the data", "message", "a\r\nb", None),
    ("empty data", "message", "", None),
    ("a space before the data", "message", " x", None),
];

pub fn table() -> String {
    let encoders = encode::once();
    let mut text = String::from("Decoded by another decoder than ours (sse-core):\n\n| value |");
    for (name, _) in &encoders {
        let _ = write!(text, " {name} |");
    }
    text += "\n|---|";
    text += &"---|".repeat(encoders.len());
    for (what, event_type, data, id) in VALUES {
        let sent = Sent { event_type: event_type.into(), data: data.into(), id: id.map(str::to_owned), retry: None };
        let _ = write!(text, "\n| {what} |");
        for (_, once) in &encoders {
            let _ = write!(text, " {} |", outcome(*once, &sent));
        }
    }
    text + "\n\n\"the same lines\": as data, CR and CRLF are line ends, and a receiver gets LF for each.\n"
}

fn outcome(once: Once, sent: &Sent) -> &'static str {
    let Some(encoded) = caught(|| once(sent)) else { return "panics" };
    let Ok(encoded) = encoded else { return "refused" };
    let mut seen = Seen(Vec::new());
    let decoded = SseCore::decode([Bytes::from(encoded)].into_iter(), &mut seen);
    let [(event_type, data, id)] = &*seen.0 else { return if seen.0.is_empty() { "lost" } else { "another event" } };
    let is_same = (event_type, id) == (&sent.event_type, &sent.id.clone().unwrap_or_default());
    if decoded.is_err() {
        "cannot be decoded"
    } else if is_same && *data == sent.data {
        "the same"
    } else if is_same && data.lines().eq(sent.data.replace("\r\n", "\n").replace('\r', "\n").lines()) {
        "the same lines"
    } else if data.contains("injected") && !sent.data.contains("injected") {
        "**injected**"
    } else {
        "altered"
    }
}

struct Seen(Vec<(String, String, String)>);

impl See for Seen {
    fn event(&mut self, event_type: &str, data: &str, id: Option<&str>) {
        self.0.push((event_type.into(), data.into(), id.unwrap_or_default().into()));
    }
}
