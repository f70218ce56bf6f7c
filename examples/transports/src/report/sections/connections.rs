//! How many connections clients need.

use maud::Markup;

use super::{each, figure, section as whole};
use crate::case::{Version, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};
use crate::report::bars::{Bar, bars};
use crate::report::facts::separate_users;
use crate::report::number::{count, counted, float};
use crate::report::select::{Group, most_clients, of_one_protocol};

pub(super) fn section(outcome: &Outcome) -> Option<Markup> {
    let group = most_clients(outcome, Rate::Sparse)?;
    let plot = bars(&group, |figures| Some(Bar::new(float(figures.connections), count(figures.connections))))?;
    let clients = counted(group.clients as u64, "client");
    let parts = of_one_protocol(&group);
    let version = |version| parts.iter().find(|part| part.protocol.is_some_and(|protocol| protocol.version == version));
    let sentences = [
        version(Version::Http1).map(|part| format!("Over HTTP/1.1 {clients} open: {}.", opened(part))).unwrap_or_default(),
        http2(outcome, &parts).unwrap_or_default(),
        version(Version::Http1)
            .map(|_| {
                "A browser opens at most six connections to a host over HTTP/1.1, in all its tabs together: the seventh event stream \
                 or long poll waits until one of them ends. The clients here have no such limit."
                    .to_owned()
            })
            .unwrap_or_default(),
    ];
    let title = format!("Connections opened, {}", group.name());
    whole("connections", "How many connections?", vec![figure(&title, &plot, &sentences)])
}

fn opened(group: &Group<'_>) -> String {
    each(group, |figures| Some(float(figures.connections)), |figures| count(figures.connections))
}

/// That all clients share one connection, or what they open instead.
fn http2(outcome: &Outcome, parts: &[Group<'_>]) -> Option<String> {
    let http2 = |part: &&Group<'_>| part.protocol.is_some_and(|protocol| protocol.version == Version::Http2);
    let shared = |figures: &&&Figures| figures.case.way != Way::ShortNew;
    let figures: Vec<_> = parts.iter().filter(http2).flat_map(|part| &part.figures).filter(shared).collect();
    let first = parts.iter().find(http2)?;
    if !figures.is_empty() && figures.iter().all(|figures| figures.connections == 1) {
        return Some(format!(
            "Over HTTP/2 they share 1 connection, on which each request is a stream{}. Tabs of one browser share a connection in this way, and \
             so do users behind one proxy. {}",
            first.get(Way::ShortNew).map_or_else(String::new, |new| format!(
                "; short polling that opens a connection for each request opens {}",
                count(new.connections)
            )),
            separate_users(outcome)
        ));
    }
    Some(format!("Over HTTP/2: {}.", opened(first)))
}
