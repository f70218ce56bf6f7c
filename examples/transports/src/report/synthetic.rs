//! Figures that look like those of a run, from a seed.

use std::time::Duration;

use crate::case::{Case, LONG_POLL_TIMEOUT, POLL_INTERVAL, Protocol, Selection, Version, Way};
use crate::feed::{Rate, arrivals};
use crate::figures::{Figures, Outcome, SLOT, Shared, Traffic};

/// All ways, protocols and feeds for 1 and for 30 clients, and cut cases for 6.
pub(crate) fn outcome(seed: u64) -> Outcome {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut cases = Vec::new();
    for way in Way::ALL {
        for protocol in Protocol::ALL {
            for rate in Rate::ALL {
                for clients in [1, 30] {
                    cases.push(figures(Case { way, protocol, rate, clients, cut: false }, &mut random));
                }
            }
        }
        for protocol in [Protocol::HTTP1, Protocol::HTTP2_TLS] {
            cases.push(figures(Case { way, protocol, rate: Rate::Steady, clients: 6, cut: true }, &mut random));
        }
    }
    Outcome {
        selection: Selection::Default,
        clients: Vec::new(),
        seed,
        elapsed: Duration::from_secs(97),
        cases,
        shared: shared(&mut random),
    }
}

/// Nothing at all, as after a filter that no case passes.
pub(crate) fn empty() -> Outcome {
    let (clients, cases, shared) = (Vec::new(), Vec::new(), Vec::new());
    Outcome { selection: Selection::Short, clients, seed: 1, elapsed: Duration::ZERO, cases, shared }
}

pub(crate) fn figures(case: Case, random: &mut fastrand::Rng) -> Figures {
    let Case { way, protocol, rate, clients, cut } = case;
    let news = arrivals(rate, 1, rate.duration());
    let (sent, clients, again) = (news.len() as u64, clients as u64, u64::from(cut));
    let (each, empty) = requests(case, sent);
    let requests = each * clients;
    let connections = match way {
        Way::ShortNew => requests,
        _ => open(case) * (1 + again),
    };
    let requests_over_time = over_time(way, each, clients, rate, random);
    let slots = requests_over_time.len();
    let is_down = |slot: usize| cut && (slots / 2..slots / 2 + 3).contains(&slot);
    let connected = |slot: usize| if way == Way::ShortNew { requests_over_time[slot] / 3 } else { open(case) };
    let connections_over_time = (0..slots).map(|slot| if is_down(slot) { 0 } else { connected(slot) }).collect();
    let delivered = sent * clients;
    let text: u64 = news.iter().map(|news| news.text.len() as u64 + 42).sum();
    let nothing_new = if way == Way::ShortEtag { 0 } else { empty * clients * 11 };
    let request = if way == Way::ShortNew { 140 } else { 55 };
    let event = if way == Way::Sse { 14 } else { 4 };
    let handshake = if protocol.tls { 900 } else { 40 };
    Figures {
        case,
        sent,
        delivered,
        lost: 0,
        doubled: 0,
        requests,
        responses: requests - if way == Way::Long { clients } else { 0 },
        empty: empty * clients,
        most_open: 1,
        connections,
        refused: if cut { clients * random.u64(2..5) } else { 0 },
        up: traffic(protocol, requests, connections, 105, 0),
        down: traffic(protocol, requests, connections, 130, text * clients + nothing_new),
        server_cpu: Duration::from_micros(requests * request + delivered * event + connections * handshake),
        heap_per_client: heap(case) + random.u64(..200),
        resident: 9_000_000 + clients * 20_000,
        resident_before: 9_000_000,
        latencies: latencies(case, delivered, random),
        requests_over_time,
        connections_over_time,
    }
}

/// Of one client: all, and those whose answers are empty.
fn requests(case: Case, sent: u64) -> (u64, u64) {
    let times = |interval: Duration| u64::try_from(case.rate.duration().as_millis() / interval.as_millis()).unwrap();
    // A burst is one answer.
    let answers = if case.rate == Rate::Bursty { sent.div_ceil(20) } else { sent };
    let timeouts = if case.rate == Rate::Sparse { times(LONG_POLL_TIMEOUT) - 3 } else { 0 };
    let again = u64::from(case.cut);
    match case.way {
        Way::ShortNew | Way::Short | Way::ShortEtag => {
            let polls = times(POLL_INTERVAL) + 1;
            (polls, polls.saturating_sub(answers))
        }
        Way::Long => (answers + timeouts + 1 + again, timeouts + 1),
        Way::Sse => (1 + again, 0),
    }
}

/// Connections that stay open.
fn open(case: Case) -> u64 {
    if case.protocol.version == Version::Http2 { 1 } else { case.clients as u64 }
}

fn over_time(way: Way, each: u64, clients: u64, rate: Rate, random: &mut fastrand::Rng) -> Vec<u64> {
    let slots = usize::try_from(rate.duration().as_millis() / SLOT.as_millis()).unwrap();
    let mut numbers = vec![0; slots];
    for number in 0..each * clients {
        let slot = match way {
            Way::Sse => 0,
            Way::Long => random.usize(..slots),
            _ => usize::try_from(number % each).unwrap() * 5 / 2 + random.usize(..2),
        };
        numbers[slot.min(slots - 1)] += 1;
    }
    numbers
}

fn traffic(protocol: Protocol, requests: u64, connections: u64, header: u64, body: u64) -> Traffic {
    let plain_headers = requests * header;
    let (headers, framing) = match protocol.version {
        Version::Http1 => (plain_headers, requests * 3),
        Version::Http2 => (requests * (header / 9) + connections * header / 2, requests * 18 + connections * 120),
    };
    let tls = if protocol.tls { connections * 700 + requests * 30 } else { 0 };
    Traffic { wire: headers + body + framing + tls, headers, plain_headers, body }
}

fn heap(case: Case) -> u64 {
    match (case.way, case.protocol.version) {
        (Way::ShortNew, _) => 60,
        (Way::Short | Way::ShortEtag, Version::Http1) => 9_800,
        (Way::Short | Way::ShortEtag, Version::Http2) => 300,
        (Way::Long, Version::Http1) => 12_400,
        (Way::Long, Version::Http2) => 4_400,
        (Way::Sse, Version::Http1) => 13_100,
        (Way::Sse, Version::Http2) => 4_900,
    }
}

fn latencies(case: Case, delivered: u64, random: &mut fastrand::Rng) -> Vec<Duration> {
    let queue = Duration::from_micros(25) * u32::try_from(case.clients).unwrap();
    let latency = |_| {
        let own = Duration::from_micros(120)
            + Duration::from_micros(400).mul_f64(random.f64().powi(3))
            + queue.mul_f64(random.f64());
        let poll = match case.way {
            Way::ShortNew | Way::Short | Way::ShortEtag => POLL_INTERVAL,
            Way::Long => Duration::from_micros(150),
            Way::Sse => Duration::ZERO,
        };
        let down = if case.cut && random.f64() < 0.15 { Duration::from_millis(400) } else { Duration::ZERO };
        own + poll.mul_f64(random.f64()) + down.mul_f64(random.f64())
    };
    let mut latencies: Vec<_> = (0..delivered).map(latency).collect();
    latencies.sort();
    latencies
}

fn shared(random: &mut fastrand::Rng) -> Vec<Shared> {
    let arrangements = [
        ("HTTP/1.1, two connections", 300),
        ("HTTP/2, one connection", 9_000),
        ("HTTP/2, one connection, priority u=0 and u=7", 8_700),
        ("HTTP/2, two connections", 340),
    ];
    let shared = |(name, typical): (&str, u64)| {
        let latency = |_| Duration::from_micros(typical).mul_f64(0.4 + 3.0 * random.f64().powi(3));
        let mut latencies: Vec<_> = (0..60).map(latency).collect();
        latencies.sort();
        Shared { arrangement: name.to_owned(), latencies, downloaded: 180_000_000 }
    };
    arrangements.map(shared).into()
}
