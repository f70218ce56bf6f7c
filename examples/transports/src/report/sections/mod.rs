//! The sections of the page: a question, a plot, and what the plot shows in words. A section without data is left out.

mod connections;
mod cost;
mod cut;
mod download;
mod latency;
mod requests;
mod wire;

use maud::{Markup, html};

use super::number::{capital, list};
use super::select::Group;
use crate::Result;
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};

/// All sections for which there are figures.
pub(super) fn sections(outcome: &Outcome) -> Result<Vec<Markup>> {
    let sections = [
        latency::section(outcome)?,
        requests::section(outcome)?,
        wire::section(outcome),
        connections::section(outcome),
        cost::section(outcome),
        cut::section(outcome)?,
        download::section(outcome)?,
    ];
    Ok(sections.into_iter().flatten().collect())
}

/// A plot with a title, and sentences that say what it shows.
struct Figure {
    title: String,
    markup: Markup,
    /// Shown only if the reader asks for more.
    folded: bool,
}

/// A question and the figures that answer it.
fn section(id: &str, question: &str, figures: Vec<Figure>) -> Option<Markup> {
    // Something must be seen: if there is nothing else, what is less important too.
    let all_folded = figures.iter().all(|figure| figure.folded);
    let (folded, shown): (Vec<_>, Vec<_>) = figures.into_iter().partition(|figure| figure.folded && !all_folded);
    (!shown.is_empty()).then(|| {
        html! {
            section id=(id) {
                h2 { (question) }
                @for figure in shown { (figure.markup) }
                @for figure in folded { details.more { summary { (figure.title) } (figure.markup) } }
            }
        }
    })
}

fn figure(title: &str, plot: &Markup, sentences: &[String]) -> Figure {
    let markup = html! {
        figure {
            h3 { (title) }
            (plot)
            figcaption {
                @for sentence in sentences.iter().filter(|sentence| !sentence.is_empty()) { p { (sentence) } }
            }
        }
    };
    Figure { title: title.to_owned(), markup, folded: false }
}

/// Whether a plot of this group can be folded: the steady feed lies between the others, if they show as many cases.
fn lies_between(group: &Group<'_>, groups: &[Group<'_>]) -> bool {
    let as_many = |other: &Group<'_>| other.rate != Rate::Steady && other.figures.len() >= group.figures.len();
    group.rate == Rate::Steady && groups.iter().any(as_many)
}

/// What each way of a group has, in ascending order: `1 ms (SSE), 2 ms (long polling) and 3 ms (short polling, ETag)`.
fn each(group: &Group<'_>, order: impl Fn(&Figures) -> Option<f64>, text: impl Fn(&Figures) -> String) -> String {
    let mut ways: Vec<_> =
        group.ways().filter_map(|way| group.get(way)).filter_map(|figures| Some((order(figures)?, figures))).collect();
    ways.sort_by(|a, b| a.0.total_cmp(&b.0));
    let parts: Vec<_> =
        ways.into_iter().map(|(_, figures)| format!("{} ({})", text(figures), figures.case.way)).collect();
    list(&parts)
}

/// For instance `SSE over HTTP/2`.
fn over(figures: &Figures) -> String {
    format!("{} over {}", figures.case.way, figures.case.protocol)
}

fn sentence(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{}.", capital(text)) }
}

/// A case, and one of its figures.
type Ranked<'a> = (f64, &'a Figures);

/// The ends of a group: the case with the smallest figure and the one with the largest.
fn ends<'a>(group: &Group<'a>, of: impl Fn(&Figures) -> Option<f64>) -> Option<(Ranked<'a>, Ranked<'a>)> {
    let all = || group.figures.iter().filter_map(|&figures| Some((of(figures)?, figures)));
    Some((all().min_by(|a, b| a.0.total_cmp(&b.0))?, all().max_by(|a, b| a.0.total_cmp(&b.0))?))
}

/// `from A by X to B by Y`, or what all of them have.
fn span(group: &Group<'_>, of: impl Fn(&Figures) -> Option<f64>, text: impl Fn(f64) -> String) -> Option<String> {
    let (low, high) = ends(group, of)?;
    Some(if group.figures.len() == 1 {
        text(low.0)
    } else if text(low.0) == text(high.0) {
        format!("{} in all cases", text(low.0))
    } else {
        format!("from {} ({}) to {} ({})", text(low.0), over(low.1), text(high.0), over(high.1))
    })
}

/// Names in a sentence, without repetitions.
fn names(names: impl IntoIterator<Item = String>) -> String {
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    list(&unique)
}
