//! CPU time of an event, and memory of a client that waits.

use maud::Markup;

use super::{Figure, each, figure, lies_between, section as whole, span};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};
use crate::report::bars::{Bar, bars};
use crate::report::number::{bytes, counted, microseconds};
use crate::report::select::{Group, best, most_clients, of_one_protocol};

pub(super) fn section(outcome: &Outcome) -> Option<Markup> {
    let of_feed = |rate| best(outcome, |group| !group.cut && group.rate == rate, |group| group.clients);
    let groups: Vec<_> = Rate::ALL.into_iter().filter_map(of_feed).collect();
    let mut figures: Vec<_> = groups
        .iter()
        .filter_map(|group| Some(Figure { folded: lies_between(group, &groups), ..cpu(group)? }))
        .collect();
    figures.extend(most_clients(outcome, Rate::Sparse).as_ref().and_then(memory));
    whole("cost", "What does it cost the server?", figures)
}

fn cpu(group: &Group<'_>) -> Option<Figure> {
    let plot = bars(group, |figures| Some(Bar::new(figures.cpu()?, microseconds(figures.cpu()?))))?;
    let batch = group
        .figures
        .iter()
        .filter_map(|figures| Some((figures.per_event(figures.requests)?, figures)))
        .filter(|(requests, _)| *requests > 0.0 && *requests < 0.5)
        .filter(|(_, figures)| figures.case.way != crate::case::Way::Sse)
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let sentences = [
        span(group, Figures::cpu, microseconds)
            .map(|span| format!("CPU time of the server for each delivered event: {span}."))
            .unwrap_or_default(),
        batch
            .map(|(requests, figures)| {
                format!(
                    "An answer to a poll can hold several events: {} on average by {}.",
                    super::super::number::digits((10.0 / requests).round() / 10.0),
                    super::over(figures)
                )
            })
            .unwrap_or_default(),
    ];
    Some(figure(&format!("CPU time per event, {}", group.name()), &plot, &sentences))
}

#[allow(clippy::cast_precision_loss, reason = "for display")]
fn memory(group: &Group<'_>) -> Option<Figure> {
    let heap = |figures: &Figures| figures.heap_per_client as f64;
    let plot = bars(group, |figures| Some(Bar::new(heap(figures), bytes(heap(figures)))))?;
    let sentences = [
        span(group, |figures| Some(heap(figures)), bytes)
            .map(|span| {
                format!("Heap of the server for each client that waits, of {}: {span}.", counted(group.clients as u64, "client"))
            })
            .unwrap_or_default(),
        span(group, Figures::resident_per_client, bytes)
            .map(|span| format!("Resident memory, which the allocator takes in larger pieces, grows for each of them: {span}."))
            .unwrap_or_default(),
        of_one_protocol(group)
            .first()
            .filter(|part| part.ways().count() > 1)
            .and_then(|part| Some((part.protocol?, part)))
            .map(|(protocol, part)| {
                format!(
                    "Between polls a client of short polling costs its connection; a held long poll and an event stream cost a connection \
                     and a request. Over {protocol}: {}.",
                    each(part, |figures| Some(heap(figures)), |figures| bytes(heap(figures)))
                )
            })
            .unwrap_or_default(),
    ];
    Some(figure(&format!("Memory of a waiting client, {}", group.name()), &plot, &sentences))
}
