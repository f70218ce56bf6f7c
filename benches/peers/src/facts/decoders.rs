//! The case table through each decoder, in chunks of each size.

use std::fmt::Write as _;
use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::caught;
use crate::contenders::{Contender, See, borrowed};
use crate::source::Deadline;

#[path = "../../../../tests/support/cases.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests")]
mod cases;

use cases::{CASES, Case};

/// How many times as long as the short line the long one of the last column is.
const GROWTH: usize = 4;

pub fn table() -> String {
    let mut text = format!(
        "The {} cases of `tests/support/cases.rs`: event types and data.\n\n\
         | decoder | right | in chunks of every size | panics | ends with an error | events after their final byte | a line of 1 MiB \
         in chunks of 1460 B takes … times as long as one of {} KiB |\n|---|--:|--:|--:|--:|--:|--:|\n",
        CASES.len(),
        1024 / GROWTH,
    );
    let decoders = borrowed::contenders();
    let ours: Vec<_> =
        decoders.iter().take(1).flat_map(|ours| CASES.iter().map(|case| run(ours, case.stream, 1))).collect();
    for decoder in &decoders {
        let facts = Facts::of(decoder, &ours);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            decoder.name,
            facts.whole,
            facts.chunked,
            facts.panics,
            facts.errors,
            facts.late,
            growth(decoder).map_or_else(|| "-".into(), |growth| format!("{growth:.0}")),
        );
    }
    text + "\nThe last column is 4 if the time is linear and 16 if it is quadratic; caches, and growing buffers, change it a little.\n"
}

type Chunks = Deadline<Counted<slice::Chunks<'static, u8>>>;

/// What a decoder made of a stream.
struct Outcome {
    /// Event type, data, and the number of chunks that were taken before the event was returned.
    events: Vec<(String, String, usize)>,
    error: Option<String>,
    is_late: bool,
}

/// Decodes a stream in chunks of this size.
fn run(decoder: &Contender<Chunks>, stream: &'static [u8], size: usize) -> Outcome {
    let (taken, late) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let chunks = Counted { chunks: stream.chunks(size), taken: Arc::clone(&taken) };
    let chunks = Deadline { chunks, end: Instant::now() + PASS_TIME, late: Arc::clone(&late) };
    let mut seen = Seen { events: Vec::new(), taken };
    let error = (decoder.decode)(chunks, &mut seen).err();
    Outcome { events: seen.events, error, is_late: late.load(Ordering::Relaxed) }
}

/// The longest time for a stream.
const PASS_TIME: Duration = Duration::from_secs(2);

/// Numbers of cases, and of events.
#[derive(Default)]
struct Facts {
    whole: usize,
    chunked: usize,
    panics: usize,
    errors: usize,
    late: usize,
}

impl Facts {
    /// `ours` is what the first decoder returns in chunks of one byte.
    fn of(decoder: &Contender<Chunks>, ours: &[Outcome]) -> Self {
        let mut facts = Self::default();
        for (case, ours) in CASES.iter().zip(ours) {
            let sizes = 1..=case.stream.len().max(1);
            let outcomes: Vec<_> = sizes.map(|size| caught(|| run(decoder, case.stream, size))).collect();
            let right = |outcome: &Option<Outcome>| outcome.as_ref().is_some_and(|outcome| outcome.is_right(case));
            facts.whole += usize::from(outcomes.last().is_some_and(right));
            facts.chunked += usize::from(outcomes.iter().all(right));
            facts.panics += usize::from(outcomes.iter().any(Option::is_none));
            facts.errors += usize::from(outcomes.iter().flatten().any(|outcome| outcome.error.is_some()));
            if let Some(Some(bytewise)) = outcomes.first().filter(|outcome| right(outcome)) {
                let late = bytewise.events.iter().zip(&ours.events).filter(|(event, ours)| event.2 > ours.2);
                facts.late += late.count();
            }
        }
        facts
    }
}

impl Outcome {
    fn is_right(&self, case: &Case) -> bool {
        let events = self.events.iter().map(|(event_type, data, _)| (event_type.as_str(), data.as_str()));
        self.error.is_none() && events.eq(case.events.iter().map(|(event_type, data, _)| (*event_type, *data)))
    }
}

/// How many times as long a line takes that is [`GROWTH`] times as long. `None` if it takes too long, or is not decoded.
fn growth(decoder: &Contender<Chunks>) -> Option<f64> {
    let time = |len: usize| {
        let stream: &'static [u8] = [b"data: ", vec![b'x'; len].as_slice(), b"\n\n"].concat().leak();
        let times = (0..5).map(|_| {
            let start = Instant::now();
            let outcome = caught(|| run(decoder, stream, 1460))?;
            let is_whole = !outcome.is_late && outcome.events.first().is_some_and(|event| event.1.len() == len);
            is_whole.then(|| start.elapsed())
        });
        times.collect::<Option<Vec<_>>>()?.into_iter().min()
    };
    let short = time(1024 * 1024 / GROWTH)?;
    Some(time(1024 * 1024)?.as_secs_f64() / short.as_secs_f64())
}

struct Seen {
    events: Vec<(String, String, usize)>,
    taken: Arc<AtomicUsize>,
}

impl See for Seen {
    fn event(&mut self, event_type: &str, data: &str, _: Option<&str>) {
        self.events.push((event_type.into(), data.into(), self.taken.load(Ordering::Relaxed)));
    }
}

/// Counts the chunks that are taken.
struct Counted<I> {
    chunks: I,
    taken: Arc<AtomicUsize>,
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let chunk = self.chunks.next()?;
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(chunk)
    }
}
