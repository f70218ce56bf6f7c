//! CPU time of an event, and memory of a client that waits.

use maud::Markup;

use super::{Figure, each, figure, lies_between, section as whole, span};
use crate::case::Way;
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};
use crate::report::bars::{Bar, bars};
use crate::report::facts::{one_connection, separate_users};
use crate::report::number::{bytes, counted, float, microseconds, ratio, share};
use crate::report::select::{Group, best, most_clients, of_one_protocol};

pub(super) fn section(outcome: &Outcome) -> Option<Markup> {
    let of_feed = |rate| best(outcome, |group| !group.cut && group.rate == rate, |group| group.clients);
    let groups: Vec<_> = Rate::ALL.into_iter().filter_map(of_feed).collect();
    let mut figures: Vec<_> = groups
        .iter()
        .filter_map(|group| Some(Figure { folded: lies_between(group, &groups), ..cpu(group)? }))
        .collect();
    figures.extend(most_clients(outcome, Rate::Sparse).and_then(|group| memory(outcome, &group)));
    whole("cost", "What does it cost the server?", figures)
}

fn cpu(group: &Group<'_>) -> Option<Figure> {
    let plot = bars(group, |figures| Some(Bar::new(figures.cpu()?, microseconds(figures.cpu()?))))?;
    let batch = group
        .figures
        .iter()
        .filter(|figures| figures.case.way != Way::Sse)
        .filter_map(|figures| {
            Some((share(figures.delivered, figures.responses.saturating_sub(figures.empty))?, figures))
        })
        .filter(|(events, _)| *events > 2.0)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let sentences = [
        span(group, Figures::cpu, microseconds)
            .map(|span| format!("CPU time of the server for each delivered event: {span}."))
            .unwrap_or_default(),
        batch
            .map(|(events, figures)| {
                format!(
                    "An answer with news can hold several events: {} on average by {}.",
                    ratio(events),
                    super::over(figures)
                )
            })
            .unwrap_or_default(),
    ];
    Some(figure(&format!("CPU time per event, {}", group.name()), &plot, &sentences))
}

fn memory(outcome: &Outcome, group: &Group<'_>) -> Option<Figure> {
    let heap = |figures: &Figures| float(figures.heap_per_client);
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
                    "Between polls, a client of short polling that keeps its connection costs that connection; a held long poll and an \
                     event stream cost a connection and a request. Over {protocol}: {}.",
                    each(part, |figures| Some(heap(figures)), |figures| bytes(heap(figures)))
                )
            })
            .unwrap_or_default(),
        one_connection(group.figures.iter().copied()).map(|one| format!("{one} {}", separate_users(outcome))).unwrap_or_default(),
    ];
    Some(figure(&format!("Memory of a waiting client, {}", group.name()), &plot, &sentences))
}
