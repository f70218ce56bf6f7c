//! Verifies and times the decoders in all cells.

use std::cell::Cell as Shared;
use std::time::{Duration, Instant};

use crate::baselines;
use crate::cells::{self, Cell, Stream};
use crate::contenders::{Contender, Way};
use crate::options::Options;
use crate::second_process::SecondProcess;
use crate::table::{DEFAULT, FAST, Row, Table};
use crate::timing::{Pass, race};

/// Runs all contenders of one way in the cells that are wanted.
pub fn run<W: Way>(
    streams: &'static [Stream],
    options: &Options,
    fast: &SecondProcess,
    wanted: impl Fn(&Cell) -> bool,
) -> Table {
    let mut names: Vec<_> = W::contenders().iter().map(|contender| contender.name).collect();
    names.insert(FAST, "sse-proto, fast");
    let mut table = Table { names, ours: W::OURS, rows: Vec::new() };
    for turn in 0..options.turns() {
        let chosen = cells::all(streams).filter(|cell| wanted(cell) && cell.name().contains(&options.filter));
        for (number, cell) in chosen.enumerate() {
            let row = run_cell::<W>(cell, fast, options.cell_time());
            let lead = |ours| table.lead(&row, ours).unwrap_or(f64::NAN);
            eprintln!("{turn} {:8} {:36} {:5.2} x {:5.2} x", W::NAME, row.name(), lead(DEFAULT), lead(FAST));
            match table.rows.get_mut(number) {
                Some(before) => before.merge(row),
                None => table.rows.push(row),
            }
        }
    }
    table
}

fn run_cell<W: Way>(cell: Cell, fast: &SecondProcess, time: Duration) -> Row {
    let prepare = W::prepare(cell);
    let contenders = W::contenders();
    let verify = |contender: &Contender<W::Chunks>| (contender.verify)(prepare(), cell.sample.events);
    let mut verified: Vec<_> = contenders.iter().map(verify).collect();
    let second_floor = Shared::new(Duration::MAX);
    let mut passes = vec![line_ends(cell), floor::<W>(&*prepare)];
    for (contender, _) in contenders.iter().zip(&verified).filter(|(_, verified)| verified.is_ok()) {
        passes.push((contender.pass)(&*prepare));
    }
    let fast_verified = fast.choose(W::NAME, &cell.name());
    if fast_verified.is_ok() {
        let first = passes.len().min(2 + usize::from(verified[DEFAULT].is_ok()));
        passes.insert(
            first,
            Box::new(|| {
                let times = fast.pass();
                second_floor.set(second_floor.get().min(times.floor));
                times.contender
            }),
        );
    }
    verified.insert(FAST, fast_verified);
    let mut times = race(&mut passes, time).into_iter();
    let mut next = || times.next().unwrap_or_default();
    let (line_ends, floor) = (next(), next());
    let times = verified.into_iter().map(|verified| verified.map(|()| next())).collect();
    let (bytes, blocks) = (cell.sample.stream.len(), cell.sample.blocks.len());
    let second_floor = second_floor.get();
    Row { fixture: cell.sample.name, cut: cell.cut, bytes, blocks, times, line_ends, floor, second_floor }
}

fn line_ends(cell: Cell) -> Pass<'static> {
    Box::new(move || {
        let start = Instant::now();
        baselines::line_ends(cell.chunks());
        start.elapsed()
    })
}

/// A pass over the work that every decoder does.
pub fn floor<W: Way>(prepare: &dyn Fn() -> W::Chunks) -> Pass<'_> {
    Box::new(move || {
        let chunks = prepare();
        let start = Instant::now();
        W::floor(chunks);
        start.elapsed()
    })
}
