//! Tests that the picture of the states in the documentation shows the table of transitions.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::states::{Input, State, TRANSITIONS};

/// A label is a transition, and its line leads from one state to the one at the arrow. For each of the three inputs that lead from all
/// states to one there is a line of text.
#[test]
fn the_documentation_draws_the_table() {
    let picture = include_str!("mod.rs").split("//! ```text\n").nth(1).unwrap().split("//! ```\n").next().unwrap();
    let picture: Vec<_> = picture.lines().map(|line| line.trim_start_matches("//!")).collect();
    let (mut drawn, mut expected) = (Vec::new(), Vec::new());
    for (row, line) in picture.iter().enumerate() {
        for input in ["accept", "refuse", "lose", "retry", "elapse"] {
            let labels = line.match_indices(input).filter(|(start, _)| word(line, *start) == input);
            drawn.extend(labels.map(|(start, _)| transition(&picture, (row, start), input)));
        }
    }
    for (from, input, to) in TRANSITIONS {
        let name = match input {
            Input::Reconnect => "reconnect: ",
            Input::GiveUp => "give up: ",
            Input::Close => "close: ",
            _ => {
                expected.push((format!("{from:?}"), format!("{input:?}").to_lowercase(), format!("{to:?}")));
                continue;
            }
        };
        let text = format!(" from every state but Closed to {to:?}");
        assert!(picture.iter().any(|line| line.trim().starts_with(name) && line.ends_with(&text)), "{name}");
        let states = TRANSITIONS.iter().filter(|row| (row.1, row.2) == (input, to)).map(|row| row.0);
        assert_eq!(states.collect::<Vec<_>>(), [State::Connecting, State::Refused, State::Open, State::Waiting]);
    }
    drawn.sort();
    expected.sort();
    assert_eq!(drawn, expected);
}

/// The character at a place, which is a line and a column.
fn at(picture: &[&str], (row, column): (usize, usize)) -> char {
    picture.get(row).and_then(|line| line.chars().nth(column)).unwrap_or(' ')
}

fn step((row, column): (usize, usize), direction: (isize, isize)) -> (usize, usize) {
    (row.checked_add_signed(direction.0).unwrap(), column.checked_add_signed(direction.1).unwrap())
}

/// The transition whose label begins here: the states at the two ends of its line.
fn transition(picture: &[&str], (row, start): (usize, usize), label: &str) -> (String, String, String) {
    let end = start + label.len();
    let beside = [((row, start - 2), (0, -1)), ((row, end + 1), (0, 1))];
    let above_and_below = (start..end).flat_map(|column| [((row - 1, column), (-1, 0)), ((row + 1, column), (1, 0))]);
    let beside = beside.into_iter().filter(|(place, _)| at(picture, *place) == '-');
    let above_and_below = above_and_below.filter(|(place, _)| at(picture, *place) == '|');
    let mut ends: Vec<_> = beside.chain(above_and_below).map(|(place, to)| follow(picture, place, to)).collect();
    ends.sort_by_key(|(_, is_target)| *is_target);
    let [(from, false), (to, true)] = ends.as_slice() else { panic!("{label} in line {row}: {ends:?}") };
    (from.clone(), label.to_owned(), to.clone())
}

/// Follows a line to a state. Returns its name, and whether there is an arrow before it.
fn follow(picture: &[&str], mut place: (usize, usize), mut direction: (isize, isize)) -> (String, bool) {
    let mut is_target = false;
    for _ in 0..200 {
        match at(picture, place) {
            '-' | '|' | ' ' => {}
            '+' => {
                let turns = if direction.0 == 0 { [(-1, 0), (1, 0)] } else { [(0, -1), (0, 1)] };
                let turn = turns.into_iter().find(|turn| "-|".contains(at(picture, step(place, *turn))));
                direction = turn.unwrap_or_else(|| panic!("a corner without a second line at {place:?}"));
            }
            '<' | '>' | '^' => is_target = true,
            'v' if direction == (1, 0) => is_target = true,
            _ => return (word(picture[place.0], place.1).to_owned(), is_target),
        }
        place = step(place, direction);
    }
    panic!("a line that leads to no state: it is left at {place:?}")
}

/// The word around a column.
fn word(line: &str, column: usize) -> &str {
    let start = line[..column].rfind(' ').map_or(0, |space| space + 1);
    line[start..].split(' ').next().unwrap_or_default()
}
