//! What happens when the network is cut in the middle.

use maud::{Markup, html};

use super::{Figure, each, figure, section as whole};
use crate::Result;
use crate::case::{OUTAGE, Protocol};
use crate::figures::{Figures, Outcome, SLOT};
use crate::report::number::{count, counted, float, milliseconds};
use crate::report::plot::{Strip, Tone, strips};
use crate::report::select::{Group, best_of_one_protocol, groups};

pub(super) fn section(outcome: &Outcome) -> Result<Option<Markup>> {
    let mut figures = Vec::new();
    let preference = |group: &Group<'_>| (group.protocol == Some(Protocol::HTTP1), group.clients);
    if let Some(group) = best_of_one_protocol(outcome, |group| group.cut, preference) {
        figures.extend(connections(&group)?);
    }
    for (number, group) in groups(outcome).iter().filter(|group| group.cut).enumerate() {
        figures.push(Figure { folded: number > 0, ..table(group) });
    }
    Ok(whole("cut", "What if the network is cut?", figures))
}

fn connections(group: &Group<'_>) -> Result<Option<Figure>> {
    let all: Vec<_> = group
        .figures
        .iter()
        .map(|figures| Strip {
            name: figures.case.way.to_string(),
            note: format!("{} opened", count(figures.connections)),
            tone: Tone::of(figures.case.way),
            state: true,
            numbers: &figures.connections_over_time,
        })
        .collect();
    let title = format!("Open connections, {}, cut in the middle", group.name());
    let Some(plot) = strips(&all, SLOT, &title)? else { return Ok(None) };
    let refused = group.figures.iter().map(|figures| figures.refused).max().unwrap_or_default();
    let opened = each(group, |figures| Some(float(figures.connections)), |figures| count(figures.connections));
    let sentences = [
        format!(
            "Connections that are open at the end of each {}\u{a0}ms. All are cut in the middle, and for {} no new one can be opened. \
             Connections that were opened: {}.",
            SLOT.as_millis(),
            milliseconds(OUTAGE),
            opened
        ),
        match refused {
            0 => String::new(),
            _ => format!("While the network is down, up to {} to connect fail in a case.", counted(refused, "attempt")),
        },
    ];
    Ok(Some(figure(&title, &plot, &sentences)))
}

fn table(group: &Group<'_>) -> Figure {
    let table = html! {
        div.scroll {
            table.compact {
                thead { tr { th scope="col" { "Case" } @for name in ["lost", "doubled", "requests", "failed", "max"] { th scope="col" { (name) } } } }
                tbody {
                    @for figures in &group.figures {
                        tr style={ "--tone:" (Tone::of(figures.case.way).css()) } {
                            th scope="row" { span.way { (figures.case.way) } " " small { (figures.case.protocol) } }
                            td.bad[figures.lost > 0] { (count(figures.lost)) }
                            td { (count(figures.doubled)) }
                            td { (count(figures.requests)) }
                            td { (count(figures.refused)) }
                            td { (figures.percentile(100).map_or_else(|| "–".to_owned(), milliseconds)) }
                        }
                    }
                }
            }
        }
    };
    let all = || group.figures.iter().copied();
    let sum = |of: fn(&Figures) -> u64| all().map(of).sum::<u64>();
    let (delivered, lost, doubled) =
        (sum(|figures| figures.delivered), sum(|figures| figures.lost), sum(|figures| figures.doubled));
    let sentences = [
        format!(
            "{} in {}: {} delivered, {} lost, {} doubled.",
            counted(delivered + lost, "event"),
            counted(all().count() as u64, "case"),
            count(delivered),
            count(lost),
            count(doubled)
        ),
        if lost == 0 && delivered > 0 {
            "In all ways a client says which event it has received last, and the server sends those that follow. With SSE the protocol \
             does it, by Last-Event-ID; a client that polls has to do it itself."
                .to_owned()
        } else {
            String::new()
        },
        "“Doubled” counts events that a client received again, “failed” attempts to connect while the network was down. “Max” is the \
         longest time from sending an event until a client had it: an event that is sent during the cut has to wait."
            .to_owned(),
    ];
    figure(&format!("Lost and doubled events, {}", group.name()), &table, &sentences)
}
