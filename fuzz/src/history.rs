//! `History` agrees with a list of all events that were ever pushed: what it accepts and keeps, where clients resume, and what
//! readers get, each event at most once and in order, with the exact number of those that are missing.

use std::time::Duration;

use sse_proto::server::Retention;

use crate::history_model::check as check_log;
use crate::input::Input;

/// Input: operations, two bytes each (`tests/support/history_model.rs`), then the retention: events, bytes, age in milliseconds. The
/// highest value of each means no limit. Then the kind of the log.
pub fn check(input: &[u8]) {
    let mut input = Input(input);
    let [max_events, max_bytes, max_age, kind] = input.take();
    let limit = |value: u8| if value == u8::MAX { usize::MAX } else { value.into() };
    let max_age = (max_age < u8::MAX).then_some(Duration::from_millis(max_age.into()));
    let retention =
        Retention::default().with_max_events(limit(max_events)).with_max_bytes(limit(max_bytes)).with_max_age(max_age);
    check_log(input.0, kind % 2 == 0, retention);
}

/// A slow reader, a client that resumes with IDs of all sorts, and a clock that goes back, with each kind of log and each limit.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    const PUSH: u8 = 0;
    const PUSH_ID: u8 = 2;
    const EVICT: u8 = 3;
    const RESUME: u8 = 4;
    const NEXT: u8 = 5;
    const READ_ALL: u8 = 6;
    const ADD_READER: u8 = 7;
    /// The clock advances by 2 ms, or goes back by 3 ms.
    const LATER: u8 = 2 << 4;
    const EARLIER: u8 = 3 << 4 | 8;

    let slow_reader = [NEXT, 0, PUSH, 1, NEXT, 0, PUSH, 2, PUSH, 3, PUSH, 4, NEXT, 0, ADD_READER, 0, READ_ALL, 0];
    let clock = [PUSH, 1, PUSH | LATER, 2, PUSH | EARLIER, 3, EVICT | LATER, 0, EVICT | LATER, 0, PUSH | LATER, 5];
    let readers = [PUSH, 1, ADD_READER, 0, ADD_READER, 64, ADD_READER, 128, ADD_READER, 255, PUSH, 2, NEXT, 4];
    let with_each_id = |code: u8| (0..70).flat_map(move |id| [PUSH, id, code, id]).collect::<Vec<_>>();
    let operations =
        [slow_reader.to_vec(), clock.to_vec(), readers.to_vec(), with_each_id(RESUME), with_each_id(PUSH_ID)];
    let retentions = [[u8::MAX; 3], [0, 255, 255], [2, 255, 255], [255, 50, 255], [255, 255, 4], [20, 200, 100]];
    let mut seeds = Vec::new();
    for operations in &operations {
        for retention in &retentions {
            seeds.extend([0, 1].map(|kind| [operations, &retention[..], &[kind]].concat()));
        }
    }
    seeds
}
