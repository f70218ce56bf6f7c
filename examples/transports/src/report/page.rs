//! The HTML file: the conclusions, the sections, all figures, and how they were measured.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::claims::claims;
use super::facts;
use super::number::{
    bytes, capital, count, counted, digits, float, microseconds, milliseconds, percent, seconds, share,
};
use super::plot::Tone;
use super::sections::sections;
use super::select::{Group, groups};
use crate::Result;
use crate::case::{LONG_POLL_TIMEOUT, OUTAGE, POLL_INTERVAL, Protocol, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};

const STYLE: &str = include_str!("report.css");

pub(crate) fn html(outcome: &Outcome) -> Result<String> {
    let sections = sections(outcome)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Polling, long polling and Server-Sent Events, measured" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (head(outcome))
                    @for section in &sections { (section) }
                    (all(outcome))
                    (method(outcome))
                }
            }
        }
    };
    Ok(page.into_string())
}

fn head(outcome: &Outcome) -> Markup {
    let ways = Way::ALL.into_iter().filter(|&way| outcome.cases.iter().any(|figures| figures.case.way == way));
    let claims = claims(outcome);
    html! {
        header {
            h1 { "Polling, long polling, SSE" }
            p.lead {
                "The same news reach clients in several ways, over HTTP/1.1 and HTTP/2. This is what each of them costs: "
                (counted(outcome.cases.len() as u64, "case")) ", measured in " (seconds(outcome.elapsed)) "."
            }
            ul.ways {
                @for way in ways {
                    li style={ "--tone:" (Tone::of(way).css()) } {
                        b { (capital(&way.to_string())) }
                        " " (explanation(way))
                    }
                }
            }
        }
        @if claims.is_empty() {
            p.none { "There are too few cases for conclusions, or their figures do not agree." }
        } @else {
            ul.claims {
                @for claim in claims {
                    li style={ "--tone:" (claim.tone.css()) } {
                        p.number { (claim.number) }
                        p.of { (claim.of) }
                        p { (claim.sentence) }
                    }
                }
            }
        }
    }
}

fn explanation(way: Way) -> &'static str {
    match way {
        Way::ShortNew => "asks again and again, each time on a new connection.",
        Way::Short => "asks again and again on a connection that stays open.",
        Way::ShortEtag => "does so too, but an answer without news is a 304 without a body.",
        Way::Long => "asks, and the server answers when there is news.",
        Way::Sse => "asks once; the response stays open, and events are sent as they happen.",
    }
}

/// All figures.
fn all(outcome: &Outcome) -> Markup {
    html! {
        @if !outcome.cases.is_empty() {
            section #all {
                h2 { "All figures" }
                @for group in groups(outcome) {
                    details {
                        summary { (capital(&group.name())) @if group.cut { ", cut in the middle" } }
                        div.scroll { (table(&group)) }
                    }
                }
            }
        }
    }
}

fn table(group: &Group<'_>) -> Markup {
    const NAMES: [&str; 15] = [
        "requests",
        "empty",
        "conn.",
        "sent",
        "delivered",
        "lost",
        "doubled",
        "up/event",
        "down/event",
        "headers",
        "CPU/event",
        "heap/client",
        "RSS/client",
        "most open",
        "median · 99 % · max, ms",
    ];
    let per_event = |figures: &Figures, number| figures.per_event(number).map_or_else(none, bytes);
    let latencies = |figures: &Figures| {
        [50, 99, 100]
            .map(|percent| figures.percentile(percent).map_or_else(none, |latency| digits(latency.as_secs_f64() * 1e3)))
            .join(" · ")
    };
    let cells = |figures: &Figures| {
        [
            count(figures.requests),
            count(figures.empty),
            count(figures.connections),
            count(figures.sent),
            count(figures.delivered),
            count(figures.lost),
            count(figures.doubled),
            per_event(figures, figures.up.wire),
            per_event(figures, figures.down.wire),
            share(figures.headers(), figures.wire()).map_or_else(none, percent),
            figures.cpu().map_or_else(none, microseconds),
            bytes(float(figures.heap_per_client)),
            figures.resident_per_client().map_or_else(none, bytes),
            count(figures.most_open),
            latencies(figures),
        ]
    };
    html! {
        table {
            thead { tr { th scope="col" { "way and protocol" } @for name in NAMES { th scope="col" { (name) } } } }
            tbody {
                @for figures in &group.figures {
                    tr.case style={ "--tone:" (Tone::of(figures.case.way).css()) } {
                        th scope="row" { span.way { (figures.case.way) } " " small { (figures.case.protocol) } }
                        @for cell in cells(figures) { td { (cell) } }
                    }
                }
            }
        }
    }
}

fn none() -> String {
    "–".to_owned()
}

/// How it was measured.
fn method(outcome: &Outcome) -> Markup {
    html! {
        section #method {
            h2 { "How it was measured" }
            dl {
                dt { "Cases" }
                dd { (facts::cases(outcome).join(" ")) }
                dt { "Where" }
                dd {
                    "Server and clients are two processes on one machine and talk over its loopback interface. So latencies are those of "
                    "the programs. A real network adds its delay once to an event on an open stream or for a held request, and more often for a "
                    "client that has to ask or to connect first."
                }
                dt { "Shared processor" }
                dd {
                    "Clients and server share the processor, and cases with little load run side by side: those with the sparse feed in all ways at "
                    "once, and those with few clients. An SSE client parses the JSON of each event as it arrives; a client that polls parses one answer "
                    "with all its events."
                }
                dt { "Time scale" }
                dd {
                    "A client that polls asks every " (milliseconds(POLL_INTERVAL)) "; usual intervals are 5 to 60 seconds. The feeds are faster "
                    "by about the same factor, so that a run takes seconds. The server holds a long poll for at most "
                    (seconds(LONG_POLL_TIMEOUT)) "."
                }
                dt { "Feeds" }
                dd {
                    ul {
                        @for rate in Rate::ALL {
                            li { b { (capital(&rate.to_string())) } ": " (feed(rate)) " A case lasts " (seconds(rate.duration())) "." }
                        }
                    }
                }
                dt { "Latency" }
                dd { "From the moment the server sends an event until the client has it." }
                dt { "Bytes" }
                dd {
                    "Counted at the socket in both directions. Headers are request lines, status lines and header lines, with HTTP/2 the blocks "
                    "that HPACK has compressed. Bodies are without chunk sizes and frame headers. The rest is TLS, frames and chunk sizes. "
                    (request_heads(outcome))
                    "A browser sends several hundred bytes more with each request (User-Agent, cookies and others), so the figures "
                    "flatter polling."
                }
                dt { "CPU time, memory" }
                dd {
                    "Of the server's process only. CPU time is user and system time while the feed runs. It includes the time of the feed itself and of "
                    "the measurement's commands, which counts most with few clients, and differs by up to a half from run to run. Memory is the heap for each client that is connected and waits."
                }
                @if let Some(one) = facts::one_connection(&outcome.cases) {
                    dt { "Shared connection" }
                    dd { (one) " " (facts::separate_users(outcome)) }
                }
                dt { "Cut" }
                dd {
                    "All connections are closed in the middle of the feed, and new ones fail for " (milliseconds(OUTAGE)) ". Both sides see this at once, as an error and "
                    "a closed TCP connection. A lost network is silent, and the time until it is detected is not measured. SSE and long polling "
                    "reconnect here after 50 to 150\u{a0}ms; browsers wait for seconds before they reconnect an event stream."
                }
                dt { "Lost, doubled" }
                dd { "An event that a client has never received; an event that a client has received again." }
                dt { "Not measured" }
                dd {
                    "Memory of the kernel, real networks, packet loss, proxies, and browsers, whose limit of six connections to a host over "
                    "HTTP/1.1 does not bind these clients."
                }
                dt { "Again" }
                dd {
                    code { (facts::command(outcome)) }
                    " The same seed gives the same events at the same times. Made on " (facts::date())
                    @if let Some(version) = facts::rust() { " with Rust " (version) }
                    ", features " (facts::FEATURES) "."
                }
            }
        }
    }
}

/// How long the head of a request is, if there are some that HPACK has not compressed.
fn request_heads(outcome: &Outcome) -> String {
    let plain = |figures: &&Figures| figures.case.way == Way::Short && figures.case.protocol == Protocol::HTTP1;
    let head = outcome.cases.iter().find(plain).and_then(|figures| share(figures.up.headers, figures.requests));
    head.map_or_else(String::new, |head| format!("The head of a request for a poll has about {} here. ", bytes(head)))
}

fn feed(rate: Rate) -> &'static str {
    match rate {
        Rate::Sparse => "an event every 2.5 seconds on average, at random times; most polls find nothing.",
        Rate::Steady => "20 events a second, at about equal distances.",
        Rate::Bursty => "20 events at once, about twice a second.",
    }
}
