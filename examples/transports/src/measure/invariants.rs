//! What must hold in every run.

use std::fmt;

use super::run::Run;
use crate::case::{Version, Way};
use crate::client::{EXTRA_POLLS, polls};

/// A figure that is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// The name of the case, or of the arrangement of events and a download.
    of: String,
    /// What must hold, and the figures.
    what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.of, self.what)
    }
}

/// Returns what does not hold in a run.
pub(super) fn check(run: &Run) -> Vec<Broken> {
    let mut checks = Checks::new(run.figures.case.to_string());
    deliveries(run, &mut checks);
    server_push(run, &mut checks);
    if run.figures.case.cut {
        cut(run, &mut checks);
    } else {
        requests(run, &mut checks);
        connections(run, &mut checks);
        bytes(run, &mut checks);
    }
    checks.broken
}

/// Collects what does not hold.
pub(super) struct Checks {
    of: String,
    pub(super) broken: Vec<Broken>,
}

impl Checks {
    pub(super) const fn new(of: String) -> Self {
        Self { of, broken: Vec::new() }
    }

    pub(super) fn require(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(Broken { of: self.of.clone(), what: what() });
        }
    }

    pub(super) fn equal(&mut self, what: &str, actual: u64, expected: u64) {
        self.require(actual == expected, || format!("{what}: {actual} instead of {expected}"));
    }
}

/// The feed is sent, and nothing of it is lost, doubled or out of order, whether the network is cut or not.
fn deliveries(run: &Run, checks: &mut Checks) {
    let figures = &run.figures;
    checks.equal("events that were sent", figures.sent, run.feed);
    checks.equal("lost events", figures.lost, 0);
    checks.equal("doubled events", figures.doubled, 0);
    checks.equal("events out of order", run.out_of_order, 0);
    checks.equal("events that arrived", figures.delivered, figures.sent * run.clients.len() as u64);
    checks.equal("clients whose last event is not that of the server", run.behind, 0);
    checks.equal("latencies", figures.latencies.len() as u64, figures.delivered);
}

/// Clients of HTTP/2 refuse server push with `SETTINGS_ENABLE_PUSH`, as browsers do.
fn server_push(run: &Run, checks: &mut Checks) {
    let expected = if run.figures.case.protocol.version == Version::Http2 { Some(0) } else { None };
    checks.require(run.enable_push == expected, || format!("SETTINGS_ENABLE_PUSH: {:?}", run.enable_push));
}

/// The connections were cut, and opened again.
fn cut(run: &Run, checks: &mut Checks) {
    let Run { figures, server, .. } = run;
    // A request that has arrived may be counted as failed here, but not the other way round.
    checks.require(server.requests <= figures.requests, || {
        format!("{} requests have arrived of {} that were sent", server.requests, figures.requests)
    });
    checks.equal("requests of a client at the same time", figures.most_open, 1);
    if figures.case.way != Way::ShortNew {
        checks.require(figures.connections > connections_without_cut(run), || {
            format!("{} connections: none was cut", figures.connections)
        });
    }
}

/// The numbers of requests of each client, and those of the server.
fn requests(run: &Run, checks: &mut Checks) {
    let Run { figures, clients, server, failure, .. } = run;
    let case = figures.case;
    checks.require(failure.is_none(), || format!("a request has failed: {}", failure.as_deref().unwrap_or_default()));
    checks.equal("connections that could not be opened", figures.refused, 0);
    for client in clients {
        match case.way {
            Way::Sse => checks.equal("requests of a client", client.requests, 1),
            Way::ShortNew | Way::Short | Way::ShortEtag => {
                let expected = (polls(case.rate.duration()) + EXTRA_POLLS) as u64;
                checks.equal("requests of a client", client.requests, expected);
            }
            // As many as there were news and timeouts.
            Way::Long => {}
        }
        checks.equal("responses to a client, of its requests", client.responses, client.requests);
        checks.equal("requests of a client at the same time", client.most_open, 1);
    }
    checks.equal("requests that the server counts", server.requests, figures.requests);
    checks.equal("responses that the server counts", server.responses, figures.responses);
    if matches!(case.way, Way::ShortNew | Way::Short | Way::ShortEtag) {
        polls_over_time(run, checks);
    }
    let most_held = if case.way == Way::Long { clients.len() } else { 0 };
    checks.equal("long polls that the server held", server.most_held as u64, most_held as u64);
}

/// No client polls more often than its interval says. How late a machine with other work sends its polls is shown, but is not an error.
fn polls_over_time(run: &Run, checks: &mut Checks) {
    let (sent, most) = polls_while_the_feed_runs(run);
    checks.require(sent <= most, || format!("requests while the feed runs: {sent} instead of {most}"));
}

/// Polls that were due while the feed ran, and sent when it was over. A poll that is due just before the end may be one of them.
pub(super) fn late_polls(run: &Run) -> u64 {
    let is_short = matches!(run.figures.case.way, Way::ShortNew | Way::Short | Way::ShortEtag);
    let (sent, most) = polls_while_the_feed_runs(run);
    if is_short && !run.figures.case.cut { most.saturating_sub(sent) } else { 0 }
}

/// How many were sent, and how many were due.
fn polls_while_the_feed_runs(run: &Run) -> (u64, u64) {
    let due = run.clients.len() as u64 * polls(run.figures.case.rate.duration()) as u64;
    (run.figures.requests_over_time.iter().sum(), due)
}

/// The number of connections.
fn connections(run: &Run, checks: &mut Checks) {
    checks.equal("connections", run.figures.connections, connections_without_cut(run));
}

fn connections_without_cut(run: &Run) -> u64 {
    match (run.figures.case.way, run.figures.case.protocol.version) {
        (Way::ShortNew, _) => run.figures.requests,
        (_, Version::Http1) => run.clients.len() as u64,
        // Of all clients.
        (_, Version::Http2) => 1,
    }
}

/// The bytes at the sockets and those of HTTP, which are counted apart.
fn bytes(run: &Run, checks: &mut Checks) {
    let Run { figures, clients, .. } = run;
    let (up, down) = (figures.up, figures.down);
    checks.require(up.headers > 0 && down.headers > 0 && down.body > 0, || format!("{up:?}, {down:?}: no headers"));
    for traffic in [up, down] {
        checks.require(traffic.headers + traffic.body <= traffic.wire, || format!("{traffic:?}: more than all bytes"));
    }
    // With HTTP/1.1 the bytes of bodies are counted once.
    if figures.case.protocol.version == Version::Http2 {
        let received = clients.iter().map(|client| client.body).sum::<u64>();
        // An event stream may have a keep-alive that has arrived when the client stops, and is not read.
        let holds = if figures.case.way == Way::Sse { down.body >= received } else { down.body == received };
        checks.require(holds, || format!("bytes of bodies: {} at the connections, {received} read", down.body));
    }
    if figures.case.protocol.version == Version::Http1 && !figures.case.protocol.tls {
        checks.equal("bytes of requests at the sockets", up.wire, up.headers);
        // An event stream is chunked.
        if figures.case.way != Way::Sse {
            checks.equal("bytes of responses at the sockets", down.wire, down.headers + down.body);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::case::{Case, Protocol};
    use crate::client::Counted;
    use crate::feed::Rate;
    use crate::figures::{Figures, Traffic};
    use crate::server::ServerFigures;

    /// What is measured if all is well.
    fn good(way: Way, protocol: Protocol, cut: bool) -> Run {
        let case = Case { way, protocol, rate: Rate::Steady, clients: 3, cut };
        let requests = match way {
            Way::Sse => 1,
            Way::Long => 31,
            _ => 8,
        };
        let client = Counted {
            requests,
            responses: requests,
            empty: 0,
            most_open: 1,
            headers_up: 80,
            headers_down: 90,
            body: 100,
        };
        let mut run = Run {
            figures: Figures {
                case,
                sent: 30,
                delivered: 90,
                lost: 0,
                doubled: 0,
                requests: 3 * requests,
                responses: 3 * requests,
                empty: 0,
                most_open: 1,
                connections: 0,
                refused: 0,
                up: Traffic { wire: 240, headers: 240, plain_headers: 240, body: 0 },
                down: Traffic { wire: 570, headers: 270, plain_headers: 270, body: 300 },
                server_cpu: Duration::ZERO,
                heap_per_client: 0,
                resident: 0,
                resident_before: 0,
                latencies: vec![Duration::ZERO; 90],
                requests_over_time: vec![3, 5, 10],
                connections_over_time: Vec::new(),
            },
            clients: vec![client; 3],
            server: ServerFigures {
                sent: 30,
                requests: 3 * requests,
                responses: 3 * requests,
                most_held: if way == Way::Long { 3 } else { 0 },
                ..ServerFigures::default()
            },
            feed: 30,
            out_of_order: 0,
            behind: 0,
            enable_push: (protocol.version == Version::Http2).then_some(0),
            failure: None,
        };
        run.figures.connections = connections_without_cut(&run) + if cut { 3 } else { 0 };
        run
    }

    fn all() -> impl Iterator<Item = Run> {
        let protocols = Way::ALL.into_iter().flat_map(|way| Protocol::ALL.map(|protocol| (way, protocol)));
        protocols.flat_map(|(way, protocol)| [false, true].map(|cut| good(way, protocol, cut)))
    }

    #[test]
    fn good_figures_break_nothing() {
        for run in all() {
            assert_eq!(check(&run), [], "{}", run.figures.case);
        }
    }

    /// Asserts that a wrong figure is noticed in these cases, and in these only.
    fn notices(text: &str, applies: impl Fn(Case) -> bool, change: impl Fn(&mut Run)) {
        for mut run in all() {
            change(&mut run);
            let broken = check(&run).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            assert_eq!(broken.contains(text), applies(run.figures.case), "{}: {text}: {broken}", run.figures.case);
        }
    }

    #[test]
    fn lost_and_doubled_events_are_noticed_with_and_without_cuts() {
        notices("lost events: 1 instead of 0", |_| true, |run| run.figures.lost = 1);
        notices("doubled events: 2 instead of 0", |_| true, |run| run.figures.doubled = 2);
        notices("events that arrived: 89 instead of 90", |_| true, |run| run.figures.delivered = 89);
        notices("last event is not that of the server", |_| true, |run| run.behind = 1);
        notices("events that were sent: 29 instead of 30", |_| true, |run| run.figures.sent = 29);
        notices("events out of order: 1 instead of 0", |_| true, |run| run.out_of_order = 1);
        notices("latencies: 89", |_| true, |run| run.figures.latencies.truncate(89));
    }

    #[test]
    fn wrong_numbers_of_requests_are_noticed() {
        let more = |run: &mut Run| {
            run.clients[1].requests += 1;
            run.clients[1].responses += 1;
        };
        notices("requests of a client: 2 instead of 1", |case| case.way == Way::Sse && !case.cut, more);
        let is_short = |case: Case| !matches!(case.way, Way::Sse | Way::Long) && !case.cut;
        notices("requests of a client: 9 instead of 8", is_short, more);
        notices("responses to a client", |case| !case.cut, |run| run.clients[2].responses -= 1);
        notices("a request has failed: why", |case| !case.cut, |run| run.failure = Some("why".to_owned()));
        notices("at the same time: 2", |case| !case.cut, |run| run.clients[0].most_open = 2);
        notices("at the same time: 2", |case| case.cut, |run| run.figures.most_open = 2);
        notices("requests that the server counts", |case| !case.cut, |run| run.server.requests -= 1);
        notices("requests have arrived of", |case| case.cut, |run| run.server.requests = run.figures.requests + 1);
        notices("responses that the server counts", |case| !case.cut, |run| run.server.responses += 1);
        notices("long polls that the server held: 4", |case| !case.cut, |run| run.server.most_held = 4);
        // Each of the three clients polls six times.
        notices("while the feed runs: 19 instead of 18", is_short, |run| run.figures.requests_over_time[0] += 1);
        notices("could not be opened: 1", |case| !case.cut, |run| run.figures.refused = 1);
    }

    #[test]
    fn polls_that_are_late_are_counted() {
        for mut run in all() {
            assert_eq!(late_polls(&run), 0, "{}", run.figures.case);
            run.figures.requests_over_time[2] -= 4;
            let is_short = !matches!(run.figures.case.way, Way::Sse | Way::Long);
            assert_eq!(late_polls(&run), if is_short && !run.figures.case.cut { 4 } else { 0 }, "{}", run.figures.case);
            assert_eq!(check(&run), [], "{}", run.figures.case);
        }
    }

    #[test]
    fn wrong_numbers_of_connections_are_noticed() {
        notices("connections: ", |case| !case.cut, |run| run.figures.connections += 1);
        let is_kept = |case: Case| case.way != Way::ShortNew && case.cut;
        notices("none was cut", is_kept, |run| run.figures.connections = connections_without_cut(run));
    }

    #[test]
    fn server_push_that_is_not_refused_is_noticed() {
        notices("ENABLE_PUSH: Some(1)", |_| true, |run| run.enable_push = Some(1));
        notices("ENABLE_PUSH: None", |case| case.protocol.version == Version::Http2, |run| run.enable_push = None);
    }

    #[test]
    fn bytes_that_do_not_add_up_are_noticed() {
        let is_clear = |case: Case| case.protocol == Protocol::HTTP1 && !case.cut;
        notices("bytes of requests", is_clear, |run| run.figures.up.wire += 1);
        notices("bytes of responses", |case| is_clear(case) && case.way != Way::Sse, |run| run.figures.down.wire += 1);
        notices("more than all bytes", |case| !case.cut, |run| run.figures.down.wire = 10);
        let is_http2 = |case: Case| case.protocol.version == Version::Http2 && !case.cut;
        notices("bytes of bodies: 299 at the connections, 300 read", is_http2, |run| run.figures.down.body -= 1);
        notices("bytes of bodies", |case| is_http2(case) && case.way != Way::Sse, |run| run.figures.down.body += 1);
        notices("no headers", |case| !case.cut, |run| run.figures.up.headers = 0);
    }
}
