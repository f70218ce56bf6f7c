//! Which cases are compared with each other, and which of several comparisons is shown.

use crate::case::{Case, Protocol, Way};
use crate::feed::Rate;
use crate::figures::{Figures, Outcome};

/// Cases which differ in nothing but the way and the protocol, or the way only.
#[derive(Clone, Debug)]
pub(super) struct Group<'a> {
    pub(super) rate: Rate,
    pub(super) clients: usize,
    pub(super) cut: bool,
    /// If all cases have the same one.
    pub(super) protocol: Option<Protocol>,
    /// By way, then by protocol.
    pub(super) figures: Vec<&'a Figures>,
}

impl<'a> Group<'a> {
    /// The ways that are compared, in the order of [`Way::ALL`].
    pub(super) fn ways(&self) -> impl Iterator<Item = Way> {
        Way::ALL.into_iter().filter(|&way| self.figures.iter().any(|figures| figures.case.way == way))
    }

    pub(super) fn get(&self, way: Way) -> Option<&'a Figures> {
        self.figures.iter().copied().find(|figures| figures.case.way == way)
    }

    /// The part with this protocol.
    fn of(&self, protocol: Protocol) -> Self {
        let figures = self.figures.iter().copied().filter(|figures| figures.case.protocol == protocol).collect();
        Self { protocol: Some(protocol), figures, ..*self }
    }

    /// For instance `sparse feed, 100 clients` or `HTTP/2, TLS, steady feed, 1 client`.
    pub(super) fn name(&self) -> String {
        format!("{}{} feed, {}", self.prefix(), self.rate, self.number())
    }

    /// The name without the feed: `HTTP/2, TLS, 1 client`.
    pub(super) fn conditions(&self) -> String {
        format!("{}{}", self.prefix(), self.number())
    }

    fn prefix(&self) -> String {
        self.protocol.map_or_else(String::new, |protocol| format!("{protocol}, "))
    }

    fn number(&self) -> String {
        format!("{} client{}", self.clients, if self.clients == 1 { "" } else { "s" })
    }
}

/// Cases with the same feed and number of clients: feeds in their order, cut cases last.
pub(super) fn groups(outcome: &Outcome) -> Vec<Group<'_>> {
    let mut cases: Vec<&Figures> = outcome.cases.iter().collect();
    cases.sort_by_key(|figures| order(&figures.case));
    cases
        .chunk_by(|a, b| key(&a.case) == key(&b.case))
        .map(|figures| {
            let (cut, rate, clients) = key(&figures[0].case);
            Group { rate, clients, cut, protocol: None, figures: figures.to_vec() }
        })
        .collect()
}

/// The parts of a group, one for each protocol.
pub(super) fn of_one_protocol<'a>(group: &Group<'a>) -> Vec<Group<'a>> {
    Protocol::ALL.map(|protocol| group.of(protocol)).into_iter().filter(|group| !group.figures.is_empty()).collect()
}

/// The group that shows most: the most ways, then the most protocols, then the preferred one.
pub(super) fn best<'a, K: Ord>(
    outcome: &'a Outcome,
    wanted: impl Fn(&Group<'a>) -> bool,
    preference: impl Fn(&Group<'a>) -> K,
) -> Option<Group<'a>> {
    groups(outcome)
        .into_iter()
        .filter(wanted)
        .max_by_key(|group| (group.ways().count(), group.figures.len(), preference(group)))
}

/// The same among groups with one protocol.
pub(super) fn best_of_one_protocol<'a, K: Ord>(
    outcome: &'a Outcome,
    wanted: impl Fn(&Group<'a>) -> bool,
    preference: impl Fn(&Group<'a>) -> K,
) -> Option<Group<'a>> {
    groups(outcome)
        .iter()
        .flat_map(of_one_protocol)
        .filter(wanted)
        .max_by_key(|group| (group.ways().count(), preference(group)))
}

/// Groups that differ in nothing but the feed, and are not cut: with the most feeds, then with the most cases.
pub(super) fn of_all_feeds(outcome: &Outcome) -> Vec<Group<'_>> {
    let parts: Vec<_> = groups(outcome).iter().filter(|group| !group.cut).flat_map(of_one_protocol).collect();
    let alike = |one: &Group<'_>| {
        let same = |other: &&Group<'_>| (other.protocol, other.clients) == (one.protocol, one.clients);
        parts.iter().filter(same).cloned().collect::<Vec<_>>()
    };
    let preference = |groups: &Vec<Group<'_>>| {
        let cases: usize = groups.iter().map(|group| group.figures.len()).sum();
        let first = groups.first().map(|group| (group.protocol == Some(Protocol::HTTP1), group.clients));
        (groups.len(), cases, first)
    };
    parts.iter().map(alike).max_by_key(preference).unwrap_or_default()
}

/// Of the groups with this feed that are not cut: the one with as few clients as possible, because it is the easiest one to understand.
pub(super) fn fewest_clients(outcome: &Outcome, rate: Rate) -> Option<Group<'_>> {
    best(outcome, |group| !group.cut && group.rate == rate, |group| std::cmp::Reverse(group.clients))
}

/// Of the groups that are not cut: the one with as many clients as possible, then with this feed.
pub(super) fn most_clients(outcome: &Outcome, rate: Rate) -> Option<Group<'_>> {
    best(outcome, |group| !group.cut, |group| (group.clients, group.rate == rate))
}

fn key(case: &Case) -> (bool, Rate, usize) {
    (case.cut, case.rate, case.clients)
}

fn order(case: &Case) -> (bool, usize, usize, usize, usize) {
    fn position<T: PartialEq>(all: &[T], one: &T) -> usize {
        all.iter().position(|other| other == one).unwrap_or(all.len())
    }
    let Case { way, protocol, rate, clients, cut } = case;
    (*cut, position(&Rate::ALL, rate), *clients, position(&Way::ALL, way), position(&Protocol::ALL, protocol))
}
