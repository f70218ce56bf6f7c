//! Requests over time.

use maud::Markup;

use super::{Figure, each, figure, names, section as whole};
use crate::Result;
use crate::case::{Protocol, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome, SLOT};
use crate::report::number::{count, counted, float, percent, seconds, share};
use crate::report::plot::{Strip, Tone, strips};
use crate::report::select::{Group, best_of_one_protocol};

pub(super) fn section(outcome: &Outcome) -> Result<Option<Markup>> {
    let mut figures = Vec::new();
    for rate in [Rate::Sparse, Rate::Steady] {
        let wanted = |group: &Group<'_>| !group.cut && group.rate == rate;
        let preference =
            |group: &Group<'_>| (group.protocol == Some(Protocol::HTTP1), std::cmp::Reverse(group.clients));
        if let Some(group) = best_of_one_protocol(outcome, wanted, preference) {
            figures.extend(plot(&group)?);
        }
    }
    Ok(whole("requests", "How many requests?", figures))
}

fn plot(group: &Group<'_>) -> Result<Option<Figure>> {
    let all: Vec<_> = group
        .figures
        .iter()
        .map(|figures| Strip {
            name: figures.case.way.to_string(),
            note: counted(figures.requests, "request"),
            tone: Tone::of(figures.case.way),
            state: false,
            numbers: &figures.requests_over_time,
        })
        .collect();
    let title = format!("Requests, {}", group.name());
    let Some(plot) = strips(&all, SLOT, &title)? else { return Ok(None) };
    let sent = group.figures.iter().map(|figures| figures.sent).max().unwrap_or_default();
    let requests = each(group, |figures| Some(float(figures.requests)), |figures| count(figures.requests));
    let sentences = [
        format!(
            "Requests in each {}\u{a0}ms, on the same axes. In {} the server sends {}. Requests: {}.",
            SLOT.as_millis(),
            seconds(group.rate.duration()),
            counted(sent, "event"),
            requests
        ),
        before(group).unwrap_or_default(),
        empty(group).unwrap_or_default(),
    ];
    Ok(Some(figure(&title, &plot, &sentences)))
}

/// Requests that are counted and not in the plot.
fn before(group: &Group<'_>) -> Option<String> {
    let hidden = |figures: &Figures| figures.requests.saturating_sub(figures.requests_over_time.iter().sum());
    let figures = group.figures.iter().copied().filter(|figures| hidden(figures) > 0);
    let group = Group { figures: figures.collect(), ..group.clone() };
    (!group.figures.is_empty()).then(|| {
        let hidden = each(&group, |figures| Some(float(hidden(figures))), |figures| count(hidden(figures)));
        format!("Not in the plot, because they were made before the feed started or after it ended: {hidden}.")
    })
}

/// The share of empty answers.
fn empty(group: &Group<'_>) -> Option<String> {
    let polled = |figures: &&&Figures| figures.case.way != Way::Sse && figures.responses > 0;
    let worst = group.figures.iter().filter(polled).max_by_key(|figures| figures.empty)?;
    let share = share(worst.empty, worst.responses)?;
    let none = group.figures.iter().filter(|figures| figures.empty == 0).map(|figures| figures.case.way.to_string());
    let none = names(none);
    Some(format!(
        "Of {} by {}, {} without news ({}).{}",
        counted(worst.responses, "answer"),
        worst.case.way,
        if worst.empty == 1 { "1 is".to_owned() } else { format!("{} are", count(worst.empty)) },
        percent(share),
        if none.is_empty() { String::new() } else { format!(" No empty answer: {none}.") }
    ))
}
