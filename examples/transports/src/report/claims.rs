//! Conclusions, each with the figures that support it. A conclusion that some figure contradicts is not drawn.

use super::number::{bytes, count, counted, float, milliseconds, percent, ratio, seconds, share};
use super::plot::Tone;
use super::select::{Group, best_of_one_protocol, groups, of_one_protocol};
use crate::case::{POLL_INTERVAL, Protocol, Version, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};

/// A conclusion: a big number, what it counts, and a sentence with the figures.
pub(super) struct Claim {
    pub(super) number: String,
    pub(super) of: &'static str,
    pub(super) sentence: String,
    pub(super) tone: Tone,
}

pub(super) fn claims(outcome: &Outcome) -> Vec<Claim> {
    [
        latency(outcome),
        requests(outcome),
        bytes_per_event(outcome),
        connections(outcome),
        nothing_lost(outcome),
        long_polling(outcome),
        polling_holds_nothing(outcome),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a client of short polling does if it is written with care, or the nearest to it that was measured.
pub(super) fn short<'a>(group: &Group<'a>) -> Option<&'a Figures> {
    [Way::Short, Way::ShortEtag, Way::ShortNew].into_iter().find_map(|way| group.get(way))
}

/// Pairs of cases that differ in the way only, from groups that are not cut.
fn pairs<'a>(
    outcome: &'a Outcome,
    a: impl Fn(&Group<'a>) -> Option<&'a Figures>,
    b: impl Fn(&Group<'a>) -> Option<&'a Figures>,
) -> Vec<(Group<'a>, &'a Figures, &'a Figures)> {
    let groups = groups(outcome).into_iter().filter(|group| !group.cut).flat_map(|group| of_one_protocol(&group));
    groups.filter_map(|group| Some((a(&group)?, b(&group)?)).map(|(a, b)| (group, a, b))).collect()
}

fn sse<'a>(group: &Group<'a>) -> Option<&'a Figures> {
    group.get(Way::Sse)
}

/// The pair that is easiest to explain: this feed, few clients, HTTP/1.1.
fn plainest<'a, 'b>(
    pairs: &'b [(Group<'a>, &'a Figures, &'a Figures)],
    rate: Rate,
) -> Option<&'b (Group<'a>, &'a Figures, &'a Figures)> {
    pairs.iter().min_by_key(|(group, ..)| {
        (group.rate != rate, group.clients, group.protocol.is_some_and(|protocol| protocol != Protocol::HTTP1))
    })
}

fn latency(outcome: &Outcome) -> Option<Claim> {
    let pairs = pairs(outcome, short, sse);
    let sooner = |polled: &Figures, pushed: &Figures| Some(polled.median()? > pushed.median()? * 2);
    if !pairs.iter().all(|(_, polled, pushed)| sooner(polled, pushed) == Some(true)) {
        return None;
    }
    let (group, polled, pushed) = plainest(&pairs, Rate::Steady)?;
    let (polled, pushed) = (polled.median()?, pushed.median()?);
    Some(Claim {
        number: milliseconds(polled.saturating_sub(pushed)),
        of: "sooner",
        sentence: format!(
            "SSE delivers half of the events within {}, short polling within {}, with {} from poll to poll ({}).",
            milliseconds(pushed),
            milliseconds(polled),
            milliseconds(POLL_INTERVAL),
            group.name()
        ),
        tone: Tone::of(Way::Sse),
    })
}

fn requests(outcome: &Outcome) -> Option<Claim> {
    let pairs = pairs(outcome, short, sse);
    let one = |pushed: &Figures| pushed.requests == pushed.case.clients as u64;
    if !pairs.iter().all(|(_, polled, pushed)| one(pushed) && polled.requests > pushed.requests) {
        return None;
    }
    let (group, polled, _) = plainest(&pairs, Rate::Sparse)?;
    Some(Claim {
        number: "1".to_owned(),
        of: "request per client",
        sentence: format!(
            "SSE asks once. Short polling asks {} times in {}, and {} of the answers are empty ({}).",
            ratio(share(polled.requests_over_time.iter().sum(), polled.case.clients as u64)?),
            seconds(group.rate.duration()),
            percent(share(polled.empty, polled.responses)?),
            group.name()
        ),
        tone: Tone::of(Way::Sse),
    })
}

fn bytes_per_event(outcome: &Outcome) -> Option<Claim> {
    let pairs: Vec<_> =
        pairs(outcome, short, sse).into_iter().filter(|(group, ..)| group.rate == Rate::Sparse).collect();
    let fewer = |polled: &Figures, pushed: &Figures| {
        Some(polled.per_event(polled.wire())? > pushed.per_event(pushed.wire())? * 1.5)
    };
    if !pairs.iter().all(|(_, polled, pushed)| fewer(polled, pushed) == Some(true)) {
        return None;
    }
    let (group, polled, pushed) = plainest(&pairs, Rate::Sparse)?;
    let (polled, pushed) = (polled.bytes_per_event(), pushed.bytes_per_event());
    Some(Claim {
        number: format!("{} ×", ratio(polled / pushed)),
        of: "fewer bytes when news are rare",
        sentence: format!(
            "An event costs {} on the wire by SSE and {} by short polling, requests and handshakes included ({}).",
            bytes(pushed),
            bytes(polled),
            group.name()
        ),
        tone: Tone::of(Way::Sse),
    })
}

fn connections(outcome: &Outcome) -> Option<Claim> {
    let shared = |figures: &&Figures| {
        let Figures { case, .. } = figures;
        !case.cut && case.protocol.version == Version::Http2 && case.way != Way::ShortNew && case.clients > 1
    };
    let shared: Vec<_> = outcome.cases.iter().filter(shared).collect();
    if shared.is_empty() || shared.iter().any(|figures| figures.connections != 1) {
        return None;
    }
    let group = best_of_one_protocol(
        outcome,
        |group| !group.cut && group.protocol.is_some_and(|protocol| protocol.version == Version::Http1),
        |group| group.clients,
    )?;
    let separate = group.get(Way::Sse).or_else(|| group.get(Way::Long))?;
    let most = shared.iter().map(|figures| figures.case.clients).max()?;
    (separate.connections > 1).then(|| Claim {
        number: "1".to_owned(),
        of: "connection over HTTP/2",
        sentence: format!(
            "All clients of a case share it, up to {} of them, as tabs of one browser do; each browser opens its own. Over HTTP/1.1 {} of {} open {}.",
            count(most as u64),
            counted(separate.case.clients as u64, "client"),
            separate.case.way,
            counted(separate.connections, "connection")
        ),
        tone: Tone::of(separate.case.way),
    })
}

fn nothing_lost(outcome: &Outcome) -> Option<Claim> {
    let cut: Vec<_> = outcome.cases.iter().filter(|figures| figures.case.cut).collect();
    let delivered: u64 = cut.iter().map(|figures| figures.delivered).sum();
    let doubled: u64 = cut.iter().map(|figures| figures.doubled).sum();
    if cut.is_empty() || delivered == 0 || outcome.cases.iter().any(|figures| figures.lost > 0) {
        return None;
    }
    Some(Claim {
        number: "0".to_owned(),
        of: "events lost",
        sentence: format!(
            "{} are delivered in {} in which the network is cut. None is lost, because each request carries the ID of the last event \
             that the client has. {} twice.",
            counted(delivered, "event"),
            counted(cut.len() as u64, "case"),
            match doubled {
                0 => "None arrives".to_owned(),
                1 => "One arrives".to_owned(),
                _ => format!("{} arrive", count(doubled)),
            }
        ),
        tone: Tone::of(Way::Sse),
    })
}

/// Long polling is as quick as SSE, for more requests.
fn long_polling(outcome: &Outcome) -> Option<Claim> {
    let pairs = pairs(outcome, |group| group.get(Way::Long), sse);
    let quick = |long: &Figures| Some(long.median()? < POLL_INTERVAL / 10);
    let supported = |long: &Figures, pushed: &Figures| quick(long) == Some(true) && long.requests > pushed.requests;
    if !pairs.iter().all(|(_, long, pushed)| supported(long, pushed)) {
        return None;
    }
    let (group, long, pushed) = plainest(&pairs, Rate::Steady)?;
    Some(Claim {
        number: ratio(long.requests_per_client()?),
        of: "requests by long polling",
        sentence: format!(
            "It is quick, with a median of {} against {} by SSE, but each answer takes a request: {} of a client for {}, {} by SSE ({}).",
            milliseconds(long.median()?),
            milliseconds(pushed.median()?),
            ratio(long.requests_per_client()?),
            counted(long.sent, "event"),
            ratio(pushed.requests_per_client()?),
            group.name()
        ),
        tone: Tone::of(Way::Long),
    })
}

/// Where short polling is ahead: a client that keeps no connection costs almost no memory while it waits.
fn polling_holds_nothing(outcome: &Outcome) -> Option<Claim> {
    let pairs = pairs(outcome, |group| group.get(Way::ShortNew), sse);
    if !pairs.iter().all(|(_, polled, pushed)| polled.heap_per_client * 4 < pushed.heap_per_client) {
        return None;
    }
    let (group, polled, pushed) = plainest(&pairs, Rate::Sparse)?;
    let heap = |figures: &Figures| bytes(float(figures.heap_per_client));
    Some(Claim {
        number: heap(polled),
        of: "held between polls",
        sentence: format!(
            "A client that waits holds {} of the server's heap if it polls on new connections, {} if its connection stays open \
             for SSE ({}).",
            heap(polled),
            heap(pushed),
            group.name()
        ),
        tone: Tone::of(polled.case.way),
    })
}
