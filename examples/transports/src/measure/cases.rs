//! Which cases a run measures, and which of them at the same time.

use std::time::Duration;

use crate::case::{Case, POLL_INTERVAL, Protocol, Selection, Way};
use crate::feed::Rate;

/// As many as six, which is as many connections as a browser opens to a host, one more, and many.
const CLIENTS: [usize; 4] = [1, 6, 7, 100];

/// The most deliveries and polls per second that cases which run side by side have together. More would disturb each other.
const MOST_LOAD: usize = 1700;

/// The most cases, and the most clients, that run side by side. A client has a file descriptor or more.
const MOST_CASES: usize = 10;
const MOST_CLIENTS: usize = 500;

/// How long a group takes before its feed begins and after it has ended, and how long the events next to a download take, about.
const AROUND: Duration = Duration::from_millis(1500);
const DOWNLOADS: Duration = Duration::from_secs(6);

/// Returns the cases of a selection. With numbers of clients these only: if the selection has no such case, its cases are measured
/// with these numbers instead.
pub(super) fn cases(selection: Selection, clients: &[usize]) -> Vec<Case> {
    let all = match selection {
        Selection::Short => short(),
        Selection::Default => default(),
        Selection::Full => full(),
    };
    if clients.is_empty() {
        return all;
    }
    let mut chosen: Vec<_> = all.iter().filter(|case| clients.contains(&case.clients)).copied().collect();
    for clients in clients.iter().filter(|clients| !all.iter().any(|case| case.clients == **clients)) {
        for case in &all {
            let case = Case { clients: *clients, ..*case };
            if !chosen.contains(&case) {
                chosen.push(case);
            }
        }
    }
    chosen
}

fn short() -> Vec<Case> {
    let mut cases = Vec::new();
    for protocol in [Protocol::HTTP1, Protocol::HTTP2_TLS] {
        for cut in [false, true] {
            cases.extend(Way::ALL.map(|way| Case { way, protocol, rate: Rate::Steady, clients: 7, cut }));
        }
    }
    cases
}

/// All feeds over HTTP/1.1, all protocols with one feed, cuts, and all numbers of clients, the last two over the protocols that differ
/// most.
fn default() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |protocol, rate, clients, cut| {
        cases.extend(Way::ALL.map(|way| Case { way, protocol, rate, clients, cut }));
    };
    for rate in Rate::ALL {
        add(Protocol::HTTP1, rate, 100, false);
    }
    for protocol in [Protocol::HTTP1_TLS, Protocol::HTTP2, Protocol::HTTP2_TLS] {
        add(protocol, Rate::Steady, 100, false);
    }
    for protocol in [Protocol::HTTP1, Protocol::HTTP2_TLS] {
        add(protocol, Rate::Steady, 100, true);
    }
    for protocol in [Protocol::HTTP1, Protocol::HTTP2_TLS] {
        for clients in [1, 6, 7] {
            add(protocol, Rate::Steady, clients, false);
        }
    }
    cases
}

fn full() -> Vec<Case> {
    let mut cases = Vec::new();
    for cut in [false, true] {
        for rate in Rate::ALL {
            for protocol in Protocol::ALL {
                for clients in CLIENTS {
                    cases.extend(Way::ALL.map(|way| Case { way, protocol, rate, clients, cut }));
                }
            }
        }
    }
    cases
}

/// Returns the same cases in groups: those of a group run side by side, one group after the other. Cases with a high load are alone,
/// so that nothing else takes the processor from them.
pub(super) fn groups(cases: &[Case]) -> Vec<Vec<Case>> {
    let mut groups: Vec<Vec<Case>> = Vec::new();
    for case in cases {
        let group = groups.iter_mut().find(|group| {
            group[0].rate == case.rate
                && group.len() < MOST_CASES
                && group.iter().map(|case| case.clients).sum::<usize>() + case.clients <= MOST_CLIENTS
                && group.iter().map(load).sum::<usize>() + load(case) <= MOST_LOAD
        });
        match group {
            Some(group) => group.push(*case),
            None => groups.push(vec![*case]),
        }
    }
    groups
}

/// About how long the groups take, and the events next to a download.
pub(super) fn estimate(groups: &[Vec<Case>]) -> Duration {
    let group = |group: &Vec<Case>| group[0].rate.duration() + AROUND;
    groups.iter().map(group).sum::<Duration>() + DOWNLOADS
}

/// Deliveries and polls per second.
fn load(case: &Case) -> usize {
    let polls = match case.way {
        Way::ShortNew | Way::Short | Way::ShortEtag => 1000 / POLL_INTERVAL.as_millis(),
        Way::Long | Way::Sse => 0,
    };
    let news = match case.rate {
        Rate::Sparse => 1,
        Rate::Steady => 20,
        Rate::Bursty => 40,
    };
    case.clients * (news + usize::try_from(polls).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn each_once(cases: &[Case]) -> bool {
        cases.iter().collect::<HashSet<_>>().len() == cases.len()
    }

    #[test]
    fn the_default_has_what_the_conclusions_need() {
        let cases = cases(Selection::Default, &[]);
        assert!(each_once(&cases));
        let has = |way, protocol, rate, clients, cut| cases.contains(&Case { way, protocol, rate, clients, cut });
        for way in Way::ALL {
            assert!(Rate::ALL.iter().all(|rate| has(way, Protocol::HTTP1, *rate, 100, false)));
            assert!(Protocol::ALL.iter().all(|protocol| has(way, *protocol, Rate::Steady, 100, false)));
            assert!(CLIENTS.iter().all(|clients| has(way, Protocol::HTTP1, Rate::Steady, *clients, false)));
            assert!(has(way, Protocol::HTTP1, Rate::Steady, 100, true));
            assert!(has(way, Protocol::HTTP2_TLS, Rate::Steady, 100, true));
        }
    }

    #[test]
    fn full_has_each_combination_once_and_the_others_are_parts_of_it() {
        let all = cases(Selection::Full, &[]);
        assert_eq!(all.len(), 5 * 4 * 3 * 4 * 2);
        assert!(each_once(&all));
        for selection in [Selection::Short, Selection::Default] {
            let cases = cases(selection, &[]);
            assert!(each_once(&cases) && cases.iter().all(|case| all.contains(case)), "{selection:?}");
        }
    }

    #[test]
    fn numbers_of_clients_choose_cases_or_replace_the_number() {
        let chosen = cases(Selection::Default, &[6]);
        assert!(!chosen.is_empty() && chosen.iter().all(|case| case.clients == 6));
        assert!(chosen.iter().all(|case| cases(Selection::Default, &[]).contains(case)));
        let made = cases(Selection::Default, &[9, 1]);
        assert!(each_once(&made));
        assert_eq!(made.iter().map(|case| case.clients).collect::<HashSet<_>>(), HashSet::from([1, 9]));
        assert!(Rate::ALL.iter().all(|rate| made.iter().any(|case| case.clients == 9 && case.rate == *rate)));
    }

    #[test]
    fn a_group_has_cases_of_the_same_feed_that_do_not_disturb_each_other() {
        for selection in [Selection::Short, Selection::Default, Selection::Full] {
            let cases = cases(selection, &[]);
            let groups = groups(&cases);
            assert!(each_once(&groups.concat()));
            assert_eq!(groups.concat().len(), cases.len());
            for group in &groups {
                assert!(group.iter().all(|case| case.rate == group[0].rate));
                assert!(group.len() == 1 || group.iter().map(load).sum::<usize>() <= MOST_LOAD);
                assert!(group.len() == 1 || group.iter().all(|case| load(case) < 1000));
            }
        }
    }
}
