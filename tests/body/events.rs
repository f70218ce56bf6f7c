//! Random events.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::time::Duration;

use sse_proto::EventBuf;

use crate::random::Random;

/// Line ends are received as LF.
pub fn received_data(event: &EventBuf) -> String {
    event.data().replace("\r\n", "\n").replace('\r', "\n")
}

/// A valid event with data, of many lines at times.
pub fn random_event(random: &mut Random) -> EventBuf {
    let words = ["", "a", "\n", "語", "data: ", ":", " x", "\r", "\0", "\u{FEFF}", "{\"a\": [1, 2]}"];
    let mut text = |most| (0..random.below(most)).map(|_| words[random.below(words.len())]).collect::<String>();
    let (data, name, id) = (text(30), text(4).replace(['\r', '\n'], ""), text(4).replace(['\r', '\n', '\0'], ""));
    let mut event = EventBuf::new(data);
    if random.below(3) == 0 {
        event = event.with_type(&name).unwrap();
    }
    if random.below(3) == 0 {
        event = event.with_id(&id).unwrap();
    }
    if random.below(3) == 0 {
        event = event.with_retry(Duration::from_millis(random.below(10_000) as u64));
    }
    event
}
