//! Bytes for each delivered event.

use maud::{Markup, html};

use super::{Figure, figure, lies_between, over, section as whole, span};
use crate::case::{Version, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};
use crate::report::bars::{Bar, bars};
use crate::report::number::{bytes, percent, share};
use crate::report::select::{Group, fewest_clients};

pub(super) fn section(outcome: &Outcome) -> Option<Markup> {
    let groups: Vec<_> = Rate::ALL.into_iter().filter_map(|rate| fewest_clients(outcome, rate)).collect();
    let mut figures: Vec<_> = groups
        .iter()
        .filter_map(|group| Some(Figure { folded: lies_between(group, &groups), ..plot(group)? }))
        .collect();
    figures.extend(groups.iter().find_map(hpack));
    whole("bytes", "What does an event cost on the wire?", figures)
}

fn plot(group: &Group<'_>) -> Option<Figure> {
    let bars = bars(group, |figures| {
        let parts = [("headers", figures.headers()), ("body", figures.body()), ("framing", figures.framing())];
        let parts = parts.into_iter().filter_map(|(name, bytes)| Some((name, figures.per_event(bytes)?))).collect();
        Some(Bar { parts, text: bytes(figures.per_event(figures.wire())?) })
    })?;
    let key = html! {
        p.key {
            span { i.headers {} "headers" }
            span { i.body {} "bodies" }
            span { i.framing {} "TLS, frames, chunk sizes" }
        }
        (bars)
    };
    let per_event = |figures: &Figures| figures.per_event(figures.wire());
    let headers = group.figures.iter().filter_map(|&figures| {
        Some((share(figures.headers(), figures.wire())?, figures)).filter(|_| figures.delivered > 0)
    });
    let sentences = [
        span(group, per_event, bytes)
            .map(|span| format!("Bytes in both directions for each delivered event: {span}. Connecting is included."))
            .unwrap_or_default(),
        headers
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(share, figures)| {
                let most = if group.figures.len() > 1 { ", the largest share here" } else { "" };
                format!("Headers are {} of the bytes of {}{most}.", percent(share), over(figures))
            })
            .unwrap_or_default(),
    ];
    Some(figure(&format!("Bytes per event, {}", group.name()), &key, &sentences))
}

/// What HPACK makes of the headers.
fn hpack(group: &Group<'_>) -> Option<Figure> {
    let figures = group.figures.iter().copied().filter(|figures| figures.case.protocol.version == Version::Http2);
    let group = Group { figures: figures.collect(), ..group.clone() };
    let bars = bars(&group, |figures| {
        let (packed, plain) = (figures.headers(), figures.plain_headers());
        let parts = [("headers", packed), ("saved", plain.saturating_sub(packed))];
        let parts = parts.into_iter().filter_map(|(name, bytes)| Some((name, figures.per_event(bytes)?))).collect();
        Some(Bar { parts, text: share(packed, plain).map(percent)? })
    })?;
    let key = html! {
        p.key { span { i.headers {} "headers on the wire" } span { i.saved {} "saved by HPACK" } }
        (bars)
    };
    let packed =
        |way| group.get(way).and_then(|figures| Some((figures, share(figures.headers(), figures.plain_headers())?)));
    let sentences = [
        span(&group, |figures| share(figures.headers(), figures.plain_headers()), percent)
            .map(|span| format!("Headers on the wire, of the same headers without compression: {span}."))
            .unwrap_or_default(),
        [Way::Short, Way::ShortEtag, Way::Long]
            .into_iter()
            .find_map(packed)
            .filter(|(figures, share)| *share < 0.7 && figures.delivered > 0)
            .map(|(figures, _)| {
                format!(
                    "On a connection that stays open a header that repeats is a reference to the first one: {} of headers for each event \
                     by {}, instead of {}.",
                    bytes(figures.per_event(figures.headers()).unwrap_or_default()),
                    over(figures),
                    bytes(figures.per_event(figures.plain_headers()).unwrap_or_default()),
                )
            })
            .unwrap_or_default(),
        [Way::ShortNew, Way::Sse]
            .into_iter()
            .find_map(packed)
            .filter(|(_, share)| *share > 0.5)
            .map(|(figures, share)| {
                format!(
                    "A connection with one request has nothing to refer to except a table of common headers: {} remain by {}.",
                    percent(share),
                    over(figures)
                )
            })
            .unwrap_or_default(),
    ];
    Some(figure(&format!("Headers with HPACK, {}", group.name()), &key, &sentences))
}
