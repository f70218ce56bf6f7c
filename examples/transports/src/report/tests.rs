use std::time::Duration;

use scraper::{ElementRef, Html, Selector};

use super::claims::claims;
use super::synthetic::{empty, figures, outcome};
use super::{facts, html, markdown, table};
use crate::case::{Case, Protocol, Selection, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome, Shared};

/// Parsed strictly: a tag that is not closed, or closed twice, is an error.
fn parsed(outcome: &Outcome) -> (String, Html) {
    let text = html(outcome).unwrap();
    let page = Html::parse_document(&text);
    assert!(page.errors.is_empty(), "{:?}", page.errors);
    (text, page)
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect()
}

/// Of every synthetic case a part, down to one.
fn filtered(keep: impl Fn(&Figures) -> bool) -> Outcome {
    let mut outcome = outcome(3);
    outcome.cases.retain(keep);
    outcome
}

#[test]
fn every_case_is_in_the_table_once_and_rows_fit_the_terminal() {
    let outcome = outcome(1);
    let text = table(&outcome);
    assert!(text.lines().all(|line| line.chars().count() <= 150), "{text}");
    let mut heading = String::new();
    let mut found = Vec::new();
    for line in text.lines() {
        if !line.starts_with(' ') {
            line.clone_into(&mut heading);
        } else if let Some(way) = Way::ALL.iter().find(|way| line[2..].starts_with(&format!("{way:<31}"))) {
            // Names of protocols begin with each other's: columns tell where they end.
            found.push(format!("{way} {} {heading}", line[33..46].trim()));
        }
    }
    let mut expected: Vec<_> = outcome
        .cases
        .iter()
        .map(|Figures { case: Case { way, protocol, rate, clients, cut }, .. }| {
            let feed = format!("{}{}", rate.to_string()[..1].to_uppercase(), &rate.to_string()[1..]);
            let (s, cut) = (if *clients == 1 { "" } else { "s" }, if *cut { ", cut in the middle" } else { "" });
            format!("{way} {protocol} {feed} feed, {clients} client{s}{cut}")
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    for shared in &outcome.shared {
        let rows = text.lines().filter(|line| line.starts_with(&format!("  {}  ", shared.arrangement)));
        assert_eq!(rows.count(), 1);
    }
}

#[test]
fn comparable_rows_stand_together_and_cut_cases_in_groups_of_their_own() {
    let text = table(&outcome(1));
    let groups: Vec<_> = text.split("\n\n").filter(|group| group.contains(" feed, ")).collect();
    assert_eq!(groups.len(), 7);
    assert!(groups[..6].iter().all(|group| !group.contains("cut") && group.lines().count() == 3 + 20));
    assert!(groups[6].starts_with("Steady feed, 6 clients, cut") && groups[6].lines().count() == 3 + 10);
}

#[test]
fn the_figures_of_a_case_are_in_its_row() {
    let mut outcome = filtered(|figures| {
        figures.case == Case { way: Way::Long, protocol: Protocol::HTTP2, rate: Rate::Steady, clients: 30, cut: false }
    });
    let only = &mut outcome.cases[0];
    (only.requests, only.connections, only.delivered, only.lost, only.doubled) = (4321, 77, 100, 13, 17);
    (only.up.wire, only.down.wire, only.up.headers, only.down.headers) = (20_000, 30_000, 10_000, 2_500);
    (only.server_cpu, only.heap_per_client) = (Duration::from_micros(1250), 2345);
    only.latencies = [100, 200, 300].map(Duration::from_millis).into();
    let row = table(&outcome).lines().find(|line| line.contains("long polling")).unwrap().to_owned();
    let cells: Vec<_> = row.split_whitespace().collect();
    let figures = "4321 77 200 300 25 % 12.5 2.3 200.00 300.00 300.00 13 17";
    assert_eq!(cells.join(" "), format!("long polling HTTP/2 {figures}"));
}

#[test]
fn the_page_needs_nothing_else() {
    let (text, page) = parsed(&outcome(1));
    for needle in ["http://", "https://", "src=", "url(", "@import", "<link", "<script"] {
        assert!(!text.contains(needle), "{needle}");
    }
    assert_eq!(all(&page, "html[lang=en] > head > title").len(), 1);
    assert_eq!(all(&page, "meta[name=viewport]").len(), 1);
    assert!(text.contains("prefers-color-scheme: dark"));
}

#[test]
fn every_plot_has_a_caption_with_figures_and_every_drawing_a_label() {
    for outcome in [outcome(1), filtered(|figures| figures.case.way == Way::Sse), filtered(|figures| figures.case.cut)]
    {
        let (_, page) = parsed(&outcome);
        let figures = all(&page, "figure");
        assert!(figures.len() >= 3, "{}", figures.len());
        for figure in figures {
            let plots = Selector::parse(".plot svg, .bars .row, .ranges .row, table td").unwrap();
            assert!(figure.select(&plots).next().is_some(), "{}", text(figure));
            let caption = figure.select(&Selector::parse("figcaption").unwrap()).next().unwrap();
            assert!(text(caption).contains(|c: char| c.is_ascii_digit()), "{}", text(caption));
        }
        for drawing in all(&page, "svg") {
            assert_eq!(drawing.attr("role"), Some("img"));
            assert!(drawing.attr("aria-label").is_some_and(|label| label.len() > 10));
            // Colours come from the style sheet, or dark mode would not change them.
            assert!(!drawing.html().contains("\"#"), "{}", drawing.html());
        }
        assert_eq!(all(&page, "svg").len(), 2 * all(&page, ".plot.narrow").len());
    }
}

#[test]
fn the_page_lists_every_case_once() {
    let outcome = outcome(1);
    let (_, page) = parsed(&outcome);
    assert_eq!(all(&page, "#all tr.case").len(), outcome.cases.len());
    assert_eq!(all(&page, "#all details").len(), 7);
}

#[test]
fn text_is_escaped() {
    let mut outcome = outcome(1);
    outcome.shared.push(Shared {
        arrangement: "<b>\"a\" & b</b> | c".to_owned(),
        latencies: vec![Duration::from_millis(3)],
        downloaded: 1,
    });
    let (text, page) = parsed(&outcome);
    assert!(!text.contains("<b>\"a\""));
    assert!(
        all(&page, ".ranges .label").iter().any(|label| label.text().any(|text| text.contains("<b>\"a\" & b</b> | c")))
    );
    assert!(all(&page, "svg").iter().any(|svg| svg.attr("aria-label").unwrap().contains("<b>\"a\" & b</b>")));
    assert!(markdown(&outcome).contains("| <b>\"a\" & b</b> \\| c |"));
}

#[test]
fn an_empty_outcome_gives_a_page_without_plots() {
    let (_, page) = parsed(&empty());
    assert!(all(&page, "figure, svg, .claims").is_empty());
    assert_eq!(all(&page, ".none, #method").len(), 2);
    assert_eq!(table(&empty()).trim_end(), Selection::Short.describe());
    assert_eq!(markdown(&empty()).lines().count(), 1);
}

#[test]
fn few_cases_give_a_page_without_empty_plots() {
    let mut random = fastrand::Rng::with_seed(5);
    for way in Way::ALL {
        for rate in Rate::ALL {
            for cut in [false, true] {
                let case = Case { way, protocol: Protocol::HTTP2_TLS, rate, clients: 7, cut };
                let full = figures(case, &mut random);
                // As if no client had ever connected.
                let none = Figures {
                    delivered: 0,
                    latencies: Vec::new(),
                    requests: 0,
                    responses: 0,
                    empty: 0,
                    connections: 0,
                    up: crate::figures::Traffic::default(),
                    down: crate::figures::Traffic::default(),
                    server_cpu: Duration::ZERO,
                    heap_per_client: 0,
                    requests_over_time: Vec::new(),
                    connections_over_time: Vec::new(),
                    ..full.clone()
                };
                let one = vec![Duration::ZERO];
                let instant = Figures { latencies: one, delivered: 1, ..none.clone() };
                for only in [full, none.clone(), instant] {
                    let times = if cut { &only.connections_over_time } else { &only.requests_over_time };
                    let drawings = times.iter().any(|&number| number > 0) || (!cut && !only.latencies.is_empty());
                    let outcome = Outcome { selection: Selection::Short, cases: vec![only], ..empty() };
                    let (text, page) = parsed(&outcome);
                    assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
                    assert_eq!(all(&page, "#all tr.case").len(), 1);
                    assert_eq!(!all(&page, "svg").is_empty(), drawings);
                    assert!(table(&outcome).contains(&way.to_string()) && markdown(&outcome).lines().count() > 1);
                }
            }
        }
    }
}

/// The first words of the conclusions.
fn drawn(outcome: &Outcome) -> Vec<&'static str> {
    claims(outcome).iter().map(|claim| claim.of).collect()
}

/// What contradicts a conclusion.
type Change = fn(&mut Figures);

#[test]
fn a_conclusion_that_a_figure_contradicts_is_not_drawn() {
    let drawn_of_all = drawn(&outcome(1));
    assert_eq!(drawn_of_all.len(), 7, "{drawn_of_all:?}");
    // A conclusion, cases that count for it, and a change in one of them.
    let contradictions: [(&str, Way, Rate, bool, Change); 7] = [
        ("sooner", Way::Sse, Rate::Bursty, false, |figures| figures.latencies.fill(Duration::from_millis(200))),
        ("request per client", Way::Sse, Rate::Steady, false, |figures| figures.requests += 1),
        ("fewer bytes when news are rare", Way::Sse, Rate::Sparse, false, |figures| figures.down.wire *= 100),
        ("connection over HTTP/2", Way::Long, Rate::Steady, false, |figures| figures.connections += 1),
        ("events lost", Way::ShortEtag, Rate::Steady, true, |figures| figures.lost = 1),
        ("requests by long polling", Way::Long, Rate::Steady, false, |figures| {
            figures.latencies.fill(Duration::from_millis(90));
        }),
        ("held between polls", Way::ShortNew, Rate::Steady, false, |figures| figures.heap_per_client = 1 << 20),
    ];
    for (of, way, rate, cut, change) in contradictions {
        let mut outcome = outcome(1);
        let mut cases = outcome.cases.iter_mut().rev();
        change(
            cases
                .find(|figures| figures.case.way == way && figures.case.rate == rate && figures.case.cut == cut)
                .unwrap(),
        );
        let expected: Vec<_> = drawn_of_all.iter().copied().filter(|other| *other != of).collect();
        assert_eq!(drawn(&outcome), expected);
        assert!(!html(&outcome).unwrap().contains(&format!("<p class=\"of\">{of}</p>")));
    }
}

#[test]
fn sentences_of_plots_need_figures_that_agree_too() {
    let changes: [(&str, Change); 3] = [
        ("half an interval late", |figures| figures.latencies.fill(Duration::from_millis(1))),
        ("they share 1 connection", |figures| figures.connections += 1),
        ("In all ways a client says which event it has received last", |figures| figures.lost += 1),
    ];
    let page = html(&outcome(1)).unwrap();
    for (sentence, change) in changes {
        assert!(page.contains(sentence), "{sentence}");
        let mut outcome = outcome(1);
        outcome.cases.iter_mut().for_each(change);
        assert!(!html(&outcome).unwrap().contains(sentence), "{sentence}");
    }
}

#[test]
fn conclusions_need_both_sides() {
    assert!(
        drawn(&filtered(|figures| figures.case.way == Way::Sse && !figures.case.cut))
            .iter()
            .all(|of| *of == "connection over HTTP/2")
    );
    assert!(drawn(&empty()).is_empty());
}

#[test]
fn markdown_answers_each_question_with_tables_of_equal_rows() {
    let text = markdown(&outcome(1));
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("Measured on ") && first.contains("seed 1") && first.contains("cargo run"), "{first}");
    assert!(!text.contains("/home") && !text.contains("/root"));
    let questions: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(
        questions,
        [
            "Latency",
            "Cost of an event",
            "A client on a sparse feed",
            "When the network is cut",
            "HTTP/1.1 and HTTP/2",
            "Events next to a large download"
        ]
    );
    for block in text.split("\n\n").filter(|block| block.starts_with('|')) {
        let columns = block.lines().next().unwrap().matches('|').count();
        assert!(block.lines().count() > 2 && block.lines().all(|line| line.matches('|').count() == columns), "{block}");
    }
}

#[test]
fn feeds_are_columns_and_the_figures_of_a_case_stand_below_its_feed() {
    let mut outcome = outcome(1);
    let case = Case { way: Way::Long, protocol: Protocol::HTTP1, rate: Rate::Bursty, clients: 30, cut: false };
    let only = outcome.cases.iter_mut().find(|figures| figures.case == case).unwrap();
    only.latencies = [7, 8, 60].map(Duration::from_millis).into();
    (only.delivered, only.server_cpu, only.up.wire, only.down.wire) = (10, Duration::from_micros(420), 1000, 2120);
    let text = markdown(&outcome);
    assert_eq!(
        text.matches("| way | sparse feed | steady feed | bursty feed |\n| --- | ---: | ---: | ---: |").count(),
        2
    );
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| long polling | ")).collect();
    assert!(rows[0].ends_with("| 8\u{a0}ms / 60\u{a0}ms |"), "{}", rows[0]);
    assert!(rows[1].ends_with("| 312\u{a0}B / 42\u{a0}µs |"), "{}", rows[1]);
    // With other numbers of clients feeds cannot be compared.
    let one = filtered(|figures| figures.case.clients == if figures.case.rate == Rate::Bursty { 1 } else { 30 });
    assert!(markdown(&one).contains("| way | sparse feed | steady feed |\n"));
}

#[test]
fn the_command_has_all_options_that_change_the_figures() {
    let outcome = Outcome { selection: Selection::Full, clients: vec![1, 6], seed: 9, ..empty() };
    assert!(facts::command(&outcome).ends_with("Cargo.toml -- --full --clients 1,6 --seed 9"));
    for text in [table(&outcome), html(&outcome).unwrap()] {
        assert!(text.contains(Selection::Full.describe()) && text.contains("numbers of clients: 1,6."), "{text}");
    }
}

#[test]
fn the_features_are_those_of_the_manifest() {
    let manifest = include_str!("../../Cargo.toml");
    let library = manifest.lines().find(|line| line.starts_with("sse-proto = ")).unwrap();
    let (_, features) = library.split_once("features = [").unwrap();
    assert_eq!(features.split_once(']').unwrap().0.replace('"', ""), facts::FEATURES);
}

#[test]
fn one_connection_is_explained_where_clients_share_one() {
    let sentence = "as tabs of one browser or users behind one proxy do";
    let page = |keep: fn(&Case) -> bool| html(&filtered(|figures| keep(&figures.case))).unwrap();
    // Next to the plot of memory, and in the method.
    assert_eq!(page(|_| true).matches(sentence).count(), 2);
    assert!(page(|_| true).contains("see the cases with 1 client"));
    assert!(!page(|case| case.clients == 1).contains(sentence));
    assert!(!page(|case| case.protocol == Protocol::HTTP1).contains(sentence));
    assert!(!page(|case| case.clients > 1).contains("see the cases with 1 client"));
}

/// With the page, in light and in dark mode; 4.5 is what text needs.
#[test]
fn colours_have_contrast() {
    let style = include_str!("report.css");
    let (light, dark) = style.split_once("@media (prefers-color-scheme: dark)").unwrap();
    for mode in [light, dark] {
        let colour = |name: &str| {
            let (_, rest) = mode.split_once(&format!("  --{name}: #")).unwrap();
            luminance(u32::from_str_radix(&rest[..6], 16).unwrap())
        };
        let paper = colour("paper");
        for name in [
            "ink",
            "soft",
            "muted",
            "bad",
            "short-new",
            "short",
            "short-etag",
            "long",
            "sse",
            "other-1",
            "other-2",
            "other-3",
            "other-4",
            "other-5",
        ] {
            let (dark, light) = (paper.min(colour(name)), paper.max(colour(name)));
            let contrast = (light + 0.05) / (dark + 0.05);
            assert!(contrast > 4.5, "{name}: {contrast}");
        }
    }
}

/// As WCAG defines it.
fn luminance(rgb: u32) -> f64 {
    let part = |shift: u32| {
        let part = f64::from((rgb >> shift) & 0xff) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}
