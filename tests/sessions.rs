//! Under arbitrary cuts no event is lost and none is doubled between `History` and `EventSource`, as long as the log covers the
//! gap, and there is a visible signal when it does not.
//!
//! `SESSIONS=1000000` sets the number of sessions, and `SEED=7` runs one alone.
#![cfg(feature = "std")]

#[path = "support/network/mod.rs"]
mod network;
mod support;

use std::env;
use std::time::Duration;

use network::client::Receive;
use network::{Failure, Fault, Faults, MIN_EVENTS, MIN_FAULTS, Mistake, Report};
#[cfg(feature = "bytes")]
use sse_proto::BytesDecoder;
use sse_proto::client::{EventSource, Policy, Response, Step, Verdict};
use sse_proto::server::{History, Next, Resume, Retention};
use sse_proto::{Decoder, Event, FixedDecoder};

/// The session with this seed. Sessions differ in their decoders, too.
fn run(seed: u64, mistake: Option<Mistake>) -> Result<Report, Failure> {
    let _session = Session(seed);
    match seed % 4 {
        #[cfg(feature = "bytes")]
        0 | 1 => network::run::<BytesDecoder>(seed, mistake),
        2 => network::run::<FixedDecoder<512, 64>>(seed, mistake),
        _ => network::run::<Decoder>(seed, mistake),
    }
}

/// Tells which session panicked.
struct Session(u64);

impl Drop for Session {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("SEED={}", self.0);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn nothing_is_lost_or_doubled_under_any_cuts() {
    let seeds = match number("SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("SESSIONS").unwrap_or(2000),
    };
    let (mut faults, mut events, mut requests, mut gaps, mut missed, mut time) =
        (Faults::new(), 0, 0, 0, 0, Duration::ZERO);
    let (mut lost, mut doubled) = (0, 0);
    for seed in seeds.clone() {
        match run(seed, None) {
            Ok(report) => {
                assert!(report.events >= MIN_EVENTS && report.faults.total() >= MIN_FAULTS, "SEED={seed}: {report:?}");
                faults.add(&report.faults);
                events += report.events;
                requests += report.requests;
                gaps += report.gaps;
                missed += report.missed;
                time += report.time;
            }
            Err(failure) => {
                lost += u64::from(matches!(failure, Failure::Lost { .. }));
                doubled += u64::from(matches!(failure, Failure::Doubled { .. }));
                println!("SEED={seed}: {failure:?}");
                assert!(matches!(failure, Failure::Lost { .. } | Failure::Doubled { .. }), "SEED={seed}: {failure:?}");
            }
        }
    }
    println!(
        "{} sessions, {events} events, {requests} requests in {} hours, {} faults by kind: {faults}; gaps signalled: {gaps}, of \
         {missed} events; lost {lost}, doubled {doubled}",
        seeds.end - seeds.start,
        time.as_secs() / 3600,
        faults.total()
    );
    assert_eq!((lost, doubled), (0, 0), "the seeds are above");
    if seeds.end - seeds.start >= 1000 {
        let absent: Vec<_> = Fault::ALL.iter().filter(|fault| faults.of(**fault) == 0).collect();
        assert!(absent.is_empty(), "these faults do not happen: {absent:?}");
        assert!(gaps > 0 && missed > 0);
    }
}

#[test]
fn a_client_that_forgets_its_id_loses_events() {
    sessions_fail(Mistake::ClientForgetsId, |failure| matches!(failure, Failure::Lost { .. }));
}

#[test]
fn a_log_that_replays_inclusively_doubles_events() {
    sessions_fail(Mistake::LogReplaysInclusively, |failure| matches!(failure, Failure::Doubled { .. }));
}

#[test]
fn a_gap_without_a_signal_is_a_loss() {
    sessions_fail(Mistake::ServerHidesGaps, |failure| matches!(failure, Failure::Lost { .. }));
}

/// Many sessions with this mistake fail, and all of these as expected.
fn sessions_fail(mistake: Mistake, is_expected: fn(&Failure) -> bool) {
    let failures: Vec<_> = (0..400).filter_map(|seed| run(seed, Some(mistake)).err()).collect();
    let others: Vec<_> = failures.iter().filter(|failure| !is_expected(failure)).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(failures.len() > 100, "{} of 400 sessions fail", failures.len());
}

/// The ID of a client that is up to date before the first event of a log with opaque IDs.
const START: &str = "the start";

/// A log of events with text of all kinds, and their data.
fn log(mut history: History) -> (History, Vec<String>) {
    let data = ["a", "\u{e9}\u{1f980}\n\n\u{8a9e}", "", "id: 9\nx", "last"].map(str::to_owned);
    for (index, data) in data.iter().enumerate() {
        let id = format!("\u{e9} {index}");
        let event = Event::new(data);
        let event = if history.epoch().is_none() { event.with_id(&id).expect("an ID") } else { event };
        history.push(Duration::ZERO, event).expect("accepted");
    }
    (history, data.into())
}

/// Cuts the first connection after `cut` bytes, in chunks of `chunk` bytes, and returns the data of all events, or `None` if the
/// first stream ended before. Each stream has a BOM.
fn cut_once<D: Receive>(history: &History, line_end: &str, cut: usize, chunk: usize) -> Option<Vec<String>> {
    let mut source = EventSource::with_decoder(D::new(), Policy::default(), 0);
    // The server said where the stream begins.
    source.set_last_event_id(if history.epoch().is_some() { "7-0" } else { START }).expect("an ID");
    let (mut now, mut data, mut is_cut) = (Duration::ZERO, Vec::new(), false);
    for connection in 0.. {
        while let Step::Wait { time, .. } = source.step(now) {
            now += time;
        }
        let id = source.request_headers().find(|(name, _)| *name == "last-event-id").map(|(_, value)| value.to_vec());
        let mut cursor = match history.resume_bytes(id.as_deref()) {
            Resume::From(cursor) => cursor,
            resume => panic!("{id:x?}: {resume:?}"),
        };
        let mut body = b"\xEF\xBB\xBF".to_vec();
        while let Next::Event(bytes) = history.next(&mut cursor) {
            body.extend_from_slice(core::str::from_utf8(bytes).unwrap().replace('\n', line_end).as_bytes());
        }
        let response = Response::new(200).with_content_types(["text/event-stream"]);
        assert_eq!(source.handle_response(now, response), Verdict::Open);
        if connection == 0 && cut < body.len() {
            body.truncate(cut);
            is_cut = true;
        }
        for chunk in body.chunks(chunk) {
            D::receive(&mut source, now, chunk, false, &mut None, &mut |_, text, _| data.push(text.to_owned()));
        }
        source.handle_end(now);
        if connection == 1 {
            break;
        }
    }
    is_cut.then_some(data)
}

fn every_cut_is_survived(history: History) {
    let (history, data) = log(history);
    for line_end in ["\n", "\r", "\r\n"] {
        for chunk in [1, 5, 1000] {
            for cut in 0.. {
                let Some(found) = cut_once::<Decoder>(&history, line_end, cut, chunk) else { break };
                assert_eq!(found, data, "{line_end:?}, cut at {cut}, chunks of {chunk}");
                assert_eq!(cut_once::<FixedDecoder<512, 64>>(&history, line_end, cut, chunk).as_ref(), Some(&data));
                #[cfg(feature = "bytes")]
                assert_eq!(cut_once::<BytesDecoder>(&history, line_end, cut, chunk).as_ref(), Some(&data));
            }
        }
    }
}

#[test]
fn every_cut_of_a_numbered_log_is_survived() {
    every_cut_is_survived(History::numbered(7, Retention::default()));
}

#[test]
fn every_cut_of_a_log_with_opaque_ids_is_survived() {
    every_cut_is_survived(History::opaque_after(START, Retention::default()).expect("an ID"));
}

/// A server of its own, as no log accepts such an ID: the client says that it does not send it.
#[test]
fn an_id_that_cannot_be_a_header_is_not_sent_and_can_be_seen() {
    let mut source = EventSource::new(Policy::default(), 0);
    let response = Response::new(200).with_content_types(["text/event-stream"]);
    let mut now = Duration::ZERO;
    for (body, sent, is_omitted) in [
        (&b"id: 1\ndata: a\n\n"[..], Some(&b"1"[..]), false),
        (b"id: 2\x01\ndata: b\n\n", None, true),
        (b"data: c\n\n", None, true),
        (b"id: 3\x7F\ndata: c\n\nid: 4", None, true),
        (b"id: \xFF\ndata: d\n\n", Some("\u{fffd}".as_bytes()), false),
        (b"id\ndata: d\n\n", None, false),
    ] {
        assert_eq!(source.handle_response(now, response), Verdict::Open);
        Decoder::receive(&mut source, now, body, false, &mut None, &mut |_, _, _| ());
        source.handle_end(now);
        let Step::Wait { time, .. } = source.step(now) else { panic!("the stream has ended") };
        now += time;
        assert!(matches!(source.step(now), Step::Connect { .. }));
        let id = source.request_headers().find(|(name, _)| *name == "last-event-id").map(|(_, value)| value);
        assert_eq!((id, source.omits_last_event_id()), (sent, is_omitted), "{body:x?}");
    }
}
