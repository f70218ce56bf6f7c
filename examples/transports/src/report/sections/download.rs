//! Events next to a large download.

use maud::{Markup, html};

use super::{figure, section as whole};
use crate::Result;
use crate::figures::Outcome;
use crate::report::bars::{Range, ranges};
use crate::report::number::{bytes, count, float, milliseconds};
use crate::report::plot::{Curve, Tone, distribution};

pub(super) fn section(outcome: &Outcome) -> Result<Option<Markup>> {
    let rows: Vec<_> = outcome
        .shared
        .iter()
        .enumerate()
        .filter_map(|(number, shared)| {
            let [median, max] = [50, 100].map(|percent| shared.percentile(percent));
            let (name, tone) = (format!("{}: {}", letter(number), shared.arrangement), Tone::other(number));
            Some(Range { name, tone, median: median?, p99: None, max: max? })
        })
        .collect();
    let Some(plot) = ranges(&rows) else { return Ok(None) };
    let curves: Vec<_> = outcome
        .shared
        .iter()
        .enumerate()
        .map(|(number, shared)| Curve { name: letter(number), tone: Tone::other(number), latencies: &shared.latencies })
        .collect();
    let events: usize = outcome.shared.iter().map(|shared| shared.latencies.len()).sum();
    let downloaded = outcome.shared.iter().map(|shared| shared.downloaded).sum::<u64>();
    let quickest = rows.iter().min_by_key(|row| row.max);
    let slowest = rows.iter().max_by_key(|row| row.max);
    let mut sentences = vec![format!(
        "Latencies of {} events; next to them {} are downloaded in all.",
        count(events as u64),
        bytes(float(downloaded))
    )];
    if let (Some(quickest), Some(slowest)) = (quickest, slowest)
        && slowest.max > quickest.max.mul_f64(1.2)
    {
        sentences.push(format!(
            "The slowest event takes {} in arrangement {}, and {} in arrangement {}.",
            milliseconds(quickest.max),
            quickest.name.split(':').next().unwrap_or_default(),
            milliseconds(slowest.max),
            slowest.name.split(':').next().unwrap_or_default()
        ));
    }
    let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
    let label = format!("Share of events that have arrived after a time. {}", names.join("; "));
    sentences.push(
        "A browser cannot give priorities to the events of a stream: it names one for each request. RFC 9113 has deprecated the tree of \
         priorities of the first HTTP/2, and RFC 9218 has replaced it by two parameters of a header, which many servers ignore. The server \
         here (hyper) ignores it, too. Browsers have removed server push."
            .to_owned(),
    );
    let plot = html! {
        (plot)
        @if let Some(curves) = distribution(&curves, &label)? { (curves) }
    };
    Ok(whole("download", "Events next to a large download", vec![figure("Latency, by arrangement", &plot, &sentences)]))
}

/// `A`, `B`, and so on: full names would not fit.
fn letter(number: usize) -> String {
    char::from(b'A' + u8::try_from(number % 26).unwrap_or_default()).to_string()
}
