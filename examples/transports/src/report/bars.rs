//! Plots as HTML and CSS, which adapt to the width of the page: bars, and ranges on a logarithmic axis.

use std::time::Duration;

use maud::{Markup, html};

use super::number::{digits, milliseconds};
use super::plot::Tone;
use super::select::Group;
use crate::case::Way;
use crate::figures::Figures;

/// A bar for each case, with the parts of a whole.
pub(super) struct Bar {
    /// Its names and sizes.
    pub(super) parts: Vec<(&'static str, f64)>,
    pub(super) text: String,
}

impl Bar {
    pub(super) fn new(size: f64, text: String) -> Self {
        Self { parts: vec![("all", size)], text }
    }

    fn size(&self) -> f64 {
        self.parts.iter().map(|(_, size)| size).sum()
    }
}

/// The bars of a group, below the names of their ways. Nothing if no case has one, or all are 0.
pub(super) fn bars(group: &Group<'_>, bar: impl Fn(&Figures) -> Option<Bar>) -> Option<Markup> {
    let bars: Vec<_> = group.figures.iter().filter_map(|&figures| Some((figures.case, bar(figures)?))).collect();
    let longest = bars.iter().map(|(_, bar)| bar.size()).fold(0.0, f64::max);
    if longest <= 0.0 || !longest.is_finite() {
        return None;
    }
    Some(html! {
        ul.bars {
            @for way in Way::ALL {
                @let rows: Vec<_> = bars.iter().filter(|(case, _)| case.way == way).collect();
                @if !rows.is_empty() {
                    li style={ "--tone:" (Tone::of(way).css()) } {
                        span.way { (way) }
                        ul {
                            @for (case, bar) in rows {
                                li.row {
                                    span.label { (case.protocol) }
                                    span.track {
                                        @for (name, size) in &bar.parts {
                                            @if *size > 0.0 {
                                                i class=(name) style=(format!("width:{:.2}%", size / longest * 100.0)) {}
                                            }
                                        }
                                        span.value { (bar.text) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    })
}

/// A row of [`ranges`].
pub(super) struct Range {
    pub(super) name: String,
    pub(super) tone: Tone,
    pub(super) median: Duration,
    /// Nothing if there are too few latencies: it would be the maximum.
    pub(super) p99: Option<Duration>,
    pub(super) max: Duration,
}

/// From the median, over the 99th percentile if there is one, to the maximum. Nothing without rows.
pub(super) fn ranges(ranges: &[Range]) -> Option<Markup> {
    let logarithm = |latency: Duration| (latency.as_secs_f64().max(1e-6) * 1e3).log10();
    let low = ranges.iter().map(|range| logarithm(range.median)).reduce(f64::min)?.floor();
    let high = ranges.iter().map(|range| logarithm(range.max)).reduce(f64::max)?.ceil().max(low + 1.0);
    let place = |logarithm: f64| (logarithm - low) / (high - low) * 100.0;
    #[allow(clippy::cast_possible_truncation, reason = "a handful of powers of ten")]
    let ticks = low as i32..=high as i32;
    let at = |latency: Duration| place(logarithm(latency));
    Some(html! {
        ul.ranges {
            @for Range { name, tone, median, p99, max } in ranges {
                li.row style={ "--tone:" (tone.css()) } {
                    span.label { (name) }
                    span.track {
                        @for tick in ticks.clone() { i.tick style=(format!("left:{:.2}%", place(f64::from(tick)))) {} }
                        i.tail style=(format!("left:{:.2}%;right:{:.2}%", at(*median), 100.0 - at(*max))) {}
                        @if let Some(p99) = p99 {
                            i.most style=(format!("left:{:.2}%;right:{:.2}%", at(*median), 100.0 - at(*p99))) {}
                        }
                        i.median style=(format!("left:{:.2}%", at(*median))) {}
                    }
                    span.value {
                        b { (milliseconds(*median)) }
                        @if let Some(p99) = p99 { " · " (milliseconds(*p99)) }
                        " · " (milliseconds(*max))
                    }
                }
            }
            li.row.axis aria-hidden="true" {
                span.label {}
                span.track {
                    @for tick in ticks {
                        span style=(format!("left:{:.2}%", place(f64::from(tick)))) { (digits(10_f64.powi(tick))) }
                    }
                }
                span.value {
                    "ms, median"
                    @if ranges.iter().any(|range| range.p99.is_some()) { " · 99 %" }
                    " · max"
                }
            }
        }
    })
}

/// The latencies of a group's cases.
pub(super) fn latencies(group: &Group<'_>) -> Vec<Range> {
    group
        .figures
        .iter()
        .filter_map(|figures| {
            let [median, p99, max] = [50, 99, 100].map(|percent| figures.percentile(percent));
            let name = match group.protocol {
                Some(_) => figures.case.way.to_string(),
                None => format!("{}, {}", figures.case.way, figures.case.protocol),
            };
            Some(Range { name, tone: Tone::of(figures.case.way), median: median?, p99, max: max? })
        })
        .collect()
}
