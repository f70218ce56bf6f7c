//! How late events arrive.

use maud::Markup;

use super::{Figure, each, figure, section as whole, sentence};
use crate::Result;
use crate::case::{POLL_INTERVAL, Protocol};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};
use crate::report::bars::{latencies, ranges};
use crate::report::claims::short;
use crate::report::number::{count, milliseconds, seconds};
use crate::report::plot::{Curve, Tone, distribution};
use crate::report::select::{Group, best_of_one_protocol};

pub(super) fn section(outcome: &Outcome) -> Result<Option<Markup>> {
    let plain = |group: &Group<'_>| !group.cut && group.figures.iter().any(|figures| !figures.latencies.is_empty());
    let Some(group) = best_of_one_protocol(outcome, plain, |group| {
        (group.rate == Rate::Steady, group.protocol == Some(Protocol::HTTP1), std::cmp::Reverse(group.clients))
    }) else {
        return Ok(None);
    };
    let mut figures = Vec::from_iter(curves(&group)?);
    let mut ranged = false;
    for rate in Rate::ALL {
        let wanted = |other: &Group<'_>| {
            plain(other) && other.rate == rate && (other.rate, other.clients) != (group.rate, group.clients)
        };
        if let Some(group) =
            best_of_one_protocol(outcome, wanted, |group| (group.clients, group.protocol == Some(Protocol::HTTP1)))
        {
            // The first one is enough to compare with.
            let folded = std::mem::replace(&mut ranged, true);
            figures.extend(range(&group).map(|figure| Figure { folded, ..figure }));
        }
    }
    Ok(whole("latency", "How late does an event arrive?", figures))
}

fn curves(group: &Group<'_>) -> Result<Option<Figure>> {
    let curves: Vec<_> = group
        .figures
        .iter()
        .map(|figures| Curve {
            name: figures.case.way.to_string(),
            tone: Tone::of(figures.case.way),
            latencies: &figures.latencies,
        })
        .collect();
    let events: usize = curves.iter().map(|curve| curve.latencies.len()).sum();
    let label = format!("Share of events that have arrived after a time: {}", group.name());
    let Some(plot) = distribution(&curves, &label)? else { return Ok(None) };
    let slowest = group.figures.iter().max_by_key(|figures| figures.percentile(100));
    let sentences = [
        format!(
            "Share of {} deliveries that have arrived after the time on the logarithmic axis. Half of them have arrived after: {}.",
            count(events as u64),
            medians(group)
        ),
        slowest.map_or_else(String::new, |slowest| {
            format!(
                "The slowest delivery took {}, by {}.",
                milliseconds(slowest.percentile(100).unwrap_or_default()),
                slowest.case.way
            )
        }),
        half_an_interval(group).unwrap_or_default(),
    ];
    Ok(Some(figure(&title(group), &plot, &sentences)))
}

fn range(group: &Group<'_>) -> Option<Figure> {
    let plot = ranges(&latencies(group))?;
    Some(figure(&title(group), &plot, &[sentence(&format!("median latencies: {}", medians(group)))]))
}

fn title(group: &Group<'_>) -> String {
    format!("Latency, {}", group.name())
}

fn medians(group: &Group<'_>) -> String {
    let median = |figures: &Figures| figures.median().map(|median| median.as_secs_f64());
    each(group, median, |figures| milliseconds(figures.median().unwrap_or_default()))
}

/// What the latency of short polling comes from, if it is what one expects.
fn half_an_interval(group: &Group<'_>) -> Option<String> {
    let median = short(group)?.median()?;
    (median > POLL_INTERVAL.mul_f64(0.3) && median < POLL_INTERVAL.mul_f64(0.7)).then(|| {
        format!(
            "A client that asks every {} learns of an event about half an interval late (median {}), whatever the server does. \
             With an interval of 10\u{a0}s that is 5\u{a0}s: the interval of this run is {}, so that it takes seconds.",
            milliseconds(POLL_INTERVAL),
            milliseconds(median),
            seconds(POLL_INTERVAL)
        )
    })
}
